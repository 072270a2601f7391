"""Each loss of docs/backup.md, and the way back that the page describes, by its own commands."""

import json
import os
import shutil
import subprocess

import pytest

from support.answers import ask
from support.daemon import Daemon
from support.git import git
from support.kubernetes import get, kubectl, needs_cluster
from support.pages import Page
from support.postgres import PostgresServer
from support.program import ROOT, WPEX, wpex
from support.waiting import until
from support.wireguard import Key

PAGE = Page("docs/backup.md")
HOME = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_AUTHOR_NAME": "Anna", "GIT_AUTHOR_EMAIL": "anna@example.org",
        "GIT_COMMITTER_NAME": "Anna", "GIT_COMMITTER_EMAIL": "anna@example.org"}


def shell(script, replacements=(), cwd=None, check=True, **environment):
    """Runs a block of the page with the test's names; returns what it prints."""
    for old, new in replacements:
        script = script.replace(old, str(new))
    path = f"{os.path.dirname(WPEX)}:{os.environ['PATH']}"
    result = subprocess.run(["bash", "-ec", script], cwd=cwd, capture_output=True, text=True, timeout=60, env={**HOME, "PATH": path, **environment})
    assert not check or result.returncode == 0, f"{script}: {result.stdout}{result.stderr}"
    return result.stdout


class Platform:
    """A platform of its own with one organization, a relay and two keys, one of them sealed; `wpex up` runs it."""

    def __init__(self, folder, daemon):
        self.folder, self.daemon = folder, daemon
        self.repo, self.identity, self.organization = daemon.repo, folder / "platform.identity", folder / "acme.identity"
        self.run("init", self.repo, "--defaults", "--public-host", "127.0.0.1", "--admin-email", "noc@example.net", "--region", "here", "--ci", "none", "--identity", self.identity)
        self.edit("org", "add", "acme", "--display-name", "Acme", "--region", "here", "--port-range", "auto", "--identity", self.organization, "--active")
        self.sealed = Key()
        self.edit("key", "add", "acme/open", "--public-key", Key().text, "--label", "network=sites")
        self.edit("key", "add", "acme/secret", "--public-key", self.sealed.text, "--seal", "--label", "network=sites")
        self.edit("relay", "create", "acme/edge", "--region", "here", "--selector", "network=sites")

    def run(self, *arguments):
        return wpex(*arguments, env=HOME)

    def edit(self, *arguments):
        return self.run(*arguments, "--repo", self.repo, "--commit")

    @property
    def head(self):
        return git("rev-parse", "HEAD", cwd=self.repo)

    def start(self, identity=None, wait=True, **environment):
        self.daemon.start(
            "--identity", identity or self.identity, "--status-port", "0", "--keep-relays", wait=False, environment=environment)
        if wait:
            self.daemon.until(lambda: self.state() == "current" and self.applied() == self.head, "the relay runs")

    def applied(self):
        return self.daemon.status.get("regions", {}).get("here", {}).get("applied")

    def state(self):
        return self.daemon.relays().get("acme/edge", {}).get("status")

    def keys(self):
        """The number of keys that the relay has in force."""
        address = next(self.daemon.state.rglob("edge/address")).read_text()
        return json.loads(ask(f"http://{address}/api/v1/config").body)["keys"]


@pytest.fixture
def platform(tmp_path):
    (tmp_path / "relays").mkdir()
    with Daemon(tmp_path, repo=tmp_path / "relays") as daemon:
        yield Platform(tmp_path, daemon)
        daemon.stop()
        shell(f"wpex sync end-relays --state {daemon.state}", check=False)


def paths(platform):
    """The page's paths, and the test's."""
    (platform.folder / "backups").mkdir(exist_ok=True)
    return [("/var/backups", platform.folder / "backups"), ("/var/lib/wpex", platform.daemon.state), ("/srv/wpex/relays", platform.folder / "clone"),
            ("https://git.example.net/relays.git", platform.repo), (" -o wpex -g wpex", ""), ("--repo relays", f"--repo {platform.repo}"),
            ("../platform", platform.folder / "platform")]


