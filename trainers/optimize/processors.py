"""Whether int8 products overflow on a processor."""

import platform
from pathlib import Path

X86 = ("x86_64", "AMD64", "i686")

# Source: Linux, arch/x86/include/asm/cpufeatures.h.
VNNI = {"avx512_vnni", "avx_vnni"}

CPUINFO = Path("/proc/cpuinfo")


def flags(text: str) -> set[str]:
    """Of /proc/cpuinfo."""
    return {flag for line in text.splitlines() if line.startswith("flags") for flag in line.split(":", 1)[1].split()}


def is_x86() -> bool:
    return platform.machine() in X86


def has_vnni(cpuinfo: Path = CPUINFO) -> bool:
    return cpuinfo.exists() and bool(flags(cpuinfo.read_text()) & VNNI)


def seven_bits(target: str, cpuinfo: Path = CPUINFO) -> tuple[bool, str]:
    """
    Whether weights have to leave a bit free, and why: AVX2 adds pairs of products in 16 bits, which two of 8 bits
    overflow; VNNI and ARM's dot products add in 32. Source: onnxruntime's documentation, "Quantize ONNX models".
    """
    if target == "arm64" or (target == "here" and not is_x86()):
        return False, "ARM's dot products do not overflow"
    if target == "x86_64":
        return True, "Lambda promises AVX2 on x86_64, not VNNI: products of 8 bits may overflow"
    if has_vnni(cpuinfo):
        return False, "this processor has VNNI, whose products do not overflow"
    return True, "this processor has no VNNI: products of 8 bits may overflow"
