"""A pull request's plan and the daemon agree: one digest, one approval, one outcome. Real commits, with a folder as the
target."""

import json
import os
import re
import shutil
import subprocess

import jsonschema
import pytest

from support.git import begin, commit, git
from support.program import ROOT, WPEX, wpex
from support.sample import copy_sample


class Repository:
    """sample-repo in Git, and a daemon that applies it to a folder, one pass at a time."""

    def __init__(self, folder):
        self.folder, self.repo, self.out, self.state = folder, folder / "repo", folder / "out", folder / "state"
        copy_sample(self.repo)
        begin(self.repo)

    def commit(self, message):
        return commit(self.repo, message)

    def sync(self):
        return wpex(
            "sync", "run", "--once", "--repo", self.repo, "--branch", "main", "--target", "directory", "--out", self.out,
            "--state", self.state, "--demonstration", check=False)

    def plan(self, base, head, *arguments, check=True):
        return wpex("plan", "--repo", self.repo, "--base", base, "--head", head, *arguments, check=check)

    def planned(self, base, head):
        return json.loads(self.plan(base, head, "--format", "json").stdout)

    def held(self, result):
        """What a pass reports as held: by region, the digest, and the organizations whose deletions wait, with reasons."""
        held = {}
        for region, org, reason, digest in re.findall(
                r"(\S+): (\S+): (.*); `wpex sync approve (?:--state \S+ )?([0-9a-f]{16})`", result.stderr):
            held.setdefault(region, {"digest": digest, "reasons": []})["reasons"].append((org, reason))
            assert held[region]["digest"] == digest
        return held

    def approve(self, digest):
        return wpex("sync", "approve", "--state", self.state, digest)

    def files(self):
        return {
            str(path.relative_to(self.out)): path.read_text() for path in self.out.rglob("*.yaml")
        }


@pytest.fixture
def repository(tmp_path):
    made = Repository(tmp_path)
    result = made.sync()
    assert result.returncode == 0, result.stderr
    return made


def remove_protected(repo):
    (repo / "orgs/acme/relays/milan-1.yaml").unlink()


def remove_many(repo):
    for name in ("milan-guests", "turin-1"):
        (repo / f"orgs/acme/relays/{name}.yaml").unlink()


def remove_organization(repo):
    shutil.rmtree(repo / "orgs/globex")


def change_prefix(repo):
    file = repo / "platform.yaml"
    file.write_text(file.read_text().replace("namespacePrefix: nordsud-", "namespacePrefix: other-"))


@pytest.mark.parametrize("edit", [remove_protected, remove_many, remove_organization, change_prefix])
def test_digest_of_the_pull_request_is_the_daemons(repository, edit):
    before = repository.files()
    edit(repository.repo)
    head = repository.commit("remove")
    planned = {region["region"]: region for region in repository.planned("HEAD~1", head)["regions"] if "digest" in region}
    assert planned
    result = repository.sync()
    assert result.returncode == 1, result.stderr
    held = repository.held(result)
    assert {name: region["digest"] for name, region in held.items()} == {n: r["digest"] for n, r in planned.items()}
    for name, region in held.items():
        assert sorted(region["reasons"]) == sorted(
            (h["org"], h["reason"]) for h in planned[name]["holds"])
    gone = {
        f"{region['region']}/{o.get('namespace', o['name'])}/{o['kind'].lower()}-{o['name']}.yaml"
        for region in planned.values() for o in region["objects"] if o["held"] and o["action"] == "delete"
    }
    assert gone and gone <= before.keys() and gone <= repository.files().keys()
    for region in planned.values():
        repository.approve(region["digest"])
    result = repository.sync()
    assert result.returncode == 0, result.stderr
    assert not gone & repository.files().keys()
    assert not repository.held(result)


def test_approval_before_the_merge_is_good_for_once(repository):
    text = (repository.repo / "orgs/acme/relays/milan-1.yaml").read_text()

    plan = repository.planned("HEAD", "HEAD")
    assert plan["changes"] is False and plan["regions"] == []
    base = git("rev-parse", "HEAD", cwd=repository.repo)
    remove_protected(repository.repo)
    head = repository.commit("remove")
    digest = repository.planned(base, head)["regions"][0]["digest"]
    repository.approve(digest)
    assert repository.sync().returncode == 0
    # Declared and removed again: the digest is the same, but a new approval is needed.
    (repository.repo / "orgs/acme/relays/milan-1.yaml").write_text(text)
    repository.commit("again")
    assert repository.sync().returncode == 0
    base = git("rev-parse", "HEAD", cwd=repository.repo)
    remove_protected(repository.repo)
    head = repository.commit("remove again")
    assert repository.planned(base, head)["regions"][0]["digest"] == digest
    result = repository.sync()
    assert result.returncode == 1
    assert {region["digest"] for region in repository.held(result).values()} == {digest}


