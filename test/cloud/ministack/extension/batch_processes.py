"""A container of a job, as a process of this machine.

AWS: a container has a file system, a process table and a shared memory of its own, and its program is process 1 of it: a
signal that it does not handle is ignored, unless `initProcessEnabled` puts a small init before it. When process 1 ends,
everything in the container does.
MiniStack: runs no job of AWS Batch.

Here it is a process in mount and PID namespaces of its own, over the file system of this machine, with the volumes of its
task mounted where it wants them. That takes root. It is in the process group of the server, and ends with it.
"""

import contextlib
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .batch_settings import Image

#: What `docker run --init` puts before a program: it hands on SIGTERM, and buries who has died.
INIT = """
import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
child = os.fork()
if child == 0:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
    os.execvp(sys.argv[1], sys.argv[1:])
signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGTERM))
signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
while True:
    pid, status = os.wait()
    if pid == child:
        code = os.waitstatus_to_exitcode(status)
        sys.exit(code if code >= 0 else 128 - code)
"""

KILLED = 128 + signal.SIGKILL

NAMESPACES = ["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc"]


class Process:
    """A container that was started. Its output, both streams in one, is `output`."""

    def __init__(
        self,
        properties: Mapping[str, Any],
        image: Image,
        mounts: Mapping[str, Path],
        env: Mapping[str, str],
        prefix: Sequence[str] = (),
    ):
        """`mounts` are folders of this machine, by where the container sees them; `prefix` are words before the command. Raises OSError."""
        if os.geteuid() != 0:
            raise PermissionError("containers are processes in namespaces of their own here, which takes root")
        linux = properties.get("linuxParameters", {})
        program = [*image.entrypoint, *(properties.get("command") or image.command)]
        init = [sys.executable, "-I", "-S", "-c", INIT] if linux.get("initProcessEnabled") else []
        script = "\n".join(["set -e", "exec 2>&1", *mounting(mounts, linux.get("sharedMemorySize")), 'exec "$@"'])
        self._killed = False
        self._popen = subprocess.Popen(
            [*prefix, *NAMESPACES, "sh", "-c", script, "sh", *init, *program],
            cwd=image.cwd,
            env={"PATH": os.environ["PATH"], **image.env, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            # What `unshare` says of the signal that has ended its child is no line of the container's.
            stderr=subprocess.DEVNULL,
        )

    @property
    def output(self) -> Any:
        return self._popen.stdout

    def exit_code(self) -> int | None:
        """As Docker says it, 137 for who was killed; None while it runs."""
        code = self._popen.poll()
        if code is not None and self._killed:
            return KILLED
        return code if code is None or code >= 0 else 128 - code

    def ask_to_end(self) -> None:
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """Returns when nothing of the container is left."""
        # `unshare` cannot end itself by this signal, and says 1.
        self._killed = self._killed or self._popen.poll() is None
        if not self._signal(signal.SIGKILL):
            self._popen.kill()
        self._popen.wait()

    def _signal(self, number: signal.Signals) -> bool:
        first = self._first()
        if first is not None and self._popen.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(first, number)
        return first is not None

    def _first(self) -> int | None:
        """Process 1 of the container, by the number that this machine knows it by."""
        pid = self._popen.pid
        try:
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        except (FileNotFoundError, ProcessLookupError):
            return None
        return int(children[0]) if children else None


def mounting(mounts: Mapping[str, Path], shared_memory: int | None) -> list[str]:
    """Lines of a shell that has a mount namespace of its own; MiB."""
    lines = []
    for path, folder in mounts.items():
        lines.append(f"mkdir -p {shlex.quote(path)}")
        lines.append(f"mount --bind {shlex.quote(str(folder))} {shlex.quote(path)}")
    if shared_memory is not None:
        lines.append(f"mount -t tmpfs -o size={int(shared_memory)}m shm /dev/shm")
    return lines
