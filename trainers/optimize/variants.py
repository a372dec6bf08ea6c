"""What each method is given, and gives."""

from dataclasses import dataclass
from pathlib import Path

from onnx import ModelProto
from options import Options
from rows import Row

Setting = str | int | float | bool | None


@dataclass(frozen=True)
class Given:
    # The graph that it begins with, in a folder where files may be written.
    path: Path
    # A folder of its own.
    scratch: Path
    # Empty: there is no channel `calibration`.
    rows: list[Row]
    options: Options


@dataclass(frozen=True)
class Made:
    model: ModelProto
    # A sentence.
    note: str
    settings: dict[str, Setting]


class LeftOut(Exception):
    """There is no such variant of this model; its text, a sentence, says why."""
