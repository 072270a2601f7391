"""`--staged`: the contents of Git's index are checked, as a commit would record them, and never the files in the
folder."""

import os
import pathlib
import re
import subprocess

import pytest

from support.program import ROOT, WPEX
from support.sample import edit

RELAY = "orgs/acme/relays/milan-guests.yaml"
NOW = ["--now", "2026-11-25"]


def change(work, old, new, path=RELAY):
    edit(work.repo, path, old, new)


def validate(work, status=0, **more):
    return work.wpex("validate", "--staged", *NOW, status=status, **more).stderr


def hook(work, text, folder=None):
    path = (folder or work.repo / ".git") / "hooks/pre-commit"
    path.write_text(text)
    path.chmod(0o755)


def commit(work, *arguments, cwd=None):
    environment = {**work.environment, "PATH": f"{pathlib.Path(WPEX).parent}:{work.environment['PATH']}"}
    return subprocess.run(
        ["git", "commit", "-qm", "Change", *arguments], cwd=cwd or work.repo, env=environment, capture_output=True, text=True)


def test_the_index_is_judged_and_not_the_folder(work):
    change(work, "port: 30102", "port: 30101")
    assert "clean: 5 organizations" in validate(work)
    work.git("add", RELAY)
    change(work, "port: 30101", "port: 30102")
    work.wpex("validate", *NOW)
    said = validate(work, status=1)
    assert "WPX1403" in said and f"{RELAY}:8:9" in said, said
    # The excerpt shows the staged line.
    assert "port: 30101" in said
    assert '"path": "orgs/acme' in work.wpex("validate", "--staged", *NOW, "--format", "json", status=1).stdout


@pytest.mark.parametrize("form", [
    ["update-index", "--split-index"], ["update-index", "--index-version", "4"], ["update-index", "--index-version", "2"],
    ["sparse-checkout", "set", "--sparse-index", "orgs/globex"],
], ids=" ".join)
def test_every_form_of_the_index_is_read(work, form):
    change(work, "port: 30102", "port: 30101")
    work.git("add", RELAY)
    work.git(*form)
    assert "WPX1403" in validate(work, status=1)


def test_files_that_no_commit_takes_do_not_count(work):
    broken = work.repo / "orgs/acme/keys/broken.yaml"
    broken.write_text("kind: Nothing\n")
    assert "clean" in validate(work)
    work.git("add", "--intent-to-add", str(broken))
    assert "clean" in validate(work)
    work.git("add", str(broken))
    assert "broken.yaml" in validate(work, status=1)
    work.git("rm", "-q", "--cached", str(broken))
    work.git("rm", "-q", "--cached", "platform.yaml")
    assert "WPX1007" in validate(work, status=1)


def test_kinds_of_entries_are_those_of_the_index(work):
    (work.repo / "orgs/acme/keys/link.yaml").symlink_to("hq.yaml")
    work.git("add", "-A")
    (work.repo / "orgs/acme/keys/link.yaml").unlink()
    assert "WPX1001" in validate(work, status=1)


def test_a_conflict_leaves_nothing_to_commit(work):
    work.git("checkout", "-qb", "one")
    change(work, "port: 30102", "port: 30111")
    work.git("commit", "-qam", "One")
    work.git("checkout", "-qb", "two", "main")
    change(work, "port: 30102", "port: 30112")
    work.git("commit", "-qam", "Two")
    subprocess.run(["git", "merge", "one"], cwd=work.repo, env=work.environment, capture_output=True)
    said = validate(work, status=3)
    assert f"`{RELAY}` is not merged" in said
    work.git("checkout", "--ours", RELAY)
    work.git("add", RELAY)
    assert "clean" in validate(work)


def test_layout_of_what_is_staged(work):
    change(work, "port: 30102", "port:   30102")
    work.wpex("fmt", "--check", "--staged")
    work.git("add", RELAY)
    before = (work.repo / RELAY).read_bytes()
    work.wpex("fmt", RELAY)
    said = work.wpex("fmt", "--check", "--staged", status=1).stderr
    assert said == f"would format {RELAY}\n"
    shown = work.wpex("fmt", "--diff", "--staged").stdout
    assert "-  port:   30102" in shown and "+  port: 30102" in shown
    # Neither the folder nor the index is changed.
    assert (work.repo / RELAY).read_bytes() != before
    assert "port:   30102" in work.git("show", f":{RELAY}")
    assert "--check or --diff" in work.wpex("fmt", "--staged", status=2).stderr


