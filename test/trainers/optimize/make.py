"""`make.py FOLDER`: writes small models that something is wrong with, or large in a small way."""

import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FOLDER = Path(sys.argv[1])


def save(name: str, nodes, weights: dict, inputs, outputs):
    graph = helper.make_graph(
        nodes,
        name,
        [helper.make_tensor_value_info(*each) for each in inputs],
        [helper.make_tensor_value_info(*each) for each in outputs],
        [numpy_helper.from_array(values, name) for name, values in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, FOLDER / f"{name}.onnx")


def overflowing():
    """Numbers that 32 bits hold and 16 do not: 1000 * 1000 * x, which is laid out anew, in 16 bits."""
    nodes = [
        helper.make_node("MatMul", ["x", "a"], ["h"]),
        helper.make_node("MatMul", ["h", "a"], ["s"]),
        helper.make_node("Transpose", ["s"], ["y"]),
    ]
    weights = {"a": np.eye(4, dtype=np.float32) * 1000}
    x, y = ("x", TensorProto.FLOAT, ["rows", 4]), ("y", TensorProto.FLOAT, [4, "rows"])
    save("overflowing", nodes, weights, [x], [y])


def spoken():
    """Text and numbers in, text and numbers out."""
    weights = {"w": np.random.default_rng(0).normal(size=(16, 8)).astype(np.float32)}
    nodes = [helper.make_node("Identity", ["word"], ["said"]), helper.make_node("MatMul", ["x", "w"], ["y"])]
    inputs = [("word", TensorProto.STRING, ["rows"]), ("x", TensorProto.FLOAT, ["rows", 16])]
    outputs = [("said", TensorProto.STRING, ["rows"]), ("y", TensorProto.FLOAT, ["rows", 8])]
    save("spoken", nodes, weights, inputs, outputs)


def branched():
    """Weights that a branch sees from outside, and weights of its own."""
    random = np.random.default_rng(0)
    inner = numpy_helper.from_array(random.normal(size=(6, 6)).astype(np.float32), "inner")
    y = helper.make_tensor_value_info("b", TensorProto.FLOAT, None)
    then = helper.make_graph([helper.make_node("MatMul", ["x", "outer"], ["b"])], "then", [], [y])
    other = helper.make_graph([helper.make_node("MatMul", ["x", "inner"], ["b"])], "else", [], [y], [inner])
    nodes = [helper.make_node("If", ["flag"], ["y"], then_branch=then, else_branch=other)]
    weights = {"outer": random.normal(size=(6, 6)).astype(np.float32)}
    inputs = [("flag", TensorProto.BOOL, []), ("x", TensorProto.FLOAT, ["rows", 6])]
    save("branched", nodes, weights, inputs, [("y", TensorProto.FLOAT, ["rows", 6])])


for make in (overflowing, spoken, branched):
    make()
