"""Reads pictures and their classes: rows of pixels in tables, or a folder of files for each class."""

import csv
import gzip
import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf
from contract import CHANNELS, RefusalError, channel, say
from options import Options

TABLES = (".csv", ".csv.gz")
PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".gif")

# Of each class: so that every part of the split has some.
FEWEST_OF_A_CLASS = 5


@dataclass(frozen=True)
class Images:
    """Pictures as the model gets them, float32 [pictures, side, side, channels] from 0 to `white`."""

    paths: list[Path]
    pixels: np.ndarray
    labels: list[str]
    # Of the pixels, where they came from a table.
    columns: list[str] | None = None

    def classes(self) -> list[str]:
        return sorted(set(self.labels), key=sort_key)

    def targets(self) -> np.ndarray:
        places = {name: place for place, name in enumerate(self.classes())}
        return np.array([places[label] for label in self.labels], np.int64)


def read_images(options: Options) -> Images:
    folder = CHANNELS / "training"
    tables = [path for path in folder.rglob("*") if path.name.lower().endswith(TABLES)] if folder.is_dir() else []
    images = from_tables(options) if tables else from_pictures(options)
    refuse_few(images)
    height, width, channels = images.pixels.shape[1:]
    say(f"Read {len(images.labels)} pictures of {width}x{height}x{channels}.")
    return images


def sort_key(name: str):
    try:
        return (0, float(name), name)
    except ValueError:
        return (1, 0.0, name)


def refuse_few(images: Images):
    counts = Counter(images.labels)
    if len(counts) == 1:
        raise RefusalError(
            f"All {len(images.labels)} pictures are '{images.labels[0]}': there is nothing to tell apart."
        )
    name, fewest = min(counts.items(), key=lambda item: item[1])
    if fewest < FEWEST_OF_A_CLASS:
        raise RefusalError(f"Too few pictures: {fewest} are '{name}', and each class needs {FEWEST_OF_A_CLASS}.")


def from_tables(options: Options) -> Images:
    paths = channel("training", *TABLES)
    columns, rows, labels = None, [], []
    for path in paths:
        opener = gzip.open if path.name.lower().endswith(".gz") else open
        with opener(path, "rt", encoding="utf-8-sig", newline="") as file:
            found = read_table(csv.reader(file), path, options, rows, labels)
        if columns not in (None, found):
            raise RefusalError(f"{path.name} has not the columns of the other files.")
        columns = found
    if not rows:
        raise RefusalError(f"{', '.join(path.name for path in paths)} has no rows.")
    return Images(paths, squared(np.array(rows, np.float32)), labels, columns)


def read_table(lines, path: Path, options: Options, rows: list, labels: list) -> list[str]:
    heading = [name.strip() for name in next(lines, [])]
    if options.label not in heading:
        names = ", ".join(heading[:8]) or "nothing"
        raise RefusalError(
            f"{path.name} has no column '{options.label}', which the hyperparameter label names; it has {names}, …."
        )
    place = heading.index(options.label)
    for number, cells in enumerate(lines, start=2):
        if not cells:
            continue
        label = cells[place : place + 1]
        pixels = cells[:place] + cells[place + 1 :]
        if len(cells) != len(heading) or not label[0].strip():
            raise RefusalError(f"{path.name}, line {number}: it has {len(cells)} of {len(heading)} cells, or no label.")
        rows.append([pixel(cell, options.white, path, number) for cell in pixels])
        labels.append(label[0].strip())
    return heading[:place] + heading[place + 1 :]


def pixel(cell: str, white: float, path: Path, number: int) -> float:
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if 0 <= value <= white:
        return value
    raise RefusalError(
        f"{path.name}, line {number}: a pixel is '{cell}', and is to be from 0 (black) to {white:g} (white). "
        "What white is, the hyperparameter white says."
    )


def squared(rows: np.ndarray) -> np.ndarray:
    """Rows of pixels as pictures: grey, or of three colours with those of a pixel side by side."""
    for channels in (1, 3):
        side = math.isqrt(rows.shape[1] // channels)
        if side > 0 and side * side * channels == rows.shape[1]:
            return rows.reshape(-1, side, side, channels)
    raise RefusalError(f"A row has {rows.shape[1]} pixels, which make no square, grey or of three colours.")


def from_pictures(options: Options) -> Images:
    paths = channel("training", *PICTURES)
    loose = next((path for path in paths if path.parent == CHANNELS / "training"), None)
    if loose is not None:
        raise RefusalError(f"{loose.name} is in no folder: each class has one, and its name is the folder's.")
    side, channels = options.side_of_pictures(), 1 if options.net == "dense" else 3
    pixels = np.stack([picture(path, side, channels) * np.float32(options.white) for path in paths])
    return Images(paths, pixels, [path.parent.name for path in paths])


def picture(path: Path, side: int, channels: int) -> np.ndarray:
    """From 0 to 1, its sides stretched, as they are where the model is served."""
    try:
        decoded = tf.io.decode_image(path.read_bytes(), channels, expand_animations=False)
    except tf.errors.InvalidArgumentError as error:
        raise RefusalError(f"{path.parent.name}/{path.name} cannot be read as a picture.") from error
    return tf.clip_by_value(tf.image.resize(decoded, (side, side), antialias=True) / 255, 0, 1).numpy()
