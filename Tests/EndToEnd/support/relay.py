"""Starts the real relay, and reads its own reports."""

import json
import os
import re
import signal
import subprocess
import tempfile
import time

from support.answers import ask
from support.program import WPEX_RELAY


class Relay:
    """A relay process. `namespace` is its network namespace; `under` is a command that wraps it."""

    def __init__(self, *arguments, namespace=None, port=0, environment=None, state=None, http=0, under=()):
        self.log = tempfile.NamedTemporaryFile(mode="r", prefix="wpex-relay-", suffix=".log")
        self.arguments, self.namespace, self.environment, self.state = list(arguments), namespace, environment, state
        self.wanted_port, self.wanted_http, self.under = port, http, list(under)
        self.start()

    def start(self):
        command = ["ip", "netns", "exec", self.namespace] if self.namespace else []
        command += [*self.under, WPEX_RELAY, "--port", str(self.wanted_port), "--stats", f"127.0.0.1:{self.wanted_http}"]
        if self.state:
            command += ["--state", self.state]
        self.process = subprocess.Popen(
            command + self.arguments,
            stderr=open(self.log.name, "a"),
            env={**os.environ, **(self.environment or {})},
        )
        seen = len(self.lines)
        for _ in range(200):
            for line in self.lines[max(0, seen - 1):]:
                match = re.search(r"event=started .*port=(\d+) .*http=(\d+)", line)
                if match and "pid" not in line:
                    self.port, self.http = int(match[1]), int(match[2])
            if hasattr(self, "port") and self.count("started") > getattr(self, "starts", 0):
                self.starts = self.count("started")
                return
            assert self.process.poll() is None, "".join(self.lines)
            time.sleep(0.02)
        raise AssertionError("the relay does not start: " + "".join(self.lines))

    @property
    def lines(self):
        with open(self.log.name) as file:
            return file.readlines()

    def count(self, event):
        return sum(f"event={event}" in line for line in self.lines)

    @property
    def address(self):
        return ("127.0.0.1", self.port)

    @property
    def web(self):
        return ("127.0.0.1", self.http)

    def ask(self, path, **more):
        return ask(f"http://127.0.0.1:{self.http}{path}", timeout=5, **more)

    def get(self, path):
        if self.namespace:
            body = subprocess.check_output(
                ["ip", "netns", "exec", self.namespace, "curl", "-sS", "--max-time", "5", f"http://127.0.0.1:{self.http}{path}"]
            )
            return body.decode()
        return self.ask(path).good.text

    def post(self, path, body=None, token=None):
        answer = ask(f"http://127.0.0.1:{self.http}{path}", "POST", body or {}, bearer=token, timeout=30)
        return answer.status, answer.json

    @property
    def stats(self):
        return json.loads(self.get("/stats"))

    def drops(self, reason):
        return self.stats["drops"][reason]

    def wait_until(self, condition, what, timeout=5):
        deadline = time.monotonic() + timeout
        while not condition(self.stats):
            assert time.monotonic() < deadline, f"{what}: {json.dumps(self.stats)}"
            time.sleep(0.02)

    def stop(self, signal_number=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(signal_number)
        return self.process.wait(10)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop(signal.SIGKILL)


def allow(*keys):
    return [argument for key in keys for argument in ("--allow", key.text)]
