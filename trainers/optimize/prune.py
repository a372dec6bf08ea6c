"""The smallest weights become 0."""

import graphs
import numpy as np
from onnx import TensorProto, numpy_helper
from variants import Given, LeftOut, Made

PRUNED = ("MatMul", "Gemm", "Conv", "ConvTranspose")


def prune(given: Given) -> Made:
    """By magnitude, the same share of each tensor, so that no layer loses all of its own."""
    model, share = graphs.read(given.path), given.options.sparsity
    tensors = graphs.weights(model, PRUNED)
    if not tensors:
        raise LeftOut(f"None of {', '.join(PRUNED)} has weights of its own.")
    zeros = sum(prune_tensor(tensor, share) for tensor in tensors)
    count = sum(int(np.prod(tensor.dims)) for tensor in tensors)
    note = f"{zeros} of {count} weights are 0: the file is as large as before, and smaller once compressed."
    return Made(model, note, {"sparsity": share, "tensors": len(tensors), "zeros": zeros, "weights": count})


def prune_tensor(tensor: TensorProto, share: float) -> int:
    """How many of its weights are 0 now."""
    values = numpy_helper.to_array(tensor).copy()
    # Of equal ones the first go, so that it comes out the same each time.
    least = np.argsort(np.abs(values), axis=None, kind="stable")[: int(share * values.size)]
    values.flat[least] = 0
    tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
    return int(np.count_nonzero(values == 0))
