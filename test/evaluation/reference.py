"""What scikit-learn, fairlearn, statsmodels and scipy say of predictions and counts, as JSON.

`reference.py FOLDER` writes the fixtures of the unit tests; `reference.py --live SEED` prints new cases, and those of real
data.
"""

import json
import sys
import warnings
from pathlib import Path

import metrics
import numpy as np
import statistics_cases

warnings.simplefilter("ignore")


def main() -> None:
    if sys.argv[1] == "--live":
        rng = np.random.default_rng(int(sys.argv[2]))
        cases = {
            "metrics": metrics.random_cases(rng, 40) + metrics.real_cases(),
            "statistics": statistics_cases.cases(rng, 60),
        }
        print(json.dumps(cases, allow_nan=False))
        return
    rng = np.random.default_rng(20240607)
    folder = Path(sys.argv[1])
    for name, made in (("metrics", metrics.random_cases(rng, 14)), ("statistics", statistics_cases.cases(rng, 12))):
        (folder / f"{name}.json").write_text(json.dumps(made, allow_nan=False) + "\n")


main()
