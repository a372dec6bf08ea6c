"""Epochs: each begins with a seed of its own, and ends with a checkpoint, so that one that goes on ends where it would have."""

import json
from dataclasses import asdict
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from contract import CHECKPOINTS, OUTPUT, document, leave, report, say
from keras import ops
from options import Options

# Of the checkpoints: while one is written, the one before is whole.
KEPT = 2

LEAST = 1e-7


def split_rows(targets: np.ndarray, options: Options) -> dict[str, np.ndarray]:
    """Row numbers of each part; each class has its share in it, and one picture at least."""
    chance = np.random.default_rng(options.seed)
    parts = {"training": [], "validation": [], "test": []}
    for place in np.unique(targets):
        rows = chance.permutation(np.flatnonzero(targets == place))
        test = max(1, round(options.test_share * len(rows)))
        validation = max(1, round(options.validation_share * len(rows)))
        parts["test"].append(rows[:test])
        parts["validation"].append(rows[test : test + validation])
        parts["training"].append(rows[test + validation :])
    return {name: np.sort(np.concatenate(rows)) for name, rows in parts.items()}


class Learner:
    """A model that learns, epoch by epoch."""

    def __init__(self, served: keras.Model, learning: keras.Model, classes: int, options: Options):
        self.served, self.learning, self.options = served, learning, options
        self.history: list[dict[str, float]] = []

        def loss(wanted, answered):
            return distilled(wanted, answered, classes, options)

        def accuracy(wanted, answered):
            return keras.metrics.categorical_accuracy(wanted[:, :classes], answered)

        learning.compile(keras.optimizers.Adam(options.learning_rate), loss=loss, metrics=[accuracy])
        learning.optimizer.build(learning.trainable_variables)

    def learn(self, pixels: np.ndarray, wanted: np.ndarray, validation: tuple[np.ndarray, np.ndarray]):
        self.resume()
        for epoch in range(len(self.history), self.options.epochs):
            self.reseed(epoch)
            order = np.random.default_rng([self.options.seed, epoch]).permutation(len(pixels))
            fitted = self.learning.fit(
                pixels[order], wanted[order], batch_size=self.options.batch_size, shuffle=False, verbose=0
            ).history
            loss, accuracy = judged(self.served, *validation)
            self.history.append(
                {
                    "training:loss": round(float(fitted["loss"][0]), 6),
                    "training:accuracy": round(float(fitted["accuracy"][0]), 6),
                    "validation:loss": round(loss, 6),
                    "validation:accuracy": round(accuracy, 6),
                }
            )
            self.checkpoint()
            self.tell()

    def reseed(self, epoch: int):
        """Dropout and augmentation draw what they would have drawn in a run that nothing has stopped."""
        for place, state in enumerate(states(self.learning)):
            words = np.random.SeedSequence([self.options.seed, epoch, place]).generate_state(2)
            state.assign(words.astype(np.int64))

    def variables(self):
        return [*self.learning.variables, *self.learning.optimizer.variables]

    def checkpoint(self):
        """One file, there when it is whole: it may be copied away at any moment."""
        CHECKPOINTS.mkdir(parents=True, exist_ok=True)
        path = CHECKPOINTS / f"epoch-{len(self.history):04}.npz"
        part = CHECKPOINTS / ".part"
        arrays = {f"v{place}": ops.convert_to_numpy(value) for place, value in enumerate(self.variables())}
        with part.open("wb") as file:
            np.savez(file, history=json.dumps(self.history), options=json.dumps(asdict(self.options)), **arrays)
        part.replace(path)
        for old in checkpoints()[:-KEPT]:
            old.unlink()

    def resume(self):
        for path in reversed(checkpoints()):
            with np.load(path) as saved:
                history = json.loads(str(saved["history"]))
                if not self.is_mine(json.loads(str(saved["options"])), history):
                    say(f"{path.name} is of other hyperparameters, and is left alone.")
                    continue
                for place, value in enumerate(self.variables()):
                    value.assign(saved[f"v{place}"])
                self.history = history
            say(f"Goes on behind epoch {len(self.history)}, from {path.name}.")
            return

    def is_mine(self, options: dict, history: list) -> bool:
        """More epochs may be asked for than before."""
        same = options | {"epochs": 0} == asdict(self.options) | {"epochs": 0}
        return same and len(history) <= self.options.epochs

    def tell(self):
        say(f"epoch={len(self.history)}; of {self.options.epochs}")
        last = self.history[-1]
        for part in ("training", "validation"):
            report(part, {name.split(":")[1]: value for name, value in last.items() if name.startswith(part)})

    def keep(self, net: keras.Model):
        """What a person looks at, and a later run goes on from."""
        leave({"history.json": document(self.history)}, OUTPUT)
        net.save(OUTPUT / "model.keras")
        for part in ("training", "validation"):
            self.keep_events(OUTPUT / "tensorboard" / part, part)

    def keep_events(self, folder: Path, part: str):
        """For TensorBoard, whose own package it takes only to read them: all epochs, those of earlier hosts, too."""
        for old in folder.glob("events.*"):
            old.unlink()
        scalar = tf.compat.v1.SummaryMetadata(plugin_data={"plugin_name": "scalars"}, data_class=1)
        with tf.summary.create_file_writer(str(folder)).as_default():
            for epoch, values in enumerate(self.history, start=1):
                for name in ("loss", "accuracy"):
                    tf.summary.write(f"epoch_{name}", tf.constant(values[f"{part}:{name}"]), epoch, scalar)


def states(model: keras.Model):
    """The random states within a model, in the order of its layers."""
    return [variable for variable in model.variables if variable.name == "seed_generator_state"]


def checkpoints() -> list[Path]:
    return sorted(CHECKPOINTS.glob("epoch-*.npz"))


def distilled(wanted, answered, classes: int, options: Options):
    """
    Cross-entropy; where a teacher's answers stand behind the classes, a share of it is with those, both softened.
    Source: Hinton, Vinyals, Dean: "Distilling the knowledge in a neural network", 2015.
    """
    hard = keras.losses.categorical_crossentropy(wanted[:, :classes], answered)
    if wanted.shape[1] == classes:
        return hard
    taught = softened(wanted[:, classes:], options.temperature)
    soft = keras.losses.categorical_crossentropy(taught, softened(answered, options.temperature))
    # Gradients of softened answers are smaller by the square of the temperature.
    return (1 - options.teacher_share) * hard + options.teacher_share * options.temperature**2 * soft


def softened(probabilities, temperature: float):
    return ops.softmax(ops.log(ops.clip(probabilities, LEAST, 1.0)) / temperature)


def judged(served: keras.Model, pixels: np.ndarray, targets: np.ndarray) -> tuple[float, float]:
    """Loss and accuracy."""
    answers = served.predict(pixels, verbose=0)
    right = answers[np.arange(len(targets)), targets]
    return float(-np.log(np.maximum(right, LEAST)).mean()), float((answers.argmax(1) == targets).mean())
