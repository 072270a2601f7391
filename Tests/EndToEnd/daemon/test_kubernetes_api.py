"""`wpex sync` against a real kube-apiserver with etcd (WPEX_KUBECONFIG, which `make test` sets)."""

import base64
import hashlib
import hmac
import itertools
import json
import re
import shutil
import signal
import socket
import subprocess
import time

import pytest
import yaml

from support import answers
from support.api_proxy import APIProxy
from support.clock import Clock
from support.git import begin, commit, git
from support.kubernetes import KUBECONFIG, get, kubectl, needs_cluster, settled, versions
from support.program import wpex
from support.state import records as records_of
from support.viewers import token, user

pytestmark = needs_cluster


def relay_token(cluster):
    secret = get("secret", "oslo-1-keys", "-n", f"{cluster.prefix}globex")
    return json.loads(base64.b64decode(secret["data"]["config.json"]))["token"]


def declaration(cluster):
    """The declaration in the relay's Secret, with serial 0 if it has none."""
    secret = get("secret", "oslo-1-keys", "-n", f"{cluster.prefix}globex")
    return {"serial": 0, **json.loads(base64.b64decode(secret["data"]["declaration.json"]))}


def cluster_key(cluster):
    return base64.b64decode(get("secret", "oslo-1-keys", "-n", f"{cluster.prefix}globex")["data"]["cluster.key"]).decode()


def restart(cluster, day):
    """Declares a restart of oslo-1 on a day of November 2026, which changes its Deployment."""
    file = cluster.repo / "orgs/globex/relays/oslo.yaml"
    text = re.sub(r"  restartedAt: .*\n", "", file.read_text())
    file.write_text(text.replace("  port: 30201\n", f"  port: 30201\n  restartedAt: 2026-11-{day:02}T00:00:00Z\n"))


def restarted(cluster):
    """The day of the restart that the cluster has; None before the first."""
    template = get("deployment", "oslo-1", "-n", f"{cluster.prefix}globex")["spec"]["template"]
    moment = template["metadata"].get("annotations", {}).get("wpex.io/restartedAt")
    return int(moment[8:10]) if moment else None


def test_apply_nothing_prune_and_secrets(cluster):
    cluster.once()
    before = settled(cluster)
    deployments = {name for kind, _, name in before if kind == "deployments"}
    assert {"stockholm-1", "oslo-1", "oslo-2", "hq-1", "lab-1"} <= deployments
    # The organizations' identities are in the cluster for relays only, and nowhere on this disk.
    identity = get("secret", "wpex-identity", "-n", f"{cluster.prefix}globex")
    assert base64.b64decode(identity["data"]["identity.txt"]).startswith(b"AGE-SECRET-KEY-1")
    for path in cluster.state.rglob("*"):
        assert not path.is_file() or b"AGE-SECRET-KEY" not in path.read_bytes()
    # Every relay has a token that exists only in its Secret.
    token = relay_token(cluster)
    assert re.fullmatch(r"[0-9a-f]{64}", token)
    # So has the key with which its pods encrypt what they send each other.
    key = cluster_key(cluster)
    assert len(base64.b64decode(key, validate=True)) == 32
    for path in cluster.state.rglob("*"):
        assert not path.is_file() or not any(secret.encode() in path.read_bytes() for secret in (token, key))
    # An unchanged commit writes nothing.
    records = len(cluster.records())
    cluster.once()
    assert versions(cluster) == before
    assert len(cluster.records()) == records
    # A change of one key changes one Secret.
    (cluster.repo / "orgs/globex/keys/new.yaml").write_text(
        "apiVersion: wpex.io/v1alpha1\nkind: Key\nmetadata:\n  name: new\n  labels: { network: farms }\n"
        "spec:\n  publicKey: 3p7bfXt9wbTTW2HC7OQ1Nz+DQ8hbeGdNrfx+FG+IK08=\n"
    )
    cluster.once()
    after = settled(cluster)
    changed = {key for key in after if before.get(key) != after[key]}
    assert changed == {("secrets", f"{cluster.prefix}globex", "oslo-1-keys")}
    assert (relay_token(cluster), cluster_key(cluster)) == (token, key)
    # Objects that are no longer declared are pruned.
    text = (cluster.repo / "orgs/globex/relays/oslo.yaml").read_text()
    (cluster.repo / "orgs/globex/relays/oslo.yaml").write_text(text.split("---")[0])
    cluster.once()
    assert not any("oslo-2" in name for _, place, name in versions(cluster) if place.startswith(cluster.prefix))
    assert wpex("audit", "verify", "--state", cluster.state).returncode == 0


