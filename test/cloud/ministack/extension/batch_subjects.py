"""Which resource a request is about, of those that trainings make of other services.

AWS: DescribeRepositories is authorized on each repository that it names; what reads or writes a log stream on the stream,
`log-group:GROUP:log-stream:STREAM`. Source: Service Authorization Reference, "Amazon Elastic Container Registry" and
"Amazon CloudWatch Logs".
MiniStack: knows the repository of requests that name one, and asks of this one, which names a list, for permission on `*`;
of streams it asks for permission on their group.
"""

import json
from collections.abc import Mapping
from typing import Any

from .hooks import wrap

OF_STREAMS = ("GetLogEvents", "PutLogEvents", "DeleteLogStream")


def install() -> None:
    """Says so where MiniStack asks."""
    from ministack.core import iam_actions

    wrap(iam_actions, "extract_resource_arn", naming)


def naming(original: Any) -> Any:
    def resource(service: str, method: str, path: str, headers: Any, body: Any, *args: Any) -> Any:
        found = original(service, method, path, headers, body, *args)
        if service == "ecr":
            return repository_of(json.loads(body or b"{}")) or found
        if service == "logs" and headers.get("x-amz-target", "").endswith(OF_STREAMS):
            return stream_of(found, json.loads(body or b"{}"))
        return found

    return resource


def repository_of(request: Mapping[str, Any]) -> str | None:
    """The ARN of the one that a list names; None where it names none, or several."""
    from ministack.core.responses import get_account_id, get_region

    names = request.get("repositoryNames") or []
    return f"arn:aws:ecr:{get_region()}:{get_account_id()}:repository/{names[0]}" if len(names) == 1 else None


def stream_of(group: str, request: Mapping[str, Any]) -> str:
    """The ARN of a stream, of that of its group."""
    name = request.get("logStreamName")
    return f"{group}:log-stream:{name}" if name else group
