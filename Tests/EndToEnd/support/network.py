"""Ports of this machine."""

import socket


def free_port():
    """A TCP port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_open(port, source="127.0.0.1"):
    """Whether a program listens at a port of loopback."""
    try:
        socket.create_connection(("127.0.0.1", port), 1, (source, 0)).close()
        return True
    except OSError:
        return False
