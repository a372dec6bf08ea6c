"""`look.py GRAPH`: prints what is in an ONNX graph, as JSON."""

import json
import sys
from collections import Counter

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper
from onnx.external_data_helper import uses_external_data


def described(tensor):
    values = numpy_helper.to_array(tensor)
    numbers = values.astype(np.float64) if values.dtype.kind in "fiu" and values.size else np.zeros(1)
    return {
        "name": tensor.name,
        "type": TensorProto.DataType.Name(tensor.data_type),
        "dims": list(tensor.dims),
        "zeros": int((numbers == 0).sum()),
        "least": float(numbers.min()),
        "most": float(numbers.max()),
    }


def main(path: str):
    outside = any(map(uses_external_data, onnx.load(path, load_external_data=False).graph.initializer))
    graph = onnx.load(path).graph
    print(
        json.dumps(
            {
                "operators": Counter(node.op_type for node in graph.node),
                "external": outside,
                "tensors": [described(tensor) for tensor in graph.initializer],
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1])
