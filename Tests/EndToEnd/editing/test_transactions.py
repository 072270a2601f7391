"""Edits are transactions: folder, index and history are as before or as wanted, and files keep their attributes."""

import os
import re
import stat
import subprocess

import pytest

from support.program import WPEX
from support.ssh import make_key

STOP = ["relay", "stop", "acme/milan-guests"]
FILE = "orgs/acme/relays/milan-guests.yaml"


def everything(work):
    """State that must not change partially: files, attributes, index and references."""
    files = {}
    for path in sorted(work.repo.rglob("*")):
        if ".git" in path.relative_to(work.repo).parts:
            continue
        mark = path.lstat()
        files[str(path)] = (path.read_bytes() if path.is_file() else None, mark.st_mode, mark.st_uid, mark.st_gid)
    return (
        files, work.git("ls-files", "--stage"), work.git("for-each-ref"), (work.repo / ".git/HEAD").read_text(),
        work.git("status", "--porcelain"))


def locks(work):
    return [path.name for path in (work.repo / ".git").iterdir() if "lock" in path.name or "wpex" in path.name]


@pytest.mark.parametrize("options", [["--commit"], ["--branch", "rest"]], ids=" ".join)
@pytest.mark.parametrize("lock", ["index.lock", "HEAD.lock", "refs/heads/main.lock", "refs/heads/rest.lock"])
def test_a_lock_of_git_stops_all_of_an_edit_or_nothing(work, lock, options):
    before = everything(work)
    path = work.repo / ".git" / lock
    path.touch()
    result = subprocess.run([WPEX, *STOP, *options], cwd=work.repo, env=work.environment, capture_output=True, text=True)
    path.unlink()
    assert locks(work) == []
    if result.returncode == 0:
        # This lock did not matter.
        assert work.git("diff", "HEAD") == "" and work.git("diff", "--cached") == ""
    else:
        assert result.returncode in (1, 3) and "HEAD" not in locks(work)
        assert everything(work) == before
        # Again, without the lock.
        work.wpex(*STOP, *options)
    assert work.git("log", "--format=%s", "-1") == "Stop relay acme/milan-guests\n"
    assert work.git("status", "--porcelain") == ""
    assert result.returncode != 0 or lock != "index.lock"


def test_an_edit_that_cannot_be_written_leaves_nothing(work):
    """A folder in which files can be read, but not created."""
    if os.geteuid() == 0:
        pytest.skip("root may write anywhere")
    before = everything(work)
    os.chmod(work.repo / "orgs/acme/relays", 0o555)
    work.wpex(*STOP, "--commit", status=3)
    os.chmod(work.repo / "orgs/acme/relays", 0o755)
    assert everything(work) == before


def test_a_signature_that_fails_leaves_nothing(work):
    before = everything(work)
    work.git("config", "--global", "user.signingkey", work.folder / "absent", cwd=work.folder)
    work.wpex(*STOP, "--sign", status=3)
    work.wpex("relay", "create", "acme/new-1", "--region", "eu-south", "--key", "headquarters", "--label", "tier=silver", "--sign", status=3)
    work.wpex("relay", "delete", "acme/milan-guests", "--sign", status=3)
    assert everything(work) == before and locks(work) == []


@pytest.mark.parametrize("key", ["ABCDEF12", "0xABCDEF1234567890", "giulia@acme.example", "0123456789ABCDEF0123456789ABCDEF01234567!"])
def test_a_key_of_openpgp_is_named(work, key):
    work.git("config", "commit.gpgsign", "true")
    work.git("config", "user.signingkey", key)
    said = work.wpex(*STOP, "--commit", status=1).stderr
    assert "OpenPGP" in said and "--no-sign" in said
    work.wpex(*STOP, "--commit", "--no-sign")


@pytest.mark.parametrize("mode", [0o644, 0o600, 0o664, 0o755, 0o444])
@pytest.mark.parametrize("command", [[*STOP, "--commit"], STOP, ["fmt"]], ids=lambda command: " ".join(command[-1:]))
def test_a_file_keeps_its_mode(work, mode, command):
    path = work.repo / FILE
    if command == ["fmt"]:
        path.write_text(path.read_text().replace("spec:\n", "spec:   \n").replace("  regions", "   regions") + "\n\n")
    os.chmod(path, mode)
    if command[-1] == "--commit" and mode & 0o111:
        work.git("commit", "-qam", "mode")
    work.wpex(*command)
    assert stat.S_IMODE(path.stat().st_mode) == mode
    if command[-1] == "--commit":
        assert work.git("status", "--porcelain") == "" and work.git("diff", "--cached") == ""


def test_a_file_keeps_its_owner(work):
    if os.geteuid() != 0:
        pytest.skip("needs root")
    os.chown(work.repo / FILE, 65534, 65534)
    work.wpex(*STOP)
    status = (work.repo / FILE).stat()
    assert (status.st_uid, status.st_gid) == (65534, 65534)


