"""Trains the iris example and writes everything in this folder but the README.

python -m venv VENV && VENV/bin/pip install -r examples/iris/requirements.txt
VENV/bin/python examples/iris/train.py
"""

import csv
import json
from pathlib import Path

import numpy as np
import onnxruntime
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

FOLDER = Path(__file__).parent
COLUMNS = ["sepal_length", "sepal_width", "petal_length", "petal_width"]


def train(features, species):
    return make_pipeline(StandardScaler(), LogisticRegression(random_state=0)).fit(features, species)


def export(classifier) -> bytes:
    """Without `zipmap: False` the probabilities would be a sequence of maps, which no tensor protocol can carry."""
    model = convert_sklearn(
        classifier,
        name="iris",
        initial_types=[("features", FloatTensorType([None, len(COLUMNS)]))],
        options={id(classifier): {"zipmap": False}},
        target_opset={"": 17, "ai.onnx.ml": 3},
    )
    return model.SerializeToString(deterministic=True)


def measure(model: bytes, features, species) -> dict[str, float]:
    """Of the exported model, not of the classifier it came from."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    label, probabilities = session.run(["label", "probabilities"], {"features": features})
    return {
        "accuracy": round(accuracy_score(species, label), 4),
        "log_loss": round(log_loss(species, probabilities), 4),
        "rows": len(species),
    }


def write_csv(path: Path, features, species, names):
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*COLUMNS, "species"])
        writer.writerows([*row, names[label]] for row, label in zip(features.astype(str), species, strict=True))


def write_json(path: Path, value: dict):
    """A key a line: short enough to read, and a change shows where it is."""
    lines = (f"  {json.dumps(key)}: {json.dumps(item)}" for key, item in value.items())
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def main():
    iris = load_iris()
    features, names = iris.data.astype(np.float32), [str(name) for name in iris.target_names]
    train_x, heldout_x, train_y, heldout_y = train_test_split(
        features, iris.target, test_size=0.3, stratify=iris.target, random_state=0
    )
    model = export(train(train_x, train_y))
    metrics = measure(model, heldout_x, heldout_y)
    (FOLDER / "model.onnx").write_bytes(model)
    write_csv(FOLDER / "heldout.csv", heldout_x, heldout_y, names)
    (FOLDER / "labels.txt").write_text("".join(f"{name}\n" for name in names))
    write_json(FOLDER / "metrics.json", metrics)
    write_json(
        FOLDER / "example.json",
        {
            "name": "iris",
            "model": "model.onnx",
            "task": "classification",
            "labels": {"probabilities": names},
            "metrics": metrics,
            "golden": [{"features": [row.astype(float).round(1).tolist()]} for row in heldout_x[:3]],
        },
    )
    print(metrics)


if __name__ == "__main__":
    main()
