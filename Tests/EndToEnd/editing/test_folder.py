"""Git decides what a working folder is: ignored but tracked files, sparse checkouts, other repository formats."""

import os
import subprocess

import pytest

from support.program import ROOT


def organizations(work, *arguments):
    said = work.wpex("validate", "--now", "2026-11-25", *arguments).stderr
    return said


def status(work):
    return work.git("status", "--porcelain").splitlines()


# For files that wpex never reads, it does not matter which of them changed.
def test_unchanged_files_that_nobody_reads_are_not_part_of_a_change(work):
    (work.repo / "docs").mkdir(exist_ok=True)
    (work.repo / "docs/notes.txt").write_text("a note\n")
    (work.repo / "link-to-notes").symlink_to("docs/notes.txt")
    os.unlink(work.repo / "link-to-notes")
    work.git("add", "-A")
    work.git("commit", "-qm", "Notes")
    work.wpex("relay", "stop", "acme/milan-guests")
    said = work.wpex("check", "--base", "HEAD", "--actor", "user:acme/giulia-rossi").stderr
    assert "permitted: 1 change" in said
    # Files rewritten with the same contents are unchanged.
    (work.repo / "docs/notes.txt").write_text("a note\n")
    os.utime(work.repo / "README.md", (1, 1))
    assert "permitted: 1 change" in work.wpex("check", "--base", "HEAD", "--actor", "user:acme/giulia-rossi").stderr
    (work.repo / "docs/notes.txt").write_text("another\n")
    said = work.wpex("check", "--base", "HEAD", "--actor", "user:acme/giulia-rossi", status=1).stderr
    assert "docs/notes.txt" in said and "README.md" not in said


@pytest.mark.parametrize("eol", ["crlf", "lf"])
def test_line_ends_of_a_checkout_are_no_change(work, eol):
    (work.repo / ".gitattributes").write_text(f"* text eol={eol}\n")
    work.git("add", "-A")
    work.git("commit", "-qm", "Line ends")
    for path in work.repo.rglob("*.*"):
        if ".git/" not in str(path) and path.is_file() and path.suffix in (".yaml", ".md"):
            path.unlink()
    work.git("checkout", "--", ".")
    assert status(work) == []
    os.utime(work.repo / "README.md", (1, 1))
    # The working folder, which is as committed, is not compared.
    assert "working folder" not in work.wpex("plan", "--base", "HEAD").stdout
    work.wpex("relay", "stop", "acme/milan-guests")
    assert "permitted: 1 change" in work.wpex("check", "--base", "HEAD", "--actor", "user:acme/giulia-rossi").stderr


@pytest.mark.parametrize("pattern", ["orgs/globex/", "globex", "*.yaml", "orgs", "README.md"])
def test_a_tracked_file_counts_although_a_pattern_ignores_it(work, pattern):
    before = organizations(work)
    excludes = work.folder / "excludes"
    excludes.write_text(pattern + "\n")
    work.git("config", "core.excludesFile", excludes)
    assert status(work) == []
    assert organizations(work) == before
    (work.repo / "README.md").write_text("x\n")
    said = work.wpex("plan", "--base", "HEAD").stdout
    assert "remove" not in said and "delete" not in said
    # Untracked files are still ignored.
    scratch = work.repo / "orgs/globex/relays/scratch.yaml"
    scratch.write_text("not: a relay\n")
    work.wpex("validate", "--now", "2026-11-25", status=0 if pattern != "README.md" else 1)


def test_an_edit_does_not_go_where_git_would_not_see_it(work):
    (work.repo / ".git/info/exclude").write_text("orgs/acme/relays/new-*\n")
    said = work.wpex(
        "relay", "create", "acme/new-1", "--region", "eu-south", "--key", "headquarters", "--label", "tier=silver", status=1).stderr
    assert "Git ignores `orgs/acme/relays/new-1.yaml`" in said
    assert status(work) == []


