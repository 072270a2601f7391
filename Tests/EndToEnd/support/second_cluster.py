"""A second real kube-apiserver, beside the one of WPEX_KUBECONFIG, that can be cut off and brought back."""

import json
import os
import pathlib
import shutil
import signal
import subprocess

import yaml

from support.network import free_port
from support.program import ROOT


class SecondCluster:
    """An API server with an etcd of its own."""

    def __init__(self, folder):
        self.home = pathlib.Path(folder) / "kube"
        programs = self.home / "bin"
        programs.mkdir(parents=True)
        shared = pathlib.Path(os.environ.get("KUBE_BIN") or pathlib.Path(os.environ.get("KUBE_HOME") or pathlib.Path.home() / ".cache/wpex-kube") / "bin")
        # No controllers: what they would do is not what these tests are about.
        (programs / "kube-apiserver").symlink_to(shared.resolve() / "kube-apiserver")
        self.environment = {
            **os.environ, "KUBE_HOME": str(self.home), "KUBE_BIN": str(programs), "KUBE_NETNS": "",
            "ETCD_PORT": str(free_port()), "ETCD_PEER": str(free_port()), "API_PORT": str(free_port()),
        }
        self.script("up.sh")
        self.kubeconfig = self.home / "kubeconfig"
        self.stopped = False

    def script(self, *arguments):
        result = subprocess.run(
            [ROOT / "scripts/cluster" / arguments[0], *arguments[1:]], env=self.environment, capture_output=True, text=True, timeout=180)
        assert result.returncode == 0, result.stdout + result.stderr

    @property
    def server(self):
        return int((self.home / "run/kube-apiserver.pid").read_text().split()[0])

    def cut_off(self):
        """Connections stay open and nobody answers, as behind a broken route."""
        os.kill(self.server, signal.SIGSTOP)
        self.stopped = True

    def bring_back(self):
        os.kill(self.server, signal.SIGCONT)
        self.stopped = False

    def kubectl(self, *arguments, check=True):
        result = subprocess.run(
            ["kubectl", "--kubeconfig", self.kubeconfig, *arguments], capture_output=True, text=True, timeout=120)
        assert not check or result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    def get(self, *arguments):
        return json.loads(self.kubectl("get", *arguments, "-o", "json"))

    def close(self):
        if self.stopped:
            self.bring_back()
        self.script("down.sh", "--purge")
        shutil.rmtree(self.home)


def merged_kubeconfig(path, contexts, current=""):
    """Writes a kubeconfig with a context for each of several kubeconfigs: `{name: path}`."""
    merged = {"apiVersion": "v1", "kind": "Config", "current-context": current, "clusters": [], "users": [], "contexts": []}
    for name, source in contexts.items():
        one = yaml.safe_load(pathlib.Path(source).read_text())
        merged["clusters"].append({"name": name, "cluster": one["clusters"][0]["cluster"]})
        merged["users"].append({"name": name, "user": one["users"][0]["user"]})
        merged["contexts"].append({"name": name, "context": {"cluster": name, "user": name}})
    pathlib.Path(path).write_text(yaml.safe_dump(merged))
    return path
