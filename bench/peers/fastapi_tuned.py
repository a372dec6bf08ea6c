"""FastAPI as an expert tunes it: async handler, raw body, orjson, uvloop, httptools, no access log; JSON and binary tensors."""

import numpy as np
import orjson
from fastapi import FastAPI, Request, Response
from oip import NAME, NUMPY, PATH, describe, open_session

app = FastAPI(openapi_url=None)
session = open_session()
outputs = [output.name for output in session.get_outputs()]


@app.post(PATH)
async def infer(request: Request) -> Response:
    body = await request.body()
    header_length = request.headers.get("inference-header-content-length")
    if header_length is None:
        return answer_json(session.run(None, read_json(orjson.loads(body)["inputs"])))
    length = int(header_length)
    return answer_binary(session.run(None, read_binary(orjson.loads(body[:length])["inputs"], body, length)))


def read_json(inputs: list) -> dict:
    return {
        tensor["name"]: np.array(tensor["data"], dtype=NUMPY[tensor["datatype"]]).reshape(tensor["shape"])
        for tensor in inputs
    }


def read_binary(inputs: list, body: bytes, offset: int) -> dict:
    feeds = {}
    for tensor in inputs:
        size = tensor["parameters"]["binary_data_size"]
        kind = np.dtype(NUMPY[tensor["datatype"]])
        array = np.frombuffer(body, kind, size // kind.itemsize, offset)
        feeds[tensor["name"]] = array.reshape(tensor["shape"])
        offset += size
    return feeds


def answer_json(arrays: list) -> Response:
    tensors = [{**describe(name, array), "data": array.ravel()} for name, array in zip(outputs, arrays)]
    content = orjson.dumps({"model_name": NAME, "outputs": tensors}, option=orjson.OPT_SERIALIZE_NUMPY)
    return Response(content, media_type="application/json")


def answer_binary(arrays: list) -> Response:
    tensors = [
        {**describe(name, array), "parameters": {"binary_data_size": array.nbytes}}
        for name, array in zip(outputs, arrays)
    ]
    header = orjson.dumps({"model_name": NAME, "outputs": tensors})
    return Response(
        header + b"".join(array.tobytes() for array in arrays),
        media_type="application/octet-stream",
        headers={"inference-header-content-length": str(len(header))},
    )
