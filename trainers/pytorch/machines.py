"""The machines of a job, as the contract tells of them."""

import json
import os
from dataclasses import dataclass

from contract import BASE

FILE = BASE / "input" / "config" / "resourceconfig.json"


@dataclass(frozen=True)
class Machines:
    # By name, the same order on each of them: what the first one leaves is what is kept.
    hosts: list[str]
    # Which of them this is.
    rank: int
    # Through which they see each other.
    interface: str
    # Of this one; 1 where it has none: there is a process all the same.
    gpus: int

    @property
    def count(self) -> int:
        return len(self.hosts)


def machines_of() -> Machines:
    """From resourceconfig.json, which SageMaker and Onnward write; one machine where there is none."""
    said = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
    hosts = said.get("hosts") or ["localhost"]
    current = said.get("current_host", hosts[0])
    gpus = int(os.environ.get("SM_NUM_GPUS") or 0)
    return Machines(hosts, hosts.index(current), said.get("network_interface_name", "eth0"), max(1, gpus))
