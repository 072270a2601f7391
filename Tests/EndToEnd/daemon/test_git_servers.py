"""Following real Git servers: `git http-backend` behind TLS and basic authentication, and sshd with keys."""

import os
import re
import shutil
import subprocess

import pytest

from support.follower import once, rendered
from support.git import commit as commit_all, git
from support.git_servers import TOKEN, HTTPSServer, SSHServer, make_work, push_all
from support.program import WPEX, wpex
from support.sample import edit, give_key
from support.ssh import make_key, public_key
from support.state import State
from support.waiting import until


@pytest.fixture
def work(tmp_path):
    return make_work(tmp_path)


def test_https_with_a_token(work):
    server = HTTPSServer(work)
    token = work / "token"
    token.write_text(TOKEN + "\n")
    trusted = {"WPEX_REPOSITORY_CERTIFICATES_FILE": work / "server.crt", "WPEX_REPOSITORY_USERNAME": "wpex"}
    try:
        assert "credentials" in once(work, server.url, check=False, **trusted).stderr
        wrong = work / "wrong"
        wrong.write_text("wrong")
        refused = once(work, server.url, check=False, WPEX_REPOSITORY_PASSWORD_FILE=wrong, **trusted)
        assert refused.returncode == 3 and "refuses" in refused.stderr
        untrusted = once(work, server.url, check=False, WPEX_REPOSITORY_PASSWORD_FILE=token, WPEX_REPOSITORY_USERNAME="wpex")
        assert untrusted.returncode == 3 and "trusted" in untrusted.stderr
        once(work, server.url, WPEX_REPOSITORY_PASSWORD_FILE=token, **trusted)
        assert any("milan-1" in name for name in rendered(work))
        for path in (work / "state").rglob("*"):
            assert not path.is_file() or TOKEN.encode() not in path.read_bytes()
        # A token in the URL is never shown.
        shown = once(work, server.url.replace("https://", f"https://wpex:{TOKEN}@"), check=False, WPEX_REPOSITORY_CERTIFICATES_FILE=work / "nowhere")
        assert TOKEN not in shown.stderr
    finally:
        server.close()


def test_server_gone_and_back(work):
    server = HTTPSServer(work)
    token = work / "token"
    token.write_text(TOKEN)
    environment = {
        **os.environ, "WPEX_REPOSITORY_CERTIFICATES_FILE": str(work / "server.crt"), "WPEX_REPOSITORY_USERNAME": "wpex",
        "WPEX_REPOSITORY_PASSWORD_FILE": str(token), "WPEX_REPOSITORY_INTERVAL": "0.3", "WPEX_HTTP_LISTEN": "127.0.0.1:0",
    }
    log = work / "log"
    daemon = subprocess.Popen(
        [WPEX, "sync", "run", "--repo", server.url, "--target", "directory", "--out", work / "out", "--state", work / "state", "--demonstration"],
        stderr=open(log, "w"), env=environment)

    try:
        until(lambda: (work / "out").exists() and any("milan-1" in name for name in rendered(work)), "it is rendered", log)
        server.close()
        until(lambda: "cannot be fetched" in log.read_text(), "the failure is told", log)
        before = rendered(work)
        (work / "copy/orgs/acme/relays/milan-guests.yaml").unlink()
        push_all(work / "copy", "Close the guests' relay")
        assert rendered(work) == before
        server = HTTPSServer(work, port=server.port)
        until(lambda: not any("milan-guests" in name for name in rendered(work)), "it goes on by itself", log)
        assert daemon.poll() is None
    finally:
        daemon.kill()
        daemon.wait()
        server.close()


def test_ssh_with_a_key(work):
    with SSHServer(work) as server:
        settings = server.settings()
        once(work, server.url, **settings)
        assert any("milan-1" in name for name in rendered(work))
        # A stranger's key, an unknown host, and a different host at the address.
        stranger = once(work, server.url, check=False, **{**settings, "WPEX_REPOSITORY_SSH_KEY_FILE": server.folder / "stranger"})
        assert stranger.returncode == 3 and "refuses the key" in stranger.stderr
        without = once(work, server.url, check=False, WPEX_REPOSITORY_KNOWN_HOSTS_FILE=server.known)
        assert without.returncode == 3 and "none are configured" in without.stderr
        unknown = once(work, server.url, check=False, WPEX_REPOSITORY_SSH_KEY_FILE=server.folder / "client")
        assert unknown.returncode == 3 and "not known" in unknown.stderr
        other = server.folder / "other_hosts"
        make_key(server.folder / "other", "rsa")
        other.write_text(f"[127.0.0.1]:{server.port} {public_key(server.folder / 'other')}\n")
        replaced = once(work, server.url, check=False, **{**settings, "WPEX_REPOSITORY_KNOWN_HOSTS_FILE": other})
        assert replaced.returncode == 3 and "not the one" in replaced.stderr


