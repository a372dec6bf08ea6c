"""What a test says of the machines that run jobs of AWS Batch: what its images are, how fast time goes, whether there are any.

AWS: has images in registries and machines in a market. Of these a test has neither, so it says what they would be.
MiniStack: knows nothing of either.

All of it is one JSON file, read whenever it is needed: ONNWARD_BATCH_SETTINGS, by default `batch.json` in the home of
the server. test/cloud/support/batch.ts writes it.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Image:
    """What an image is on this machine."""

    entrypoint: list[str]
    #: What follows it where the definition has no command.
    command: list[str]
    cwd: str
    env: dict[str, str]


def read() -> Mapping[str, Any]:
    """Nothing is said where there is no file."""
    path = Path(os.environ.get("ONNWARD_BATCH_SETTINGS") or Path.home() / "batch.json")
    try:
        settings: dict[str, Any] = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    return settings


def image_of(name: str) -> Image | None:
    """The first whose key is part of the image's name; None if nothing here is that image."""
    for part, found in read().get("images", {}).items():
        if part in name:
            return Image(found["entrypoint"], found.get("command", []), found.get("cwd", "/"), found.get("env", {}))
    return None


def shortened(seconds: float) -> float:
    """Seconds of AWS, as they go by here."""
    return seconds / float(read().get("speed", 1))


def no_capacity() -> str | None:
    """Why jobs wait for a machine for ever."""
    return read().get("capacity")


def environments_reason() -> str | None:
    """What is wrong with compute environments."""
    return read().get("environments")
