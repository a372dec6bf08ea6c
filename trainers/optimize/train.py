#!/usr/bin/env python3
"""
Makes faster and smaller variants of an ONNX model, each in a folder of its own, and says which could not be made.

`python train.py train`; README.md has the hyperparameters.
"""

import tempfile
from pathlib import Path

from contract import CHANNELS, document, hyperparameters, leave, run
from options import Options, methods_of


def train():
    # They take a second to load, and a signal is to be heard from the first moment on.
    import graphs
    import rows
    from making import make_variants

    options = hyperparameters(Options)
    methods = methods_of(options)
    source, calibration = graphs.find(), rows.read(CHANNELS / "calibration")
    with tempfile.TemporaryDirectory(prefix="onnward-") as scratch:
        left = make_variants(source, calibration, methods, options, Path(scratch))
    leave({"variants.json": document(left)})


if __name__ == "__main__":
    run(train)
