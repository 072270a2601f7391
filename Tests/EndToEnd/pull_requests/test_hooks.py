"""The pre-receive hook in a real bare repository behind sshd, and the pre-commit hooks, run by pre-commit itself."""

import getpass
import os
import re
import shutil
import subprocess
import sys

import pytest

from support.forge import CI
from support.git import git, run_git
from support.program import ROOT, WPEX
from support.sample import copy_sample, edit, give_key
from support.ssh import SSHDaemon, make_key, public_key


class Server:
    """A bare repository with the hook, behind an sshd of the test; commits are signed with real ssh-keygen keys."""

    def __init__(self, folder):
        self.folder = folder
        for name in ("host", "client", "giulia", "anna", "stranger"):
            make_key(folder / name)
        self.daemon = SSHDaemon(folder)
        self.port = self.daemon.port
        shutil.copy(folder / "client.pub", folder / "authorized")
        self.daemon.start(f"HostKey {folder}/host", "SetEnv GL_USERNAME=grossi", "AcceptEnv GIT_*")
        self.bare, self.copy = folder / "relays.git", folder / "copy"
        git("init", "-q", "--bare", "-b", "main", self.bare, cwd=folder)
        shutil.copy(CI / "pre-receive", self.bare / "hooks/pre-receive")
        git("config", "wpex.program", WPEX, cwd=self.bare)
        copy_sample(self.copy)
        # The users' keys are those of this test.
        for path, name in (("orgs/acme/users/giulia-rossi.yaml", "giulia"), ("users/anna-lindqvist.yaml", "anna")):
            give_key(self.copy, path, public_key(folder / name))
        git("init", "-q", "-b", "main", cwd=self.copy)
        git("remote", "add", "origin", f"ssh://{getpass.getuser()}@127.0.0.1:{self.port}{self.bare}", cwd=self.copy)

    def commit(self, message, signer=None, **edits):
        for path, (old, new) in edits.items():
            edit(self.copy, {"guests": "orgs/acme/relays/milan-guests.yaml", "bari": "orgs/globex/relays/bari-1.yaml"}[path], old, new)
        git("add", "-A", cwd=self.copy)
        signing, mark = (self.signing(signer), ["-S"]) if signer else ([], [])
        git(*signing, "commit", "-q", "--allow-empty", "-m", message, *mark, cwd=self.copy)

    def push(self, *arguments, **environment):
        """Pushes. The environment reaches the hook, as it does if sshd accepts more variables than it should."""
        ssh = f"ssh -i {self.folder}/client -o IdentitiesOnly=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
        # OpenSSH uses only the first SetEnv, which takes several variables; quotes would be split again.
        if environment:
            variables = " ".join(f'{name}="{value}"' for name, value in environment.items())
            (self.folder / "ssh_config").write_text(f"SetEnv {variables}\n")
            ssh += f" -F {self.folder}/ssh_config"
        result = run_git("push", "origin", *(arguments or ["HEAD:main"]), cwd=self.copy, check=False, GIT_SSH_COMMAND=ssh)
        return result.returncode == 0, result.stderr

    def signing(self, signer):
        return ["-c", "gpg.format=ssh", "-c", f"user.signingKey={self.folder / signer}"]

    def disable(self, path):
        """An admin disables a user."""
        file = self.copy / path
        file.write_text(file.read_text().replace("status: active", "status: disabled"))
        self.commit("Somebody leaves", "anna")
        assert self.push()[0]

    def policy(self, *lines):
        """An admin changes the platform's policy."""
        file = self.copy / "platform.yaml"
        text = re.sub(r"\n    (requireSignedCommits|requireMerge|mergers): .*", "", file.read_text())
        file.write_text(text.replace("\n  policy:\n", "\n  policy:\n" + "".join(f"    {line}\n" for line in lines)))

    def head(self, branch="main"):
        return git("rev-parse", branch, cwd=self.bare)

    def close(self):
        self.daemon.close()


@pytest.fixture
def server(tmp_path):
    made = Server(tmp_path)
    yield made
    made.close()


def begin(server):
    server.commit("first")
    accepted, said = server.push()
    assert accepted, said


