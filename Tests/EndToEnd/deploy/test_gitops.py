"""docs/install/argo-cd.md and flux.md: their commands as they are written, and their health rules over objects of a real kube-apiserver.

Neither Argo CD nor Flux runs here. Debian's Lua interprets Argo CD's rules (Argo CD has Lua 5.1; the rules use what both know), and an
independent implementation of CEL evaluates Flux's. kstatus is repeated here for the kinds that wpex renders, from its source."""

import base64
import json
import os
import pathlib
import re
import shutil
import subprocess

import celpy
import pytest
import yaml
from celpy import celtypes

from support.kubernetes import KUBECONFIG, PREFIXES, get, kubectl, needs_cluster
from support.program import ROOT, WPEX, wpex
from support.sample import SAMPLE

ARGO = (ROOT / "docs/install/argo-cd.md").read_text()
FLUX = (ROOT / "docs/install/flux.md").read_text()
REGION = "eu-north"


def blocks(page, language):
    return re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)


def commands(page):
    """The page's commands, but for those that it marks as not run."""
    return [line for block in blocks(page, "sh") for line in block.splitlines() if line.strip() and "# not run" not in line]


class Pipeline:
    """A repository with a platform of one region, its CI's checkout, and the cluster that the tree is applied to."""

    def __init__(self, folder):
        self.folder = folder
        self.prefix = f"g{os.getpid()}-{next(PREFIXES)}-"
        self.namespace = f"{self.prefix}acme"
        self.origin, self.checkout = folder / "origin.git", folder / "checkout"
        self.run(f"git init -q --bare -b main {self.origin}", folder)
        self.run(f"git clone -q {self.origin} {self.checkout}", folder)
        for key, value in (("user.name", "CI"), ("user.email", "ci@example.net"), ("commit.gpgsign", "false")):
            self.run(f"git config {key} {value}")
        self.write(".gitignore", "*.identity\nrender.*\nrendered/\n*.kubeconfig\n")
        self.identities = {name: self.identity(name) for name in ("platform", "acme")}
        self.write("platform.yaml", f"""\
apiVersion: wpex.io/v1alpha1
kind: Platform
metadata: {{ name: example }}
spec:
  regions:
    - name: {REGION}
      publicHost: relay.north.example.net
      portRange: 30000-32767
  relay:
    image:
      repository: registry.example.net/wpex-relay
      digest: sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
  recipient: {self.identities["platform"]}
  namespacePrefix: {self.prefix}
""")
        self.write("orgs/acme/organization.yaml", f"""\
apiVersion: wpex.io/v1alpha1
kind: Organization
metadata: {{ name: acme }}
spec:
  displayName: Acme
  status: active
  allowedRegions: [{REGION}]
  identity:
    recipient: {self.identities["acme"]}
""")
        for name, key in (("headquarters", "GbqklnHxPVr8wA/mCNAxt2dYtGUHCwY+sRUKY9zi4wU="), ("warehouse", "WXv9gNSuNIdIFhS8OfciBSQa/yivr8VoRbUprbyZZ2Y=")):
            self.write(f"orgs/acme/keys/{name}.yaml", f"apiVersion: wpex.io/v1alpha1\nkind: Key\nmetadata: {{ name: {name} }}\nspec: {{ publicKey: {key} }}\n")
        self.write("orgs/acme/relays/north-1.yaml", f"""\
apiVersion: wpex.io/v1alpha1
kind: Relay
metadata: {{ name: north-1 }}
spec:
  region: {REGION}
  port: {31900 + next(PREFIXES) % 50}
  keys: {{ names: [headquarters, warehouse] }}
""")
        self.write("users/root.yaml", "apiVersion: wpex.io/v1alpha1\nkind: User\nmetadata: { name: root }\nspec: { displayName: Root, email: root@example.net, status: active, roles: [admin] }\n")
        shutil.copy(KUBECONFIG, self.checkout / "cluster.kubeconfig")
        self.write(".wpexignore", "rendered/\n")

    def identity(self, name):
        text = wpex("identity", "new", "--out", self.checkout / f"{name}.identity").stdout
        return re.search(r"age1[a-z0-9]{58}", text + (self.checkout / f"{name}.identity").read_text())[0]

    def write(self, path, text):
        file = self.checkout / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def commit(self, subject):
        self.run(f"git add --all && git commit -q -m '{subject}' && git push -q origin main")

    def run(self, command, folder=None, check=True):
        """Runs a line of a page in the checkout, with the names of this test instead of the page's."""
        command = command.replace("wpex-acme", self.namespace) if hasattr(self, "namespace") else command
        environment = {
            **os.environ, "PATH": f"{pathlib.Path(WPEX).parent}:{os.environ['PATH']}", "GIT_CONFIG_GLOBAL": "/dev/null",
            "KUBECONFIG": str(self.checkout / "cluster.kubeconfig")}
        result = subprocess.run(["bash", "-euo", "pipefail", "-c", command], cwd=folder or self.checkout, env=environment, capture_output=True, text=True, timeout=120)
        assert not check or result.returncode == 0, f"{command}\n{result.stdout}{result.stderr}"
        return result.stdout

    def apply(self):
        kubectl("apply", "--server-side", "--kustomize", self.checkout / "rendered" / REGION)

    def secrets(self, *arguments):
        result = wpex("render", "--check-secrets", *arguments, "--output", "json", check=False, cwd=self.checkout)
        return result.returncode, json.loads(result.stdout or "null"), result.stderr

    def close(self):
        kubectl("delete", "namespace", "--wait=false", self.namespace, check=False)


