"""Relays that go on while the daemon restarts, and while programs are upgraded."""

import os
import shutil
import signal

import pytest

from support.daemon import Daemon
from support.namespaces import Network, WireGuard, link
from support.process import command_line, processes
from support.program import WPEX_RELAY, wpex
from support.sample import edit
from support.traffic import Traffic
from support.waiting import until
from support.wireguard import Key

PORT = 30101
RELAY = "acme/milan-1"


def relays(daemon, port=PORT):
    """Processes of this daemon's relays at a port."""
    found = []
    for pid in processes():
        arguments = command_line(pid)
        if b"--port" in arguments and str(daemon.state).encode() in b" ".join(arguments) and arguments[arguments.index(b"--port") + 1] == str(port).encode():
            found.append(pid)
    return found


@pytest.fixture
def world(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("network namespaces need root")
    keys = [Key(), Key()]
    with Network() as network, Daemon(tmp_path) as daemon:
        for number, key in enumerate(keys):
            (daemon.repo / f"orgs/acme/keys/crane-{number}.yaml").write_text(
                f"apiVersion: wpex.io/v1alpha1\nkind: Key\nmetadata:\n  name: crane-{number}\n"
                f"  labels: {{ network: warehouses }}\nspec:\n  publicKey: {key.text}\n")
        program = tmp_path / "programs/wpex-relay"
        program.parent.mkdir()
        shutil.copy2(WPEX_RELAY, program)

        def start():
            count = daemon.lines.count("watching ") if daemon.log.exists() else 0
            daemon.start(
                "--region", "eu-south", "--bind", "any", "--keep-relays", "--relay", program, "--status-port", "0",
                namespace=network.relay_host.name, wait=False)
            daemon.until(lambda: daemon.lines.count("watching ") > count, "the daemon starts")

        def settled():
            """This run of the daemon knows the relay, and finds it ready."""
            daemon.until(lambda: f"{RELAY} current" in daemon.lines.split("watching ")[-1], "the relay is current")

        start()
        daemon.until(lambda: daemon.relays().get(RELAY, {}).get("status") == "current", "the relay runs")
        peers = []
        for number, key in enumerate(keys):
            site = network.host(f"p{number}")
            network.attach(site, f"10.99.1.{number + 1}/16")
            peers.append(WireGuard(site, f"10.7.0.{number + 1}", f"10.99.0.1:{PORT}", key))
        link(*peers)
        assert peers[0].ping(peers[1], 3) == 3
        yield daemon, program, start, settled, peers
        daemon.stop()
        wpex("sync", "end-relays", "--state", daemon.state)


def test_no_packet_is_lost(world):
    daemon, program, start, settled, peers = world
    (first,) = relays(daemon)
    traffic = Traffic(*peers)
    # `systemctl restart`, and a daemon that is killed.
    for number in (signal.SIGTERM, signal.SIGKILL):
        daemon.stop(number)
        assert relays(daemon) == [first], "the relay goes on without the daemon"
        start()
        settled()
        assert relays(daemon) == [first], "the daemon takes it back"

    # An upgrade replaces the program's file, and the package restarts the daemon.
    newer = program.with_suffix(".new")
    shutil.copy2(WPEX_RELAY, newer)
    newer.rename(program)
    daemon.stop()
    start()
    until(lambda: len(found := relays(daemon)) == 1 and found != [first], "another process has taken over", daemon.log)
    settled()
    sent, lost = traffic.stop()
    print(f"two restarts and an upgrade: {lost} of {sent} packets lost")
    # The peers themselves drop a packet now and then on a machine that is busy.
    assert sent > 10 and lost <= sent / 50, f"{lost} of {sent} packets lost"
    log = next(daemon.state.rglob("milan-1/relay.log")).read_text()
    assert "event=handed_over" in log and "event=state_restored sessions=1" in log, log

    # What ends is started again, also if another run had started it.
    daemon.stop()
    start()
    settled()
    (second,) = relays(daemon)
    os.kill(second, signal.SIGKILL)
    until(lambda: relays(daemon) not in ([second], []), "it is started again", daemon.log)
    assert peers[0].ping(peers[1], 3) == 3


def test_a_program_that_cannot_start_takes_nothing_away(world):
    daemon, program, start, settled, peers = world
    (first,) = relays(daemon)
    daemon.stop()
    broken = program.with_suffix(".new")
    broken.write_text("#!/nonexistent\n")
    broken.chmod(0o755)
    broken.rename(program)
    start()
    settled()
    daemon.until(lambda: "its successor cannot start" in daemon.relays()[RELAY]["detail"], "the status says so")
    assert relays(daemon) == [first]
    assert peers[0].ping(peers[1], 3) == 3
    # It is tried again and again.
    shutil.copy2(WPEX_RELAY, broken)
    broken.rename(program)
    until(lambda: len(found := relays(daemon)) == 1 and found != [first], "the successor has taken over", daemon.log)
    assert peers[0].ping(peers[1], 3) == 3


def test_what_is_not_declared_any_more_ends(world):
    """Also what a run has left that knew it."""
    daemon, _, start, settled, _ = world
    assert len(relays(daemon, 30102)) == 1
    daemon.stop()
    (daemon.repo / "orgs/acme/relays/milan-guests.yaml").unlink()
    start()
    until(lambda: relays(daemon, 30102) == [], "the relay ends", daemon.log)
    assert len(relays(daemon)) == 1
    result = wpex("sync", "end-relays", "--state", daemon.state, check=False)
    assert result.returncode == 3 and "another wpex runs" in result.stderr, result.stderr
    daemon.stop()
    assert "ended 2 processes" in wpex("sync", "end-relays", "--state", daemon.state).stderr
    assert relays(daemon) == []


def test_without_the_flag_they_end(tmp_path):
    """Relays that an earlier run left are taken over by children, which end with this run."""
    with Daemon(tmp_path) as daemon:
        daemon.start("--status-port", "0", "--keep-relays")
        before = daemon.children()
        daemon.stop()
        assert daemon.children() == before
        daemon.start("--status-port", "0")
        until(lambda: len(after := daemon.children()) == len(before) and not set(after.values()) & set(before.values()), "others run", daemon.log)
        daemon.stop(signal.SIGKILL)
        until(lambda: daemon.children() == {}, "they end with the daemon", daemon.log)


def test_what_a_later_run_does_not_serve_ends(tmp_path):
    """Nothing would take a revoked key away from a relay that goes on in a region that no run serves."""
    with Daemon(tmp_path) as daemon:
        path = daemon.repo / "orgs/acme/relays/milan-1.yaml"
        edit(daemon.repo, "orgs/acme/relays/milan-1.yaml", "spec:\n", "spec:\n  replicas: 3\n")

        def of(region, relay=""):
            mine = [command_line(pid) for pid in processes()]
            return sum(f"{daemon.state}/local/relays/{region}/".encode() in b" ".join(line) and f"/{relay}".encode() in b" ".join(line) for line in mine)

        daemon.start("--keep-relays", "--status-port", "0")
        daemon.until(lambda: of("eu-south", "milan-1/") == 3 and of("eu-north") > 0, "both regions run")
        daemon.stop()
        assert of("eu-north") > 0
        path.write_text(path.read_text().replace("replicas: 3", "replicas: 2"))
        daemon.start("--keep-relays", "--status-port", "0", "--region", "eu-south", wait=False)
        until(lambda: of("eu-north") == 0, "relays of the other region end", daemon.log)
        until(lambda: of("eu-south", "milan-1/") == 2, "the third process ends", daemon.log)
        daemon.stop()
        wpex("sync", "end-relays", "--state", daemon.state)
