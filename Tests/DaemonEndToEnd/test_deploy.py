"""What operators install is what Kubernetes takes."""

import json
import subprocess

import kubernetes_validate
import pytest
import yaml

from daemon import ROOT, wpex


def documents(base):
    text = subprocess.run(["kubectl", "kustomize", ROOT / "deploy" / base], check=True, capture_output=True, text=True).stdout
    return list(yaml.safe_load_all(text))


@pytest.mark.parametrize("version", ["1.28", "1.37"])
@pytest.mark.parametrize("base", ["daemon", "tenants"])
def test_manifests_are_valid(base, version):
    found = documents(base)
    assert len(found) > 1
    for document in found:
        kubernetes_validate.validate(document, version, strict=True)


def test_settings_are_known(tmp_path):
    """The daemon reads the file of the ConfigMap as it stands, up to the place where it wants a cluster."""
    settings = next(d for d in documents("daemon") if d["kind"] == "ConfigMap")["data"]["sync.json"]
    path = tmp_path / "sync.json"
    path.write_text(json.dumps({**json.loads(settings), "state": str(tmp_path / "state")}))
    result = wpex("sync", "run", "--once", "--config", path, check=False)
    assert result.returncode != 0 and "setting" not in result.stderr, result.stderr
    path.write_text(json.dumps({**json.loads(settings), "sate": "x"}))
    result = wpex("sync", "run", "--once", "--config", path, check=False)
    assert result.returncode == 1 and "unknown setting `sate`" in result.stderr


def test_daemon_runs_restricted():
    """Pod Security `restricted`, and nothing of a Secret but by reference."""
    deployment = next(d for d in documents("daemon") if d["kind"] == "Deployment")
    assert deployment["spec"]["replicas"] == 2
    pod = deployment["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] and pod["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault"
    for container in pod["containers"]:
        context = container["securityContext"]
        assert context["readOnlyRootFilesystem"] and not context["allowPrivilegeEscalation"]
        assert context["capabilities"]["drop"] == ["ALL"]
        assert all("value" not in variable or "secret" not in variable["name"].lower() for variable in container.get("env", []))
