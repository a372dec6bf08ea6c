"""What a job runs on each of its hosts, of its definition and of what it overrides.

AWS: a definition has one container (`containerProperties`), several (`ecsProperties`), or ranges of nodes that have one of
these each (`nodeProperties`); a job may override commands, variables, requirements and the number of nodes.
Source: API reference, RegisterJobDefinition and SubmitJob.
MiniStack: keeps `containerProperties` and nothing else. Refused here: what runs in EKS.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .batch_model import Refused
from .batch_rules import faults, merged, targets

Properties = Mapping[str, Any]


@dataclass(frozen=True)
class Node:
    """What runs on one host."""

    #: As in `ecsProperties`; a single container is one of these as well.
    containers: Sequence[Properties]
    volumes: Sequence[Properties]
    #: ARN of the role that the containers have. None: they have no credentials.
    role: str | None
    #: What it was made of, as the API answers it: (`container` or `ecsProperties`, properties).
    origin: tuple[str, Properties]


def expect_runnable(definition: Properties) -> None:
    """Raises Refused for a definition that AWS does not take."""
    found = definition.get("type"), [name for name in FORMS if name in definition]
    if found not in (
        ("container", ["containerProperties"]),
        ("container", ["ecsProperties"]),
        ("multinode", ["nodeProperties"]),
    ):
        raise Refused(f"not known to this emulator: a definition of type {found[0]} with {found[1]}")
    wrong = [fault for node in nodes_of(definition, {}) for fault in (*faults(node.containers), *homeless(node))]
    if wrong:
        raise Refused("; ".join(dict.fromkeys(wrong)))


FORMS = ("containerProperties", "ecsProperties", "eksProperties", "nodeProperties")


def homeless(node: Node) -> Iterator[str]:
    known = {volume.get("name") for volume in node.volumes}
    for container in node.containers:
        for point in container.get("mountPoints", []):
            if point.get("sourceVolume") not in known:
                yield f"{container.get('name')} mounts {point.get('sourceVolume')}, which is no volume of its task"


def nodes_of(definition: Properties, request: Properties) -> list[Node]:
    """In the order of their indexes; a job of one host has one node."""
    if "nodeProperties" not in definition:
        return [node_of(definition, request)]
    properties, overrides = definition["nodeProperties"], request.get("nodeOverrides", {})
    count = overrides.get("numNodes", properties["numNodes"])
    nodes: dict[int, Node] = {}
    for group in properties["nodeRangeProperties"]:
        for index in targets(group["targetNodes"], count):
            changes: dict[str, Any] = {}
            for override in overrides.get("nodePropertyOverrides", []):
                if index in targets(override["targetNodes"], count):
                    changes.update(override)
            # AWS lets ranges lie in one another: what comes later is closer.
            nodes[index] = node_of(group, changes)
    missing = [index for index in range(count) if index not in nodes]
    if missing:
        raise Refused(f"No nodeRangeProperties are for the nodes {missing}")
    return [nodes[index] for index in range(count)]


def node_of(holder: Properties, overrides: Properties) -> Node:
    container = holder.get("containerProperties") or holder.get("container")
    if container is not None:
        one = merged(container, overrides.get("containerOverrides", {}))
        return Node([one], one.get("volumes", []), one.get("jobRoleArn"), ("container", one))
    (task,) = holder["ecsProperties"]["taskProperties"]
    changes = overrides.get("ecsPropertiesOverride", {}).get("taskProperties", [{}])[0].get("containers", [])
    by_name = {change.get("name"): change for change in changes}
    unknown = by_name.keys() - {one.get("name") for one in task["containers"]}
    if unknown:
        raise Refused(f"The job overrides containers that its definition has not: {sorted(map(str, unknown))}")
    containers = [merged(one, by_name.get(one.get("name"), {})) for one in task["containers"]]
    whole = {**task, "containers": containers}
    return Node(containers, task.get("volumes", []), task.get("taskRoleArn"), ("ecsProperties", whole))
