"""The life of a job, from its submission to its end.

AWS: a job is RUNNABLE until there is a machine, STARTING until each of its containers has started, RUNNING until its task
ends; an attempt that failed is followed by another one as `retryStrategy` says, never after a time limit or a termination.
The time limit counts from RUNNING on. Of a multi-node job the main node starts first, and its end is the end of all.
Source: AWS Batch user guide, "Job states", "Job timeouts", "Automated job retries", "Multi-node parallel jobs".
MiniStack: every job has SUCCEEDED at once.
"""

import contextvars
import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import batch_settings as settings
from .batch_environment import prepare
from .batch_network import Network
from .batch_plans import Node
from .batch_rules import retried
from .batch_tasks import Task

ENDS = ("SUCCEEDED", "FAILED")

EXITED = "Essential container in task exited"
TIMED_OUT = "Job attempt duration exceeded timeout"

logger = logging.getLogger("batch")

#: Seconds between two looks at the containers of a job.
TICK = 0.02


@dataclass(frozen=True)
class Place:
    """Where jobs of a queue run."""

    #: Folder of this machine below which their hosts lie.
    home: Path
    #: Of the emulator, on the loopback.
    port: int
    queue_arn: str
    #: Its compute environment.
    environment: str
    #: ARN.
    cluster: str
    region: str
    account: str

    @property
    def gateway(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def queue(self) -> str:
        return self.queue_arn.rsplit("/", 1)[-1]

    @property
    def cluster_name(self) -> str:
        return self.cluster.rsplit("/", 1)[-1]


@dataclass
class Attempt:
    """One time that a job was on its hosts."""

    number: int
    tasks: list[Task]
    started_at: float | None = None
    stopped_at: float | None = None
    status_reason: str = EXITED


@dataclass
class Run:
    """A job. Read by requests while its own thread writes."""

    id: str
    request: Mapping[str, Any]
    definition: Mapping[str, Any]
    nodes: list[Node]
    place: Place
    main: int = 0
    created_at: float = field(default_factory=time.time)
    status: str = "SUBMITTED"
    status_reason: str | None = None
    attempts: list[Attempt] = field(default_factory=list)
    #: Why somebody has ended it.
    terminated: str | None = None
    #: When the host goes away, of the monotonic clock.
    lost: float | None = None

    def begin(self) -> None:
        """In the account and region of the request."""
        live = contextvars.copy_context().run
        threading.Thread(target=live, args=(self._live,), name=f"job {self.id}", daemon=True).start()

    def setting(self, name: str) -> Mapping[str, Any]:
        """What the job says of `retryStrategy` or `timeout`, else its definition."""
        found: Mapping[str, Any] = self.request.get(name) or self.definition.get(name) or {}
        return found

    def lose(self, notice: float) -> None:
        """Its host is to go away, after so many seconds of notice."""
        if notice:
            self.attempts[-1].tasks[self.main].stopping = True
        self.lost = time.monotonic() + notice

    def terminate(self, reason: str) -> None:
        """Its thread sees to it."""
        self.terminated = self.terminated or reason

    def kill(self) -> None:
        """At the end of the server."""
        self.terminate("The server has ended")
        for attempt in self.attempts[-1:]:
            for task in attempt.tasks:
                task.kill()

    def _live(self) -> None:
        try:
            self._go_through()
        except Exception as error:
            logger.exception("job %s", self.id)
            self._end("FAILED", f"The emulator has failed: {error}")

    def _go_through(self) -> None:
        number = 0
        while self.status not in ENDS:
            number += 1
            self._wait_for_a_machine()
            if self.terminated is None:
                self._settle(self._attempt(number))
            else:
                self._end("FAILED", self.terminated)

    def _wait_for_a_machine(self) -> None:
        self.status = "RUNNABLE"
        while self.terminated is None and settings.no_capacity():
            self.status_reason = settings.no_capacity()
            time.sleep(TICK)
        self.status_reason = None

    def _attempt(self, number: int) -> Attempt:
        network = Network(len(self.nodes), self.place.port) if "nodeProperties" in self.definition else None
        try:
            return self._attempt_on(network, number)
        finally:
            if network is not None:
                network.close()

    def _attempt_on(self, network: Network | None, number: int) -> Attempt:
        name, home = self.definition["jobDefinitionName"], self.place.home
        prefixes = [network.prefix(index) if network else [] for index in range(len(self.nodes))]
        tasks = [Task(node, name, home, prefix) for node, prefix in zip(self.nodes, prefixes)]
        attempt = Attempt(number, tasks)
        self.lost = None
        self.attempts.append(attempt)
        prepare(self, attempt)
        self.status = "STARTING"
        main = tasks[self.main]
        while not all(task.ended for task in tasks):
            self._govern(attempt, main)
            for task in tasks:
                if task is main or main.running:
                    task.step()
            if attempt.started_at is None and main.running and not main.ended:
                self.status, attempt.started_at = "RUNNING", time.time()
            time.sleep(TICK)
        attempt.stopped_at = time.time()
        for task in tasks:
            task.forget()
        return attempt

    def _govern(self, attempt: Attempt, main: Task) -> None:
        """Ends what is to end for another reason than its own."""
        limit = self.setting("timeout").get("attemptDurationSeconds")
        started = attempt.started_at
        late = limit and started is not None and time.time() - started >= settings.shortened(limit)
        if self.lost is not None and time.monotonic() >= self.lost and not main.ended:
            attempt.status_reason = f"Host EC2 (instance {main.instance}) terminated."
            main.lose()
        if late and not main.stopping:
            attempt.status_reason = TIMED_OUT
        if late or self.terminated is not None or main.ended:
            for task in attempt.tasks:
                task.stopping = True

    def _settle(self, attempt: Attempt) -> None:
        """Says what comes of the job after an attempt."""
        found = attempt.tasks[self.main].decisive
        strategy = self.setting("retryStrategy")
        if self.terminated is not None:
            self._end("FAILED", self.terminated)
        elif attempt.status_reason == EXITED and found.exit_code == 0:
            self._end("SUCCEEDED", EXITED)
        elif (
            attempt.status_reason == TIMED_OUT
            or attempt.number >= strategy.get("attempts", 1)
            or not retried(strategy, attempt.status_reason, found.reason or "", found.exit_code)
        ):
            self._end("FAILED", attempt.status_reason)

    def _end(self, status: str, reason: str) -> None:
        self.status_reason = reason
        self.status = status
