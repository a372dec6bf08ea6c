"""The training contract of SageMaker, as a trainer sees it: the folders below /opt/ml, hyperparameters, failure and signals.

The same file lies beside each trainer, so that a folder is all that an image or a virtual environment needs.
"""

import dataclasses
import hashlib
import json
import os
import signal
import sys
import traceback
from importlib.metadata import version
from pathlib import Path

# Where /opt/ml cannot be had, as on a laptop, the variable says what stands for it.
BASE = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
CHANNELS = BASE / "input" / "data"
MODEL = BASE / "model"
OUTPUT = BASE / "output" / "data"
CHECKPOINTS = BASE / "checkpoints"
FAILURE = BASE / "output" / "failure"
HYPERPARAMETERS = BASE / "input" / "config" / "hyperparameters.json"

# Characters of a failure that reach a person. Source: the SageMaker developer guide, "How Amazon SageMaker signals failure".
MOST_OF_FAILURE = 1024

# Questions of the export check, at most.
MOST_GOLDEN = 64


class RefusalError(Exception):
    """What the person who started it can correct; the sentence says how."""


class StoppedError(SystemExit):
    """By a signal. No `except Exception` on the way swallows it."""


def run(train):
    """Calls `train`, and ends the process as the contract has it: 0, 1 with a sentence in `failure`, or 128 and the signal."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    try:
        train()
    except RefusalError as refusal:
        fail(str(refusal))
    except Exception as error:
        traceback.print_exc()
        fail(f"{type(error).__name__}: {error}")


def stop(number, _frame):
    say(f"Stopped by {signal.Signals(number).name}.")
    raise StoppedError(128 + number)


def fail(sentence: str):
    FAILURE.parent.mkdir(parents=True, exist_ok=True)
    FAILURE.write_text(sentence[:MOST_OF_FAILURE], encoding="utf-8")
    print(sentence, file=sys.stderr, flush=True)
    sys.exit(1)


def say(line: str):
    print(line, flush=True)


def report(part: str, metrics: dict[str, float]):
    """A line of `part:name=value;`: what the regular expressions of metrics are made for."""
    say(" ".join(f"{part}:{name}={value:.6g};" for name, value in metrics.items()))


def setting(default, least=None, most=None, among=None):
    """A field of a trainer's options, and what it may be."""
    return dataclasses.field(default=default, metadata={"least": least, "most": most, "among": among})


def hyperparameters(options: type):
    """Reads `hyperparameters.json`, all text, into a dataclass of settings. Those of SageMaker's own tools are passed over."""
    given = json.loads(HYPERPARAMETERS.read_text(encoding="utf-8")) if HYPERPARAMETERS.exists() else {}
    fields = {field.name: field for field in dataclasses.fields(options)}
    values = {}
    for name, text in given.items():
        field = fields.get(name.replace("-", "_"))
        if field is not None:
            values[field.name] = parse(field, name, unquoted(str(text)))
        elif not name.startswith(("sagemaker_", "_")):
            raise RefusalError(f"There is no hyperparameter '{name}'. This trainer has {', '.join(fields)}.")
    return options(**values)


def unquoted(text: str) -> str:
    """SageMaker's Python SDK sends text as JSON, in quotes; others send it as it is."""
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def parse(field, name: str, text: str):
    least, most, among = (field.metadata[key] for key in ("least", "most", "among"))
    kind = type(field.default)
    try:
        value = kind(text)
    except ValueError:
        raise RefusalError(f"The hyperparameter {name} is '{text}', and is to be {WORDS[kind]}.") from None
    if among is not None and value not in among:
        raise RefusalError(f"The hyperparameter {name} is '{text}', and is to be one of {', '.join(among)}.")
    if (least is not None and not value >= least) or (most is not None and not value <= most):
        raise RefusalError(f"The hyperparameter {name} is {text}, and is to be from {least} to {most}.")
    return value


WORDS = {int: "a whole number", float: "a number", str: "text"}


def channel(name: str, *endings: str) -> list[Path]:
    """The files of a channel, by name, with one of the endings."""
    folder = CHANNELS / name
    files = sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []
    found = [path for path in files if path.name.lower().endswith(endings)]
    if found:
        return found
    there = ", ".join(path.name for path in files[:5]) or "nothing"
    raise RefusalError(f"The channel '{name}' has no {' or '.join(endings)} file; in {folder} there is {there}.")


def digest(paths: list[Path]) -> str:
    """SHA-256 over the files' own, in the order of their names: lower-case hex."""
    whole = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            whole.update(hashlib.file_digest(file, "sha256").digest())
    return whole.hexdigest()


def frameworks(*packages: str) -> dict[str, str]:
    return {"python": ".".join(map(str, sys.version_info[:3])), **{name: version(name) for name in packages}}


def document(value) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def tensor(name: str, datatype: str, values) -> dict:
    """A tensor as the Open Inference Protocol has it in JSON."""
    return {"name": name, "datatype": datatype, "shape": list(values.shape), "data": values.ravel().tolist()}


def golden(cases: list[tuple[list[dict], list[dict]]]) -> bytes:
    """A line for each question, with the framework's own answers."""
    lines = (json.dumps({"inputs": inputs, "outputs": outputs}, allow_nan=False) for inputs, outputs in cases)
    return "".join(f"{line}\n" for line in lines).encode()


def leave(files: dict[str, bytes], folder: Path = MODEL):
    """Writes files, each whole or not at all, in their order: the last one's presence says that all are there."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        part = folder / f".{name}.part"
        try:
            part.write_bytes(content)
            part.replace(folder / name)
        finally:
            part.unlink(missing_ok=True)