# By the periodic poll alone, and by the watch alone.
@pytest.mark.parametrize("drift", [{"interval": 1, "watch": False}, {"interval": 86_400}], ids=["look", "watch"])
def test_hand_edit_is_found_corrected_and_audited(cluster, drift):
    cluster.start(drift=drift, repository={"url": str(cluster.repo), "interval": 3_600 if "watch" not in drift else 0.3})
    place = ("-n", f"{cluster.prefix}globex")
    cluster.until(lambda: "apply.finished" in cluster.actions() if (cluster.state / "audit.sqlite").exists() else False, "it is applied")
    kubectl("patch", "deployment", "oslo-1", *place, "--type=merge", "-p", '{"spec":{"replicas":7}}')
    cluster.until(lambda: get("deployment", "oslo-1", *place)["spec"]["replicas"] == 1, "the edit is undone")
    cluster.until(lambda: "drift.corrected" in cluster.actions(), "it is recorded")
    record = next(r for r in cluster.records() if r["action"] == "drift.corrected")
    assert "replicas" in record["detail"] and "kubectl" in record["detail"]
    kubectl("delete", "service", "oslo-1", *place)
    cluster.until(lambda: kubectl("get", "service", "oslo-1", *place, "--ignore-not-found"), "a deleted object comes back")
    # A removed field has no owner afterwards.
    kubectl("patch", "networkpolicy", "oslo-1", *place, "--type=json", "-p", '[{"op":"remove","path":"/spec/ingress"}]')
    cluster.until(lambda: "ingress" in get("networkpolicy", "oslo-1", *place)["spec"], "what was removed comes back")
    cluster.until(lambda: cluster.actions().count("drift.corrected") >= 2, "it is recorded too")

    def drifted():
        status = json.loads(wpex("status", "--state", cluster.state, "--output", "json", check=False).stdout)
        return {org["org"]: org["drifted"] for org in status["organizations"]}["globex"]

    cluster.until(lambda: drifted() >= 2, "the status counts it")


def test_a_relay_keeps_the_key_of_its_cluster(cluster):
    place = ("-n", f"{cluster.prefix}globex")
    cluster.once()
    token, key = relay_token(cluster), cluster_key(cluster)
    service = get("service", "oslo-1-members", *place)
    assert service["spec"]["clusterIP"] == "None" and service["spec"]["publishNotReadyAddresses"]
    # A Secret of a daemon that knew no clusters: without the key, and with another digest.
    patch = {"metadata": {"annotations": {"wpex.io/digest": "sha256:0"}}, "data": {"cluster.key": None}}
    kubectl("patch", "secret", "oslo-1-keys", *place, "--type=merge", "-p", json.dumps(patch))
    cluster.once()
    made = cluster_key(cluster)
    assert relay_token(cluster) == token and made != key and len(base64.b64decode(made, validate=True)) == 32
    # The key is not drift, unless somebody removes it.
    cluster.start(drift={"interval": 1, "watch": False})
    kubectl("patch", "service", "oslo-1-members", *place, "--type=merge", "-p", '{"spec":{"publishNotReadyAddresses":false}}')
    cluster.until(lambda: "drift.corrected" in cluster.actions(), "the Service's edit is undone")
    assert get("service", "oslo-1-members", *place)["spec"]["publishNotReadyAddresses"]
    assert "Secret" not in json.dumps([r for r in cluster.records() if r["action"] == "drift.corrected"]) and cluster_key(cluster) == made
    kubectl("patch", "secret", "oslo-1-keys", *place, "--type=json", "-p", '[{"op":"remove","path":"/data/cluster.key"}]')
    cluster.until(lambda: "cluster.key" in get("secret", "oslo-1-keys", *place)["data"], "a removed key is replaced")
    again = cluster_key(cluster)
    assert again != made and relay_token(cluster) == token
    # Whatever else somebody writes into a relay's Secret, or into an identity, is named and put back.
    def write(name, value):
        kubectl("patch", "secret", "oslo-1-keys", *place, "--type=merge", "-p", json.dumps({"data": {name: value}}))

    before = declaration(cluster)["serial"]
    write("bundle.age", "e30=")
    # Without a render secret, the bundle is encrypted again, so it is declared again.
    cluster.until(lambda: declaration(cluster)["serial"] > before, "the bundle is put back")
    right, serial = get("secret", "oslo-1-keys", *place)["data"], declaration(cluster)["serial"]
    assert hashlib.sha256(base64.b64decode(right["bundle.age"])).hexdigest() == declaration(cluster)["files"]["bundle.age"]
    for name in ("config.json", "declaration.json"):
        write(name, "e30=")
        cluster.until(lambda: get("secret", "oslo-1-keys", *place)["data"][name] == right[name], f"{name} is put back")
    assert declaration(cluster)["serial"] == serial
    identity = get("secret", "wpex-identity", *place)["data"]
    kubectl("patch", "secret", "wpex-identity", *place, "--type=merge", "-p", json.dumps({"data": {"identity.txt": "e30="}}))
    cluster.until(lambda: get("secret", "wpex-identity", *place)["data"] == identity, "the identity is put back")
    # Somebody who declares files in the daemon's manner lacks the platform's key, so no relay has used them and the serial stays.
    forged = {**declaration(cluster), "serial": serial + 10**6}
    text = json.dumps(forged, sort_keys=True, separators=(",", ":")).encode()
    write("declaration.json", base64.b64encode(text).decode())
    cluster.until(lambda: get("secret", "oslo-1-keys", *place)["data"] == right, "the forged declaration is replaced")
    details = [r["detail"] for r in cluster.records() if r["action"] == "drift.corrected" and r["kind"] == "Secret"]
    for name in (".data.bundle.age", ".data.config.json", ".data.declaration.json", ".data.identity.txt"):
        assert any(name in detail and "kubectl-patch" in detail for detail in details), (name, details)
    said = json.dumps(cluster.records()) + (cluster.folder / "daemon.log").read_text()
    assert not any(secret in said for secret in (key, made, again, token))


