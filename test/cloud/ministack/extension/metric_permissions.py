"""Into which namespace somebody may put metrics.

AWS: PutMetricData has no resource; the condition key `cloudwatch:namespace` is the namespace of the request. Source: CloudWatch
user guide, "Using condition keys to limit access to CloudWatch namespaces".
MiniStack: evaluates conditions, and does not know this key.
"""

import json
from typing import Any
from urllib.parse import parse_qs

from .hooks import wrap

ACTION = "cloudwatch:PutMetricData"
KEY = "cloudwatch:namespace"


def install() -> None:
    """Where the keys are gathered that requests bring along."""
    from ministack.core import iam_actions

    wrap(iam_actions, "request_tag_context", telling)


def telling(original: Any) -> Any:
    def context(service: str, action: str, body: bytes, params: Any) -> dict[str, Any]:
        found: dict[str, Any] = original(service, action, body, params)
        namespace = namespace_of(body) if action == ACTION else None
        return found if namespace is None else {**found, KEY: namespace}

    return context


def namespace_of(body: bytes) -> str | None:
    """Of a request as JSON or as a query, which is what clients send here."""
    if body[:1] == b"{":
        found = json.loads(body).get("Namespace")
    else:
        found = parse_qs(body.decode()).get("Namespace", [None])[0]
    return found if isinstance(found, str) else None
