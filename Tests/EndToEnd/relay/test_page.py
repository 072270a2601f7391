"""The commands of docs/relay.md do what the page says."""

import os
import re
import subprocess

import pytest

from support.namespaces import Network, WireGuard, link
from support.program import ROOT, WPEX_RELAY
from support.relay import Relay, allow
from support.wireguard import Key

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")

PAGE = (ROOT / "docs/relay.md").read_text()


def block(beginning):
    """The page's only code block whose first line begins with a text."""
    (found,) = [text for text in re.findall(r"```\w*\n(.*?)```", PAGE, re.DOTALL) if text.startswith(beginning)]
    return found


@pytest.fixture
def network():
    with Network() as network:
        yield network


def two_peers(network, keys, endpoint="10.99.0.1:40000"):
    made = []
    for number, key in enumerate(keys):
        host = network.host(f"p{number}")
        network.attach(host, f"10.99.1.{number + 1}/16")
        made.append(WireGuard(host, f"10.7.0.{number + 1}", endpoint, key))
    return made


def test_a_tunnel_in_three_lines(network, tmp_path):
    made = two_peers(network, [Key(), Key()], endpoint=None)
    for name in ("a", "b"):
        key = subprocess.run(["wg", "genkey"], capture_output=True, text=True, check=True).stdout
        (tmp_path / f"{name}.key").write_text(key)
    places = dict(zip(("the relay", "site a", "site b"), (network.relay_host, *(peer.host for peer in made))))
    for (line, place), peer in zip(re.findall(r"(.*\S) +# (.*)", block("wpex-relay --port 40000 --allow")), [None, *made], strict=True):
        line = line.replace("wpex-relay", WPEX_RELAY).replace("relay.example.org", "10.99.0.1")
        if peer is None:
            places[place].start("sh", "-c", f"exec {line}", cwd=tmp_path)
        else:
            # The page's addresses are those of the peers.
            line = line.replace("wg0", peer.interface).replace("10.0.0.", "10.7.0.")
            assert places[place] is peer.host
            peer.host.run("sh", "-c", line, cwd=tmp_path)
    assert made[0].ping(made[1]) == made[1].ping(made[0]) == 3


def test_the_firewall_lets_peers_in(network):
    keys = [Key(), Key()]
    with Relay(*allow(*keys), namespace=network.relay_host.name, port=40000):
        host = network.relay_host
        host.run("nft", "add table inet filter; add chain inet filter input { type filter hook input priority 0; policy drop; }; "
                 "add rule inet filter input iif lo accept")
        made = two_peers(network, keys)
        link(*made)
        assert " 0 received" in made[0].host.run("ping", "-c", "10", "-i", "0.2", "-W", "1", "-q", made[1].address, check=False)
        host.run("sh", "-c", block("nft add rule inet filter input udp"))
        assert made[0].ping(made[1]) == 3


def entries(host):
    """Connection tracking entries of a host for the relay's port."""
    return sum("port=40000" in line for line in host.run("conntrack", "-L", "-p", "udp").split("\n"))


def test_a_port_that_is_not_tracked_leaves_no_entry(network):
    keys = [Key(), Key()]
    with Relay(*allow(*keys), namespace=network.relay_host.name, port=40000):
        host = network.relay_host
        # Any rule on connection state makes the host track all connections.
        host.run("nft", "add table inet state; add chain inet state in { type filter hook input priority 0; }; "
                 "add rule inet state in ct state invalid drop")
        made = two_peers(network, keys)
        link(*made)
        assert made[0].ping(made[1]) == 3
        assert entries(host) == 2
        host.run("sh", "-ec", block("nft add table inet relay"))
        host.run("conntrack", "-F")
        assert made[0].ping(made[1]) == made[1].ping(made[0]) == 3
        assert entries(host) == 0


def test_a_tunnel_needs_no_smaller_packets_than_without_the_relay(network):
    """1,420 bytes fit a path of 1,500, and 1,412 one of 1,492, as PPPoE has."""
    keys = [Key(), Key()]
    with Relay(*allow(*keys), namespace=network.relay_host.name, port=40000):
        made = two_peers(network, keys)
        link(*made)
        made[0].ping(made[1])
        for path, tunnel, words in ((1500, 1420, "1,420 fits a path of 1,500 bytes"), (1492, 1412, "1,412 if one side is behind PPPoE")):
            assert words in PAGE
            for peer in made:
                peer.host.run("ip", "link", "set", "eth0", "mtu", str(path))
                peer.host.run("ip", "link", "set", peer.interface, "mtu", str(tunnel))
            out = made[0].host.run("ping", "-M", "do", "-s", str(tunnel - 28), "-c", "3", "-i", "0.2", "-W", "1", "-q", made[1].address, check=False)
            assert " 3 received" in out, (path, tunnel, out)
