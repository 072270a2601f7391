"""What the daemon gives a relay's process: declared files, sealed with the relay's token."""

import base64
import hashlib
import hmac
import http.client
import json
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

CHUNK = 65536


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def declaration(serial, files, org="acme", relay="edge", signer=None):
    """The content of declaration.json for files (name to bytes)."""
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    members = {"version": 1, "org": org, "relay": relay, "serial": serial, "files": digests}
    if signer:
        signature = signer.sign(b"wpex relay declaration v1\n" + canonical(members))
        members["signature"] = base64.b64encode(signature).decode()
    return canonical(members)


def digest_of(content):
    members = json.loads(content)
    members.pop("signature", None)
    return hashlib.sha256(canonical(members)).hexdigest()


def derive(secret, salt, info):
    return HKDF(SHA256(), 32, salt, info).derive(secret)


class Exchange:
    """Seals requests for a relay, and opens its answers."""

    def __init__(self, token):
        self.token = token.encode()

    def key(self, purpose):
        return derive(self.token, None, b"wpex sealed message v1 " + purpose.encode())

    def seal_header(self, salt):
        return base64.b64encode(salt + hmac.digest(self.key("admission to a relay"), salt, "sha256")).decode()

    def seal(self, message, purpose, salt):
        cipher = ChaCha20Poly1305(derive(self.key(purpose), salt, b"payload"))
        chunks = [message[start:start + CHUNK] for start in range(0, max(1, len(message)), CHUNK)]
        sealed = b""
        for index, chunk in enumerate(chunks):
            sealed += cipher.encrypt(index.to_bytes(11, "big") + bytes([index == len(chunks) - 1]), chunk, None)
        return salt + sealed

    def open(self, sealed, purpose):
        cipher = ChaCha20Poly1305(derive(self.key(purpose), sealed[:16], b"payload"))
        return cipher.decrypt(bytes(11) + b"\1", sealed[16:], None)

    def request(self, declared=None, files=None):
        salt = os.urandom(16)
        content = {}
        if declared:
            encoded = {name: base64.b64encode(content).decode() for name, content in files.items()}
            content = {"declaration": json.loads(declared), "files": encoded}
        return salt, self.seal(canonical(content), "declaration for a relay", salt)

    def post(self, relay, salt, body, seal=None):
        """Returns the status, and the opened answer or the body; the answer is None if its sender lacks the token."""
        connection = http.client.HTTPConnection(*relay.web, timeout=10)
        connection.request("POST", "/api/v1/declaration", body, {"X-Relay-Seal": seal or self.seal_header(salt)})
        response = connection.getresponse()
        content = response.read()
        if response.status != 200:
            return response.status, content.decode()
        purpose = "answer " + base64.b64encode(salt).decode().rstrip("=")
        try:
            return 200, json.loads(self.open(content, purpose))
        except InvalidTag:
            return 200, None

    def push(self, relay, declared, files):
        return self.post(relay, *self.request(declared, files))

    def ask(self, relay):
        status, answer = self.post(relay, *self.request())
        assert status == 200, answer
        return answer
