"""SageMaker's training contract, as far as this trainer needs it: folders, hyperparameters, and a reason of failure."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

METHODS = ("simplify", "dynamic-int8", "static-int8", "fp16", "prune")
TARGETS = ("here", "x86_64", "arm64")
ANSWERS = {"auto": None, "true": True, "false": False}

# What SageMaker shows of a reason.
MOST_CHARACTERS = 1024


class Refused(Exception):
    """What a person has to change; its text says what."""


@dataclass(frozen=True)
class Options:
    methods: tuple[str, ...]
    # Share of the weights of each tensor that become 0.
    sparsity: float
    # None: by the processor.
    reduce_range: bool | None
    # The processor that the variants are to run on.
    target: str


def base() -> Path:
    return Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))


def channel(name: str) -> Path:
    return base() / "input" / "data" / name


def model_folder() -> Path:
    return base() / "model"


def fail(reason: str):
    """SageMaker shows the beginning of it to whoever asked for the training."""
    file = base() / "output" / "failure"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(reason[:MOST_CHARACTERS])


def options() -> Options:
    """From hyperparameters.json, whose values are all text. Raises Refused, and names the hyperparameter."""
    file = base() / "input" / "config" / "hyperparameters.json"
    given = json.loads(file.read_text()) if file.exists() else {}
    return Options(
        methods=methods_of(given.get("methods", ",".join(METHODS))),
        sparsity=share_of("sparsity", given.get("sparsity", "0.5")),
        reduce_range=ANSWERS[one_of("reduce_range", given.get("reduce_range", "auto"), tuple(ANSWERS))],
        target=one_of("target", given.get("target", "here"), TARGETS),
    )


def methods_of(text: str) -> tuple[str, ...]:
    """Each once, in the order of METHODS: `simplify` comes before those that begin with what it has made."""
    asked = {one_of("methods", word.strip(), METHODS) for word in text.split(",")}
    return tuple(method for method in METHODS if method in asked)


def one_of(name: str, text: str, words: tuple[str, ...]) -> str:
    if text in words:
        return text
    raise Refused(f"Hyperparameter {name} holds '{text}'. It knows {', '.join(words)}.")


def share_of(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if 0 < value < 1:
        return value
    raise Refused(f"Hyperparameter {name} is '{text}'. It has to be a number between 0 and 1.")
