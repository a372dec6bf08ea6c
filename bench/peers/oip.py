"""What the Python peers share: a session with one compute thread, and the tensors of the Open Inference Protocol.

Each peer serves the model file of $BENCH_MODEL on 127.0.0.1:$BENCH_PORT as POST /v2/models/$BENCH_NAME/infer, with
$BENCH_WORKERS worker processes.
"""

import os

import numpy as np
import onnxruntime

MODEL = os.environ["BENCH_MODEL"]
NAME = os.environ["BENCH_NAME"]
PORT = int(os.environ["BENCH_PORT"])
WORKERS = int(os.environ["BENCH_WORKERS"])
PATH = f"/v2/models/{NAME}/infer"

NUMPY = {"FP32": np.float32, "INT64": np.int64}
DATATYPES = {np.dtype(kind): name for name, kind in NUMPY.items()}


def open_session() -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(MODEL, options, providers=["CPUExecutionProvider"])


def to_array(tensor: dict) -> np.ndarray:
    return np.array(tensor["data"], dtype=NUMPY[tensor["datatype"]]).reshape(tensor["shape"])


def describe(name: str, array: np.ndarray) -> dict:
    return {"name": name, "datatype": DATATYPES[array.dtype], "shape": list(array.shape)}


def to_tensor(name: str, array: np.ndarray) -> dict:
    return {**describe(name, array), "data": array.ravel().tolist()}
