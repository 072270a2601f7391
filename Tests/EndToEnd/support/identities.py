"""Identities of age, as docs/bundles.md derives those of sample-repo."""

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def bech32(prefix, data):
    """BIP 173, as age writes its identities."""
    letters = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
    number = int.from_bytes(data, "big") << (-len(data) * 8 % 5)
    count = (len(data) * 8 + 4) // 5
    values = [number >> 5 * (count - 1 - i) & 31 for i in range(count)]

    def polymod(items):
        check = 1
        for item in items:
            top = check >> 25
            check = (check & 0x1FFFFFF) << 5 ^ item
            for i, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
                check ^= generator if top >> i & 1 else 0
        return check

    expanded = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    check = polymod(expanded + values + [0] * 6) ^ 1
    return prefix + "1" + "".join(letters[v] for v in values + [check >> 5 * (5 - i) & 31 for i in range(6)])


def demonstration_identity(name):
    """The published identity of sample-repo's organization, as docs/bundles.md derives it."""
    secret = HKDF(hashes.SHA256(), 32, salt=None, info=name.encode()).derive(b"wpex demonstration identity v1")
    return bech32("age-secret-key-", secret).upper()


def demonstration_signer():
    """The key with which sample-repo's platform signs what relays use, as daemons derive it from its published identity."""
    secret = HKDF(hashes.SHA256(), 32, salt=None, info=b"platform").derive(b"wpex demonstration identity v1")
    return Ed25519PrivateKey.from_private_bytes(HKDF(hashes.SHA256(), 32, salt=None, info=b"wpex declaration key v1").derive(secret))
