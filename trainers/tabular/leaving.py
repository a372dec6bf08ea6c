"""The model as ONNX, what it is worth, and all that a version is registered with."""

import csv
import io

import numpy as np
import onnxruntime
from contract import MOST_GOLDEN, golden, tensor
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score, log_loss, roc_auc_score
from sklearn.pipeline import Pipeline
from table import Table


def export(pipeline: Pipeline) -> bytes:
    """Without `zipmap: False` the probabilities would be a sequence of maps, which no tensor protocol can carry."""
    model = convert_sklearn(
        pipeline,
        name="tabular",
        initial_types=[("features", FloatTensorType([None, pipeline.n_features_in_]))],
        options={id(pipeline): {"zipmap": False}},
        target_opset={"": 17, "ai.onnx.ml": 3},
    )
    return model.SerializeToString(deterministic=True)


def answers(model: bytes, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Labels and probabilities of the exported model, not of the pipeline that it came from."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return tuple(session.run(["label", "probabilities"], {"features": features}))


def measure(model: bytes, features: np.ndarray, targets: np.ndarray) -> dict[str, float]:
    labels, probabilities = answers(model, features)
    classes = np.arange(probabilities.shape[1])
    scores = probabilities[:, 1] if len(classes) == 2 else probabilities
    return {
        "accuracy": round(float(accuracy_score(targets, labels)), 6),
        "balanced_accuracy": round(float(balanced_accuracy_score(targets, labels)), 6),
        "f1_macro": round(float(f1_score(targets, labels, average="macro")), 6),
        "log_loss": round(float(log_loss(targets, probabilities, labels=classes)), 6),
        "roc_auc": round(float(roc_auc_score(targets, scores, multi_class="ovr", labels=classes)), 6),
    }


def questions(pipeline: Pipeline, features: np.ndarray) -> bytes:
    """Rows, their gaps filled as JSON has no NaN, and what scikit-learn itself answers each."""
    cases = []
    for row in pipeline["impute"].transform(features[:MOST_GOLDEN]).astype(np.float32):
        asked = row[None]
        label = pipeline.predict(asked).astype(np.int64)
        probabilities = pipeline.predict_proba(asked).astype(np.float32)
        outputs = [tensor("label", "INT64", label), tensor("probabilities", "FP32", probabilities)]
        cases.append(([tensor("features", "FP32", asked)], outputs))
    return golden(cases)


def baseline(table: Table, label: str, rows: np.ndarray) -> bytes:
    """The rows that it has learned from, label included; what is missing is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*table.columns, label])
    for values, name in zip(table.features[rows], table.labels[rows]):
        writer.writerow([*("" if np.isnan(value) else value for value in values), name])
    return text.getvalue().encode()


def labels_file(names: list[str]) -> bytes:
    return "".join(f"{name}\n" for name in names).encode()
