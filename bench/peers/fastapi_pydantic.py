"""FastAPI as most people write it: pydantic models in and out, a plain `def`, uvicorn's own choices; JSON only."""

from fastapi import FastAPI
from oip import NAME, PATH, open_session, to_array, to_tensor
from pydantic import BaseModel


class Tensor(BaseModel):
    name: str
    datatype: str
    shape: list[int]
    data: list[float]


class InferRequest(BaseModel):
    inputs: list[Tensor]


class InferResponse(BaseModel):
    model_name: str
    outputs: list[Tensor]


app = FastAPI()
session = open_session()
outputs = [output.name for output in session.get_outputs()]


@app.post(PATH)
def infer(request: InferRequest) -> InferResponse:
    arrays = session.run(None, {tensor.name: to_array(tensor.model_dump()) for tensor in request.inputs})
    tensors = [Tensor(**to_tensor(name, array)) for name, array in zip(outputs, arrays)]
    return InferResponse(model_name=NAME, outputs=tensors)
