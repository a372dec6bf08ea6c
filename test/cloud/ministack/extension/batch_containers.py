"""One container of a job: its start, its end, and what became of it.

AWS: an image that cannot be had, or a log that cannot be opened, fails the container before its program runs. One that is
asked to end is killed after its `stopTimeout`, 30 seconds unless it says more. Source: API reference,
TaskContainerProperties; Amazon ECS developer guide, "Stopped tasks error messages".
MiniStack: runs no job of AWS Batch.
"""

import contextvars
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from . import batch_settings as settings
from .batch_logs import Log, NoLog
from .batch_processes import Process
from .batch_rules import Status

#: Seconds, of ECS.
STOP_TIMEOUT = 30


class Container:
    """One container of a task."""

    def __init__(self, properties: Mapping[str, Any], log: Log):
        self.properties = properties
        self.name: str = properties.get("name", "default")
        self.log = log
        self.status: Status = "PULLED"
        self.exit_code: int | None = None
        self.reason: str | None = None
        self.started_at: float | None = None
        self.stopped_at: float | None = None
        self._process: Process | None = None
        self._reader: threading.Thread | None = None
        #: When it is killed, of the monotonic clock.
        self._due: float | None = None

    @property
    def essential(self) -> bool:
        return bool(self.properties.get("essential", True))

    def start(self, mounts: Mapping[str, Path], env: Mapping[str, str], prefix: Sequence[str]) -> None:
        image = settings.image_of(self.properties["image"])
        if image is None:
            self.end(None, f"CannotPullContainerError: pull access denied for {self.properties['image']}")
            return
        try:
            self.log.open()
        except NoLog as missing:
            self.end(
                None,
                f"CannotStartContainerError: Error response from daemon: failed to initialize logging driver: {missing}",
            )
            return
        places = {
            point["containerPath"]: mounts[point["sourceVolume"]] for point in self.properties.get("mountPoints", [])
        }
        declared = {one["name"]: one["value"] for one in self.properties.get("environment", [])}
        try:
            self._process = Process(self.properties, image, places, {**declared, **env}, prefix)
        except OSError as error:
            self.end(None, f"CannotStartContainerError: {error}")
            return
        follow = contextvars.copy_context().run
        self._reader = threading.Thread(target=follow, args=(self.log.follow, self._process.output), daemon=True)
        self._reader.start()
        self.status, self.started_at = "RUNNING", time.time()

    def look(self) -> None:
        """Sees whether it has ended, or is to be killed."""
        if self._process is None or self.status != "RUNNING":
            return
        if self._due is not None and time.monotonic() >= self._due:
            self._process.kill()
        code = self._process.exit_code()
        if code is not None:
            self.end(code, None)

    def ask_to_end(self) -> None:
        """Once: the second time it is on its way already."""
        if self._process is not None and self._due is None:
            self._due = time.monotonic() + settings.shortened(self.properties.get("stopTimeout", STOP_TIMEOUT))
            self._process.ask_to_end()

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
        self.look()

    def end(self, code: int | None, reason: str | None) -> None:
        self.status, self.exit_code, self.reason, self.stopped_at = "STOPPED", code, reason, time.time()
