"""Weights, and what they are multiplied with, in 8 bits."""

import logging

import graphs
from onnx import ModelProto
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_dynamic, quantize_static
from processors import seven_bits
from variants import Given, LeftOut, Made

# Conv takes five to ten times as long where its inputs are quantised at run time.
DYNAMIC = ("MatMul", "Gemm")
STATIC = ("MatMul", "Gemm", "Conv", "ConvTranspose")

# Below it, DequantizeLinear knows no axis.
CHANNEL_OPSET = 13

# Outputs of so many rows are held before their ranges are merged.
MOST_HELD = 32

# On x86 only unsigned ones are fast; ARM takes both. So that what was measured is what is served, it is one for all.
ACTIVATIONS, WEIGHTS = QuantType.QUInt8, QuantType.QInt8


def dynamic_int8(given: Given) -> Made:
    """Ranges of activations are looked at in each inference."""
    count = quantisable(given, DYNAMIC)
    common, why = settings(given)
    output = given.scratch / graphs.MODEL
    quiet(
        quantize_dynamic,
        given.path,
        output,
        op_types_to_quantize=["MatMul"],  # of which it makes each Gemm
        weight_type=WEIGHTS,
        use_external_data_format=is_large(given),
        **common,
    )
    model = graphs.read(output)
    return Made(model, sentence(model, ("MatMulInteger",), count, why), {"operators": ",".join(DYNAMIC), **common})


def static_int8(given: Given) -> Made:
    """Ranges of activations are those of the calibration rows, and part of the graph, as QuantizeLinear and DequantizeLinear."""
    count = quantisable(given, STATIC)
    if not given.rows:
        raise LeftOut("It needs rows to take the ranges of activations from: channel calibration has none.")
    common, why = settings(given)
    output = given.scratch / graphs.MODEL
    quiet(
        quantize_static,
        given.path,
        output,
        Rows(given.rows),
        quant_format=QuantFormat.QDQ,
        activation_type=ACTIVATIONS,
        weight_type=WEIGHTS,
        use_external_data_format=is_large(given),
        extra_options={"CalibMaxIntermediateOutputs": MOST_HELD},
        **common,
    )
    model = graphs.read(output)
    settings_ = {"format": "QDQ", "calibration": "MinMax", "rows": len(given.rows), **common}
    return Made(model, sentence(model, ("DequantizeLinear",), count, why), settings_)


class Rows(CalibrationDataReader):
    def __init__(self, rows):
        self.left = iter(rows)

    def get_next(self):
        return next(self.left, None)


def settings(given: Given) -> tuple[dict[str, bool], str]:
    """Of both; and why weights have seven bits, or eight."""
    asked = given.options.reduce_range
    reduce, why = seven_bits(given.options.target) if asked == "auto" else (asked == "true", "as was asked for")
    by_channel = graphs.opset(graphs.read(given.path)) >= CHANNEL_OPSET
    return {"per_channel": by_channel, "reduce_range": reduce}, why


def quantisable(given: Given, operators: tuple[str, ...]) -> int:
    """How many tensors of weights there are. Raises LeftOut for none: the graph would only grow."""
    model = graphs.read(given.path)
    count = len(graphs.weights(model, operators))
    if count == 0:
        raise LeftOut(
            f"Nothing in it can be quantised: of {', '.join(operators)} none has weights of its own "
            f"(operators: {', '.join(sorted(graphs.operators(model)))})."
        )
    return count


def sentence(model: ModelProto, operators: tuple[str, ...], count: int, why: str) -> str:
    done = sum(1 for graph in graphs.graphs_of(model.graph) for node in graph.node if node.op_type in operators)
    if done == 0:
        raise LeftOut(f"onnxruntime has quantised none of its {count} tensors of weights.")
    return f"{count} tensors of weights in 8 bits; {why}."


def is_large(given: Given) -> bool:
    return graphs.size(graphs.files_of(given.path)) > graphs.MOST_BYTES


def quiet(function, *arguments, **options):
    """It recommends to simplify the graph, which was done before where it could be."""
    logging.disable(logging.WARNING)
    try:
        function(*arguments, **options)
    finally:
        logging.disable(logging.NOTSET)
