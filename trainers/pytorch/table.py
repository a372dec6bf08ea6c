"""Rows of numbers from CSV."""

import csv
import math
from dataclasses import dataclass
from pathlib import Path

import torch
from contract import RefusalError, say

MISSING = {"", "na", "n/a", "nan", "null", "none", "?"}

# Each part of them has to have some to be of any use.
LEAST_ROWS = 20


@dataclass(frozen=True)
class Table:
    columns: list[str]
    # [rows, columns], NaN where a cell is missing.
    features: torch.Tensor
    # [rows]
    targets: torch.Tensor


@dataclass(frozen=True)
class Split:
    """Which rows learn, which choose the epoch, and which measure: their indices."""

    training: torch.Tensor
    validation: torch.Tensor
    test: torch.Tensor


def read_table(paths: list[Path], label: str) -> Table:
    """All files together, which have the same columns. Rows without a target are left out."""
    columns, features, targets, without = [], [], [], 0
    for path in paths:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file)
            heading = heading_of(next(rows, []), path, label, columns)
            columns = [name for name in heading if name != label]
            for row in filter(None, rows):
                numbers = numbers_of(row, heading, f"{path.name}, line {rows.line_num}")
                target = numbers.pop(heading.index(label))
                if math.isnan(target):
                    without += 1
                    continue
                features.append(numbers)
                targets.append(target)
    if len(targets) < LEAST_ROWS:
        raise RefusalError(
            f"There are {len(targets)} rows with a number in '{label}', and {LEAST_ROWS} is the least to learn from."
        )
    if without:
        say(f"{without} rows have no '{label}', and are left out.")
    return Table(columns, torch.tensor(features), torch.tensor(targets))


def heading_of(row: list[str], path: Path, label: str, columns: list[str]) -> list[str]:
    heading = [name.strip() for name in row]
    if label not in heading:
        raise RefusalError(
            f"{path.name} has no column '{label}', which the hyperparameter label names; it has {', '.join(heading[:20]) or 'none'}."
        )
    others = [name for name in heading if name != label]
    if len(set(heading)) < len(heading) or not others:
        raise RefusalError(
            f"{path.name} needs columns besides '{label}', each with a name of its own; it has {', '.join(heading[:20])}."
        )
    if columns and others != columns:
        raise RefusalError(f"{path.name} has other columns than the files before it: {', '.join(others[:20])}.")
    return heading


def numbers_of(row: list[str], heading: list[str], where: str) -> list[float]:
    if len(row) != len(heading):
        raise RefusalError(f"{where}, has {len(row)} cells, and the heading {len(heading)}.")
    return [number(cell, name, where) for cell, name in zip(row, heading)]


def number(cell: str, column: str, where: str) -> float:
    """NaN for what is missing."""
    if cell.strip().lower() in MISSING:
        return math.nan
    try:
        value = float(cell)
    except ValueError:
        value = math.inf
    if math.isinf(torch.tensor(value).item()):
        raise RefusalError(
            f"{where}: '{cell[:40]}' in column {column} is no number that 32 bits hold. Leave the column out, or write it as numbers."
        )
    return value


def split_rows(count: int, seed: int, validation_share: float, test_share: float) -> Split:
    order = torch.randperm(count, generator=torch.Generator().manual_seed(seed))
    test, validation = round(count * test_share), round(count * validation_share)
    return Split(order[test + validation :], order[test : test + validation], order[:test])
