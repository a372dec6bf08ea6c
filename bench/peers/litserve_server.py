"""LitServe with its queue for high rates (ZeroMQ), one API process and one inference worker; JSON only."""

import litserve
from oip import NAME, PATH, PORT, WORKERS, open_session, to_array, to_tensor


class Onnx(litserve.LitAPI):
    def setup(self, device: str) -> None:
        self.session = open_session()
        self.outputs = [output.name for output in self.session.get_outputs()]

    def decode_request(self, request: dict) -> dict:
        return {tensor["name"]: to_array(tensor) for tensor in request["inputs"]}

    def predict(self, feeds: dict) -> list:
        return self.session.run(None, feeds)

    def encode_response(self, arrays: list) -> dict:
        tensors = [to_tensor(name, array) for name, array in zip(self.outputs, arrays)]
        return {"model_name": NAME, "outputs": tensors}


if __name__ == "__main__":
    server = litserve.LitServer(
        Onnx(api_path=PATH), accelerator="cpu", workers_per_device=WORKERS, fast_queue=True, disable_openapi_url=True
    )
    server.run(
        host="127.0.0.1",
        port=PORT,
        num_api_servers=WORKERS,
        log_level="warning",
        generate_client_file=False,
        loop="uvloop",
        http="httptools",
        access_log=False,
    )
