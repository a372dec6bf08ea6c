"""What decides how a job of AWS Batch goes on: its rules, and nothing of MiniStack's.

AWS: see each function. Sources: AWS Batch user guide, "Job definition parameters for EcsProperties", "Automated job
retries", "Multi-node parallel jobs"; Amazon ECS developer guide, "Container dependency"; the sources of the ECS agent.
MiniStack: has no rules, as it runs no job.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

#: PULLED: its image is there, and what it depends on is not.
Status = Literal["PULLED", "RUNNING", "STOPPED"]

#: Each condition, and whether an essential container can be depended on so.
CONDITIONS: Mapping[str, bool] = {"START": True, "COMPLETE": False, "SUCCESS": False}

CONTAINERS_AT_MOST = 10


def reference_of(reference: str) -> tuple[str, int | None]:
    """The name and the revision of a job definition, of its ARN or its name, with a revision or without."""
    name, _, revision = reference.rsplit("/", 1)[-1].partition(":")
    return name, int(revision) if revision.isdigit() else None


def targets(nodes: str, count: int) -> range:
    """The nodes of a range as `0:3`, `2:`, `:` or `1` among so many."""
    first, colon, last = nodes.partition(":")
    low = int(first or 0)
    high = (int(last) if last else count - 1) if colon else low
    return range(low, min(high, count - 1) + 1)


def faults(containers: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Why AWS does not take the containers of a task."""
    names = [one.get("name", "") for one in containers]
    essential = {one.get("name", ""): one.get("essential", True) for one in containers}
    if not 0 < len(containers) <= CONTAINERS_AT_MOST:
        yield f"A task has 1 to {CONTAINERS_AT_MOST} containers, not {len(containers)}"
    if len(set(names)) < len(names) or (len(names) > 1 and "" in names):
        yield f"Containers of a task need names of their own: {names}"
    if containers and not any(essential.values()):
        yield "A task needs an essential container"
    for kind in ("VCPU", "MEMORY"):
        if not any(need["type"] == kind for one in containers for need in one.get("resourceRequirements", [])):
            yield f"A task needs a requirement of {kind}"
    for one in containers:
        for on in one.get("dependsOn", []):
            yield from faults_of_dependency(one.get("name", ""), on, essential)
    if cyclic(containers):
        yield "Containers depend on each other in a circle"


def faults_of_dependency(name: str, on: Mapping[str, Any], essential: Mapping[str, bool]) -> Iterator[str]:
    other, condition = on.get("containerName", ""), on.get("condition", "")
    if other not in essential:
        yield f"{name} depends on {other}, which is no container of its task"
    elif condition not in CONDITIONS:
        yield f"{name} depends on {condition} of {other}: it is to be one of {', '.join(CONDITIONS)}"
    elif essential[other] and not CONDITIONS[condition]:
        yield f"{name} depends on {condition} of {other}, which is essential: its end is the end of the task"


def cyclic(containers: Sequence[Mapping[str, Any]]) -> bool:
    left = {one.get("name", ""): {on.get("containerName") for on in one.get("dependsOn", [])} for one in containers}
    while left:
        free = [name for name, others in left.items() if not others & left.keys()]
        if not free:
            return True
        for name in free:
            del left[name]
    return False


def readiness(condition: str, status: Status, exit_code: int | None) -> Literal["ready", "wait", "never"]:
    """Whether a container may start that depends on another one so."""
    if condition == "START":
        return "wait" if status == "PULLED" else "ready"
    if status != "STOPPED":
        return "wait"
    return "ready" if condition == "COMPLETE" or exit_code == 0 else "never"


def merged(container: Mapping[str, Any], override: Mapping[str, Any]) -> dict[str, Any]:
    """A container with what a job overrides: variables and requirements one by one, the rest whole."""
    result = {**container, **override}
    for field, key in (("environment", "name"), ("resourceRequirements", "type")):
        both = {one[key]: one for one in [*container.get(field, []), *override.get(field, [])]}
        if both:
            result[field] = list(both.values())
    return result


def retried(strategy: Mapping[str, Any], status_reason: str, reason: str, exit_code: int | None) -> bool:
    """Whether an attempt that failed is followed by another one, if there is one left: what matches no rule is."""
    found = {"onStatusReason": status_reason, "onReason": reason, "onExitCode": "" if exit_code is None else exit_code}
    for rule in strategy.get("evaluateOnExit", []):
        if all(like(rule[name], str(value)) for name, value in found.items() if name in rule):
            return bool(rule["action"].upper() == "RETRY")
    return True


def like(pattern: str, text: str) -> bool:
    """A pattern is the whole text, or its beginning where an asterisk follows."""
    return text.startswith(pattern[:-1]) if pattern.endswith("*") else text == pattern


#: Source: API reference, SubmitJob, "jobName".
JOB_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")
