"""Trees that no Git command makes, through the real program: what is compiled is what was checked, or nothing is."""

import json
import os
import shutil
import subprocess

import pytest

from support.forge import CI
from support.git import begin, git, run_git
from support.program import WPEX
from support.sample import copy_sample, edit, give_key
from support.ssh import make_key, public_key

STRANGER = """apiVersion: wpex.io/v1alpha1
kind: User
metadata: {name: zz-helper}
spec: {displayName: Helper, email: zz@example.org, status: active, roles: [engineer], identities: {sshKeys: ["%s"]}}
"""


class Signed:
    """sample-repo with the test's own keys, and a bare repository with the hook."""

    def __init__(self, folder):
        self.folder, self.copy, self.bare = folder, folder / "copy", folder / "relays.git"
        for name in ("giulia", "stranger"):
            make_key(folder / name)
        copy_sample(self.copy)
        give_key(self.copy, "orgs/acme/users/giulia-rossi.yaml", self.public("giulia"))
        edit(self.copy, "platform.yaml", "requireSignedCommits: false", "requireSignedCommits: true")
        self.base = begin(self.copy)
        git("clone", "-q", "--bare", self.copy, self.bare, cwd=folder)
        shutil.copy(CI / "pre-receive", self.bare / "hooks/pre-receive")
        git("config", "wpex.program", WPEX, cwd=self.bare)

    def public(self, name):
        return public_key(self.folder / name)

    def write(self, kind, data):
        return subprocess.run(
            ["git", "hash-object", "-t", kind, "-w", "--literally", "--stdin"], cwd=self.copy, input=data, capture_output=True,
            check=True).stdout.decode().strip()

    def entries(self, tree):
        """A tree's entries as (mode, name, id)."""
        data = subprocess.run(["git", "cat-file", "tree", tree], cwd=self.copy, capture_output=True, check=True).stdout
        found = []
        while data:
            head, rest = data.split(b"\0", 1)
            mode, name = head.split(b" ", 1)
            found.append((mode, name, rest[:20]))
            data = rest[20:]
        return found

    def tree(self, entries, sort=True):
        if sort:
            entries = sorted(entries, key=lambda entry: entry[1] + (b"/" if entry[0] == b"40000" else b""))
        return self.write("tree", b"".join(mode + b" " + name + b"\0" + id for mode, name, id in entries))

    def replaced(self, entries, name, id):
        return [(mode, own, bytes.fromhex(id) if own == name else known) for mode, own, known in entries]

    def commit(self, tree):
        return git(
            "-c", "gpg.format=ssh", "-c", f"user.signingKey={self.folder}/giulia", "commit-tree", tree, "-p", self.base, "-S", "-m",
            "Nothing much", cwd=self.copy)

    def wpex(self, *arguments):
        result = subprocess.run([WPEX, *map(str, arguments)], cwd=self.copy, capture_output=True, text=True)
        self.output = result.stdout
        return result.returncode, result.stdout + result.stderr


@pytest.fixture
def signed(tmp_path):
    return Signed(tmp_path)


def hostile(signed, how):
    """The base with a stranger added as an engineer of globex, in a way that leaves globex's own tree object unchanged."""
    user = bytes.fromhex(signed.write("blob", (STRANGER % signed.public("stranger")).encode()))
    root = signed.entries("HEAD^{tree}")
    orgs = signed.entries("HEAD:orgs")
    globex = signed.entries("HEAD:orgs/globex")
    users = signed.tree(signed.entries("HEAD:orgs/globex/users") + [(b"100644", b"zz-helper.yaml", user)])
    grown = signed.tree(signed.replaced(globex, b"users", users))
    match how:
        case "slashes in the root":
            return signed.tree(root + [(b"100644", b"orgs/globex/users/zz-helper.yaml", user)])
        case "slashes in orgs":
            inner = signed.tree(orgs + [(b"100644", b"globex/users/zz-helper.yaml", user)])
        case "a way up":
            acme = signed.tree(signed.entries("HEAD:orgs/acme") + [(b"100644", b"../globex/users/zz-helper.yaml", user)])
            inner = signed.tree(signed.replaced(orgs, b"acme", acme))
        case "an organization twice":
            inner = signed.tree([(b"40000", b"globex", bytes.fromhex(grown))] + orgs)
        case "an organization as a file too":
            inner = signed.tree(orgs + [(b"100644", b"globex", user)])
        case "orgs twice":
            inner = signed.tree(signed.replaced(orgs, b"globex", grown))
            return signed.tree([(b"40000", b"orgs", bytes.fromhex(inner))] + root)
        case "out of order":
            inner = signed.tree(list(reversed(orgs)), sort=False)
        case "a padded mode":
            inner = signed.tree([(b"040000", own, id) if own == b"globex" else (mode, own, id) for mode, own, id in orgs])
        case "git's own folder":
            inner = signed.tree(orgs + [(b"40000", b".GIT", bytes.fromhex(grown))])
    return signed.tree(signed.replaced(root, b"orgs", inner))


