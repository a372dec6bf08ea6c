"""How long ago a data point was, where alarms' periods are shortened.

AWS: a data point lies in the period that its timestamp is in, however late it comes.
MiniStack: the same. ONNWARD_ALARM_SPEED shortens periods, so one of ten minutes ago would lie hundreds of periods back: what
lies behind us is brought nearer by the same factor.
"""

import os
import time
from typing import Any

from .hooks import wrap


def install() -> None:
    """Where data points are kept."""
    from ministack.services import cloudwatch

    speed = float(os.environ.get("ONNWARD_ALARM_SPEED", "1"))
    if speed != 1:
        wrap(cloudwatch, "_store_datum", lambda original: nearer(original, speed))


def nearer(original: Any, speed: float) -> Any:
    def store(namespace: str, name: str, dimensions: Any, timestamp: float, *rest: Any) -> Any:
        return original(namespace, name, dimensions, sped(timestamp, time.time(), speed), *rest)

    return store


def sped(timestamp: float, now: float, speed: float) -> float:
    """When it would have been, had the time until now gone by as fast as alarms think; what is ahead stays."""
    return timestamp if timestamp >= now else now - (now - timestamp) / speed
