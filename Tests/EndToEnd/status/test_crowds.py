"""Slow clients and crowds of them, at all three servers: the status server's, the daemon's and the relay's. Health
checks from elsewhere are always answered."""

import contextlib
import hashlib
import hmac
import itertools
import json
import pathlib
import resource
import signal
import socket
import subprocess
import threading
import time

import pytest

from support.network import free_port
from support.process import processor_seconds
from support.program import WPEX
from support.relay import Relay
from support.repository import repository
from support.server import Server
from support.waiting import until

SECRET = "hook secret"


class Daemon:
    """A daemon that writes manifests to a folder."""

    def __init__(self, folder, repo):
        self.folder, self.repo, self.port = folder, repo, free_port()
        folder.mkdir()
        (folder / "secret").write_text(SECRET)
        config = {
            "repository": {"url": str(repo), "interval": 3600}, "target": {"kind": "directory", "directory": str(folder / "out")},
            "state": str(folder / "state"), "demonstration": "true",
            "http": {"listen": f"127.0.0.1:{self.port}", "webhookSecretFile": str(folder / "secret")},
        }
        (folder / "sync.json").write_text(json.dumps(config))

    def __enter__(self):
        log = self.folder / "log"
        self.process = subprocess.Popen(
            [WPEX, "sync", "run", "--config", self.folder / "sync.json"],
            stderr=open(log, "a"), stdout=subprocess.DEVNULL)
        until(lambda: ask(self.port, "/readyz") == 200, "the daemon is ready", log)
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)


