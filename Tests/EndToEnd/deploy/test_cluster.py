"""deploy/ on a real kube-apiserver (WPEX_KUBECONFIG, which `make test` sets), and `wpex serve` between that and a real PostgreSQL with
no more rights than deploy/ gives it."""

import json
import shutil
import time

import pytest
import yaml

from support.git import git
from support.kubernetes import Cluster, get, kubectl, needs_cluster, settled, use_own_cluster
from support.repository import repository
from support.rights import Account, base
from support.server import Server
from support.state import records
from support.waiting import until

pytestmark = needs_cluster

# Permissions of every account: to query its own.
EVERYBODY = {"selfsubjectaccessreviews", "selfsubjectrulesreviews", "selfsubjectreviews"}
RELAYS = {
    ("list", "apps", "deployments", ()), ("watch", "apps", "deployments", ()), ("list", "", "pods", ()), ("watch", "", "pods", ()),
    ("list", "", "events", ()), ("watch", "", "events", ()), ("list", "", "services", ()), ("watch", "", "services", ()), ("get", "", "pods/log", ()), ("list", "metrics.k8s.io", "pods", ()),
}
RELAY = "globex/oslo-1"


@pytest.fixture
def cluster(tmp_path):
    made = Cluster(tmp_path)
    shutil.rmtree(made.repo)
    repository(made.repo)
    made.edit("platform.yaml", "namespacePrefix: nordsud-", f"namespacePrefix: {made.prefix}")
    use_own_cluster(made.repo)
    git("commit", "-qam", "Namespaces of its own", cwd=made.repo)
    yield made
    # No controller deletes the pods that report() makes.
    for org in ("acme", "globex", "initech"):
        kubectl("delete", "pods", "--all", "--force", "--grace-period=0", "-n", f"{made.prefix}{org}", check=False)
    made.close()


@pytest.fixture
def account(cluster):
    made = Account(cluster.prefix, cluster.namespace)
    yield made
    made.close()


@pytest.mark.parametrize("name", ["daemon", "tenants", "server", "host/cluster", "host/daemon"])
def test_the_api_server_takes_every_object(name, cluster):
    """Each object by itself, as a dry run through the server's admission and validation."""
    served = kubectl("api-resources", "--no-headers")
    documents = base(name, wpex_status=cluster.namespace, wpex_system=cluster.namespace)
    taken = 0
    for document in documents:
        if document["kind"] == "PodDisruptionBudget" and " policy/v1 " not in served:
            # This server predates policy/v1; test_manifests.py checks the object against newer schemas.
            continue
        answer = kubectl("apply", "--dry-run=server", "--validate=false", "-o", "json", "-f", "-", input=yaml.safe_dump(document))
        found = json.loads(answer)
        assert (found["kind"], found["metadata"]["name"]) == (document["kind"], document["metadata"]["name"])
        taken += 1
    assert taken >= len(documents) - 1
    # Invalid objects are rejected.
    wrong = {**documents[-1], "metadata": {**documents[-1]["metadata"], "labels": {"wpex.io/org": "no label!"}}}
    assert not kubectl("apply", "--dry-run=server", "--validate=false", "-o", "json", "-f", "-", input=yaml.safe_dump(wrong), check=False)


def test_the_server_may_read_what_it_needs_and_nothing_else(account, cluster):
    """The complete list of the authorizer: no write permission, and no Secrets."""
    for namespace, more in (
        (account.namespace, set()), ("default", set()), ("kube-system", set()), (cluster.namespace, {("get", "", "configmaps", ())}),
    ):
        allowed = {right for right in account.allowed(namespace) if right[2] not in EVERYBODY}
        assert allowed == RELAYS | more, namespace