def test_first_push_must_validate(server):
    server.commit("broken", guests=("port: 30102", "port: 30101"))
    accepted, said = server.push()
    assert not accepted and "WPX1403" in said and "milan-guests.yaml:8:9" in said
    server.commit("mended", guests=("port: 30101", "port: 30102"))
    accepted, said = server.push()
    assert accepted, said


def test_signed_commit_of_somebody_who_may_is_accepted(server):
    begin(server)
    server.commit("Move the guests", "giulia", guests=("port: 30102", "port: 30105"))
    accepted, said = server.push()
    assert accepted, said
    # The pusher sees the effect of the push.
    assert "milan-guests" in said and "30105" in said
    assert server.head() == git("rev-parse", "HEAD", cwd=server.copy)


def test_broken_commit_is_refused_with_its_diagnostics(server):
    begin(server)
    before = server.head()
    server.commit("Clash", "giulia", guests=("port: 30102", "port: 30101"))
    # It does not help that the newest commit fixes it: the daemon would apply the one in between.
    server.commit("Mend", "giulia", guests=("port: 30101", "port: 30102"))
    accepted, said = server.push()
    assert not accepted and "WPX1403" in said and "port 30101" in said and "remote: wpex: refused" in said
    assert server.head() == before


@pytest.mark.parametrize("signer, words", [("giulia", "globex"), ("stranger", "no active user"), (None, "is not signed")])
def test_who_may_not_is_refused(server, signer, words):
    begin(server)
    before = server.head()
    server.commit("Change another's relay", signer, bari=("port: 30201", "port: 30209"))
    accepted, said = server.push()
    assert not accepted and words in said, said
    assert server.head() == before
    # An admin may.
    git("reset", "-q", "--hard", "HEAD^", cwd=server.copy)
    server.commit("Change another's relay", "anna", bari=("port: 30201", "port: 30209"))
    accepted, said = server.push()
    assert accepted, said


def test_own_rights_are_those_of_before(server):
    begin(server)
    # Her first commit registers the stranger's key as hers, and the second is signed with it.
    old = " ".join((server.folder / "anna.pub").read_text().split()[:2])
    new = " ".join((server.folder / "stranger.pub").read_text().split()[:2])
    file = server.copy / "users/anna-lindqvist.yaml"
    file.write_text(file.read_text().replace(old, new))
    server.commit("Another key", "stranger")
    accepted, said = server.push()
    assert not accepted and "no active user" in said


def test_protected_branch_is_neither_forced_nor_deleted(server):
    begin(server)
    server.commit("second", "giulia", guests=("port: 30102", "port: 30105"))
    assert server.push()[0]
    before = server.head()
    git("reset", "-q", "--hard", "HEAD^", cwd=server.copy)
    server.commit("instead", "giulia", guests=("port: 30102", "port: 30106"))
    accepted, said = server.push("--force", "HEAD:main")
    assert not accepted and "forced push" in said
    git("config", "receive.denyDeleteCurrent", "ignore", cwd=server.bare)
    accepted, said = server.push("--delete", "main")
    assert not accepted and "cannot be deleted" in said
    assert server.head() == before


def test_other_branches_come_and_go(server):
    begin(server)
    server.commit("unfinished", guests=("port: 30102", "port: 30101"))
    accepted, said = server.push("HEAD:refs/heads/draft")
    assert accepted, said
    assert server.push("--delete", "draft")[0]
    # Together with the protected branch: all or nothing.
    before = server.head()
    accepted, said = server.push("HEAD:refs/heads/draft", "HEAD:main")
    assert not accepted and "WPX1403" in said and server.head() == before
    assert git("branch", "--list", "draft", cwd=server.bare) == ""


