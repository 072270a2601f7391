"""A peer's uplink with everything that can happen on it, and WireGuard tunnels over it, with or without a relay."""

import asyncio
import base64
import contextlib
import ctypes
import os
import random
import socket
import time

from support.wireguard import Key

_libc = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000


def enter(path):
    with open(path) as file:
        if _libc.setns(file.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"setns {path}")


def inside(host, function):
    """Calls `function` in a host's network namespace; sockets stay where they were created."""
    with open("/proc/thread-self/ns/net") as home:
        enter(f"/run/netns/{host.name}")
        try:
            return function()
        finally:
            assert _libc.setns(home.fileno(), CLONE_NEWNET) == 0


def udp(host, address, port=0):
    def make():
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.bind((address, port))
        made.setblocking(False)
        return made

    return inside(host, make)


def receive_all(sock):
    while True:
        try:
            yield sock.recvfrom(65535)
        except (BlockingIOError, ConnectionRefusedError):
            return


class Uplink:
    """A NAT whose inner side is on its host's loopback. Its outer side is on one network at a time, at its own port.

    Outgoing packets can be held, duplicated or reordered, and all that have left are kept. Packets to a network that
    the peer is not on are lost.
    """

    def __init__(self, host, addresses, target):
        self.host, self.addresses, self.target = host, addresses, target
        self.inner = udp(host, "127.0.0.1")
        self.peer = None
        self.outer = {}
        self.is_down = False
        self.held = None
        self.sent = []
        self.mixing = in_order
        self.seen = asyncio.Event()
        asyncio.get_running_loop().add_reader(self.inner, self.leave)
        self.move(0)

    @property
    def inner_address(self):
        return self.inner.getsockname()

    @property
    def outer_address(self):
        return self.current.getsockname()

    def move(self, network, is_new=False):
        """Moves to a network: at the previous port there, or at a new one."""
        if is_new and network in self.outer:
            self.close(self.outer.pop(network))
        if network not in self.outer:
            made = self.outer[network] = udp(self.host, self.addresses[network])
            asyncio.get_running_loop().add_reader(made, self.arrive, made)
        self.current = self.outer[network]
        self.seen = asyncio.Event()

    def leave(self):
        for datagram, peer in receive_all(self.inner):
            self.peer = peer
            if self.is_down:
                continue
            if self.held is not None:
                self.held.append(datagram)
                continue
            self.mixing(self.send, datagram)

    def send(self, datagram, over=None):
        self.sent.append(datagram)
        self.seen.set()
        with contextlib.suppress(OSError):
            (over or self.current).sendto(datagram, self.target)

    def arrive(self, sock):
        for datagram, _ in receive_all(sock):
            if sock is self.current and not self.is_down and self.peer:
                self.mixing(lambda datagram: self.inner.sendto(datagram, self.peer), datagram)

    def hold(self):
        self.held = []

    def let_go(self):
        """Stops holding packets, and returns those that were held."""
        held, self.held = self.held, None
        return held

    async def send_late(self, datagrams, network, pause=0.02):
        """Sends packets from a network that the peer left long ago."""
        for datagram in datagrams:
            self.send(datagram, over=self.outer[network])
            await asyncio.sleep(pause)

    @staticmethod
    def close(sock):
        asyncio.get_running_loop().remove_reader(sock)
        sock.close()


def in_order(pass_on, datagram):
    pass_on(datagram)


def doubled(pass_on, datagram):
    """Duplicates every packet."""
    pass_on(datagram)
    pass_on(datagram)


def disordered(pass_on, datagram):
    """Reorders packets."""
    asyncio.get_running_loop().call_later(random.random() * 0.08, pass_on, datagram)


