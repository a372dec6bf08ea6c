"""What is answered below /_onnward/batch/: to containers, about themselves; to tests, that take a host away.

AWS: describes tasks and gives credentials at 169.254.170.2, which only the containers of a host reach. Hosts go away as
they like: of spot, with a notice of two minutes at best.
MiniStack: answers such things below /v4/, to containers of its own ECS.

GET v4/TOKEN and v4/TOKEN/task, GET credentials/TOKEN, POST lose/JOB?notice=SECONDS.
"""

import json
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from . import batch_roles as roles
from .batch_containers import Container
from .batch_metadata import container_document, task_document
from .batch_tasks import Task
from .hooks import wrap

if TYPE_CHECKING:
    from .batch_runs import Run

PREFIX = "/_onnward/batch/"

#: Who asks, by the token in the address that it was given: the job, the index of its node, the task, the container.
asking: dict[str, tuple["Run", int, Task, Container]] = {}

#: Jobs by their ids.
runs: dict[str, "Run"] = {}


def install() -> None:
    """Answers before anybody asks for a signature."""
    from ministack import app

    wrap(app, "_handle_pre_body_request", routing)


def routing(original: Any) -> Any:
    async def handle(method: str, path: str, headers: Any, query: Mapping[str, Any], *args: Any) -> Any:
        if not path.startswith(PREFIX):
            return await original(method, path, headers, query, *args)
        found = answer(method, path.removeprefix(PREFIX).split("/"), query)
        status = 404 if found is None else 200
        return status, {"Content-Type": "application/json"}, json.dumps(found).encode()

    return handle


def token_of(run: "Run", index: int, task: Task, container: Container) -> str:
    token = secrets.token_urlsafe(24)
    asking[token] = (run, index, task, container)
    return token


def answer(method: str, path: list[str], query: Mapping[str, Any]) -> dict[str, Any] | None:
    """None where there is nothing."""
    kind, name, more = [*path, "", "", ""][:3]
    if method == "POST" and kind == "lose" and name in runs:
        runs[name].lose(float((query.get("notice") or ["0"])[0]))
        return {}
    if method != "GET" or name not in asking:
        return None
    run, index, task, container = asking[name]
    if kind == "credentials":
        role = run.nodes[index].role
        return roles.credentials(role, task.id) if role and roles.trusts(role) else None
    if kind == "v4" and more == "task":
        return task_document(run, index, task)
    return container_document(run, index, task, container) if kind == "v4" and not more else None
