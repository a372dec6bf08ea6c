"""Queues and compute environments: where jobs wait, and what runs them.

AWS: both are named by name or by ARN; an environment that cannot be used is INVALID and says why; a queue is deleted with
the jobs in it. Source: API reference, DescribeJobQueues, DescribeComputeEnvironments, DeleteJobQueue.
MiniStack: describes environments by name alone, and deletes neither.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from . import batch_settings as settings
from .batch_model import Refused
from .batch_routes import runs


def name_of(reference: str) -> str:
    return reference.rsplit("/", 1)[-1]


def describe_queues(request: Mapping[str, Any]) -> dict[str, Any]:
    from ministack.services import batch

    return {"jobQueues": chosen(batch._job_queues, request.get("jobQueues"))}


def describe_environments(request: Mapping[str, Any]) -> dict[str, Any]:
    from ministack.services import batch

    found = chosen(batch._compute_envs, request.get("computeEnvironments"))
    reason = settings.environments_reason()
    if reason is not None:
        found = [{**one, "status": "INVALID", "statusReason": reason} for one in found]
    return {"computeEnvironments": found}


def chosen(store: Mapping[str, dict[str, Any]], references: Iterable[str] | None) -> list[dict[str, Any]]:
    names = list(map(name_of, references)) if references else list(store)
    return [store[name] for name in names if name in store]


def queue_for(reference: str) -> Mapping[str, Any]:
    """That takes jobs. Raises Refused."""
    from ministack.services import batch

    queue: Mapping[str, Any] | None = batch._job_queues.get(name_of(reference))
    if queue is None:
        raise Refused(f"JobQueue {reference} not found.")
    if queue["state"] != "ENABLED":
        raise Refused(f"JobQueue {reference} is disabled.")
    return queue


def environments_of(queue: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """In the order in which they are tried."""
    from ministack.services import batch

    order = sorted(queue["computeEnvironmentOrder"], key=lambda one: int(one["order"]))
    return [batch._compute_envs[name_of(one["computeEnvironment"])] for one in order]


def delete_queue(reference: str) -> None:
    """With its jobs."""
    from ministack.services import batch

    for run in list(runs.values()):
        if run.place.queue == name_of(reference):
            run.terminate("The job queue was deleted")
    batch._job_queues.pop(name_of(reference), None)


def delete_environment(reference: str) -> None:
    """Raises Refused while a queue names it."""
    from ministack.services import batch

    for queue in batch._job_queues.values():
        if name_of(reference) in [name_of(one["computeEnvironment"]) for one in queue["computeEnvironmentOrder"]]:
            raise Refused(f"Cannot delete, found existing JobQueue relationship: {queue['jobQueueName']}")
    batch._compute_envs.pop(name_of(reference), None)
