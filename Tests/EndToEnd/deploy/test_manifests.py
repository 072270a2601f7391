"""Files that operators install are valid for Kubernetes and for the programs that read them."""

import json
import re
import shutil
import subprocess
import textwrap

import kubernetes_validate
import pytest
import yaml

from support.program import ROOT, wpex

BASES = ["daemon", "tenants", "server", "host/cluster", "host/daemon"]


def documents(folder):
    text = subprocess.run(["kubectl", "kustomize", folder], check=True, capture_output=True, text=True).stdout
    return list(yaml.safe_load_all(text))


def base(name):
    return documents(ROOT / "deploy" / name)


def only(found, kind):
    (document,) = [d for d in found if d["kind"] == kind]
    return document


@pytest.mark.parametrize("version", ["1.28", "1.37"])
@pytest.mark.parametrize("name", BASES)
def test_manifests_are_valid(name, version):
    found = base(name)
    assert len(found) > 1
    for document in found:
        kubernetes_validate.validate(document, version, strict=True)


def test_settings_of_the_daemon_are_known(tmp_path):
    """The daemon reads the ConfigMap's file as it is, and stops only when it needs a cluster."""
    settings = json.loads(only(base("daemon"), "ConfigMap")["data"]["sync.json"])
    path = tmp_path / "sync.json"
    path.write_text(json.dumps({**settings, "state": str(tmp_path / "state")}))
    result = wpex("sync", "run", "--once", "--config", path, check=False)
    assert result.returncode != 0 and "setting" not in result.stderr, result.stderr
    path.write_text(json.dumps({**settings, "sate": "x"}))
    result = wpex("sync", "run", "--once", "--config", path, check=False)
    assert result.returncode == 1 and "unknown setting `sate`" in result.stderr


def settings_of_servers():
    return {
        "server": json.loads(only(base("server"), "ConfigMap")["data"]["serve.json"]),
        "host": json.loads((ROOT / "deploy/host/serve.json").read_text()),
    }


@pytest.mark.parametrize("name", ["server", "host"])
def test_settings_of_the_server_are_known(name, tmp_path):
    """The server reads its files as they are, with the test's secrets in place of the operator's, and stops only when
    it needs the repository and the cluster."""
    settings = settings_of_servers()[name]
    text = json.dumps(settings)
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    for path in set(re.findall(r'"(/(?:etc/wpex/secrets|run/credentials/[^"/]+)/[^"]+)"', text)):
        file = secrets / path.rsplit("/", 1)[1]
        file.write_text("x" * 64)
        text = text.replace(path, str(file))
    text = text.replace("/var/lib/wpex", str(tmp_path / "state"))
    path = tmp_path / "serve.json"
    path.write_text(text)
    result = wpex("serve", "run", "--config", path, check=False)
    assert result.returncode != 0 and "setting `" not in result.stderr, result.stderr
    assert re.search("cluster|kubeconfig", result.stderr), result.stderr
    path.write_text(json.dumps({**json.loads(text), "htpp": {"listen": "x"}}))
    result = wpex("serve", "run", "--config", path, check=False)
    assert result.returncode == 1 and "unknown setting `htpp.listen`" in result.stderr, result.stderr