def test_force_push_is_refused(work):
    url = str(work / "srv/relays.git")
    (work / "copy/orgs/acme/relays/milan-guests.yaml").unlink()
    push_all(work / "copy", "second")
    once(work, url)
    before = rendered(work)
    git("reset", "-q", "--hard", "HEAD~1", cwd=work / "copy")
    push_all(work / "copy", "another second")
    refused = once(work, url, check=False)
    assert refused.returncode == 1 and "history was rewritten" in refused.stderr
    assert rendered(work) == before
    again = once(work, url, check=False)
    assert again.returncode == 1
    records = wpex("audit", "list", "--state", work / "state", "--action", "rejected.non_fast_forward", "--output", "json").stdout
    assert records.count('"sequence"') == 1


def test_shallow_server_is_refused_until_it_is_whole(work):
    """A server that has only the end of the history itself: ancestry cannot be established."""
    for number in range(5):
        (work / "copy/NOTES.md").write_text(f"{number}\n")
        push_all(work / "copy", f"note {number}")
    shutil.move(work / "srv/relays.git", work / "srv/whole.git")
    git("clone", "-q", "--bare", "--depth", "2", f"file://{work}/srv/whole.git", work / "srv/relays.git", cwd=work)
    server = HTTPSServer(work)
    token = work / "token"
    token.write_text(TOKEN)
    settings = {
        "WPEX_REPOSITORY_CERTIFICATES_FILE": work / "server.crt", "WPEX_REPOSITORY_USERNAME": "wpex",
        "WPEX_REPOSITORY_PASSWORD_FILE": token,
    }
    try:
        refused = once(work, server.url, check=False, **settings)
        assert refused.returncode == 3 and "--unshallow" in refused.stderr
        assert not list((work / "out").rglob("*.yaml"))
        git("fetch", "-q", "--unshallow", "origin", cwd=work / "srv/relays.git")
        once(work, server.url, **settings)
        assert any("milan-1" in name for name in rendered(work))
    finally:
        server.close()


def test_long_history_is_followed(work):
    """The clone is two thousand commits behind, made in one stream."""
    bare = work / "srv/relays.git"
    head = git("rev-parse", "main", cwd=bare)
    stream = []
    for number in range(2000):
        message = f"commit {number}"
        stream.append(f"commit refs/heads/main\ncommitter A <a@example.org> {1_700_000_000 + number} +0000\ndata {len(message)}\n{message}\n")
        if number == 0:
            stream.append(f"from {head}\n")
        content = f"# {number}\n"
        stream.append(f"M 100644 inline NOTES.md\ndata {len(content)}\n{content}\n")
    once(work, str(bare))
    subprocess.run(["git", "fast-import", "--quiet"], cwd=bare, input="".join(stream), text=True, check=True)
    once(work, str(bare))
    assert git("rev-parse", "refs/wpex/main", cwd=work / "state/repository.git") == git("rev-parse", "main", cwd=bare)


def test_unsigned_commits_are_refused_where_the_policy_asks(work):
    """Decided by the policy and the keys of the applied commit, never of the change itself."""
    url, copy = str(work / "srv/relays.git"), work / "copy"
    for name in ("anna", "mallory"):
        make_key(work / name)
    git("config", "gpg.format", "ssh", cwd=copy)
    user, platform, relay = copy / "users/anna-lindqvist.yaml", copy / "platform.yaml", copy / "orgs/acme/relays/milan-guests.yaml"

    def push(message, key=None):
        push_all(copy, message, *([f"-S{work / key}.pub"] if key else []))

    key = public_key(work / "anna")
    give_key(copy, "users/anna-lindqvist.yaml", key)
    push("Anna's key")
    once(work, url)
    platform.write_text(platform.read_text().replace("requireSignedCommits: false", "requireSignedCommits: true"))
    # The applied commit requires nothing yet.
    push("From now on, signed commits")
    once(work, url)
    before = rendered(work)
    relay.unlink()
    for signer in (None, "mallory"):
        push("Close the guests' relay", signer)
        refused = once(work, url, check=False)
        assert refused.returncode == 1 and "requireSignedCommits" in refused.stderr
        # A signed commit on top does not heal it; nor does one that relaxes the policy.
        push("On top", "anna")
        assert once(work, url, check=False).returncode == 1
        platform.write_text(platform.read_text().replace("requireSignedCommits: true", "requireSignedCommits: false"))
        push("Lift it")
        assert once(work, url, check=False).returncode == 1
        assert rendered(work) == before
        git("reset", "-q", "--hard", "HEAD~3", cwd=copy)
        relay.unlink()
    # A removed key signs on a branch from before, and merges the applied commit into it.
    git("checkout", "-q", "--", relay, cwd=copy)
    user.write_text(user.read_text().replace(key, public_key(work / "mallory")))
    push("Another key", "anna")
    once(work, url)
    applied = git("rev-parse", "HEAD", cwd=copy)
    git("reset", "-q", "--hard", "HEAD~1", cwd=copy)
    relay.unlink()
    push("Close the guests' relay", "anna")
    git("merge", "-q", "-s", "ours", f"-S{work / 'anna.pub'}", "-m", "Merge what is applied", applied, cwd=copy)
    git("push", "-q", "-f", "origin", "main", cwd=copy)
    refused = once(work, url, check=False)
    assert refused.returncode == 1 and "along first parents" in refused.stderr and rendered(work) == before
    git("reset", "-q", "--hard", applied, cwd=copy)
    relay.unlink()
    push("Close the guests' relay", "mallory")
    once(work, url)
    assert not any("milan-guests" in name for name in rendered(work))
    records = State(work / "state").records()
    assert sum(record["action"] == "rejected.unsigned" for record in records) == 7
    assert [r.get("signer") for r in records if r["action"] == "apply.finished"][-1] == "anna-lindqvist"


