"""AWS::Batch::* in stacks.

AWS: a job definition that changes becomes its next revision, and the one before is deregistered; environments and queues
change in place. The name of each is its ARN. Source: CloudFormation template reference, "AWS::Batch".
MiniStack: has no such resources. What an environment names (subnets, security groups, launch template, instance profile,
roles) has to be there, and of its kind.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from . import batch_definitions as definitions
from . import batch_queues as queues
from .batch_model import Refused, expect_request
from .batch_rules import reference_of

Properties = Mapping[str, Any]
Made = tuple[str, dict[str, str]]

#: Whose keys are a user's own, and stay as they are.
OWN_KEYS = ("Tags", "Parameters", "Options", "ComputeEnvironmentTags")


def install() -> None:
    """Lets stacks have them."""
    from ministack.services.cloudformation import provisioners

    provisioners._RESOURCE_HANDLERS["AWS::Batch::ComputeEnvironment"] = environment()
    provisioners._RESOURCE_HANDLERS["AWS::Batch::JobQueue"] = queue()
    provisioners._RESOURCE_HANDLERS["AWS::Batch::JobDefinition"] = definition()


def as_request(value: Any, key: str = "") -> Any:
    """Properties of a template as the API has them."""
    if isinstance(value, Mapping) and key not in OWN_KEYS:
        return {name[:1].lower() + name[1:]: as_request(one, name) for name, one in value.items()}
    if isinstance(value, list):
        return [as_request(one) for one in value]
    return value


def named(properties: Properties, field: str, stack: str, logical_id: str) -> dict[str, Any]:
    request: dict[str, Any] = as_request(properties)
    request.setdefault(field, f"{stack}-{logical_id}"[:128])
    return request


def created(operation: str, answer: Callable[[dict[str, Any]], Any], request: dict[str, Any]) -> dict[str, Any]:
    """Asks as a client would. MiniStack takes an exception for the reason of a failure."""
    expect_request(operation, request)
    status, _, body = answer(request)
    found: dict[str, Any] = json.loads(body)
    if status != 200:
        raise Refused(found.get("message", str(found)))
    return found


def environment() -> dict[str, Any]:
    from ministack.services import batch

    def create(logical_id: str, properties: Properties, stack: str) -> Made:
        request = named(properties, "computeEnvironmentName", stack, logical_id)
        # Of stacks alone: what a later change does.
        for name in ("replaceComputeEnvironment", "updatePolicy"):
            request.pop(name, None)
        request.get("computeResources", {}).pop("updateToLatestImageVersion", None)
        expect_there(request.get("computeResources", {}))
        return made(
            "ComputeEnvironmentArn", created("CreateComputeEnvironment", batch._create_compute_environment, request)
        )

    def update(physical_id: str, _: Properties, properties: Properties, stack: str) -> Made:
        request = as_request(properties) | {"computeEnvironment": physical_id}
        known = ("computeEnvironment", "state", "computeResources", "serviceRole", "updatePolicy", "context")
        changes = {name: value for name, value in request.items() if name in known}
        expect_there(changes.get("computeResources", {}))
        batch._update_compute_environment(changes)
        return physical_id, {"ComputeEnvironmentArn": physical_id}

    return {"create": create, "update": update, "delete": lambda arn, _: queues.delete_environment(arn)}


def expect_there(resources: Properties) -> None:
    """Raises Refused where something of a compute environment's is not there."""
    from ministack.services import ec2, iam

    profiles = {one for name, found in iam._instance_profiles.items() for one in (name, found["Arn"])}
    roles = {found["Arn"] for found in iam._roles.values()}
    template = resources.get("launchTemplate", {}).get("launchTemplateId")
    wanted = [
        ("subnet", resources.get("subnets", []), ec2._subnets),
        ("security group", resources.get("securityGroupIds", []), ec2._security_groups),
        ("launch template", [template] if template else [], ec2._launch_templates),
        ("instance profile", [resources[name] for name in ("instanceRole",) if name in resources], profiles),
        ("role", [resources[name] for name in ("spotIamFleetRole",) if name in resources], roles),
    ]
    missing = [f"{kind} {name}" for kind, names, there in wanted for name in names if name not in there]
    if missing:
        raise Refused(f"There is no {', no '.join(missing)}")


def queue() -> dict[str, Any]:
    from ministack.services import batch

    def create(logical_id: str, properties: Properties, stack: str) -> Made:
        request = named(properties, "jobQueueName", stack, logical_id)
        for one in request["computeEnvironmentOrder"]:
            if queues.name_of(one["computeEnvironment"]) not in batch._compute_envs:
                raise Refused(f"There is no compute environment {one['computeEnvironment']}")
        return made("JobQueueArn", created("CreateJobQueue", batch._create_job_queue, request))

    def update(physical_id: str, _: Properties, properties: Properties, stack: str) -> Made:
        request = as_request(properties)
        found = batch._job_queues[queues.name_of(physical_id)]
        found.update(
            {name: request[name] for name in ("state", "priority", "computeEnvironmentOrder") if name in request}
        )
        return physical_id, {"JobQueueArn": physical_id}

    return {"create": create, "update": update, "delete": lambda arn, _: queues.delete_queue(arn)}


def definition() -> dict[str, Any]:
    def create(logical_id: str, properties: Properties, stack: str) -> Made:
        request = named(properties, "jobDefinitionName", stack, logical_id)
        expect_request("RegisterJobDefinition", request)
        return made("JobDefinitionArn", definitions.register(request))

    def update(physical_id: str, _: Properties, properties: Properties, stack: str) -> Made:
        name = reference_of(physical_id)[0]
        request = {"jobDefinitionName": name, **as_request(properties)}
        expect_request("RegisterJobDefinition", request)
        found = definitions.register(request)
        definitions.deregister({"jobDefinition": physical_id})
        return made("JobDefinitionArn", found)

    return {
        "create": create,
        "update": update,
        "delete": lambda arn, _: definitions.deregister({"jobDefinition": arn}),
    }


def made(attribute: str, found: Mapping[str, Any]) -> Made:
    arn = str(found[attribute[:1].lower() + attribute[1:]])
    return arn, {attribute: arn}
