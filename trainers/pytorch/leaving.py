"""What is left of a training besides the graph."""

import csv
import io

import numpy as np
import onnxruntime
import torch
from contract import MOST_GOLDEN, OUTPUT, golden, tensor
from exporting import INPUT
from exporting import OUTPUT as ANSWER
from network import Network
from table import Table
from torch import Tensor
from torch.utils.tensorboard import SummaryWriter


def answers(model: bytes, features: Tensor) -> Tensor:
    """Predictions of the exported model, not of the network that it came from."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return torch.from_numpy(session.run([ANSWER], {INPUT: features.numpy()})[0]).squeeze(1)


@torch.no_grad()
def questions(network: Network, features: Tensor) -> bytes:
    """Rows, their gaps filled as JSON has no NaN, and what PyTorch itself answers each."""
    known = torch.where(torch.isnan(features), network.mean, features)
    cases = []
    for row in known[:MOST_GOLDEN].split(1):
        asked, answered = tensor(INPUT, "FP32", row.numpy()), tensor(ANSWER, "FP32", network(row).numpy())
        cases.append(([asked], [answered]))
    return golden(cases)


def baseline(table: Table, label: str, rows: Tensor) -> bytes:
    """The rows that it has learned from, target included; what is missing is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*table.columns, label])
    for values, target in zip(table.features[rows].numpy(), table.targets[rows].numpy()):
        writer.writerow(["" if np.isnan(value) else value for value in (*values, target)])
    return text.getvalue().encode()


def events(history: list[dict[str, float]]):
    """For TensorBoard. Of all epochs, those before a resumption, too: events of a lost machine are lost with it."""
    with SummaryWriter(str(OUTPUT / "tensorboard")) as writer:
        for epoch, metrics in enumerate(history, 1):
            for name, value in metrics.items():
                writer.add_scalar(name.replace(":", "/"), value, epoch)
