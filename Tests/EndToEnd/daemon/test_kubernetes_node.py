"""The whole loop on a real node: kubelet and containerd run the relay under the restricted security context, and two
wireguard-go peers talk through its NodePort. `make test` starts the node; WPEX_NODE_NETNS names its network namespace."""

import base64
import json
import pathlib
import re
import signal
import time

from support.declarations import digest_of
from support.kubernetes import kubectl
from support.namespaces import link, run
from support.node import ADDRESS, NAMESPACE, NODE, PORT, Names, Site, evidence, needs_node, ping, pods, ready, until_on_node
from support.program import wpex
from support.wireguard import Key

pytestmark = needs_node


def annotation(pod):
    """Digest of the files that the daemon has pointed the kubelet to; None if it has not."""
    return pod["metadata"].get("annotations", {}).get("wpex.io/declaration")


def test_the_loop_on_a_node(node):
    keys = [Key(), Key(), Key()]
    for number, key in enumerate(keys):
        node.key(f"site-{number}", key)
    node.relay()
    node.start()
    until_on_node(lambda: any(c.get("ready") for p in pods() for c in p["status"].get("containerStatuses", [])), "the relay's pod is ready")
    pod = pods()[0]
    # Pod Security `restricted`, by the kubelet's own word.
    context = pod["spec"]["containers"][0]["securityContext"]
    assert context["readOnlyRootFilesystem"] and context["capabilities"]["drop"] == ["ALL"] and not context["allowPrivilegeEscalation"]
    assert pod["spec"]["securityContext"]["runAsNonRoot"]
    until_on_node(
        lambda: "health.reached" in wpex("audit", "list", "--state", node.state, "--action", "health.reached").stdout, "its health is recorded")
    sites = [Site(number + 1, key) for number, key in enumerate(keys)]
    node.hosts = [site.host for site in sites]
    first, second, third = (site.tunnel for site in sites)
    link(first, second, third)
    assert ping(first, second, 10) == 10
    assert ping(third, first, 3) == 3
    # The relay measures for who may ask, through the API server, with the token that its Secret holds.
    for measured in ("ping", "traceroute"):
        found = node.diag("diag-engineer", measured, "acme/milan-1", "127.0.0.1")
        assert found.returncode == 0 and json.loads(found.stdout)["reached"], found.stdout + found.stderr
    refused = node.diag("diag-viewer", "ping", "acme/milan-1", "127.0.0.1")
    assert refused.returncode == 1 and "diagnostics:run" in refused.stderr, refused.stderr
    secret = json.loads(kubectl("get", "secret", "milan-1-keys", "-n", NAMESPACE, "-o", "json"))
    relay_token = json.loads(base64.b64decode(secret["data"]["config.json"]))["token"]
    runs = wpex("audit", "list", "--state", node.state, "--action", "diagnostics.run", "--output", "json").stdout
    details = [run["detail"] for run in json.loads(runs)]
    assert len(details) == 5 and "reached" in details[1] and "refused" in details[4], details
    assert relay_token not in runs + found.stdout + found.stderr + refused.stderr + kubectl("get", "events,pods,deployments", "-A", "-o", "yaml")
    # A key removed by a commit stops working, without a restart of the pod. The daemon's account may not use the API server's
    # proxy, and the pod's address is not reachable from here, so that no push arrives; and the kubelet looks at a pod by itself
    # every half hour at most. So the file on the volume is new because the daemon has made the kubelet look.
    declared = annotation(pods()[0])
    node.revoke("site-2")

    def is_dead():
        return "100% packet loss" in third.host.run("ping", "-q", "-c", "1", "-W", "1", first.address, check=False)

    until_on_node(is_dead, "the revoked key stops working")
    secret = json.loads(kubectl("get", "secret", "milan-1-keys", "-n", NAMESPACE, "-o", "json"))
    assert annotation(pods()[0]) == digest_of(base64.b64decode(secret["data"]["declaration.json"])) != declared
    # Nobody has confirmed it, and the daemon says so.
    confirmed = wpex("audit", "list", "--state", node.state, "--action", "relay.in-force", "--output", "json").stdout
    assert json.loads(confirmed) == []
    until_on_node(lambda: "the API server does not lead to it" in (pathlib.Path(node.state).parent / "log").read_text(), "the daemon says why")
    # A Secret that is applied anew keeps the relay's token.
    secret = json.loads(kubectl("get", "secret", "milan-1-keys", "-n", NAMESPACE, "-o", "json"))
    assert json.loads(base64.b64decode(secret["data"]["config.json"]))["token"] == relay_token
    assert ping(first, second, 5) == 5
    after = pods()
    assert [p["metadata"]["uid"] for p in after] == [pod["metadata"]["uid"]]
    assert after[0]["status"]["containerStatuses"][0]["restartCount"] == 0
    # A second relay, which is then deleted and pruned.
    node.second()
    until_on_node(lambda: kubectl("get", "deployment", "milan-2", "-n", NAMESPACE, "--ignore-not-found"), "the second relay is there")
    (node.path / "orgs/acme/relays/milan-2.yaml").unlink()
    until_on_node(lambda: not kubectl("get", "deployment,service,secret", "-n", NAMESPACE, "-l", "wpex.io/relay=milan-2", "--ignore-not-found"), "it is pruned")
    # A stopped relay has no pod.
    node.relay("stopped")
    until_on_node(lambda: not pods(), "the stopped relay scales to zero")
    node.relay("running")
    # A new pod knows nothing: whoever sends data and hears nothing for 15 s shakes hands anew.
    until_on_node(pods, "it runs again")
    second.host.start("ping", "-q", "-i", "0.5", first.address)
    assert ping(first, second, 1, patience=90) == 1
    until_on_node(
        lambda: json.loads(wpex("status", "--state", node.state, "--output", "json", check=False).stdout)["organizations"][0]["current"] == 1,
        "status says so")
    node.daemon.send_signal(signal.SIGTERM)
    assert node.daemon.wait(20) == 0
    # The relay goes on without the daemon.
    assert ping(first, second, 3) == 3
    assert wpex("audit", "verify", "--state", node.state).returncode == 0