def test_a_hard_link_stays_one(work):
    other = work.folder / "other"
    os.link(work.repo / FILE, other)
    work.wpex(*STOP, "--commit")
    assert "state: stopped" in other.read_text() and os.path.samefile(other, work.repo / FILE)
    work.wpex("relay", "start", "acme/milan-guests")
    assert os.path.samefile(other, work.repo / FILE) and other.read_bytes() == (work.repo / FILE).read_bytes()


def test_fmt_follows_the_link_that_it_is_given(work):
    target = work.folder / "target.yaml"
    target.write_text((work.repo / FILE).read_text() + "\n\n")
    (work.repo / FILE).unlink()
    (work.repo / FILE).symlink_to(target)
    before = target.read_bytes()
    work.wpex("fmt", FILE)
    assert (work.repo / FILE).is_symlink() and target.read_bytes() != before


def test_new_files_follow_the_umask(work):
    subprocess.run(
        ["sh", "-c", f"umask 002; '{WPEX}' key add acme/kiosk --public-key xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg="],
        cwd=work.repo, env=work.environment, check=True, capture_output=True)
    made = next(line[3:] for line in work.git("status", "--porcelain").splitlines())
    assert stat.S_IMODE((work.repo / made).stat().st_mode) == 0o664


# --- Two at once -----------------------------------------------------------------------------------------------------


