"""What EventBridge hears of an object that was created.

AWS: the event of an object in a versioned bucket has its `version-id`. Source: S3 user guide, "EventBridge event message
structure".
MiniStack: tells the version to queues, topics and functions, and not to EventBridge.
"""

import json
from contextvars import ContextVar
from typing import Any

from .hooks import wrap

#: The version of the object whose event is being sent.
version: ContextVar[str | None] = ContextVar("version", default=None)


def install() -> None:
    """Takes the version along from where it is known to where it is left out."""
    from ministack.services import eventbridge, s3

    wrap(s3, "_fire_s3_event", remembering)
    wrap(eventbridge, "_dispatch_event", telling)


def remembering(original: Any) -> Any:
    def fire(*args: Any, version_id: str | None = None, **kwargs: Any) -> Any:
        token = version.set(version_id)
        try:
            return original(*args, version_id=version_id, **kwargs)
        finally:
            version.reset(token)

    return fire


def telling(original: Any) -> Any:
    def dispatch(event: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        return original(with_version(event, version.get()), *args, **kwargs)

    return dispatch


def with_version(event: dict[str, Any], version_id: str | None) -> dict[str, Any]:
    if version_id is None or event.get("Source") != "aws.s3":
        return event
    detail = json.loads(event["Detail"])
    detail["object"]["version-id"] = version_id
    return {**event, "Detail": json.dumps(detail)}
