#!/usr/bin/env python3
"""Trains a classifier of pictures: tables or folders in, model.onnx out. `python train.py train`; README.md tells more."""

import os

from contract import hyperparameters, run
from options import Options

# TensorFlow says at each start how it was built. Has to be set before it is loaded.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# The other backends export graphs that ONNX Runtime refuses.
os.environ["KERAS_BACKEND"] = "tensorflow"


def train():
    options = hyperparameters(Options)
    # It takes seconds to load, and a signal is to be heard from the first moment on.
    from work import work

    work(options)


if __name__ == "__main__":
    run(train)
