"""KServe's Python server with a model of our own, without gRPC and without a log line for each request; JSON and binary tensors."""

import logging

from kserve import InferOutput, InferRequest, InferResponse, Model, ModelServer
from oip import DATATYPES, NAME, PORT, WORKERS, open_session


class Onnx(Model):
    def load(self) -> bool:
        self.session = open_session()
        self.outputs = [output.name for output in self.session.get_outputs()]
        self.ready = True
        return True

    def predict(self, payload: InferRequest, headers: dict | None = None) -> InferResponse:
        arrays = self.session.run(None, {tensor.name: tensor.as_numpy() for tensor in payload.inputs})
        binary = payload.use_binary_outputs
        return InferResponse(
            payload.id or NAME,
            NAME,
            [to_output(name, array, binary) for name, array in zip(self.outputs, arrays)],
            use_binary_outputs=binary,
        )


def to_output(name: str, array, binary: bool) -> InferOutput:
    output = InferOutput(name, list(array.shape), DATATYPES[array.dtype])
    output.set_data_from_numpy(array, binary_data=binary)
    return output


if __name__ == "__main__":
    logging.disable(logging.INFO)
    model = Onnx(NAME)
    model.load()
    ModelServer(http_port=PORT, workers=WORKERS, enable_grpc=False, enable_latency_logging=False).start([model])
