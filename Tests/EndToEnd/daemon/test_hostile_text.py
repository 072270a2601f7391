"""Hostile texts, from a commit to every place where a person or a program reads them; and file permissions of the
state."""

import csv
import io
import json
import os
import re
import shutil
import stat
import subprocess
import unicodedata
import xml.etree.ElementTree

import pytest
from markdown_it import MarkdownIt

from support.daemon import Daemon
from support.git import begin, commit
from support.program import WPEX, wpex
from support.sample import copy_sample

TITLE = "\x1b]0;owned\x07"
NAME = f'Mallory"\u0301,=HYPERLINK(0) {TITLE}\u202e'
AUTHOR = f"{NAME} <mallory@example.org>"
SUBJECT = f"a fix {TITLE}\x9b31m\u2028all is well\u202e"
ALIAS = "x`\u0301 <img src=//evil.example> @admins **Approved**"


def is_hidden(character):
    return unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp")


def assert_harmless(text):
    hidden = sorted({ascii(c) for c in text if is_hidden(c) and c != "\n"})
    assert not hidden, f"{hidden} in {ascii(text)}"


@pytest.fixture(scope="module")
def repo(tmp_path_factory):
    repo = tmp_path_factory.mktemp("hostile") / "repo"
    copy_sample(repo)
    begin(repo, SUBJECT, author=AUTHOR)
    return repo


@pytest.fixture(scope="module")
def running(repo, tmp_path_factory):
    folder = tmp_path_factory.mktemp("running")
    daemon = Daemon(folder, repo)
    # Another user made the folder, and the umask lets everybody read.
    daemon.state.mkdir(mode=0o755)
    before = os.umask(0o022)
    try:
        with daemon:
            daemon.start()
            daemon.until(lambda: "apply.finished" in daemon.actions(), "it is recorded")
            yield daemon
    finally:
        os.umask(before)


def test_what_a_daemon_keeps_is_its_own(running):
    kept = [running.state, *(running.state / name for name in running.state.rglob("*"))]
    open_to_others = {
        str(path.relative_to(running.state.parent)): oct(stat.S_IMODE(path.lstat().st_mode))
        for path in kept
        # Git creates the contents of its folder, which itself is closed.
        if "repository.git" not in path.parent.parts and path.lstat().st_mode & 0o077 and not path.is_symlink()
    }
    assert {"audit.sqlite", "audit.sqlite-wal", "status.json", "local", "repository.git"} <= {path.name for path in kept}
    assert not open_to_others


def test_terminals_see_no_control_characters(repo, running):
    assert "Mallory" in running.lines or "a fix" in running.lines
    assert_harmless(running.lines)
    for command in (
        ("verify", "--repo", repo), ("status", "--state", running.state), ("status", "--state", running.state, "--relays"),
        ("audit", "list", "--state", running.state), ("verify", "--repo", repo, "--output", "json"),
        ("status", "--state", running.state, "--output", "json"),
        ("audit", "list", "--state", running.state, "--output", "json"),
        ("audit", "export", "--state", running.state, "--format", "cloudevents"),
    ):
        result = wpex(*command, check=False)
        assert_harmless(result.stdout + result.stderr)
    shown = wpex("verify", "--repo", repo, check=False).stdout
    assert "a fix <U+1B>]0;owned<U+7>" in shown and len(shown.splitlines()) == 2


def test_a_spreadsheet_reads_every_record_in_its_columns(running):
    records = running.records()
    exported = subprocess.run(
        [WPEX, "audit", "export", "--state", running.state, "--format", "csv"],
        capture_output=True, check=True).stdout.decode()
    head, *rows = csv.reader(io.StringIO(exported, newline=""), strict=True)
    assert len(rows) == len(records) and all(len(row) == len(head) for row in rows)
    assert any(NAME in cell for row in rows for cell in row)
    assert not [cell for row in rows for cell in row if cell[:1] in tuple("=+-@\t\r")]


@pytest.fixture
def changed(repo, tmp_path):
    copy = tmp_path / "changed"
    shutil.copytree(repo, copy)
    path = copy / "orgs/acme/keys/warehouse-rome.yaml"
    path.write_text(re.sub(r"(?m)^  alias: .*$", lambda _: f"  alias: {json.dumps(ALIAS)}", path.read_text()))
    (copy / "orgs/acme/keys/x\r\n::stop-commands::zzz\r\n.yaml").write_text("kind: Nothing\n")
    commit(copy, "change")
    return copy


def test_workflow_commands_are_our_own(changed):
    lines = re.split("\r\n|\r|\n", wpex("validate", "--repo", changed, "--format", "github", check=False).stdout)
    assert any("stop-commands" in line for line in lines)
    assert all(re.match("::(error|warning|notice)[ :]", line) for line in lines if line)
    report = wpex("validate", "--repo", changed, "--format", "junit", check=False).stdout
    assert "stop-commands" in "".join(xml.etree.ElementTree.fromstring(report).itertext())
    assert_harmless(wpex("validate", "--repo", changed, check=False).stderr)


def test_a_comment_says_nothing_but_what_it_quotes(changed):
    (changed / "orgs/acme/keys/x\r\n::stop-commands::zzz\r\n.yaml").unlink()
    commit(changed, "without it")
    page = wpex("plan", "--repo", changed, "--base", "HEAD~2", "--head", "HEAD", "--format", "markdown").stdout
    assert "evil.example" in page
    tokens = [child for token in MarkdownIt("commonmark").parse(page) for child in token.children or [token]]
    quoted = {token.type for token in tokens if "evil.example" in token.content or "@admins" in token.content}
    assert quoted == {"code_inline"}
    assert {token.type for token in tokens if token.type.startswith("html")} <= {"html_block"}
