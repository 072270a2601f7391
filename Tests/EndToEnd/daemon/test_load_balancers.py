"""Relays behind load balancers on a real kube-apiserver: a controller of this test's own plays the cloud, and everything that shows
an endpoint shows what the cloud says. That server predates `loadBalancerClass`, so a proxy in front of it keeps the rule of later ones."""

import json
import re
import shutil
import threading

import pytest

from support.api_proxy import APIProxy
from support.git import git
from support.kubernetes import KUBECONFIG, Cluster, get, kubectl, needs_cluster, use_own_cluster
from support.program import wpex
from support.repository import repository
from support.server import Server
from support.waiting import until

pytestmark = needs_cluster

RELAY = "/api/v1/relays/globex/oslo-1"
CLIENT = "/api/v1/relays/globex/oslo-1/clients/office-oslo"
NAMED = "/api/v1/relays/globex/oslo-2"


class Cloud:
    """A controller of load balancers: it writes into the status of each Service what `give` says last."""

    def __init__(self, namespace):
        self.namespace, self.ingress = namespace, None
        self.ended = threading.Event()
        self.seen = {}
        self.failure = None
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def give(self, **ingress):
        self.ingress = [ingress]

    def run(self):
        while not self.ended.wait(0.3):
            try:
                self.look()
            except AssertionError as error:
                self.failure = error

    def look(self):
        for service in get("services", "-n", self.namespace)["items"]:
            spec, name = service["spec"], service["metadata"]["name"]
            if spec["type"] != "LoadBalancer":
                continue
            self.seen[name] = service["metadata"].get("annotations", {})
            if self.ingress is None or service["status"]["loadBalancer"].get("ingress") == self.ingress:
                continue
            service["status"] = {"loadBalancer": {"ingress": self.ingress}}
            path = f"/api/v1/namespaces/{self.namespace}/services/{name}/status"
            # The daemon may have written in between: the next look tries again.
            kubectl("replace", "--raw", path, "-f", "-", input=json.dumps(service), check=False)

    def end(self):
        self.ended.set()
        self.thread.join(30)
        assert self.failure is None, self.failure


