"""The processes that train together, as one of them sees them."""

import os
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import distributed


@dataclass(frozen=True)
class Group:
    # Of this process; 0 is the one that writes.
    rank: int
    size: int
    device: torch.device

    @property
    def writes(self) -> bool:
        return self.rank == 0

    def share(self, rows: torch.Tensor) -> torch.Tensor:
        """What this process takes of a batch. Together they take it all, and each of them once."""
        return rows[self.rank :: self.size]

    def sum(self, value: float) -> float:
        """Over all processes, in 64 bits."""
        if self.size == 1:
            return value
        total = torch.tensor(value, dtype=torch.float64, device=self.device)
        distributed.all_reduce(total)
        return total.item()

    def from_first(self, value):
        """What the first one has, whatever it is: only its disk is sure to have a checkpoint."""
        if self.size == 1:
            return value
        box = [value]
        distributed.broadcast_object_list(box, src=0)
        return box[0]


@contextmanager
def joined():
    """A GPU each where there are some; else all share the processor, and talk through gloo."""
    rank, size, local = (int(os.environ.get(name, default)) for name, default in PLACES.items())
    cuda = torch.cuda.is_available()
    if cuda:
        torch.cuda.set_device(local)
    if size > 1:
        distributed.init_process_group("nccl" if cuda else "gloo")
    try:
        yield Group(rank, size, torch.device("cuda", local) if cuda else torch.device("cpu"))
    finally:
        if size > 1:
            distributed.destroy_process_group()


# As torchrun sets them.
PLACES = {"RANK": "0", "WORLD_SIZE": "1", "LOCAL_RANK": "0"}
