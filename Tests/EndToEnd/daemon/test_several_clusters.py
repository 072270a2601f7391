"""One daemon and two real API servers, one of which is cut off and brought back."""

import hashlib
import json
import os
import shutil
import time

import pytest

from support.answers import ask
from support.git import begin, commit
from support.kubernetes import KUBECONFIG, get, kubectl, needs_cluster
from support.network import free_port
from support.program import wpex
from support.second_cluster import SecondCluster, merged_kubeconfig
from support.server import Server
from support.waiting import until

pytestmark = needs_cluster

NORTH, SOUTH = "nordsud-eu-north", "nordsud-eu-south"
# acme has relays in both regions of sample-repo.
BOTH = "acme"


@pytest.fixture(scope="module")
def second(tmp_path_factory):
    made = SecondCluster(tmp_path_factory.mktemp("second"))
    yield made
    made.close()


class Clusters:
    """sample-repo with its northern region in the first cluster and its southern one in the second."""

    def __init__(self, cluster, second):
        self.cluster, self.second = cluster, second
        # As in sample-repo: each region names its own context.
        for region, context in (("eu-north", NORTH), ("eu-south", SOUTH)):
            text = (cluster.repo / "platform.yaml").read_text()
            (cluster.repo / "platform.yaml").write_text(
                text.replace(f"name: {region}\n      displayName: {self.shown(region)}\n      cluster: in-cluster",
                             f"name: {region}\n      displayName: {self.shown(region)}\n      cluster: {context}"))
        second.kubectl("create", "namespace", cluster.namespace)
        self.kubeconfig = cluster.folder / "kubeconfig"
        self.contexts(**{NORTH: KUBECONFIG, SOUTH: second.kubeconfig})
        self.port = free_port()

    @staticmethod
    def shown(region):
        return {"eu-north": "Stockholm", "eu-south": "Milano"}[region]

    def contexts(self, **contexts):
        merged_kubeconfig(self.kubeconfig, contexts)

    def settings(self, **more):
        return {
            "target": {"kubeconfig": str(self.kubeconfig), "namespace": self.cluster.namespace}, "regions": [],
            "http": {"listen": f"127.0.0.1:{self.port}"}, **more,
        }

    def start(self, **more):
        return self.cluster.start(**self.settings(**more))

    def once(self, check=True, **more):
        return self.cluster.once(check=check, **self.settings(**more))

    @property
    def status(self):
        try:
            return json.loads((self.cluster.state / "status.json").read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return {}

    @property
    def metrics(self):
        return ask(f"http://127.0.0.1:{self.port}/metrics").body.decode()

    def until(self, condition, what, timeout=60):
        self.cluster.until(condition, what, timeout)

    def restart(self, relay, day):
        """Declares a restart of a relay on a day of November 2026."""
        path = next(p for p in self.cluster.repo.rglob("*.yaml") if f"\n  name: {relay}\n" in p.read_text() and "kind: Relay" in p.read_text())
        documents = path.read_text().split("---\n")
        for index, text in enumerate(documents):
            if f"\n  name: {relay}\n" in text:
                lines = [line for line in text.splitlines() if "restartedAt" not in line]
                place = next(i for i, line in enumerate(lines) if line.startswith("  port:"))
                lines.insert(place + 1, f"  restartedAt: 2026-11-{day:02}T00:00:00Z")
                documents[index] = "\n".join(lines) + "\n"
        path.write_text("---\n".join(documents))

    def owner(self, find):
        return find("configmap", "wpex-cluster", "-n", self.cluster.namespace)["data"]


@pytest.fixture
def clusters(cluster, second):
    made = Clusters(cluster, second)
    yield made
    if second.stopped:
        second.bring_back()
    for process in cluster.processes:
        if process.poll() is None:
            process.kill()
            process.wait()
    names = [n["metadata"]["name"] for n in second.get("namespaces")["items"] if n["metadata"]["name"].startswith(cluster.prefix)]
    for name in names:
        second.kubectl("delete", "deployments,services,secrets,networkpolicies,configmaps,leases", "--all", "--wait=false", "-n", name, check=False)


def deployments(found):
    return {(item["metadata"]["namespace"], item["metadata"]["name"]) for item in found["items"]}


def restarted(find, namespace, relay):
    template = find("deployment", relay, "-n", namespace)["spec"]["template"]
    return template["metadata"].get("annotations", {}).get("wpex.io/restartedAt", "")[:10]


def test_each_region_is_in_its_own_cluster(clusters):
    cluster = clusters.cluster
    clusters.once()
    labels = ("-A", "-l", "app.kubernetes.io/managed-by=wpex")
    north = {place for place in deployments(get("deployments", *labels)) if place[0].startswith(cluster.prefix)}
    south = {place for place in deployments(clusters.second.get("deployments", *labels)) if place[0].startswith(cluster.prefix)}
    assert (f"{cluster.prefix}globex", "oslo-1") in north and (f"{cluster.prefix}acme", "milan-1") in south
    assert not north & south
    # Each cluster says to whom it belongs.
    assert clusters.owner(get) == {"platform": "nordsud", "region.eu-north": cluster.prefix}
    assert clusters.owner(clusters.second.get) == {"platform": "nordsud", "region.eu-south": cluster.prefix}
    assert kubectl("get", "configmap", "wpex-state-eu-south", "-n", cluster.namespace, "--ignore-not-found") == ""
    # Nothing changes with the next pass.
    records = len(cluster.records())
    clusters.once()
    assert len(cluster.records()) == records


def test_a_region_is_not_applied_to_the_cluster_of_another(clusters):
    cluster = clusters.cluster
    clusters.once()
    # Both contexts lead to the northern cluster now.
    clusters.contexts(**{NORTH: KUBECONFIG, SOUTH: KUBECONFIG})
    clusters.restart("oslo-1", 9)
    clusters.restart("milan-1", 9)
    result = clusters.once(check=False)
    assert result.returncode != 0
    assert "this cluster has region `eu-north`" in result.stderr and "`namespacePrefix`" in result.stderr
    assert restarted(get, f"{cluster.prefix}globex", "oslo-1") == "2026-11-09"
    assert not kubectl("get", "deployment", "milan-1", "-n", f"{cluster.prefix}acme", "--ignore-not-found")
    # Nor is that of another platform.
    clusters.contexts(**{NORTH: KUBECONFIG, SOUTH: clusters.second.kubeconfig})
    cluster.edit("platform.yaml", "name: nordsud\n", "name: ostwest\n")
    result = clusters.once(check=False)
    assert "belongs to the platform `nordsud`" in result.stderr and result.returncode != 0


def test_regions_of_one_cluster_need_a_daemon_or_a_prefix(clusters):
    cluster = clusters.cluster
    merged_kubeconfig(clusters.kubeconfig, {"here": KUBECONFIG}, current="here")
    for context in (NORTH, SOUTH):
        cluster.edit("platform.yaml", f"cluster: {context}", "cluster: in-cluster")
    result = clusters.once(check=False)
    assert result.returncode != 0
    assert "would apply `eu-north` and `eu-south` to one cluster" in result.stderr or "would apply `eu-south` and `eu-north` to one cluster" in result.stderr
    assert "set the daemon's `regions`" in result.stderr
    assert not kubectl("get", "namespace", f"{cluster.prefix}acme", "--ignore-not-found")
    # With namespaces of its own, each has its place. A cluster has each node port once.
    bari = next(path for path in cluster.repo.rglob("*.yaml") if "\n  name: bari-1\n" in path.read_text() and "kind: Relay" in path.read_text())
    bari.write_text(bari.read_text().replace("port: 30201\n", "port: 30209\n"))
    cluster.edit("platform.yaml", "displayName: Milano\n", f"displayName: Milano\n      namespacePrefix: s{cluster.prefix}\n")
    try:
        clusters.once()
        assert get("deployment", "milan-1", "-n", f"s{cluster.prefix}acme") and get("deployment", "oslo-1", "-n", f"{cluster.prefix}globex")
        assert clusters.owner(get) == {"platform": "nordsud", "region.eu-north": cluster.prefix, "region.eu-south": f"s{cluster.prefix}"}
    finally:
        names = [n["metadata"]["name"] for n in get("namespaces")["items"] if n["metadata"]["name"].startswith(f"s{cluster.prefix}")]
        for name in names:
            kubectl("delete", "deployments,services,secrets,networkpolicies", "--all", "--wait=false", "-n", name, check=False)


def test_a_context_that_is_missing_is_named(clusters):
    clusters.contexts(elsewhere=KUBECONFIG)
    process = clusters.start()
    assert process.wait(60) == 1
    log = (clusters.cluster.folder / "daemon.log").read_text()
    assert f"region `eu-north` is in the cluster `{NORTH}`" in log and "but `elsewhere`" in log and "`regions`" in log


def test_a_dark_cluster_delays_no_other(clusters):
    cluster, second = clusters.cluster, clusters.second
    place = f"{cluster.prefix}globex"
    clusters.start()
    clusters.until(lambda: set(clusters.status["regions"]) == {"eu-north", "eu-south"}, "both regions are applied")
    clusters.until(lambda: f'wpex_sync_leader{{cluster="{SOUTH}"}} 1' in clusters.metrics, "it leads in both")

    def applied(day):
        start = time.monotonic()
        clusters.restart("oslo-1", day)
        clusters.until(lambda: restarted(get, place, "oslo-1") == f"2026-11-{day:02}", "the north follows", timeout=30)
        return time.monotonic() - start

    before = max(applied(1), applied(2))
    second.cut_off()
    cut = time.monotonic()
    clusters.restart("milan-1", 3)
    clusters.until(lambda: "stale" in clusters.status["regions"]["eu-south"], "the south is shown as stale", timeout=15)
    print("stale after", time.monotonic() - cut)
    during = max(applied(3), applied(4), applied(5))
    print("before", before, "during", during)
    # The north has followed commit after commit while the south did not answer.
    assert "stale" in clusters.status["regions"]["eu-south"]
    assert "stale" not in clusters.status["regions"]["eu-north"]
    shown = wpex("status", "--state", cluster.state, check=False)
    assert f"the cluster `{SOUTH}` does not answer since" in shown.stdout and shown.returncode == 1
    clusters.until(lambda: f'wpex_sync_leader{{cluster="{SOUTH}"}} 0' in clusters.metrics, "it leads in one only")
    assert f'wpex_sync_leader{{cluster="{NORTH}"}} 1' in clusters.metrics
    assert ask(f"http://127.0.0.1:{clusters.port}/healthz").status == 200
    second.bring_back()
    clusters.until(
        lambda: restarted(second.get, f"{cluster.prefix}acme", "milan-1") == "2026-11-03", "the south makes up for it", timeout=90)
    clusters.until(lambda: "stale" not in clusters.status["regions"]["eu-south"], "nothing is stale")
    clusters.until(lambda: "problem" not in clusters.status, "nothing is wrong")


def test_a_daemon_that_starts_while_a_cluster_is_dark(clusters):
    cluster, second = clusters.cluster, clusters.second
    second.cut_off()
    clusters.start()
    clusters.until(lambda: "eu-north" in clusters.status["regions"], "the north is applied")
    clusters.until(lambda: SOUTH in clusters.status.get("problem", ""), "the south is said not to answer")
    assert restarted(get, f"{cluster.prefix}globex", "oslo-1") == ""
    second.bring_back()
    clusters.until(lambda: "eu-south" in clusters.status["regions"], "the south follows", timeout=90)
    clusters.until(lambda: "problem" not in clusters.status, "nothing is wrong")


def test_pages_of_a_dark_cluster_are_stale_alone(clusters, tmp_path):
    cluster, second = clusters.cluster, clusters.second
    # Of a plain folder, every program makes commits of its own.
    begin(cluster.repo)
    clusters.once()
    server = Server(
        tmp_path / "server", cluster.repo,
        settings={"target": {"kind": "kubernetes", "kubeconfig": str(clusters.kubeconfig), "namespace": cluster.namespace, "reach": "server"}})

    def alerts():
        found = server.get("/api/v1/alerts", bearer=server.local_token).json
        return " ".join(alert["summary"] for alert in found["items"] if alert["kind"] == "collector")

    def regions():
        return {region["name"]: region["applied"] for region in server.get("/api/v1/sync", bearer=server.local_token).json["regions"]}

    def seconds(count=20):
        """The median time of requests about the northern cluster."""
        times = []
        for _ in range(count):
            start = time.monotonic()
            assert server.get("/api/v1/relays/globex/oslo-1", bearer=server.local_token).status == 200
            times.append(time.monotonic() - start)
        return sorted(times)[count // 2]

    with server:
        until(lambda: set(regions()) == {"eu-north", "eu-south"}, "both regions are shown", server.log)
        until(lambda: not alerts(), "both clusters are read", server.log)
        before = seconds()
        second.cut_off()
        cut = time.monotonic()
        until(lambda: SOUTH in alerts(), "the southern one is said to be away", server.log, timeout=15)
        print("stale after", time.monotonic() - cut)
        print("a request before", before, "and during", seconds())
        assert NORTH not in alerts()
        assert set(regions()) == {"eu-north", "eu-south"}
        second.bring_back()
        until(lambda: not alerts(), "it is back", server.log, timeout=60)


def test_approvals_and_measurements_find_their_cluster(clusters):
    cluster, second = clusters.cluster, clusters.second
    (cluster.repo / "orgs/acme/users/diag-engineer.yaml").write_text(
        "apiVersion: wpex.io/v1alpha1\nkind: User\nmetadata:\n  name: diag-engineer\nspec:\n  displayName: Diag\n"
        "  email: diag@example.org\n  status: active\n  roles: [engineer]\n  access:\n    tokens:\n"
        f"      - name: test\n        sha256: {hashlib.sha256(b'diag-engineer').hexdigest()}\n")
    begin(cluster.repo)
    clusters.once()
    # Each relay is looked for in the cluster of its region. No controller makes pods here.
    for relay in ("acme/milan-1", "acme/stockholm-1"):
        result = wpex(
            "diag", "ping", relay, "192.0.2.1", "--kubeconfig", clusters.kubeconfig, "--repo", cluster.repo,
            "--store", cluster.state / "audit.sqlite", check=False,
            env={**os.environ, "WPEX_TOKEN": "diag-engineer", "WPEX_TARGET_NAMESPACE": cluster.namespace, "HOME": str(cluster.folder)})
        assert f"no pod of relay `{relay}` is ready" in result.stderr, result.stderr
    shutil.rmtree(cluster.repo / "orgs/umbrella")
    commit(cluster.repo, "umbrella leaves")
    held = clusters.once(check=False)
    digest = held.stderr.split("wpex sync approve ")[1].split("`")[0]
    place = ("--kubeconfig", clusters.kubeconfig, "--namespace", cluster.namespace)
    # The approval goes to the cluster that holds the plan.
    approved = wpex("sync", "approve", *place, digest)
    assert f"approved {digest} in eu-north" in approved.stderr
    assert digest in get("configmap", "wpex-approvals", "-n", cluster.namespace)["data"]
    assert not second.kubectl("get", "configmap", "wpex-approvals", "-n", cluster.namespace, "--ignore-not-found")
    clusters.once()
    assert not kubectl("get", "deployments", "-n", f"{cluster.prefix}umbrella", "--ignore-not-found").strip()
    # A cluster that does not answer is left out.
    second.cut_off()
    listed = wpex("sync", "approvals", *place, check=False)
    assert listed.returncode == 0 and f"the cluster `{SOUTH}` is left out" in listed.stderr, listed.stderr
