"""The whole loop on a real node: kubelet and containerd run the relay under the restricted security context, and two
wireguard-go peers talk through its NodePort. `make test` starts the node; WPEX_NODE_NETNS names its network namespace."""

import base64
import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest
import yaml
from daemon import ROOT, WPEX, wpex

sys.path.insert(0, str(ROOT / "Tests/RelayEndToEnd"))
from namespaces import Host, WireGuard, link, run  # noqa: E402
from wireguard import Key  # noqa: E402

NODE = os.environ.get("WPEX_NODE_NETNS", "")
KUBECONFIG = os.environ.get("WPEX_KUBECONFIG", "")
pytestmark = pytest.mark.skipif(not NODE, reason="WPEX_NODE_NETNS names no node: run `make test`")
ADDRESS, PORT = "192.0.2.10", 30101
NAMESPACE = "node-acme"


def kubectl(*arguments, check=True):
    result = subprocess.run(["kubectl", "--kubeconfig", KUBECONFIG, *arguments], capture_output=True, text=True, timeout=120)
    assert not check or result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def pods():
    items = json.loads(kubectl("get", "pods", "-n", NAMESPACE, "-o", "json"))["items"]
    return [item for item in items if not item["metadata"].get("deletionTimestamp")]


def until(condition, what, timeout=90):
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, what + "\n" + kubectl("get", "all,events", "-n", NAMESPACE, check=False)[-4000:]
        time.sleep(0.2)


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
        shutil.copytree(ROOT / "sample-repo", self.path)
        for org in (self.path / "orgs").iterdir():
            if org.name != "acme":
                shutil.rmtree(org)
        for name in ("keys", "relays"):
            shutil.rmtree(self.path / "orgs/acme" / name)
            (self.path / "orgs/acme" / name).mkdir()
        platform = (self.path / "platform.yaml").read_text()
        platform = re.sub(r"repository: .*\n\s+tag: .*\n\s+digest: .*\n", 'repository: localhost/wpex-relay\n      tag: "1"\n', platform)
        platform = platform.replace("namespacePrefix: nordsud-", "namespacePrefix: node-").replace("replicas: 1", "replicas: 1")
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

    def relay(self, state="running"):
        (self.path / "orgs/acme/relays/milan-1.yaml").write_text(
            "apiVersion: wpex.io/v1alpha1\nkind: Relay\nmetadata:\n  name: milan-1\n  labels: { tier: gold }\nspec:\n  region: eu-south\n"
            f"  port: {PORT}\n  state: {state}\n  keys:\n    selector:\n      matchLabels: {{ network: all }}\n")

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
        self.tunnel = WireGuard(self.host, f"10.8.0.{number}", f"{ADDRESS}:{PORT}", key)


@pytest.fixture
def loop(tmp_path):
    repository = Repository(tmp_path)
    # With only the rights that deploy/ gives the daemon.
    kubectl("apply", "-k", str(ROOT / "deploy/tenants"))
    kubectl("apply", "-f", str(ROOT / "deploy/daemon/namespace.yaml"))
    kubectl("apply", "-f", str(ROOT / "deploy/daemon/rbac.yaml"))

    def token():
        items = json.loads(kubectl("get", "secrets", "-n", "wpex-system", "-o", "json"))["items"]
        return next((i["data"]["token"] for i in items if i["metadata"].get("annotations", {}).get("kubernetes.io/service-account.name") == "wpex-sync"), None)

    until(token, "the service account has its token")
    config = yaml.safe_load(open(KUBECONFIG))
    config["users"][0]["user"] = {"token": base64.b64decode(token()).decode()}
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(yaml.safe_dump(config))
    settings = tmp_path / "settings.json"
    settings.write_text(json.dumps({
        "repository": {"url": str(repository.path), "interval": 0.3}, "target": {"kubeconfig": str(kubeconfig)},
        "regions": ["eu-south"], "demonstration": True, "drift": {"interval": 2}, "http": {"listen": ""}, "state": str(tmp_path / "state"),
    }))
    repository.daemon, repository.settings = None, settings

    def start():
        repository.daemon = subprocess.Popen(
            [WPEX, "sync", "run", "--config", settings], stderr=open(tmp_path / "log", "a"), stdout=subprocess.DEVNULL)
        return repository

    repository.start, repository.state, repository.hosts = start, tmp_path / "state", []
    yield repository
    if repository.daemon:
        repository.daemon.kill()
        repository.daemon.wait()
    for host in repository.hosts:
        host.close()
    # The next test starts with another repository: nothing of this one may be mistaken for its own.
    kubectl("delete", "namespace", NAMESPACE, "--timeout=90s", check=False)
    kubectl("delete", "configmaps", "--all", "-n", "wpex-system", check=False)


