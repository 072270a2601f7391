"""A config repository in a folder of another Git repository, as sample-repo is; every command handles it."""

import json
import re
import subprocess

import pytest

from support.program import WPEX
from support.sample import copy_sample
from support.work import Work

FOLDER = "infra/relays è"
FILE = "orgs/acme/relays/milan-guests.yaml"


class Inside(Work):
    """A Git repository of other files, with the config repository in a folder."""

    def __init__(self, folder):
        super().__init__(folder)
        outer = folder / "outer"
        (outer / "infra").mkdir(parents=True)
        # Files elsewhere may be what would be wrong in a config repository.
        (outer / "charts").mkdir()
        (outer / "charts/values.yaml").write_text("a: 1\n")
        copy_sample(outer / FOLDER)
        self.outer, self.repo = outer, outer / FOLDER
        self.git("init", "-q", cwd=outer)
        self.git("add", "-A", cwd=outer)
        self.git("commit", "-qm", "Begin", cwd=outer)


@pytest.fixture
def inside(tmp_path):
    return Inside(tmp_path)


def test_commands_read_the_folder(inside):
    now = ["--now", "2026-11-25"]
    clean = inside.wpex("validate", *now).stderr
    assert inside.wpex("validate", "--rev", "HEAD", *now).stderr == clean
    inside.wpex("render", "--rev", "HEAD", "--out", inside.folder / "out", "--demonstration", *now)
    inside.wpex("relay", "stop", "acme/milan-guests", "--branch", "rest")
    assert inside.git("status", "--porcelain") == ""
    said = inside.wpex("plan", "--base", "main").stdout
    assert "milan-guests" in said and "charts" not in said
    # Also from a folder below it.
    assert inside.wpex("plan", "--base", "main", cwd=inside.repo / "orgs/acme").stdout == said
    assert inside.wpex("plan", "--base", "main", "--repo", inside.repo, cwd=inside.folder).stdout == said
    assert "permitted: 1 change" in inside.wpex("check", "--base", "main", "--actor", "user:acme/giulia-rossi").stderr
    rows = json.loads(inside.wpex("verify", "--rev", "main..HEAD", "--output", "json", status=1).stdout)
    assert [row["subject"] for row in rows] == ["Stop relay acme/milan-guests"]
    # Other files of the Git repository are not part of it.
    (inside.outer / "charts/values.yaml").write_text("a: 2\n")
    (inside.outer / "notes.txt").write_text("x\n")
    assert inside.wpex("plan", "--base", "main").stdout == said
    assert "permitted: 1 change" in inside.wpex("check", "--base", "main", "--actor", "user:acme/giulia-rossi").stderr
    inside.wpex("relay", "start", "acme/milan-guests")
    assert "working folder" in inside.wpex("plan", "--base", "main").stdout + inside.wpex("plan", "--base", "HEAD").stdout


def test_a_base_without_the_folder_has_nothing(inside):
    inside.git("checkout", "-q", "--orphan", "before", cwd=inside.outer)
    inside.git("rm", "-rqf", "--cached", ".", cwd=inside.outer)
    inside.git("commit", "-q", "--allow-empty", "-m", "Nothing", cwd=inside.outer)
    inside.git("checkout", "-qf", "main", cwd=inside.outer)
    inside.git("rebase", "-q", "--root", "--onto", "before", cwd=inside.outer)
    assert "milan-guests" in inside.wpex("plan", "--base", "before", "--head", "main").stdout


@pytest.mark.parametrize("format, pattern", [
    ("github", r"file=infra/relays è/orgs/"), ("gitlab", r'"path": "infra/relays è/orgs/'), ("sarif", r'"uri": "infra/relays%20%C3%A8/orgs/'),
])
def test_forges_find_the_files(inside, format, pattern):
    path = inside.repo / FILE
    path.write_text(path.read_text().replace("port: 30102", "port: 30101"))
    assert re.search(pattern, inside.wpex("validate", "--format", format, status=1).stdout)
    inside.git("commit", "-qam", "Broken")
    assert re.search(pattern, inside.wpex("validate", "--rev", "HEAD", "--format", format, status=1).stdout)
    assert re.search(pattern, inside.wpex("check", "--base", "HEAD~1", "--actor", "github:nobody", "--format", format, status=1).stdout)
    # Users see paths relative to their folder.
    assert f" {FILE}:" in inside.wpex("validate", status=1).stderr


def test_owners_are_those_of_the_folder(inside):
    said = inside.wpex("codeowners", "--check", status=1).stderr
    assert "../../.github/CODEOWNERS" in said
    command = re.search(r"`wpex (codeowners .*?)`", said).group(1)
    inside.wpex(*command.split(" "))
    assert "fresh" in inside.wpex("codeowners", "--check").stderr
    lines = (inside.outer / ".github/CODEOWNERS").read_text().splitlines()
    # Spaces in patterns are escaped: after an unescaped one, an owner follows.
    assert all(line.startswith(("#", "/infra/relays\\ è/")) for line in lines)


def test_owners_are_not_written_for_a_folder_whose_name_hides_something(inside):
    (inside.outer / "infra").rename(inside.outer / "infra\u200b")
    inside.repo = inside.outer / FOLDER.replace("infra", "infra\u200b")
    said = inside.wpex("codeowners", status=1).stderr
    assert "infra<U+200B>/relays" in said, said


@pytest.mark.parametrize("bare", [True, False], ids=["bare", "nothing checked out"])
def test_a_repository_without_files_is_told_the_folder(inside, bare):
    clone = inside.folder / "clone"
    inside.git("clone", "-q", *(["--bare"] if bare else ["--no-checkout"]), inside.outer, clone, cwd=inside.folder)
    inside.wpex("validate", "--rev", "HEAD", "--now", "2026-11-25", cwd=clone, status=1)
    inside.git("config", "wpex.path", FOLDER + "/", cwd=clone)
    inside.wpex("validate", "--rev", "HEAD", "--now", "2026-11-25", cwd=clone)
    inside.wpex("plan", "--base", "HEAD", "--head", "HEAD", cwd=clone)


def test_the_daemon_follows_the_folder(inside):
    def run(status=0, **more):
        environment = {**inside.environment, "WPEX_HTTP_LISTEN": "127.0.0.1:0", **more}
        result = subprocess.run(
            [WPEX, "sync", "run", "--repo", f"file://{inside.outer}", "--target", "directory", "--out", inside.folder / "out", "--state",
             inside.folder / "state", "--demonstration", "--once"],
            cwd=inside.folder, env=environment, capture_output=True, text=True, timeout=120)
        assert result.returncode == status, (result.returncode, result.stdout, result.stderr)
        return result
    run(status=1)
    assert not list((inside.folder / "out").rglob("*milan*")) if (inside.folder / "out").exists() else True
    run(WPEX_REPOSITORY_PATH=FOLDER)
    assert any("milan-guests" in path.name or "milan-guests" in path.read_text() for path in (inside.folder / "out").rglob("*.yaml"))


@pytest.mark.parametrize("name", ["CODEOWNERS", "docs/CODEOWNERS", ".github/CODEOWNERS"])
def test_owners_are_looked_for_where_the_forge_does(work, name):
    work.wpex("codeowners", "--output", name)
    assert f"`{name}` is fresh" in work.wpex("codeowners", "--check").stderr
    path = work.repo / name
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert "fresh" in work.wpex("codeowners", "--check").stderr
    path.write_text("x\n")
    assert f"--output {name}`" in work.wpex("codeowners", "--check", status=1).stderr
