"""Trains the digits example and writes everything in this folder but the README.

python -m venv VENV && VENV/bin/pip install -r examples/digits/requirements.txt
VENV/bin/python examples/digits/train.py
"""

import csv
import json
from pathlib import Path

import numpy as np
import onnxruntime
from onnx import ModelProto, TensorProto, numpy_helper
from onnx.helper import make_node, make_tensor_value_info
from PIL import Image
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType
from sklearn.datasets import load_digits
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

FOLDER = Path(__file__).parent
SIDE = 8


def shifted(images, digits):
    """The training images, and each moved by one pixel to the four sides: a user's drawing is never quite centred."""
    moves = [(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)]
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    copies = [np.roll(padded, move, axis=(1, 2))[:, 1:-1, 1:-1] for move in moves]
    return np.concatenate(copies), np.tile(digits, len(moves))


def train(images, digits):
    """One thread, so that sums are made in one order and the same weights come out each time."""
    images, digits = shifted(images, digits)
    network = MLPClassifier(hidden_layer_sizes=(128, 64), alpha=0.1, tol=1e-3, random_state=0)
    with threadpool_limits(limits=1):
        return network.fit(images.reshape(len(images), -1), digits)


def export(network) -> bytes:
    model = convert_sklearn(
        network,
        name="digits",
        initial_types=[("pixels", FloatTensorType([None, SIDE * SIDE]))],
        options={id(network): {"zipmap": False}},
        target_opset={"": 17, "ai.onnx.ml": 3},
    )
    return take_images(model).SerializeToString(deterministic=True)


def take_images(model: ModelProto) -> ModelProto:
    """Puts a reshape before the network: the model takes images, [rows, 1, 8, 8], not rows of pixels."""
    graph = model.graph
    graph.initializer.append(numpy_helper.from_array(np.array([-1, SIDE * SIDE], np.int64), "flat"))
    graph.node.insert(0, make_node("Reshape", ["image", "flat"], ["pixels"], name="flatten"))
    graph.input[0].CopyFrom(make_tensor_value_info("image", TensorProto.FLOAT, ["rows", 1, SIDE, SIDE]))
    return model


def measure(model: bytes, images, digits) -> dict[str, float]:
    """Of the exported model, not of the network it came from."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    label, probabilities = session.run(["label", "probabilities"], {"image": images[:, None]})
    return {
        "accuracy": round(accuracy_score(digits, label), 4),
        "log_loss": round(log_loss(digits, probabilities), 4),
        "rows": len(digits),
    }


def write_csv(path: Path, images, digits):
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*(f"p{row}{column}" for row in range(SIDE) for column in range(SIDE)), "digit"])
        writer.writerows([*(f"{pixel:g}" for pixel in image.ravel()), digit] for image, digit in zip(images, digits))


def write_images(folder: Path, images, digits):
    """White ink on black, as the data is; one at its own size, three enlarged as a user's would be, one of them a JPEG."""
    folder.mkdir(exist_ok=True)
    for name, digit, side in [("3.png", 3, 8), ("7.png", 7, 28), ("0.png", 0, 64), ("5.jpg", 5, 64)]:
        pixels = images[np.flatnonzero(digits == digit)[0]]
        picture = Image.fromarray(np.round(pixels * 255).astype(np.uint8))
        picture.resize((side, side), Image.Resampling.BICUBIC).save(folder / name)


def write_json(path: Path, value: dict):
    """A key a line: short enough to read, and a change shows where it is."""
    lines = (f"  {json.dumps(key)}: {json.dumps(item)}" for key, item in value.items())
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def main():
    bunch = load_digits()
    images = (bunch.images / 16).astype(np.float32)
    train_x, heldout_x, train_y, heldout_y = train_test_split(
        images, bunch.target, test_size=0.3, stratify=bunch.target, random_state=0
    )
    names = [str(name) for name in bunch.target_names]
    model = export(train(train_x, train_y))
    metrics = measure(model, heldout_x, heldout_y)
    (FOLDER / "model.onnx").write_bytes(model)
    write_csv(FOLDER / "heldout.csv", heldout_x, heldout_y)
    write_images(FOLDER / "images", heldout_x, heldout_y)
    (FOLDER / "labels.txt").write_text("".join(f"{name}\n" for name in names))
    write_json(FOLDER / "metrics.json", metrics)
    write_json(
        FOLDER / "example.json",
        {
            "name": "digits",
            "model": "model.onnx",
            "task": "classification",
            "labels": {"probabilities": names},
            "preprocess": [{"step": "image"}],
            "metrics": metrics,
            "golden": [{"image": image[None, None].tolist()} for image in heldout_x[:3]],
        },
    )
    print(metrics)


if __name__ == "__main__":
    main()
