"""The network as ONNX."""

import contextlib
import io
import logging
import tempfile
from pathlib import Path

import onnx
import torch
from network import Network

INPUT, OUTPUT = "features", "prediction"
OPSET = 18


def export(network: Network) -> bytes:
    """Of any number of rows. The same weights give the same bytes."""
    # It tells of operators of packages that are not there.
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    # Of one row it would take that there is always one.
    sample = torch.zeros(2, len(network.mean))
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        path = Path(folder) / "model.onnx"
        torch.onnx.export(
            network.eval(),
            (sample,),
            path,
            dynamo=True,
            external_data=False,
            input_names=[INPUT],
            output_names=[OUTPUT],
            dynamic_shapes=({0: torch.export.Dim("rows")},),
            opset_version=OPSET,
        )
        return without_traces(onnx.load(path)).SerializeToString(deterministic=True)


def without_traces(model: onnx.ModelProto) -> onnx.ModelProto:
    """It notes for each operator which line of which file on this machine it comes from."""
    model.ClearField("metadata_props")
    graph = model.graph
    for each in (graph, *graph.node, *graph.input, *graph.output, *graph.initializer, *graph.value_info):
        each.ClearField("metadata_props")
        each.ClearField("doc_string")
    return model
