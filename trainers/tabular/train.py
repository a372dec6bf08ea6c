#!/usr/bin/env python3
"""Trains a classifier of tables: CSV in, model.onnx out. `python train.py train`; README.md has the hyperparameters."""

from contract import hyperparameters, run
from options import Options


def train():
    options = hyperparameters(Options)
    # It takes seconds to load, and a signal is to be heard from the first moment on.
    from work import work

    work(options)


if __name__ == "__main__":
    run(train)
