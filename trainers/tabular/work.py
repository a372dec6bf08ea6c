"""A training from the first row to the last file."""

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from contract import CHANNELS, channel, digest, document, frameworks, leave, report, say
from learning import Split, chosen_columns, classes_of, cross_validate, encode, fit, split_rows
from leaving import baseline, export, labels_file, measure, questions
from options import Options
from sklearn.pipeline import Pipeline
from table import Table, read_table


@dataclass(frozen=True)
class Rows:
    """What is learned from."""

    paths: list[Path]
    # Of the channel `live`, a file for each window.
    live: list[Path]
    table: Table
    # Of the classes, in the order of the probabilities.
    names: list[str]
    targets: np.ndarray
    split: Split

    def part(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self.table.features[rows], self.targets[rows]


def work(options: Options):
    rows = read(options)
    found = cross_validate(options, *rows.part(rows.split.training))
    report("folds", found)
    judged = fit(options, found["c"], *rows.part(rows.split.training))
    validation = measure(export(judged), *rows.part(rows.split.validation))
    report("validation", validation)

    # What is left has learned from all rows but those of the test, on which it is measured.
    pipeline = fit(options, found["c"], *rows.part(rows.split.learned()))
    model = export(pipeline)
    test = measure(model, *rows.part(rows.split.test))
    report("test", test)
    chosen = chosen_columns(pipeline, rows.table.columns)
    say(f"{len(chosen)} of {len(rows.table.columns)} columns are chosen.")
    metrics = test | summary(found, validation) | {"rows": len(rows.split.test), "columns_chosen": len(chosen)}
    leave_all(options, rows, pipeline, model, metrics)


def read(options: Options) -> Rows:
    paths = channel("training", ".csv", ".csv.gz")
    live = live_files()
    table = read_table(paths, options.label, options.dropped(), live)
    names = classes_of(table.labels)
    targets = encode(table.labels, names)
    split = split_rows(targets, options.seed, options.validation_share, options.test_share)
    say(f"{len(names)} classes; {split.sizes()}.")
    return Rows(paths, live, table, names, targets, split)


def live_files() -> list[Path]:
    """Rows of live traffic with their truth, where there is such a channel and something in it."""
    folder = CHANNELS / "live"
    has_files = folder.is_dir() and any(path.is_file() for path in folder.rglob("*"))
    return channel("live", ".csv", ".csv.gz") if has_files else []


def summary(found: dict, validation: dict) -> dict:
    return {
        **{f"validation_{name}": value for name, value in validation.items()},
        **{f"cross_validation_{name}": round(value, 6) for name, value in found.items()},
    }


def leave_all(options: Options, rows: Rows, pipeline: Pipeline, model: bytes, metrics: dict):
    """The model last: where it is, all is."""
    chosen = chosen_columns(pipeline, rows.table.columns)
    leave(
        {
            "metrics.json": document(metrics),
            "golden.jsonl": questions(pipeline, rows.table.features[rows.split.validation]),
            "baseline.csv": baseline(rows.table, options.label, rows.split.learned()),
            "labels.txt": labels_file(rows.names),
            "provenance.json": document(provenance(options, rows, chosen)),
            "model.onnx": model,
        }
    )
    say(f"model.onnx has {len(model)} bytes.")


def provenance(options: Options, rows: Rows, chosen: list[str]) -> dict:
    """Where it comes from, and all that it takes to make it again."""
    return {
        "trainer": "tabular",
        "seed": options.seed,
        "data": {
            "sha256": digest([*rows.paths, *rows.live]),
            "rows": len(rows.targets),
            "source": ", ".join(path.name for path in rows.paths),
            **({"live_files": len(rows.live)} if rows.live else {}),
            "cleaning": rows.table.cleaning,
            **{name: len(part) for name, part in vars(rows.split).items()},
        },
        "framework": frameworks("scikit-learn", "skl2onnx", "onnx", "onnxruntime", "numpy"),
        "hyperparameters": asdict(options),
        "columns": rows.table.columns,
        "columns_chosen": chosen,
    }
