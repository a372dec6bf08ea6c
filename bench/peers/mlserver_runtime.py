"""MLServer with a runtime of our own: there is no ONNX runtime of MLServer's. JSON only: it has no binary tensors over REST.

Started by `mlserver start mlserver_settings`; the inference runs in the process of the server, which is its fastest here.
"""

from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse
from oip import open_session


class Onnx(MLModel):
    async def load(self) -> bool:
        self.session = open_session()
        self.output_names = [output.name for output in self.session.get_outputs()]
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        feeds = {tensor.name: NumpyCodec.decode_input(tensor) for tensor in payload.inputs}
        arrays = self.session.run(None, feeds)
        outputs = [NumpyCodec.encode_output(name, array) for name, array in zip(self.output_names, arrays)]
        return InferenceResponse(model_name=self.name, outputs=outputs)
