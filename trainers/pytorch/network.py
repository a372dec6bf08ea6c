"""The network, which takes and gives the units of the data: what it was standardised by is part of it."""

import torch
from torch import Tensor, nn


class Network(nn.Module):
    def __init__(self, features: Tensor, targets: Tensor, hidden: int):
        """`features` and `targets` are those of the rows that it will learn from."""
        super().__init__()
        mean, spread = moments(features)
        target_mean, target_spread = moments(targets[:, None])
        self.register_buffer("mean", mean)
        self.register_buffer("spread", spread)
        self.register_buffer("target_mean", target_mean)
        self.register_buffer("target_spread", target_spread)
        self.layers = nn.Sequential(nn.Linear(len(mean), hidden), nn.ReLU(), nn.Linear(hidden, 1))

    def standardised(self, features: Tensor) -> Tensor:
        """A missing cell is as good as the mean of its column."""
        known = torch.where(torch.isnan(features), self.mean, features)
        return (known - self.mean) / self.spread

    def standardised_targets(self, targets: Tensor) -> Tensor:
        return (targets[:, None] - self.target_mean) / self.target_spread

    def forward(self, features: Tensor) -> Tensor:
        """[rows, columns] -> [rows, 1]"""
        return self.layers(self.standardised(features)) * self.target_spread + self.target_mean


def moments(values: Tensor) -> tuple[Tensor, Tensor]:
    """Of each column, without what is missing, summed in 64 bits; a column that does not vary has a spread of 1."""
    values = values.double()
    known = ~torch.isnan(values)
    count = known.sum(0).clamp(min=1)
    mean = values.where(known, 0.0).sum(0) / count
    variance = (values - mean).where(known, 0.0).square().sum(0) / count
    spread = variance.sqrt()
    return mean.float(), spread.where(spread > 0, 1.0).float()