def test_merge_is_one_change_by_whoever_merges(server):
    begin(server)
    git("checkout", "-q", "-b", "draft", cwd=server.copy)
    server.commit("by a tenant, unsigned", guests=("port: 30102", "port: 30105"))
    git("checkout", "-q", "main", cwd=server.copy)
    git("-c", "gpg.format=ssh", "-c", f"user.signingKey={server.folder / 'giulia'}", "merge", "-q", "--no-ff", "-S", "-m", "Merge", "draft", cwd=server.copy)
    accepted, said = server.push()
    assert accepted, said
    # A merge in the other direction would make the draft the first parent, and so the branch's history.
    git("checkout", "-q", "-b", "other", "HEAD", cwd=server.copy)
    server.commit("on another branch", "giulia", guests=("port: 30105", "port: 30106"))
    git("checkout", "-q", "main", cwd=server.copy)
    server.commit("meanwhile", "giulia")
    assert server.push()[0]
    git("checkout", "-q", "other", cwd=server.copy)
    git("-c", "gpg.format=ssh", "-c", f"user.signingKey={server.folder / 'giulia'}", "merge", "-q", "--no-ff", "-S", "-m", "Merge", "main", cwd=server.copy)
    accepted, said = server.push()
    assert not accepted and "second parent" in said


def test_account_that_the_server_vouches_for(server):
    begin(server)
    git("config", "wpex.actorVariable", "GL_USERNAME", cwd=server.bare)
    server.commit("Move the guests", guests=("port: 30102", "port: 30105"))
    accepted, said = server.push()
    assert accepted, said
    server.commit("Change another's relay", bari=("port: 30201", "port: 30209"))
    accepted, said = server.push()
    assert not accepted and "globex" in said
    # A variable that the server does not set identifies no user.
    git("config", "wpex.actorVariable", "UNSET_THERE", cwd=server.bare)
    git("reset", "-q", "--hard", "HEAD^", cwd=server.copy)
    server.commit("Move the guests", guests=("port: 30105", "port: 30106"))
    assert not server.push()[0]


GIULIA = "orgs/acme/users/giulia-rossi.yaml"


def forged(server):
    """Giulia, disabled on the branch, signs an empty commit on top of the one before that."""
    begin(server)
    before = server.head()
    server.disable(GIULIA)
    head = server.head()
    commit = ["commit-tree", f"{before}^{{tree}}", "-p", before, "-m", "Nothing", "-S"]
    new = git(*server.signing("giulia"), *commit, cwd=server.copy)
    return before, head, new


def test_replacement_does_not_bring_a_revoked_user_back(server):
    before, head, new = forged(server)
    replacement = git("commit-tree", f"{before}^{{tree}}", "-p", head, "-m", "Nothing", cwd=server.copy)
    accepted, said = server.push(f"{replacement}:refs/replace/{new}")
    assert not accepted and "refs/replace" in said
    # One that exists from before the hook.
    git("fetch", "-q", server.copy, replacement, cwd=server.bare)
    git("update-ref", f"refs/replace/{new}", replacement, cwd=server.bare)
    accepted, said = server.push("--force", f"{new}:refs/heads/main")
    assert not accepted and "forced push" in said, said
    assert server.head() == head
    # It can be deleted.
    assert server.push("--delete", f"refs/replace/{new}")[0]


def test_grafts_do_not_bring_a_revoked_user_back(server):
    before, head, new = forged(server)
    (server.bare / "info/grafts").write_text(f"{new} {head}\n")
    accepted, said = server.push("--force", f"{new}:refs/heads/main")
    assert not accepted and "forced push" in said, said
    assert server.head() == head


@pytest.mark.parametrize("kind", ["GIT_GRAFT_FILE", "GIT_REPLACE_REF_BASE", "GIT_SHALLOW_FILE"])
def test_history_is_that_of_the_objects_whatever_the_environment(server, kind):
    before, head, new = forged(server)
    file = server.folder / "history"
    if kind == "GIT_REPLACE_REF_BASE":
        replacement = git("commit-tree", f"{before}^{{tree}}", "-p", head, "-m", "Nothing", cwd=server.copy)
        assert server.push(f"{replacement}:refs/heads/harmless/{new}")[0]
        value = "refs/heads/harmless/"
    else:
        file.write_text(f"{new} {head}\n" if kind == "GIT_GRAFT_FILE" else f"{before}\n")
        value = file
    accepted, said = server.push("--force", f"{new}:refs/heads/main", **{kind: value})
    assert not accepted and "forced push" in said, said
    assert server.head() == head


