"""The network of a multi-node job.

AWS: each node has an address of its own (network mode awsvpc), which its containers share and the others reach.
Source: AWS Batch user guide, "Multi-node parallel jobs"; Amazon ECS developer guide, "Task networking with awsvpc".
MiniStack: runs no job of AWS Batch.

Here each node is a network namespace of its own, joined by a bridge in another one, so that this machine's own network stays
as it is. From each of them the server is where it is for everybody, at its port of 127.0.0.1.
"""

import ctypes
import os
import socket
import subprocess
import threading
from collections.abc import Sequence

CLONE_NEWNET = 0x40000000

BRIDGE = "switch"


def address_of(index: int) -> str:
    return f"10.77.0.{index + 10}"


class Network:
    """Of so many nodes. Raises OSError where this machine cannot have it."""

    def __init__(self, nodes: int, port: int):
        """`port` is the server's."""
        self._holders = [hold() for _ in range(nodes + 1)]
        *self._nodes, self._switch = self._holders
        self._servers: list[socket.socket] = []
        inside(self._switch, "ip", "link", "add", BRIDGE, "type", "bridge")
        inside(self._switch, "ip", "link", "set", BRIDGE, "up")
        for index, node in enumerate(self._nodes):
            self._join(index, node)
            self._servers.append(relay(node.pid, port))

    def prefix(self, index: int) -> list[str]:
        """Words before the command of a process that is to live on a node."""
        return entering(self._nodes[index])

    def close(self) -> None:
        for server in self._servers:
            # Who waits for a client of it hears of this, and not of a close.
            server.shutdown(socket.SHUT_RDWR)
            server.close()
        for holder in self._holders:
            holder.kill()
            holder.wait()

    def _join(self, index: int, node: "subprocess.Popen[bytes]") -> None:
        port = f"port{index}"
        peer = ("type", "veth", "peer", "name", "eth0", "netns", str(node.pid))
        inside(self._switch, "ip", "link", "add", port, *peer)
        inside(self._switch, "ip", "link", "set", port, "master", BRIDGE, "up")
        inside(node, "ip", "link", "set", "lo", "up")
        inside(node, "ip", "address", "add", f"{address_of(index)}/24", "dev", "eth0")
        inside(node, "ip", "link", "set", "eth0", "up")
        inside(node, "ip", "route", "add", "default", "dev", "eth0")


def hold() -> "subprocess.Popen[bytes]":
    """A process that does nothing but have a network of its own, as the pause container of ECS."""
    command = ["unshare", "--net", "sh", "-c", "echo; exec sleep infinity"]
    holder = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    if holder.stdout is None or holder.stdout.read(1) != b"\n":
        raise OSError("no network namespace can be made here")
    return holder


def entering(holder: "subprocess.Popen[bytes]") -> list[str]:
    return ["nsenter", f"--net=/proc/{holder.pid}/ns/net"]


def inside(holder: "subprocess.Popen[bytes]", *command: str) -> None:
    found = subprocess.run([*entering(holder), *command], capture_output=True, text=True, check=False)
    if found.returncode != 0:
        raise OSError(f"{' '.join(command)}: {found.stderr.strip()}")


def relay(pid: int, port: int) -> socket.socket:
    """Listens at the port in the network of a process, and leads to the same port in this one's."""
    made: list[socket.socket] = []
    # A thread can change its network, and keeps it.
    there = threading.Thread(target=lambda: made.append(listen_in(pid, port)))
    there.start()
    there.join()
    if not made:
        raise OSError(f"nobody can listen in the network of {pid}")
    threading.Thread(target=accept, args=(made[0], port), daemon=True).start()
    return made[0]


def listen_in(pid: int, port: int) -> socket.socket:
    namespace = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY)
    try:
        if ctypes.CDLL(None, use_errno=True).setns(namespace, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
    finally:
        os.close(namespace)
    return socket.create_server(("127.0.0.1", port))


def accept(server: socket.socket, port: int) -> None:
    """Until it is closed."""
    while True:
        try:
            client, _ = server.accept()
        except OSError:
            return
        ends: Sequence[socket.socket] = (client, socket.create_connection(("127.0.0.1", port)))
        for source, target in (ends, ends[::-1]):
            threading.Thread(target=pump, args=(source, target), daemon=True).start()


def pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while chunk := source.recv(65_536):
            target.sendall(chunk)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        source.close()
        target.close()