def test_foreign_field_manager_is_reported_and_not_forced(cluster):
    cluster.once()
    place = ("-n", f"{cluster.prefix}globex")
    manifest = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "oslo-1", "namespace": place[1]}, "spec": {"replicas": 5}}
    kubectl("apply", "--server-side", "--field-manager=argocd", "--force-conflicts", "--validate=false", "-f", "-", input=json.dumps(manifest))
    cluster.edit("orgs/globex/relays/oslo.yaml", "port: 30201", "port: 30201\n  state: stopped")
    result = cluster.once(check=False)
    assert result.returncode == 1
    failed = [r for r in cluster.records() if r["action"] == "object.failed"]
    assert len(failed) == 1 and "argocd" in failed[0]["detail"] and ".spec.replicas" in failed[0]["detail"]
    assert get("deployment", "oslo-1", *place)["spec"]["replicas"] == 5


def test_terminating_namespace_does_not_block_others(cluster):
    # A finalizer that is never removed keeps it.
    stuck = f"{cluster.prefix}globex"
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": stuck}}
    kubectl("create", "-f", "-", input=json.dumps(body))
    held = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "held", "namespace": stuck, "finalizers": ["example.org/never"]}}
    kubectl("create", "-f", "-", input=json.dumps(held))
    kubectl("delete", "namespace", stuck, "--wait=false")
    result = cluster.once(check=False)
    assert result.returncode == 1
    assert get("deployment", "stockholm-1", "-n", f"{cluster.prefix}acme")
    failed = [r for r in cluster.records() if r["action"] == "object.failed"]
    assert failed and {r["org"] for r in failed} == {"globex"}
    kubectl("patch", "configmap", "held", "-n", stuck, "--type=merge", "-p", '{"metadata":{"finalizers":null}}')


def test_relays_that_do_not_become_healthy_are_recorded(cluster):
    # No controller runs here, so nothing becomes ready.
    cluster.start(health={"patience": 2})
    cluster.until(lambda: "health.missed" in cluster.actions(), "it is recorded")
    record = next(r for r in cluster.records() if r["action"] == "health.missed")
    assert record["generation"] == 1 and "globex/oslo-1" in record["detail"]


