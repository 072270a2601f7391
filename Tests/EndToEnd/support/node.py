"""A real node (WPEX_NODE_NETNS, which `make test` sets): kubelet and containerd run relays, and hosts beside it talk through them."""

import base64
import contextlib
import hashlib
import json
import os
import pathlib
import re
import shutil
import socket
import struct
import subprocess
import threading
import time
import types

import pytest
import yaml

from support.kubernetes import KUBECONFIG, kubectl
from support.namespaces import Host, WireGuard, run
from support.program import ROOT, WPEX, wpex
from support.sample import copy_sample
from support.uplink import udp
from support.waiting import until

NODE = os.environ.get("WPEX_NODE_NETNS", "")
ADDRESS, PORT = "192.0.2.10", 30101
# Where the kubelet tells pods to look names up. Nobody answers there without `Names`.
DNS = "10.96.0.10"
NAMESPACE = "node-acme"

# `pytestmark` of a file whose tests need the node.
needs_node = pytest.mark.skipif(not NODE, reason="WPEX_NODE_NETNS names no node: run `make test`")


def pods():
    items = json.loads(kubectl("get", "pods", "-n", NAMESPACE, "-o", "json"))["items"]
    return [item for item in items if not item["metadata"].get("deletionTimestamp")]


def ready():
    """The pods with a ready container."""
    return [pod for pod in pods() if any(c.get("ready") for c in pod["status"].get("containerStatuses", []))]


def account(name, namespace):
    """A kubeconfig with the token of a service account, and with the cluster's certificate inside."""

    def token():
        items = json.loads(kubectl("get", "secrets", "-n", namespace, "-o", "json"))["items"]
        named = "kubernetes.io/service-account.name"
        return next((i["data"]["token"] for i in items if i["metadata"].get("annotations", {}).get(named) == name and i.get("data")), None)

    until_on_node(token, f"the account {name} has its token")
    config = yaml.safe_load(pathlib.Path(KUBECONFIG).read_text())
    config["users"][0]["user"] = {"token": base64.b64decode(token()).decode()}
    authority = config["clusters"][0]["cluster"].pop("certificate-authority")
    config["clusters"][0]["cluster"]["certificate-authority-data"] = base64.b64encode(pathlib.Path(authority).read_bytes()).decode()
    return yaml.safe_dump(config)


def until_on_node(condition, what, timeout=90):
    """Waits; a failure shows the events of the cluster."""
    until(condition, what, lambda: kubectl("get", "all,events", "-n", NAMESPACE, check=False)[-4000:], timeout, pause=0.2)


def evidence():
    """The node's state on the path from its port to the pod."""
    inside = ("ip", "netns", "exec", NODE)

    def ask(*arguments):
        result = subprocess.run([*inside, *arguments], capture_output=True, text=True)
        return f"$ {' '.join(arguments)}\n{result.stdout}{result.stderr}\n"

    found = kubectl("get", "pods,endpoints,services", "-n", NAMESPACE, "-o", "wide", check=False)
    found += ask("conntrack", "-L", "-p", "udp") + ask("iptables-save", "-t", "nat")
    for pod in pods():
        found += ask("curl", "-s", f"http://{pod['status'].get('podIP')}:8080/metrics") + kubectl("logs", "-n", NAMESPACE, pod["metadata"]["name"], check=False)
    return found


def ping(first, second, count, patience=30):
    """Number of answered pings out of `count`, counted from the first answer."""
    deadline = time.monotonic() + patience
    while True:
        # kube-proxy before 1.21 keeps a UDP flow that began while the Service had no endpoint at the node itself, for
        # as long as its peer keeps sending. Later versions delete such flows, as this does.
        stale = ("conntrack", "-D", "-p", "udp", "--orig-port-dst", str(PORT), "--reply-src", ADDRESS)
        subprocess.run(["ip", "netns", "exec", NODE, *stale], capture_output=True)
        try:
            return first.ping(second, count, patience=6)
        except AssertionError as error:
            if time.monotonic() > deadline:
                shown = first.host.run("wg", "show") + second.host.run("wg", "show")
                raise AssertionError(evidence() + shown) from error


