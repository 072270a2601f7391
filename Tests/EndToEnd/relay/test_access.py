"""Who may speak with whom: from rules in a repository to packets that a relay forwards."""

import base64
import os
import re

import yaml

from support.identities import demonstration_identity
from support.program import wpex
from support.relay import Relay
from support.sample import copy_sample, edit
from support.waiting import until
from support.wireguard import Key, Peer, connect, introduce

RELAY = "orgs/acme/relays/milan-1.yaml"
RULES = "  access:\n    - between: [{ matchLabels: { network: core } }, {}]\n  probes:\n"


def render(repository, out, home):
    """Writes the relay's files as they are on its volume."""
    wpex("render", "--repo", str(repository), "--demonstration", "--out", str(out))
    for path in out.rglob("relay-milan-1.yaml"):
        for document in yaml.safe_load_all(path.read_text()):
            if document["kind"] == "Secret":
                for name, data in document["data"].items():
                    temporary = home / f"{name}.new"
                    temporary.write_bytes(base64.b64decode(data))
                    os.replace(temporary, home / name)
                return
    raise AssertionError("no Secret of the relay was rendered")


def speak(one, other):
    """Whether a handshake and data pass."""
    try:
        connect(one, other)
    except AssertionError:
        return False
    return True


def test_rules_of_a_repository_decide_who_speaks(tmp_path):
    repository = copy_sample(tmp_path / "repository")
    keys = {name: Key() for name in ["headquarters", "warehouse-rome", "warehouse-bari"]}
    for path in (repository / "orgs/acme/keys").glob("*.yaml"):
        text = path.read_text()
        for name, key in keys.items():
            text = re.sub(rf"(name: {name}\n(?:.*\n)*?  publicKey: )\S+", rf"\g<1>{key.text}", text)
        path.write_text(text)
    edit(repository, RELAY, "  probes:\n", RULES)
    home = tmp_path / "home"
    home.mkdir()
    render(repository, tmp_path / "first", home)
    identity = home / "identity.txt"
    identity.write_text(demonstration_identity("acme") + "\n")
    arguments = ["--config", str(home / "config.json"), "--bundle", str(home / "bundle.age"), "--identity", str(identity)]
    with Relay(*arguments) as relay:
        hub, rome, bari = (Peer(relay.address, key) for key in keys.values())
        introduce(hub, rome, bari)
        ours, theirs = connect(hub, rome)
        assert relay.drops("not_permitted") == 0
        assert speak(bari, hub)
        # Both are known by now, so the relay asks nobody.
        assert not speak(rome, bari)
        assert relay.drops("not_permitted") > 0
        assert speak(rome, hub)

        # The rule goes, and its sessions go with it.
        hub.send(ours.seal(b"before"))
        assert rome.receive(1, kind=4) is not None
        edit(repository, RELAY, RULES, RULES.replace("network: core", "network: guests"))
        tests = "    mustConnect:\n      - [headquarters, warehouse-rome]\n      - [datacentre, truck-pool]\n"
        edit(repository, RELAY, tests, "")
        render(repository, tmp_path / "second", home)
        until(lambda: relay.count("pairs_separated"), "the relay has the new rules", timeout=5)
        hub.send(ours.seal(b"after"))
        assert rome.receive(0.5, kind=4) is None
        assert not speak(hub, rome)
