"""Job definitions and their revisions.

AWS: registering a name again makes the next revision, and deregistering one leaves its number taken; a name without a
revision means the latest active one. Source: API reference, RegisterJobDefinition, DeregisterJobDefinition, SubmitJob.
MiniStack: forgets everything but `containerProperties`, and deregisters nothing.
"""

from collections.abc import Mapping
from typing import Any

from .batch_model import Refused
from .batch_permissions import arn_of
from .batch_plans import expect_runnable
from .batch_rules import reference_of


def register(request: Mapping[str, Any]) -> dict[str, Any]:
    from ministack.services import batch

    expect_runnable(request)
    name = request["jobDefinitionName"]
    revisions = batch._job_definitions.setdefault(name, [])
    revision = len(revisions) + 1
    arn = arn_of("job-definition", f"{name}:{revision}")
    revisions.append(
        {
            **request,
            "jobDefinitionArn": arn,
            "revision": revision,
            "status": "ACTIVE",
            "containerOrchestrationType": "ECS",
        }
    )
    return {"jobDefinitionName": name, "jobDefinitionArn": arn, "revision": revision}


def deregister(request: Mapping[str, Any]) -> dict[str, Any]:
    name, revision = reference_of(request["jobDefinition"])
    for definition in revisions_of(name):
        if definition["revision"] == revision:
            definition["status"] = "INACTIVE"
    return {}


def describe(request: Mapping[str, Any]) -> dict[str, Any]:
    from ministack.services import batch

    found = [definition for revisions in batch._job_definitions.values() for definition in revisions]
    if request.get("jobDefinitions"):
        wanted = [reference_of(reference) for reference in request["jobDefinitions"]]
        found = [one for one in found if any(is_meant(one, *reference) for reference in wanted)]
    if "jobDefinitionName" in request:
        found = [one for one in found if one["jobDefinitionName"] == request["jobDefinitionName"]]
    if "status" in request:
        found = [one for one in found if one["status"] == request["status"]]
    return {"jobDefinitions": found}


def is_meant(definition: Mapping[str, Any], name: str, revision: int | None) -> bool:
    return definition["jobDefinitionName"] == name and revision in (None, definition["revision"])


def resolve(reference: str) -> Mapping[str, Any]:
    """The definition that a job names. Raises Refused."""
    name, revision = reference_of(reference)
    active = [one for one in revisions_of(name) if one["status"] == "ACTIVE" and is_meant(one, name, revision)]
    if not active:
        raise Refused(f"JobDefinition {reference} does not exist or is not active")
    return active[-1]


def revisions_of(name: str) -> list[dict[str, Any]]:
    from ministack.services import batch

    found: list[dict[str, Any]] = batch._job_definitions.get(name, [])
    return found
