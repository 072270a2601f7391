"""An independent WireGuard peer, written from the paper with hashlib and the cryptography package.

It shares no code with the relay, so that both cannot be wrong in the same way.
"""

import hashlib
import hmac
import os
import socket
import struct
import time

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

CONSTRUCTION = b"Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s"
IDENTIFIER = b"WireGuard v1 zx2c4 Jason@zx2c4.com"


def blake2s(data):
    return hashlib.blake2s(data).digest()


def mac(key, data):
    return hashlib.blake2s(data, key=key, digest_size=16).digest()


def kdf(count, key, data):
    secret = hmac.new(key, data, hashlib.blake2s).digest()
    outputs, previous = [], b""
    for index in range(1, count + 1):
        previous = hmac.new(secret, previous + bytes([index]), hashlib.blake2s).digest()
        outputs.append(previous)
    return outputs


def nonce(counter):
    return b"\0\0\0\0" + struct.pack("<Q", counter)


def hchacha20(key, data):
    def rotate(value, bits):
        return ((value << bits) | (value >> (32 - bits))) & 0xFFFFFFFF

    state = list(struct.unpack("<4I", b"expand 32-byte k")) + list(struct.unpack("<8I", key)) + list(struct.unpack("<4I", data))

    def quarter(a, b, c, d):
        for first, second, third, bits in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            state[first] = (state[first] + state[second]) & 0xFFFFFFFF
            state[third] = rotate(state[third] ^ state[first], bits)

    for _ in range(10):
        quarter(0, 4, 8, 12), quarter(1, 5, 9, 13), quarter(2, 6, 10, 14), quarter(3, 7, 11, 15)
        quarter(0, 5, 10, 15), quarter(1, 6, 11, 12), quarter(2, 7, 8, 13), quarter(3, 4, 9, 14)
    return struct.pack("<8I", *(state[:4] + state[12:]))


class Key:
    def __init__(self):
        self.private = X25519PrivateKey.generate()
        self.public = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    @property
    def text(self):
        import base64

        return base64.b64encode(self.public).decode()

    @property
    def private_text(self):
        import base64

        raw = self.private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
        return base64.b64encode(raw).decode()


def dh(private, public):
    return private.exchange(X25519PublicKey.from_public_bytes(public))


def initiation_fields(sender, body=None):
    """An initiation with meaningless encrypted fields, enough for receivers that cannot open it."""
    return struct.pack("<II", 1, sender) + (body or os.urandom(108))


def with_macs(message, receiver_public, cookie=None):
    mac1 = mac(blake2s(b"mac1----" + receiver_public), message)
    message += mac1
    return message + (mac(cookie, message) if cookie else bytes(16))


def junk_initiation(receiver_public, sender=None, cookie=None):
    return with_macs(initiation_fields(sender if sender is not None else struct.unpack("<I", os.urandom(4))[0]), receiver_public, cookie)


def forged_response(initiator_public, sender, receiver):
    return with_macs(struct.pack("<III", 2, sender, receiver) + os.urandom(48), initiator_public)


def transport(receiver, counter, payload=None):
    return struct.pack("<IIQ", 4, receiver, counter) + (payload or os.urandom(16))


class Session:
    def __init__(self, own_index, other_index, sending, receiving):
        self.own_index, self.other_index = own_index, other_index
        self.sending, self.receiving = ChaCha20Poly1305(sending), ChaCha20Poly1305(receiving)
        self.counter = 0

    def seal(self, plaintext, counter=None):
        if counter is None:
            counter = self.counter
            self.counter += 1
        return struct.pack("<IIQ", 4, self.other_index, counter) + self.sending.encrypt(nonce(counter), plaintext, b"")

    def open(self, datagram):
        kind, index, counter = struct.unpack("<IIQ", datagram[:16])
        assert kind == 4 and index == self.own_index, (kind, index, self.own_index)
        return self.receiving.decrypt(nonce(counter), datagram[16:], b"")


