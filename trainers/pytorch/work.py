"""A training from the first row to the last file."""

import os
from dataclasses import asdict

import torch
from contract import channel, digest, document, frameworks, leave, report, say
from exporting import export
from group import Group, joined
from learning import Learning
from leaving import answers, baseline, events, questions
from measures import linear, measures
from network import Network
from options import Options
from table import Split, Table, read_table, split_rows


def work(options: Options):
    # One order of sums, on the processor and on a GPU: the same seed gives the same numbers.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)
    paths = channel("training", ".csv")
    table = read_table(paths, options.label)
    split = split_rows(len(table.targets), options.seed, options.validation_share, options.test_share)
    with joined() as group:
        if group.writes:
            say(
                f"{len(split.training)} rows to learn from, {len(split.validation)} to choose the epoch by, {len(split.test)} to measure on; {place(group)}."
            )
        learning = Learning(options, table, split, group)
        network = learning.learn()
    if group.writes:
        finish(options, paths, table, split, learning, network.cpu())


def place(group: Group) -> str:
    what = torch.cuda.get_device_name(group.device) if group.device.type == "cuda" else "the processor"
    return f"{group.size} processes on {what}" if group.size > 1 else f"on {what}"


def finish(options: Options, paths, table: Table, split: Split, learning: Learning, network: Network):
    """`model.onnx` is left last: where it is, all is."""
    model = export(network)
    metrics = measured(table, split, network, model)
    report("test", metrics)
    events(learning.progress.history)
    notes = {
        "best_epoch": learning.progress.best_epoch,
        "validation_rmse": learning.progress.best_rmse,
        "rows": len(split.test),
    }
    leave(
        {
            "metrics.json": document(rounded({**metrics, **notes})),
            "golden.jsonl": questions(network, table.features[split.validation]),
            "baseline.csv": baseline(table, options.label, split.training),
            "provenance.json": document(provenance(options, paths, table, split, learning.group)),
            "model.onnx": model,
        }
    )


def measured(table: Table, split: Split, network: Network, model: bytes) -> dict[str, float]:
    """Of the exported model, and beside it of a linear regression, on rows that neither has seen."""
    truth, asked = table.targets[split.test], table.features[split.test]
    line = linear(network, table.features[split.training], table.targets[split.training], asked)
    compared = {f"linear_{name}": value for name, value in measures(line, truth).items()}
    return {**measures(answers(model, asked), truth), **compared}


def rounded(metrics: dict) -> dict:
    return {name: round(value, 6) for name, value in metrics.items()}


def provenance(options: Options, paths, table: Table, split: Split, group: Group) -> dict:
    """Where it comes from, and all that it takes to make it again."""
    return {
        "trainer": "pytorch",
        "seed": options.seed,
        "data": {
            "sha256": digest(paths),
            "rows": len(table.targets),
            "source": ", ".join(path.name for path in paths),
            "training": len(split.training),
            "validation": len(split.validation),
            "test": len(split.test),
        },
        "framework": frameworks("torch", "onnx", "onnxscript", "onnxruntime"),
        "device": place(group),
        "processes": group.size,
        "hyperparameters": asdict(options),
        "columns": table.columns,
    }
