"""
Reads tables that nobody would write, and says how it went: `python fuzz.py SEED COUNT`.

Each is either refused in one sentence, or every row of it is accounted for.
"""

import contextlib
import io
import json
import random
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3] / "trainers" / "tabular"))

import numpy as np
from contract import RefusalError
from table import read_table

CELLS = [
    "1",
    "-2.5",
    "1e300",
    "1e40",
    "inf",
    "nan",
    "",
    " ",
    "x",
    "1_0",
    '"',
    '"a,b"',
    "\ufeff",
    "\x00",
    "é",
    "٣",
    "0x1f",
]
NAMES = ["a", "b", "label", " c ", "", "a"]


def table(chance: random.Random) -> bytes:
    if chance.random() < 0.1:
        return chance.randbytes(chance.randrange(200))
    rows = [
        [chance.choice(NAMES) for _ in range(chance.randrange(1, 5))] + (["label"] if chance.random() < 0.9 else [])
    ]
    # Mostly numbers, or every column would be text.
    cells = CELLS if chance.random() < 0.5 else ["1", "2", "3.5", "", chance.choice(CELLS)]
    width = len(rows[0])
    for _ in range(chance.randrange(12)):
        rows.append([chance.choice(cells) for _ in range(width if chance.random() < 0.9 else chance.randrange(6))])
    end = chance.choice(["\n", "\r\n", "\r"])
    return end.join(",".join(row) for row in rows).encode("utf-8", "surrogatepass")


def outcome(content: bytes) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        path.write_bytes(content)
        try:
            read = read_table([path], "label", [])
        except RefusalError as refusal:
            assert "\n" not in str(refusal).strip() or b"\n" in content or b"\r" in content, refusal
            return "refused"
    cleaning = read.cleaning
    lost = cleaning["of_another_width"] + cleaning["without_label"] + cleaning["duplicates"]
    assert cleaning["rows"] == cleaning["kept"] + lost, cleaning
    assert read.features.shape == (cleaning["kept"], len(read.columns)), read.features.shape
    assert len(read.labels) == cleaning["kept"] and all(read.labels), read.labels
    assert not np.isinf(read.features).any()
    return "read"


def main():
    chance = random.Random(int(sys.argv[1]))
    counts = {"read": 0, "refused": 0}
    for _ in range(int(sys.argv[2])):
        content = table(chance)
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                counts[outcome(content)] += 1
        except Exception:
            print(f"the table was {content!r}", file=sys.stderr)
            raise
    print(json.dumps(counts))


if __name__ == "__main__":
    main()
