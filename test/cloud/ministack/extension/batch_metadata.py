"""How a task is described to its own containers.

AWS: version 4 of the task metadata endpoint, as far as anybody here reads it: containers by name, their status, how they
ended and where their logs are. Source: Amazon ECS developer guide, "Task metadata endpoint version 4 response"; the sources
of the ECS agent.
MiniStack: describes tasks of its own ECS, which needs Docker.
"""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .batch_containers import Container
from .batch_network import address_of
from .batch_tasks import Task

if TYPE_CHECKING:
    from .batch_runs import Run


def task_document(run: "Run", index: int, task: Task) -> dict[str, Any]:
    return {
        "Cluster": run.place.cluster,
        "TaskARN": task_arn(run, task),
        "Family": run.definition["jobDefinitionName"],
        "Revision": str(run.definition["revision"]),
        "DesiredStatus": desired(task),
        "KnownStatus": "STOPPED" if task.ended else "RUNNING" if task.running else "PENDING",
        "LaunchType": "EC2",
        "AvailabilityZone": f"{run.place.region}a",
        "Containers": [container_document(run, index, task, container) for container in task.containers],
    }


def task_arn(run: "Run", task: Task) -> str:
    return f"arn:aws:ecs:{run.place.region}:{run.place.account}:task/{run.place.cluster_name}/{task.id}"


def container_document(run: "Run", index: int, task: Task, container: Container) -> dict[str, Any]:
    return {
        "DockerId": f"{task.id}-{container.name}",
        "Name": container.name,
        "DockerName": f"ecs-{run.definition['jobDefinitionName']}-{container.name}",
        "Image": container.properties["image"],
        "Labels": {"com.amazonaws.ecs.task-arn": task_arn(run, task)},
        "DesiredStatus": desired(task),
        "KnownStatus": container.status,
        "Type": "NORMAL",
        "LogDriver": "awslogs",
        "LogOptions": container.log.options,
        "Networks": [network_of(run, index)],
        **dict(progress(container)),
    }


def network_of(run: "Run", index: int) -> dict[str, Any]:
    """Jobs of one machine share its network; nodes have an address of their own each."""
    if "nodeProperties" not in run.definition:
        return {"NetworkMode": "host", "IPv4Addresses": [""]}
    return {"NetworkMode": "awsvpc", "IPv4Addresses": [address_of(index)]}


def desired(task: Task) -> str:
    return "STOPPED" if task.stopping else "RUNNING"


def progress(container: Container) -> Iterator[tuple[str, Any]]:
    """What there is to say of it by now."""
    started, stopped = container.started_at, container.stopped_at
    for name, seconds in (("CreatedAt", started), ("StartedAt", started), ("FinishedAt", stopped)):
        if seconds is not None:
            yield name, iso(seconds)
    if container.exit_code is not None:
        yield "ExitCode", container.exit_code


def iso(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
