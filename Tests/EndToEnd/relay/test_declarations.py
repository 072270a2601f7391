"""Declared files: pushes, serials that only grow, signatures, and whom a relay believes."""

import base64
import json
import os

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from support.declarations import Exchange, declaration, digest_of
from support.relay import Relay
from support.waiting import until
from support.wireguard import Key, Peer, connect, introduce

TOKEN = "0123456789abcdef0123456789abcdef"


def files(*keys):
    listed = [{"name": f"key-{index}", "publicKey": key.text} for index, key in enumerate(keys)]
    return {"config.json": json.dumps({"token": TOKEN, "keys": listed}).encode()}


class Volume:
    """A folder whose files are replaced at once, as the kubelet does."""

    def __init__(self, folder):
        self.folder, self.version = folder, 0
        self.path = str(folder / "config.json")

    def write(self, declared, content):
        self.version += 1
        version = self.folder / f"version-{self.version}"
        version.mkdir()
        for name, data in content.items():
            (version / name).write_bytes(data)
        if declared:
            (version / "declaration.json").write_bytes(declared)
        (self.folder / "new").symlink_to(version.name)
        os.replace(self.folder / "new", self.folder / "..data")
        for name in ["config.json", "declaration.json"]:
            if not (self.folder / name).is_symlink():
                (self.folder / name).symlink_to(f"..data/{name}")
        return declared


@pytest.fixture
def volume(tmp_path):
    (tmp_path / "volume").mkdir()
    return Volume(tmp_path / "volume")


def keys_of(relay):
    return json.loads(relay.get("/api/v1/config"))["keys"]


def test_a_relay_never_goes_back_to_older_files(volume, tmp_path):
    a, b, c = Key(), Key(), Key()
    exchange = Exchange(TOKEN)
    first = volume.write(declaration(5, files(a, b, c)), files(a, b, c))
    with Relay("--config", volume.path, state=str(tmp_path / "state")) as relay:
        answer = exchange.ask(relay)
        assert (answer["inForce"]["serial"], answer["inForce"]["digest"]) == (5, digest_of(first))
        assert answer["refusal"] is None and keys_of(relay) == 3
        alice, bob = Peer(relay.address, a), Peer(relay.address, b)
        introduce(alice, bob)
        ours, _ = connect(alice, bob)

        # A push takes effect at once: when its answer is there, the revoked key's session is not.
        second = declaration(6, files(a, c))
        status, answer = exchange.push(relay, second, files(a, c))
        assert (status, answer["inForce"]["serial"], answer["inForce"]["digest"]) == (200, 6, digest_of(second))
        alice.send(ours.seal(b"late"))
        assert bob.receive(0.5, kind=4) is None
        assert keys_of(relay) == 2 and json.loads(relay.get("/api/v1/config"))["declaration"]["serial"] == 6

        # Repeated, it changes nothing; older and contradicting ones are refused, with what is in force.
        assert exchange.push(relay, second, files(a, c))[1]["inForce"] == answer["inForce"]
        for stale, content in [(first, files(a, b, c)), (declaration(6, files(a, b)), files(a, b))]:
            status, late = exchange.push(relay, stale, content)
            assert status == 200 and late["inForce"] == answer["inForce"] and "serial" in late["refusal"]
            # A late push is not a fault of the relay.
            assert relay.count("reload_failed") == (0 if stale == first else 1)

        # The volume is still the old one, for a reload and for the next process.
        assert relay.post("/api/v1/config/reload", {}, TOKEN)[0] == 200
        assert keys_of(relay) == 2
        relay.stop()
        relay.start()
        assert keys_of(relay) == 2 and exchange.ask(relay)["inForce"]["serial"] == 6
        reloads = relay.count("reloaded")
        volume.write(declaration(4, files(a, b)), files(a, b))
        until(lambda: relay.count("reloaded") > reloads, "it reads the volume")
        assert keys_of(relay) == 2

        # A newer volume counts; files without a declaration do not any more.
        volume.write(declaration(7, files(a)), files(a))
        until(lambda: keys_of(relay) == 1, "the volume is in force", timeout=5)
        (volume.folder / "declaration.json").unlink()
        volume.write(None, files(a, b, c))
        until(lambda: "is gone" in (exchange.ask(relay)["refusal"] or ""), "it says what is wrong", timeout=5)
        assert keys_of(relay) == 1
        assert TOKEN not in "".join(relay.lines) + relay.get("/api/v1/config")