@pytest.mark.parametrize("kind", ["count", "parameters", "global"])
def test_settings_are_those_of_the_repository(server, kind):
    begin(server)
    before = server.head()
    (server.folder / "settings").write_text("[wpex]\n\tprogram = /bin/true\n\tbranch = elsewhere\n")
    environment = {
        "count": {"GIT_CONFIG_COUNT": 1, "GIT_CONFIG_KEY_0": "wpex.branch", "GIT_CONFIG_VALUE_0": "elsewhere"},
        "parameters": {"GIT_CONFIG_PARAMETERS": "'wpex.branch'='elsewhere'"},
        "global": {"GIT_CONFIG_GLOBAL": server.folder / "settings"},
    }[kind]
    server.commit("Change another's relay", bari=("port: 30201", "port: 30209"))
    accepted, said = server.push(**environment)
    assert not accepted and "is not signed" in said, said
    assert server.head() == before


def test_symbolic_reference_does_not_lead_around_the_hook(server):
    begin(server)
    before = server.head()
    git("symbolic-ref", "refs/heads/alias", "refs/heads/main", cwd=server.bare)
    server.commit("Change another's relay", bari=("port: 30201", "port: 30209"))
    accepted, said = server.push("HEAD:refs/heads/alias")
    assert not accepted and "is not signed" in said, said
    assert server.head() == before


@pytest.mark.parametrize("status", ["disabled", "pending"])
def test_inactive_account_pushes_not_even_nothing(server, status):
    begin(server)
    git("config", "wpex.actorVariable", "GL_USERNAME", cwd=server.bare)
    server.commit("Nothing")
    assert server.push()[0]
    before = server.head()
    file = server.copy / GIULIA
    file.write_text(file.read_text().replace("status: active", f"status: {status}"))
    git("config", "--unset", "wpex.actorVariable", cwd=server.bare)
    server.commit("Somebody leaves", "anna")
    assert server.push()[0]
    git("config", "wpex.actorVariable", "GL_USERNAME", cwd=server.bare)
    before = server.head()
    server.commit("Nothing")
    accepted, said = server.push()
    assert not accepted and "is not an active user" in said, said
    assert server.head() == before


@pytest.mark.parametrize("name", ["borrower.git", "with:colon and blank.git"])
def test_borrowed_objects_are_found(server, name):
    """A repository with alternates, and one whose path Git has to quote."""
    begin(server)
    bare = server.folder / name
    git("clone", "-q", "--bare", "--shared", server.bare, bare, cwd=server.folder)
    shutil.copy(CI / "pre-receive", bare / "hooks/pre-receive")
    git("config", "wpex.program", WPEX, cwd=bare)
    server.commit("Move the guests", "giulia", guests=("port: 30102", "port: 30105"))
    result = run_git("push", str(bare), "HEAD:main", cwd=server.copy, check=False)
    assert result.returncode == 0 and "30105" in result.stderr, result.stderr
    server.commit("Change another's relay", "giulia", bari=("port: 30201", "port: 30209"))
    result = run_git("push", str(bare), "HEAD:main", cwd=server.copy, check=False)
    assert result.returncode != 0 and "globex" in result.stderr


def test_repository_of_sha256_is_refused_in_words(tmp_path):
    bare, copy = tmp_path / "new.git", tmp_path / "copy"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", "--object-format=sha256", bare], check=True)
    shutil.copy(CI / "pre-receive", bare / "hooks/pre-receive")
    git("config", "wpex.program", WPEX, cwd=bare)
    shutil.copytree(ROOT / "sample-repo", copy)
    git("init", "-q", "-b", "main", "--object-format=sha256", cwd=copy)
    git("add", "-A", cwd=copy)
    git("commit", "-q", "-m", "first", cwd=copy)
    result = run_git("push", str(bare), "HEAD:main", cwd=copy, check=False)
    assert result.returncode != 0 and "SHA-256" in result.stderr, result.stderr
    assert run_git("rev-parse", "--quiet", "--verify", "main", cwd=bare, check=False).returncode != 0


