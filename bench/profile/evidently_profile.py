"""Evidently's profile of the table: `python evidently_profile.py WHAT PATH`.

values   ValueStats of each column: missing, least, most, mean, deviation, quartiles, distribution; of towns their counts
summary  DataSummaryPreset, its own choice: the same, and statistics of the table such as duplicated rows

Prints, as JSON, the rows, the seconds and those of CPU from the table in memory to the report's dictionary, the seconds
of CPU in all, the most resident bytes, and what it found.
"""

import json
import resource
import sys
import time
from pathlib import Path

import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.presets import DataSummaryPreset, ValueStats

TOWN = "town"
FOUND = {
    "MissingValueCount": "missing",
    "MinValue": "least",
    "MaxValue": "most",
    "MeanValue": "mean",
    "StdValue": "deviation",
}


def report_of(what: str, names: list[str]) -> Report:
    return Report([DataSummaryPreset()] if what == "summary" else [ValueStats(column=name) for name in names])


def found_in(metrics: list[dict]) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for metric in metrics:
        kind, _, rest = metric["metric_name"].partition("(column=")
        column = rest.rstrip(")")
        if kind in FOUND and column:
            value = metric["value"]
            found.setdefault(column, {})[FOUND[kind]] = value["count"] if isinstance(value, dict) else value
    return found


def main(what: str, path: str) -> None:
    table = pd.read_csv(path) if Path(path).suffix == ".csv" else pd.read_parquet(path)
    numbers = [name for name in table.columns if name != TOWN]
    begin, before = time.perf_counter(), time.process_time()
    definition = DataDefinition(numerical_columns=numbers, categorical_columns=[TOWN])
    data = Dataset.from_pandas(table, data_definition=definition)
    result = report_of(what, [*numbers, TOWN]).run(data).dict()
    seconds, cpu = time.perf_counter() - begin, time.process_time() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    times = {"seconds": seconds, "cpu": cpu, "cpuInAll": time.process_time()}
    print(json.dumps({"rows": len(table), **times, "peak": peak, "found": found_in(result["metrics"])}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
