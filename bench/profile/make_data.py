"""Makes the table of the benchmark: `python make_data.py ROWS FILE`, CSV or Parquet. The same values every time.

Ten columns of doubles of different shapes, two of which have one value in a hundred missing, and a town of twenty.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

GROUP = 500_000
TOWNS = np.array([f"town {i:02d}" for i in range(20)])
SHARES = np.arange(20, 0, -1) / np.arange(20, 0, -1).sum()


def columns(random: np.random.Generator, rows: int) -> dict[str, np.ndarray]:
    normal = random.normal(size=(4, rows))
    columns = {
        "normal": normal[0],
        "shifted": 100 + 15 * normal[1],
        "correlated": 0.8 * normal[0] + 0.6 * normal[2],
        "skewed": np.exp(normal[3]),
        "uniform": random.uniform(size=rows),
        "waiting": random.exponential(30, rows),
        "age": random.integers(18, 90, rows).astype(np.float64),
        "flag": (random.uniform(size=rows) < 0.2).astype(np.float64),
        "seconds": 1.7e9 + random.uniform(0, 1e6, rows),
        "heavy": random.standard_t(3, rows),
    }
    for name in ("skewed", "waiting"):
        columns[name][random.uniform(size=rows) < 0.01] = np.nan
    return columns


def tables(rows: int) -> Iterator[pa.Table]:
    random = np.random.default_rng(8)
    for first in range(0, rows, GROUP):
        count = min(GROUP, rows - first)
        arrays = {name: pa.array(values, from_pandas=True) for name, values in columns(random, count).items()}
        yield pa.table({**arrays, "town": pa.array(TOWNS[random.choice(20, count, p=SHARES)])})


def main(rows: int, path: str) -> None:
    writer = None
    for table in tables(rows):
        writer = writer or open_writer(path, table.schema)
        writer.write_table(table)
    if writer is not None:
        writer.close()


def open_writer(path: str, schema: pa.Schema) -> pyarrow.csv.CSVWriter | pq.ParquetWriter:
    if Path(path).suffix == ".csv":
        return pyarrow.csv.CSVWriter(path, schema, write_options=pyarrow.csv.WriteOptions(quoting_style="none"))
    return pq.ParquetWriter(path, schema, use_dictionary=["town"])


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