def test_rights_for_what_is_staged(work):
    work.wpex("relay", "stop", "acme/milan-guests")
    work.git("add", RELAY)
    change(work, "requireSignedCommits: false", "requireSignedCommits: true", "platform.yaml")
    arguments = ["check", "--base", "HEAD", "--actor", "user:acme/giulia-rossi"]
    assert "permitted: 1 change" in work.wpex(*arguments, "--staged").stderr
    assert "WPX150" in work.wpex(*arguments, status=1).stderr
    shown = work.wpex("plan", "--base", "HEAD", "--staged").stdout
    assert "index" in shown and "milan-guests" in shown


@pytest.mark.parametrize("arguments", [
    ["validate", "--staged", "--rev", "HEAD"], ["validate", "--staged", "--fix"], ["fmt", "--staged", "--check", RELAY],
    ["check", "--base", "HEAD", "--head", "HEAD", "--staged", "--actor", "github:x"],
], ids=" ".join)
def test_the_index_is_nothing_else(work, arguments):
    assert "--staged" in work.wpex(*arguments, status=2).stderr


def test_without_git_there_is_no_index(work, tmp_path):
    (tmp_path / "plain").mkdir()
    said = work.wpex("validate", "--staged", "--repo", tmp_path / "plain", status=3).stderr
    assert "is not in a Git repository" in said


def script():
    """The hook from docs/ci.md."""
    page = (ROOT / "docs/ci.md").read_text()
    return re.search(r"```sh\n(#!/bin/sh\n.*?)```", page, re.DOTALL).group(1)


def test_the_hook_of_the_page_judges_each_kind_of_commit(work):
    hook(work, script())
    good = (work.repo / RELAY).read_text()
    # Errors outside the commit do not stop it.
    change(work, "port: 30102", "port: 30101")
    other = work.repo / "orgs/acme/relays/turin-1.yaml"
    other.write_text(other.read_text() + "# a note\n")
    work.git("add", str(other))
    assert commit(work).returncode == 0
    # `git commit --all` and named files use a separate index.
    for arguments in (["--all"], [RELAY], ["--include", RELAY]):
        refused = commit(work, *arguments)
        assert refused.returncode != 0 and "WPX1403" in refused.stderr, (arguments, refused.stderr)
    (work.repo / RELAY).write_text(good.replace("port: 30102", "port:   30102"))
    refused = commit(work, "--all")
    assert refused.returncode != 0 and "would format" in refused.stderr, refused.stderr
    (work.repo / RELAY).write_text(good + "# another note\n")
    assert commit(work, "--all").returncode == 0, "a sound change goes through"


def test_a_linked_worktree_has_an_index_of_its_own(work, tmp_path):
    linked = tmp_path / "linked"
    work.git("worktree", "add", "-q", linked)
    hook(work, script())
    change(work, "port: 30102", "port: 30101")
    work.git("add", RELAY)
    (linked / RELAY).write_text((linked / RELAY).read_text() + "# a note\n")
    assert commit(work, "--all", cwd=linked).returncode == 0
    assert "WPX1403" in commit(work).stderr


def test_a_folder_of_a_larger_repository(work):
    outer = work.folder / "outer"
    (outer / "infra").mkdir(parents=True)
    subprocess.run(["rm", "-r", work.repo / ".git"], check=True)
    work.repo.rename(outer / "infra/relays")
    work.repo = outer / "infra/relays"
    work.git("init", "-q", cwd=outer)
    (outer / "broken.yaml").write_text("a: [\n")
    work.git("add", "-A", cwd=outer)
    assert "clean: 5 organizations" in validate(work)
    change(work, "port: 30102", "port: 30101")
    work.git("add", "-A")
    said = work.wpex("validate", "--staged", *NOW, "--format", "github", status=1).stdout
    assert f"file=infra/relays/{RELAY}" in said


def test_the_index_of_another_repository_is_not_taken(work, tmp_path):
    """A hook of one repository may check another one."""
    other = tmp_path / "other"
    other.mkdir()
    work.git("init", "-q", cwd=other)
    (other / "a").write_text("a\n")
    work.git("add", "a", cwd=other)
    work.environment["GIT_INDEX_FILE"] = str(other / ".git/index")
    try:
        assert "clean: 5 organizations" in work.wpex("validate", "--staged", *NOW, "--repo", work.repo, cwd=other).stderr
    finally:
        del work.environment["GIT_INDEX_FILE"]
    assert os.path.exists(other / ".git/index")