class Peer:
    """A peer with its own UDP socket, which knows only the relay's address."""

    def __init__(self, relay, key=None, bind=None, ahead=0):
        """`ahead`: error of its clock in seconds."""
        self.key = key or Key()
        self.ahead = ahead
        self.relay = relay
        family = socket.AF_INET6 if ":" in relay[0] else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.bind(bind or (("::1", 0) if family == socket.AF_INET6 else ("127.0.0.1", 0)))
        self.socket.settimeout(2)
        self.cookie = None

    def close(self):
        self.socket.close()

    @property
    def address(self):
        return self.socket.getsockname()[:2]

    def move(self):
        """Changes to another port, as after a NAT rebinding."""
        old = self.socket
        self.socket = socket.socket(old.family, socket.SOCK_DGRAM)
        self.socket.bind((old.getsockname()[0], 0))
        self.socket.settimeout(2)
        return old

    def send(self, datagram):
        self.socket.sendto(datagram, self.relay)

    def receive(self, timeout=2.0, kind=None):
        """Returns the next datagram (of a kind), or None at the timeout."""
        deadline = time.monotonic() + timeout
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            self.socket.settimeout(left)
            try:
                datagram = self.socket.recv(65535)
            except TimeoutError:
                return None
            if kind is None or datagram[:4] == struct.pack("<I", kind):
                return datagram

    def drain(self, timeout=0.2):
        datagrams = []
        while (datagram := self.receive(timeout)) is not None:
            datagrams.append(datagram)
        return datagrams

    # Section 5.4.2.
    def initiation(self, responder_public, index=None):
        self.index = index if index is not None else struct.unpack("<I", os.urandom(4))[0]
        self.ephemeral = Key()
        chain = blake2s(CONSTRUCTION)
        digest = blake2s(blake2s(chain + IDENTIFIER) + responder_public)
        (chain,) = kdf(1, chain, self.ephemeral.public)
        digest = blake2s(digest + self.ephemeral.public)
        chain, key = kdf(2, chain, dh(self.ephemeral.private, responder_public))
        static = ChaCha20Poly1305(key).encrypt(nonce(0), self.key.public, digest)
        digest = blake2s(digest + static)
        chain, key = kdf(2, chain, dh(self.key.private, responder_public))
        now = time.time() + self.ahead
        stamp = struct.pack(">QI", 0x400000000000000A + int(now), int(now % 1 * 1e9))
        sealed = ChaCha20Poly1305(key).encrypt(nonce(0), stamp, digest)
        digest = blake2s(digest + sealed)
        self.chain, self.digest = chain, digest
        fields = struct.pack("<II", 1, self.index) + self.ephemeral.public + static + sealed
        message = with_macs(fields, responder_public, self.cookie)
        self.last_mac1 = message[116:132]
        return message

    # Section 5.4.3, as responder: (response, session, initiator's public key).
    def respond(self, initiation):
        sender = struct.unpack("<I", initiation[4:8])[0]
        assert initiation[116:132] == mac(blake2s(b"mac1----" + self.key.public), initiation[:116])
        ephemeral_public, static, sealed = initiation[8:40], initiation[40:88], initiation[88:116]
        chain = blake2s(CONSTRUCTION)
        digest = blake2s(blake2s(chain + IDENTIFIER) + self.key.public)
        (chain,) = kdf(1, chain, ephemeral_public)
        digest = blake2s(digest + ephemeral_public)
        chain, key = kdf(2, chain, dh(self.key.private, ephemeral_public))
        initiator = ChaCha20Poly1305(key).decrypt(nonce(0), static, digest)
        digest = blake2s(digest + static)
        chain, key = kdf(2, chain, dh(self.key.private, initiator))
        ChaCha20Poly1305(key).decrypt(nonce(0), sealed, digest)
        digest = blake2s(digest + sealed)
        own = Key()
        index = struct.unpack("<I", os.urandom(4))[0]
        (chain,) = kdf(1, chain, own.public)
        digest = blake2s(digest + own.public)
        (chain,) = kdf(1, chain, dh(own.private, ephemeral_public))
        (chain,) = kdf(1, chain, dh(own.private, initiator))
        chain, tau, key = kdf(3, chain, bytes(32))
        digest = blake2s(digest + tau)
        empty = ChaCha20Poly1305(key).encrypt(nonce(0), b"", digest)
        response = with_macs(struct.pack("<III", 2, index, sender) + own.public + empty, initiator)
        receiving, sending = kdf(2, chain, b"")
        return response, Session(index, sender, sending, receiving), initiator

    def accept(self, response):
        """As initiator: returns the session of a response; raises if the expected peer did not make it."""
        sender, receiver = struct.unpack("<II", response[4:12])
        assert receiver == self.index
        assert response[60:76] == mac(blake2s(b"mac1----" + self.key.public), response[:60])
        ephemeral_public, empty = response[12:44], response[44:60]
        (chain,) = kdf(1, self.chain, ephemeral_public)
        digest = blake2s(self.digest + ephemeral_public)
        (chain,) = kdf(1, chain, dh(self.ephemeral.private, ephemeral_public))
        (chain,) = kdf(1, chain, dh(self.key.private, ephemeral_public))
        chain, tau, key = kdf(3, chain, bytes(32))
        digest = blake2s(digest + tau)
        ChaCha20Poly1305(key).decrypt(nonce(0), empty, digest)
        sending, receiving = kdf(2, chain, b"")
        return Session(self.index, sender, sending, receiving)

    # Section 5.4.7.
    def take_cookie(self, reply, responder_public):
        kind, receiver = struct.unpack("<II", reply[:8])
        assert kind == 3 and receiver == self.index
        key = hchacha20(blake2s(b"cookie--" + responder_public), reply[8:24])
        self.cookie = ChaCha20Poly1305(key).decrypt(b"\0\0\0\0" + reply[24:32], reply[32:64], self.last_mac1)

    def knock(self, responder_public):
        """Sends an initiation, and again with mac2 if the relay asks for it; its address is then known."""
        self.send(self.initiation(responder_public))
        reply = self.receive(kind=3)
        if reply is not None:
            self.take_cookie(reply, responder_public)
            self.send(self.initiation(responder_public))
        self.cookie = None


