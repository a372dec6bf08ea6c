"""
Makes faster and smaller variants of an ONNX model, each in a folder of its own, and says which could not be made.

python train.py train
"""

import json
import platform
import shutil
import sys
import tempfile
import traceback
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import contract
import graphs
import processors
import proof
import rows
from contract import Options, Refused
from half import fp16
from onnx import ModelProto
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
PACKAGES = ("onnx", "onnxruntime", "onnxslim", "numpy")


def main():
    options = contract.options()
    source = graphs.find(contract.channel("model"))
    calibration = rows.read(contract.channel("calibration"))
    with tempfile.TemporaryDirectory(prefix="onnward-") as scratch:
        document = optimize(source, calibration, options, Path(scratch))
    file = contract.model_folder() / "variants.json"
    file.write_text(json.dumps(document, indent=2) + "\n")


def optimize(source: Path, calibration: list[Row], options: Options, scratch: Path) -> dict:
    original, files = graphs.read(source), graphs.files_of(source)
    size = graphs.size(files)
    asked = proof.ask(source, calibration)
    given = Given(graphs.write(original, scratch / "base"), scratch, calibration, options)
    variants, left_out = [], []
    for method in options.methods:
        try:
            variants.append(variant(method, given, original, asked))
        except LeftOut as reason:
            print(f"{method} is left out: {reason}", flush=True)
            left_out.append({"method": method, "reason": str(reason)})
        # The tools of the others count on operators that are fused and folded, unless that has doubled weights.
        if method == "simplify" and variants and variants[0]["bytes"] <= size:
            given = replace(given, path=given.scratch / "simplify" / graphs.MODEL)
    return {
        "format": 1,
        "original": {"bytes": size, "gzip_bytes": graphs.gzip_size(files)},
        "variants": variants,
        "left_out": left_out,
        "provenance": provenance(files, calibration),
    }


def variant(method: str, given: Given, original: ModelProto, asked: Asked) -> dict:
    """As variants.json has it, once it is proved and in its place. Raises LeftOut."""
    made = make(method, given)
    graphs.restore_signature(made.model, original)
    path = graphs.write(made.model, given.scratch / method)
    proof.prove(path, asked, exact=method == "simplify")
    place = contract.model_folder() / method
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(path.parent, place)
    files = graphs.files_of(place / graphs.MODEL)
    size, gzip_size = graphs.size(files), graphs.gzip_size(files)
    print(f"{method}:bytes={size} {method}:gzip_bytes={gzip_size}", flush=True)
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
        except (LeftOut, Refused):
            raise
        except Exception as error:
            traceback.print_exc()
            raise LeftOut(f"The tool fails on this model: {graphs.first_line(error)}") from error


def provenance(files: list[Path], calibration: list[Row]) -> dict:
    rows_file = contract.channel("calibration") / rows.FILE
    return {
        "model": {"sha256": graphs.sha256(files), "bytes": graphs.size(files)},
        "calibration": {"sha256": graphs.sha256([rows_file]), "rows": len(calibration)} if calibration else None,
        "framework": {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
        "processor": {"machine": platform.machine(), "vnni": processors.has_vnni()},
    }


if __name__ == "__main__":
    try:
        contract.model_folder().mkdir(parents=True, exist_ok=True)
        main()
    except Refused as reason:
        contract.fail(str(reason))
        sys.exit(str(reason))
    except Exception as error:
        contract.fail(f"{type(error).__name__}: {error}")
        raise