def test_policy_holds_for_the_commits_after_it(server):
    """Also within a push of several commits, and if the server vouches for the account."""
    begin(server)
    git("config", "wpex.actorKind", "user", cwd=server.bare)
    git("config", "wpex.actorVariable", "WHO", cwd=server.bare)
    (server.bare / "hooks/pre-receive").rename(server.bare / "hooks/inner")
    (server.bare / "hooks/pre-receive").write_text('#!/bin/sh\nexec env WHO=anna-lindqvist hooks/inner\n')
    (server.bare / "hooks/pre-receive").chmod(0o755)
    before = server.head()
    server.policy("requireSignedCommits: true")
    server.commit("Signatures from now on")
    server.policy("requireSignedCommits: false")
    server.commit("Or not", guests=("port: 30102", "port: 30105"))
    accepted, said = server.push()
    assert not accepted and "is not signed, and policy.requireSignedCommits asks for signatures" in said, said
    assert server.head() == before
    git("commit", "-q", "--amend", "--no-edit", "-S", cwd=server.copy, **signed(server, "anna"))
    accepted, said = server.push()
    assert accepted, said


def signed(server, name):
    """Environment that makes Git sign commits."""
    settings = {"gpg.format": "ssh", "user.signingKey": server.folder / name}
    environment = {"GIT_CONFIG_COUNT": str(len(settings))}
    for number, (key, value) in enumerate(settings.items()):
        environment |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": str(value)}
    return environment


def test_only_merges_are_accepted_where_the_policy_says_so(server):
    begin(server)
    server.policy("requireMerge: true", "mergers: [anna-lindqvist]")
    server.commit("Merges from now on", "anna")
    assert server.push()[0]
    before = server.head()
    # A signed commit that was not merged, put on the branch by a user who may push.
    server.commit("A draft of anna's", "anna", guests=("port: 30102", "port: 30105"))
    draft = git("rev-parse", "HEAD", cwd=server.copy)
    accepted, said = server.push()
    assert not accepted and "merges nothing, and policy.requireMerge asks for merge commits" in said, said
    git("reset", "-q", "--hard", "HEAD^", cwd=server.copy)
    # Equal parents, or a parent that is in the history already, merge nothing.
    old = git("rev-parse", "HEAD^", cwd=server.copy)
    for other in (before, old):
        body = git("cat-file", "commit", draft, cwd=server.copy).split("\n\n", 1)
        headers = [line for line in body[0].split("\n") if line.startswith(("tree", "parent", "author", "committer"))]
        headers.insert(2, f"parent {other}")
        text = "\n".join(headers) + "\n\nMerge\n"
        object = server.folder / "object"
        object.write_text(text)
        subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-n", "git", "-f", server.folder / "anna", object], check=True)
        signature = (server.folder / "object.sig").read_text().strip().replace("\n", "\n ")
        (server.folder / "object.sig").unlink()
        object.write_text("\n".join(headers) + f"\ngpgsig {signature}\n\nMerge\n")
        commit = git("hash-object", "-t", "commit", "-w", object, cwd=server.copy)
        accepted, said = server.push(f"{commit}:refs/heads/main")
        assert not accepted and "merges nothing" in said, said
    # Giulia may make the change, but is not one of the permitted mergers.
    merge = ["merge", "-q", "--no-ff", "-S", "-m", "Merge", draft]
    git(*merge, cwd=server.copy, **signed(server, "giulia"))
    accepted, said = server.push()
    assert not accepted and "is not one of policy.mergers" in said, said
    git("reset", "-q", "--hard", before, cwd=server.copy)
    git(*merge, cwd=server.copy, **signed(server, "anna"))
    accepted, said = server.push()
    assert accepted, said