def test_the_database_is_lost(platform):
    daemon, names = platform.daemon, paths(platform)
    platform.start()
    shell(PAGE.block("Back up", "sqlite3"), names)
    shell(PAGE.block("Back up", "audit export"), names, cwd=platform.folder)
    assert "intact" in (checked := shell(PAGE.block("Back up", "audit verify"), names)) or "records" in checked, checked
    platform.edit("key", "add", "acme/later", "--public-key", Key().text, "--label", "network=sites")
    until(lambda: platform.keys() == 3, "it is applied", daemon.log)
    daemon.stop()
    for path in daemon.state.glob("audit.sqlite*"):
        path.unlink()

    shell(PAGE.block("Restore the audit log", "rm -f"), names)
    platform.start(wait=False)
    daemon.until(lambda: "went back, was emptied or was replaced" in (daemon.problem or ""), "it is told")
    assert platform.keys() == 3, "the relay goes on"
    daemon.stop()
    number = shell(PAGE.block("Restore the audit log", "--limit 1"), names).strip()
    platform.start(WPEX_AUDIT_RESUME_AT=number)
    assert f"resumed at record {number}" in json.dumps(daemon.records("--action", "daemon.started"))
    assert wpex("audit", "verify", "--state", daemon.state).returncode == 0
    # A copy that somebody changed is found.
    with open(platform.folder / "backups/wpex.sqlite", "r+b") as file:
        content = file.read()
        file.seek(0)
        file.write(content.replace(b"commit.accepted", b"commit.acceptde"))
    assert subprocess.run([WPEX, "audit", "verify", "--store", platform.folder / "backups/wpex.sqlite"], capture_output=True).returncode != 0


def test_postgres_is_lost(platform):
    """Both ways: from a dump, and from an export."""
    daemon, names = platform.daemon, paths(platform)
    platform.start()
    daemon.stop()

    def server():
        made = PostgresServer()
        environment = {"PGHOST": str(made.folder), "PGUSER": "postgres"}
        own = [*names, ("deploy/postgres", ROOT / "deploy/postgres"), ("postgres://OWNER@db/wpex", made.url(database="wpex"))]
        return made, environment, own

    def rights(made):
        """What roles may do with the log."""
        return made.psql(
            "SELECT grantee, routine_name, privilege_type FROM information_schema.role_routine_grants WHERE routine_schema = 'wpex_audit' "
            "UNION SELECT grantee, table_name, privilege_type FROM information_schema.role_table_grants WHERE table_schema = 'wpex_audit' "
            "ORDER BY 1, 2, 3", made.url(database="wpex"))

    def heads(made):
        return made.psql("SELECT sequence, encode(hash, 'hex') FROM wpex_audit.head", made.url(database="wpex"))

    first, second, third = server(), server(), server()
    try:
        import_block = PAGE.block("Restore the audit log", "audit import")
        shell(f"wpex audit export --store {daemon.state}/audit.sqlite | gzip >wpex.jsonl.gz", cwd=platform.folder)
        shell(import_block, first[2], cwd=platform.folder, **first[1])
        before, granted = heads(first[0]), rights(first[0])
        assert "wpex_sync" in granted and "wpex_status" in granted
        assert int(before.split("|")[0]) > 5
        shell(PAGE.block("Back up", "pg_dump"), first[2], cwd=platform.folder, **first[1])
        shell(PAGE.block("Back up", "audit export"), [("/var/backups/wpex.sqlite", first[0].url("wpex_status", "wpex")), *first[2]], cwd=platform.folder, **first[1])
        first[0].stop()
        shell(PAGE.block("Restore the audit log", "pg_restore"), second[2], cwd=platform.folder, **second[1])
        shell(import_block, third[2], cwd=platform.folder, **third[1])
        for made, _, _ in (second, third):
            assert heads(made) == before
            assert wpex("audit", "verify", "--store", made.url("wpex_status", "wpex")).returncode == 0
            assert rights(made) == granted
    finally:
        for made, _, _ in (first, second, third):
            made.close()


def test_the_host_is_lost(platform):
    """A new machine has a clone, the identity and the log. The same is applied, and the log goes on."""
    daemon, names = platform.daemon, paths(platform)
    platform.start()
    shell(PAGE.block("Back up", "sqlite3"), names)
    count = len(daemon.records())
    accepted = daemon.records("--action", "commit.accepted")[-1]["commit"]
    daemon.stop()
    shell(f"wpex sync end-relays --state {daemon.state}")
    shutil.rmtree(daemon.state)
    shell(PAGE.block("The host is lost", "git clone"), names)
    shutil.rmtree(platform.repo)
    shutil.move(platform.folder / "clone", platform.repo)
    daemon.state.mkdir(mode=0o700)
    shell(PAGE.block("Restore the audit log", "rm -f"), names)
    platform.start()
    assert platform.keys() == 2 and platform.head == accepted
    records = daemon.records()
    assert len(records) > count and not [record for record in records[count:] if record["action"] == "commit.accepted"], "it was accepted already"
    assert wpex("audit", "verify", "--state", daemon.state).returncode == 0


