"""The model as ONNX, what it is worth, and all that a version is registered with."""

import csv
import io

import keras
import numpy as np
import onnxruntime
import tensorflow as tf
import tf2onnx
from contract import MOST_GOLDEN, golden, tensor
from images import Images
from options import Options

# Numbers of all questions together.
MOST_NUMBERS = 500_000

# Columns of the baseline; larger pictures are made smaller for it.
MOST_COLUMNS = 1024
THUMBNAIL = 8


def export(served: keras.Model) -> bytes:
    """One input `image`, one output `probabilities`, as many rows as one likes."""
    signature = [tf.TensorSpec((None, *served.input_shape[1:]), tf.float32, name="image")]
    function = tf.function(lambda image: served(image, training=False), input_signature=signature)
    model, _ = tf2onnx.convert.from_function(function, input_signature=signature, opset=17)
    tidy(model.graph)
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "rows"
    return model.SerializeToString(deterministic=True)


def tidy(graph):
    """
    Names things by their place. The converter calls the output `Identity:0`, tells a number of this very process, and
    numbers names while it goes through sets, so that the same weights would seldom make the same bytes.
    """
    names = {value.name: value.name for value in graph.input} | {graph.output[0].name: "probabilities", "": ""}
    weights = {weight.name: weight for weight in graph.initializer}
    used = list(dict.fromkeys(name for node in graph.node for name in node.input if name in weights))
    names |= {name: f"weight_{number}" for number, name in enumerate(used)}
    for place, node in enumerate(graph.node):
        for name in node.output:
            names.setdefault(name, f"{node.op_type}_{place}")
        node.name = f"{node.op_type}_{place}"
        node.input[:] = [names[name] for name in node.input]
        node.output[:] = [names[name] for name in node.output]
    kept = [weights[name] for name in used]
    for weight in kept:
        weight.name = names[weight.name]
    del graph.initializer[:], graph.value_info[:]
    graph.initializer.extend(kept)
    graph.output[0].name = "probabilities"
    graph.doc_string = ""


def asked(model: bytes, pixels: np.ndarray, batch: int = 64) -> np.ndarray:
    """Probabilities, by ONNX Runtime."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    parts = [pixels[start : start + batch] for start in range(0, len(pixels), batch)]
    return np.concatenate([session.run(["probabilities"], {"image": part})[0] for part in parts])


def measure(model: bytes, pixels: np.ndarray, targets: np.ndarray) -> dict[str, float]:
    """Of the exported model, not of the net that it came from."""
    probabilities = asked(model, pixels)
    right = probabilities.argmax(1) == targets
    each = [right[targets == place].mean() for place in np.unique(targets)]
    of_truth = probabilities[np.arange(len(targets)), targets].astype(np.float64)
    return {
        "accuracy": round(float(right.mean()), 6),
        "balanced_accuracy": round(float(np.mean(each)), 6),
        "log_loss": round(float(-np.log(np.maximum(of_truth, 1e-15)).mean()), 6),
    }


def questions(served: keras.Model, pixels: np.ndarray) -> bytes:
    """As many as there is room for, with what Keras itself answers."""
    count = min(MOST_GOLDEN, max(4, MOST_NUMBERS // pixels[0].size))
    cases = []
    for each in pixels[:count]:
        answer = served(each[None], training=False).numpy()
        cases.append(([tensor("image", "FP32", each[None])], [tensor("probabilities", "FP32", answer)]))
    return golden(cases)


def baseline(images: Images, rows: np.ndarray, options: Options) -> bytes:
    """The pictures that it has learned from, a row each, with their class; large ones as means of 8x8 fields of grey."""
    pixels = images.pixels[rows]
    columns = images.columns
    if pixels[0].size > MOST_COLUMNS:
        grey = tf.reduce_mean(tf.image.resize(pixels, (THUMBNAIL, THUMBNAIL), method="area"), axis=3)
        pixels, columns = np.round(grey.numpy(), 4), None
    flat = pixels.reshape(len(pixels), -1)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*(columns or (f"p{place}" for place in range(flat.shape[1]))), options.label])
    for values, row in zip(flat, rows):
        writer.writerow([*values, images.labels[row]])
    return text.getvalue().encode()


def labels_file(names: list[str]) -> bytes:
    return "".join(f"{name}\n" for name in names).encode()


def preprocess(options: Options) -> list[dict]:
    """How the server makes the input of somebody's picture."""
    return [{"step": "image", **({} if options.white == 1 else {"scale": [0, options.white]})}]
