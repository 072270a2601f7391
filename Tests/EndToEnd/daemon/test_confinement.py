"""What a relay that an attacker controls can do: nothing but its own work."""

import errno
import json
import os
import pathlib
import subprocess

import pytest

from support.daemon import Daemon
from support.waiting import until

ATTACKER = pathlib.Path(__file__).parents[1] / "support/attacker.c"
REFUSED = {errno.EACCES, errno.EPERM, errno.ENOSYS, errno.EAFNOSUPPORT, errno.EXDEV}


@pytest.fixture(scope="module")
def attacker(tmp_path_factory):
    """A program that takes the relay's place, tries things, and prints what came of each."""
    path = tmp_path_factory.mktemp("attacker") / "wpex-relay"
    subprocess.run(["cc", "-O1", "-Wall", "-Werror", "-o", path, ATTACKER], check=True)
    return path


def results(text):
    """The error of each attempt by its name; 0 if it succeeded."""
    return {name: int(number) for name, number in (line.split() for line in text.splitlines() if line.count(" ") == 1)}


def test_a_relay_reaches_its_own_work_only(attacker, tmp_path):
    identity = tmp_path / "platform.identity"
    identity.write_text("AGE-SECRET-KEY-…")
    identity.chmod(0o600)
    with Daemon(tmp_path) as daemon:
        # A run of the real relays leaves what there is to steal.
        daemon.start("--status-port", "0")
        daemon.stop()
        own = daemon.state / "local/relays/eu-south/nordsud-acme/milan-1"
        other = daemon.state / "local/relays/eu-south/nordsud-acme/milan-guests"
        victims = {
            "identity": identity, "audit": daemon.state / "audit.sqlite", "token": other / "token", "bundle": other / "bundle.age",
            "records": daemon.state / "local/processes", "accepted": daemon.state / "accepted.json", "shadow": "/etc/shadow", "passwd": "/etc/passwd",
        }
        assert all(pathlib.Path(path).exists() for path in victims.values())
        place = pathlib.Path(f"{own}/victims")
        place.write_text("".join(f"{name} {path}\n" for name, path in victims.items()))
        (own / "relay.log").unlink()
        daemon.start("--status-port", "0", "--relay", attacker, wait=False)
        until(lambda: "done 0" in (own / "relay.log").read_text() if (own / "relay.log").exists() else False, "it has tried everything", daemon.log)
        tried = results((own / "relay.log").read_text().split("done 0")[0])
        daemon.stop()

        # Control: without the confinement, the same program and user can do all of it.
        free = subprocess.run([attacker], cwd=own, capture_output=True, text=True, timeout=20).stdout
        unconfined = results(free)
    allowed = {name for name, number in tried.items() if number == 0}
    assert allowed == {"own-read", "own-write", "own-socket", "udp", "statistics", "self-signal"}, json.dumps(tried, indent=1)
    assert {number for name, number in tried.items() if name not in allowed} <= REFUSED, json.dumps(tried, indent=1)
    could = {name for name, number in unconfined.items() if number == 0}
    expected = {f"read-{name}" for name in victims} | {"write-audit", "link", "symlink", "fifo", "signal", "connect", "listen", "execute", "netlink", "io-uring"}
    if os.geteuid() == 0:
        expected |= {"capability", "mount-namespace", "ptrace"}
    assert expected - could <= {"io-uring", "ptrace"}, (expected - could, unconfined)
