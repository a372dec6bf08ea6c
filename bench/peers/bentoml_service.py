"""BentoML with an async API in one worker, without access log, metrics and tracing; JSON only."""

import bentoml
from oip import NAME, PATH, WORKERS, open_session, to_array, to_tensor


@bentoml.service(
    workers=WORKERS, metrics={"enabled": False}, logging={"access": {"enabled": False}}, traffic={"timeout": 60}
)
class Onnx:
    def __init__(self) -> None:
        self.session = open_session()
        self.outputs = [output.name for output in self.session.get_outputs()]

    @bentoml.api(route=PATH)
    async def infer(self, inputs: list[dict]) -> dict:
        arrays = self.session.run(None, {tensor["name"]: to_array(tensor) for tensor in inputs})
        return {"model_name": NAME, "outputs": [to_tensor(name, array) for name, array in zip(self.outputs, arrays)]}
