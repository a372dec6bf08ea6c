"""Writes the data of the trainers from what ships in scikit-learn, split once, with a seed, into training and held-out rows.

python -m venv VENV && VENV/bin/pip install -r trainers/tabular/requirements.txt
VENV/bin/python trainers/data/split.py
"""

import csv
import re
from pathlib import Path

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.model_selection import train_test_split

FOLDER = Path(__file__).parent
HELD_OUT = 0.3
SIDE = 8


def write(path: Path, columns, rows, label: str, names):
    path.parent.mkdir(exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*columns, label])
        writer.writerows([*(f"{value:.10g}" for value in row), name] for row, name in zip(rows, names))


def split(features, names):
    """The same for everybody: each class has its share in both parts."""
    return train_test_split(features, names, test_size=HELD_OUT, stratify=names, random_state=0)


def table(folder: str, bunch, label: str):
    columns = [re.sub(r"\W+", "_", name) for name in bunch.feature_names]
    names = np.asarray(bunch.target_names)[bunch.target]
    train, heldout, train_names, heldout_names = split(bunch.data, names)
    write(FOLDER / folder / "train.csv", columns, train, label, train_names)
    write(FOLDER / folder / "heldout.csv", columns, heldout, label, heldout_names)


def digits():
    """Pixels from 0 to 1. The held-out rows are those of examples/digits, which was split alike."""
    bunch = load_digits()
    columns = [f"p{row}{column}" for row in range(SIDE) for column in range(SIDE)]
    train, _, names, _ = split(bunch.data / 16, bunch.target)
    write(FOLDER / "digits" / "train.csv", columns, train, "digit", names)


def diabetes():
    """In the units that they were taken in; the truth is a number, so nothing is stratified."""
    bunch = load_diabetes(scaled=False)
    parts = train_test_split(bunch.data, bunch.target, test_size=HELD_OUT, random_state=0)
    train, heldout, train_truth, heldout_truth = parts
    for name, rows, truth in [("train.csv", train, train_truth), ("heldout.csv", heldout, heldout_truth)]:
        texts = [f"{value:.10g}" for value in truth]
        write(FOLDER / "diabetes" / name, bunch.feature_names, rows, "progression", texts)


def main():
    table("breast-cancer", load_breast_cancer(), "diagnosis")
    table("wine", load_wine(), "cultivar")
    digits()
    diabetes()


if __name__ == "__main__":
    main()
