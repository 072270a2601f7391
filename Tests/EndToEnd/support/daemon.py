"""The real `wpex up`, and what it did."""

import json
import os
import pathlib
import signal
import subprocess

from support.process import command_line, processes
from support.program import WPEX
from support.sample import copy_sample, edit
from support.state import State
from support.waiting import until


class Daemon:
    """`wpex up` over a copy of sample-repo, with its relays as processes."""

    def __init__(self, folder, repo=None):
        self.folder = pathlib.Path(folder)
        self.repo = repo or self.folder / "repo"
        if not self.repo.exists():
            copy_sample(self.repo)
        self.state = self.folder / "state"
        self.kept = State(self.state)
        self.process = None
        self.log = self.folder / "log"

    def start(self, *arguments, fault=None, wait=True, environment=None, namespace=None):
        """Starts the daemon, perhaps in a network namespace, and by default waits until all relays run."""
        environment = {**os.environ, "NO_COLOR": "1", **(environment or {})}
        environment.pop("WPEX_FAULT_POINT", None)
        if fault:
            environment["WPEX_FAULT_POINT"] = str(fault)
        self.kept.expect()
        self.process = subprocess.Popen(
            [*(["ip", "netns", "exec", namespace] if namespace else []), WPEX, "up", "--repo", str(self.repo), "--state", str(self.state), "--interval", "0.2", *map(str, arguments)],
            stderr=open(self.log, "a"), stdout=subprocess.DEVNULL, env=environment,
        )
        if wait:
            self.until(lambda: self.current() >= 7 and not self.problem, "relays run")
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop(signal.SIGKILL)

    def stop(self, number=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(20)

    @property
    def lines(self):
        return self.log.read_text()

    @property
    def status(self):
        return self.kept.status

    @property
    def problem(self):
        return self.status.get("problem")

    def relays(self):
        return {
            f"{relay['org']}/{relay['relay']}": relay
            for region in self.status.get("regions", {}).values()
            for relay in region["relays"]
        }

    def current(self):
        return sum(relay["status"] == "current" for relay in self.relays().values())

    def held(self):
        return [region["held"] for region in self.status.get("regions", {}).values() if "held" in region]

    def records(self, *arguments):
        return self.kept.records(*arguments)

    def actions(self):
        return self.kept.actions()

    def until(self, condition, what, timeout=20):
        def evidence():
            return f"{self.lines}\n{json.dumps(self.status, indent=1)}"

        until(condition, what, evidence, timeout, self.process)

    def edit(self, path, old, new):
        edit(self.repo, path, old, new)

    def children(self):
        """The relays' process numbers by their ports."""
        found = {}
        for pid in processes():
            arguments = command_line(pid)
            if arguments and arguments[0].endswith(b"wpex-relay") and str(self.state).encode() in b" ".join(arguments):
                found[f"{arguments[arguments.index(b'--bind') + 1].decode()}:{arguments[arguments.index(b'--port') + 1].decode()}"] = pid
        return found
