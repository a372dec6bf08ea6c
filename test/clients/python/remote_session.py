"""Puts a server in the place of an onnxruntime session."""

import numpy as np
from tritonclient.http import InferenceServerClient, InferInput, InferRequestedOutput
from tritonclient.utils import np_to_triton_dtype, triton_to_np_dtype


class RemoteSession:
    """Answers `run` as onnxruntime.InferenceSession does, over HTTP with binary tensors: what a package computes
    around its model stays the package's own."""

    def __init__(self, url: str, model: str):
        self.model = model
        self.client = InferenceServerClient(url.removeprefix("http://"))
        metadata = self.client.get_model_metadata(model)
        self.datatypes = {tensor["name"]: tensor["datatype"] for tensor in metadata["inputs"]}
        self.outputs = [tensor["name"] for tensor in metadata["outputs"]]

    def run(self, names, feeds):
        names = names or self.outputs
        inputs = [self._input(name, value) for name, value in feeds.items()]
        result = self.client.infer(self.model, inputs, outputs=[InferRequestedOutput(name) for name in names])
        return [result.as_numpy(name) for name in names]

    def _input(self, name, value):
        """An array as it is; a list becomes what the model declares, as in onnxruntime."""
        array = value if isinstance(value, np.ndarray) else np.array(value, triton_to_np_dtype(self.datatypes[name]))
        tensor = InferInput(name, list(array.shape), np_to_triton_dtype(array.dtype))
        return tensor.set_data_from_numpy(array)
