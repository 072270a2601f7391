"""`wpex serve` outside a cluster with a real node (WPEX_NODE_NETNS, which `make test` sets). It queries running relays
through the API server, with the account and token of deploy/host/cluster."""

import json

from support.git import begin
from support.kubernetes import kubectl
from support.node import account, needs_node, pods, until_on_node
from support.program import ROOT
from support.server import Server
from support.wireguard import Key

pytestmark = needs_node
RELAY = "/api/v1/relays/acme/milan-1"


def test_the_server_asks_relays_on_a_node(node, tmp_path):
    node.key("site-0", Key())
    node.relay()
    begin(node.path, "One relay")
    node.start()
    until_on_node(lambda: any(c.get("ready") for p in pods() for c in p["status"].get("containerStatuses", [])), "the relay's pod is ready")
    kubectl("apply", "-f", str(ROOT / "deploy/server/namespace.yaml"), "-f", str(ROOT / "deploy/server/rbac.yaml"))
    kubectl("apply", "-k", str(ROOT / "deploy/host/cluster"))
    kubeconfig = tmp_path / "serve.kubeconfig"
    kubeconfig.write_text(account("wpex-serve", "wpex-status"))
    shipped = json.loads((ROOT / "deploy/host/serve.json").read_text())["target"]
    server = Server(
        tmp_path / "server", node.path, node.state / "audit.sqlite", settings={"target": {**shipped, "kubeconfig": str(kubeconfig)}})
    server.settings["regions"] = ["eu-south"]
    with server:

        def relay():
            return server.get(RELAY, bearer=server.local_token).json

        until_on_node(lambda: relay().get("freshness") == "live", "the relay is asked")
        until_on_node(lambda: relay()["log"]["lines"] and relay()["events"], "its log and its events are read")
        seen = relay()
        (pod,) = pods()
        assert seen["status"] == "current" and [i["name"] for i in seen["instances"]] == [pod["metadata"]["name"]], seen
        assert seen["statistics"]["handshakes"] == {"total": 0, "successful": 0}
        assert seen["health"] is not None
        kubectl("delete", "pod", pod["metadata"]["name"], "-n", pod["metadata"]["namespace"], "--wait=false")
        until_on_node(
            lambda: [i["name"] for i in relay()["instances"]] not in ([], [pod["metadata"]["name"]]) and relay()["freshness"] == "live",
            "the new pod is asked")
    kubectl("delete", "-k", str(ROOT / "deploy/host/cluster"), check=False)
