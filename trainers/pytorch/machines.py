"""The machines of a job, as the contract tells of them."""

import json
import os
import shlex
from dataclasses import dataclass

from contract import BASE

CONFIG = BASE / "input" / "config"
RESOURCES = CONFIG / "resourceconfig.json"

# Onnward's own: lines `export NAME='value'`, for whoever starts a script by a shell.
RENDEZVOUS = CONFIG / "rendezvous.env"

# Where the first process of the first machine listens: what torch.distributed takes where nobody says.
PORT = "29500"


@dataclass(frozen=True)
class Machines:
    # By name, the same order on each of them: what the first one leaves is what is kept.
    hosts: list[str]
    # Which of them this is.
    rank: int
    # Of the first one, as the others reach it.
    address: str
    port: str
    # Through which they see each other.
    interface: str
    # Of this one; 1 where it has none: there is a process all the same.
    gpus: int

    @property
    def count(self) -> int:
        return len(self.hosts)


def machines_of() -> Machines:
    """From resourceconfig.json, which SageMaker and Onnward write; one machine where there is none."""
    said = json.loads(RESOURCES.read_text(encoding="utf-8")) if RESOURCES.exists() else {}
    known = rendezvous() | os.environ
    hosts = said.get("hosts") or ["localhost"]
    return Machines(
        hosts=hosts,
        rank=int(known.get("NODE_RANK", hosts.index(said.get("current_host", hosts[0])))),
        address=known.get("MASTER_ADDR", hosts[0]),
        port=known.get("MASTER_PORT", PORT),
        interface=said.get("network_interface_name", "eth0"),
        gpus=max(1, int(os.environ.get("SM_NUM_GPUS") or 0)),
    )


def rendezvous() -> dict[str, str]:
    lines = RENDEZVOUS.read_text(encoding="utf-8").splitlines() if RENDEZVOUS.exists() else []
    words = (shlex.split(line)[-1].partition("=") for line in lines if line.startswith("export "))
    return {name: value for name, _, value in words}
