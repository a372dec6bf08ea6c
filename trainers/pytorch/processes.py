"""Several processes of one training, through `torchrun`: this one begins those of its machine, and waits for them."""

import os
import subprocess
import sys
import time
from pathlib import Path
from threading import Thread

from contract import FAILURE, StoppedError, fail, say
from machines import Machines

# Seconds that they have to end by themselves: the contract leaves 120 in all.
PATIENCE = 60

# Seconds.
LOOKS_EVERY = 0.2


def is_one_of_many() -> bool:
    """Whether `torchrun` has begun this process."""
    return "LOCAL_RANK" in os.environ


def end_with_parent():
    """`torchrun` gives each process a session of its own: whoever kills the whole group of this training would miss it."""
    Thread(target=watch, args=[os.getppid()], daemon=True).start()


def watch(parent: int):
    while os.getppid() == parent:
        time.sleep(LOOKS_EVERY)
    os._exit(1)


def run_many(machines: Machines, processes: int):
    say(f"{processes} processes on each of {machines.count} machines; this one is number {machines.rank + 1}.")
    child = subprocess.Popen(command(machines, processes), env={**os.environ, **variables(machines)})
    try:
        code = child.wait()
    except StoppedError:
        end(child)
        raise
    if code != 0:
        # torchrun says much about itself: what matters comes last.
        fail(
            FAILURE.read_text(encoding="utf-8")
            if FAILURE.exists()
            else f"One of the processes has failed; its lines say why (torchrun has ended with {code})."
        )


def command(machines: Machines, processes: int) -> list[str]:
    """Ranks go by the order of the machines, so that rank 0, which alone writes, is on the first."""
    torchrun = [sys.executable, "-m", "torch.distributed.run", f"--nproc-per-node={processes}"]
    if machines.count == 1:
        return [*torchrun, "--standalone", str(script()), "train"]
    meeting = {
        "nnodes": machines.count,
        "node-rank": machines.rank,
        "rdzv-backend": "static",
        "master-addr": machines.address,
        "master-port": machines.port,
    }
    return [*torchrun, *(f"--{name}={value}" for name, value in meeting.items()), str(script()), "train"]


def script() -> Path:
    return Path(__file__).with_name("train.py")


def variables(machines: Machines) -> dict[str, str]:
    """Without them the name of the machine is looked up, which many containers do not know themselves."""
    loopback = "lo" if sys.platform == "linux" else "lo0"
    interface = machines.interface if machines.count > 1 else loopback
    return {"GLOO_SOCKET_IFNAME": interface, "NCCL_SOCKET_IFNAME": interface, "OMP_NUM_THREADS": "1"}


def end(child: subprocess.Popen):
    child.terminate()
    try:
        child.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()
    say("All its processes have ended.")
