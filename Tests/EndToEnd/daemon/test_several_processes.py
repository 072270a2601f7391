"""A relay with several replicas on one machine: its processes are one relay."""

import json
import os
import re
import signal
import socket

import pytest

from support import wireguard
from support.answers import ask
from support.daemon import Daemon
from support.process import command_line
from support.program import wpex
from support.waiting import until

PORT = 30101
FIRST, SECOND, THIRD = (f"127.0.{number}.2:{PORT}" for number in range(3))
RELAY = "orgs/acme/relays/milan-1.yaml"


@pytest.fixture
def keys():
    return [wireguard.Key(), wireguard.Key()]


@pytest.fixture
def daemon(tmp_path, keys):
    with Daemon(tmp_path) as running:
        for number, key in enumerate(keys):
            (running.repo / f"orgs/acme/keys/crane-{number}.yaml").write_text(
                f"apiVersion: wpex.io/v1alpha1\nkind: Key\nmetadata:\n  name: crane-{number}\n"
                f"  labels: {{ network: warehouses }}\nspec:\n  publicKey: {key.text}\n"
            )
        yield running


def scale(daemon, replicas):
    path = daemon.repo / RELAY
    text = re.sub(r"\n  replicas: \d+", "", path.read_text())
    path.write_text(text.replace(f"\n  port: {PORT}", f"\n  port: {PORT}\n  replicas: {replicas}"))


def processes(daemon):
    """The relay's process numbers by their endpoints."""
    return {place: pid for place, pid in daemon.children().items() if re.fullmatch(rf"127\.0\.\d+\.2:{PORT}", place)}


def detail(daemon):
    relay = daemon.relays()["acme/milan-1"]
    return f"{relay['status']}: {relay['detail']}"


def is_ready(daemon, count):
    return detail(daemon).startswith(f"current: {count} of {count} processes ready" if count > 1 else "current: running")


def peer(place, key):
    host, port = place.split(":")
    return wireguard.Peer((host, int(port)), key)


class Tunnel:
    """A session of two peers, each at a process of the relay. It makes one handshake and no other."""

    def __init__(self, keys, *places):
        self.peers = [peer(place, key) for place, key in zip(places, keys)]
        wireguard.introduce(*self.peers)
        self.sessions = wireguard.connect(*self.peers)

    def move(self, number, place):
        host, port = place.split(":")
        self.peers[number].relay = (host, int(port))

    def talks(self):
        """Whether data passes both ways."""
        for sender, receiver in ((0, 1), (1, 0)):
            self.peers[sender].send(self.sessions[sender].seal(b"data"))
            datagram = self.peers[receiver].receive(0.5, kind=4)
            if datagram is None or self.sessions[receiver].open(datagram) != b"data":
                return False
        return True


def test_a_session_outlives_a_process(daemon, keys):
    scale(daemon, 2)
    daemon.start()
    daemon.until(lambda: is_ready(daemon, 2), "both processes are ready")
    before = processes(daemon)
    assert set(before) == {FIRST, SECOND}
    tunnel = Tunnel(keys, FIRST, SECOND)
    assert tunnel.talks()
    os.kill(before[SECOND], signal.SIGKILL)
    tunnel.move(1, FIRST)
    until(tunnel.talks, "the session goes on at the other process", timeout=10)
    daemon.until(lambda: processes(daemon).get(SECOND, before[SECOND]) != before[SECOND], "the process comes back")
    daemon.until(lambda: is_ready(daemon, 2) and "after 1 restart" in detail(daemon), "it is ready")
    assert processes(daemon)[FIRST] == before[FIRST]
    tunnel.move(1, SECOND)
    until(tunnel.talks, "the session is known there", timeout=10)
    tunnel.move(0, SECOND)
    until(tunnel.talks, "both peers are at one process", timeout=10)


def test_processes_are_added_restarted_and_removed(daemon, keys):
    daemon.start()
    folder = daemon.state / "local/relays/eu-south/nordsud-acme/milan-1"
    alone = processes(daemon)
    assert set(alone) == {FIRST} and is_ready(daemon, 1)
    assert b"--cluster" not in command_line(alone[FIRST]) and not (folder / "cluster.key").exists()
    tunnel = Tunnel(keys, FIRST, FIRST)
    scale(daemon, 3)
    daemon.until(lambda: is_ready(daemon, 3), "three processes are ready")
    three = processes(daemon)
    assert set(three) == {FIRST, SECOND, THIRD}
    tunnel.move(0, SECOND)
    tunnel.move(1, THIRD)
    until(tunnel.talks, "the session is known everywhere", timeout=10)
    # The key is where only the daemon's user can read it, and nowhere else.
    key = (folder / "cluster.key").read_text().strip()
    assert oct((folder / "cluster.key").stat().st_mode)[-3:] == "600" and len(key) == 44
    for pid in three.values():
        assert key.encode() not in b" ".join(command_line(pid))
    for name in ("relay.log", "relay-1.log", "relay-2.log"):
        until(lambda name=name: (folder / name).read_text().count("member_joined") >= 2, f"{name}: it has met both", timeout=10)
        assert key not in (folder / name).read_text(), name
    assert key not in daemon.lines
    # A process that is removed is missed by none; those that stay are not restarted.
    tunnel.move(1, FIRST)
    assert tunnel.talks()
    scale(daemon, 2)
    daemon.until(lambda: is_ready(daemon, 2), "two processes are ready")
    daemon.until(lambda: processes(daemon) == {place: three[place] for place in (FIRST, SECOND)}, "two are left")
    assert not (folder / "state-2").exists() and (folder / "relay-2.log").exists()
    assert tunnel.talks()
    # Restarted on demand: one after the other, so that one of them always has the session.
    daemon.edit(RELAY, "  state: running", "  state: running\n  restartedAt: 2026-07-01T10:00:00Z")
    daemon.until(lambda: not set(processes(daemon).values()) & set(three.values()), "both are restarted")
    daemon.until(lambda: is_ready(daemon, 2), "both are ready")
    until(tunnel.talks, "the session goes on", timeout=10)
    assert (folder / "cluster.key").read_text().strip() == key
    assert "2 of 2 processes ready, at 127.0.0.2 and 127.0.1.2" in wpex("status", "--relays", "--state", daemon.state).stdout
    # One process is a relay of its own again.
    tunnel.move(0, FIRST)
    until(tunnel.talks, "both are at the first process", timeout=10)
    scale(daemon, 1)
    daemon.until(
        lambda: set(processes(daemon)) == {FIRST} and b"--cluster" not in command_line(processes(daemon)[FIRST]), "one process is left")
    daemon.until(lambda: is_ready(daemon, 1), "it is ready")
    until(tunnel.talks, "the session goes on", timeout=10)


