"""Jobs: submitted, described, listed and ended.

AWS: SubmitJob begins a job; DescribeJobs knows it by its id or ARN; ListJobs lists those that RUN unless it is asked for
another status or by a filter, newest first; TerminateJob ends it, whatever it is at. Source: API reference.
MiniStack: every job has succeeded when it is submitted. Refused here: array jobs, jobs that depend on jobs, parameters,
and whatever is of EKS.
"""

import atexit
import os
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import batch_answers as answers
from .batch_definitions import resolve
from .batch_model import Refused
from .batch_plans import nodes_of
from .batch_queues import environments_of, queue_for
from .batch_routes import runs
from .batch_rules import JOB_NAME
from .batch_runs import ENDS, Place, Run

UNKNOWN = (
    "arrayProperties",
    "dependsOn",
    "parameters",
    "eksPropertiesOverride",
    "consumableResourcePropertiesOverride",
)


def install() -> None:
    """Nothing of a job outlives the server."""
    atexit.register(kill_all)


def kill_all() -> None:
    for run in list(runs.values()):
        run.kill()


def submit(request: Mapping[str, Any]) -> dict[str, Any]:
    name = request["jobName"]
    if not JOB_NAME.fullmatch(name):
        raise Refused(f"Job name should match valid pattern {JOB_NAME.pattern}: {name}")
    unknown = [field for field in UNKNOWN if request.get(field)]
    if unknown:
        raise Refused(f"not known to this emulator: {', '.join(unknown)}")
    queue, definition = queue_for(request["jobQueue"]), resolve(request["jobDefinition"])
    nodes = nodes_of(definition, request)
    place = place_of(queue, definition)
    main = definition.get("nodeProperties", {}).get("mainNode", 0)
    run = Run(str(uuid.uuid4()), request, definition, nodes, place, main)
    runs[run.id] = run
    run.begin()
    return {"jobId": run.id, "jobName": name, "jobArn": answers.core(run, run.id)["jobArn"]}


def place_of(queue: Mapping[str, Any], definition: Mapping[str, Any]) -> Place:
    """The first environment of the queue: there is always room."""
    from ministack.core.responses import get_account_id, get_region

    environments = environments_of(queue)
    if "nodeProperties" in definition and any(one["computeResources"].get("type") == "SPOT" for one in environments):
        raise Refused("Multi-node parallel jobs do not run in compute environments of Spot instances")
    first = environments[0]
    return Place(
        home=Path.home() / "batch",
        port=int(os.environ.get("GATEWAY_PORT", "4566")),
        queue_arn=queue["jobQueueArn"],
        environment=first["computeEnvironmentName"],
        cluster=first["ecsClusterArn"],
        region=get_region(),
        account=get_account_id(),
    )


def describe(request: Mapping[str, Any]) -> dict[str, Any]:
    return {"jobs": [found for job in request["jobs"] if (found := detail_of(job.rsplit("/", 1)[-1])) is not None]}


def detail_of(job: str) -> dict[str, Any] | None:
    identity, _, index = job.partition("#")
    if identity not in runs:
        return None
    return answers.node_detail(runs[identity], int(index)) if index else answers.detail(runs[identity])


def list_jobs(request: Mapping[str, Any]) -> dict[str, Any]:
    parent = request.get("multiNodeJobId")
    if (parent is None) == ("jobQueue" not in request):
        raise Refused("ListJobs takes one of jobQueue and multiNodeJobId")
    if parent is not None:
        run = runs[parent]
        return {"jobSummaryList": [answers.node_summary(run, index) for index in range(len(run.nodes))]}
    queue = queue_for(request["jobQueue"])["jobQueueArn"]
    found = [run for run in runs.values() if run.place.queue_arn == queue and is_listed(run, request)]
    found.sort(key=lambda run: run.created_at, reverse=True)
    return {"jobSummaryList": [answers.summary(run) for run in found]}


def is_listed(run: Run, request: Mapping[str, Any]) -> bool:
    """By its one filter, or else by status."""
    filters = request.get("filters") or []
    if not filters:
        return bool(run.status == request.get("jobStatus", "RUNNING"))
    (by,) = filters
    if by["name"] != "JOB_NAME":
        raise Refused(f"not known to this emulator: a filter of {by['name']}")
    name = str(run.request["jobName"]).lower()
    return any(
        name.startswith(value[:-1].lower()) if value.endswith("*") else name == value.lower() for value in by["values"]
    )


def terminate(request: Mapping[str, Any]) -> dict[str, Any]:
    run = runs.get(request["jobId"].rsplit("/", 1)[-1].partition("#")[0])
    if run is not None and run.status not in ENDS:
        run.terminate(request["reason"])
    return {}


def cancel(request: Mapping[str, Any]) -> dict[str, Any]:
    """Only before it has a machine."""
    run = runs.get(request["jobId"].rsplit("/", 1)[-1])
    if run is not None and run.status in ("SUBMITTED", "RUNNABLE"):
        run.terminate(request["reason"])
    return {}
