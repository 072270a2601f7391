"""A running `wpex serve`."""

import json
import os
import pathlib
import random
import signal
import subprocess

from support.answers import ask
from support.network import free_port
from support.process import memory
from support.program import WPEX
from support.viewers import token
from support.waiting import until


class Server:
    """A running `wpex serve`."""

    def __init__(self, folder, repo, audit=None, document=None, settings=None, arguments=()):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.log = self.folder / "log"
        secret = self.folder.parent / "cursor-secret"
        if not secret.exists():
            secret.write_bytes(bytes(range(64)))
        self.settings = {
            "repository": {"url": str(repo), "interval": 0.2, "folder": str(self.folder / "state")},
            "target": {"kind": "none"},
            "http": {
                "listen": f"127.0.0.1:{self.port}", "cursorSecretFile": str(secret),
                "tokenFile": str(self.folder / "token"),
            },
        }
        if audit:
            self.settings["audit"] = {"store": str(audit)}
        if document:
            self.settings["sync"] = {"state": str(document)}
        for name, value in (settings or {}).items():
            self.settings.setdefault(name, {}).update(value)
        self.process = None
        self.is_login_from_anywhere = False

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def local_token(self):
        return (self.folder / "token").read_text().strip()

    def start(self):
        config = self.folder / "serve.json"
        config.write_text(json.dumps(self.settings))
        self.process = subprocess.Popen(
            [WPEX, "serve", "run", "--config", str(config)], stderr=open(self.log, "a"), stdout=subprocess.DEVNULL,
            env={**os.environ, "NO_COLOR": "1"},
        )
        until(lambda: self.get("/readyz").status == 200, "the server is ready", self.log, process=self.process)
        return self

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            assert self.process.wait(20) == 0, self.log.read_text()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait(20)

    def get(self, path, who=None, headers=None, method="GET", body=None, bearer=None):
        headers = dict(headers or {})
        if self.is_login_from_anywhere and path.startswith("/login"):
            headers.setdefault("X-Forwarded-For", f"198.18.{random.randrange(256)}.{random.randrange(256)}")
        return ask(self.url + path, method, body, headers, bearer or (token(who) if who else None))

    @property
    def memory(self):
        return memory(self.process.pid)
