"""The event stream: its events and recipients, resumption, and the cost of slow and half-open clients."""

import contextlib
import socket
import time

import pytest

from support.events import Events
from support.git import git
from support.repository import repository
from support.server import Server
from support.viewers import FOREIGN, OWN, token
from support.waiting import until


@pytest.fixture
def server(tmp_path):
    repo = repository(tmp_path / "repo")
    with Server(tmp_path / "server", repo) as server:
        server.repo = repo
        yield server


def change(server, path, old, new, message="A change"):
    file = server.repo / path
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))
    git("commit", "-qam", message, cwd=server.repo)


def topics(events):
    return {data["topic"] for name, data in events if name == "change"}


def test_each_hears_of_its_own(server):
    own, other, all_of_it = Events(server, "engineer"), Events(server, "viewer"), Events(server, "admin")
    for stream in [own, other, all_of_it]:
        stream.read(1)
    change(server, f"orgs/{FOREIGN}/relays/oslo.yaml", "port: 30201", "port: 30209")
    seen = all_of_it.read(4)
    assert {"relays", "sync"} <= topics(seen)
    assert ("change", {"topic": "relays", "items": [f"{FOREIGN}/oslo-1"], "complete": True}) in seen
    assert own.read(2) == [] and other.read(0.5) == []
    change(server, f"orgs/{OWN}/relays/milan-1.yaml", "bandwidthMbps: 1000", "bandwidthMbps: 900")
    seen = own.read(4)
    assert ("change", {"topic": "relays", "items": [f"{OWN}/milan-1"], "complete": True}) in seen
    assert all(FOREIGN not in str(event) for event in seen)


def test_resume(server):
    first = Events(server, "engineer")
    first.read(1)
    place = first.last
    first.close()
    change(server, f"orgs/{OWN}/relays/milan-1.yaml", "bandwidthMbps: 1000", "bandwidthMbps: 800")
    until(lambda: server.get(f"/api/v1/relays/{OWN}/milan-1", "engineer").json["spec"]["bandwidthMbps"] == 800, "it is applied")
    time.sleep(1.5)
    again = Events(server, "engineer", last=place)
    missed = again.read(1.5)
    assert "relays" in topics(missed) and ("reset", {}) not in missed
    # Events already received are not repeated.
    assert Events(server, "engineer", last=again.last).read(1) == []
    # An unknown event id, or another viewer's, starts over.
    for unknown in ["nothing", "zzzzzzzzzzzz-3", place.split("-")[0] + "-99999", place.split("-")[0] + "--1"]:
        assert Events(server, "engineer", last=unknown).read(1)[0] == ("reset", {})
    assert Events(server, "admin", last=place).read(1)[0] == ("reset", {})


def test_who_loses_its_rights_loses_its_stream(server):
    stream = Events(server, "engineer")
    stream.read(1)
    change(server, f"orgs/{OWN}/users/look-engineer.yaml", "status: active", "status: disabled")
    assert ("end", {"reason": "rights-changed"}) in stream.read(6)
    assert server.get("/api/v1/me", "engineer").status == 401
    assert Events(server, "engineer").status == 401


def test_numbers_and_breaks_tell_nothing_of_others(server):
    """Others' events neither advance a viewer's numbers nor leave gaps in them."""
    own = Events(server, "engineer")
    own.read(1)
    place = own.last
    for number, (old, new) in enumerate([("port: 30201", "port: 30208"), ("port: 30208", "port: 30207")]):
        change(server, f"orgs/{FOREIGN}/relays/oslo.yaml", old, new, f"Theirs {number}")
    everybody = Events(server, "admin")
    head = git("rev-parse", "HEAD", cwd=server.repo)
    until(lambda: server.get("/api/v1/sync", "admin").json["head"]["id"] == head, "it is applied")
    everybody.read(2)
    assert own.read(1) == [] and own.last == place
    again = Events(server, "engineer", last=place)
    assert again.read(1) == [] and again.last == place
    change(server, f"orgs/{OWN}/relays/milan-1.yaml", "bandwidthMbps: 1000", "bandwidthMbps: 700")
    seen = [event for event in own.read(4) if event[0] == "change"]
    name, first = place.rsplit("-", 1)
    assert seen and own.last == f"{name}-{int(first) + len(seen)}"
    # Each scope's numbering has its own name, so one reveals nothing about another.
    assert everybody.last.split("-")[0] != name