def statistics(pod):
    address = f"http://{pod['status']['podIP']}:8080/api/v1/stats"
    return json.loads(run("ip", "netns", "exec", NODE, "curl", "-s", "--max-time", "5", address))


def test_a_rolling_update_breaks_no_tunnel(node, tmp_path):
    """Two pods are one relay, and new ones replace them while peers behind NAT talk: no packet is missing for long, and no
    tunnel needs a handshake."""
    keys = [Key() for _ in range(4)]
    for number, key in enumerate(keys):
        node.key(f"site-{number}", key)
    node.relay(replicas=2)
    with Names():
        node.start()
        until_on_node(lambda: len(ready()) == 2, "both pods are ready", 150)
        until_on_node(lambda: all(len(statistics(p)["cluster"]["members"]) == 1 for p in ready()), "they have found each other")
        sites = [Site(number + 1, key) for number, key in enumerate(keys)]
        node.hosts = [site.host for site in sites]
        for site in sites:
            site.hear_answers_only()
        tunnels = [site.tunnel for site in sites]
        pairs = [tunnels[:2], tunnels[2:]]
        for first, second in pairs:
            link(first, second)
            assert ping(first, second, 5) == 5
        before = [first.handshake for first, _ in pairs]
        old = {p["metadata"]["uid"] for p in pods()}
        logs = [tmp_path / f"ping-{number}" for number in range(2)]
        pings = [
            first.host.start("sh", "-c", f"exec ping -n -i 0.05 {second.address} >{log}")
            for (first, second), log in zip(pairs, logs, strict=True)]
        time.sleep(1)
        node.relay(replicas=2, restarted="2026-11-02")

        def are_new():
            every = json.loads(kubectl("get", "pods", "-n", NAMESPACE, "-o", "json"))["items"]
            return len(every) == 2 == len(ready()) and not old & {p["metadata"]["uid"] for p in every}

        until_on_node(are_new, "both pods are new", 240)
        time.sleep(1)
        for process in pings:
            process.send_signal(signal.SIGINT)
            process.wait(10)
        after = [first.handshake for first, _ in pairs]
        endpoints = [tunnel.host.run("wg", "show", tunnel.interface, "endpoints").split()[-1] for tunnel in tunnels]
        assert endpoints == [f"{ADDRESS}:{PORT}"] * 4
        for log in logs:
            text = log.read_text()
            answered = [int(number) for number in re.findall(r"icmp_seq=(\d+) ttl", text)]
            longest = max(later - earlier - 1 for earlier, later in zip(answered, answered[1:]))
            sent = int(re.search(r"(\d+) packets transmitted", text)[1])
            print(f"rolling update: {sent - len(answered)} of {sent} lost, the longest gap {longest * 0.05:.2f} s")
            # Far from the 15 s after which a peer without answers starts a handshake.
            assert sent - answered[-1] <= 60 and longest <= 60, text[-300:] + evidence()
        # WireGuard renews a session by itself after 120 s. One that got no answers would do so after 15 s.
        assert all(new == past or new - past >= 119 for past, new in zip(before, after, strict=True)), (before, after)
        # The key is in the Secret alone.
        secret = json.loads(kubectl("get", "secret", "milan-1-keys", "-n", NAMESPACE, "-o", "json"))
        key = base64.b64decode(secret["data"]["cluster.key"]).decode()
        said = kubectl("get", "events,pods,deployments", "-A", "-o", "yaml") + "".join(
            kubectl("logs", "-n", NAMESPACE, p["metadata"]["name"]) for p in pods())
        assert len(base64.b64decode(key)) == 32 and key not in said
