"""Makes the models of the benchmark: `python models.py FOLDER`. The same bytes every time; dynamic batch, float32, opset 17.

iris   logistic regression, 4 features, 3 classes (skl2onnx, zipmap off: a label and the probabilities)
mlp    784-128-10 with ReLU and softmax, about 10 us a run
cnn    3x128x128, nine convolutions to 512 channels, 10 classes, about 4 ms a run on one thread, a fifth less a row in a batch
large  784-5120-4096-10, 100 MB of weights: for starting and loading, not for throughput
"""

import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from skl2onnx import to_onnx
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

OPSET = 17
IR_VERSION = 8


class Graph:
    """A chain of nodes with seeded weights; `x` is always the last tensor's name."""

    def __init__(self, seed: int):
        self.random = np.random.default_rng(seed)
        self.nodes, self.weights, self.x = [], [], "input"

    def weight(self, *shape: int, fan_in: int) -> str:
        name = f"w{len(self.weights)}"
        # He's initialisation keeps the activations of a ReLU network in scale, so that outputs differ from input to input.
        values = self.random.standard_normal(shape, dtype=np.float32) * np.float32(np.sqrt(2 / fan_in))
        self.weights.append(numpy_helper.from_array(values, name))
        return name

    def add(self, operator: str, *inputs: str, **attributes) -> "Graph":
        output = f"{operator.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, [self.x, *inputs], [output], **attributes))
        self.x = output
        return self

    def dense(self, rows: int, columns: int) -> "Graph":
        return self.add("Gemm", self.weight(rows, columns, fan_in=rows), self.weight(columns, fan_in=columns))

    def convolution(self, into: int, out: int, stride: int) -> "Graph":
        kernel = self.weight(out, into, 3, 3, fan_in=into * 9)
        return self.add("Conv", kernel, kernel_shape=[3, 3], strides=[stride] * 2, pads=[1] * 4).add("Relu")

    def save(self, path: Path, shape: list[int], classes: int) -> None:
        self.nodes[-1].output[0] = "output"
        graph = helper.make_graph(
            self.nodes,
            path.stem,
            [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", *shape])],
            [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch", classes])],
            self.weights,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
        onnx.checker.check_model(model)
        onnx.save(model, path)


def iris(path: Path) -> None:
    x, y = load_iris(return_X_y=True)
    classifier = LogisticRegression(max_iter=1000).fit(x.astype(np.float32), y)
    model = to_onnx(
        classifier, x[:1].astype(np.float32), options={"zipmap": False}, target_opset={"": OPSET, "ai.onnx.ml": 3}
    )
    onnx.save(model, path)


def mlp(path: Path) -> None:
    Graph(1).dense(784, 128).add("Relu").dense(128, 10).add("Softmax", axis=1).save(path, [784], 10)


def cnn(path: Path) -> None:
    # As textbooks and ResNets have it: each stage halves the picture, doubles the channels, and looks at them once more.
    graph = Graph(2).convolution(3, 32, 2)
    for channels in (64, 128, 256, 512):
        graph.convolution(channels // 2, channels, 2).convolution(channels, channels, 1)
    graph.add("GlobalAveragePool").add("Flatten", axis=1).dense(512, 10).add("Softmax", axis=1)
    graph.save(path, [3, 128, 128], 10)


def large(path: Path) -> None:
    graph = Graph(3).dense(784, 5120).add("Relu").dense(5120, 4096).add("Relu").dense(4096, 10).add("Softmax", axis=1)
    graph.save(path, [784], 10)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for make in (iris, mlp, cnn, large):
        make(folder / f"{make.__name__}.onnx")
