#!/usr/bin/env python3
"""Trains a network that predicts a number: CSV in, model.onnx out. `python train.py train`; README.md has the hyperparameters."""

from contract import hyperparameters, run
from machines import machines_of
from options import Options
from processes import end_with_parent, is_one_of_many, run_many


def train():
    options, machines = hyperparameters(Options), machines_of()
    many = options.processes or machines.gpus
    if not is_one_of_many() and machines.count * many > 1:
        run_many(machines, many)
    else:
        if is_one_of_many():
            end_with_parent()
        # It takes seconds to load, and a signal is to be heard from the first moment on.
        from work import work

        work(options)


if __name__ == "__main__":
    run(train)
