"""Values that are hidden as fields are also hidden in texts: log lines, file excerpts, messages and commits."""

import json
import time

import pytest

from support.git import git
from support.repository import repository
from support.server import Server
from support.up import Up
from support.viewers import FOREIGN, OWN, token, user
from support.waiting import until

SUBJECT = "subject-of-somebody"


@pytest.fixture(scope="module")
def faulty(tmp_path_factory):
    """A repository whose newest commit has errors in every kind of file."""
    folder = tmp_path_factory.mktemp("faulty")
    repo = repository(folder / "repo")
    (repo / f"orgs/{OWN}/users/auditor.yaml").write_text(user("auditor", "auditor", "active", "auditor"))
    (repo / f"orgs/{OWN}/users/clerk.yaml").write_text(user("clerk", "clerk", "active", "clerk"))
    for name, permissions in [("auditor", "[relays:read, audit:read]"), ("clerk", "[relays:read, keys:read]")]:
        (repo / f"roles/{name}.yaml").write_text(
            f"apiVersion: wpex.io/v1alpha1\nkind: Role\nmetadata:\n  name: {name}\nspec:\n  scope: org\n  permissions: {permissions}\n")
    git("add", "-A", cwd=repo)
    git("commit", "-qm", "An auditor and a clerk", cwd=repo)
    with Server(folder / "server", repo) as server:
        def replace(path, old, new):
            text = (repo / path).read_text()
            assert old in text
            (repo / path).write_text(text.replace(old, new))

        replace(f"orgs/{OWN}/users/giulia-rossi.yaml", "https://login.acme.example", SUBJECT)
        key = repo / f"orgs/{OWN}/keys/bad.yaml"
        key.write_text(
            "apiVersion: wpex.io/v1alpha1\nkind: Key\nmetadata:\n  name: bad\nspec:\n  publicKey: short\n  site:\n"
            "    subnet: 10.77.0.0/99\n    publicIp: 198.51.100.78\n")
        replace(f"orgs/{OWN}/relays/milan-1.yaml", "bandwidthMbps: 1000", "bandwidthMbps: none")
        replace(f"orgs/{FOREIGN}/organization.yaml", "drift@globex.example", "no-address-of-the-noc")
        git("add", "-A", cwd=repo)
        git("commit", "-qm", "Peer at 198.51.100.79 moved to 2001:db8::79", cwd=repo)
        until(lambda: len(server.get("/api/v1/sync", "admin").json["diagnostics"]) >= 4, "errors are shown", server.log)
        yield server


def test_files_are_shown_to_who_may_see_their_fields(faulty):
    secrets = {
        "keys": ["10.77.0.0", "198.51.100.78"], "users": [SUBJECT], "contacts": ["no-address-of-the-noc"],
        "commit": ["198.51.100.79", "2001:db8::79"],
    }
    # Viewers of each; a relay's own lines are visible to all who see relays.
    seen = {
        "admin": {"keys", "users", "contacts", "commit"}, "engineer": {"keys", "users"},
        "viewer": {"keys", "users"}, "executive": {"contacts"}, "watcher": set(), "auditor": set(),
        "clerk": {"keys"},
    }
    for who, kinds in seen.items():
        sync = faulty.get("/api/v1/sync", who).json
        text = json.dumps([sync, faulty.get("/api/v1/sync/commits", who).json, faulty.get(f"/api/v1/orgs/{OWN}", who).json])
        for kind, words in secrets.items():
            for word in words:
                assert (word in text) == (kind in kinds), (who, word)
        assert "bandwidthMbps: none" in text, who
        assert sync["diagnosticsTotal"] == len(sync["diagnostics"]) >= 3
        for diagnostic in sync["diagnostics"]:
            assert diagnostic["code"] and diagnostic["line"] >= 1 and diagnostic["message"]


@pytest.mark.parametrize("query", ["198.51.100.79", "10.77.0.0", SUBJECT])
def test_what_is_not_seen_is_not_found(faulty, query):
    for path in ["/api/v1/keys", "/api/v1/relays", "/api/v1/users", "/api/v1/alerts", "/api/v1/orgs"]:
        assert faulty.get(f"{path}?q={query}", "executive").json["total"] == 0


def test_a_log_has_no_addresses_of_peers(tmp_path):
    up = Up(tmp_path, prepare=lambda repo: (repo / "users/exec.yaml").write_text(user("exec", "executive", "active", "executive")))
    try:
        up.login()
        until(lambda: up.get("/api/v1/relays/acme/milan-1").json["freshness"] == "live", "statistics are read", up.log)
        log = next(path for path in (tmp_path / "state").rglob("relay.log") if path.parent.name == "milan-1")
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
        with open(log, "a") as file:
            file.write(f"{stamp} level=info event=peer_moved key=headquarters from=127.9.1.1:51820 to=[2001:db8::77]:51821\n")
            file.write(f"{stamp} level=warning event=handshake_refused reason=none peer=::ffff:192.0.2.77\n")

        def lines(bearer):
            return [line["text"] for line in up.get("/api/v1/relays/acme/milan-1", bearer).json["log"]["lines"]]

        until(lambda: any("127.9.1.1" in line for line in lines(None)), "the log is read", up.log)
        text = "\n".join(lines(token("executive")))
        assert "event=peer_moved key=headquarters from=… to=[…]:51821" in text and "peer=…" in text
        for word in ["127.9.1.1", "2001:db8", "192.0.2.77"]:
            assert word not in text
    finally:
        up.stop()