class Repository:
    """A repository of one organization with one relay, and peers' keys."""

    def __init__(self, folder):
        self.path = pathlib.Path(folder) / "repo"
        copy_sample(self.path)
        for org in (self.path / "orgs").iterdir():
            if org.name != "acme":
                shutil.rmtree(org)
        for name in ("keys", "relays"):
            shutil.rmtree(self.path / "orgs/acme" / name)
            (self.path / "orgs/acme" / name).mkdir()
        # Its test names keys that are gone.
        organization = self.path / "orgs/acme/organization.yaml"
        organization.write_text(organization.read_text().split("  tests:\n")[0])
        platform = (self.path / "platform.yaml").read_text()
        platform = re.sub(r"repository: .*\n\s+tag: .*\n\s+digest: .*\n", 'repository: localhost/wpex-relay\n      tag: "1"\n', platform)
        platform = platform.replace("namespacePrefix: nordsud-", "namespacePrefix: node-")
        platform = re.sub(r"cluster: nordsud-eu-(north|south)\n", "cluster: in-cluster\n", platform)
        platform = platform.replace("minimumAdmins: 2", "minimumAdmins: 2\n    probes: { allowedNetworks: [127.0.0.0/8] }")
        (self.path / "platform.yaml").write_text(platform)
        for name, role in (("diag-engineer", "engineer"), ("diag-viewer", "viewer")):
            (self.path / f"orgs/acme/users/{name}.yaml").write_text(
                f"apiVersion: wpex.io/v1alpha1\nkind: User\nmetadata:\n  name: {name}\nspec:\n  displayName: {name}\n"
                f"  email: {name}@example.org\n  status: active\n  roles: [{role}]\n  access:\n    tokens:\n"
                f"      - name: test\n        sha256: {hashlib.sha256(name.encode()).hexdigest()}\n")

    def diag(self, who, *arguments):
        # The daemon's own account may not use the API server's proxy; the user of this kubeconfig may.
        return wpex(
            "diag", *arguments, "--config", self.settings, "--kubeconfig", KUBECONFIG, "--output", "json", check=False,
            env={**os.environ, "WPEX_TOKEN": who})

    def key(self, name, key):
        (self.path / f"orgs/acme/keys/{name}.yaml").write_text(
            f"apiVersion: wpex.io/v1alpha1\nkind: Key\nmetadata:\n  name: {name}\n  labels: {{ network: all }}\nspec:\n  publicKey: {key.text}\n")

    def revoke(self, name):
        (self.path / f"orgs/acme/keys/{name}.yaml").unlink()

    def relay(self, state="running", replicas=1, restarted="2026-11-01"):
        (self.path / "orgs/acme/relays/milan-1.yaml").write_text(
            "apiVersion: wpex.io/v1alpha1\nkind: Relay\nmetadata:\n  name: milan-1\n  labels: { tier: gold }\nspec:\n  region: eu-south\n"
            f"  port: {PORT}\n  state: {state}\n  replicas: {replicas}\n  restartedAt: {restarted}T00:00:00Z\n"
            "  keys:\n    selector:\n      matchLabels: { network: all }\n")

    def second(self):
        text = (self.path / "orgs/acme/relays/milan-1.yaml").read_text()
        (self.path / "orgs/acme/relays/milan-2.yaml").write_text(text.replace("milan-1", "milan-2").replace(str(PORT), str(PORT + 1)))


class Site:
    """A host beside the node, with a route to it and a tunnel through the relay."""

    def __init__(self, number, key):
        self.host = Host(f"n{number}")
        outer, inner = f"s{os.getpid() % 1000}{number}o", f"s{os.getpid() % 1000}{number}i"
        run("ip", "link", "add", outer, "netns", NODE, "type", "veth", "peer", "name", inner, "netns", self.host.name)
        inside = ("ip", "netns", "exec", NODE)
        run(*inside, "ip", "address", "add", f"10.98.{number}.1/24", "dev", outer)
        run(*inside, "ip", "link", "set", outer, "up")
        self.host.address(inner, f"10.98.{number}.2/24")
        self.host.run("ip", "route", "add", "default", "via", f"10.98.{number}.1")
        self.interface = inner
        self.tunnel = WireGuard(self.host, f"10.8.0.{number}", f"{ADDRESS}:{PORT}", key)

    def hear_answers_only(self):
        """What a NAT does: packets from where this host has sent nothing do not arrive."""
        table = ("nft", "add", "table", "inet", "guard")
        chain = ("nft", "add", "chain", "inet", "guard", "input", "{ type filter hook input priority 0; }")
        rule = ("nft", "add", "rule", "inet", "guard", "input", "iifname", self.interface, "ct", "state", "new", "drop")
        for command in (table, chain, rule):
            self.host.run(*command)


