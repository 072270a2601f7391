"""A running `wpex up` on sample-repo, with a user of each role who may log in."""

import os
import pathlib
import signal
import subprocess

from support.answers import ask
from support.network import free_port
from support.program import ROOT, WPEX
from support.sample import copy_sample, edit
from support.viewers import WATCHER, token, user
from support.waiting import until

SCREENSHOTS = ROOT / "out/screenshots"

# Roles, and whether their users are global. The watcher's custom role sees relays and no figures.
ROLES = {"admin": True, "executive": True, "engineer": False, "viewer": False, "noc": False, "watcher": False}

# Every page, with the permission that it requires and the English text of its heading.
PAGES = {
    "overview": ("/", None, "Overview"),
    "relays": ("/relays", "relays:read", "Relays"),
    "relay": ("/relays/acme/milan-1", "relays:read", "milan-1"),
    "relay-peers": ("/relays/acme/milan-1?tab=peers", "metrics:read", "milan-1"),
    "relay-events": ("/relays/acme/milan-1?tab=events", "relays:read", "milan-1"),
    "relay-log": ("/relays/acme/milan-1?tab=log", "relays:read", "milan-1"),
    "relay-probes": ("/relays/acme/milan-1?tab=probes", "metrics:read", "milan-1"),
    "relay-client": ("/relays/acme/milan-1?tab=client&key=headquarters", "relays:read", "milan-1"),
    "relay-specification": ("/relays/acme/milan-1?tab=specification", "relays:read", "milan-1"),
    "keys": ("/keys", "relays:read", "Keys"),
    "key": ("/keys/acme/headquarters", "relays:read", None),
    "orgs": ("/orgs", "orgs:read", "Organizations"),
    "org": ("/orgs/acme", "orgs:read", "Acme Logistica S.p.A."),
    "users": ("/users", "users:read", "Users"),
    "roles": ("/roles", "users:read", "Roles"),
    "topology": ("/topology", "metrics:read", "Topology"),
    "topology-table": ("/topology?view=table", "metrics:read", "Topology"),
    "alerts": ("/alerts", "metrics:read", "Alerts"),
    "audit": ("/audit", "audit:read", "Audit log"),
    "sync": ("/sync", "relays:read", "Sync"),
    "account": ("/account", None, "Account"),
    "missing": ("/nowhere-of-ours", None, None),
}


class Console:
    """`wpex up` in its own folder."""

    def __init__(self, folder, ports):
        """`ports`: offset of the sample's relay ports, so that two consoles can run side by side."""
        self.folder = pathlib.Path(folder)
        self.repo = self.folder / "repo"
        copy_sample(self.repo, ports)
        # Measurements of this machine, which tenants' may not be by default.
        edit(self.repo, "platform.yaml", "    minimumAdmins: 2\n", "    minimumAdmins: 2\n    probes: { allowedNetworks: [127.0.0.0/8] }\n")
        (self.repo / "roles/watcher.yaml").write_text(WATCHER)
        for role, is_global in ROLES.items():
            place = self.repo / ("users" if is_global else "orgs/acme/users")
            (place / f"look-{role}.yaml").write_text(user(f"look-{role}", role, who=role, display=f"Somebody who is {role}"))
        self.log = self.folder / "log"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()
        until(lambda: self.get("/api/v1/kpi")["relays"]["running"] >= 7, "relays run", self.log, 60)
        until(lambda: self.get("/api/v1/relays/acme/milan-1")["freshness"] == "live", "figures are read", self.log, 60)
        self.measure("traceroute", "127.0.0.1", "engineer")
        self.measure("ping", "224.0.0.1", "engineer")
        until(lambda: len(self.get("/api/v1/relays/acme/milan-1")["diagnostics"]) >= 2, "measurements are shown", self.log, 60)

    def start(self):
        self.process = subprocess.Popen(
            [WPEX, "up", "--repo", self.repo, "--state", self.folder / "state", "--interval", "0.2", "--status-port", str(self.port)],
            stderr=open(self.log, "a"), stdout=subprocess.DEVNULL,
        )
        until(lambda: ask(self.url + "/readyz", timeout=5).status == 200, "the server is ready", self.log, 60, self.process)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)

    def measure(self, what, target, role):
        return subprocess.run(
            [WPEX, "diag", what, "acme/milan-1", target, "--state", self.folder / "state"], capture_output=True, timeout=60,
            env={**os.environ, "WPEX_TOKEN": token(role)}).returncode

    def get(self, path, role="admin"):
        return ask(self.url + path, bearer=token(role)).good.json

    def permissions(self, role):
        permissions = self.get("/api/v1/me", role)["permissions"]
        return set(permissions["everywhere"]) | set(permissions["inOrganization"])
