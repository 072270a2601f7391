"""A real kube-apiserver (WPEX_KUBECONFIG, which `make test` sets), and `wpex sync` against it."""

import itertools
import json
import os
import pathlib
import re
import subprocess
import time

import pytest

from support.program import WPEX, wpex
from support.sample import copy_sample, edit
from support.state import State
from support.waiting import until

KUBECONFIG = os.environ.get("WPEX_KUBECONFIG", "")
PREFIXES = itertools.count(1)

# `pytestmark` of a file whose tests need the API server.
needs_cluster = pytest.mark.skipif(not KUBECONFIG, reason="WPEX_KUBECONFIG names no cluster: run `make test`")


def kubectl(*arguments, check=True, input=None):
    result = subprocess.run(
        ["kubectl", "--kubeconfig", KUBECONFIG, *arguments], capture_output=True, text=True, timeout=120, input=input)
    assert not check or result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def get(*arguments):
    return json.loads(kubectl("get", *arguments, "-o", "json"))


def use_own_cluster(repo):
    """Puts the regions of sample-repo into the daemon's own cluster: the kubeconfig of the tests has one context."""
    path = pathlib.Path(repo) / "platform.yaml"
    text, count = re.subn(r"cluster: nordsud-eu-(north|south)\n", "cluster: in-cluster\n", path.read_text())
    assert count == 2
    path.write_text(text)


class Cluster:
    """sample-repo's northern region in namespaces of this test's own."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.prefix = f"t{os.getpid()}-{next(PREFIXES)}-"
        self.namespace = f"{self.prefix}system"
        self.repo, self.state = self.folder / "repo", self.folder / "state"
        copy_sample(self.repo)
        self.edit("platform.yaml", "namespacePrefix: nordsud-", f"namespacePrefix: {self.prefix}")
        use_own_cluster(self.repo)
        kubectl("create", "namespace", self.namespace)
        self.processes = []

    def edit(self, path, old, new):
        edit(self.repo, path, old, new)

    def settings(self, **more):
        settings = {
            "repository": {"url": str(self.repo), "interval": 0.3},
            "target": {"kubeconfig": KUBECONFIG, "namespace": self.namespace},
            "regions": ["eu-north"],
            "demonstration": True,
            "drift": {"interval": 1},
            "http": {"listen": ""},
            **more,
        }
        path = self.folder / f"settings-{len(list(self.folder.iterdir()))}.json"
        path.write_text(json.dumps(settings))
        return path

    def once(self, check=True, **more):
        result = wpex("sync", "run", "--once", "--config", self.settings(**more), "--state", self.state, check=False)
        assert not check or result.returncode == 0, result.stderr
        return result

    def start(self, name="daemon", state=None, environment=None, **more):
        process = subprocess.Popen(
            [WPEX, "sync", "run", "--config", self.settings(**more), "--state", state or self.state],
            stderr=open(self.folder / f"{name}.log", "a"), stdout=subprocess.DEVNULL,
            env={**os.environ, **(environment or {})},
        )
        self.processes.append(process)
        return process

    def records(self):
        return State(self.state).records()

    def actions(self):
        return State(self.state).actions()

    def until(self, condition, what, timeout=30):
        until(condition, what, lambda: "".join(path.read_text() for path in self.folder.glob("*.log")), timeout, pause=0.2)

    def close(self):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.wait()
        names = [n["metadata"]["name"] for n in get("namespaces")["items"] if n["metadata"]["name"].startswith(self.prefix)]
        kubectl("delete", "namespace", "--wait=false", *names, check=False)
        for name in names:
            kubectl("delete", "deployments,services,secrets,poddisruptionbudgets,networkpolicies", "--all", "--wait=false", "-n", name, check=False)


def versions(cluster):
    """The resource version of every object of a cluster, by kind, namespace and name."""
    kinds = {
        "Namespace": "namespaces", "Deployment": "deployments", "Service": "services", "Secret": "secrets",
        "NetworkPolicy": "networkpolicies", "LimitRange": "limitranges", "ResourceQuota": "resourcequotas",
    }
    found = {}
    for item in get(",".join(kinds.values()), "-A", "-l", "app.kubernetes.io/managed-by=wpex")["items"]:
        meta = item["metadata"]
        place = meta.get("namespace", meta["name"])
        if place.startswith(cluster.prefix):
            found[kinds[item["kind"]], place, meta["name"]] = meta["resourceVersion"]
    return found


def settled(cluster):
    """The versions once the controllers have written their last word on what was applied."""
    before = versions(cluster)
    while True:
        time.sleep(1.5)
        after = versions(cluster)
        if after == before:
            return after
        before = after
