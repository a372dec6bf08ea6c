"""A job as the API describes it.

AWS: what a job ran and how its containers ended lies in `container`, or in `ecsProperties` where the definition has several;
each attempt that has ended says the same of its own. A multi-node job has a child for each node, ID#INDEX.
Source: API reference, JobDetail, AttemptDetail, JobSummary.
MiniStack: says of every job that it has succeeded.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from .batch_containers import Container
from .batch_metadata import task_arn
from .batch_tasks import Task

if TYPE_CHECKING:
    from .batch_runs import Attempt, Run

Answer = dict[str, Any]


def detail(run: "Run") -> Answer:
    """JobDetail."""
    found = {
        **core(run, run.id),
        "jobQueue": run.place.queue_arn,
        "attempts": [attempt_of(run, attempt, run.main) for attempt in ended(run)],
        "dependsOn": [],
        "parameters": {},
        "platformCapabilities": ["EC2"],
        "isCancelled": False,
        "isTerminated": run.terminated is not None,
        "tags": dict(run.request.get("tags", {})),
    }
    for name in ("retryStrategy", "timeout"):
        if run.setting(name):
            found[name] = run.setting(name)
    if "nodeProperties" in run.definition:
        found["nodeProperties"] = {**run.definition["nodeProperties"], "numNodes": len(run.nodes)}
    else:
        found.update(properties(run, 0))
    return found


def node_detail(run: "Run", index: int) -> Answer:
    """JobDetail of a child."""
    attempts = [attempt_of(run, attempt, index) for attempt in ended(run)]
    place = {"nodeIndex": index, "isMainNode": index == run.main}
    head = {**core(run, f"{run.id}#{index}"), "jobQueue": run.place.queue_arn, "attempts": attempts}
    return {**head, "nodeDetails": place, **properties(run, index)}


def summary(run: "Run") -> Answer:
    """JobSummary."""
    found = core(run, run.id)
    if run.nodes[0].origin[0] == "container" and run.status in ("SUCCEEDED", "FAILED") and run.attempts:
        found["container"] = dict(ending(run.attempts[-1].tasks[run.main].containers[0]))
    if "nodeProperties" in run.definition:
        found["nodeProperties"] = {"numNodes": len(run.nodes)}
    return found


def node_summary(run: "Run", index: int) -> Answer:
    place = {"numNodes": len(run.nodes), "nodeIndex": index, "isMainNode": index == run.main}
    return {**core(run, f"{run.id}#{index}"), "nodeProperties": place}


def core(run: "Run", job: str) -> Answer:
    found: Answer = {
        "jobId": job,
        "jobArn": f"arn:aws:batch:{run.place.region}:{run.place.account}:job/{job}",
        "jobName": run.request["jobName"],
        "jobDefinition": run.definition["jobDefinitionArn"],
        "status": run.status,
        "createdAt": milliseconds(run.created_at),
    }
    if run.status_reason is not None:
        found["statusReason"] = run.status_reason
    return found | dict(times(run))


def times(run: "Run") -> Iterator[tuple[str, int]]:
    """Of its last attempt."""
    last = run.attempts[-1] if run.attempts and run.status not in ("RUNNABLE", "STARTING") else None
    if last is not None and last.started_at is not None:
        yield "startedAt", milliseconds(last.started_at)
    if last is not None and last.stopped_at is not None and run.status != "RUNNING":
        yield "stoppedAt", milliseconds(last.stopped_at)


def ended(run: "Run") -> list["Attempt"]:
    return [attempt for attempt in run.attempts if attempt.stopped_at is not None]


def attempt_of(run: "Run", attempt: "Attempt", index: int) -> Answer:
    """AttemptDetail."""
    task, form = attempt.tasks[index], run.nodes[index].origin[0]
    host = whereabouts(run, task)
    of: Answer
    if form == "container":
        of = {"container": {**host, **dict(ending(task.containers[0]))}}
    else:
        containers = [{"name": one.name, **dict(ending(one))} for one in task.containers]
        of = {"taskProperties": [{**host, "containers": containers}]}
    found: Answer = {**of, "stoppedAt": milliseconds(attempt.stopped_at or 0), "statusReason": attempt.status_reason}
    return found | ({"startedAt": milliseconds(attempt.started_at)} if attempt.started_at is not None else {})


def properties(run: "Run", index: int) -> Mapping[str, Any]:
    """What runs on a node, and how that ended on its last host."""
    form, found = run.nodes[index].origin
    task = run.attempts[-1].tasks[index] if run.attempts else None
    host = whereabouts(run, task) if task else {}
    endings = [dict(ending(one)) for one in task.containers] if task else [{} for _ in run.nodes[index].containers]
    if form == "container":
        return {"container": {**found, **host, **endings[0]}}
    containers = [{**one, **end} for one, end in zip(found["containers"], endings)]
    return {"ecsProperties": {"taskProperties": [{**found, **host, "containers": containers}]}}


def whereabouts(run: "Run", task: Task) -> Answer:
    arn = f"arn:aws:ecs:{run.place.region}:{run.place.account}:container-instance/{run.place.cluster_name}/{task.instance}"
    return {"taskArn": task_arn(run, task), "containerInstanceArn": arn}


def ending(container: Container) -> Iterator[tuple[str, Any]]:
    if container.started_at is not None:
        yield "logStreamName", container.log.stream
    if container.exit_code is not None:
        yield "exitCode", container.exit_code
    if container.reason is not None:
        yield "reason", container.reason


def milliseconds(seconds: float) -> int:
    return int(seconds * 1000)
