"""Which columns Evidently says drift, at its defaults, in windows that are compared with a baseline.

`evidently_side.py FILE.json FILE.bin`: the first tells the features and the numbers of rows, the second has their values as
float64, feature by feature, of the baseline and then of each window. Prints the names of the columns for each window, as JSON.
"""

import json
import os
import sys
import warnings
from pathlib import Path

os.environ["DO_NOT_TRACK"] = "1"
import numpy as np
import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.legacy.calculations.stattests.registry import get_stattest
from evidently.legacy.core import ColumnType
from evidently.presets import DataDriftPreset

warnings.simplefilter("ignore")

# The report takes seconds, most of them to draw: the tests behind it are asked themselves, and compared with it this often.
CHECKED = 1


def frames(spec, values):
    names = [feature["name"] for feature in spec["features"]]
    at = 0
    for rows in [spec["baseline"], *[spec["rows"]] * spec["windows"]]:
        block = values[at : at + rows * len(names)].reshape(len(names), rows)
        at += rows * len(names)
        yield pd.DataFrame(
            {
                feature["name"]: column
                if feature["kind"] == "number"
                else np.char.add("c", column.astype(int).astype(str))
                for feature, column in zip(spec["features"], block)
            }
        )


def tested(features, reference, current):
    results = {}
    for feature in features:
        name = feature["name"]
        kind = ColumnType.Numerical if feature["kind"] == "number" else ColumnType.Categorical
        test = get_stattest(reference[name], current[name], kind, None)
        results[name] = test(reference[name], current[name], kind, None)
    return results


def check(features, reference, current, results):
    """The preset says just the same."""
    definition = DataDefinition(
        numerical_columns=[feature["name"] for feature in features if feature["kind"] == "number"],
        categorical_columns=[feature["name"] for feature in features if feature["kind"] == "category"],
    )
    sides = [Dataset.from_pandas(frame, definition) for frame in (current, reference)]
    for metric in Report([DataDriftPreset()]).run(*sides).dict()["metrics"]:
        if "column" in metric["config"]:
            name = metric["config"]["column"]
            if abs(metric["value"] - results[name].drift_score) > 1e-12:
                raise SystemExit(f"{name}: the preset says {metric['value']}, its test {results[name].drift_score}")


def main():
    spec = json.loads(Path(sys.argv[1]).read_text())
    reference, *windows = frames(spec, np.fromfile(sys.argv[2]))
    drifted = []
    for index, current in enumerate(windows):
        results = tested(spec["features"], reference, current)
        if index < CHECKED:
            check(spec["features"], reference, current, results)
        drifted.append([name for name, result in results.items() if result.drifted])
    print(json.dumps(drifted))


main()
