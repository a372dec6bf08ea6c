"""The few functions of torch that silero-vad's OnnxWrapper calls, by numpy. The real ones come in a wheel of 5 GB."""

import sys
from types import ModuleType

import numpy as np


class Tensor(np.ndarray):
    def dim(self):
        return self.ndim

    def unsqueeze(self, axis):
        return np.expand_dims(self, axis)

    def float(self):
        return self.astype(np.float32)

    def numpy(self):
        return np.asarray(self)


def from_numpy(array):
    return np.asarray(array).view(Tensor)


def zeros(*shape):
    return from_numpy(np.zeros(shape[0] if isinstance(shape[0], tuple) else shape, np.float32))


def cat(tensors, dim):
    return from_numpy(np.concatenate(tensors, axis=dim))


def install():
    """Makes `import torch` find these. To be called before silero_vad is imported."""
    torch = ModuleType("torch")
    for name, value in {"Tensor": Tensor, "from_numpy": from_numpy, "zeros": zeros, "cat": cat}.items():
        setattr(torch, name, value)
    torch.device = lambda name: name
    torch.no_grad = lambda: lambda function: function
    torch.set_num_threads = lambda count: None
    sys.modules["torch"] = torch
