"""The pre-receive hook in a real bare repository behind sshd, and the pre-commit hooks by pre-commit itself."""

import getpass
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time

import pytest

from forge import CI, ROOT, WPEX, git


class Server:
    """A bare repository with the hook, behind an sshd of the test's own; commits are signed by real ssh-keygen keys."""

    def __init__(self, folder):
        self.folder = folder
        for name in ("host", "client", "giulia", "anna", "stranger"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", folder / name], check=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        shutil.copy(folder / "client.pub", folder / "authorized")
        (folder / "sshd_config").write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nPidFile none\nStrictModes no\nUsePAM no\n"
            f"AuthorizedKeysFile {folder}/authorized\nPasswordAuthentication no\nPermitRootLogin yes\nSetEnv GL_USERNAME=grossi\n")
        os.makedirs("/run/sshd", exist_ok=True)
        self.process = subprocess.Popen(
            ["/usr/sbin/sshd", "-D", "-e", "-f", folder / "sshd_config"], stderr=open(folder / "sshd.log", "w"))
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        self.bare, self.copy = folder / "relays.git", folder / "copy"
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", self.bare], check=True)
        shutil.copy(CI / "pre-receive", self.bare / "hooks/pre-receive")
        git("config", "wpex.program", WPEX, cwd=self.bare)
        shutil.copytree(ROOT / "sample-repo", self.copy)
        # The users' keys are those of this test.
        for path, name in (("orgs/acme/users/giulia-rossi.yaml", "giulia"), ("users/anna-lindqvist.yaml", "anna")):
            file = self.copy / path
            public = " ".join((folder / f"{name}.pub").read_text().split()[:2])
            lines = [line if "- ssh-ed25519" not in line else f"      - {public}" for line in file.read_text().splitlines()]
            file.write_text("\n".join(lines) + "\n")
            assert public in file.read_text()
        git("init", "-q", "-b", "main", cwd=self.copy)
        git("remote", "add", "origin", f"ssh://{getpass.getuser()}@127.0.0.1:{self.port}{self.bare}", cwd=self.copy)

    def commit(self, message, signer=None, **edits):
        for path, (old, new) in edits.items():
            file = self.copy / {"guests": "orgs/acme/relays/milan-guests.yaml", "bari": "orgs/globex/relays/bari-1.yaml"}[path]
            assert old in file.read_text()
            file.write_text(file.read_text().replace(old, new))
        git("add", "-A", cwd=self.copy)
        signing = ["-c", "gpg.format=ssh", "-c", f"user.signingKey={self.folder / (signer or '')}"] if signer else []
        git(*signing, "commit", "-q", "--allow-empty", "-m", message, *(["-S"] if signer else []), cwd=self.copy)

    def push(self, *arguments):
        ssh = f"ssh -i {self.folder}/client -o IdentitiesOnly=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
        result = git("push", "origin", *(arguments or ["HEAD:main"]), cwd=self.copy, check=False, GIT_SSH_COMMAND=ssh)
        return result.returncode == 0, result.stderr

    def head(self, branch="main"):
        return git("rev-parse", branch, cwd=self.bare)

    def close(self):
        self.process.kill()
        self.process.wait()


@pytest.fixture
def server(tmp_path):
    if os.geteuid() != 0 or not os.path.exists("/usr/sbin/sshd"):
        pytest.skip("sshd needs root")
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
    # The pusher reads what the push does.
    assert "milan-guests" in said and "30105" in said
    assert server.head() == git("rev-parse", "HEAD", cwd=server.copy)


def test_broken_commit_is_refused_with_its_diagnostics(server):
    begin(server)
    before = server.head()
    server.commit("Clash", "giulia", guests=("port: 30102", "port: 30101"))
    # That the newest commit mends it does not help: the daemon would apply the one in between.
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
    # Her first commit makes the stranger's key hers, the second is signed with it.
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
    # Together with the protected branch, all or nothing.
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
    # A merge the other way round would make the draft the branch's history.
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
    # A variable that the server does not set is nobody.
    git("config", "wpex.actorVariable", "UNSET_THERE", cwd=server.bare)
    git("reset", "-q", "--hard", "HEAD^", cwd=server.copy)
    server.commit("Move the guests", guests=("port: 30105", "port: 30106"))
    assert not server.push()[0]


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