def test_two_daemons_one_applies(cluster, postgres):
    """Each with a folder of its own, as in deploy/: what must be shared is in the cluster and in PostgreSQL."""
    begin(cluster.repo)
    try:
        shared = {"audit": {"store": postgres.url("wpex_sync")}}

        def records(action=None):
            return [record for record in records_of("--store", postgres.url("wpex_status")) if action in (None, record["action"])]

        first = cluster.start("first", state=cluster.folder / "one", **shared)
        cluster.until(lambda: records("apply.finished"), "the first leads")
        # The second daemon's clock is an hour ahead, which must not matter.
        second = cluster.start("second", state=cluster.folder / "two", environment=Clock(cluster.folder, 3_600).environment, **shared)

        def lease():
            return get("lease", "wpex-sync-eu-north", "-n", cluster.namespace)["spec"]

        before = lease()
        time.sleep(18)
        assert len(records("leadership.gained")) == 1
        # A renewal does not change the time of acquisition.
        assert lease()["acquireTime"] == before["acquireTime"] and lease()["renewTime"] > before["renewTime"]
        # The first ends cleanly, and the other takes over at once, at the same point.
        first.send_signal(signal.SIGTERM)
        assert first.wait(10) == 0
        assert len(records("leadership.lost")) == 1
        cluster.until(lambda: len(records("leadership.gained")) == 2, "the second leads")
        restart(cluster, 3)
        commit(cluster.repo, "three")
        cluster.until(lambda: restarted(cluster) == 3, "the second applies")
        cluster.until(lambda: len(records("apply.finished")) == 2, "and records it")
        assert [r["generation"] for r in records("apply.intended")] == [1, 2]
        # Stopped in the middle, it keeps the lease until expiry; when it wakes up, it must not continue.
        third = cluster.start("third", state=cluster.folder / "three", **shared)
        second.send_signal(signal.SIGSTOP)
        stopped = time.time()
        restart(cluster, 4)
        commit(cluster.repo, "four")
        cluster.until(lambda: len(records("leadership.gained")) == 3, "the third leads", 60)
        assert records("leadership.gained")[-1]["time"] / 1000 - stopped > 8
        cluster.until(lambda: restarted(cluster) == 4, "the third applies")
        second.send_signal(signal.SIGCONT)
        cluster.until(lambda: len(records("apply.finished")) == 3, "and records it")
        cluster.until(lambda: len(records("leadership.lost")) == 2, "the second sees that it lost")
        assert [r["generation"] for r in records("apply.intended")] == [1, 2, 3]
        assert third.poll() is None and second.poll() is None
        # A rewritten history is refused even by a daemon that never saw the old one.
        third.send_signal(signal.SIGTERM)
        assert third.wait(20) == 0
        git("reset", "-q", "--hard", "HEAD~1", cwd=cluster.repo)
        restart(cluster, 2)
        commit(cluster.repo, "another four")
        fourth = cluster.start("fourth", state=cluster.folder / "four", **shared)
        cluster.until(lambda: records("rejected.non_fast_forward"), "it is refused", 60)
        assert restarted(cluster) == 4 and fourth.poll() is None
        assert wpex("audit", "verify", "--store", postgres.url("wpex_status")).returncode == 0
    finally:
        for process in cluster.processes:
            process.kill()


def test_approval_is_kept_in_the_cluster(cluster):
    cluster.once()
    shutil.rmtree(cluster.repo / "orgs/umbrella")
    held = cluster.once(check=False)
    assert held.returncode == 1
    digest = held.stderr.split("wpex sync approve ")[1].split("`")[0]
    wpex("sync", "approve", "--kubeconfig", KUBECONFIG, "--namespace", cluster.namespace, digest)
    cluster.once()
    assert not kubectl("get", "deployments", "-n", f"{cluster.prefix}umbrella", "--ignore-not-found").strip()
    approved = [record for record in cluster.records() if record["action"] == "hold.approved"]
    assert approved and approved[0]["org"] == "umbrella" and approved[0]["user"]


class FaultyProxy(APIProxy):
    """A proxy in front of the API server that behaves like bad networks and busy servers."""

    def __init__(self, folder, plan):
        plugin = folder / "plugin"
        plugin.write_text('#!/bin/sh\necho >>"$0.calls"\nprintf \'{"kind":"ExecCredential","status":{"token":"t"}}\'\n')
        plugin.chmod(0o755)
        self.plan, self.counts = plan, {}
        super().__init__(folder, {"exec": {"apiVersion": "client.authentication.k8s.io/v1beta1", "command": str(plugin)}})

    def answer(self, request, body):
        fault = self.plan(request.command, request.path)
        self.counts[fault] = self.counts.get(fault, 0) + 1
        if fault == "reset":
            request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            request.connection.close()
            request.close_connection = True
            return
        if fault == "slow":
            time.sleep(1.5)
        if isinstance(fault, int):
            text = json.dumps({"kind": "Status", "status": "Failure", "code": fault, "message": "injected"}).encode()
            self.send(request, fault, text, [("Retry-After", "1")] if fault == 429 else [])
            return
        super().answer(request, body)