class World:
    """A cluster that a daemon applies to, its clouds, and a status server that reads the cluster."""

    def __init__(self, folder):
        self.cluster = Cluster(folder)
        shutil.rmtree(self.cluster.repo)
        repository(self.cluster.repo)
        use_own_cluster(self.cluster.repo)
        self.edit("platform.yaml", "namespacePrefix: nordsud-", f"namespacePrefix: {self.cluster.prefix}")
        self.edit(
            "platform.yaml", "      exposure: NodePort\n      nodeSelector",
            "      exposure: LoadBalancer\n"
            "      service: { annotations: { example.net/scheme: internet } }\n"
            "      nodeSelector")
        self.edit("orgs/globex/relays/oslo.yaml", "  port: 30202\n", "  port: 30202\n  dns: oslo-2.relays.example\n")
        self.commit("Load balancers")
        self.namespace = f"{self.cluster.prefix}globex"
        self.clouds = []
        self.server = Server(
            folder / "server", self.cluster.repo, settings={
                "target": {"kind": "kubernetes", "kubeconfig": KUBECONFIG, "namespace": self.cluster.namespace, "reach": "directly"}})
        self.server.settings["regions"] = ["eu-north"]

    def edit(self, path, old, new):
        self.cluster.edit(path, old, new)

    def commit(self, subject):
        git("commit", "-qam", subject, cwd=self.cluster.repo)

    def cloud(self):
        self.clouds.append(Cloud(self.namespace))
        return self.clouds[-1]

    def service(self, name="oslo-1"):
        return get("service", name, "-n", self.namespace)

    def status(self):
        """The relays of `wpex status` by name, from its JSON."""
        result = wpex("status", "--state", self.cluster.state, "--output", "json", check=False)
        document = json.loads(result.stdout or "{}")
        return {relay["relay"]: relay for relay in document.get("regions", {}).get("eu-north", {}).get("relays", [])}

    def line(self, name="oslo-1"):
        """The line of a relay in `wpex status --relays`."""
        text = wpex("status", "--relays", "--state", self.cluster.state, check=False).stdout
        return next((line for line in text.splitlines() if line.startswith(f"globex/{name} ")), "")

    def api(self, path=RELAY):
        answer = self.server.get(path, "admin")
        assert answer.status == 200, (path, answer.status, answer.body)
        return answer.json

    def endpoint(self, path=RELAY):
        return self.api(path)["endpoint"], self.api(path)["endpointState"]

    def until(self, condition, what):
        self.cluster.until(condition, what, timeout=60)

    def known(self, endpoint):
        """Waits until everybody who shows the endpoint of oslo-1 shows this one."""
        self.until(lambda: self.status().get("oslo-1", {}).get("endpoint") == endpoint, f"the daemon knows {endpoint}")
        assert f" {endpoint} " in self.line()
        until(lambda: self.endpoint() == (endpoint, "known"), f"the status server knows {endpoint}", self.server.log, timeout=60)
        assert f"Endpoint = {endpoint}\n" in self.api(CLIENT)["text"] and self.api(CLIENT)["endpointState"] == "known"
        # What lists and pages show is the same.
        listed = {relay["id"]: relay["endpoint"] for relay in self.api("/api/v1/relays?limit=500")["items"]}
        assert listed["globex/oslo-1"] == endpoint

    def pending(self):
        self.until(lambda: self.status().get("oslo-1", {}).get("endpointState") == "pending", "the daemon says pending")
        assert "endpoint" not in self.status()["oslo-1"]
        assert " pending " in self.line() and "its load balancer has no address yet" in self.line()
        until(lambda: self.endpoint() == (None, "pending"), "the status server says pending", self.server.log, timeout=60)
        assert "Endpoint = <pending: the relay's load balancer has no address yet>:30201\n" in self.api(CLIENT)["text"]

    def close(self):
        for cloud in self.clouds:
            cloud.end()
        self.cluster.close()


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    yield made
    made.close()


def test_endpoints_are_what_the_cloud_says(world):
    cloud = world.cloud()
    world.cluster.start()
    with world.server:
        world.pending()
        assert world.endpoint(NAMED) == (None, "pending")
        service = world.service()
        assert service["spec"]["type"] == "LoadBalancer" and service["spec"]["externalTrafficPolicy"] == "Local"
        assert service["metadata"]["annotations"]["example.net/scheme"] == "internet"
        # A host name, then an address, then another family: what everybody shows follows.
        cloud.give(hostname="lb-1.cloud.example")
        world.known("lb-1.cloud.example:30201")
        cloud.give(ip="192.0.2.7")
        world.known("192.0.2.7:30201")
        cloud.give(ip="2001:db8::7")
        world.known("[2001:db8::7]:30201")
        # external-dns publishes the declared name once there is an address behind it.
        assert cloud.seen["oslo-2"]["external-dns.alpha.kubernetes.io/hostname"] == "oslo-2.relays.example"
        until(lambda: world.endpoint(NAMED) == ("oslo-2.relays.example:30202", "known"), "the name is known", world.server.log)
        world.until(lambda: world.status()["oslo-2"].get("endpoint") == "oslo-2.relays.example:30202", "the daemon knows the name")
        # The cloud's status and annotations of its own are not drift.
        kubectl("annotate", "service", "oslo-1", "-n", world.namespace, "example.net/by-the-cloud=yes")
        world.edit("platform.yaml", "example.net/scheme: internet", "example.net/scheme: internal")
        world.commit("Another annotation")
        world.until(lambda: world.service()["metadata"]["annotations"]["example.net/scheme"] == "internal", "the annotation changes")
        assert world.service()["metadata"]["annotations"]["example.net/by-the-cloud"] == "yes"
        world.known("[2001:db8::7]:30201")
        # Without a load balancer, peers reach it at the region's host again.
        world.edit("orgs/globex/relays/oslo.yaml", "  port: 30201\n", "  port: 30201\n  exposure: NodePort\n")
        world.commit("A node port")
        world.known("relay.eu-north.nordsud.example:30201")
        world.edit("platform.yaml", "publicHost: relay.eu-north.nordsud.example", 'publicHost: "2001:db8::1"')
        world.commit("An address of IPv6")
        world.known("[2001:db8::1]:30201")
    assert "object.failed" not in world.cluster.actions()


