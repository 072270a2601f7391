"""Repositories, audit logs and status servers for tests: a provider with a viewer's tenant, and another tenant that it
must not see."""

import contextlib
import datetime
import hashlib
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
WPEX = os.environ.get("WPEX", str(ROOT / ".build/debug/wpex"))
OWN, FOREIGN = "acme", "globex"

# Viewers: role, status, and whether the user is global.
VIEWERS = {
    "admin": ("admin", "active", True),
    "executive": ("executive", "active", True),
    "engineer": ("engineer", "active", False),
    "viewer": ("viewer", "active", False),
    "custom": ("noc", "active", False),
    "watcher": ("watcher", "active", False),
    "disabled": ("engineer", "disabled", False),
    "pending": ("engineer", "pending", False),
    "disabled-admin": ("admin", "disabled", True),
    "roleless": ("", "active", False),
    "of-disabled": ("engineer", "active", False),
    "of-pending": ("engineer", "active", False),
}

# Organizations of viewers whose own organization is not active.
HOMES = {"of-disabled": "hooli", "of-pending": "umbrella"}

PERMISSIONS = {
    "admin": {"orgs:read", "users:read", "keys:read", "relays:read", "metrics:read", "audit:read"},
    "executive": {"orgs:read", "users:read", "relays:read", "metrics:read"},
    "engineer": {"orgs:read", "users:read", "keys:read", "relays:read", "metrics:read", "audit:read"},
    "viewer": {"orgs:read", "users:read", "keys:read", "relays:read", "metrics:read"},
    "custom": {"orgs:read", "relays:read", "keys:read", "metrics:read"},
    "watcher": {"relays:read"},
    "roleless": set(),
}


def token(who):
    return f"canary-token-of-{who}-" + hashlib.sha256(who.encode()).hexdigest()[:24]


def user(name, role, status, who):
    return f"""apiVersion: wpex.io/v1alpha1
kind: User
metadata:
  name: {name}
spec:
  displayName: {name}
  email: {name}@example.org
  status: {status}
  roles: [{role}]
  access:
    tokens:
      - name: test
        sha256: {hashlib.sha256(token(who).encode()).hexdigest()}
"""


WATCHER = """apiVersion: wpex.io/v1alpha1
kind: Role
metadata:
  name: watcher
spec:
  scope: org
  permissions: [relays:read]
"""


def git(folder, *arguments, when="2026-11-20T10:00:00+00:00"):
    environment = {
        **os.environ, "GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when, "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_SYSTEM": "/dev/null", "GIT_AUTHOR_NAME": "Test", "GIT_AUTHOR_EMAIL": "test@example.org",
        "GIT_COMMITTER_NAME": "Test", "GIT_COMMITTER_EMAIL": "test@example.org",
    }
    return subprocess.run(
        ["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True, env=environment
    ).stdout


def repository(folder, change_foreign=None):
    """Makes two commits: the platform and the own tenant, then all others."""
    folder = pathlib.Path(folder)
    shutil.copytree(ROOT / "sample-repo", folder)
    for who, (role, status, is_global) in VIEWERS.items():
        place = folder / "users" if is_global else folder / "orgs" / HOMES.get(who, OWN) / "users"
        place.mkdir(exist_ok=True)
        (place / f"look-{who}.yaml").write_text(user(f"look-{who}", role, status, who))
    (folder / "roles").mkdir(exist_ok=True)
    (folder / "roles/watcher.yaml").write_text(WATCHER)
    others = [path for path in (folder / "orgs").iterdir() if path.name != OWN]
    aside = folder.parent / f"{folder.name}-aside"
    aside.mkdir()
    for path in others:
        path.rename(aside / path.name)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "The platform and its first tenant")
    for path in others:
        (aside / path.name).rename(path)
    if change_foreign:
        change_foreign(folder)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "SECRETOFOTHERS: everybody else", when="2026-11-21T10:00:00+00:00")
    return folder


def without_foreign(folder):
    """Changes the world: foreign tenants get other names, relays and keys."""
    for path in (folder / "orgs").iterdir():
        if path.name != OWN:
            shutil.rmtree(path)
    other = folder / "orgs/zeta"
    shutil.copytree(ROOT / "sample-repo/orgs/initech", other)
    text = (other / "organization.yaml").read_text().replace("initech", "zeta").replace("Initech", "Zeta")
    (other / "organization.yaml").write_text(text)
    shutil.rmtree(other / "relays")
    for path in (other / "keys").iterdir():
        path.unlink()