def test_the_daemon_is_restarted_with_its_processes(daemon, keys):
    scale(daemon, 2)
    daemon.start()
    daemon.until(lambda: is_ready(daemon, 2), "both processes are ready")
    tunnel = Tunnel(keys, FIRST, SECOND)

    def cluster_ports():
        lines = [command_line(pid) for pid in processes(daemon).values()]
        return {line[line.index(b"--cluster") + 1].rsplit(b":", 1)[1] for line in lines}

    ports = cluster_ports()
    assert len(ports) == 1
    daemon.stop()
    assert processes(daemon) == {}
    daemon.start()
    daemon.until(lambda: is_ready(daemon, 2), "both processes are ready")
    until(tunnel.talks, "the session goes on", timeout=10)
    assert cluster_ports() == ports, "the port is kept"


def test_a_process_that_cannot_start_is_reported(daemon):
    scale(daemon, 2)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.1.2", PORT))
        daemon.start(wait=False)
        daemon.until(lambda: "1 of 2 processes ready" in detail(daemon) and "Address already in use" in detail(daemon), "the reason is shown")
        assert detail(daemon).startswith("failed: ") and "127.0.1.2: " in detail(daemon) and "relay-1.log" in detail(daemon)
    daemon.until(lambda: is_ready(daemon, 2), "it has its port", timeout=40)


def test_the_pages_show_every_process(daemon, keys):
    scale(daemon, 2)
    daemon.start()
    daemon.until(lambda: is_ready(daemon, 2), "both processes are ready")
    url, bearer = json.loads((daemon.state / "status-address").read_text())["address"].split("/login#token=")

    def relay():
        return ask(f"{url}/api/v1/relays/acme/milan-1", bearer=bearer).json

    def names():
        return {f"process {pid}" for pid in processes(daemon).values()}

    daemon.until(lambda: {instance["name"] for instance in relay()["instances"] if instance["ready"]} == names(), "both are there")
    assert relay()["status"] == "current" and relay()["detail"] == "2 of 2 processes running."
    os.kill(processes(daemon)[SECOND], signal.SIGKILL)
    daemon.until(
        lambda: {instance["name"] for instance in relay()["instances"] if instance["ready"]} == names()
        and relay()["detail"] == "2 of 2 processes running. Restarted 1 time.", "the new process is there")


def test_measurements_run_at_a_process_that_answers(daemon):
    scale(daemon, 2)
    daemon.start()
    daemon.until(lambda: is_ready(daemon, 2), "both processes are ready")
    first = processes(daemon)[FIRST]
    os.kill(first, signal.SIGSTOP)
    try:
        answer = wpex("diag", "traceroute", "acme/milan-1", "127.0.0.1", "--state", daemon.state, check=False)
        assert answer.returncode == 0, answer.stderr
    finally:
        os.kill(first, signal.SIGCONT)


def test_two_regions_are_one_relay(daemon, keys):
    path = daemon.repo / RELAY
    text = path.read_text()
    before = f"\n  region: eu-south\n  port: {PORT}\n"
    assert before in text
    path.write_text(
        text.replace(before, "\n  regions: [eu-south, eu-north]\n  port: 30150\n  clusterPort: 30190\n")
    )
    daemon.start()
    south, north = "127.0.0.2:30150", "127.0.0.1:30150"
    daemon.until(lambda: {south, north} <= set(daemon.children()), "each region has a process")
    daemon.until(lambda: is_ready(daemon, 1), "they are ready")
    folders = [
        daemon.state / f"local/relays/{region}/nordsud-acme/milan-1/cluster.key" for region in ("eu-south", "eu-north")
    ]
    assert folders[0].read_text() == folders[1].read_text()
    tunnel = Tunnel(keys, south, north)
    until(tunnel.talks, "a tunnel crosses regions", timeout=10)
    os.kill(daemon.children()[north], signal.SIGKILL)
    tunnel.move(1, south)
    until(tunnel.talks, "the session goes on in the other region", timeout=10)
