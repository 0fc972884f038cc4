"""TCP ports of 127.0.0.1: the preferred one when it is free, else another.

All ports lie below the ephemeral range, so that no outgoing connection of this machine takes a port while its part
is down and will come back on it.
"""

import contextlib
import secrets
import socket
from collections.abc import Iterable

from usageflow_local.errors import LocalRuntimeError

HOST = "127.0.0.1"
PORT_MAX = 65_535
_FIRST, _END = 20_000, 32_000
_ATTEMPTS = 200
_NEIGHBOURS = 50


def is_free(port: int) -> bool:
    """Whether a server could listen on the port now."""
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
        # As servers do: a port whose last connections are in TIME_WAIT counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def any_free_port(*, except_for: Iterable[int] = ()) -> int:
    """A random free port; random, because several test runs choose at the same time."""
    taken = set(except_for)
    for _ in range(_ATTEMPTS):
        port = _FIRST + secrets.randbelow(_END - _FIRST)
        if port not in taken and is_free(port):
            return port
    raise LocalRuntimeError(f"No free TCP port found between {_FIRST} and {_END}.")


def preferred_port(wanted: int, *, except_for: Iterable[int] = ()) -> int:
    """The wanted port, else one of its next neighbours, else any."""
    taken = set(except_for)
    for port in range(wanted, min(wanted + _NEIGHBOURS, PORT_MAX + 1)):
        if port not in taken and is_free(port):
            return port
    return any_free_port(except_for=taken)
