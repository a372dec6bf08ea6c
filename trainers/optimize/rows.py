"""Rows that a model is asked: those of the channel `calibration`, else one that is made up."""

import json
from itertools import islice
from pathlib import Path

import numpy as np
from contract import RefusalError

FILE = "calibration.jsonl"

# Ranges hardly change after some hundreds.
MOST_ROWS = 1000

Row = dict[str, np.ndarray]

# Source: the Open Inference Protocol, "Tensor Data Types".
DATATYPES = {
    "BOOL": np.bool_,
    "UINT8": np.uint8,
    "UINT16": np.uint16,
    "UINT32": np.uint32,
    "UINT64": np.uint64,
    "INT8": np.int8,
    "INT16": np.int16,
    "INT32": np.int32,
    "INT64": np.int64,
    "FP16": np.float16,
    "FP32": np.float32,
    "FP64": np.float64,
    "BYTES": np.object_,
}


def read(folder: Path) -> list[Row]:
    """Empty where there is no such channel. Raises RefusalError, which names the line."""
    path = folder / FILE
    if not path.is_file():
        return []
    with path.open(encoding="utf-8") as file:
        return [parse(line, number) for number, line in enumerate(islice(file, MOST_ROWS), 1) if line.strip()]


def parse(line: str, number: int) -> Row:
    try:
        return {tensor["name"]: array(tensor) for tensor in json.loads(line)["inputs"]}
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        what = f"lacks {error}" if isinstance(error, KeyError) else f"cannot be read: {error}"
        raise RefusalError(
            f"{FILE}, line {number}, {what}. "
            'A line is {"inputs": [{"name", "shape", "datatype", "data"}]}, as the Open Inference Protocol has it.'
        ) from error


def array(tensor: dict) -> np.ndarray:
    """Its data may be flat or nested."""
    if tensor["datatype"] not in DATATYPES:
        raise ValueError(f"datatype {tensor['datatype']} is not one of {', '.join(DATATYPES)}")
    return np.array(tensor["data"], dtype=DATATYPES[tensor["datatype"]]).reshape(tensor["shape"])


# As onnxruntime names them.
TYPES = {
    "tensor(bool)": np.bool_,
    "tensor(uint8)": np.uint8,
    "tensor(uint16)": np.uint16,
    "tensor(uint32)": np.uint32,
    "tensor(uint64)": np.uint64,
    "tensor(int8)": np.int8,
    "tensor(int16)": np.int16,
    "tensor(int32)": np.int32,
    "tensor(int64)": np.int64,
    "tensor(float16)": np.float16,
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(string)": np.object_,
}


def made_up(inputs) -> Row:
    """Floats from 0 to 1, all else 0 or empty; every free dimension is 1. Raises RefusalError for what no client can send either."""
    row = {}
    for each in inputs:
        if each.type not in TYPES:
            raise RefusalError(f"Input {each.name} is of type {each.type}, which nobody can send.")
        dtype, shape = np.dtype(TYPES[each.type]), [side if isinstance(side, int) else 1 for side in each.shape]
        if dtype.kind == "f":
            row[each.name] = np.linspace(0, 1, int(np.prod(shape)), dtype=dtype).reshape(shape)
        else:
            row[each.name] = np.full(shape, "" if dtype.kind == "O" else 0, dtype)
    return row
