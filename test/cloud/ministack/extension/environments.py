"""The execution environments of functions that run as processes of this machine.

AWS: each environment has a /tmp of its own, empty when it starts, and AWS_LAMBDA_INITIALIZATION_TYPE, which is
`on-demand` unless concurrency is provisioned. Source: Lambda developer guide, "Defined runtime environment variables".
MiniStack: gives every process its own temporary folder, and no TMPDIR that leads there; a new environment finds what
another one has left. Provisioned concurrency makes no environments here, so all of them are on demand.
"""

import os
import subprocess
from typing import Any


class Processes:
    """The module `subprocess`, as MiniStack's Lambda uses it."""

    def __getattr__(self, name: str) -> Any:
        return getattr(subprocess, name)

    def Popen(self, command: list[str], *args: Any, env: dict[str, str] | None = None, **kwargs: Any) -> Any:  # noqa: N802
        start: Any = subprocess.Popen
        return start(command, *args, env={**(env or os.environ), **variables_of(command)}, **kwargs)


def install() -> None:
    """Where workers are started, the environment is completed."""
    from ministack.core import lambda_runtime

    if lambda_runtime.subprocess is not subprocess:
        raise SystemExit("MiniStack starts its workers in another way: the extension does not fit it.")
    lambda_runtime.subprocess = Processes()


def variables_of(command: list[str]) -> dict[str, str]:
    """For a worker, whose script lies alone in its temporary folder; nothing for another process."""
    script = command[1] if len(command) > 1 else ""
    if not os.path.basename(script).startswith("_worker"):
        return {}
    scratch = os.path.join(os.path.dirname(script), "tmp")
    os.makedirs(scratch, exist_ok=True)
    return {"TMPDIR": scratch, "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand"}
