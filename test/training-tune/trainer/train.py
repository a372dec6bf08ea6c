"""Softmax regression by gradient descent, in plain Python: a trainer that needs no packages.

Hyperparameters: rate, l2, epochs; seconds is how long an epoch takes at the least. Prints the loss and the accuracy on a
quarter of the rows that it does not learn from.
"""

import csv
import json
import math
import os
import sys
import time
from pathlib import Path

from onnx_file import classifier

CONFIG = Path(os.environ["SM_INPUT_CONFIG_DIR"])
DATA = Path(os.environ["SM_CHANNEL_TRAINING"])
MODEL = Path(os.environ["SM_MODEL_DIR"])
CHECKPOINT = Path(os.environ["SAGEMAKER_BASE_DIR"]) / "checkpoints" / "weights.json"


def main():
    """Learns, says how it goes, and leaves the model and what it answers."""
    settings = json.loads((CONFIG / "hyperparameters.json").read_text())
    learning, held, classes = read()
    mean, scale = moments([features for features, _ in learning])
    learning, validation = standardised(learning, mean, scale), standardised(held, mean, scale)
    weights, first = restored(len(mean), len(classes))
    for epoch in range(first, int(settings["epochs"])):
        began = time.monotonic()
        descend(weights, learning, float(settings["rate"]), float(settings["l2"]))
        loss, accuracy = judge(weights, validation)
        if not math.isfinite(loss):
            sys.exit(f"the loss is {loss} after epoch {epoch}: a smaller rate may help")
        print(f"epoch={epoch} validation:loss={loss:.6f} validation:accuracy={accuracy:.4f}", flush=True)
        time.sleep(max(0, float(settings.get("seconds", 0)) - (time.monotonic() - began)))
        if (epoch + 1) % 5 == 0:
            keep(weights, epoch + 1)
    leave(weights, mean, scale, held, {"accuracy": judge(weights, validation)[1]})


def read():
    """Rows to learn from, every fourth one held back, and the names of the classes."""
    with next(DATA.glob("*.csv")).open(newline="") as file:
        rows = list(csv.reader(file))[1:]
    classes = sorted({row[-1] for row in rows})
    pairs = [([float(cell) for cell in row[:-1]], classes.index(row[-1])) for row in rows]
    return [pair for at, pair in enumerate(pairs) if at % 4], pairs[::4], classes


def moments(rows):
    """Mean and standard deviation of each column."""
    columns = list(zip(*rows, strict=True))
    mean = [sum(column) / len(column) for column in columns]
    scale = [
        math.sqrt(sum((value - centre) ** 2 for value in column) / len(column)) or 1
        for column, centre in zip(columns, mean, strict=True)
    ]
    return mean, scale


def standardised(pairs, mean, scale):
    """The same with a mean of 0 and a deviation of 1."""
    return [([(x - m) / s for x, m, s in zip(row, mean, scale, strict=True)], label) for row, label in pairs]


def predict(weights, row):
    """Probabilities of the classes; the last row of the weights is the bias."""
    logits = [sum(x * w for x, w in zip([*row, 1], column, strict=True)) for column in zip(*weights, strict=True)]
    powers = [math.exp(logit - max(logits)) for logit in logits]
    return [power / sum(powers) for power in powers]


def descend(weights, pairs, rate, l2):
    """One step of gradient descent over all rows."""
    gradients = [[l2 * value for value in row] for row in weights]
    for row, label in pairs:
        errors = [share - (at == label) for at, share in enumerate(predict(weights, row))]
        for gradient, x in zip(gradients, [*row, 1], strict=True):
            for at, error in enumerate(errors):
                gradient[at] += x * error / len(pairs)
    for values, gradient in zip(weights, gradients, strict=True):
        for at, slope in enumerate(gradient):
            values[at] -= rate * slope


def judge(weights, pairs):
    """Mean log loss, and the share of rows that are right."""
    answers = [(predict(weights, row), label) for row, label in pairs]
    loss = -sum(math.log(max(shares[label], 1e-12)) for shares, label in answers) / len(pairs)
    return loss, sum(shares.index(max(shares)) == label for shares, label in answers) / len(pairs)


def restored(features, classes):
    """The weights of a host that went away, and the epoch behind them; else zeros."""
    if CHECKPOINT.exists():
        kept = json.loads(CHECKPOINT.read_text())
        return kept["weights"], kept["epoch"]
    return [[0.0] * classes for _ in range(features + 1)], 0


def keep(weights, epoch):
    """Whole or not at all."""
    partial = CHECKPOINT.with_suffix(".partial")
    partial.write_text(json.dumps({"weights": weights, "epoch": epoch}))
    partial.rename(CHECKPOINT)


def leave(weights, mean, scale, held, metrics):
    """The model takes rows as they are in the file: the scaling goes into its weights."""
    *slopes, bias = weights
    own = [[value / s for value in row] for row, s in zip(slopes, scale, strict=True)]
    shift = [b - sum(row[at] * m for row, m in zip(own, mean, strict=True)) for at, b in enumerate(bias)]
    (MODEL / "model.onnx").write_bytes(classifier(own, shift))
    with (MODEL / "golden.jsonl").open("w") as file:
        for row, _ in held:
            inputs = [{"name": "features", "datatype": "FP32", "shape": [1, len(row)], "data": row}]
            shares = predict([*own, shift], row)
            outputs = [{"name": "probabilities", "datatype": "FP32", "shape": [1, len(shares)], "data": shares}]
            file.write(json.dumps({"inputs": inputs, "outputs": outputs}) + "\n")
    (MODEL / "metrics.json").write_text(json.dumps(metrics))


if __name__ == "__main__":
    main()