class Names:
    """A DNS server for the pods of the node: names of headless Services have the addresses of their endpoints, as CoreDNS answers."""

    def __init__(self):
        run("ip", "netns", "exec", NODE, "ip", "address", "replace", f"{DNS}/32", "dev", "lo")
        self.socket = udp(types.SimpleNamespace(name=NODE), DNS, 53)
        self.socket.settimeout(0.5)
        self.known, self.has_ended = {}, threading.Event()
        self.threads = [threading.Thread(target=work) for work in (self.watch, self.serve)]

    def watch(self):
        while not self.has_ended.wait(0.5):
            found = {}
            for item in json.loads(kubectl("get", "endpoints", "-n", NAMESPACE, "-o", "json", check=False) or '{"items": []}')["items"]:
                name = f"{item['metadata']['name']}.{NAMESPACE}.svc.cluster.local"
                found[name] = [address["ip"] for subset in item.get("subsets") or [] for address in subset.get("addresses", [])]
            self.known = found

    def serve(self):
        while not self.has_ended.is_set():
            with contextlib.suppress(socket.timeout):
                question, sender = self.socket.recvfrom(1_024)
                self.socket.sendto(self.answer(question), sender)

    def answer(self, question):
        labels, offset = [], 12
        while question[offset]:
            labels.append(question[offset + 1:offset + 1 + question[offset]].decode())
            offset += 1 + question[offset]
        end = offset + 5
        found = self.known.get(".".join(labels).lower())
        is_ipv4 = question[offset + 1:offset + 3] == b"\0\1"
        records = [struct.pack("!HHHIH", 0xC00C, 1, 1, 1, 4) + socket.inet_aton(ip) for ip in found or [] if is_ipv4]
        head = question[:2] + struct.pack("!HHHHH", 0x8580 if found is not None else 0x8583, 1, len(records), 0, 0)
        return head + question[12:end] + b"".join(records)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.has_ended.set()
        for thread in self.threads:
            thread.join()
        self.socket.close()
        run("ip", "netns", "exec", NODE, "ip", "address", "delete", f"{DNS}/32", "dev", "lo")


@contextlib.contextmanager
def node_loop(folder):
    """A daemon with no more rights than deploy/ gives it, and the repository that it follows."""
    repository = Repository(folder)
    kubectl("apply", "-k", str(ROOT / "deploy/tenants"))
    kubectl("apply", "-f", str(ROOT / "deploy/daemon/namespace.yaml"))
    kubectl("apply", "-f", str(ROOT / "deploy/daemon/rbac.yaml"))
    kubeconfig = folder / "kubeconfig"
    kubeconfig.write_text(account("wpex-sync", "wpex-system"))
    settings = folder / "settings.json"
    settings.write_text(json.dumps({
        "repository": {"url": str(repository.path), "interval": 0.3}, "target": {"kubeconfig": str(kubeconfig)},
        "regions": ["eu-south"], "demonstration": True, "drift": {"interval": 2}, "http": {"listen": ""}, "state": str(folder / "state"),
    }))
    repository.daemon, repository.settings = None, settings

    def start():
        repository.daemon = subprocess.Popen(
            [WPEX, "sync", "run", "--config", settings], stderr=open(folder / "log", "a"), stdout=subprocess.DEVNULL)
        return repository

    repository.start, repository.state, repository.hosts = start, folder / "state", []
    yield repository
    if repository.daemon:
        repository.daemon.kill()
        repository.daemon.wait()
    for host in repository.hosts:
        host.close()
    # The next test starts with another repository: nothing of this one may be mistaken for its own.
    kubectl("delete", "namespace", NAMESPACE, "--timeout=90s", check=False)
    kubectl("delete", "configmaps", "--all", "-n", "wpex-system", check=False)
