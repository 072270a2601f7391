"""Waiting for a condition."""

import contextlib
import pathlib
import time


def until(condition, what, log=None, timeout=30, process=None, pause=0.05):
    """Waits until a condition holds. While it raises an error of a missing or incomplete answer, it does not hold.

    `log` is the program's log, as a path or as a function that returns text. A `process` that ends meanwhile fails the test."""
    deadline = time.monotonic() + timeout
    while True:
        # Asked before the condition, so that the last thing a process does still counts.
        has_ended = process is not None and process.poll() is not None
        with contextlib.suppress(OSError, KeyError, IndexError, ValueError):
            if condition():
                return
        assert not has_ended, f"the program ended with {process.returncode}: {what}\n{text(log)}"
        assert time.monotonic() < deadline, f"not within {timeout} s: {what}\n{text(log)}"
        time.sleep(pause)


def text(log):
    """The end of a log."""
    if log is None:
        return ""
    if not isinstance(log, pathlib.Path):
        return log()[-6000:]
    return log.read_text()[-6000:] if log.exists() else ""
