"""A provider as docs/tour.md has one: a Git server, PostgreSQL, a Debian with wpex installed, and a node."""

import hashlib
import hmac
import json
import os
import pathlib
import shutil
import signal
import subprocess

from support.answers import ask
from support.distribution import Debian, Distribution, dist
from support.git import commit, git
from support.git_servers import TOKEN, HTTPSServer, serve_copy
from support.kubernetes import kubectl
from support.network import free_port
from support.node import NODE, Repository, account, evidence
from support.postgres import Postgres
from support.program import ROOT
from support.sample import edit, give_key
from support.ssh import make_key, public_key
from support.waiting import until

SECRET = "the secret that signs webhooks"


class Provider:
    """Everything that runs before the first change."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.repository = Repository(self.folder)
        self.copy = self.repository.path
        self.people = self.folder / "people"
        self.people.mkdir()
        self.debian, self.database, self.server, self.daemon = None, None, None, None
        self.port = free_port()
        self.log = self.folder / "daemon.log"

    def publish(self, keys):
        """Puts the repository on the server, with the sites' keys and two people who sign; signatures are required."""
        for name, key in keys.items():
            self.repository.key(name, key)
        self.repository.relay()
        for name, path in (("anna", "users/anna-lindqvist.yaml"), ("giulia", "orgs/acme/users/giulia-rossi.yaml")):
            make_key(self.people / name)
            give_key(self.copy, path, public_key(self.people / name))
        edit(self.copy, "platform.yaml", "requireSignedCommits: false", "requireSignedCommits: true")
        serve_copy(self.folder, self.copy)
        git("config", "gpg.format", "ssh", cwd=self.copy)
        self.commit("The repository of Nordsud Relays", "anna")
        self.push()
        self.server = HTTPSServer(self.folder)

    def commit(self, message, who):
        """Commits everything, signed by one of the two."""
        return commit(self.copy, message, f"-S{self.people / who}.pub", author=f"{who.capitalize()} <{who}@example.org>")

    def push(self):
        git("push", "-q", "origin", "main", cwd=self.copy)

    def merge(self, message="A change", who="anna"):
        """Commits, pushes, and tells the daemon, as a Git server does."""
        made = self.commit(message, who)
        self.push()
        self.notify()
        return made

    def notify(self):
        body = b'{"ref": "refs/heads/main"}'
        code = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        answer = ask(f"http://127.0.0.1:{self.port}/hooks/git", "POST", body, {"X-Hub-Signature-256": f"sha256={code}"})
        assert answer.status == 202, answer.text

    def merge_branch(self, branch, message):
        """Merges a branch, as the Git server would for Anna; returns the merge."""
        git("checkout", "-q", "main", cwd=self.copy)
        git("merge", "-q", "--no-ff", f"-S{self.people}/anna.pub", "-m", message, branch, cwd=self.copy, author="Anna <anna@nordsud.example>")
        self.push()
        self.notify()
        return git("rev-parse", "HEAD", cwd=self.copy)

    def pull_request(self, branch, folder):
        """What the forge checks out for a branch's pull request: its merge."""
        git("clone", "-q", "-b", "main", self.copy, folder, cwd=self.folder)
        git("merge", "-q", "--no-ff", "-m", "The merge that would be made", f"origin/{branch}", cwd=folder)

    def status_account(self):
        """The kubeconfig of a status server outside the cluster."""
        kubectl("apply", "-f", str(ROOT / "deploy/server/namespace.yaml"), "-f", str(ROOT / "deploy/server/rbac.yaml"))
        kubectl("apply", "-k", str(ROOT / "deploy/host/cluster"))
        path = self.folder / "serve.kubeconfig"
        path.write_text(account("wpex-serve", "wpex-status"))
        return path

    @property
    def version(self):
        """The version of the package."""
        return self.debian.run("dpkg-query", "-W", "-f=${Version}", "wpex")

    def restart_git(self):
        self.server = HTTPSServer(self.folder, port=self.server.port)

    def install(self):
        """Installs the package in a Debian 12, and writes its settings."""
        archive = subprocess.run([ROOT / "scripts/debian-root", "bookworm"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
        root = self.folder / "debian"
        root.mkdir()
        subprocess.run(["tar", "-C", root, "--numeric-owner", "-xpf", archive], check=True)
        self.database = Postgres()
        self.debian = Debian(root, shared=[self.database.folder])
        shutil.copy("/etc/hosts", root / "etc/hosts")
        out = self.folder / "dist"
        dist("--out", out, "--only", "wpex")
        installed = self.debian.install(Distribution(out).package("wpex"))
        self.write_settings()
        return installed

    def write_settings(self):
        etc = self.debian.path("/etc/wpex")
        (etc / "git-token").write_text(TOKEN)
        (etc / "webhook").write_text(SECRET)
        shutil.copy(self.folder / "server.crt", etc / "git.crt")
        kubectl("apply", "-k", str(ROOT / "deploy/tenants"))
        kubectl("apply", "-f", str(ROOT / "deploy/daemon/namespace.yaml"), "-f", str(ROOT / "deploy/daemon/rbac.yaml"))
        kubectl("apply", "-k", str(ROOT / "deploy/host/daemon"))
        (etc / "kubeconfig").write_text(account("wpex-sync", "wpex-system"))
        (etc / "sync.json").write_text(json.dumps({
            "repository": {
                "url": self.server.url, "interval": 2, "username": "wpex", "passwordFile": "/etc/wpex/git-token",
                "certificatesFile": "/etc/wpex/git.crt"},
            "target": {"kubeconfig": "/etc/wpex/kubeconfig"}, "regions": ["eu-south"], "state": "/var/lib/wpex",
            "audit": {"store": self.database.url()}, "demonstration": True, "drift": {"interval": 5}, "health": {"patience": 20},
            "http": {"listen": f"127.0.0.1:{self.port}", "webhookSecretFile": "/etc/wpex/webhook"},
        }, indent=2))

    def start(self):
        command = self.debian.command("wpex", "sync", "run", "--config", "/etc/wpex/sync.json")
        self.daemon = subprocess.Popen(command, stderr=open(self.log, "a"), stdout=subprocess.DEVNULL)
        until(lambda: self.ready, "the daemon has applied something", self.log, 90, process=self.daemon)

    @property
    def ready(self):
        try:
            return ask(f"http://127.0.0.1:{self.port}/readyz").status == 200
        except OSError:
            return False

    def kill(self):
        self.daemon.send_signal(signal.SIGKILL)
        self.daemon.wait(20)

    def relay_evidence(self):
        """What processes and the node know of the tunnels, for a failure."""
        running = subprocess.run(["pgrep", "-a", "ping"], capture_output=True, text=True).stdout
        return f"{running}{evidence()}"

    def close(self):
        if self.daemon and self.daemon.poll() is None:
            self.kill()
        if self.server:
            self.server.close()
        if self.database:
            self.database.close()
        if self.debian:
            subprocess.run(["rm", "-rf", "--one-file-system", self.debian.root], check=True)
        for base in ("daemon", "cluster"):
            kubectl("delete", "-k", str(ROOT / "deploy/host" / base), check=False)
        kubectl("delete", "namespace", "node-acme", "--timeout=90s", check=False)
        kubectl("delete", "configmaps", "--all", "-n", "wpex-system", check=False)


def cluster_folder():
    return pathlib.Path(os.environ["WPEX_KUBECONFIG"]).parent


def kill_api_server():
    """Kills the cluster's API server at once."""
    os.kill(int((cluster_folder() / "run/kube-apiserver.pid").read_text().split()[0]), signal.SIGKILL)


def second_image():
    """Gives the relay's image another tag on the node, as a registry would have a second version."""
    command = ["ctr", "-a", cluster_folder() / "containerd/containerd.sock", "-n", "k8s.io", "images", "tag", "--force"]
    subprocess.run([*command, "localhost/wpex-relay:1", "localhost/wpex-relay:2"], check=True, capture_output=True)


def restart_cluster():
    """Starts what does not run of the cluster."""
    result = subprocess.run(
        [ROOT / "scripts/cluster/node-up.sh"], env={**os.environ, "KUBE_NETNS": NODE}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert result.returncode == 0, result.stdout
