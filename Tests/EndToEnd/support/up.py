"""`wpex up` with the status server in it."""

import json
import signal
import subprocess

from support.answers import ask
from support.network import free_port
from support.program import WPEX
from support.sample import copy_sample
from support.waiting import until


class Up:
    """`wpex up`. The file `address` has the link that logs in."""

    def __init__(self, folder, *arguments, prepare=None):
        self.folder = folder
        self.repo = folder / "repo"
        if not self.repo.exists():
            copy_sample(self.repo)
            if prepare:
                prepare(self.repo)
        self.log = folder / "log"
        self.port = free_port()
        self.process = subprocess.Popen(
            [WPEX, "up", "--repo", self.repo, "--state", folder / "state", "--interval", "0.2", *(arguments or ["--status-port", str(self.port)])],
            stderr=open(self.log, "a"), stdout=subprocess.DEVNULL,
        )
        self.address = folder / "state/status-address"

    def login(self):
        until(self.address.exists, "the address is printed", self.log, process=self.process)
        self.url, self.bearer = json.loads(self.address.read_text())["address"].split("/login#token=")
        return self

    def get(self, path, bearer=None):
        return ask(self.url + path, bearer=bearer or self.bearer)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(20)
        return self.process.returncode
