"""What the kernel says of a process."""

import os
import pathlib
import resource


def stat(pid):
    """The fields of /proc/PID/stat after the name: state, parent …"""
    return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()


def is_running(pid):
    try:
        return stat(pid)[0] != "Z"
    except OSError:
        return False


def processor_seconds(pid):
    return sum(map(int, stat(pid)[11:13])) / os.sysconf("SC_CLK_TCK")


def memory(pid):
    """Bytes in use."""
    return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()


def processes():
    """The numbers of all processes."""
    return [int(entry.name) for entry in pathlib.Path("/proc").iterdir() if entry.name.isdigit()]


def command_line(pid):
    """The arguments of a process; none if it has ended."""
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return []


def descendants(pid):
    """The numbers of all processes that a process started, and that these started."""
    parents = {}
    for child in processes():
        try:
            state, parent = stat(child)[:2]
        except OSError:
            continue
        if state != "Z":
            parents[child] = int(parent)
    found, pending = set(), [pid]
    while pending:
        children = {child for child, parent in parents.items() if parent == pending[0]}
        pending = pending[1:] + list(children - found)
        found |= children
    return found