class LaterServer(APIProxy):
    """A proxy in front of the API server that knows `loadBalancerClass` of Services, by the rules of Kubernetes 1.24 and later: only
    Services with a load balancer have one, and it does not change while they do."""

    def __init__(self, folder):
        # The class and the type of each Service, by its path; and the types in the order of writes.
        self.classes, self.types, self.writes = {}, {}, []
        super().__init__(folder, {"token": "t"})

    def answer(self, request, body):
        place = request.path.split("?")[0]
        if request.command == "PATCH" and re.search(r"/services/[^/]+$", place):
            manifest = json.loads(body)
            kind, balancer = manifest["spec"]["type"], manifest["spec"].pop("loadBalancerClass", None)
            old = self.types.get(place)
            reason = None
            if kind != "LoadBalancer" and balancer:
                reason = "may only be used when `type` is 'LoadBalancer'"
            elif kind == old == "LoadBalancer" and balancer != self.classes[place]:
                reason = "may not change once set"
            if reason:
                self.send(request, 422, json.dumps({
                    "kind": "Status", "status": "Failure", "code": 422, "reason": "Invalid", "message": f"spec.loadBalancerClass: {reason}",
                    "details": {"causes": [{"reason": "FieldValueInvalid", "message": reason, "field": "spec.loadBalancerClass"}]}}).encode())
                return
            if "dryRun" not in request.path:
                self.classes[place], self.types[place] = balancer, kind
                self.writes.append((place.rsplit("/", 1)[1], kind, balancer))
            body = json.dumps(manifest).encode()
        super().answer(request, body)


def test_another_class_is_another_load_balancer(cluster):
    server = LaterServer(cluster.folder)
    target = {"kubeconfig": str(server.kubeconfig), "namespace": cluster.namespace}
    region = "      exposure: LoadBalancer\n      service: { loadBalancerClass: example.net/%s }\n      nodeSelector"
    cluster.edit("platform.yaml", "      exposure: NodePort\n      nodeSelector", region % "first")
    cluster.once(target=target)
    place = ("service", "oslo-1", "-n", f"{cluster.prefix}globex")
    before = get(*place)
    assert before["spec"]["type"] == "LoadBalancer" and ("oslo-1", "LoadBalancer", "example.net/first") in server.writes
    before["status"] = {"loadBalancer": {"ingress": [{"ip": "192.0.2.7"}]}}
    kubectl("replace", "--raw", f"/api/v1/namespaces/{place[3]}/services/oslo-1/status", "-f", "-", input=json.dumps(before))
    server.writes.clear()
    # Nothing changes, so nothing is written.
    cluster.once(target=target)
    assert server.writes == []
    cluster.edit("platform.yaml", "example.net/first", "example.net/second")
    cluster.once(target=target)
    assert [write for write in server.writes if write[0] == "oslo-1"] == [
        ("oslo-1", "ClusterIP", None), ("oslo-1", "LoadBalancer", "example.net/second")]
    after = get(*place)
    for field in ("uid", "name"):
        assert after["metadata"][field] == before["metadata"][field]
    assert after["spec"]["clusterIP"] == before["spec"]["clusterIP"] and after["spec"]["externalTrafficPolicy"] == "Local"
    # To take the class away is a change too.
    cluster.edit("platform.yaml", "      service: { loadBalancerClass: example.net/second }\n", "")
    cluster.once(target=target)
    assert server.writes[-1][1:] == ("LoadBalancer", None)
    assert "object.failed" not in cluster.actions()
