"""Checkpoints: one file an epoch, whole or not there, the last two."""

import torch
from contract import CHECKPOINTS, say

KEPT = 2


def save(state: dict):
    CHECKPOINTS.mkdir(parents=True, exist_ok=True)
    part = CHECKPOINTS / ".epoch.part"
    torch.save(state, part)
    part.replace(CHECKPOINTS / f"epoch-{state['epoch']:06}.pt")
    for old in found()[KEPT:]:
        old.unlink()


def newest(of: str, device: torch.device) -> dict | None:
    """The last one that can be read, of this very training: `of` says what it learns from, and how."""
    for path in found():
        try:
            state = torch.load(path, map_location=device, weights_only=True)
            if state["of"] == of:
                return state
            say(f"{path.name} is of another training, and is passed over.")
        except Exception as error:
            say(f"{path.name} cannot be read, and is passed over: {error}")
    return None


def found():
    """The newest first."""
    return sorted(CHECKPOINTS.glob("epoch-*.pt"), reverse=True)
