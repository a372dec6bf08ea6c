"""How far predictions are from the truth, and what a straight line would have done."""

import torch
from network import Network
from torch import Tensor


def measures(predicted: Tensor, truth: Tensor) -> dict[str, float]:
    """Root mean squared error, mean absolute error, and the share of the variance that is explained."""
    errors, truth = predicted.double() - truth.double(), truth.double()
    squares, spread = errors.square().sum(), (truth - truth.mean()).square().sum()
    return {
        "rmse": (squares / len(truth)).sqrt().item(),
        "mae": errors.abs().mean().item(),
        # Of rows that are all alike there is nothing to explain.
        "r2": (1 - squares / spread).item() if spread > 0 else 0.0,
    }


def linear(network: Network, features: Tensor, targets: Tensor, asked: Tensor) -> Tensor:
    """What a linear regression predicts that has learned from the same rows: ordinary least squares."""
    rows, question = (with_one(network.standardised(each).double()) for each in (features, asked))
    return question @ torch.linalg.lstsq(rows, targets.double()[:, None], driver="gelsd").solution[:, 0]


def with_one(rows: Tensor) -> Tensor:
    return torch.cat([rows, torch.ones(len(rows), 1, dtype=rows.dtype)], 1)