def test_the_state_is_lost(platform):
    """Without a copy of the log: an empty folder. A pin says where to start."""
    daemon = platform.daemon
    platform.start()
    pin = platform.head
    daemon.stop()
    shell(f"wpex sync end-relays --state {daemon.state}")
    shutil.rmtree(daemon.state)
    platform.start(WPEX_TRUST_COMMIT=pin)
    assert platform.keys() == 2
    (accepted,) = daemon.records("--action", "commit.accepted")
    assert accepted["commit"] == pin


def opens(identity, text, folder):
    """Whether age opens a text with an identity."""
    (folder / "sealed").write_text(text)
    return subprocess.run(["age", "--decrypt", "--identity", identity, folder / "sealed"], capture_output=True).returncode == 0


def sealed_texts(repo):
    """Every sealed text of a working folder."""
    found = []
    for path in repo.rglob("*.yaml"):
        lines = path.read_text().splitlines()
        for start in (number for number, line in enumerate(lines) if "BEGIN AGE ENCRYPTED FILE" in line):
            end = next(number for number in range(start, len(lines)) if "END AGE" in lines[number])
            found.append("\n".join(line.strip() for line in lines[start:end + 1]) + "\n")
    return found


def test_the_identity_is_leaked(platform):
    """One commit after which the stolen identities open nothing, and sign nothing."""
    daemon, names, folder = platform.daemon, paths(platform), platform.folder
    platform.start()
    before = sealed_texts(platform.repo)
    assert len(before) == 2 and opens(platform.identity, before[0], folder) != opens(platform.identity, before[1], folder), "the identity, and the key"
    old = wpex("identity", "signing-key", "--identity", platform.identity).stdout.strip()
    assert old in (platform.repo / "platform.yaml").read_text()
    daemon.stop()
    shell(PAGE.block("The platform's identity is leaked", "--leaked"), names)
    new = folder / "platform-2027.identity"
    assert new.stat().st_mode & 0o777 == 0o600
    after = sealed_texts(platform.repo)
    assert len(after) == 2 and not set(after) & set(before)
    for text in after:
        assert not opens(platform.identity, text, folder) and not opens(platform.organization, text, folder)
    assert sum(opens(new, text, folder) for text in after) == 1
    declared = (platform.repo / "platform.yaml").read_text()
    assert old not in declared and wpex("identity", "signing-key", "--identity", new).stdout.strip() in declared
    assert wpex("validate", "--repo", platform.repo).returncode == 0
    platform.start(new)
    daemon.until(lambda: "its successor" not in daemon.relays()["acme/edge"]["detail"], "the relay is replaced")
    assert platform.keys() == 2, "the sealed key is there"
    bundle = next(daemon.state.rglob("edge/bundle.age")).read_bytes()
    (folder / "bundle").write_bytes(bundle)
    for stolen in (platform.identity, platform.organization):
        assert subprocess.run(["age", "--decrypt", "--identity", stolen, folder / "bundle"], capture_output=True).returncode != 0


def test_the_identity_is_lost(platform):
    """Organizations get new ones. What was sealed to the lost ones is named, and the relay goes on until it is sealed again."""
    daemon, names = platform.daemon, paths(platform)
    platform.start()
    daemon.stop()
    platform.identity.unlink()
    script = PAGE.block("The platform's identity is lost", "identity rotate").strip() + " 2>&1"
    said = shell(script, names)
    assert "`acme/secret` is sealed for an identity that is lost: its owner has to run `wpex key rotate`" in said, said
    new = platform.folder / "platform-2027.identity"
    platform.start(new, wait=False)
    daemon.until(lambda: "its successor cannot start" in daemon.relays().get("acme/edge", {}).get("detail", ""), "it is told")
    assert platform.keys() == 2, "the relay goes on"
    platform.edit("key", "rotate", "acme/secret", "--public-key", platform.sealed.text)
    daemon.until(lambda: daemon.relays()["acme/edge"]["detail"] == "running" and platform.applied() == platform.head, "the relay is replaced", timeout=40)
    assert platform.keys() == 2