class End:
    """An end of a tunnel: wireguard-go, and sockets in the tunnel that send and answer."""

    _number = 0

    def __init__(self, host, address, interface_prefix):
        End._number += 1
        self.host, self.address, self.key = host, address, Key()
        self.interface = f"{interface_prefix}e{End._number}"
        self.endpoint = None
        self.keepalive = 0
        self.start()

    def start(self):
        self.process = self.host.start(
            "wireguard-go", "--foreground", self.interface, env={**os.environ, "LOG_LEVEL": "error", "GOMAXPROCS": "1"}
        )

    async def open(self):
        await until(lambda: os.path.exists(self.control), f"{self.interface} is there")
        self.set(f"private_key={self.private}\nlisten_port=0\n")
        self.host.run("ip", "-batch", "-", input=f"address add {self.address}/24 dev {self.interface}\nlink set {self.interface} up\n")
        # It opens its socket a moment later.
        await until(lambda: self.port != 0, f"{self.interface} has a port")
        self.echo = udp(self.host, self.address, 7)
        asyncio.get_running_loop().add_reader(self.echo, self.answer)

    @property
    def control(self):
        return f"/var/run/wireguard/{self.interface}.sock"

    @property
    def private(self):
        return base64.b64decode(self.key.private_text).hex()

    def set(self, text):
        """https://www.wireguard.com/xplatform/"""
        with socket.socket(socket.AF_UNIX) as control:
            control.connect(self.control)
            control.sendall(f"set=1\n{text}\n".encode())
            answer = control.recv(1024)
            assert answer.startswith(b"errno=0"), (text, answer)

    @property
    def port(self):
        with socket.socket(socket.AF_UNIX) as control:
            control.connect(self.control)
            control.sendall(b"get=1\n\n")
            text = b""
            while b"errno=" not in text:
                text += control.recv(65536)
        return int(next(line for line in text.decode().split("\n") if line.startswith("listen_port=")).split("=")[1])

    def add(self, other, keepalive):
        host, port = self.endpoint
        self.set(
            f"public_key={other.key.public.hex()}\nendpoint={host}:{port}\nreplace_allowed_ips=true\n"
            f"allowed_ip={other.address}/32\npersistent_keepalive_interval={keepalive}\n"
        )

    def remove(self, other):
        self.set(f"public_key={other.key.public.hex()}\nremove=true\n")

    def answer(self):
        for datagram, source in receive_all(self.echo):
            with contextlib.suppress(OSError):
                self.echo.sendto(datagram, source)

    async def ask(self, other, seconds, size=36, stop=None):
        """Sends ten times per second; returns the times of answers, between the first and the last moment."""
        loop = asyncio.get_running_loop()
        moments = [time.monotonic()]
        asker = udp(self.host, self.address)

        def note():
            moments.extend(time.monotonic() for _ in receive_all(asker))

        loop.add_reader(asker, note)
        try:
            deadline = moments[0] + seconds
            while time.monotonic() < deadline and not (stop and stop(len(moments) - 1)):
                with contextlib.suppress(OSError):
                    asker.sendto(bytes(size), (other.address, 7))
                await asyncio.sleep(0.1)
            return moments + [time.monotonic()]
        finally:
            Uplink.close(asker)

    async def reach(self, other, patience=40):
        """Sends until three answers have arrived."""
        moments = await self.ask(other, patience, stop=lambda answers: answers >= 3)
        assert len(moments) >= 5, f"{self.address} does not reach {other.address}"


async def until(condition, what, patience=20):
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, what
        await asyncio.sleep(0.05)


def silence(moments, since=0):
    """The longest time without an answer, in seconds."""
    moments = [since] + [moment for moment in moments if moment > since] if since else moments
    return max(later - earlier for earlier, later in zip(moments, moments[1:]))


class Pair:
    """A peer that is disturbed, and another one; with a relay between them, or without."""

    def __init__(self, number, mover_host, other_host, relay, prefix):
        self.is_direct = relay is None
        self.relay = relay
        self.mover = End(mover_host, f"172.20.{number}.1", prefix)
        self.other = End(other_host, f"172.20.{number}.2", prefix)
        self.addresses = [f"10.99.10.{number}", f"10.99.20.{number}", f"10.99.30.{number}"]

    async def open(self):
        for end, addresses in ((self.mover, self.addresses[:2]), (self.other, self.addresses[2:])):
            end.host.run("ip", "-batch", "-", input="".join(f"address add {address}/16 dev eth0\n" for address in addresses))
            await end.open()
        target = (self.addresses[2], self.other.port) if self.is_direct else self.relay
        self.uplink = Uplink(self.mover.host, self.addresses[:2], target)
        self.mover.endpoint = self.uplink.inner_address
        self.other.endpoint = self.uplink.outer_address if self.is_direct else self.relay
        self.mover.add(self.other, 25), self.other.add(self.mover, 25)
        await asyncio.gather(self.mover.reach(self.other), self.other.reach(self.mover))

    async def begin(self, role, keepalive=25):
        """Starts a new session on the first network, with this role for the peer that moves."""
        self.uplink.mixing = in_order
        self.uplink.is_down = False
        self.uplink.move(0)
        await asyncio.gather(self.mover.reach(self.other), self.other.reach(self.mover))
        if self.is_direct:
            self.other.endpoint = self.uplink.outer_address
        ends = (self.mover, self.other) if role == "initiator" else (self.other, self.mover)
        self.mover.remove(self.other), self.other.remove(self.mover)
        self.uplink.sent.clear()
        ends[1].add(ends[0], 0)
        ends[0].add(ends[1], keepalive)
        await ends[0].reach(ends[1])
        ends[1].add(ends[0], keepalive)
        await ends[1].reach(ends[0])

    async def both_ask(self, seconds):
        answers = await asyncio.gather(self.mover.ask(self.other, seconds), self.other.ask(self.mover, seconds))
        return max(map(silence, answers))
