"""Floats of 16 bits inside, 32 at the inputs and outputs."""

import graphs
from onnx import ModelProto, TensorProto
from onnxruntime.transformers.float16 import DEFAULT_OP_BLOCK_LIST, convert_float_to_float16
from variants import Given, LeftOut, Made


def fp16(given: Given) -> Made:
    model = graphs.read(given.path)
    kept = foreign(model)
    halved = convert_float_to_float16(
        str(given.path), keep_io_types=True, op_block_list=[*DEFAULT_OP_BLOCK_LIST, *kept]
    )
    count = sum(1 for tensor in graphs.tensors(halved) if tensor.data_type == TensorProto.FLOAT16)
    if count == 0:
        raise LeftOut("None of its tensors can be halved.")
    return Made(halved, f"{count} tensors in 16 bits; inputs and outputs stay as they are.", {"keep_io_types": True})


def foreign(model: ModelProto) -> list[str]:
    """Operators that are not ONNX's own: none of them is known to take 16 bits."""
    nodes = [node for graph in graphs.graphs_of(model.graph) for node in graph.node]
    return sorted({node.op_type for node in nodes if node.domain not in ("", "ai.onnx")})
