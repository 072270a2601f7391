"""A provider with signed commits, and attacks of its users and strangers, with the built program and real Git."""

import json
import re
import shutil

from support.answers import ask
from support.daemon import Daemon
from support.git import commit, git, run_git
from support.network import free_port
from support.program import ROOT, WPEX, wpex
from support.sample import copy_sample, edit, give_key
from support.ssh import make_key, public_key
from support.state import State
from support.waiting import until

# Roles in sample-repo; the stranger is not in any document.
USERS = {
    "anna": "users/anna-lindqvist.yaml", "davide": "users/davide-conti.yaml",
    "giulia": "orgs/acme/users/giulia-rossi.yaml", "marco": "orgs/acme/users/marco-bianchi.yaml",
    "ingrid": "orgs/globex/users/ingrid-berg.yaml", "stranger": None,
}
# The key of globex that `revoke_farm` removes.
FARM = "farm-tromso"
# What says that a commit as a whole does not count, because of who made it.
REFUSALS = ("rejected.unsigned", "rejected.unauthorized", "rejected.non_fast_forward")


def make_keys(folder):
    for name in USERS:
        make_key(folder / name)


class Provider:
    """sample-repo with required signatures, six key pairs, a bare repository with the hook, and a daemon's folders."""

    def __init__(self, folder, keys):
        self.folder, self.keys = folder, keys
        self.repo, self.bare = folder / "repo", folder / "relays.git"
        self.state, self.out = folder / "state", folder / "out"
        copy_sample(self.repo)
        for name, path in USERS.items():
            if path:
                give_key(self.repo, path, self.public(name))
        anna = self.repo / USERS["anna"]
        anna.write_text(re.sub(r"\n  access:\n    ipAllowlist: .*", "", anna.read_text()))
        self.edit("platform.yaml", "requireSignedCommits: false", "requireSignedCommits: true")
        git("init", "-q", "-b", "main", cwd=self.repo)
        git("config", "gpg.format", "ssh", cwd=self.repo)
        self.first = self.commit("What holds when the attack begins", "anna")

    # Writing files.

    def public(self, name):
        return public_key(self.keys / name)

    def write(self, path, text):
        file = self.repo / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def edit(self, path, old, new):
        edit(self.repo, path, old, new, count=1)

    def document(self, kind, name, spec, labels=""):
        head = f"apiVersion: wpex.io/v1alpha1\nkind: {kind}\nmetadata:\n  name: {name}\n"
        return head + (f"  labels: {{ {labels} }}\n" if labels else "") + "spec:\n" + spec

    def user(self, name, roles, status="active", key=None, token=None):
        spec = f"  displayName: {name}\n  email: {name}@example.org\n  status: {status}\n  roles: [{roles}]\n"
        if key:
            spec += f"  identities:\n    sshKeys:\n      - {self.public(key)}\n"
        if token:
            spec += f"  access:\n    tokens:\n      - name: mine\n        sha256: {token}\n"
        return self.document("User", name, spec)

    def key(self, name, public, labels="network: farms"):
        return self.document("Key", name, f"  publicKey: {public}\n  status: active\n", labels)

    def organization(self, name, spec="", status="pending"):
        return self.document("Organization", name, f"  displayName: {name}\n  status: {status}\n{spec}")

    def revoke_farm(self):
        """Removes a key of globex, which `ingrid` may do."""
        file = self.repo / "orgs/globex/keys/farms-north.yaml"
        parts = file.read_text().split("---\n")
        file.write_text("---\n".join(part for part in parts if f"name: {FARM}" not in part))

    # What somebody commits.

    def signing(self, signer):
        return [f"-S{self.keys / signer}.pub"] if signer else ["--no-gpg-sign"]

    def commit(self, message, signer=None):
        return commit(self.repo, message, *self.signing(signer))

    def commit_tree(self, tree, parents, message, signer=None):
        """Makes a commit of any tree, without touching the branch or the working copy."""
        parents = [word for parent in parents for word in ("-p", parent)]
        return git("commit-tree", tree, *parents, *self.signing(signer), "-m", message, cwd=self.repo)

    def blob(self, text):
        return git("hash-object", "-w", "--stdin", cwd=self.repo, input=text)

    def tree_with(self, commit, entries):
        """The tree of a commit with more entries `(mode, name, id)`, which Git itself would not write."""
        raw = run_git("cat-file", "tree", f"{commit}^{{tree}}", cwd=self.repo, input=b"").stdout
        found, position = [], 0
        while position < len(raw):
            end = raw.index(b"\0", position)
            mode, name = raw[position:end].split(b" ", 1)
            found.append((mode, name, raw[end + 1:end + 21]))
            position = end + 21
        found += [(mode.encode(), name.encode(), bytes.fromhex(identity)) for mode, name, identity in entries]
        found.sort(key=lambda entry: entry[1] + (b"/" if entry[0] == b"40000" else b""))
        raw = b"".join(mode + b" " + name + b"\0" + identity for mode, name, identity in found)
        return git("hash-object", "-t", "tree", "-w", "--literally", "--stdin", cwd=self.repo, input=raw).decode()

    @property
    def head(self):
        return git("rev-parse", "HEAD", cwd=self.repo)

    def reset(self, commit):
        git("reset", "-q", "--hard", commit, cwd=self.repo)

    def point_main_at(self, commit):
        """Moves the branch without updating the working copy, which cannot represent every tree."""
        git("update-ref", "refs/heads/main", commit, cwd=self.repo)

    # Results of the program.

    def wpex(self, *arguments):
        return wpex(*arguments, check=False)

    def check(self, actor, base="HEAD~1", head="HEAD"):
        return self.wpex("check", "--repo", self.repo, "--base", base, "--head", head, "--actor", actor)

    def verify(self, revision="HEAD~1..HEAD"):
        return self.wpex("verify", "--repo", self.repo, "--rev", revision)

    # Acceptance by the server and the daemon.

    def serve(self):
        """A bare repository with the hook, which has accepted the state before the attack."""
        git("init", "-q", "--bare", "-b", "main", self.bare, cwd=self.folder)
        shutil.copy(ROOT / "deploy/ci/pre-receive", self.bare / "hooks/pre-receive")
        git("config", "wpex.program", WPEX, cwd=self.bare)
        git("remote", "add", "origin", self.bare, cwd=self.repo)
        assert self.push()[0]

    def push(self, *references):
        result = run_git("push", "origin", *(references or ["HEAD:main"]), cwd=self.repo, check=False)
        return result.returncode == 0, result.stderr

    @property
    def served(self):
        return git("rev-parse", "main", cwd=self.bare)

    def sync(self):
        """Runs one pass of the daemon over the working copy's branch."""
        return self.wpex(
            "sync", "run", "--once", "--repo", self.repo, "--target", "directory", "--out", self.out, "--state", self.state,
            "--demonstration")

    def is_refused(self, commit):
        return any(
            record["action"] in REFUSALS and record.get("commit") == commit and not record.get("org")
            for record in State(self.state).records())

    def offer(self, commit=None):
        """Runs the daemon on the branch; returns whether its commit counts. If it does not, resets the branch, as the
        repository's owners would."""
        commit = commit or self.head
        before = git("rev-parse", f"{commit}^1", cwd=self.repo)
        self.point_main_at(commit)
        said = self.sync()
        if said.returncode and self.is_refused(commit):
            self.reset(before)
            return False
        return True

    def honest(self, message, signer):
        """Commits the working copy, signed by a permitted user, and asserts that it is applied."""
        commit = self.commit(message, signer)
        said = self.sync()
        assert not self.is_refused(commit), f"{message} is refused: {said.stderr}"
        return said

    def rendered(self):
        """Applied files by path."""
        return {path: path.read_bytes() for path in self.out.rglob("*.yaml")}

    def keys_of(self, org, relay, region):
        """Names of a relay's keys, read from its bundle."""
        file = self.out / region / f"nordsud-{org}" / f"secret-{relay}-keys.yaml"
        said = self.wpex("bundle", "inspect", "--demonstration", org, "--output", "json", file)
        assert said.returncode == 0, said.stderr
        return {key["name"] for key in json.loads(said.stdout)["keys"]}

    # `wpex up`.

    def up(self):
        daemon = Daemon(self.folder, repo=self.repo)
        daemon.port = free_port()
        return daemon.start("--status-port", daemon.port)


def me(daemon, token):
    """Who the status API says that a token is: the HTTP status."""
    address = f"http://127.0.0.1:{daemon.port}/api/v1/me"
    until(lambda: ask(address, bearer=token).status, "the status server answers", daemon.log)
    return ask(address, bearer=token).status


def settled(daemon, commit):
    """Waits until the daemon has refused or applied a commit."""
    daemon.until(
        lambda: any(
            record.get("commit") == commit and record["action"].startswith(("rejected.", "apply"))
            for record in daemon.records()), "the commit is refused or applied")