@pytest.mark.parametrize("fault", [429, 500, 503, "reset", "slow", 401])
def test_faults_of_the_way_are_waited_for(cluster, fault):
    numbers = itertools.count()
    proxy = FaultyProxy(cluster.folder, lambda method, path: fault if next(numbers) % 19 == 4 else None)
    result = wpex(
        "sync", "run", "--once", "--state", cluster.state, check=False,
        *("--config", cluster.settings(target={"kubeconfig": str(proxy.kubeconfig), "namespace": cluster.namespace})),
    )
    assert result.returncode == 0, result.stderr
    assert proxy.counts.get(fault, 0) > 3
    assert {"stockholm-1", "oslo-1"} <= {name for kind, _, name in versions(cluster) if kind == "deployments"}
    assert "object.failed" not in cluster.actions()
    if fault == 401:
        # An expired token is read again.
        assert (cluster.folder / "plugin.calls").read_text().count("\n") > 1


def test_expired_list_begins_anew(cluster):
    cluster.once()
    seen = set()

    def plan(method, path):
        if "limit=500" in path and path not in seen:
            seen.add(path)
            return 410
        return None

    proxy = FaultyProxy(cluster.folder, plan)
    before = settled(cluster)
    result = wpex("sync", "run", "--once", "--state", cluster.state, "--config", cluster.settings(target={"kubeconfig": str(proxy.kubeconfig), "namespace": cluster.namespace}), check=False)
    assert result.returncode == 0, result.stderr
    assert proxy.counts[410] > 5 and versions(cluster) == before


def test_unverified_server_is_refused(cluster):
    proxy = FaultyProxy(cluster.folder, lambda *_: None)
    config = yaml.safe_load(proxy.kubeconfig.read_text())
    del config["clusters"][0]["cluster"]["certificate-authority"]
    path = cluster.folder / "unverified.kubeconfig"
    path.write_text(yaml.safe_dump(config))
    result = wpex("sync", "run", "--once", "--state", cluster.state, "--config", cluster.settings(target={"kubeconfig": str(path), "namespace": cluster.namespace}), check=False)
    assert result.returncode != 0 and "ertificate" in result.stderr
    config["clusters"][0]["cluster"]["insecure-skip-tls-verify"] = True
    path.write_text(yaml.safe_dump(config))
    result = wpex("sync", "run", "--once", "--state", cluster.state, "--config", cluster.settings(target={"kubeconfig": str(path), "namespace": cluster.namespace}), check=False)
    assert result.returncode == 1 and "disables the check" in result.stderr


def test_webhook_metrics_and_health(cluster):
    secret = cluster.folder / "secret"
    secret.write_text("hook secret\n")
    settings = {
        "repository": {"url": str(cluster.repo), "interval": 3600},
        "http": {"listen": "127.0.0.1:0", "webhookSecretFile": str(secret)}, "log": {"format": "json"},
    }
    process = cluster.start(**settings)
    log = cluster.folder / "daemon.log"
    cluster.until(lambda: "http on port" in log.read_text(), "http is served")
    port = int(log.read_text().split("http on port ")[1].split()[0])

    def ask(path, data=None, **headers):
        answer = answers.ask(f"http://127.0.0.1:{port}{path}", body=data, headers=headers)
        return answer.status, answer.text

    cluster.until(lambda: ask("/readyz")[0] == 200, "something is applied")
    assert ask("/healthz") == (200, "ok\n")
    body = b'{"ref": "refs/heads/main"}'
    code = hmac.new(b"hook secret", body, hashlib.sha256)
    restart(cluster, 3)
    assert ask("/hooks/git", body)[0] == 401
    assert ask("/hooks/git", body, **{"X-Hub-Signature-256": "sha256=" + "0" * 64})[0] == 401
    assert ask("/hooks/git", body + b" ", **{"X-Hub-Signature-256": "sha256=" + code.hexdigest()})[0] == 401
    assert ask("/hooks/git", b"x" * (1 << 20 + 1), **{"X-Gitea-Signature": "0"})[0] == 413
    before = time.monotonic()
    assert ask("/hooks/git", body, **{"X-Hub-Signature-256": "sha256=" + code.hexdigest()})[0] == 202
    cluster.until(lambda: restarted(cluster) == 3, "the notice is followed")
    assert time.monotonic() - before < 20
    stamp = str(int(time.time()))
    signed = base64.b64encode(hmac.new(b"hook secret", f"id.{stamp}.".encode() + body, hashlib.sha256).digest()).decode()
    for headers in (
        {"X-Gitea-Signature": code.hexdigest()},
        {"X-Gitlab-Token": "hook secret"},
        {"webhook-id": "id", "webhook-timestamp": stamp, "webhook-signature": f"v1,{signed}"},
    ):
        assert ask("/hooks/git", body, **headers)[0] == 202, headers
    old = str(int(time.time()) - 4000)
    signed = base64.b64encode(hmac.new(b"hook secret", f"id.{old}.".encode() + body, hashlib.sha256).digest()).decode()
    assert ask("/hooks/git", body, **{"webhook-id": "id", "webhook-timestamp": old, "webhook-signature": f"v1,{signed}"})[0] == 401
    # Requests without the secret do not use the budget of those with it, which is limited too.
    assert {ask("/hooks/git", body)[0] for _ in range(30)} == {401}
    codes = [ask("/hooks/git", body, **{"X-Hub-Signature-256": "sha256=" + code.hexdigest()})[0] for _ in range(30)]
    assert set(codes) == {202, 429}
    text = ask("/metrics")[1]
    judged = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
    assert judged.returncode == 0, judged.stdout + judged.stderr
    for name in ("wpex_sync_reconcile_seconds_bucket", "wpex_sync_last_applied_info", 'outcome="created"', 'wpex_sync_leader{cluster="local"} 1'):
        assert name in text
    for line in log.read_text().splitlines():
        assert line.startswith("wpex sync: http") or json.loads(line)["event"]
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0