def ask(port, path="/healthz", source="127.0.0.1", method="GET", headers=(), body=b"", seconds=20):
    """Status of the response; 0 if there is none."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=seconds, source_address=(source, 0)) as connection:
        lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: close", *headers]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode() + body)
        answer = b""
        while b"\r\n" not in answer:
            data = connection.recv(65536)
            if not data:
                return 0
            answer += data
        return int(answer.split()[1])
    return 0


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """The port of each server, and its process."""

    folder = tmp_path_factory.mktemp("crowds")
    repo = repository(folder / "repo")
    # For this process's ends of all those connections.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65_536), hard))
    relay = Relay("--open")
    with Server(folder / "status", repo, settings={"http": {"connections": 1024}}) as status, Daemon(folder / "daemon", repo) as daemon:
        yield {"status": (status.port, status.process), "daemon": (daemon.port, daemon.process), "relay": (relay.http, relay.process)}
    relay.process.kill()
    relay.process.wait()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture(scope="module")
def servers(running):
    """Port of each server."""
    return {name: port for name, (port, _) in running.items()}


HEAD = b"GET /healthz HTTP/1.1\r\nHost: a\r\n"
# What a client sends at once, and then byte by byte.
BEHAVIOURS = {
    "silent": (b"", b""),
    "head": (HEAD + b"X-Slow: ", b"a"),
    "body": (b"POST /hooks/git HTTP/1.1\r\nHost: a\r\nX-Gitea-Signature: " + b"0" * 64 + b"\r\nContent-Length: 4000\r\n\r\n{", b"a"),
    "unread body": (HEAD + b"Content-Length: 4000\r\n\r\nx", b"a"),
    "chunks": (b"POST /login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
    "kept alive": (HEAD + b"\r\n", b""),
    "takes nothing": ((HEAD + b"\r\n") * 4, b""),
}


class Crowd:
    """Clients that reconnect as soon as they are dropped, each slow in a different way."""

    def __init__(self, port, addresses, size):
        self.port, self.size = port, size
        self.next = itertools.cycle(zip(itertools.cycle(addresses), itertools.cycle(BEHAVIOURS.values()), range(7 * len(addresses))))
        self.connections, self.is_over, self.opened = [], False, 0
        self.thread = threading.Thread(target=self.run, daemon=True)

    def connect(self):
        address, (first, drip), _ = next(self.next)
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.bind((address, 0))
        connection.settimeout(5)
        connection.connect(("127.0.0.1", self.port))
        connection.sendall(first)
        connection.setblocking(False)
        self.opened += 1
        return connection, drip

    def run(self):
        while not self.is_over:
            alive = []
            for connection, drip in self.connections:
                try:
                    if drip:
                        connection.send(drip)
                    if connection.recv(1) == b"":
                        raise ConnectionError
                except BlockingIOError:
                    pass
                except OSError:
                    connection.close()
                    continue
                alive.append((connection, drip))
            self.connections = alive
            with contextlib.suppress(OSError):
                while len(self.connections) < self.size:
                    self.connections.append(self.connect())
            time.sleep(0.2)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        self.thread.join()
        for connection, _ in self.connections:
            connection.close()


PLACES = {
    "one address": ["127.9.0.1"],
    "a network": [f"127.9.{number // 250}.{number % 250 + 1}" for number in range(500)],
    # The health check comes from the same address.
    "this address": ["127.0.0.1"],
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", ["status", "daemon", "relay"])
def test_a_crowd_takes_the_server_from_nobody(servers, name, place):
    port = servers[name]
    # More than one network's share, and for a whole network more than there are.
    size = 1_100 if place == "a network" else 500
    with Crowd(port, PLACES[place], size) as crowd:
        until(lambda: crowd.opened >= size, "the crowd is there")
        answers = [ask(port) for _ in range(10)]
        if place == "this address":
            # Only connections of the same moments may be dropped along with the crowd's.
            assert [0, 0, 0] not in [answers[start:start + 3] for start in range(8)] and answers.count(200) > 6
        else:
            assert answers == [200] * 10
            # A client in the crowd's own network is answered too.
            assert ask(port, source="127.9.200.1") == 200


def test_who_drips_is_closed(servers):
    """An occasional byte does not keep a connection open."""
    open_ones = []
    for port, (first, drip) in itertools.product(servers.values(), BEHAVIOURS.values()):
        if drip:
            connection = socket.create_connection(("127.0.0.1", port))
            connection.sendall(first)
            connection.setblocking(False)
            open_ones.append((connection, drip, first))
    end = time.monotonic() + 90
    while open_ones and time.monotonic() < end:
        for place in list(open_ones):
            connection, drip, _ = place
            try:
                connection.send(drip)
                while connection.recv(65536):
                    pass
            except BlockingIOError:
                continue
            except OSError:
                pass
            connection.close()
            open_ones.remove(place)
        time.sleep(0.2)
    assert not open_ones


def signed(body):
    return ["X-Hub-Signature-256: sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()]


@pytest.mark.parametrize("headers, body", [
    ([], b"{}"), (["X-Hub-Signature-256: sha256=" + "0" * 64], b"{}"), (["X-Gitlab-Token: wrong"], b"{}"),
    (["X-Gitea-Signature: " + "0" * 64], b"x" * (1 << 20)), (["X-Gitea-Signature: " + "0" * 64], b"x" * (1 << 20 | 1)),
    (["webhook-id: i", "webhook-timestamp: 0", "webhook-signature: v1,AAAA"], b"{}"),
], ids=["none", "wrong", "token", "large", "too large", "old"])
def test_unsigned_notices_cost_a_signed_one_nothing(servers, headers, body):
    port = servers["daemon"]
    for _ in range(15):
        assert ask(port, "/hooks/git", method="POST", headers=headers, body=body) in (401, 413, 0)
    notice = b'{"ref": "refs/heads/main"}'
    # What other tests took of the budget of signed ones comes back at one a second.
    until(lambda: ask(port, "/hooks/git", method="POST", headers=signed(notice), body=notice) == 202, "a signed one is taken", timeout=5)


def test_signed_notices_are_bounded(servers):
    port = servers["daemon"]
    notice = b"{}"
    codes = [ask(port, "/hooks/git", method="POST", headers=signed(notice), body=notice) for _ in range(30)]
    assert set(codes) == {202, 429}


@pytest.mark.parametrize("name", ["status", "daemon", "relay"])
def test_without_descriptors_a_server_waits_and_goes_on(running, name):
    port, process = running[name]
    before = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)
    taken = {int(path.name) for path in pathlib.Path(f"/proc/{process.pid}/fd").iterdir()}
    lowest = next(number for number in itertools.count() if number not in taken)
    with contextlib.ExitStack() as connections:
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (lowest, before[1]))
        for _ in range(5):
            connections.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
        time.sleep(0.5)
        used = processor_seconds(process.pid)
        time.sleep(4)
        # A thread that tries again at once takes four.
        assert processor_seconds(process.pid) - used < 2
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, before)
        until(lambda: ask(port, seconds=2) == 200, "it serves again")
