"""What containers of jobs write, in CloudWatch Logs.

AWS: the `awslogs` driver puts each line into the stream PREFIX/CONTAINER/TASK of its group, a batch every 5 seconds; the
container of a job that has but one is called `default`, and where nothing is said of a log the group is /aws/batch/job and
the prefix the job definition's name. A group that is not there fails the container, unless it is to be made.
Source: AWS Batch user guide, "Use the awslogs log driver"; the sources of Docker's driver.
MiniStack: runs no job, so none of them writes anything.
"""

import os
import select
import time
from collections.abc import Mapping
from typing import Any

from .batch_settings import shortened

#: Seconds between two batches.
FREQUENCY = 5

DEFAULT_GROUP = "/aws/batch/job"


class NoLog(Exception):
    """The container cannot be started, and why."""


class Log:
    """The log of one container. Reads and writes in the account and region of whoever calls it."""

    def __init__(self, configuration: Mapping[str, Any], definition: str, container: str, task: str):
        from ministack.core.responses import get_region

        options = configuration.get("options", {})
        self.group = options.get("awslogs-group", DEFAULT_GROUP)
        self.stream = f"{options.get('awslogs-stream-prefix', definition)}/{container}/{task}"
        self._create = options.get("awslogs-create-group") == "true" or self.group == DEFAULT_GROUP
        self.options = {
            "awslogs-group": self.group,
            "awslogs-region": options.get("awslogs-region", get_region()),
            "awslogs-stream": self.stream,
        }

    def open(self) -> None:
        """Makes the stream. Raises NoLog."""
        from ministack.services import cloudwatch_logs

        if self._create:
            cloudwatch_logs._create_log_group({"logGroupName": self.group})
        status, _, body = cloudwatch_logs._create_log_stream({"logGroupName": self.group, "logStreamName": self.stream})
        if status != 200:
            raise NoLog(f"failed to create Cloudwatch log stream: {body.decode()}")

    def follow(self, output: Any) -> None:
        """Until the container closes its output."""
        descriptor, rest, lines = output.fileno(), b"", list[dict[str, Any]]()
        due = time.monotonic() + shortened(FREQUENCY)
        while True:
            ready, _, _ = select.select([descriptor], [], [], max(0.0, due - time.monotonic()))
            chunk = os.read(descriptor, 65_536) if ready else None
            if chunk:
                *whole, rest = (rest + chunk).split(b"\n")
                lines += [event(line) for line in whole]
            ended = chunk == b""
            if ended and rest:
                lines.append(event(rest))
            if ended or time.monotonic() >= due:
                self._put(lines)
                lines = []
                due = time.monotonic() + shortened(FREQUENCY)
            if ended:
                output.close()
                return

    def _put(self, lines: list[dict[str, Any]]) -> None:
        from ministack.services import cloudwatch_logs

        if lines:
            request = {"logGroupName": self.group, "logStreamName": self.stream, "logEvents": lines}
            cloudwatch_logs._put_log_events(request)


def event(line: bytes) -> dict[str, Any]:
    return {"timestamp": int(time.time() * 1000), "message": line.decode(errors="replace").rstrip("\r")}
