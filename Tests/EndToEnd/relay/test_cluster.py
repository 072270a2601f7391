"""Several processes as one relay: wireguard-go peers at different members, and a balancer of nftables in front of them."""

import base64
import os
import re
import time

import pytest

from support.balancer import Balancer
from support.namespaces import Network, WireGuard, link
from support.relay import Relay, allow
from support.waiting import until
from support.wireguard import Key

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")

MEMBERS = ["10.99.0.11", "10.99.0.12", "10.99.0.13"]


@pytest.fixture
def network():
    with Network() as network:
        yield network


@pytest.fixture
def cluster_key(tmp_path):
    path = tmp_path / "cluster.key"
    path.write_text(base64.b64encode(os.urandom(32)).decode() + "\n")
    return str(path)


class Cluster:
    """Members on hosts of their own."""

    def __init__(self, network, keys, cluster_key):
        self.network, self.keys, self.cluster_key = network, keys, cluster_key
        self.members = {}

    def add(self, address):
        host = next((host for host in self.network.hosts if host.name.endswith(address.split(".")[-1] + "m")), None)
        if host is None:
            host = self.network.host(address.split(".")[-1] + "m")
            self.network.attach(host, f"{address}/16")
        joins = [word for other in MEMBERS if other != address for word in ("--cluster-join", f"{other}:7000")]
        member = Relay(
            *allow(*self.keys), "--cluster", f"{address}:7000", "--cluster-key", self.cluster_key, *joins,
            namespace=host.name, port=40000,
        )
        self.members[address] = member
        return member

    def wait(self):
        """Waits until every member has its copy and reaches the others."""
        count = len(self.members) - 1
        for address, member in self.members.items():
            until(lambda member=member: member.count("member_joined") >= count, f"{address} reaches the others")
            until(lambda member=member: member.stats["cluster"]["ready"], f"{address} is ready")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for member in self.members.values():
            member.__exit__(None, None, None)


@pytest.fixture
def cluster(network, cluster_key):
    keys = [Key(), Key()]
    with Cluster(network, keys, cluster_key) as cluster:
        for address in MEMBERS:
            cluster.add(address)
        cluster.wait()
        yield cluster


def peers(network, keys, endpoints):
    made = []
    for number, (key, endpoint) in enumerate(zip(keys, endpoints)):
        host = network.host(f"p{number}")
        network.attach(host, f"10.99.1.{number + 1}/16")
        made.append(WireGuard(host, f"10.7.0.{number + 1}", f"{endpoint}:40000", key))
    return made


def test_peers_at_two_members_have_a_tunnel(network, cluster):
    alice, bob = peers(network, cluster.keys, MEMBERS)
    link(alice, bob)
    assert alice.ping(bob, 20) == 20
    assert bob.ping(alice, 20) == 20
    bob.host.start("iperf3", "-s", "-1", "-B", bob.address)
    time.sleep(0.3)
    alice.host.run("iperf3", "-c", bob.address, "-t", "3", "--connect-timeout", "5000", timeout=30)


@pytest.mark.parametrize(("end", "choice"), [("kill", "numgen random"), ("leave", "jhash ip saddr . udp sport")])
def test_a_tunnel_outlives_each_member(network, cluster, choice, end):
    balancer = Balancer(network.relay_host)
    balancer.use(*MEMBERS, choice=choice)
    alice, bob = peers(network, cluster.keys, ["10.99.0.1", "10.99.0.1"])
    link(alice, bob)
    assert alice.ping(bob, 5) == 5
    before = alice.handshake
    for victim in MEMBERS:
        ping = alice.host.start("ping", "-i", "0.1", "-c", "60", "-W", "1", bob.address)
        time.sleep(1)
        member = cluster.members.pop(victim)
        if end == "kill":
            member.process.kill()
        balancer.use(*[other for other in MEMBERS if other != victim], choice=choice)
        balancer.forget(victim)
        member.process.terminate()
        member.process.wait()
        out, _ = ping.communicate(timeout=30)
        answered = [int(number) for number in re.findall(r"icmp_seq=(\d+)", out.decode())]
        gaps = [later - earlier - 1 for earlier, later in zip(answered, answered[1:])]
        print(f"{end} of {victim}: {60 - len(answered)} of 60 lost, the longest gap {max(gaps) * 0.1:.1f} s")
        assert answered[-1] >= 59, out
        # Without the other members' copies, nothing would be answered before a handshake: 15 s later, and 5 s more.
        assert max(gaps) <= 40, "the tunnel goes on without a handshake"
        cluster.add(victim)
        cluster.wait()
        balancer.use(*MEMBERS, choice=choice)
    assert alice.handshake == before, "no handshake was needed"


def test_without_the_key_nothing_is_read(network, cluster, tmp_path):
    stranger = tmp_path / "other.key"
    stranger.write_text(base64.b64encode(os.urandom(32)).decode())
    host = network.host("x")
    network.attach(host, "10.99.0.66/16")
    with Relay(
        *allow(*cluster.keys), "--cluster", "10.99.0.66:7000", "--cluster-key", str(stranger), "--cluster-join", "10.99.0.11:7000",
        namespace=host.name, port=40000,
    ) as other:
        member = cluster.members[MEMBERS[0]]
        until(lambda: "wpex_relay_cluster_refused_total 0" not in member.get("/metrics"), "its messages are refused")
        time.sleep(1)
        assert other.count("member_joined") == 0
        assert member.count("member_joined") == 2