@pytest.fixture
def pipeline(tmp_path):
    made = Pipeline(tmp_path)
    yield made
    made.close()


@needs_cluster
def test_the_commands_of_argo_cds_page(pipeline):
    lines = commands(ARGO)
    # Every command of the page is here, in its order; a new one needs a place below.
    signing, secret, worktree, orphan, empty, validate, render, add, commit, push, listing, export, identity, key, check = lines
    printed = pipeline.run(signing)
    verifier = re.search(r"[A-Za-z0-9+/]{43}=", printed)[0]
    pipeline.run(secret)
    platform = pipeline.checkout / "platform.yaml"
    platform.write_text(platform.read_text().replace("  namespacePrefix", f"  declarationKeys: [{verifier}]\n  namespacePrefix"))
    pipeline.commit("Declare the key of CI")
    for line in (worktree, orphan, empty, validate, render, add, commit, push):
        pipeline.run(line)
    # The same commit gives the same bytes.
    pipeline.run(render)
    assert pipeline.run("git -C rendered status --porcelain") == ""
    assert "rendered" in pipeline.run("git ls-remote --heads origin")
    # The tree declares what it lacks, and kustomize does not take that for a manifest.
    declared = (pipeline.checkout / "rendered" / REGION / "required-secrets.txt").read_text()
    assert "wpex-identity" in declared and "cluster.key" in declared and f"-n {pipeline.namespace} patch secret north-1-keys" in declared
    pipeline.apply()

    # Before: the cluster lacks both.
    pipeline.run(listing)
    cluster = ("--region", REGION, "--kubeconfig", "cluster.kubeconfig")
    code, found, error = pipeline.secrets(*cluster)
    states = {entry["entry"]: entry["state"] for entry in found["entries"]}
    assert (code, states) == (1, {"identity.txt": "missing", "cluster.key": "missing", "config.json": "missing"}), error
    assert "2 required entries" in error
    for line in (export, identity, key):
        pipeline.run(line)
    # After: the check of the page ends with 0, and applying the tree again takes nothing away.
    pipeline.run(check)
    pipeline.apply()
    pipeline.run(check)
    code, found, _ = pipeline.secrets(*cluster)
    states = {entry["entry"]: (entry["state"], entry["required"]) for entry in found["entries"]}
    assert (code, states) == (0, {"identity.txt": ("present", True), "cluster.key": ("present", True), "config.json": ("missing", False)})

    # Without a cluster it lists, for all regions.
    code, found, _ = pipeline.secrets()
    assert code == 0 and len(found["entries"]) == 3 and all("state" not in entry for entry in found["entries"])
    # What is there and wrong is said.
    place = ("-n", pipeline.namespace)
    wrong = base64.b64encode(b"short").decode()
    kubectl("patch", "secret", "north-1-keys", *place, "--type=merge", "-p", json.dumps({"data": {"cluster.key": wrong}}))
    other = base64.b64encode((pipeline.checkout / "platform.identity").read_bytes()).decode()
    kubectl("patch", "secret", "wpex-identity", *place, "--type=merge", "-p", json.dumps({"data": {"identity.txt": other}}))
    code, found, _ = pipeline.secrets(*cluster)
    reasons = {entry["entry"]: entry.get("reason", "") for entry in found["entries"] if entry["state"] == "unusable"}
    assert code == 1 and "32 bytes" in reasons["cluster.key"] and "identity.recipient" in reasons["identity.txt"]
    assert "AGE-SECRET-KEY" not in json.dumps(found)
    # A cluster that cannot be asked, and a context that is not there.
    config = yaml.safe_load((pipeline.checkout / "cluster.kubeconfig").read_text())
    assert pipeline.secrets("--region", REGION, "--kubeconfig", "cluster.kubeconfig", "--context", "nowhere")[0] == 1
    assert pipeline.secrets("--region", "eu-west")[0] == 2
    config["users"][0]["user"] = {"token": "not a token"}
    (pipeline.checkout / "stranger.kubeconfig").write_text(yaml.safe_dump(config))
    assert pipeline.secrets("--region", REGION, "--kubeconfig", "stranger.kubeconfig")[0] == 3


