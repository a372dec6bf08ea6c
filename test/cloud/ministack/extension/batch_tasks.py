"""The containers of a job on one host: when each starts, and when all end.

AWS: a container starts when what it depends on allows it. One whose dependency has failed never starts, and counts as
stopped with exit code 143. The task ends when an essential container does, or when it is told to: then its containers are
asked to end in the reverse order of their dependencies. Source: Amazon ECS developer guide, "Container dependency", and
the sources of the ECS agent.
MiniStack: runs no job of AWS Batch.
"""

import shutil
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

from .batch_containers import Container
from .batch_logs import Log
from .batch_plans import Node
from .batch_rules import readiness

#: What the ECS agent writes down of a container that never starts.
NEVER_STARTED = 143


class Task:
    """The containers of one host. Nothing happens but in `step`, `kill` and `lose`."""

    def __init__(self, node: Node, definition: str, home: Path, prefix: Sequence[str] = ()):
        self.id = uuid.uuid4().hex
        self.instance = f"i-{uuid.uuid4().hex[:17]}"
        #: Everything on its disks.
        self.folder = home / self.instance
        self.containers = [
            Container(one, Log(one.get("logConfiguration", {}), definition, one.get("name", "default"), self.id))
            for one in node.containers
        ]
        #: Variables of each container, besides its own.
        self.environment: dict[str, Mapping[str, str]] = {}
        self.stopping = False
        #: Words before the command of each process, which lead to the network of its host.
        self._prefix = prefix
        self._by_name = {container.name: container for container in self.containers}
        self._mounts = {volume["name"]: self.folder / volume["name"] for volume in node.volumes}
        for folder in (self.folder, *self._mounts.values()):
            folder.mkdir(parents=True, exist_ok=True)

    @property
    def ended(self) -> bool:
        return all(container.status == "STOPPED" for container in self.containers)

    @property
    def running(self) -> bool:
        """Whatever is to start has: until then a job counts as starting."""
        return all(container.status != "PULLED" for container in self.containers)

    @property
    def decisive(self) -> Container:
        """Whose end was the task's: the first essential container that failed, else the first one."""
        essential = [container for container in self.containers if container.essential]
        return next((one for one in essential if one.exit_code != 0), essential[0])

    def step(self) -> None:
        for container in self.containers:
            container.look()
        if any(container.essential and container.status == "STOPPED" for container in self.containers):
            self.stopping = True
        for container in self.containers:
            if self.stopping:
                self._stop(container)
            elif container.status == "PULLED":
                self._start(container)

    def kill(self) -> None:
        for container in self.containers:
            container.kill()

    def lose(self) -> None:
        """The host goes away: nobody learns how its containers ended."""
        for container in self.containers:
            if container.status != "STOPPED":
                container.kill()
                container.end(None, None)
        self.forget()

    def forget(self) -> None:
        """Nothing is left of the host."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self, container: Container) -> None:
        verdicts = set()
        for on in container.properties.get("dependsOn", []):
            other = self._by_name[on["containerName"]]
            verdicts.add(readiness(on["condition"], other.status, other.exit_code))
        if "never" in verdicts:
            container.end(NEVER_STARTED, "CannotStartContainerError: a container that it depends on did not succeed")
        elif "wait" not in verdicts:
            container.start(self._mounts, self.environment[container.name], self._prefix)

    def _stop(self, container: Container) -> None:
        if container.status == "PULLED":
            container.end(None, None)
        elif not any(depends(other, container) and other.status == "RUNNING" for other in self.containers):
            container.ask_to_end()


def depends(one: Container, on: Container) -> bool:
    return any(dependency["containerName"] == on.name for dependency in one.properties.get("dependsOn", []))