def test_changes_that_their_signer_may_not_make_are_refused(work):
    """An engineer of acme may change relays, but no limits, other organizations or own rights, however she tries."""
    url, copy = str(work / "srv/relays.git"), work / "copy"
    for name in ("anna", "giulia"):
        make_key(work / name)
    git("config", "gpg.format", "ssh", cwd=copy)
    users = {"anna": "users/anna-lindqvist.yaml", "giulia": "orgs/acme/users/giulia-rossi.yaml"}
    organization = copy / "orgs/acme/organization.yaml"

    def contents():
        return {path: path.read_bytes() for path in (work / "out").rglob("*.yaml")}

    def commit(message, signer):
        commit_all(copy, message, f"-S{work / signer}.pub")

    def push():
        git("push", "-q", "-f", "origin", "main", cwd=copy)

    def change(path, old, new):
        edit(copy, path, old, new)

    for name, path in users.items():
        give_key(copy, path, public_key(work / name))
    change("platform.yaml", "requireSignedCommits: false", "requireSignedCommits: true")
    commit("Keys, and signatures from now on", "anna")
    push()
    once(work, url)

    # Permitted for her.
    change("orgs/acme/relays/milan-guests.yaml", "port: 30", "# the guests' port\n  port: 30")
    change("orgs/acme/relays/milan-1.yaml", "bandwidthMbps: 1000", "bandwidthMbps: 900")
    commit("Less bandwidth in Milan", "giulia")
    push()
    once(work, url)
    applied = git("rev-parse", "HEAD", cwd=copy)
    good = contents()

    limits = re.search(r"relays: \d+", organization.read_text()).group()

    def elevate():
        change("orgs/acme/users/giulia-rossi.yaml", "roles: [engineer]", "roles: [engineer, noc]")

    attempts = {
        "limits": lambda: change("orgs/acme/organization.yaml", limits, "relays: 900"),
        "another organization": lambda: change("orgs/globex/relays/bari-1.yaml", "kind: Relay", "kind: Relay # mine"),
        "own roles": elevate,
        "the platform": lambda: change("platform.yaml", "requireSignedCommits: true", "requireSignedCommits: false"),
        "a path that nothing is about": lambda: (copy / "Makefile").write_text("all:\n"),
        "an admin's key": lambda: change("users/anna-lindqvist.yaml", *(public_key(work / name) for name in ("anna", "giulia"))),
    }
    for what, attempt in attempts.items():
        attempt()
        commit(f"Try {what}", "giulia")
        push()
        refused = once(work, url, check=False)
        assert refused.returncode == 1 and "`acme/giulia-rossi` cannot" in refused.stderr, (what, refused.stderr)
        assert contents() == good, what
        git("reset", "-q", "--hard", applied, cwd=copy)
    # Two commits in one push: the first grants the rights that the second uses, and is checked first.
    change("orgs/acme/users/giulia-rossi.yaml", "roles: [engineer]", "roles: [engineer, noc]")
    commit("Raise myself", "giulia")
    change("orgs/acme/relays/milan-1.yaml", "bandwidthMbps: 900", "bandwidthMbps: 800")
    commit("Use it", "giulia")
    push()
    refused = once(work, url, check=False)
    first = git("rev-parse", "HEAD~1", cwd=copy)[:12]
    assert refused.returncode == 1 and f"{first} is refused" in refused.stderr and contents() == good
    # A commit signed by an admin on top does not fix it; the branch is reset, and everything continues.
    change("orgs/acme/organization.yaml", limits, "relays: 900")
    commit("More relays", "anna")
    push()
    assert once(work, url, check=False).returncode == 1 and contents() == good
    git("reset", "-q", "--hard", applied, cwd=copy)
    change("orgs/acme/organization.yaml", limits, "relays: 900")
    change("orgs/acme/relays/milan-1.yaml", "bandwidthMbps: 900", "bandwidthMbps: 700")
    commit("More relays", "anna")
    push()
    once(work, url)
    assert contents() != good
    records = State(work / "state").records()
    assert sum(record["action"] == "rejected.unauthorized" for record in records) == len(attempts) + 2
    signers = [r.get("signer") for r in records if r["action"] == "apply.finished"]
    assert "acme/giulia-rossi" in signers and signers[-1] == "anna-lindqvist"