def test_the_flags_belong_together(tmp_path):
    for arguments in ((), ("--out", tmp_path / "out", "--kubeconfig", "x"), ("--out", tmp_path / "out", "--region", "eu-north")):
        assert wpex("render", "--repo", SAMPLE, *arguments, check=False).returncode == 2


# The health rules


def lua(rule, obj):
    """The status that a rule of Argo CD's page gives an object."""

    def table(value):
        if isinstance(value, dict):
            return "{" + ",".join(f"[{table(name)}]={table(item)}" for name, item in value.items()) + "}"
        if isinstance(value, list):
            return "{" + ",".join(table(item) for item in value) + "}"
        if isinstance(value, str):
            return '"' + "".join(f"\\{byte:03d}" for byte in value.encode()) + '"'
        return {True: "true", False: "false", None: "nil"}[value] if value is None or isinstance(value, bool) else str(value)

    script = f"obj = {table(obj)}\nlocal function rule()\n{rule}\nend\nlocal hs = rule()\nprint(hs.status .. '|' .. (hs.message or ''))\n"
    result = subprocess.run(["lua5.4", "-"], input=script, capture_output=True, text=True, check=True)
    return result.stdout.strip().split("|", 1)[0]


def argo_rules():
    (config,) = [document for block in blocks(ARGO, "yaml") for document in yaml.safe_load_all(block) if document["kind"] == "ConfigMap"]
    prefix = "resource.customizations.health."
    return {name.removeprefix(prefix): rule for name, rule in config["data"].items() if name.startswith(prefix)}


def flux_rules():
    (kustomization,) = [
        document for block in blocks(FLUX, "yaml") for document in yaml.safe_load_all(block) if document["kind"] == "Kustomization"]
    return {rule["kind"]: rule for rule in kustomization["spec"]["healthCheckExprs"]}


def cel(rule, obj):
    """The status that a rule of Flux's page gives an object, in Flux's order: in progress, failed, current."""
    environment = celpy.Environment()
    variables = {name: celpy.json_to_cel(value) for name, value in obj.items()}
    for name, status in (("inProgress", "InProgress"), ("failed", "Failed"), ("current", "Current")):
        if name in rule and environment.program(environment.compile(rule[name])).evaluate(variables) == celtypes.BoolType(True):
            return status
    return "InProgress"