def test_who_logs_out_loses_its_stream(server):
    import json

    answer = server.get("/login", method="POST", body=json.dumps({"token": token("viewer")}).encode(), headers={"Content-Type": "application/json"})
    cookie = answer.cookie
    stream, other = Events(server, headers={"Cookie": cookie}), Events(server, "viewer")
    stream.read(1), other.read(1)
    assert server.get("/logout", method="POST", headers={"Cookie": cookie}).status == 204
    assert ("end", {"reason": "rights-changed"}) in stream.read(6) and stream.is_over
    assert other.read(1) == [] and not other.is_over


def test_too_many_streams(server):
    streams = [Events(server, "viewer") for _ in range(64)]
    assert {stream.status for stream in streams} == {200}
    assert Events(server, "viewer").status == 429
    assert Events(server, "engineer").status == 200
    for stream in streams:
        stream.close()
    until(lambda: Events(server, "viewer").status == 200, "streams that were closed do not count")


def test_half_open_and_endless_requests_are_closed(tmp_path):
    repo = repository(tmp_path / "repo")
    with Server(tmp_path / "server", repo, settings={"http": {"idle": 2, "patience": 2}}) as server:
        def connect(data):
            connection = socket.create_connection(("127.0.0.1", server.port))
            connection.sendall(data)
            return connection

        silent = connect(b"")
        head = connect(b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-Slow: ")
        body = connect(b"POST /login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
        unwanted = connect(b"GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nx")
        end = time.monotonic() + 12
        for connection, drip in [(silent, b""), (head, b"a"), (body, b"a"), (unwanted, b"a")]:
            connection.settimeout(0.2)
            while time.monotonic() < end:
                try:
                    if drip:
                        connection.sendall(drip)
                    if connection.recv(65536) == b"":
                        break
                except TimeoutError:
                    continue
                except OSError:
                    break
            else:
                raise AssertionError(f"still open: {drip}")
        large = connect(b"GET /healthz HTTP/1.1\r\nHost: a\r\n" + b"X-Large: " + b"a" * 100_000)
        large.settimeout(10)
        with contextlib.suppress(ConnectionError):
            assert b"400" in large.recv(65536).split(b"\r\n")[0]
        assert server.get("/healthz").status == 200


def test_slow_clients_are_dropped_and_bounded(tmp_path):
    """Clients that request a lot and read nothing."""
    repo = repository(tmp_path / "repo")
    # More keys, so that a response exceeds the kernel's buffers.
    folder = repo / "orgs/initech/keys"
    import base64
    import hashlib
    for part in range(20):
        text = "---\n".join(
            f"apiVersion: wpex.io/v1alpha1\nkind: Key\nmetadata:\n  name: slow-{part}-{number}\nspec:\n  publicKey: "
            + base64.b64encode(hashlib.sha256(f"{part}/{number}".encode()).digest()).decode() + "\n"
            for number in range(50)
        )
        (folder / f"slow-{part}.yaml").write_text(text)
    git("add", "-A", cwd=repo)
    git("commit", "-qm", "Many keys", cwd=repo)
    with Server(tmp_path / "server", repo, settings={"http": {"patience": 2}}) as server:
        request = f"GET /api/v1/keys?limit=500 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token('admin')}\r\n\r\n".encode()
        server.get("/api/v1/keys?limit=500", "admin")
        before = server.memory
        slow = []
        for _ in range(200):
            connection = socket.create_connection(("127.0.0.1", server.port))
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.sendall(request * 8)
            slow.append(connection)
        assert server.get("/healthz").status == 200
        assert server.memory - before < 300 << 20
        gone = 0
        end = time.monotonic() + 20
        while gone < len(slow) and time.monotonic() < end:
            time.sleep(0.5)
            gone = 0
            for connection in slow:
                try:
                    connection.setblocking(False)
                    connection.send(b"x")
                except BlockingIOError:
                    continue
                except OSError:
                    gone += 1
        assert gone == len(slow)
        assert server.get("/api/v1/relays", "admin").status == 200


def test_shutdown_tells_streams(server):
    stream = Events(server, "viewer")
    stream.read(0.5)
    server.stop()
    # Earlier changes may arrive first.
    assert stream.read(2)[-1:] == [("end", {"reason": "shutdown"})]