def test_users_measure_by_each_of_two_daemons(cluster):
    """Rights and records of `wpex diag --server`. Without a node no relay runs, so the asking itself ends here."""
    for name, role in (("look-engineer", "engineer"), ("look-viewer", "viewer")):
        (cluster.repo / f"orgs/globex/users/{name}.yaml").write_text(user(name, role, who=role))
    begin(cluster.repo)
    store = cluster.folder / "audit.sqlite"

    def start(name):
        cluster.start(
            name, state=cluster.folder / f"state-{name}", audit={"store": str(store)},
            http={"listen": "127.0.0.1:0", "measurements": True})
        log = cluster.folder / f"{name}.log"
        cluster.until(lambda: "http on port" in log.read_text(), "http is served")
        return log, f"http://127.0.0.1:{log.read_text().split('http on port ')[1].split()[0]}"

    log, first = start("first")
    cluster.until(lambda: answers.ask(f"{first}/readyz").status == 200, "something is applied")
    _, second = start("second")

    def diag(who, relay="globex/oslo-1", url=second):
        file = cluster.folder / f"token-{who}"
        file.write_text(token(who))
        return wpex(
            "diag", "traceroute", relay, "127.0.0.1", "--max-hops", "1", "--server", url, "--token-file", file, check=False)

    found = diag("engineer", url=first)
    assert found.returncode == 3 and "no pod of relay `globex/oslo-1` is ready" in found.stderr, found.stderr
    # Only the daemon that applies has fetched this commit: the other one fetches it when somebody asks.
    restart(cluster, 4)
    commit(cluster.repo, "four")
    cluster.until(lambda: restarted(cluster) == 4, "a newer commit is applied")
    found = diag("engineer")
    assert found.returncode == 3 and "no pod of relay `globex/oslo-1` is ready" in found.stderr, found.stderr
    refused = diag("viewer")
    assert refused.returncode == 1 and "`diagnostics:run`" in refused.stderr
    foreign, missing = diag("engineer", "acme/milan-1"), diag("engineer", "acme/milan-9")
    assert foreign.returncode == 1 and foreign.stderr.replace("milan-1", "X") == missing.stderr.replace("milan-9", "X")
    assert diag("nobody").returncode == 1
    runs = json.loads(wpex("audit", "list", "--store", store, "--action", "diagnostics.run", "--output", "json").stdout)
    details = [run["detail"].removeprefix("traceroute 127.0.0.1: ") for run in runs]
    assert [detail.split("; ")[0] for detail in details] == ["begun", "failed", "begun", "failed", "refused", "refused", "refused"], details
    assert [run.get("org") for run in runs] == ["globex"] * 5 + [None] * 2
    text = log.read_text() + (cluster.folder / "second.log").read_text() + json.dumps(runs)
    assert relay_token(cluster) not in text and not any(token(who) in text for who in ("engineer", "viewer", "nobody"))
