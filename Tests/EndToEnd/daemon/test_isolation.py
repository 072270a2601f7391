"""One organization's faults stay its own: the others' next commit is applied in full, with every target, also after a
restart."""

import json
import re
import shutil
import subprocess

import pytest

from support.daemon import Daemon
from support.git import begin, commit
from support.program import wpex
from support.sample import SAMPLE, copy_sample

ORGANIZATION = "orgs/acme/organization.yaml"


def sealed(text):
    return re.search(r"    sealedIdentity: \|\n(?:      .*\n)+", text).group()


def foreign_identity(repo):
    """An identity sealed for another organization, which shows only with the platform's identity."""
    own = repo / ORGANIZATION
    text = own.read_text()
    recipient = re.search(r"recipient: (age1\S+)", (repo / "platform.yaml").read_text()).group(1)
    other = wpex(
        "seal", "--org", "another", "--kind", "Organization", "--field", "spec.identity.sealedIdentity", "--recipient",
        recipient, "--demonstration", input=subprocess.run(["age-keygen"], check=True, capture_output=True, text=True).stdout).stdout
    block = "    sealedIdentity: |\n" + "".join(f"      {line}\n" for line in other.strip().splitlines())
    own.write_text(text.replace(sealed(text), block))


def stolen_identity(repo):
    own, other = repo / ORGANIZATION, repo / "orgs/hooli/organization.yaml"
    own.write_text(own.read_text().replace(sealed(own.read_text()), sealed(other.read_text())))


def broken_bytes(repo):
    (repo / "orgs/acme/relays/milan-1.yaml").write_bytes(b"\xff\xfe: [\x00")


def foreign_key(repo):
    key = re.search(r"publicKey: \S+", (repo / "orgs/globex/keys/office-oslo.yaml").read_text()).group()
    (repo / "orgs/acme/keys/zz-taken.yaml").write_text(
        f"apiVersion: wpex.io/v1alpha1\nkind: Key\nmetadata: {{ name: zz-taken }}\nspec:\n  {key}\n")


def foreign_port(repo):
    relay = repo / "orgs/acme/relays/turin-1.yaml"
    relay.write_text(relay.read_text().replace("port: 30103", "port: 30201"))


def greedy_request(repo):
    path = repo / "orgs/aaa/organization.yaml"
    path.parent.mkdir()
    path.write_text(
        "apiVersion: wpex.io/v1alpha1\nkind: Organization\nmetadata: { name: aaa }\n"
        "spec: { displayName: Aaa, status: pending, portRange: 30000-32767 }\n")


def broken_request(repo):
    (repo / "users/zz.yaml").write_text(
        "apiVersion: wpex.io/v1alpha1\nkind: User\nmetadata: { name: zz }\n"
        "spec: { displayName: Z, email: z@example.org, status: pending, roles: [no-such-role] }\n")


def request_by_another_case(repo):
    path = repo / "orgs/ACME/organization.yaml"
    path.parent.mkdir()
    path.write_text(
        "apiVersion: wpex.io/v1alpha1\nkind: Organization\nmetadata: { name: ACME }\nspec: { displayName: A, status: pending }\n")


HOSTILE = [
    foreign_identity, stolen_identity, broken_bytes, foreign_key, foreign_port, greedy_request, broken_request, request_by_another_case,
]


@pytest.fixture
def repository(tmp_path):
    repo = copy_sample(tmp_path / "repo")
    begin(repo)
    return repo, lambda: commit(repo)