@pytest.mark.parametrize("cone", [["--cone"], ["--no-cone"], ["--cone", "--sparse-index"]], ids=" ".join)
def test_a_sparse_checkout_is_no_removal(work, cone):
    before = organizations(work)
    work.git("sparse-checkout", "set", *cone, *(["orgs/acme", "users", "roles"] if "--cone" in cone else ["/orgs/acme/", "/users/", "/roles/", "/*.yaml"]))
    assert not (work.repo / "orgs/globex").exists()
    assert organizations(work) == before
    for path in ["README.md", "users/extra.txt"]:
        (work.repo / path).write_text("x\n")
    said = work.wpex("plan", "--base", "HEAD").stdout
    assert "remove" not in said and "delete" not in said
    said = work.wpex("relay", "stop", "globex/oslo-1", status=1).stderr
    assert "is not checked out" in said and "git sparse-checkout add orgs/globex" in said
    # Ports of relays that are not checked out are in use.
    work.wpex("relay", "create", "acme/new-1", "--region", "eu-south", "--key", "headquarters", "--label", "tier=silver")
    organizations(work)


def test_a_file_without_its_worktree_bit_is_read_from_the_index(work):
    before = organizations(work)
    work.git("update-index", "--skip-worktree", "orgs/globex/organization.yaml")
    (work.repo / "orgs/globex/organization.yaml").unlink()
    assert status(work) == []
    assert organizations(work) == before


@pytest.mark.parametrize("command", [
    ["update-index", "--split-index"], ["update-index", "--index-version", "4"], ["update-index", "--untracked-cache"],
], ids=lambda command: command[1])
def test_every_form_of_index_is_read(work, command):
    (work.folder / "excludes").write_text("globex\n")
    work.git("config", "core.excludesFile", work.folder / "excludes")
    before = organizations(work)
    work.git(*command)
    (work.repo / "orgs/acme/notes.txt").write_text("x\n")
    (work.repo / "README.md").write_text("x\n")
    work.git("add", "-A")
    assert organizations(work) == before and "5 organizations" in before
    work.git("rm", "-q", "--cached", "orgs/acme/notes.txt")
    work.git("commit", "-qm", "x")
    if command[1] == "--split-index":
        said = work.wpex("relay", "stop", "acme/milan-guests", "--commit", status=3).stderr
        assert "git update-index --no-split-index" in said
        assert work.git("diff", "HEAD") == ""
    else:
        work.wpex("relay", "stop", "acme/milan-guests", "--commit")
        assert work.git("diff", "HEAD") == "" and work.git("diff", "--cached") == ""
        work.git("fsck", "--strict")


def make(work, *options, folder="other"):
    """A second repository of the same files, in another of Git's formats."""
    path = work.folder / folder
    subprocess.run(["cp", "-r", str(ROOT / "sample-repo"), str(path)], check=True)
    work.git("init", "-q", *options, cwd=path)
    work.git("add", "-A", cwd=path)
    work.git("commit", "-qm", "Begin", cwd=path)
    return path


def test_sha256_is_read_as_a_folder_and_refused_by_its_name(work):
    path = make(work, "--object-format=sha256")
    (path / ".git/info/exclude").write_text("orgs(scratch)\nglobex\n")
    (path / "orgs(scratch)").mkdir()
    (path / "orgs(scratch)/broken.yaml").write_text("broken\n")
    assert "5 organizations" in work.wpex("validate", "--now", "2026-11-25", cwd=path).stderr
    for command in [["validate", "--rev", "HEAD"], ["plan", "--base", "HEAD"], ["relay", "stop", "acme/milan-guests", "--commit"]]:
        said = work.wpex(*command, cwd=path, status=3).stderr
        assert "SHA-256" in said and "git init` there" not in said
    assert work.git("status", "--porcelain", cwd=path) == ""
    work.wpex("relay", "stop", "acme/milan-guests", cwd=path)


def test_reftable_is_refused_by_its_name(work):
    """Git 2.39 cannot create it; the configuration declares it."""
    path = make(work)
    work.git("config", "core.repositoryFormatVersion", "1", cwd=path)
    with open(path / ".git/config", "a") as file:
        file.write("[extensions]\n\trefStorage = reftable\n")
    said = work.wpex("validate", "--rev", "HEAD", cwd=path, status=3).stderr
    assert "`reftable`" in said and "git refs migrate" in said


def test_an_unknown_extension_is_named(work):
    path = make(work)
    work.git("config", "core.repositoryFormatVersion", "1", cwd=path)
    with open(path / ".git/config", "a") as file:
        file.write("[extensions]\n\tteleport = true\n")
    for command in [["validate"], ["validate", "--rev", "HEAD"]]:
        assert "extensions.teleport" in work.wpex(*command, cwd=path, status=3).stderr


