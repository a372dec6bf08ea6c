"""Makes a Parquet file of the benchmark: `python inputs.py KIND ROWS FILE`. The same values every time.

iris       id, and four measurements as float32
cnn-bytes  id, and `input`, the bytes of a float32 image 3x128x128
cnn-lists  id, and `input`, the same as a list of floats
"""

import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

IRIS = ("sepal_length", "sepal_width", "petal_length", "petal_width")
IRIS_GROUP = 1_000_000
IMAGE = 3 * 128 * 128
IMAGE_GROUP = 100


def iris(random: np.random.Generator, first: int, rows: int) -> pa.Table:
    columns = {name: random.uniform(0.1, 8, rows).astype(np.float32) for name in IRIS}
    return pa.table({"id": np.arange(first, first + rows), **columns})


def images(random: np.random.Generator, first: int, rows: int, *, lists: bool) -> pa.Table:
    pixels = random.random((rows, IMAGE), dtype=np.float32)
    if lists:
        offsets = np.arange(0, (rows + 1) * IMAGE, IMAGE, dtype=np.int32)
        column = pa.ListArray.from_arrays(offsets, pixels.ravel())
    else:
        column = pa.array([row.tobytes() for row in pixels], pa.binary())
    return pa.table({"id": np.arange(first, first + rows), "input": column})


def main(kind: str, rows: int, path: str) -> None:
    random = np.random.default_rng(7)
    group = IRIS_GROUP if kind == "iris" else IMAGE_GROUP
    writer = None
    for first in range(0, rows, group):
        count = min(group, rows - first)
        table = (
            iris(random, first, count) if kind == "iris" else images(random, first, count, lists=kind == "cnn-lists")
        )
        # Pixels of a camera hardly repeat: a dictionary of them would be the column once more.
        writer = writer or pq.ParquetWriter(path, table.schema, use_dictionary=False)
        writer.write_table(table)
    writer.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