def test_the_loop_on_a_node(loop):
    keys = [Key(), Key(), Key()]
    for number, key in enumerate(keys):
        loop.key(f"site-{number}", key)
    loop.relay()
    loop.start()
    until(lambda: any(c.get("ready") for p in pods() for c in p["status"].get("containerStatuses", [])), "the relay's pod is ready")
    pod = pods()[0]
    # Pod Security `restricted`, as reported by the kubelet.
    context = pod["spec"]["containers"][0]["securityContext"]
    assert context["readOnlyRootFilesystem"] and context["capabilities"]["drop"] == ["ALL"] and not context["allowPrivilegeEscalation"]
    assert pod["spec"]["securityContext"]["runAsNonRoot"]
    until(
        lambda: "health.reached" in wpex("audit", "list", "--state", loop.state, "--action", "health.reached").stdout, "its health is recorded")
    sites = [Site(number + 1, key) for number, key in enumerate(keys)]
    loop.hosts = [site.host for site in sites]
    first, second, third = (site.tunnel for site in sites)
    link(first, second, third)
    assert ping(first, second, 10) == 10
    assert ping(third, first, 3) == 3
    # The relay measures for permitted users, through the API server, with the token in its Secret.
    for measured in ("ping", "traceroute"):
        found = loop.diag("diag-engineer", measured, "acme/milan-1", "127.0.0.1")
        assert found.returncode == 0 and json.loads(found.stdout)["reached"], found.stdout + found.stderr
    refused = loop.diag("diag-viewer", "ping", "acme/milan-1", "127.0.0.1")
    assert refused.returncode == 1 and "diagnostics:run" in refused.stderr, refused.stderr
    secret = json.loads(kubectl("get", "secret", "milan-1-keys", "-n", NAMESPACE, "-o", "json"))
    relay_token = json.loads(base64.b64decode(secret["data"]["config.json"]))["token"]
    runs = wpex("audit", "list", "--state", loop.state, "--action", "diagnostics.run", "--output", "json").stdout
    details = [run["detail"] for run in json.loads(runs)]
    assert len(details) == 5 and "reached" in details[1] and "refused" in details[4], details
    assert relay_token not in runs + found.stdout + found.stderr + refused.stderr + kubectl("get", "events,pods,deployments", "-A", "-o", "yaml")
    # A key removed by a commit stops working without a restart of the pod.
    loop.revoke("site-2")

    def is_dead():
        return "100% packet loss" in third.host.run("ping", "-q", "-c", "1", "-W", "1", first.address, check=False)

    until(is_dead, "the revoked key stops working")
    # A Secret that is applied again keeps the relay's token.
    secret = json.loads(kubectl("get", "secret", "milan-1-keys", "-n", NAMESPACE, "-o", "json"))
    assert json.loads(base64.b64decode(secret["data"]["config.json"]))["token"] == relay_token
    assert ping(first, second, 5) == 5
    after = pods()
    assert [p["metadata"]["uid"] for p in after] == [pod["metadata"]["uid"]]
    assert after[0]["status"]["containerStatuses"][0]["restartCount"] == 0
    # A second relay, which is deleted and pruned.
    loop.second()
    until(lambda: kubectl("get", "deployment", "milan-2", "-n", NAMESPACE, "--ignore-not-found"), "the second relay is there")
    (loop.path / "orgs/acme/relays/milan-2.yaml").unlink()
    until(lambda: not kubectl("get", "deployment,service,secret", "-n", NAMESPACE, "-l", "wpex.io/relay=milan-2", "--ignore-not-found"), "it is pruned")
    # A stopped relay has no pod.
    loop.relay("stopped")
    until(lambda: not pods(), "the stopped relay scales to zero")
    loop.relay("running")
    # A new pod has no state: a peer that sends data and hears nothing for 15 s starts a new handshake.
    until(pods, "it runs again")
    second.host.start("ping", "-q", "-i", "0.5", first.address)
    assert ping(first, second, 1, patience=90) == 1
    until(
        lambda: json.loads(wpex("status", "--state", loop.state, "--output", "json", check=False).stdout)["organizations"][0]["current"] == 1,
        "status says so")
    loop.daemon.send_signal(signal.SIGTERM)
    assert loop.daemon.wait(20) == 0
    # The relay keeps running without the daemon.
    assert ping(first, second, 3) == 3
    assert wpex("audit", "verify", "--state", loop.state).returncode == 0
