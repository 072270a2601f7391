"""Relays of `wpex up` that peers on other hosts reach."""

import os
import re

import pytest

from support.daemon import Daemon
from support.namespaces import Network, WireGuard, link
from support.program import wpex
from support.waiting import until
from support.wireguard import Key

PORT = 30101
RELAY = "orgs/acme/relays/milan-1.yaml"


def sockets(host):
    """Local addresses of UDP sockets at the relay's port."""
    return {line.split()[3].rsplit(":", 1)[0] for line in host.run("ss", "-Huln", f"sport = :{PORT}").splitlines()}


@pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")
def test_peers_on_other_hosts_have_a_tunnel(tmp_path):
    keys = [Key(), Key()]
    with Network() as network, Daemon(tmp_path) as daemon:
        for number, key in enumerate(keys):
            (daemon.repo / f"orgs/acme/keys/crane-{number}.yaml").write_text(
                f"apiVersion: wpex.io/v1alpha1\nkind: Key\nmetadata:\n  name: crane-{number}\n"
                f"  labels: {{ network: warehouses }}\nspec:\n  publicKey: {key.text}\n"
            )
        host = network.relay_host
        daemon.start("--region", "eu-south", "--bind", "any", namespace=host.name, wait=False)
        daemon.until(lambda: daemon.relays()["acme/milan-1"]["status"] == "current", "the relay runs")
        assert set(daemon.status["regions"]) == {"eu-south"}
        assert sockets(host) == {"0.0.0.0", "[::]"}
        peers = []
        for number, (key, endpoint) in enumerate(zip(keys, ("10.99.0.1", "[fd99::1]"))):
            site = network.host(f"p{number}")
            network.attach(site, f"10.99.1.{number + 1}/16", f"fd99::1:{number + 1}/64")
            peers.append(WireGuard(site, f"10.7.0.{number + 1}", f"{endpoint}:{PORT}", key))
        link(*peers)
        assert peers[0].ping(peers[1], 5) == 5

        # A second process would need an address of its own. The first one goes on.
        path = daemon.repo / RELAY
        path.write_text(path.read_text().replace(f"\n  port: {PORT}", f"\n  port: {PORT}\n  replicas: 2"))
        daemon.until(lambda: "this machine's addresses are for one" in daemon.lines, "two processes are refused")
        assert peers[0].ping(peers[1], 5) == 5
        path.write_text(path.read_text().replace("\n  replicas: 2", ""))
        daemon.stop()

        # The same state goes on at one address.
        daemon.start("--region", "eu-south", "--bind", "10.99.0.1", namespace=host.name, wait=False)
        until(lambda: sockets(host) == {"10.99.0.1"}, "the relay listens at the address", daemon.log)


def test_what_is_no_address_is_refused(tmp_path):
    result = wpex("up", "--repo", str(tmp_path), "--bind", "eth0", check=False)
    assert result.returncode == 2 and re.search(r"--bind.*must be an address of this machine, `any` or `loopback`", result.stderr, re.DOTALL)
