"""
`heldout.py HELDOUT BASE…`: what exported models of trainers/pytorch predict on rows that nobody has seen, and what linear
regressions do that have learned from the same rows. Prints a list, as JSON, in the order of the working folders.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "trainers" / "pytorch"))

from leaving import answers  # noqa: E402
from measures import linear, measures  # noqa: E402
from network import Network  # noqa: E402
from table import read_table  # noqa: E402

LABEL = "progression"


def judged(base: Path, asked) -> dict:
    predicted = answers((base / "model" / "model.onnx").read_bytes(), asked.features)
    learned = read_table([base / "model" / "baseline.csv"], LABEL)
    line = linear(Network(learned.features, learned.targets, 1), learned.features, learned.targets, asked.features)
    return {
        "predicted": predicted.tolist(),
        "network": measures(predicted, asked.targets),
        "linear": measures(line, asked.targets),
    }


def main(heldout: str, *bases: str):
    asked = read_table([Path(heldout)], LABEL)
    print(json.dumps([judged(Path(base), asked) for base in bases]))


if __name__ == "__main__":
    main(*sys.argv[1:])
