"""What a workflow may do, and what an event may start, by the policies of their roles.

AWS: a workflow calls a function, reads the list of a map and starts the map's items with the permissions of its role
(lambda:InvokeFunction, s3:GetObject, states:StartExecution on itself); a rule starts a workflow with those of the target's
role. Source: Step Functions developer guide, "IAM policies for using Distributed Map states".
MiniStack: does all of this without asking anybody.
"""

import logging
from contextvars import ContextVar
from typing import Any

from .hooks import wrap

#: The role of the workflow that is being run by this thread.
role: ContextVar[str | None] = ContextVar("role", default=None)

logger = logging.getLogger("stepfunctions")


def install() -> None:
    """Asks where each of these is done."""
    from ministack.services import eventbridge, stepfunctions

    wrap(stepfunctions, "_run_execution", remembering)
    wrap(stepfunctions, "_call_lambda", calling)
    wrap(stepfunctions, "_s3_object_text", reading)
    wrap(stepfunctions, "_run_distributed_map", mapping)
    wrap(eventbridge, "_invoke_target", starting)


def remembering(original: Any) -> Any:
    from ministack.services import stepfunctions

    def run(execution_arn: str, *args: Any, **kwargs: Any) -> Any:
        execution = stepfunctions._executions[execution_arn]
        token = role.set(stepfunctions._state_machines[execution["stateMachineArn"]]["roleArn"])
        try:
            return original(execution_arn, *args, **kwargs)
        finally:
            role.reset(token)

    return run


def calling(original: Any) -> Any:
    def call(reference: str, event: Any) -> Any:
        demand("lambda:InvokeFunction", reference)
        return original(reference, event)

    return call


def reading(original: Any) -> Any:
    def read(bucket: str, key: str) -> Any:
        demand("s3:GetObject", f"arn:aws:s3:::{bucket}/{key}")
        return original(bucket, key)

    return read


def mapping(original: Any) -> Any:
    def run(state: Any, raw: Any, effective: Any, iterator: Any, execution: Any, ctx: Any) -> Any:
        demand("states:StartExecution", execution["stateMachineArn"])
        return original(state, raw, effective, iterator, execution, ctx)

    return run


def starting(original: Any) -> Any:
    def invoke(target: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        arn = target.get("Arn", "")
        if ":states:" in arn and not allows(target.get("RoleArn", ""), "states:StartExecution", arn):
            logger.error("EventBridge may not start %s as %s", arn, target.get("RoleArn"))
            return None
        return original(target, *args, **kwargs)

    return invoke


def demand(action: str, resource: str) -> None:
    """Fails the state as Step Functions does, unless the workflow's role allows it."""
    from ministack.services import stepfunctions

    holder = role.get()
    if holder is None or allows(holder, action, resource):
        return
    raise stepfunctions._ExecutionError(
        "States.TaskFailed", f"{holder} is not authorized to perform {action} on {resource}"
    )


def allows(role_arn: str, action: str, resource: str) -> bool:
    from ministack.core import iam_evaluator

    parts = role_arn.split(":")
    if len(parts) < 6:
        return False
    account, name = parts[4], parts[5].rsplit("/", 1)[-1]
    context = iam_evaluator.EvalContext(
        principal_arn=role_arn,
        principal_type="AssumedRole",
        principal_account=account,
        action=action,
        resource_arn=resource,
        region="us-east-1",
        secure_transport=True,
    )
    return bool(iam_evaluator.evaluate(context, iam_evaluator._gather_role_policies(name, account)).decision == "Allow")
