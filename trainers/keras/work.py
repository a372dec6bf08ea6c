"""A training from the first picture to the last file."""

from dataclasses import asdict

import keras
import numpy as np
import tensorflow as tf
from contract import RefusalError, channel, digest, document, frameworks, leave, report, say
from images import Images, read_images
from learning import Learner, split_rows
from leaving import asked, baseline, export, labels_file, measure, preprocess, questions
from nets import build
from options import Options


def work(options: Options):
    keras.utils.set_random_seed(options.seed)
    # Sums are made in one order, so that the same seed gives the same weights.
    tf.config.experimental.enable_op_determinism()
    images = read_images(options)
    names, targets = images.classes(), images.targets()
    parts = split_rows(targets, options)
    say(f"{len(names)} classes; {', '.join(f'{len(rows)} for {name}' for name, rows in parts.items())}.")

    net, served, learning = build(images.pixels.shape[1:], len(names), options)
    training, validation, test = (images.pixels[rows] for rows in parts.values())
    wanted = wishes(training, targets[parts["training"]], len(names), options)
    learner = Learner(served, learning, len(names), options)
    learner.learn(training, wanted, (validation, targets[parts["validation"]]))
    learner.keep(net)

    model = export(served)
    metrics = measure(model, test, targets[parts["test"]])
    report("test", metrics)
    metrics |= {"rows": len(test), "epochs": options.epochs, "parameters": net.count_params()}
    leave(
        {
            "metrics.json": document(metrics | validation_of(learner)),
            "golden.jsonl": questions(served, validation),
            "baseline.csv": baseline(images, parts["training"], options),
            "labels.txt": labels_file(names),
            "preprocess.json": document(preprocess(options)),
            "provenance.json": document(provenance(options, images, parts, net)),
            "model.onnx": model,
        }
    )
    say(f"model.onnx has {len(model)} bytes.")


def wishes(pixels: np.ndarray, targets: np.ndarray, classes: int, options: Options) -> np.ndarray:
    """What is to be answered: 1 for the class, 0 for others; and behind it what the teacher says of the picture."""
    wanted = np.eye(classes, dtype=np.float32)[targets]
    if options.teacher == "false":
        return wanted
    (path, *_) = channel("teacher", ".onnx")
    try:
        taught = asked(path.read_bytes(), pixels)
    except Exception as error:
        raise RefusalError(f"The teacher, {path.name}, does not answer these pictures: {error}") from error
    if taught.shape != wanted.shape:
        raise RefusalError(f"The teacher knows {taught.shape[1]} classes, and there are {classes}.")
    say(f"The teacher is right about {(taught.argmax(1) == targets).mean():.4f} of the rows to learn from.")
    return np.concatenate([wanted, taught], axis=1)


def validation_of(learner: Learner) -> dict[str, float]:
    last = learner.history[-1]
    return {f"validation_{name}": last[f"validation:{name}"] for name in ("accuracy", "loss")}


def provenance(options: Options, images: Images, parts: dict[str, np.ndarray], net: keras.Model) -> dict:
    """Where it comes from, and all that it takes to make it again."""
    return {
        "trainer": "keras",
        "seed": options.seed,
        "data": {
            "sha256": digest(images.paths),
            "rows": len(images.labels),
            "source": ", ".join(path.name for path in images.paths[:5]) + (", …" if len(images.paths) > 5 else ""),
            "shape": list(images.pixels.shape[1:]),
            **{name: len(rows) for name, rows in parts.items()},
        },
        "framework": frameworks("keras", "tf2onnx", "onnx", "onnxruntime", "numpy") | {"tensorflow": tf.__version__},
        "hyperparameters": asdict(options),
        "layers": [layer.name for layer in net.layers],
    }