class Audit:
    """A SQLite audit log, written by the format's specification (AuditRecord.swift)."""

    def __init__(self, path):
        self.path = path
        self.database = sqlite3.connect(path)
        self.database.executescript(
            """
            PRAGMA journal_mode = WAL;
            CREATE TABLE records (
              sequence INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, bytes BLOB NOT NULL, previous BLOB NOT NULL,
              hash BLOB NOT NULL, time INTEGER NOT NULL, action TEXT NOT NULL, actor TEXT NOT NULL, org TEXT,
              commit_id TEXT, generation INTEGER);
            CREATE TABLE checkpoints (sequence INTEGER PRIMARY KEY, text TEXT NOT NULL);
            """
        )
        self.head = (0, bytes(32))

    def add(self, key, action, org=None, at=1_795_000_000_000, **more):
        entry = {"version": 1, "time": at, "action": action, "user": "anna", **more}
        if org:
            entry["org"] = org
        text = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        sequence, previous = self.head[0] + 1, self.head[1]
        name = key.encode()
        digest = hashlib.sha256(
            previous + sequence.to_bytes(8, "big") + len(name).to_bytes(4, "big") + name + text
        ).digest()
        self.database.execute(
            "INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (sequence, key, text, previous, digest, at, action, "anna", org, more.get("commit"), more.get("generation")),
        )
        self.database.commit()
        self.head = (sequence, digest)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    def same(self):
        """The response without the parts that depend on the clock."""
        return self.status, sorted((k.lower(), v) for k, v in self.headers if k.lower() != "date"), self.body


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
        until(lambda: self.get("/readyz").status == 200, "the server is ready", self.log)
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
        request = urllib.request.Request(self.url + path, method=method, data=body)
        bearer = bearer or (token(who) if who else None)
        if bearer:
            request.add_header("Authorization", f"Bearer {bearer}")
        if self.is_login_from_anywhere and path.startswith("/login"):
            request.add_header("X-Forwarded-For", f"198.18.{random.randrange(256)}.{random.randrange(256)}")
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        try:
            with urllib.request.build_opener(NoRedirect).open(request, timeout=20) as answer:
                return Answer(answer.status, answer.getheaders(), answer.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, list(error.headers.items()), error.read())
        except (ConnectionError, urllib.error.URLError):
            return Answer(0, [], b"")

    @property
    def memory(self):
        """Memory in use, in bytes."""
        pages = int(pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def until(condition, what, log=None, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError, KeyError, ValueError):
            if condition():
                return
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds} s: {what}\n{log.read_text() if log else ''}")


def stamp(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Events:
    """An event stream, parsed by hand."""

    def __init__(self, server, who=None, last=None, bearer=None, headers=None):
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=20)
        lines = [
            "GET /api/v1/events HTTP/1.1", "Host: localhost", "Accept: text/event-stream",
            *([] if headers else [f"Authorization: Bearer {bearer or token(who)}"]),
            *(f"{name}: {value}" for name, value in (headers or {}).items()),
        ]
        if last:
            lines.append(f"Last-Event-ID: {last}")
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self.buffer = b""
        self.text = b""
        while b"\r\n\r\n" not in self.buffer:
            self.buffer += self.socket.recv(65536)
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        self.status = int(head.split()[1])
        self.last = last
        self.is_over = False

    def unchunk(self):
        """Moves complete chunks of the body to the text."""
        while b"\r\n" in self.buffer:
            size, rest = self.buffer.split(b"\r\n", 1)
            count = int(size, 16)
            if len(rest) < count + 2:
                return
            self.text, self.buffer = self.text + rest[:count], rest[count + 2:]
            self.is_over = self.is_over or count == 0

    def read(self, seconds):
        """Events that arrive within a time, as (name, data)."""
        events = []
        end = time.monotonic() + seconds
        while True:
            self.unchunk()
            while b"\n\n" in self.text:
                block, self.text = self.text.split(b"\n\n", 1)
                members = dict(line.split(": ", 1) for line in block.decode().split("\n") if ": " in line and line[0] != ":")
                self.last = members.get("id", self.last)
                if "event" in members:
                    events.append((members["event"], json.loads(members["data"])))
            rest = end - time.monotonic()
            if rest <= 0 or self.is_over:
                return events
            self.socket.settimeout(rest)
            try:
                data = self.socket.recv(65536)
            except TimeoutError:
                return events
            except OSError:
                data = b""
            if not data:
                self.is_over = True
            self.buffer += data

    def close(self):
        self.socket.close()
