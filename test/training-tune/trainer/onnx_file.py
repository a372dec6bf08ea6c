"""Writes softmax(x W + b) as an ONNX file, byte by byte: protocol buffers without a package.

Fields are numbered as in onnx.proto of ONNX 1.14 (opset 13, IR version 8).
"""

import struct

FLOAT = 1


def classifier(weights, bias):
    """The bytes of a model with the input `features` and the output `probabilities`.

    `weights` has a row for each feature, and `bias` a number for each class.
    """
    flat = [value for row in weights for value in row]
    graph = b"".join(
        [
            field(1, node("Gemm", ["features", "weights", "bias"], ["logits"])),
            field(1, node("Softmax", ["logits"], ["probabilities"])),
            field(2, b"classifier"),
            field(5, tensor("weights", [len(weights), len(bias)], flat)),
            field(5, tensor("bias", [len(bias)], bias)),
            field(11, rows("features", len(weights))),
            field(12, rows("probabilities", len(bias))),
        ]
    )
    opset = field(2, varint(13), wire=0)
    return field(1, varint(8), wire=0) + field(7, graph) + field(8, opset)


def node(kind, inputs, outputs):
    """A NodeProto."""
    names = [field(1, name.encode()) for name in inputs] + [field(2, name.encode()) for name in outputs]
    return b"".join(names) + field(4, kind.encode())


def tensor(name, shape, values):
    """A TensorProto of 32-bit floats."""
    dimensions = b"".join(field(1, varint(size), wire=0) for size in shape)
    data = struct.pack(f"<{len(values)}f", *values)
    return dimensions + field(2, varint(FLOAT), wire=0) + field(8, name.encode()) + field(9, data)


def rows(name, columns):
    """A ValueInfoProto of any number of rows."""
    any_number = field(1, field(2, b"n"))
    shape = any_number + field(1, field(1, varint(columns), wire=0))
    kind = field(1, varint(FLOAT), wire=0) + field(2, shape)
    return field(1, name.encode()) + field(2, field(1, kind))


def field(number, payload, wire=2):
    """A field: a number (wire type 0), or bytes behind their length."""
    key = varint(number << 3 | wire)
    return key + payload if wire == 0 else key + varint(len(payload)) + payload


def varint(value):
    """Seven bits a byte, the least ones first."""
    data = bytearray()
    while value > 127:
        data.append(value & 127 | 128)
        value >>= 7
    data.append(value)
    return bytes(data)