@pytest.mark.parametrize("extension", ["worktreeConfig", "relativeWorktrees", "preciousObjects"])
def test_extensions_that_change_nothing_are_read(work, extension):
    (work.repo / ".gitignore").write_text("scratch.yaml\n")
    (work.repo / "scratch.yaml").write_text("broken\n")
    work.git("add", "-A")
    work.git("commit", "-qm", "x")
    # Not every Git can create all of them, so this is what a newer one would leave.
    with open(work.repo / ".git/config", "a") as file:
        file.write(f"[core]\n\trepositoryFormatVersion = 1\n[extensions]\n\t{extension} = true\n")
    organizations(work)
    work.wpex("validate", "--rev", "HEAD", "--now", "2026-11-25")
    work.wpex("relay", "stop", "acme/milan-guests", "--commit")
    config = work.repo / ".git/config"
    config.write_text(config.read_text().replace(f"\t{extension} = true\n", ""))
    assert work.git("status", "--porcelain") == ""


def test_a_linked_worktree_has_settings_and_an_index_of_its_own(work):
    work.git("config", "extensions.worktreeConfig", "true")
    work.git("config", "core.repositoryFormatVersion", "1")
    tree = work.folder / "tree"
    work.git("worktree", "add", "-q", tree, "-b", "side")
    work.git("config", "--worktree", "user.name", "Somebody Else", cwd=tree)
    # As by `git worktree add --relative-paths` of newer versions.
    (tree / ".git").write_text(f"gitdir: {os.path.relpath(work.repo / '.git/worktrees/tree', tree)}\n")
    work.wpex("relay", "stop", "acme/milan-guests", "--commit", cwd=tree)
    assert work.git("log", "-1", "--format=%an", "side") == "Somebody Else\n"
    assert work.git("status", "--porcelain", cwd=tree) == "" and status(work) == []


def test_a_partial_clone_says_what_it_lacks(work):
    server = work.folder / "server.git"
    work.git("clone", "-q", "--bare", work.repo, server, cwd=work.folder)
    work.git("config", "uploadpack.allowFilter", "true", cwd=server)
    clone = work.folder / "clone"
    work.git("clone", "-q", "--filter=blob:none", f"file://{server}", clone, cwd=work.folder)
    work.wpex("validate", "--now", "2026-11-25", cwd=clone)
    work.wpex("relay", "stop", "acme/milan-guests", "--commit")
    work.git("push", "-q", server, "HEAD:main")
    work.git("fetch", "-q", cwd=clone)
    said = work.wpex("plan", "--base", "HEAD", "--head", "origin/main", cwd=clone, status=3).stderr
    assert "partial clone" in said and "fsck" not in said
    # Its advice works.
    work.git("fetch", "-q", "--refetch", "--no-filter", cwd=clone)
    work.wpex("plan", "--base", "HEAD", "--head", "origin/main", cwd=clone)


def test_a_shallow_clone_and_a_bare_repository_say_so(work):
    work.wpex("relay", "stop", "acme/milan-guests", "--commit")
    clone = work.folder / "clone"
    work.git("clone", "-q", "--depth=1", f"file://{work.repo}", clone, cwd=work.folder)
    assert "shallow clone" in work.wpex("plan", "--base", "HEAD~1", cwd=clone, status=3).stderr
    bare = work.folder / "bare.git"
    work.git("clone", "-q", "--bare", work.repo, bare, cwd=work.folder)
    for command in [["validate"], ["fmt", "--check"], ["relay", "stop", "acme/milan-guests"]]:
        said = work.wpex(*command, cwd=bare, status=3).stderr
        assert "is a bare Git repository" in said
    work.wpex("validate", "--rev", "HEAD", "--now", "2026-11-25", cwd=bare)


def test_what_an_editor_leaves_while_it_is_open_is_no_document(work):
    relays = work.repo / "orgs/acme/relays"
    (relays / ".#milan-1.yaml").symlink_to("anna@host.1234:5678")
    (relays / "._milan-1.yaml").write_bytes(b"\x00\x05\x16\x07")
    organizations(work)
    work.wpex("plan", "--base", "HEAD")
    # Git's version counts.
    work.git("add", "-A")
    work.wpex("validate", status=1)


def test_a_repository_in_the_repository_is_one_entry(work):
    inner = work.repo / "orgs/acme/shared"
    inner.mkdir()
    work.git("init", "-q", cwd=inner)
    (inner / "broken.yaml").write_text("broken\n")
    said = work.wpex("validate", status=1).stderr
    assert "WPX1002" in said and "broken.yaml" not in said
