"""One variant after the other: made, proved, and put in its place."""

import platform
import shutil
import tempfile
import traceback
from dataclasses import asdict, replace
from pathlib import Path

import graphs
import processors
import proof
import rows
from contract import CHANNELS, MODEL, RefusalError, digest, frameworks, say
from half import fp16
from onnx import ModelProto
from options import Options
from proof import Asked
from prune import prune
from quantize import dynamic_int8, static_int8
from rows import Row
from simplify import simplify
from variants import Given, LeftOut, Made

MAKERS = {
    "simplify": simplify,
    "dynamic-int8": dynamic_int8,
    "static-int8": static_int8,
    "fp16": fp16,
    "prune": prune,
}


def make_variants(source: Path, calibration: list[Row], methods: list[str], options: Options, scratch: Path) -> dict:
    """What variants.json says."""
    original, files = graphs.read(source), graphs.files_of(source)
    asked, size = proof.ask(source, calibration), graphs.size(files)
    given = Given(graphs.write(original, scratch / "base"), scratch, calibration, options)
    variants, left_out = [], []
    for method in methods:
        try:
            variants.append(variant(method, given, original, asked))
        except LeftOut as reason:
            say(f"{method} is left out: {reason}")
            left_out.append({"method": method, "reason": str(reason)})
        # The tools of the others count on operators that are fused and folded, unless that has doubled weights.
        if method == "simplify" and variants and variants[0]["bytes"] <= size:
            given = replace(given, path=scratch / method / graphs.MODEL)
    return {
        "format": 1,
        "original": {"bytes": size, "gzip_bytes": graphs.gzip_size(files)},
        "variants": variants,
        "left_out": left_out,
        "provenance": provenance(files, calibration, options),
    }


def variant(method: str, given: Given, original: ModelProto, asked: Asked) -> dict:
    """As variants.json has it, once it is proved and in its place. Raises LeftOut."""
    made = make(method, given)
    graphs.restore_signature(made.model, original)
    path = graphs.write(made.model, given.scratch / method)
    proof.prove(path, asked, exact=method == "simplify")
    place = MODEL / method
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(path.parent, place)
    files = graphs.files_of(path)
    size, gzip_size = graphs.size(files), graphs.gzip_size(files)
    say(f"{method}:bytes={size}; {method}:gzip_bytes={gzip_size};")
    return {
        "name": method,
        "method": method,
        "path": f"{method}/{graphs.MODEL}",
        "bytes": size,
        "gzip_bytes": gzip_size,
        "note": made.note,
        "settings": {**made.settings, "simplified": given.path.parent.name == "simplify"},
    }


def make(method: str, given: Given) -> Made:
    """What a tool cannot do to a model is no failure of the training."""
    with tempfile.TemporaryDirectory(dir=given.scratch) as scratch:
        try:
            return MAKERS[method](replace(given, scratch=Path(scratch)))
        except (LeftOut, RefusalError):
            raise
        except Exception as error:
            traceback.print_exc()
            raise LeftOut(f"The tool fails on this model: {graphs.first_line(error)}") from error


def provenance(files: list[Path], calibration: list[Row], options: Options) -> dict:
    """All that it takes to make the same variants again."""
    return {
        "trainer": "optimize",
        "model": {"sha256": digest(files), "bytes": graphs.size(files)},
        "calibration": {"sha256": digest([CHANNELS / "calibration" / rows.FILE]), "rows": len(calibration)}
        if calibration
        else None,
        "framework": frameworks("onnx", "onnxruntime", "onnxslim", "numpy"),
        "processor": {"machine": platform.machine(), "vnni": processors.has_vnni()},
        "hyperparameters": asdict(options),
    }