def test_of_two_edits_at_once_none_is_lost(work):
    for round in range(4):
        work.git("checkout", "-q", "--", ".")
        commands = [["relay", "set", "acme/milan-1", f"bandwidthMbps={500 + round}"], ["relay", "set", "acme/milan-1", f"broadcastRate={200 + round % 2}"],
                    ["relay", "stop", "acme/milan-guests"]]
        running = [subprocess.Popen([WPEX, *command], cwd=work.repo, env=work.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for command in commands]
        said = [process.communicate()[1] for process in running]
        assert [process.returncode for process in running] == [0, 0, 0], said
        text = (work.repo / "orgs/acme/relays/milan-1.yaml").read_text()
        assert f"bandwidthMbps: {500 + round}" in text and "state: stopped" in (work.repo / FILE).read_text()
        assert f"broadcastRate: {200 + round % 2}" in text


def test_relays_made_at_once_have_ports_of_their_own(work):
    running = [
        subprocess.Popen(
            [WPEX, "relay", "create", f"acme/new-{number}", "--region", "eu-south", "--key", "headquarters", "--label", "tier=silver", "--commit"],
            cwd=work.repo, env=work.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for number in range(2)]
    said = [process.communicate()[1] for process in running]
    assert [process.returncode for process in running] == [0, 0], said
    ports = [re.search(r"port: (\d+)", (work.repo / f"orgs/acme/relays/new-{number}.yaml").read_text()).group(1) for number in range(2)]
    assert len(set(ports)) == 2
    assert work.git("status", "--porcelain") == "" and len(work.git("log", "--oneline").splitlines()) == 3


def sign_after(work, command):
    """Makes a program sign that first runs a command, between reading and writing."""
    program = work.folder / "sign"
    program.write_text(f"#!/bin/sh\n{command}\nexec ssh-keygen \"$@\"\n")
    program.chmod(0o755)
    make_key(work.folder / "key")
    work.git("config", "--global", "user.signingkey", work.folder / "key.pub", cwd=work.folder)
    work.git("config", "--global", "gpg.ssh.program", program, cwd=work.folder)


def test_what_an_editor_wrote_meanwhile_stays(work):
    sign_after(work, f"echo '# from an editor' >> '{work.repo / FILE}'")
    said = work.wpex(*STOP, "--sign", status=1).stderr
    assert FILE in said
    assert (work.repo / FILE).read_text().endswith("# from an editor\n") and "state: stopped" not in (work.repo / FILE).read_text()
    assert work.git("log", "--oneline").count("\n") == 1 and locks(work) == []


def test_a_commit_made_while_somebody_signs_stays(work):
    sign_after(work, f"git -C '{work.repo}' commit -q --allow-empty -m Another >/dev/null")
    work.wpex(*STOP, "--sign", status=1)
    assert work.git("log", "-1", "--format=%s") == "Another\n" and work.git("status", "--porcelain") == ""


# --- Unfinished business ---------------------------------------------------------------------------------------------


def unfinished(work, how):
    work.git("checkout", "-q", "-b", "side")
    (work.repo / "README.md").write_text("side\n")
    work.git("commit", "-qam", "Side")
    work.git("checkout", "-q", "main")
    (work.repo / "README.md").write_text("main\n")
    work.git("commit", "-qam", "Main")
    command = {"merge": ["merge", "side"], "rebase": ["rebase", "side"], "cherry-pick": ["cherry-pick", "side"], "revert": ["revert", "--no-edit", "side"],
               "am": ["am"], "stash": ["stash", "pop"]}[how]
    if how == "stash":
        (work.repo / "README.md").write_text("stash\n")
        work.git("stash")
        (work.repo / "README.md").write_text("more\n")
        work.git("commit", "-qam", "More")
    patch = work.git("format-patch", "-1", "--stdout", "side") if how == "am" else None
    subprocess.run(["git", *command], cwd=work.repo, env=work.environment, capture_output=True, input=patch, text=True)


@pytest.mark.parametrize("how", ["merge", "rebase", "cherry-pick", "revert", "am", "stash"])
def test_no_commit_in_the_middle_of_something(work, how):
    unfinished(work, how)
    head, before = work.git("rev-parse", "HEAD"), work.git("status", "--porcelain")
    said = work.wpex(*STOP, "--commit", status=1).stderr
    assert (how if how != "stash" else "not merged yet") in said
    assert work.git("rev-parse", "HEAD") == head and work.git("status", "--porcelain") == before
    work.wpex(*STOP)


# --- Who commits -----------------------------------------------------------------------------------------------------

IDENTITY = "%an <%ae> %ad|%cn <%ce> %cd"


def commit(work, git, **environment):
    """Author and committer of a commit by wpex, or by Git for comparison."""
    environment = {**work.environment, **{name: str(value) for name, value in environment.items()}}
    if git:
        (work.repo / "README.md").write_text("changed\n")
        subprocess.run(["git", "commit", "-qam", "x"], cwd=work.repo, env=environment, check=True, capture_output=True)
    else:
        subprocess.run([WPEX, *STOP, "--commit"], cwd=work.repo, env=environment, check=True, capture_output=True)
    said = work.git("log", "-1", "--date=raw", f"--format={IDENTITY}")
    work.git("reset", "-q", "--hard", "HEAD~1")
    return said


BOT = {"GIT_AUTHOR_NAME": "Bot", "GIT_AUTHOR_EMAIL": "bot@ci.example", "GIT_COMMITTER_NAME": "Ci", "GIT_COMMITTER_EMAIL": "ci@ci.example"}
DATE = {"GIT_AUTHOR_DATE": "@1700000000 +0100", "GIT_COMMITTER_DATE": "@1700000001 -0330"}


@pytest.mark.parametrize("environment", [
    {**BOT, **DATE}, {**DATE, "GIT_AUTHOR_NAME": "Only Author"}, {**DATE, "EMAIL": "nobody@x.example"},
    {**DATE, "GIT_CONFIG_COUNT": 2, "GIT_CONFIG_KEY_0": "user.name", "GIT_CONFIG_VALUE_0": 'By "Count" \\', "GIT_CONFIG_KEY_1": "author.email", "GIT_CONFIG_VALUE_1": "count@x.example"},
    {**DATE, "GIT_CONFIG_PARAMETERS": "'user.name'='By Parameter' 'user.email=old@x.example'"},
    {**DATE, **BOT, "GIT_CONFIG_GLOBAL": "/dev/null"},
    *({**DATE, "GIT_AUTHOR_DATE": date} for date in [
        "1700000000 +0000", "2023-11-14T22:13:20Z", "2023-11-14 22:13:20 +0200", "2023-11-14T22:13:20+02:00", "Tue, 14 Nov 2023 22:13:20 -0500",
        "14 Nov 2023 22:13:20 +0000", "2023-11-14T22:13:20"]),
], ids=lambda value: ",".join(f"{name}={text}" for name, text in value.items() if name not in DATE or text != DATE[name]))
def test_who_commits_is_who_git_would_say(work, environment):
    assert commit(work, False, **environment) == commit(work, True, **environment)


def test_another_global_configuration_is_taken(work):
    other = work.folder / "other.gitconfig"
    other.write_text("[user]\n\tname = Global Name\n\temail = global@x.example\n[core]\n\texcludesFile = " + str(work.folder / "excludes") + "\n")
    (work.folder / "excludes").write_text("scratch.yaml\n")
    (work.repo / "scratch.yaml").write_text("broken\n")
    work.environment["GIT_CONFIG_GLOBAL"] = str(other)
    work.git("status", "--porcelain")
    assert commit(work, False, **DATE) == commit(work, True, **DATE)
    assert "Global Name" in commit(work, False, **DATE)
    work.wpex("validate", "--now", "2026-11-25")


@pytest.mark.parametrize("environment, words", [
    ({"GIT_AUTHOR_NAME": ""}, "who you are"), ({"GIT_COMMITTER_DATE": "gibberish"}, "GIT_COMMITTER_DATE"), ({"GIT_CONFIG_GLOBAL": "/dev/null"}, "who you are"),
])
def test_nobody_makes_no_commit(work, environment, words):
    before = everything(work)
    result = subprocess.run([WPEX, *STOP, "--commit"], cwd=work.repo, env={**work.environment, **environment}, capture_output=True, text=True)
    assert result.returncode == 1 and words in result.stderr
    assert everything(work) == before
