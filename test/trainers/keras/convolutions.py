"""Prints the SHA-256 of each weight of a convolution in a graph: what two nets have in common."""

import hashlib
import json
import sys

import onnx

graph = onnx.load(sys.argv[1]).graph
used = {name for node in graph.node if node.op_type == "Conv" for name in node.input[1:2]}
print(json.dumps([hashlib.sha256(each.raw_data).hexdigest() for each in graph.initializer if each.name in used]))