def kstatus(obj):
    """What kstatus computes, for the kinds that wpex renders."""
    metadata, spec, status = obj["metadata"], obj.get("spec", {}), obj.get("status", {})
    if metadata.get("deletionTimestamp"):
        return "Terminating"
    if "observedGeneration" in status and "generation" in metadata and status["observedGeneration"] != metadata["generation"]:
        return "InProgress"
    if obj["kind"] == "Service":
        return "InProgress" if spec["type"] == "LoadBalancer" and not spec.get("clusterIP") else "Current"
    if obj["kind"] != "Deployment":
        return "Current"
    conditions = {condition["type"]: condition for condition in status.get("conditions", [])}
    if conditions.get("Progressing", {}).get("reason") == "ProgressDeadlineExceeded":
        return "Failed"
    wanted, count = spec.get("replicas", 1), lambda name: status.get(name, 0)
    if wanted > count("replicas") or wanted > count("updatedReplicas") or count("replicas") > wanted:
        return "InProgress"
    if count("updatedReplicas") > count("availableReplicas") or wanted > count("readyReplicas"):
        return "InProgress"
    progressing = "progressDeadlineSeconds" not in spec or (
        conditions.get("Progressing", {}).get("status") == "True" and conditions["Progressing"]["reason"] == "NewReplicaSetAvailable")
    return "Current" if progressing and conditions.get("Available", {}).get("status") == "True" else "InProgress"


def write_status(kind, name, namespace, status):
    """Writes a status as its controller would, and returns the object that the server then has."""
    group = {"deployments": "/apis/apps/v1", "services": "/api/v1"}[kind]
    for _ in range(10):
        obj = get(kind, name, "-n", namespace)
        obj["status"] = status(obj)
        path = f"{group}/namespaces/{namespace}/{kind}/{name}/status"
        if kubectl("replace", "--raw", path, "-f", "-", input=json.dumps(obj), check=False):
            return get(kind, name, "-n", namespace) if kind == "services" else {**get(kind, name, "-n", namespace), "status": obj["status"]}
    raise AssertionError("the status is not taken")


def condition(kind, status, reason):
    return {"type": kind, "status": status, "reason": reason, "message": reason}


def deployment_status(ready, updated=1, replicas=1, progressing="NewReplicaSetAvailable", failure=False):
    def status(obj):
        wanted = obj["spec"]["replicas"]
        conditions = [
            condition("Available", "True" if ready >= wanted else "False", "MinimumReplicasAvailable"),
            condition("Progressing", "False" if progressing == "ProgressDeadlineExceeded" else "True", progressing)]
        if failure:
            conditions.append(condition("ReplicaFailure", "True", "FailedCreate"))
        return {
            "observedGeneration": obj["metadata"]["generation"], "replicas": replicas, "updatedReplicas": updated, "readyReplicas": ready,
            "availableReplicas": ready, "conditions": conditions}

    return status


