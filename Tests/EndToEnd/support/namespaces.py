"""Hosts in network namespaces, with Debian's wireguard-go, iperf3, nftables and tcpdump."""

import itertools
import os
import subprocess
import tempfile
import time

from support.waiting import until
from support.wireguard import Key

_numbers = itertools.count(1)


def run(*command, check=True, timeout=60, **options):
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout, **options)
    assert not check or result.returncode == 0, f"{' '.join(command)}: {result.stdout}"
    return result.stdout


class Host:
    """A network namespace; everything started in it ends with it."""

    def __init__(self, label):
        self.name = f"wx{os.getpid() % 10000}{label}"
        run("ip", "netns", "add", self.name)
        self.processes = []
        self.run("ip", "link", "set", "lo", "up")

    def run(self, *command, **options):
        return run("ip", "netns", "exec", self.name, *command, **options)

    def start(self, *command, **options):
        process = subprocess.Popen(["ip", "netns", "exec", self.name, *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
        self.processes.append(process)
        return process

    def address(self, interface, *addresses):
        for address in addresses:
            self.run("ip", "address", "add", address, "dev", interface, *(["nodad"] if ":" in address else []))
        self.run("ip", "link", "set", interface, "up")

    def close(self):
        for process in self.processes:
            process.kill()
            process.wait()
        run("ip", "netns", "delete", self.name, check=False)


class Network:
    """A relay's host with a bridge, and hosts on it."""

    def __init__(self):
        self.hosts = []
        self.relay_host = self.host("r")
        self.relay_host.run("ip", "link", "add", "br0", "type", "bridge")
        self.relay_host.address("br0", "10.99.0.1/16", "fd99::1/64")
        # The relay pings only itself in these tests; any user may.
        self.relay_host.run("sysctl", "-qw", "net.ipv4.ping_group_range=0 2147483647")

    def host(self, label):
        host = Host(label)
        self.hosts.append(host)
        return host

    def attach(self, host, *addresses):
        """Gives a host an interface eth0 on the bridge."""
        number = next(_numbers)
        outer, inner = f"v{number}o", f"v{number}i"
        self.connect(self.relay_host, outer, host, inner)
        host.run("ip", "link", "set", inner, "name", "eth0")
        host.address("eth0", *addresses)
        self.relay_host.run("ip", "link", "set", outer, "master", "br0", "up")
        return outer

    def connect(self, first, first_name, second, second_name):
        run("ip", "link", "add", first_name, "netns", first.name, "type", "veth", "peer", "name", second_name, "netns", second.name)

    def close(self):
        for host in reversed(self.hosts):
            host.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class WireGuard:
    """A wireguard-go interface on a host."""

    def __init__(self, host, address, endpoint, key=None):
        self.host, self.address, self.endpoint = host, address, endpoint
        self.key = key or Key()
        self.interface = f"wx{os.getpid() % 10000}g{next(_numbers)}"
        host.start("wireguard-go", "--foreground", self.interface, env={**os.environ, "LOG_LEVEL": "error"})
        until(lambda: os.path.exists(f"/var/run/wireguard/{self.interface}.sock"), f"{self.interface} is there")
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(self.key.private_text)
            file.flush()
            host.run("wg", "set", self.interface, "private-key", file.name)
        host.address(self.interface, f"{address}/24" if "." in address else f"{address}/64")

    def add(self, other, keepalive=1):
        width = "/32" if "." in other.address else "/128"
        self.host.run(
            "wg", "set", self.interface, "peer", other.key.text, "endpoint", self.endpoint, "allowed-ips", other.address + width,
            "persistent-keepalive", str(keepalive),
        )

    def ping(self, other, count=3, interval=0.2, patience=30):
        """Waits for the tunnel, then returns how many of `count` pings were answered."""
        command = ["ping", "-q", "-i", str(interval), "-W", "1", "-c"]
        deadline = time.monotonic() + patience
        while " 0% packet loss" not in self.host.run(*command, "1", other.address, check=False):
            assert time.monotonic() < deadline, "the tunnel does not come up"
        out = self.host.run(*command, str(count), other.address, check=False)
        return int(out.split(" received")[0].split()[-1])

    @property
    def handshake(self):
        return int(self.host.run("wg", "show", self.interface, "latest-handshakes").split()[-1])

    def handshake_with(self, other):
        """When it last shook hands with one of several peers, in seconds of the epoch."""
        lines = self.host.run("wg", "show", self.interface, "latest-handshakes").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(other.key.text))


def link(*peers):
    for peer in peers:
        for other in peers:
            if other is not peer:
                peer.add(other)
