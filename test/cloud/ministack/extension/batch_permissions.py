"""What somebody has to be allowed who uses AWS Batch.

AWS: SubmitJob is authorized on the definition and on the queue, and with tags TagResource on the job; TerminateJob and
CancelJob on the job. Which of its two ARNs a definition has that is named without a revision is not documented: both are
demanded. What describes and lists has no resource. Source: Service Authorization Reference, "AWS Batch".
MiniStack: knows no resources of AWS Batch, and asks for permission on `*`.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from .hooks import wrap

Demand = tuple[str, str]


def install() -> None:
    """Says which resource the first demand is about; `refusal` sees to the others."""
    from ministack.core import iam_actions

    wrap(iam_actions, "extract_resource_arn", naming)


def naming(original: Any) -> Any:
    def resource(service: str, method: str, path: str, headers: Any, body: Any, *args: Any) -> Any:
        if service != "batch":
            return original(service, method, path, headers, body, *args)
        return next((arn for _, arn in demands(path, json.loads(body or b"{}"))), "*")

    return resource


def refusal(path: str, request: Mapping[str, Any]) -> Any:
    """The answer to who may not do all of it; None if it may."""
    from ministack.core.iam_actions import access_denied_response
    from ministack.core.iam_evaluator import caller_arn

    caller = caller_arn()
    for action, arn in demands(path, request):
        if not may(caller, action, arn):
            return access_denied_response("batch", action, caller, "", resource_arn=arn)
    return None


def may(caller: str, action: str, resource: str) -> bool:
    """The owner of the account may; a role may what its policies say."""
    from .workflow_permissions import allows

    parts = caller.split(":")
    if not parts[5].startswith("assumed-role/"):
        return True
    return allows(f"arn:aws:iam::{parts[4]}:role/{parts[5].split('/')[1]}", action, resource)


def demands(path: str, request: Mapping[str, Any]) -> Iterator[Demand]:
    operation = path.rstrip("/").rsplit("/", 1)[-1].lower()
    if operation == "submitjob":
        for arn in arns_of_definition(request.get("jobDefinition", "")):
            yield "batch:SubmitJob", arn
        yield "batch:SubmitJob", arn_of("job-queue", request.get("jobQueue", ""))
        if request.get("tags"):
            yield "batch:TagResource", arn_of("job", "*")
    elif operation in ("terminatejob", "canceljob"):
        action = {"terminatejob": "batch:TerminateJob", "canceljob": "batch:CancelJob"}[operation]
        yield action, arn_of("job", request.get("jobId", ""))


def arns_of_definition(reference: str) -> Iterator[str]:
    from .batch_definitions import resolve
    from .batch_model import Refused
    from .batch_rules import reference_of

    name, revision = reference_of(reference)
    if revision is not None:
        yield arn_of("job-definition", f"{name}:{revision}")
        return
    yield arn_of("job-definition", name)
    try:
        yield str(resolve(reference)["jobDefinitionArn"])
    except Refused:
        return


def arn_of(kind: str, name: str) -> str:
    from ministack.core.responses import get_account_id, get_region

    return f"arn:aws:batch:{get_region()}:{get_account_id()}:{kind}/{name.rsplit('/', 1)[-1]}"