def test_pre_commit_runs_the_hooks(tmp_path):
    hooks, copy = tmp_path / "hooks", tmp_path / "copy"
    hooks.mkdir()
    shutil.copy(ROOT / ".pre-commit-hooks.yaml", hooks)
    git("init", "-q", "-b", "main", cwd=hooks)
    git("add", "-A", cwd=hooks)
    git("commit", "-q", "-m", "hooks", cwd=hooks)
    shutil.copytree(ROOT / "sample-repo", copy)
    (copy / ".pre-commit-config.yaml").write_text(
        f"repos:\n- repo: {hooks}\n  rev: {git('rev-parse', 'HEAD', cwd=hooks)}\n  hooks:\n"
        "  - id: wpex-validate\n  - id: wpex-fmt\n  - id: wpex-check\n  - id: wpex-plan\n")
    git("init", "-q", "-b", "main", cwd=copy)
    git("config", "wpex.actor", "github:giulia-rossi", cwd=copy)
    git("add", "-A", cwd=copy)
    git("commit", "-q", "-m", "first", cwd=copy)
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "wpex").symlink_to(WPEX)
    environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "PRE_COMMIT_HOME": str(tmp_path / "cache")}

    def hook(*arguments):
        git("add", "-A", cwd=copy)
        result = subprocess.run(
            [sys.executable, "-m", "pre_commit", "run", "--color", "never", *arguments], cwd=copy, capture_output=True, text=True,
            env=environment)
        return result.returncode, result.stdout + result.stderr

    file = copy / "orgs/acme/relays/milan-guests.yaml"
    file.write_text(file.read_text().replace("port: 30102", "port: 30101"))
    status, said = hook()
    assert status == 1 and "WPX1403" in said and "wpex fmt" in said
    file.write_text(file.read_text().replace("port: 30101", "port: 30105"))
    status, said = hook()
    assert status == 0, said
    git("commit", "-q", "-m", "second", cwd=copy)
    push = ["--hook-stage", "pre-push", "--from-ref", "HEAD^", "--to-ref", "HEAD"]
    status, said = hook(*push)
    assert status == 0 and "milan-guests" in said, said
    git("config", "wpex.actor", "github:marco-bianchi", cwd=copy)
    status, said = hook(*push)
    assert status == 1 and "milan-guests.yaml" in said, said


@pytest.mark.parametrize("branch, remote", [("main", "main"), ("main", "other")])
def test_the_first_push_of_a_repository_goes_through_pre_commit(tmp_path, branch, remote):
    hooks, copy, bare = tmp_path / "hooks", tmp_path / "copy", tmp_path / "bare.git"
    hooks.mkdir()
    shutil.copy(ROOT / ".pre-commit-hooks.yaml", hooks)
    git("init", "-q", "-b", "main", cwd=hooks)
    git("add", "-A", cwd=hooks)
    git("commit", "-q", "-m", "hooks", cwd=hooks)
    subprocess.run(["git", "init", "-q", "--bare", bare], check=True)
    shutil.copytree(ROOT / "sample-repo", copy)
    (copy / ".pre-commit-config.yaml").write_text(
        f"repos:\n- repo: {hooks}\n  rev: {git('rev-parse', 'HEAD', cwd=hooks)}\n  hooks:\n  - id: wpex-check\n  - id: wpex-plan\n")
    git("init", "-q", "-b", branch, cwd=copy)
    git("remote", "add", "origin", bare, cwd=copy)
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "wpex").symlink_to(WPEX)
    environment = {"PATH": f"{programs}:{os.environ['PATH']}", "PRE_COMMIT_HOME": str(tmp_path / "cache")}
    subprocess.run(
        [sys.executable, "-m", "pre_commit", "install", "--hook-type", "pre-push"], cwd=copy, check=True, capture_output=True,
        env={**os.environ, **environment})

    def push():
        git("add", "-A", cwd=copy)
        git("commit", "-q", "-m", "change", cwd=copy)
        result = run_git("push", "origin", f"{branch}:{remote}", cwd=copy, check=False, **environment)
        return result.returncode, result.stdout + result.stderr

    file = copy / "orgs/acme/relays/milan-guests.yaml"
    file.write_text(file.read_text().replace("port: 30102", "port: 30101"))
    status, said = push()
    assert status != 0 and "WPX1403" in said, said
    file.write_text(file.read_text().replace("port: 30101", "port: 30102"))
    status, said = push()
    assert status == 0, said
    # From then on there is a user to ask for.
    file.write_text(file.read_text().replace("port: 30102", "port: 30105"))
    status, said = push()
    assert status != 0 and "git config wpex.actor" in said, said
    git("config", "wpex.actor", "github:giulia-rossi", cwd=copy)
    git("reset", "-q", "--soft", "HEAD^", cwd=copy)
    status, said = push()
    assert status == 0, said