@pytest.mark.parametrize("name", ["daemon", "server"])
def test_pods_run_restricted(name):
    """Pod Security `restricted`, and Secrets by reference only."""
    found = base(name)
    deployment = only(found, "Deployment")
    levels = only(found, "Namespace")["metadata"]["labels"]
    assert {levels[f"pod-security.kubernetes.io/{mode}"] for mode in ("enforce", "audit", "warn")} == {"restricted"}
    pod = deployment["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] and pod["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault"
    assert not any(pod.get(name) for name in ("hostNetwork", "hostPID", "hostIPC"))
    assert all({"configMap", "secret", "emptyDir"} & set(volume) for volume in pod["volumes"])
    for container in pod["containers"]:
        context = container["securityContext"]
        assert context["readOnlyRootFilesystem"] and not context["allowPrivilegeEscalation"]
        assert context["capabilities"]["drop"] == ["ALL"]
        assert all("value" not in variable or "secret" not in variable["name"].lower() for variable in container.get("env", []))
        assert container["resources"]["limits"]["memory"] and container["resources"]["requests"]
        assert container["readinessProbe"] and container["livenessProbe"]


def test_parts_of_the_server_fit_together():
    """Labels, ports, names and mounts: references between objects match."""
    found = base("server")
    deployment, service, ingress, policy = (only(found, kind) for kind in ("Deployment", "Service", "Ingress", "NetworkPolicy"))
    pod = deployment["spec"]["template"]
    labels = pod["metadata"]["labels"].items()
    assert deployment["spec"]["selector"]["matchLabels"].items() <= labels
    assert service["spec"]["selector"].items() <= labels
    assert policy["spec"]["podSelector"]["matchLabels"].items() <= labels
    (container,) = pod["spec"]["containers"]
    (port,) = container["ports"]
    (forward,) = service["spec"]["ports"]
    assert forward["targetPort"] == port["name"] == container["readinessProbe"]["httpGet"]["port"]
    (rule,) = ingress["spec"]["rules"]
    backend = rule["http"]["paths"][0]["backend"]["service"]
    assert backend == {"name": service["metadata"]["name"], "port": {"name": forward["name"]}}
    (tls,) = ingress["spec"]["tls"]
    assert tls["hosts"] == [rule["host"]] and tls["secretName"]
    assert {p["port"] for way in policy["spec"]["ingress"] for p in way["ports"]} == {port["containerPort"]}
    settings = settings_of_servers()["server"]
    assert settings["http"]["listen"] == f"0.0.0.0:{port['containerPort']}"
    assert settings["http"]["publicAddress"] == f"https://{rule['host']}"
    mounts = {mount["mountPath"] for mount in container["volumeMounts"]}
    for path in re.findall(r'"(/[^"]+)"', json.dumps(settings)):
        assert any(path == mount or path.startswith(f"{mount}/") for mount in mounts), path
    assert container["args"][-1].rsplit("/", 1)[0] in mounts


def test_relays_let_the_server_in_and_others_not():
    """Relays' network policies admit readers of statistics by a label that the server's namespace has."""
    source = (ROOT / "Sources/Compiler/ConfigCompiler/Translate/RelayObjects.swift").read_text()
    label, value = re.search(r'matchLabels: \["(wpex\.io/monitoring)": "(\w+)"\]', source).groups()
    assert only(base("server"), "Namespace")["metadata"]["labels"][label] == value


def test_the_overlay_of_the_guide(tmp_path):
    """The overlay in docs/deployment.md does what the page says."""
    guide = (ROOT / "docs/deployment.md").read_text()
    text = textwrap.dedent(re.search(r"```yaml\n( *# kustomization\.yaml\n.*?)```", guide, re.DOTALL).group(1))
    shutil.copytree(ROOT / "deploy", tmp_path / "wpex/deploy")
    (tmp_path / "kustomization.yaml").write_text(text)
    host = re.search(r"value: (status\.\S+?)[ }]", text).group(1)
    settings = settings_of_servers()["server"]
    settings["http"]["publicAddress"] = f"https://{host}"
    (tmp_path / "serve.json").write_text(json.dumps(settings))
    found, plain = documents(tmp_path), base("server")
    assert json.loads(only(found, "ConfigMap")["data"]["serve.json"]) == settings
    assert only(found, "ConfigMap")["metadata"] == only(plain, "ConfigMap")["metadata"]
    ingress = only(found, "Ingress")
    assert ingress["spec"]["rules"][0]["host"] == host and ingress["spec"]["tls"][0]["hosts"] == [host]
    images = [only(d, "Deployment")["spec"]["template"]["spec"]["containers"][0]["image"] for d in (found, plain)]
    assert images[0] != images[1] and not images[0].endswith(":latest")
    issuer = only(found, "ClusterIssuer")
    assert ingress["metadata"]["annotations"]["cert-manager.io/cluster-issuer"] == issuer["metadata"]["name"]
    assert issuer["spec"]["acme"]["email"] in text
    # Traefik finds the TLS option by namespace and name, and the option allows only TLS 1.3.
    option = only(found, "TLSOption")
    place = option["metadata"]["namespace"], option["metadata"]["name"]
    assert ingress["metadata"]["annotations"]["traefik.ingress.kubernetes.io/router.tls.options"] == "-".join(place) + "@kubernetescrd"
    assert place[0] == ingress["metadata"]["namespace"] and option["spec"]["minVersion"] == "VersionTLS13"
    for document in found:
        if document["kind"] not in ("ClusterIssuer", "TLSOption"):
            kubernetes_validate.validate(document, "1.37", strict=True)


def test_the_servers_rights_change_nothing():
    """No write verbs, Secrets or wildcards; the exceptions are in deploy/host/cluster."""
    for document in base("server") + base("host/cluster"):
        if document["kind"] not in ("Role", "ClusterRole"):
            continue
        for rule in document["rules"]:
            assert set(rule["verbs"]) <= {"get", "list", "watch"}, rule
            assert "secrets" not in rule["resources"] and "*" not in rule["resources"] + rule["apiGroups"], rule
            assert ("pods/proxy" in rule["resources"]) == (document["metadata"]["name"] == "wpex-serve-outside")


@pytest.mark.parametrize("name", ["daemon", "server"])
def test_ports_are_open_to_named_namespaces_alone(name):
    """No rule admits all pods of the cluster: each names namespaces, and the container's one port."""
    found = base(name)
    policy, deployment = only(found, "NetworkPolicy"), only(found, "Deployment")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert set(policy["spec"]["policyTypes"]) == {"Ingress", "Egress"}
    for way in policy["spec"]["ingress"]:
        assert {port["port"] for port in way["ports"]} == {port["containerPort"] for port in container["ports"]}
        assert way["from"]
        for source in way["from"]:
            selector = source["namespaceSelector"]
            assert selector.get("matchLabels") or selector.get("matchExpressions"), source
    for way in policy["spec"]["egress"]:
        assert way["ports"], way


def test_what_the_daemon_may_do_is_what_the_documents_say():
    """Every documented kind and verb, no wildcards, and no rights to grant more than the tenants' roles."""
    rules = [
        (document["kind"], document["metadata"].get("namespace"), rule)
        for document in base("daemon") if document["kind"] in ("Role", "ClusterRole") for rule in document["rules"]]
    everywhere = {(resource, verb) for kind, _, rule in rules if kind == "ClusterRole" for resource in rule["resources"] for verb in rule["verbs"]}
    assert not any("*" in (resource, verb) or verb in ("escalate", "impersonate") for resource, verb in everywhere)
    (bind,) = [rule for _, _, rule in rules if "bind" in rule["verbs"]]
    tenants = {document["metadata"]["name"] for document in base("tenants") if document["kind"] == "ClusterRole"}
    assert bind["resources"] == ["clusterroles"] and set(bind["resourceNames"]) <= tenants and bind["verbs"] == ["bind"]
    assert {resource for resource, _ in everywhere} == {
        "namespaces", "resourcequotas", "limitranges", "secrets", "services", "deployments", "networkpolicies", "poddisruptionbudgets",
        "podmonitors", "rolebindings", "clusterroles", "pods"}
    # It looks for relays' pods and nudges them; it reaches them by the network alone.
    assert {verb for resource, verb in everywhere if resource == "pods"} == {"list", "patch"}
    # The documents describe these two.
    text = (ROOT / "docs/security.md").read_text()
    assert ("secrets", "get") in everywhere and ("deployments", "create") in everywhere
    assert "the whole cluster" in text


def test_tenants_roles_hold_no_secret_and_no_way_to_rights():
    for document in base("tenants"):
        if document["kind"] != "ClusterRole":
            continue
        for rule in document["rules"]:
            assert "secrets" not in rule["resources"] and "*" not in rule["resources"] + rule["verbs"] + rule["apiGroups"], rule
            assert not {"rolebindings", "clusterroles", "roles", "serviceaccounts/token", "pods/exec", "pods/attach"} & set(rule["resources"]), rule
