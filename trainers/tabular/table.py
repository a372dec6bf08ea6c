"""Reads tables and cleans them: what is missing, no number, twice there or without a label is counted and said."""

import csv
import gzip
import math
from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

import numpy as np
from contract import RefusalError, say

MISSING = {"", "na", "n/a", "nan", "null", "none", "?"}

# A column is text where more of its cells than this are no numbers; fewer are slips of somebody's hand.
MOST_SLIPS = 0.5

LARGEST = float(np.finfo(np.float32).max)


@dataclass
class Table:
    """Rows that are good to learn from: numbers as the model will get them, NaN where there is none, and their labels."""

    columns: list[str]
    features: np.ndarray
    labels: np.ndarray
    cleaning: dict


@dataclass
class Reading:
    """What has been read so far."""

    columns: list[str]
    values: array = field(default_factory=lambda: array("f"))
    labels: list[str] = field(default_factory=list)
    seen: set = field(default_factory=set)
    counts: Counter = field(default_factory=Counter)
    missing: Counter = field(default_factory=Counter)
    slips: Counter = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)


def read_table(paths: list[Path], label: str, drop: list[str], live: Sequence[Path] = ()) -> Table:
    """All files together, which have the same columns; rows of live traffic behind them, whose columns may be in another order."""
    reading = None
    for path in [*paths, *live]:
        try:
            with opened(path) as file:
                rows = csv.reader(file)
                if path in live:
                    read_live(rows, path, label, reading)
                else:
                    reading = read_file(rows, path, label, drop, reading)
        except (csv.Error, UnicodeDecodeError, gzip.BadGzipFile, EOFError) as error:
            raise RefusalError(f"{path.name} is no CSV in UTF-8: {error}.") from error
    if not reading.labels:
        raise RefusalError(f"{', '.join(path.name for path in paths)} has no row with a label.")
    refuse_text(reading)
    return cleaned(reading)


def opened(path: Path):
    if path.name.lower().endswith(".gz"):
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def read_file(rows, path: Path, label: str, drop: list[str], reading: Reading | None) -> Reading:
    heading = [name.strip() for name in next(rows, [])]
    check_heading(heading, path, label, drop)
    columns = [name for name in heading if name != label and name not in drop]
    reading = reading or Reading(columns)
    if columns != reading.columns:
        raise RefusalError(f"{path.name} has not the columns of the other files: {shown(heading)}.")
    places = [heading.index(name) for name in columns]
    for row in rows:
        if row:
            read_row(reading, row, len(heading), heading.index(label), places)
    return reading


def read_live(rows, path: Path, label: str, reading: Reading):
    """What was left out of the training rows is not in these, and where it is nobody looks at it."""
    heading = [name.strip() for name in next(rows, [])]
    check_heading(heading, path, label, [])
    missing = [name for name in reading.columns if name not in heading]
    if missing:
        raise RefusalError(
            f"{path.name} of the channel 'live' lacks {shown(missing)}, which the training rows have; it has {shown(heading)}. "
            f"Leave the columns out with the hyperparameter drop, or train without the channel."
        )
    places = [heading.index(name) for name in reading.columns]
    for row in rows:
        if row:
            reading.counts["live"] += 1
            read_row(reading, row, len(heading), heading.index(label), places)


def check_heading(heading: list[str], path: Path, label: str, drop: list[str]):
    if not heading:
        raise RefusalError(f"{path.name} is empty: its first line is to name the columns.")
    twice = next((name for name, count in Counter(heading).items() if count > 1), None)
    if twice is not None:
        raise RefusalError(f"{path.name} has two columns called '{twice}'.")
    for name, what in [(label, "label"), *((name, "drop") for name in drop)]:
        if name in heading:
            continue
        near = get_close_matches(name, heading, 1)
        guess = f" Is it '{near[0]}'?" if near else ""
        raise RefusalError(
            f"{path.name} has no column '{name}', which the hyperparameter {what} names; it has {shown(heading)}.{guess}"
        )


def shown(names: list[str]) -> str:
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")


def read_row(reading: Reading, row: list[str], width: int, label: int, places: list[int]):
    reading.counts["rows"] += 1
    if len(row) != width:
        reading.counts["of_another_width"] += 1
        return
    name = row[label].strip()
    if name.lower() in MISSING:
        reading.counts["without_label"] += 1
        return
    if any(character in name for character in "\n\r\0"):
        raise RefusalError(f"The label {name!r} holds a line break or a NUL: no list of labels can name it.")
    numbers = array("f", (number(reading, column, row[place]) for column, place in zip(reading.columns, places)))
    key = (name, numbers.tobytes())
    if key in reading.seen:
        reading.counts["duplicates"] += 1
        return
    reading.seen.add(key)
    reading.values.extend(numbers)
    reading.labels.append(name)


def number(reading: Reading, column: str, cell: str) -> float:
    """NaN for what is missing, and for what is no number that a model can be given."""
    cell = cell.strip()
    if cell.lower() in MISSING:
        reading.missing[column] += 1
        return math.nan
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    # Python alone takes 1_000 for a number.
    if abs(value) <= LARGEST and "_" not in cell:
        return value
    reading.slips[column] += 1
    reading.examples.setdefault(column, cell)
    return math.nan


def refuse_text(reading: Reading):
    rows = reading.counts["rows"]
    for column, slips in reading.slips.items():
        if slips > MOST_SLIPS * (rows - reading.missing[column]):
            raise RefusalError(
                f"The column '{column}' is text: {slips} of {rows} cells are no numbers, such as '{reading.examples[column]}'. "
                f"Leave it out with the hyperparameter drop, or write it as numbers."
            )


def cleaned(reading: Reading) -> Table:
    features = np.frombuffer(reading.values, np.float32).reshape(len(reading.labels), len(reading.columns))
    if not reading.columns:
        raise RefusalError("There is no column to learn from besides the label.")
    constant = [
        name for name, values in zip(reading.columns, features.T) if len(np.unique(values[values == values])) < 2
    ]
    cleaning = {
        "rows": reading.counts["rows"],
        "live": reading.counts["live"],
        "of_another_width": reading.counts["of_another_width"],
        "without_label": reading.counts["without_label"],
        "duplicates": reading.counts["duplicates"],
        "missing_cells": sum(reading.missing.values()),
        "cells_that_are_no_numbers": sum(reading.slips.values()),
        "constant_columns": constant,
        "kept": len(reading.labels),
    }
    say_cleaning(cleaning, reading)
    return Table(reading.columns, features, np.array(reading.labels), cleaning)


def say_cleaning(cleaning: dict, reading: Reading):
    say(f"Read {cleaning['rows']} rows of {len(reading.columns)} columns and a label; {cleaning['kept']} are kept.")
    for count, what in [
        (cleaning["live"], "rows are of live traffic"),
        (cleaning["of_another_width"], "rows have more or fewer cells than the heading, and are left out"),
        (cleaning["without_label"], "rows have no label, and are left out"),
        (cleaning["duplicates"], "rows are there more than once, and are kept once"),
        (
            cleaning["missing_cells"],
            f"cells are missing (in {shown(list(reading.missing))}), and get the column's median",
        ),
    ]:
        if count:
            say(f"  {count} {what}.")
    for column, count in reading.slips.items():
        say(
            f"  {count} cells of {column} are no numbers, such as '{reading.examples[column]}', and are taken as missing."
        )
    if cleaning["constant_columns"]:
        say(f"  {shown(cleaning['constant_columns'])} always say the same, and will not be chosen.")
