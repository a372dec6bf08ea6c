"""Stochastic gradient descent, epoch by epoch, alone or in a group; from where a checkpoint was written, if there is one."""

import copy
import hashlib
import json
import math
from dataclasses import asdict, dataclass, field

import checkpoints
import torch
from contract import RefusalError, say
from group import Group
from measures import measures
from network import Network
from options import Options
from table import Split, Table
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel


@dataclass
class Progress:
    """All that is kept of it besides weights: plain values, as checkpoints hold them."""

    # The last that has ended.
    epoch: int = 0
    best_epoch: int = 0
    best_rmse: float = math.inf
    # Of each epoch: its metrics by name.
    history: list[dict[str, float]] = field(default_factory=list)


class Learning:
    def __init__(self, options: Options, table: Table, split: Split, group: Group):
        self.options, self.split, self.group = options, split, group
        self.features, self.targets = table.features.to(group.device), table.targets.to(group.device)
        torch.manual_seed(options.seed)
        self.network = Network(table.features[split.training], table.targets[split.training], options.hidden).to(
            group.device
        )
        self.optimizer = torch.optim.SGD(
            self.network.layers.parameters(),
            lr=options.learning_rate,
            momentum=options.momentum,
            weight_decay=options.weight_decay,
        )
        self.progress = Progress()
        self.best = copy.deepcopy(self.network.state_dict())
        self.identity = identity_of(options, table)

    def learn(self) -> Network:
        """The network of the epoch that has predicted the validation rows best."""
        self.resume()
        # Weights are the first process's from here on, and gradients the mean over all.
        layers = DistributedDataParallel(self.network.layers) if self.group.size > 1 else self.network.layers
        for epoch in range(self.progress.epoch + 1, self.options.epochs + 1):
            loss = self.descend(layers, epoch)
            if not math.isfinite(loss):
                raise RefusalError(
                    f"The loss of epoch {epoch} is {loss}: it learns in steps that are too large. Lower learning_rate."
                )
            self.progress.epoch = epoch
            if self.group.writes:
                self.judge(loss)
                checkpoints.save(self.state())
        self.network.load_state_dict(self.best)
        return self.network

    def descend(self, layers: nn.Module, epoch: int) -> float:
        """One epoch; gives the mean loss of its rows."""
        total, rows = 0.0, self.split.training
        order = torch.Generator().manual_seed((self.options.seed << 20) + epoch)
        for batch in rows[torch.randperm(len(rows), generator=order)].split(self.options.batch_size):
            own = self.group.share(batch)
            squares = self.squares(layers, own)
            self.optimizer.zero_grad()
            # DDP takes the mean over processes, whatever their shares: this way it is the mean over the rows of the batch.
            (squares * (self.group.size / len(batch))).backward()
            self.optimizer.step()
            total += squares.item()
        return self.group.sum(total) / len(rows)

    def squares(self, layers: nn.Module, rows: Tensor) -> Tensor:
        errors = layers(self.network.standardised(self.features[rows])) - self.network.standardised_targets(
            self.targets[rows]
        )
        return errors.square().sum()

    def judge(self, loss: float):
        found = measures(self.predict(self.split.validation), self.targets[self.split.validation].cpu())
        epoch = self.progress.epoch
        if found["rmse"] < self.progress.best_rmse:
            self.progress.best_epoch, self.progress.best_rmse = epoch, found["rmse"]
            self.best = copy.deepcopy(self.network.state_dict())
        self.progress.history.append(
            {"train:loss": loss, **{f"validation:{name}": value for name, value in found.items()}}
        )
        say(
            f"epoch={epoch}; train:loss={loss:.6g}; validation:rmse={found['rmse']:.6g}; validation:r2={found['r2']:.6g};"
        )

    @torch.no_grad()
    def predict(self, rows: Tensor) -> Tensor:
        return self.network(self.features[rows]).squeeze(1).cpu()

    def state(self) -> dict:
        return {
            "of": self.identity,
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "best": self.best,
            **asdict(self.progress),
        }

    def resume(self):
        """Whatever chance decides goes by seed and epoch, so nothing of it has to be kept."""
        state = checkpoints.newest(self.identity, self.group.device) if self.group.writes else None
        state = self.group.from_first(state)
        if state is None:
            return
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.best = state["best"]
        self.progress = Progress(**{name: state[name] for name in asdict(self.progress)})
        if self.group.writes:
            say(f"Goes on after epoch {self.progress.epoch}, from its checkpoint.")


def identity_of(options: Options, table: Table) -> str:
    """Of a training whose checkpoints may be gone on with: the number of epochs and of processes may change."""
    learned = {name: value for name, value in asdict(options).items() if name not in ("epochs", "processes")}
    digest = hashlib.sha256(json.dumps([learned, table.columns]).encode())
    digest.update(table.features.numpy().tobytes() + table.targets.numpy().tobytes())
    return digest.hexdigest()
