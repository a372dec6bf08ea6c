"""ONNX files and what is in them."""

import zlib
from collections.abc import Iterator
from pathlib import Path

import onnx
from contract import RefusalError, channel
from onnx import AttributeProto, GraphProto, ModelProto, TensorProto, numpy_helper
from onnx.external_data_helper import uses_external_data

MODEL = "model.onnx"
DATA = "model.onnx.data"

# Protobuf holds 2 GiB in a message; what is not a weight needs some of it.
MOST_BYTES = 2_000_000_000
CHUNK = 1 << 20
FLOATS = (TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.DOUBLE)


def find() -> Path:
    """The one graph of the channel `model`. Raises RefusalError."""
    paths = channel("model", ".onnx")
    top = [path for path in paths if path.name == MODEL] or paths
    if len(top) == 1:
        return top[0]
    raise RefusalError(
        f"The channel 'model' needs {MODEL}, or one .onnx file; it holds {', '.join(path.name for path in paths)}."
    )


def read(path: Path) -> ModelProto:
    """With its external data. Raises RefusalError."""
    try:
        return onnx.load(path)
    except Exception as error:
        raise RefusalError(f"{path.name} cannot be read as an ONNX model: {first_line(error)}") from error


def files_of(path: Path) -> list[Path]:
    """The graph, and the files that its weights are in."""
    outside = filter(uses_external_data, tensors(onnx.load(path, load_external_data=False)))
    places = {entry.value for tensor in outside for entry in tensor.external_data if entry.key == "location"}
    return [path, *(path.parent / place for place in sorted(places))]


def write(model: ModelProto, folder: Path, most: int = MOST_BYTES) -> Path:
    """As `model.onnx`; the weights go beside it where one file cannot hold them."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / MODEL
    if sum(tensor.ByteSize() for tensor in tensors(model)) > most:
        # Only raw bytes can lie elsewhere.
        for tensor in tensors(model):
            if not tensor.HasField("raw_data") and tensor.data_type != TensorProto.STRING:
                tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor), tensor.name))
        onnx.save(model, path, save_as_external_data=True, location=DATA)
    else:
        path.write_bytes(model.SerializeToString(deterministic=True))
    return path


def size(paths: list[Path]) -> int:
    return sum(path.stat().st_size for path in paths)


def gzip_size(paths: list[Path]) -> int:
    """As if each was gzip'd at its usual level, without the 18 bytes of its frame."""
    return sum(compressed(path) for path in paths)


def compressed(path: Path) -> int:
    deflate, count = zlib.compressobj(6), 0
    for chunk in chunks(path):
        count += len(deflate.compress(chunk))
    return count + len(deflate.flush())


def chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def graphs_of(graph: GraphProto) -> Iterator[GraphProto]:
    """It, and all that its If, Loop and Scan hold."""
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.type == AttributeProto.GRAPH:
                yield from graphs_of(attribute.g)


def tensors(model: ModelProto) -> Iterator[TensorProto]:
    """Initializers of all graphs, and what constants hold."""
    for graph in graphs_of(model.graph):
        yield from graph.initializer
        for node in graph.node:
            yield from (each.t for each in node.attribute if each.type == AttributeProto.TENSOR)


def operators(model: ModelProto) -> set[str]:
    """All that it uses, with their domain where that is not ONNX's own."""
    nodes = [node for graph in graphs_of(model.graph) for node in graph.node]
    return {node.op_type if node.domain in ("", "ai.onnx") else f"{node.domain}.{node.op_type}" for node in nodes}


def weights(model: ModelProto, taken_by: tuple[str, ...]) -> list[TensorProto]:
    """Of the named operators, each once: matrices and kernels, no biases."""
    found = weights_in(model.graph, {}, taken_by)
    return list({id(tensor): tensor for tensor in found}.values())


def weights_in(graph: GraphProto, outside: dict[str, TensorProto], taken_by: tuple[str, ...]) -> Iterator[TensorProto]:
    """A graph within another one sees what that one holds."""
    held = {**outside, **constants(graph)}
    for node in graph.node:
        if node.op_type in taken_by:
            yield from (held[name] for name in node.input[:2] if name in held and len(held[name].dims) > 1)
        for attribute in node.attribute:
            if attribute.type == AttributeProto.GRAPH:
                yield from weights_in(attribute.g, held, taken_by)


def constants(graph: GraphProto) -> dict[str, TensorProto]:
    """Floats that it holds, by name."""
    nodes = [(node.output[0], node.attribute[0].t) for node in graph.node if node.op_type == "Constant"]
    named = [(tensor.name, tensor) for tensor in graph.initializer] + nodes
    return {name: tensor for name, tensor in named if tensor.data_type in FLOATS}


def opset(model: ModelProto) -> int:
    return max((each.version for each in model.opset_import if each.domain in ("", "ai.onnx")), default=0)


def restore_signature(model: ModelProto, original: ModelProto):
    """Tools name dimensions that had no name, also between operators, and forget others."""
    model.graph.ClearField("value_info")
    for ours, theirs in ((model.graph.input, original.graph.input), (model.graph.output, original.graph.output)):
        declared = {value.name: value for value in theirs}
        for value in ours:
            if value.name in declared:
                value.CopyFrom(declared[value.name])


def first_line(error: Exception) -> str:
    """What a reason has room for."""
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0][:300]