def test_files_that_do_not_match_their_declaration_change_nothing(volume):
    a, b = Key(), Key()
    volume.write(declaration(5, files(a)), files(a))
    with Relay("--config", volume.path) as relay:
        volume.write(declaration(6, files(a)), files(a, b))
        until(lambda: relay.count("reload_failed"), "it says what is wrong", timeout=8)
        assert keys_of(relay) == 1
        exchange = Exchange(TOKEN)
        assert "config.json is not the file" in exchange.ask(relay)["refusal"]
        status, reason = exchange.push(relay, declaration(8, files(a)), files(a, b))
        assert status == 422 and "config.json" in reason
        # A file that this process does not read is not in force.
        more = {**files(a, b), "bundle.age": b"x"}
        status, answer = exchange.push(relay, declaration(8, more), more)
        assert status == 200 and answer["inForce"]["serial"] == 5 and "restart it" in answer["refusal"]
        volume.write(declaration(9, files(a, b)), files(a, b))
        until(lambda: keys_of(relay) == 2, "the files match again", timeout=5)
        assert exchange.ask(relay)["refusal"] is None


def test_only_the_token_brings_files(volume):
    a, b = Key(), Key()
    volume.write(declaration(5, files(a)), files(a))
    exchange, liar = Exchange(TOKEN), Exchange("f" * 32)
    with Relay("--config", volume.path) as relay:
        assert liar.push(relay, declaration(9, files(b)), files(b))[0] == 401
        # Whoever has seen a request can repeat its header, but cannot write a body, or an answer.
        salt, body = exchange.request(declaration(6, files(a, b)), files(a, b))
        seal = exchange.seal_header(salt)
        assert liar.post(relay, *liar.request(declaration(9, files(b)), files(b)), seal=seal)[0] == 401
        for index in [0, 20, len(body) - 1]:
            altered = bytearray(body)
            altered[index] ^= 1
            assert exchange.post(relay, salt, bytes(altered), seal=seal)[0] == 401
        assert keys_of(relay) == 1
        # Large bodies are read only from those who know the token.
        assert exchange.post(relay, salt, bytes(100_000), seal=base64.b64encode(bytes(48)).decode())[0] == 413
        assert exchange.post(relay, salt, bytes(1_000_000), seal=seal)[0] == 401
        large = files(a, *[Key() for _ in range(2_000)])
        assert exchange.push(relay, declaration(7, large), large)[1]["inForce"]["serial"] == 7
        until(lambda: keys_of(relay) == 2_001, "the report is new")
        assert relay.ask("/api/v1/declaration").status == 405
    with Relay("--open") as relay:
        assert exchange.push(relay, declaration(5, files(a)), files(a))[0] == 403


def test_a_verifier_wants_signatures(volume, tmp_path):
    a, b = Key(), Key()
    signer, stranger = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    verifier = tmp_path / "verifier"
    verifier.write_text("# the platform\n" + base64.b64encode(signer.public_key().public_bytes_raw()).decode() + "\n")
    volume.write(declaration(5, files(a), signer=signer), files(a))
    exchange = Exchange(TOKEN)
    with Relay("--config", volume.path, "--verifier", str(verifier)) as relay:
        assert exchange.ask(relay)["inForce"]["serial"] == 5
        for forged in [declaration(6, files(a, b)), declaration(6, files(a, b), signer=stranger)]:
            assert "has signed" in exchange.push(relay, forged, files(a, b))[1]["refusal"]
        failures = relay.count("reload_failed")
        volume.write(declaration(6, files(a, b), signer=stranger), files(a, b))
        until(lambda: relay.count("reload_failed") > failures, "it says what is wrong", timeout=5)
        assert keys_of(relay) == 1
        status, answer = exchange.push(relay, declaration(6, files(a, b), signer=signer), files(a, b))
        assert answer["inForce"]["serial"] == 6
        until(lambda: keys_of(relay) == 2, "the report is new")
