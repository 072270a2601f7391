"""Runs the real `wpex up`, and inspects what it did."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
WPEX = os.environ.get("WPEX", str(ROOT / ".build/debug/wpex"))


def wpex(*arguments, check=True, **options):
    result = subprocess.run([WPEX, *map(str, arguments)], capture_output=True, text=True, timeout=60, **options)
    assert not check or result.returncode == 0, result.stdout + result.stderr
    return result


class Clock:
    """A wall clock that jumps, for one program."""

    def __init__(self, folder, seconds=0):
        self.file = pathlib.Path(folder) / "clock"
        library = pathlib.Path(folder) / "clock.so"
        source = pathlib.Path(__file__).parent / "clock.c"
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", library, source, "-ldl"], check=True)
        self.environment = {"LD_PRELOAD": str(library), "WPEX_TEST_CLOCK": str(self.file)}
        self.shift(seconds)

    def shift(self, seconds):
        new = self.file.with_suffix(".new")
        new.write_text(f"{seconds}\n")
        new.replace(self.file)


class StatusFile:
    """A daemon's status as `wpex status` reads it: nothing until the process that was started last has written it."""

    def __init__(self, state):
        self.state = pathlib.Path(state)
        self.left = self.version

    @property
    def version(self):
        """What another process's file differs in."""
        try:
            found = (self.state / "status.json").stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_mtime_ns

    def expect(self):
        """From now on, what an earlier process left does not count."""
        self.left = self.version

    def read(self):
        if self.version in (None, self.left):
            return {}
        text = wpex("status", "--state", self.state, "--output", "json", check=False).stdout
        return json.loads(text) if text else {}


class Daemon:
    """`wpex up` over a copy of sample-repo."""

    def __init__(self, folder, repo=None, command="up"):
        self.folder = pathlib.Path(folder)
        self.repo = repo or self.folder / "repo"
        if not self.repo.exists():
            shutil.copytree(ROOT / "sample-repo", self.repo)
        self.state = self.folder / "state"
        self.status_file = StatusFile(self.state)
        self.command = command
        self.process = None
        self.log = self.folder / "log"

    def start(self, *arguments, fault=None, wait=True, environment=None):
        environment = {**os.environ, "NO_COLOR": "1", **(environment or {})}
        environment.pop("WPEX_FAULT_POINT", None)
        if fault:
            environment["WPEX_FAULT_POINT"] = str(fault)
        self.status_file.expect()
        self.process = subprocess.Popen(
            [WPEX, self.command, "--repo", str(self.repo), "--state", str(self.state), "--interval", "0.2", *map(str, arguments)],
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
        return self.status_file.read()

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
        result = wpex("audit", "list", "--state", self.state, "--limit", "100000", "--output", "json", *arguments)
        return json.loads(result.stdout)

    def actions(self, *arguments):
        return [record["action"] for record in self.records(*arguments)]

    def until(self, condition, what, timeout=20):
        deadline = time.monotonic() + timeout
        while not condition():
            assert self.process.poll() is None, f"the daemon ended with {self.process.returncode}: {self.lines}"
            assert time.monotonic() < deadline, f"{what}: {self.lines}\n{json.dumps(self.status, indent=1)}"
            time.sleep(0.05)

    def edit(self, path, old, new):
        file = self.repo / path
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))

    def children(self):
        """The relays' process ids, by port."""
        found = {}
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                arguments = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if arguments[0].endswith(b"wpex-relay") and str(self.state).encode() in b" ".join(arguments):
                found[f"{arguments[arguments.index(b'--bind') + 1].decode()}:{arguments[arguments.index(b'--port') + 1].decode()}"] = int(entry.name)
        return found
