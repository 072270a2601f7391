"""A real kube-apiserver (WPEX_KUBECONFIG, which `make test` sets) in which others have rights too: they make objects
that look like wpex's, or own a namespace that a new organization would get."""

import json
import re

from support.kubernetes import get, kubectl, needs_cluster

pytestmark = needs_cluster


def apply(document):
    kubectl("apply", "--validate=false", "-f", "-", input=json.dumps(document))


def copies(cluster, count, namespace, is_protected=True):
    """Deployments with all labels of a globex relay, in a foreign namespace."""
    live = get("deployment", "oslo-1", "-n", f"{cluster.prefix}globex")
    kubectl("create", "namespace", namespace)
    annotations = live["metadata"]["annotations"] | ({"wpex.io/deletion-protection": "true"} if is_protected else {})
    for number in range(count):
        apply({
            "apiVersion": "apps/v1", "kind": "Deployment", "spec": live["spec"],
            "metadata": {"name": f"copy-{number}", "namespace": namespace, "labels": live["metadata"]["labels"], "annotations": annotations}})


def test_copies_elsewhere_hold_nobody_back_and_are_not_deleted(cluster):
    cluster.once()
    elsewhere = f"{cluster.prefix}elsewhere"
    copies(cluster, 2, elsewhere)
    copies(cluster, 10, f"{cluster.prefix}elsewhere-too", is_protected=False)
    file = cluster.repo / "orgs/globex/keys/farms-north.yaml"
    file.write_text(file.read_text().split("---\n", 1)[1])
    before = get("secret", "oslo-1-keys", "-n", f"{cluster.prefix}globex")["metadata"]["annotations"]["wpex.io/digest"]
    said = cluster.once()
    assert get("secret", "oslo-1-keys", "-n", f"{cluster.prefix}globex")["metadata"]["annotations"]["wpex.io/digest"] != before, said.stderr
    assert "held" not in cluster.actions()
    assert len(get("deployments", "-n", elsewhere)["items"]) == 2
    assert len(get("deployments", "-n", f"{elsewhere}-too")["items"]) == 10


def test_copies_elsewhere_do_not_thin_the_guard(cluster):
    """The percentage refers to the region's own relays. Half of them would be deleted."""
    cluster.edit("platform.yaml", "maxDeletions: { count: 10, percent: 20 }", "maxDeletions: { count: 100, percent: 20 }")
    cluster.once()
    copies(cluster, 30, f"{cluster.prefix}elsewhere", is_protected=False)
    for path in ("orgs/globex/relays/oslo.yaml", "orgs/initech/relays/lab-1.yaml", "orgs/initech/relays/lab-2.yaml"):
        (cluster.repo / path).unlink()
    said = cluster.once(check=False)
    assert said.returncode == 1, said.stderr
    assert get("deployment", "oslo-1", "-n", f"{cluster.prefix}globex")["metadata"]["uid"]
    assert get("deployment", "lab-1", "-n", f"{cluster.prefix}initech")["metadata"]["uid"]


def test_a_namespace_of_somebody_else_is_not_taken(cluster):
    """It has an organization's name. Its contents stay, and other organizations continue."""
    taken = f"{cluster.prefix}initech"
    kubectl("create", "namespace", taken)
    kubectl("create", "secret", "generic", "lab-1-keys", "-n", taken, "--from-literal=theirs=1")
    before = {name: get(*name)["metadata"] for name in (("namespace", taken), ("secret", "lab-1-keys", "-n", taken))}
    said = cluster.once(check=False)
    assert said.returncode == 1 and "initech" in said.stderr, said.stderr
    for name, metadata in before.items():
        assert get(*name)["metadata"]["resourceVersion"] == metadata["resourceVersion"], name
    assert not get("deployments", "-n", taken)["items"] and not get("networkpolicies", "-n", taken)["items"]
    assert get("deployment", "oslo-1", "-n", f"{cluster.prefix}globex")
    # Nor with the next pass, or a revocation in it.
    file = cluster.repo / "orgs/globex/keys/farms-north.yaml"
    file.write_text(file.read_text().split("---\n", 1)[1])
    cluster.once(check=False)
    for name, metadata in before.items():
        assert get(*name)["metadata"]["resourceVersion"] == metadata["resourceVersion"], name


def test_no_organization_gets_the_daemons_namespace(cluster):
    """An admin approves an organization whose namespace would be the daemon's own."""
    file = cluster.repo / "orgs/system/organization.yaml"
    file.parent.mkdir()
    text = (cluster.repo / "orgs/umbrella/organization.yaml").read_text()
    text = text.replace("umbrella", "system").replace("status: pending", "status: active")
    file.write_text(re.sub("portRange: .*", "portRange: 30900-30949", text))
    # Only organizations with a relay in the region get a namespace there.
    for path, body in {
        "relays/r.yaml": "kind: Relay\nmetadata: { name: r, labels: { tier: bronze } }\n"
        "spec: { region: eu-north, port: 30901, keys: { names: [k] } }\n",
        "keys/k.yaml": "kind: Key\nmetadata: { name: k }\nspec: { publicKey: LvREfKVRDxlLKKNdHuKSGlAhjYNwBZUcXGtU9SPBVyo= }\n",
    }.items():
        (file.parent / path).parent.mkdir()
        (file.parent / path).write_text("apiVersion: wpex.io/v1alpha1\n" + body)
    before = get("namespace", cluster.namespace)["metadata"]
    said = cluster.once(check=False)
    assert said.returncode == 1 and "system" in said.stderr, said.stderr
    after = get("namespace", cluster.namespace)["metadata"]
    assert after.get("labels") == before.get("labels") and after.get("annotations") == before.get("annotations")
    for kind in ("networkpolicies", "rolebindings", "services", "deployments", "resourcequotas"):
        assert not [item for item in get(kind, "-n", cluster.namespace)["items"] if item["metadata"].get("labels", {}).get("wpex.io/org")], kind
    assert get("deployment", "oslo-1", "-n", f"{cluster.prefix}globex")


def test_tenants_pods_are_closed_but_for_what_relays_do(cluster):
    """Each tenant's namespace denies all traffic by default. A relay's policy opens its port, its statistics to named
    namespaces, its cluster's port to its own pods, and no TCP into the cluster."""
    cluster.once()
    for org in ("acme", "globex", "initech"):
        policies = {item["metadata"]["name"]: item["spec"] for item in get("networkpolicies", "-n", f"{cluster.prefix}{org}")["items"]}
        deny = policies.pop("default-deny")
        assert deny["podSelector"] == {} and set(deny["policyTypes"]) == {"Ingress", "Egress"}
        assert not deny.get("ingress") and not deny.get("egress")
        assert policies
        for name, policy in policies.items():
            assert set(policy["policyTypes"]) == {"Ingress", "Egress"}, name
            assert policy["podSelector"]["matchLabels"], name
            for way in policy["ingress"]:
                assert way["ports"], name
                if any(port["protocol"] == "TCP" for port in way["ports"]):
                    assert all(source["namespaceSelector"].get("matchLabels") for source in way["from"]), name
            inside = [way["from"] for way in policy["ingress"] if {"protocol": "UDP", "port": 8081} in way["ports"]]
            assert inside == [[{"podSelector": policy["podSelector"]}]], name
            assert len([way for way in policy["ingress"] if "from" not in way]) == 1, name
            for way in policy.get("egress", []):
                tcp = [port for port in way.get("ports", [{"protocol": "TCP"}]) if port["protocol"] == "TCP"]
                assert all(port["port"] == 53 for port in tcp), (name, way)