def revoke(repo):
    key = repo / "orgs/globex/keys/office-bari.yaml"
    key.write_text(key.read_text().replace("status: active", "status: revoked"))


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda function: function.__name__)
def test_others_go_on_in_a_folder(repository, tmp_path, hostile):
    """Each pass is a separate process, so its effect survives a restart too."""
    repo, commit = repository
    secret = tmp_path / "secret"
    secret.write_bytes(bytes(32))

    def once(name):
        return wpex(
            "sync", "run", "--once", "--repo", repo, "--target", "directory", "--out", tmp_path / name, "--state",
            tmp_path / f"{name}-state", "--demonstration", "--listen", "", check=False,
            env={"PATH": "/usr/bin:/bin", "WPEX_RENDER_SECRET_FILE": str(secret), "HOME": str(tmp_path)})

    def files(name):
        return {
            # The declaration has a serial, which is the time.
            str(path.relative_to(tmp_path / name)): re.sub(rb"\n  declaration\.json: \S+", b"", path.read_bytes())
            for path in (tmp_path / name).rglob("*.yaml") if "acme" not in str(path).lower()
        }

    assert once("out").returncode == 0
    before = files("out")
    hostile(repo)
    commit()
    once("out")
    assert files("out") == before
    revoke(repo)
    commit()
    once("out")
    # Reference: the same commit without the hostile change, applied by a separate daemon.
    shutil.rmtree(repo / "orgs/acme")
    shutil.copytree(SAMPLE / "orgs/acme", repo / "orgs/acme")
    for extra in ("orgs/aaa", "orgs/ACME"):
        shutil.rmtree(repo / extra, ignore_errors=True)
    (repo / "users/zz.yaml").unlink(missing_ok=True)
    commit()
    assert once("truth").returncode == 0
    assert files("out") == files("truth") != before


def test_others_go_on_as_processes(tmp_path):
    with Daemon(tmp_path) as daemon:
        daemon.start()
        foreign_identity(daemon.repo)
        daemon.until(lambda: "organization.failed" in daemon.actions(), "the failure is recorded")
        revoke(daemon.repo)
        bundle = daemon.state / "local/relays/eu-south/nordsud-globex/bari-1/bundle.age"
        before = bundle.read_bytes()
        daemon.until(lambda: bundle.read_bytes() != before, "globex loses its key")
        shown = wpex("status", "--state", daemon.state, check=False)
        assert shown.returncode == 1 and "acme stays at its last good state: its identity cannot be unsealed" in shown.stdout
        failure = next(org["failure"] for org in daemon.status["organizations"] if org["org"] == "acme")
        assert "cannot be unsealed" in failure
        daemon.stop()
        # After a restart all run, acme with the identity of its last good commit.
        daemon.start(wait=False)
        daemon.until(lambda: daemon.current() >= 7, "all relays run again")
        assert not json.dumps(daemon.records()).count("AGE-SECRET-KEY")


def test_a_region_that_leaves_is_held_and_pruned(repository, tmp_path):
    repo, commit = repository

    def once(*expected):
        done = wpex(
            "sync", "run", "--once", "--repo", repo, "--target", "directory", "--out", tmp_path / "out", "--state",
            tmp_path / "state", "--demonstration", "--listen", "", check=False)
        assert done.returncode in expected, done.stderr
        return done.stderr

    def names():
        return sorted(path.name for path in (tmp_path / "out/eu-south").rglob("deployment-*.yaml"))

    once(0)
    assert names()
    platform = repo / "platform.yaml"
    text = platform.read_text()
    start = text.index("- name: eu-south")
    rest = re.search(r"\n    - name: |\n  \w", text[start + 5:])
    block = text[text.rindex("\n", 0, start) + 1:start + 5 + rest.start() + 1]
    platform.write_text(text.replace(block, ""))
    for path in repo.rglob("*.yaml"):
        body = path.read_text()
        if "eu-south" not in body or path == platform:
            continue
        if path.parent.name == "relays":
            kept = [d for d in body.split("\n---\n") if "region: eu-south" not in d]
            path.write_text("\n---\n".join(kept)) if kept else path.unlink()
        else:
            body = re.sub(r"allowedRegions: \[.*\]", "allowedRegions: [eu-north]", body)
            path.write_text(body.replace("eu-south", "eu-north"))
    commit()
    held = once(1)
    digest = re.search(r"wpex sync approve (?:--state \S+ )?([0-9a-f]{16})", held)
    assert digest and names(), held
    wpex("sync", "approve", "--state", tmp_path / "state", digest.group(1))
    once(0, 1)
    assert names() == []