def introduce(*peers):
    """Makes all addresses known to the relay, without any session."""
    for peer, other in zip(peers, peers[1:] + peers[:1]):
        peer.knock(other.key.public)
    for peer in peers:
        peer.drain(0.05)


def connect(initiator, responder):
    """Makes a handshake through the relay; returns both ends' sessions after one packet each way."""
    for _ in range(3):
        initiator.send(initiator.initiation(responder.key.public))
        for _ in range(20):
            if (cookie := initiator.receive(0.05, kind=3)) is not None:
                initiator.take_cookie(cookie, responder.key.public)
                initiator.send(initiator.initiation(responder.key.public))
                initiator.cookie = None
            received = responder.receive(0.2, kind=1)
            if received is None or received[116:132] != mac(blake2s(b"mac1----" + responder.key.public), received[:116]):
                continue
            if struct.unpack("<I", received[4:8])[0] != initiator.index:
                continue
            response, theirs, public = responder.respond(received)
            assert public == initiator.key.public
            responder.send(response)
            answer = initiator.receive(1, kind=2)
            assert answer is not None, "the response did not come"
            ours = initiator.accept(answer)
            initiator.send(ours.seal(b"hello"))
            while (datagram := responder.receive(1, kind=4)) is not None:
                if struct.unpack("<I", datagram[4:8])[0] == theirs.own_index:
                    assert theirs.open(datagram) == b"hello"
                    break
            else:
                raise AssertionError("the first packet did not come")
            responder.send(theirs.seal(b"welcome"))
            datagram = initiator.receive(1, kind=4)
            assert datagram is not None, "the first packet back did not come"
            assert ours.open(datagram) == b"welcome"
            return ours, theirs
    raise AssertionError("no handshake came through")