@pytest.mark.parametrize("how", [
    "slashes in the root", "slashes in orgs", "a way up", "an organization twice", "an organization as a file too", "orgs twice",
    "out of order", "a padded mode", "git's own folder"])
def test_nobody_joins_another_organization_by_a_name(signed, how):
    commit = signed.commit(hostile(signed, how))
    head = ["--repo", signed.copy]
    # Git itself would refuse it where it looks.
    fsck = run_git("fsck", "--strict", "--no-dangling", cwd=signed.copy, check=False)
    assert fsck.returncode != 0
    status, said = signed.wpex("check", *head, "--base", signed.base, "--head", commit, "--actor", "user:acme/giulia-rossi")
    assert status != 0 and "permitted" not in said, said
    status, said = signed.wpex("validate", *head, "--rev", commit)
    assert status != 0 and "is malformed" in said, said
    status, said = signed.wpex("plan", *head, "--base", signed.base, "--head", commit)
    assert status != 0 and "Nothing changes" not in said, said
    status, said = signed.wpex("verify", *head, "--rev", f"{signed.base}..{commit}")
    assert status != 0 and "all of 0" not in said, said
    # The server does not look (receive.fsckObjects is off), and the hook does.
    result = run_git("push", str(signed.bare), f"{commit}:refs/heads/main", cwd=signed.copy, check=False)
    assert result.returncode != 0 and "refused" in result.stderr, result.stderr
    assert git("rev-parse", "main", cwd=signed.bare) == signed.base
    # The stranger is still unknown.
    status, said = signed.wpex("check", *head, "--base", signed.base, "--head", signed.base, "--actor", "user:globex/zz-helper")
    assert status != 0, said


def test_a_fault_in_one_organization_is_its_own(signed):
    """Errors that a tenant makes in its own folder stay there."""
    users = signed.tree(signed.entries("HEAD:orgs/acme/users") + [(b"100644", b".git", bytes.fromhex(signed.write("blob", b"x")))])
    acme = signed.tree(signed.replaced(signed.entries("HEAD:orgs/acme"), b"users", users))
    orgs = signed.tree(signed.replaced(signed.entries("HEAD:orgs"), b"acme", acme))
    commit = signed.commit(signed.tree(signed.replaced(signed.entries("HEAD^{tree}"), b"orgs", orgs)))
    status, said = signed.wpex("validate", "--rev", commit, "--format", "json")
    assert status == 1, said
    found = [one for one in json.loads(signed.output)["diagnostics"] if one["severity"] == "error"]
    assert found and all(one["path"].startswith("orgs/acme/") for one in found), found
    assert any("the folder `orgs/acme/users` is malformed" in one["message"] for one in found)
    # An engineer may not do it either: making users unreadable removes them.
    status, said = signed.wpex("check", "--base", signed.base, "--head", commit, "--actor", "user:acme/giulia-rossi")
    assert status == 1 and "orgs/acme/users" in said, said


def test_variables_of_git_choose_nothing(signed, tmp_path):
    """Variables that point to another repository, other objects or another history."""
    other = tmp_path / "other"
    other.mkdir()
    begin(other, "empty")
    (tmp_path / "grafts").write_text(f"{signed.base} {git('rev-parse', 'HEAD', cwd=other)}\n")
    environment = {
        "GIT_DIR": other / ".git", "GIT_WORK_TREE": other, "GIT_COMMON_DIR": other / ".git", "GIT_INDEX_FILE": other / ".git/index",
        "GIT_OBJECT_DIRECTORY": other / ".git/objects", "GIT_ALTERNATE_OBJECT_DIRECTORIES": other / ".git/objects",
        "GIT_GRAFT_FILE": tmp_path / "grafts", "GIT_REPLACE_REF_BASE": "refs/heads/", "GIT_NAMESPACE": "other",
        "GIT_CEILING_DIRECTORIES": signed.copy,
    }
    for arguments in (["validate", "--rev", "main"], ["validate"], ["verify", "--rev", "main", "--output", "json"]):
        answers = [
            subprocess.run([WPEX, *arguments, "--repo", signed.copy], cwd=tmp_path, capture_output=True, text=True, env=variables)
            for variables in (None, {**os.environ, **{name: str(value) for name, value in environment.items()}})
        ]
        assert [(one.returncode, one.stdout, one.stderr) for one in answers[:1]] == [
            (one.returncode, one.stdout, one.stderr) for one in answers[1:]], arguments