def test_kubectl_says_so_too(account, cluster):
    elsewhere = "default"
    for verb, resource, namespace, expected in (
        ("list", "deployments.apps", elsewhere, True), ("watch", "pods", elsewhere, True), ("get", "pods/log", elsewhere, True),
        ("get", "configmaps", cluster.namespace, True), ("get", "configmaps", elsewhere, False), ("list", "configmaps", cluster.namespace, False),
        *((verb, "secrets", namespace, False) for verb in ("get", "list", "watch", "create", "delete") for namespace in (elsewhere, cluster.namespace, account.namespace)),
        ("create", "pods/exec", elsewhere, False), ("get", "pods/proxy", elsewhere, False), ("create", "pods/portforward", elsewhere, False),
        ("delete", "pods", elsewhere, False), ("patch", "deployments.apps", elsewhere, False), ("update", "configmaps", cluster.namespace, False),
        ("create", "serviceaccounts/token", account.namespace, False), ("impersonate", "users", elsewhere, False),
    ):
        assert account.can(verb, resource, namespace) == expected, (verb, resource, namespace)


def test_the_token_itself_is_refused_secrets(account, cluster):
    """Tries it, rather than asking the authorizer."""
    kubectl("create", "secret", "generic", "canary", "-n", cluster.namespace, "--from-literal=key=CANARY")
    for path in (f"/api/v1/namespaces/{cluster.namespace}/secrets/canary", "/api/v1/secrets", f"/api/v1/namespaces/{cluster.namespace}/secrets?watch=true"):
        status, answer = account.ask(path)
        assert status == 403 and "CANARY" not in json.dumps(answer), path
    assert account.ask("/apis/apps/v1/deployments")[0] == 200
    assert account.ask(f"/api/v1/namespaces/{account.namespace}/pods", "DELETE")[0] == 403


class Watched:
    """A cluster to which a daemon applies, a PostgreSQL that it records to, and a server that shows both."""

    def __init__(self, cluster, account, postgres, folder):
        self.cluster, self.postgres, self.folder = cluster, postgres, folder
        self.store = postgres.url("wpex_sync")
        self.kubeconfig = account.kubeconfig(folder / "serve.kubeconfig")
        self.server = Server(
            folder / "server", cluster.repo, postgres.url("wpex_status"), settings={
                "target": {"kind": "kubernetes", "kubeconfig": str(self.kubeconfig), "namespace": cluster.namespace, "reach": "directly"}})
        self.server.settings["regions"] = ["eu-north"]

    def sync(self):
        self.cluster.once(audit={"store": self.store})

    @property
    def head(self):
        return git("rev-parse", "HEAD", cwd=self.cluster.repo)

    def json(self, path, who="admin"):
        answer = self.server.get(path, who)
        assert answer.status == 200, (path, answer.status, answer.body, self.server.log.read_text())
        return answer.json

    @property
    def applied(self):
        return {region["name"]: region["applied"] for region in self.json("/api/v1/sync")["regions"]}["eu-north"]

    def until(self, condition, what):
        until(condition, what, self.server.log)


@pytest.fixture
def watched(cluster, account, postgres, tmp_path):
    made = Watched(cluster, account, postgres, tmp_path)
    yield made


