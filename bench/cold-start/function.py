"""The same endpoint as someone who writes Python would make it, well: boto3, ONNX Runtime, NumPy, and nothing besides.

boto3 is imported only where the model comes from S3, the model goes from the answer's body into the session without a
detour over a file, and the session is made while Lambda initialises.
"""

import json
import os
import time

marks: list[tuple[str, float]] = []


def mark(name: str) -> None:
    marks.append((name, time.time() * 1000))


mark("begin")

import numpy as np  # noqa: E402
import onnxruntime  # noqa: E402

BUCKET = os.environ.get("MODEL_BUCKET")
if BUCKET:
    import boto3

mark("imported")

DATATYPES = {np.dtype(np.float32): "FP32", np.dtype(np.int64): "INT64"}


def fetch() -> bytes | str:
    """The model's bytes from the bucket, or the path of the file that came with the code."""
    if not BUCKET:
        return os.environ["MODEL_KEY"]
    return boto3.client("s3").get_object(Bucket=BUCKET, Key=os.environ["MODEL_KEY"])["Body"].read()


model = fetch()
mark("brought")

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
options.inter_op_num_threads = 1
session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
names = [output.name for output in session.get_outputs()]
del model
mark("loaded")


def handler(event: dict, context: object) -> dict:
    """Answers an infer request of the Open Inference Protocol that API Gateway passes on."""
    inputs = {
        tensor["name"]: np.asarray(tensor["data"], dtype=np.float32).reshape(tensor["shape"])
        for tensor in json.loads(event["body"])["inputs"]
    }
    outputs = [
        {"name": name, "datatype": DATATYPES[value.dtype], "shape": value.shape, "data": value.ravel().tolist()}
        for name, value in zip(names, session.run(None, inputs), strict=True)
    ]
    answer = {"model_name": "model", "model_version": "1", "outputs": outputs}
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json.dumps(answer)}


if os.environ.get("BENCH_MARKS"):
    with open(os.environ["BENCH_MARKS"], "w") as file:
        json.dump(dict(marks), file)