@needs_cluster
def test_the_health_rules_over_real_objects(pipeline):
    pipeline.commit("All")
    # Rendered without declaration keys: health does not depend on them.
    wpex("render", "--out", pipeline.checkout / "rendered", cwd=pipeline.checkout)
    pipeline.apply()
    argo, flux, namespace = argo_rules(), flux_rules(), pipeline.namespace
    relay = get("deployment", "north-1", "-n", namespace)
    # As the API server made it, before any controller saw it, and as controllers report it.
    fresh = {**relay, "status": {}}
    assert (lua(argo["apps_Deployment"], fresh), kstatus({**fresh, "status": {"observedGeneration": 0}})) == ("Progressing", "InProgress")
    cases = [
        (deployment_status(1), "Healthy", "Current"),
        (deployment_status(0, progressing="ReplicaSetUpdated"), "Progressing", "InProgress"),
        (deployment_status(0, updated=0, progressing="ReplicaSetUpdated"), "Progressing", "InProgress"),
        (deployment_status(2, replicas=2, progressing="ReplicaSetUpdated"), "Progressing", "InProgress"),
        (deployment_status(0, progressing="ProgressDeadlineExceeded"), "Degraded", "Failed"),
        # The cluster refuses the pods. Argo CD's own rule and kstatus wait for the deadline.
        (deployment_status(0, updated=0, replicas=0, progressing="ReplicaSetUpdated", failure=True), "Degraded", "InProgress"),
    ]
    for status, expected, computed in cases:
        obj = write_status("deployments", "north-1", namespace, status)
        assert (lua(argo["apps_Deployment"], obj), kstatus(obj)) == (expected, computed), obj["status"]
        # A Deployment that is not of wpex is what Argo CD itself makes of it.
        foreign = {**obj, "metadata": {**obj["metadata"], "labels": {"app": "other"}}}
        own = {"Degraded": "Progressing"}.get(expected, expected) if "ReplicaFailure" in json.dumps(obj["status"]) else expected
        assert lua(argo["apps_Deployment"], foreign) == own
    # Stopped, and paused by somebody.
    stopped = {**obj, "spec": {**obj["spec"], "replicas": 0}}
    stopped["status"] = deployment_status(0, updated=0, replicas=0)(stopped)
    assert (lua(argo["apps_Deployment"], stopped), kstatus(stopped)) == ("Healthy", "Current")
    assert lua(argo["apps_Deployment"], {**stopped, "spec": {**stopped["spec"], "paused": True}}) == "Suspended"

    # A load balancer is pending until it has an address; kstatus does not look.
    service = get("service", "north-1", "-n", namespace)
    assert (cel(flux["Service"], service), kstatus(service)) == ("Current", "Current")
    kubectl("patch", "service", "north-1", "-n", namespace, "--type=merge", "-p", '{"spec":{"type":"LoadBalancer"}}')
    pending = get("service", "north-1", "-n", namespace)
    assert (cel(flux["Service"], pending), kstatus(pending)) == ("InProgress", "Current")
    known = write_status("services", "north-1", namespace, lambda _: {"loadBalancer": {"ingress": [{"ip": "2001:db8::7"}]}})
    assert cel(flux["Service"], known) == "Current"

    # A relay's Secret lacks the key of its cluster; others are none of its business.
    lacking = get("secret", "north-1-keys", "-n", namespace)
    assert (lua(argo["Secret"], lacking), cel(flux["Secret"], lacking), kstatus(lacking)) == ("Degraded", "Failed", "Current")
    kubectl("patch", "secret", "north-1-keys", "-n", namespace, "-p", '{"stringData":{"cluster.key":"x"}}')
    supplied = get("secret", "north-1-keys", "-n", namespace)
    assert (lua(argo["Secret"], supplied), cel(flux["Secret"], supplied)) == ("Healthy", "Current")
    kubectl("create", "secret", "generic", "other", "-n", namespace, "--from-literal=a=b")
    other = get("secret", "other", "-n", namespace)
    assert (lua(argo["Secret"], other), cel(flux["Secret"], other)) == ("Healthy", "Current")

    # Every kind that is rendered is one that the pages speak of.
    rendered = [
        document for path in (pipeline.checkout / "rendered" / REGION).rglob("*.yaml") if path.name != "kustomization.yaml"
        for document in yaml.safe_load_all(path.read_text())]
    assert {obj["kind"] for obj in rendered} <= {
        "Deployment", "Service", "Secret", "Namespace", "NetworkPolicy", "ResourceQuota", "LimitRange", "PodDisruptionBudget", "RoleBinding"}
    assert all(kind in FLUX for kind in {obj["kind"] for obj in rendered})


def test_the_manifests_of_the_pages_name_what_is_rendered():
    (application,) = [document for block in blocks(ARGO, "yaml") for document in yaml.safe_load_all(block) if document["kind"] == "Application"]
    assert application["spec"]["source"]["path"] == REGION and "ServerSideApply=true" in application["spec"]["syncPolicy"]["syncOptions"]
    source, kustomization = [document for document in yaml.safe_load_all(blocks(FLUX, "yaml")[0])]
    assert kustomization["spec"]["sourceRef"]["name"] == source["metadata"]["name"]
    assert kustomization["spec"]["path"] == f"./{REGION}" and kustomization["spec"]["wait"] and kustomization["spec"]["prune"]
    # Every command of Flux's page is marked as not run.
    assert commands(FLUX) == []