def report(cluster, relay, replicas):
    """Writes what the Deployment controller and the kubelet would, which do not run here: the Deployment's status and
    one pod."""
    place = ("-n", f"{cluster.prefix}{relay.split('/')[0]}")
    name = relay.split("/")[1]
    deployment = get("deployment", name, *place)
    deployment["status"] = {
        "observedGeneration": deployment["metadata"]["generation"], "replicas": replicas, "updatedReplicas": replicas,
        "readyReplicas": replicas, "availableReplicas": replicas,
        "conditions": [{"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable", "message": "it has them"}],
    }
    address = f"/apis/apps/v1/namespaces/{place[1]}/deployments/{name}/status"
    kubectl("replace", "--raw", address, "-f", "-", input=json.dumps(deployment))
    template = deployment["spec"]["template"]
    pod = f"{name}-5d4f8c7b9-abcde"
    kubectl("create", "serviceaccount", "default", *place, check=False)
    kubectl("create", "-f", "-", input=json.dumps({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": pod, "namespace": place[1], "labels": template["metadata"]["labels"]}, "spec": template["spec"]}))
    made = get("pod", pod, *place)
    made["status"] = {
        "phase": "Running", "podIP": "192.0.2.77", "containerStatuses": [{
            "name": "relay", "ready": True, "restartCount": 2, "image": "x", "imageID": "x",
            "state": {"running": {"startedAt": "2026-11-24T10:00:00Z"}}}]}
    kubectl("replace", "--raw", f"/api/v1/namespaces/{place[1]}/pods/{pod}/status", "-f", "-", input=json.dumps(made))
    kubectl("create", "-f", "-", input=json.dumps({
        "apiVersion": "v1", "kind": "Event", "metadata": {"name": f"{pod}.1", "namespace": place[1]}, "type": "Warning", "reason": "BackOff",
        "message": "Back-off restarting failed container", "count": 3, "lastTimestamp": "2026-11-24T09:59:00Z",
        "involvedObject": {"kind": "Pod", "namespace": place[1], "name": pod}}))
    return pod


def test_the_server_shows_the_cluster_and_the_audit_log(watched):
    cluster, server = watched.cluster, watched.server
    watched.sync()
    before = settled(cluster)
    with server:
        # The commit is the one that the daemon stored in the cluster, not the newest.
        assert watched.applied == watched.head
        applied = watched.head
        path = cluster.repo / "orgs/globex/keys/later.yaml"
        path.write_text(
            "apiVersion: wpex.io/v1alpha1\nkind: Key\nmetadata:\n  name: later\n  labels: { network: farms }\n"
            "spec:\n  publicKey: 3p7bfXt9wbTTW2HC7OQ1Nz+DQ8hbeGdNrfx+FG+IK08=\n")
        git("add", "-A", cwd=cluster.repo)
        git("commit", "-qm", "One key more", cwd=cluster.repo, when="2026-11-22T10:00:00+00:00")
        watched.until(lambda: watched.json("/api/v1/sync")["head"]["id"] == watched.head, "the newest commit is seen")
        assert watched.applied == applied != watched.head
        assert server.get("/api/v1/keys/globex/later", "admin").status == 404
        # First no pod of the relay's Deployment runs (controllers may have created pending ones); then one does.
        watched.until(lambda: watched.json(f"/api/v1/relays/{RELAY}")["status"] == "inProgress", "relays are followed")
        assert not any(instance["ready"] for instance in watched.json(f"/api/v1/relays/{RELAY}")["instances"])
        pod = report(cluster, RELAY, 2)
        watched.until(lambda: pod in [instance["name"] for instance in watched.json(f"/api/v1/relays/{RELAY}")["instances"]], "the pod is followed")

        def told():
            return [event for event in watched.json(f"/api/v1/relays/{RELAY}")["events"] if event["reason"] == "BackOff"]

        watched.until(told, "its events are followed")
        relay = watched.json(f"/api/v1/relays/{RELAY}")
        assert relay["restarts"] == 2 and told()[0]["kind"] == "Warning"
        # Nothing answers at the pod's address: that is shown, without invented figures.
        assert relay["freshness"] == "unreachable" and relay["statistics"] is None, relay
        # The audit log is the one of PostgreSQL, record by record.
        listed = records("--store", watched.postgres.url("wpex_status"))
        shown = watched.json("/api/v1/audit?limit=500")["items"]
        assert len(shown) > 20 and [(r["sequence"], r["hash"]) for r in reversed(shown)] == [(r["sequence"], r["hash"]) for r in listed]
        assert {"apply.intended", "apply.finished", "object.created"} <= {record["action"] for record in shown}
        watched.until(lambda: watched.json("/api/v1/audit/verification")["state"] == "verified", "the chain is verified")
        # With the status role's rights, logins are recorded, and nothing else can be.
        answer = server.get("/login", method="POST", body=f"token={server.local_token}".encode(), headers={"Content-Type": "application/x-www-form-urlencoded"})
        assert answer.status == 303
        watched.until(lambda: any(r["action"] == "login" for r in watched.json("/api/v1/audit")["items"]), "the login is recorded")
        # The next pass is seen, and the server has changed nothing; controllers may react to the new pod.
        changed = settled(cluster)
        assert {key: value for key, value in changed.items() if before.get(key) != value and key[0] not in ("deployments", "resourcequotas")} == {}
        watched.sync()
        watched.until(lambda: watched.applied == watched.head, "the next commit is applied")
        assert server.get("/api/v1/keys/globex/later", "admin").status == 200
        assert watched.json("/api/v1/audit?action=apply.finished")["items"][0]["commit"] == watched.head


def test_a_database_that_is_away_takes_its_part_alone(watched):
    server = watched.server
    watched.sync()
    with server:
        names = ("/api/v1/relays", f"/api/v1/relays/{RELAY}", "/api/v1/kpi", "/api/v1/sync", "/api/v1/keys", "/api/v1/topology", "/api/v1/alerts")
        watched.until(lambda: watched.json("/api/v1/audit")["items"], "records are shown")
        until_quiet(watched, names)
        before = {name: watched.json(name) for name in names}
        watched.postgres.stop()
        watched.until(lambda: server.get("/api/v1/audit", "admin").status == 503, "the audit log is away")
        problem = server.get("/api/v1/audit", "admin")
        assert "audit log cannot be reached" in problem.json["detail"]
        assert {name: stable(watched.json(name)) for name in names} == {name: stable(value) for name, value in before.items()}
        assert server.get("/readyz").status == 200
        # Logins still work, and the page says what is missing.
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        assert server.get("/login", method="POST", body=f"token={server.local_token}".encode(), headers=form).status == 303
        # Restarted during the outage, it shows everything else.
        server.stop()
        said = len(server.log.read_text())
        server.start()
        watched.until(
            lambda: all(words in server.log.read_text()[said:] for words in ("retrying", "cannot be reached")), "it says so once more")
        watched.until(lambda: watched.json(f"/api/v1/relays/{RELAY}")["status"] == "inProgress", "relays are followed")
        assert watched.applied == watched.head
        assert server.get("/api/v1/audit", "admin").status == 503
        # The audit log is shown again after the outage.
        watched.postgres.start()
        watched.until(lambda: server.get("/api/v1/audit", "admin").status == 200, "the audit log is back")
        assert any(r["action"] == "apply.finished" for r in watched.json("/api/v1/audit?limit=500")["items"])


def stable(value):
    """The value without fields that depend on the clock."""
    if isinstance(value, dict):
        return {k: stable(v) for k, v in value.items() if k not in ("series", "sampledAt", "history", "uptime", "sla", "since", "generatedAt", "time")}
    return [stable(item) for item in value] if isinstance(value, list) else value


def until_quiet(watched, names):
    """Waits until the server has seen the whole cluster."""
    last = None
    for _ in range(30):
        now = [stable(watched.json(name)) for name in names]
        if now == last and watched.json(f"/api/v1/relays/{RELAY}")["status"] == "inProgress":
            return
        last = now
        time.sleep(1)
    raise AssertionError("it never comes to rest")


def test_a_cluster_that_takes_the_rights_away_is_told(watched, account):
    """The relays' part shows the reason; the audit log and declarations stay."""
    watched.sync()
    with watched.server as server:
        watched.until(lambda: watched.json(f"/api/v1/relays/{RELAY}")["status"] == "inProgress", "relays are followed")
        kubectl("delete", "clusterrolebinding", f"{account.prefix}serve")
        server.stop()
        server.start()
        watched.until(lambda: any("cluster" in json.dumps(alert) for alert in watched.json("/api/v1/alerts")["items"]) or watched.json(f"/api/v1/relays/{RELAY}")["problem"], "the problem is told")
        assert watched.json(f"/api/v1/relays/{RELAY}")["status"] == "unknown"
        assert watched.json("/api/v1/audit")["items"] and watched.applied == watched.head
