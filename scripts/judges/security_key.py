#!/usr/bin/env python3
"""Signs a file for Git as a security key does (OpenSSH's PROTOCOL.u2f and PROTOCOL.sshsig), with a fixed key of its own.

    security_key.py PAYLOAD FLAGS OUT      writes OUT.pub, a public key, and OUT.sig, an armored signature
"""
import base64
import hashlib
import pathlib
import struct
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def string(data):
    return struct.pack(">I", len(data)) + data


payload, flags, out = pathlib.Path(sys.argv[1]).read_bytes(), int(sys.argv[2]), sys.argv[3]
algorithm, application = b"sk-ssh-ed25519@openssh.com", b"ssh:"
key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"a security key of the tests").digest())
blob = string(algorithm) + string(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)) + string(application)
signed = b"SSHSIG" + string(b"git") + string(b"") + string(b"sha512") + string(hashlib.sha512(payload).digest())
tail = struct.pack(">BI", flags, 7)
made = key.sign(hashlib.sha256(application).digest() + tail + hashlib.sha256(signed).digest())
signature = b"SSHSIG" + struct.pack(">I", 1) + string(blob) + string(b"git") + string(b"") + string(b"sha512")
signature += string(string(algorithm) + string(made) + tail)
text = base64.b64encode(signature).decode()
lines = [text[start:start + 70] for start in range(0, len(text), 70)]
pathlib.Path(out + ".pub").write_text(f"{algorithm.decode()} {base64.b64encode(blob).decode()} key\n")
pathlib.Path(out + ".sig").write_text("\n".join(["-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----"]) + "\n")
