"""`wpex serve` outside a cluster with a real node (WPEX_NODE_NETNS, which `make test` sets). It queries running relays
through the API server, with the account and token of deploy/host/cluster."""

import base64
import json
import os

import pytest
import yaml
from daemon import ROOT
from test_kubernetes_node import KUBECONFIG, kubectl, loop, pods, until  # noqa: F401
from wireguard import Key
from world import Server, git

pytestmark = pytest.mark.skipif(not os.environ.get("WPEX_NODE_NETNS"), reason="WPEX_NODE_NETNS names no node: run `make test`")
RELAY = "/api/v1/relays/acme/milan-1"


def test_the_server_asks_relays_on_a_node(loop, tmp_path):  # noqa: F811
    loop.key("site-0", Key())
    loop.relay()
    git(loop.path, "init", "-q", "-b", "main")
    git(loop.path, "add", "-A")
    git(loop.path, "commit", "-qm", "One relay")
    loop.start()
    until(lambda: any(c.get("ready") for p in pods() for c in p["status"].get("containerStatuses", [])), "the relay's pod is ready")
    kubectl("apply", "-f", str(ROOT / "deploy/server/namespace.yaml"), "-f", str(ROOT / "deploy/server/rbac.yaml"))
    kubectl("apply", "-k", str(ROOT / "deploy/host/cluster"))

    def token():
        found = kubectl("get", "secret", "wpex-serve-token", "-n", "wpex-status", "-o", "jsonpath={.data.token}")
        return base64.b64decode(found).decode()

    until(token, "the control plane writes the token")
    config = yaml.safe_load(open(KUBECONFIG))
    config["users"][0]["user"] = {"token": token()}
    kubeconfig = tmp_path / "serve.kubeconfig"
    kubeconfig.write_text(yaml.safe_dump(config))
    shipped = json.loads((ROOT / "deploy/host/serve.json").read_text())["target"]
    server = Server(
        tmp_path / "server", loop.path, loop.state / "audit.sqlite", settings={"target": {**shipped, "kubeconfig": str(kubeconfig)}})
    server.settings["regions"] = ["eu-south"]
    with server:

        def relay():
            return server.get(RELAY, bearer=server.local_token).json

        until(lambda: relay().get("freshness") == "live", "the relay is asked")
        until(lambda: relay()["log"]["lines"] and relay()["events"], "its log and its events are read")
        seen = relay()
        (pod,) = pods()
        assert seen["status"] == "current" and [i["name"] for i in seen["instances"]] == [pod["metadata"]["name"]], seen
        assert seen["statistics"]["handshakes"] == {"total": 0, "successful": 0}
        assert seen["health"] is not None
        kubectl("delete", "pod", pod["metadata"]["name"], "-n", pod["metadata"]["namespace"], "--wait=false")
        until(
            lambda: [i["name"] for i in relay()["instances"]] not in ([], [pod["metadata"]["name"]]) and relay()["freshness"] == "live",
            "the new pod is asked")
    kubectl("delete", "-k", str(ROOT / "deploy/host/cluster"), check=False)