def test_approval_of_other_contents_is_worth_nothing(repository):
    base = git("rev-parse", "HEAD", cwd=repository.repo)
    remove_protected(repository.repo)
    digest = repository.planned(base, repository.commit("remove"))["regions"][0]["digest"]
    repository.approve(digest)
    # Meanwhile the relay has changed.
    git("reset", "-q", "--hard", base, cwd=repository.repo)
    file = repository.repo / "orgs/acme/relays/milan-1.yaml"
    file.write_text(file.read_text().replace("bandwidthMbps: 1000", "bandwidthMbps: 999"))
    base = repository.commit("slower")
    assert repository.sync().returncode == 0
    remove_protected(repository.repo)
    head = repository.commit("remove")
    assert repository.planned(base, head)["regions"][0]["digest"] != digest
    assert repository.sync().returncode == 1


def test_protection_that_is_switched_on_later_holds(repository):
    """An object's protection is stored on the object: a change of nothing else must be applied."""
    file = repository.repo / "orgs/acme/relays/turin-1.yaml"
    file.write_text(file.read_text().replace("spec:\n", "spec:\n  deletionProtection: true\n"))
    base = repository.commit("protect")
    assert repository.sync().returncode == 0
    file.unlink()
    head = repository.commit("remove")
    digest = repository.planned(base, head)["regions"][0]["digest"]
    result = repository.sync()
    assert result.returncode == 1
    assert [region["digest"] for region in repository.held(result).values()] == [digest]


def test_exit_codes_and_forms(repository, tmp_path):
    base = git("rev-parse", "HEAD", cwd=repository.repo)
    assert repository.plan(base, "HEAD", "--exit-code").stdout.count("Nothing changes.") == 1
    (repository.repo / "README.md").write_text("another text\n")
    same = repository.commit("unrelated")
    assert repository.plan(base, same, "--exit-code").returncode == 0
    remove_many(repository.repo)
    # Without --head, the working folder if it differs.
    folder = wpex("plan", "--repo", repository.repo, "--base", base, "--exit-code", check=False)
    assert folder.returncode == 2 and "working folder" in folder.stdout and "loses relay turin-1" in folder.stdout
    head = repository.commit("remove")
    assert repository.plan(base, head, "--exit-code", check=False).returncode == 2
    assert repository.plan(base, head).returncode == 0
    clean = wpex("plan", "--repo", repository.repo, "--base", base)
    assert "HEAD" in clean.stdout and clean.stdout.splitlines()[1:] == folder.stdout.splitlines()[1:]
    written = tmp_path / "plan.md"
    assert repository.plan(base, head, "--format", "markdown", "--output", written).stdout == ""
    assert written.read_text().startswith("<!-- wpex-plan -->\n")
    schema = json.loads((ROOT / "schemas/plan.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(repository.planned(base, head))
    (repository.repo / "orgs/acme/relays/broken.yaml").write_text("kind: Relay\n")
    broken = repository.commit("broken")
    result = repository.plan(base, broken, "--format", "markdown", check=False)
    assert result.returncode == 1 and "error[WPX" in result.stderr
    assert result.stdout.startswith("<!-- wpex-plan -->\n") and "cannot" not in result.stderr
    assert repository.plan("nowhere", head, check=False).returncode == 3
    assert wpex("plan", "--repo", repository.repo, check=False).returncode == 2


def test_a_branch_that_is_behind_is_compared_with_where_it_left(repository):
    git("checkout", "-q", "-b", "change", cwd=repository.repo)
    file = repository.repo / "orgs/acme/relays/milan-1.yaml"
    file.write_text(file.read_text().replace("bandwidthMbps: 1000", "bandwidthMbps: 900"))
    repository.commit("slower")
    git("checkout", "-q", "main", cwd=repository.repo)
    remove_organization(repository.repo)
    repository.commit("gone")
    result = repository.plan("main", "change", "--format", "json")
    plan = json.loads(result.stdout)
    assert "their merge base" in result.stderr
    assert [document["name"] for document in plan["documents"]] == ["milan-1"]
    assert plan["relays"] == [
        {"org": "acme", "relay": "milan-1", "region": "eu-south", "effect": "reloads", "held": False}]


def test_a_bare_repository_and_colours(repository, tmp_path):
    bare = tmp_path / "bare.git"
    remove_many(repository.repo)
    repository.commit("remove")
    git("clone", "-q", "--bare", repository.repo, bare, cwd=tmp_path)
    arguments = [WPEX, "plan", "--repo", bare, "--base", "main~1"]
    plain = subprocess.run(arguments, capture_output=True, text=True, check=True, env={**os.environ, "CLICOLOR_FORCE": ""})
    coloured = subprocess.run(arguments, capture_output=True, text=True, check=True, env={**os.environ, "CLICOLOR_FORCE": "1"})
    refused = subprocess.run(
        arguments, capture_output=True, text=True, check=True, env={**os.environ, "CLICOLOR_FORCE": "1", "NO_COLOR": "1"})
    assert "\x1b" not in plain.stdout and "\x1b[31m" in coloured.stdout and refused.stdout == plain.stdout
