"""The script that a user would write: `python pandas_script.py MODEL INPUT OUTPUT CHUNK_ROWS`.

pandas reads CSV, JSON lines or Parquet in chunks, so that memory stays within bounds; ONNX Runtime has all cores; the
outputs are written in the format of the input, with the column `id` in front.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnxruntime as ort
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq


def read_chunks(path: str, rows: int) -> Iterator[pd.DataFrame]:
    match Path(path).suffix:
        case ".csv":
            columns = pd.read_csv(path, nrows=0).columns
            # Floats of the width that the model takes: half the memory of the default.
            yield from pd.read_csv(path, chunksize=rows, dtype={name: np.float32 for name in columns if name != "id"})
        case ".jsonl":
            yield from pd.read_json(path, lines=True, chunksize=rows)
        case ".parquet":
            for batch in pq.ParquetFile(path).iter_batches(rows):
                yield batch.to_pandas()


def to_tensor(frame: pd.DataFrame) -> np.ndarray:
    features = frame.drop(columns="id")
    if features.shape[1] == 1:  # one column of lists
        return np.array(features.iloc[:, 0].tolist(), dtype=np.float32)
    return features.to_numpy(np.float32)


def to_frame(ids: pd.Series, names: list[str], outputs: list[np.ndarray], *, flat: bool) -> pd.DataFrame:
    columns = {"id": ids.to_numpy()}
    for name, values in zip(names, outputs):
        if values.ndim == 1:
            columns[name] = values
        elif flat:
            columns |= {f"{name}_{i}": values[:, i] for i in range(values.shape[1])}
        else:
            columns[name] = values.tolist()
    return pd.DataFrame(columns)


def main(model: str, source: str, target: str, rows: int) -> None:
    session = ort.InferenceSession(model)
    names = [output.name for output in session.get_outputs()]
    input_name = session.get_inputs()[0].name
    suffix = Path(source).suffix
    writer = None
    with open(target, "wb") as file:
        for number, chunk in enumerate(read_chunks(source, rows)):
            outputs = session.run(None, {input_name: to_tensor(chunk)})
            frame = to_frame(chunk["id"], names, outputs, flat=suffix == ".csv")
            match suffix:
                case ".csv":
                    frame.to_csv(file, index=False, header=number == 0)
                case ".jsonl":
                    frame.to_json(file, orient="records", lines=True)
                case ".parquet":
                    table = pa.Table.from_pandas(frame, preserve_index=False)
                    writer = writer or pq.ParquetWriter(file, table.schema)
                    writer.write_table(table)
        if writer is not None:
            writer.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