def test_an_identity_is_rotated_without_a_leak(platform):
    """Organizations keep theirs, and nothing that is sealed to them changes."""
    platform.start()
    platform.daemon.stop()
    sealed_key = (platform.repo / "orgs/acme/keys").glob("secret*").__next__().read_text()
    platform.edit("identity", "rotate", "--identity", platform.identity, "--new", platform.folder / "next.identity")
    assert (platform.repo / "orgs/acme/keys").glob("secret*").__next__().read_text() == sealed_key
    keys = [wpex("identity", "signing-key", "--identity", path).stdout.strip() for path in (platform.identity, platform.folder / "next.identity")]
    text = (platform.repo / "platform.yaml").read_text()
    assert text.index(keys[0]) < text.index(keys[1])
    both = platform.folder / "both"
    both.write_text((platform.folder / "next.identity").read_text() + platform.identity.read_text())
    both.chmod(0o600)
    platform.start(both)
    assert platform.keys() == 2
    wrong = wpex("identity", "rotate", "--identity", platform.organization, "--new", platform.folder / "x", "--repo", platform.repo, check=False)
    assert wrong.returncode == 1 and "none of the given identities is the platform's" in wrong.stderr and not (platform.folder / "x").exists()


def test_the_repository_is_rewound(platform):
    daemon, names = platform.daemon, paths(platform)
    platform.start()
    earlier, key = platform.head, Key()
    platform.edit("key", "add", "acme/later", "--public-key", key.text, "--label", "network=sites")
    until(lambda: platform.keys() == 3, "it is applied", daemon.log)
    lost = platform.head
    git("branch", "kept", cwd=platform.repo)
    git("reset", "-q", "--hard", earlier, cwd=platform.repo)
    daemon.until(lambda: "is it a copy that is behind?" in (daemon.problem or ""), "it is refused")
    assert platform.keys() == 3
    assert shell(PAGE.block("The repository is rewound", "audit list"), names).strip() == lost
    git("reset", "-q", "--hard", lost, cwd=platform.repo)
    daemon.until(lambda: not daemon.problem, "it goes on by itself")

    # The older history is right: it is pinned.
    git("reset", "-q", "--hard", earlier, cwd=platform.repo)
    git("branch", "-D", "kept", cwd=platform.repo)
    platform.edit("key", "add", "acme/other", "--public-key", Key().text, "--alias", "Another history", "--label", "network=sites")
    daemon.until(lambda: "history was rewritten" in (daemon.problem or ""), "it is refused again")
    daemon.stop()
    platform.start(WPEX_TRUST_COMMIT=platform.head)
    until(lambda: platform.keys() == 3, "the pinned history is applied", daemon.log)
    assert daemon.records("--action", "commit.accepted")[-1]["commit"] == platform.head


@needs_cluster
def test_the_cluster_is_lost(cluster):
    """Another cluster, which has nothing of wpex: here, the same one after everything was deleted."""
    cluster.once(check=False)
    before = {item["metadata"]["name"] for item in get("deployments", "-n", f"{cluster.prefix}globex")["items"]}
    assert before
    accepted = [record for record in cluster.records() if record["action"] == "commit.accepted"]
    names = [n["metadata"]["name"] for n in get("namespaces")["items"] if n["metadata"]["name"].startswith(cluster.prefix)]
    kubectl("delete", "namespace", "--wait=false", *names)
    cluster.until(lambda: not [n for n in get("namespaces")["items"] if n["metadata"]["name"].startswith(cluster.prefix)], "it is gone", timeout=90)
    block = PAGE.block("The cluster is lost").strip().splitlines()
    assert block == ["kubectl create namespace wpex-system", "wpex sync run --once --config sync.json"]
    kubectl("create", "namespace", cluster.namespace)
    cluster.once(check=False)
    assert {item["metadata"]["name"] for item in get("deployments", "-n", f"{cluster.prefix}globex")["items"]} == before
    assert [record for record in cluster.records() if record["action"] == "commit.accepted"] == accepted, "it was accepted already"
    assert "prune" not in json.dumps([record["action"] for record in cluster.records()[-50:]])
