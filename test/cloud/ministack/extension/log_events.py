"""Log events as they arrive, whoever sends them.

AWS: CloudWatch Logs reads every event that it takes in, of Lambda's own logging and of PutLogEvents alike, for embedded
metrics and for the metric filters of the log group.
MiniStack: both ways end in `_fanout_to_subscription_filters`, called with the group, the stream and the events.
"""

from collections.abc import Callable, Mapping
from typing import Any

from .hooks import wrap

#: Given the name of the log group and one event: `message`, and `timestamp` in milliseconds.
Listener = Callable[[str, Mapping[str, Any]], None]


def install(*listeners: Listener) -> None:
    """Tells each listener of each event."""
    from ministack.services import cloudwatch_logs

    def make(original: Any) -> Any:
        def fan_out(group: str, stream: str, events: list[dict[str, Any]]) -> None:
            original(group, stream, events)
            for event in events:
                for listener in listeners:
                    listener(group, event)

        return fan_out

    wrap(cloudwatch_logs, "_fanout_to_subscription_filters", make)
