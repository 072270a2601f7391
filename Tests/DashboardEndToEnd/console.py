"""A running `wpex up` on sample-repo, with a user of each role who may log in."""

import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
WPEX = os.environ.get("WPEX", str(ROOT / ".build/debug/wpex"))
SCREENSHOTS = ROOT / "out/screenshots"

# Viewers: role, and whether the user is global. The watcher's custom role may read relays, but no metrics.
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

WATCHER = """apiVersion: wpex.io/v1alpha1
kind: Role
metadata:
  name: watcher
spec:
  scope: org
  permissions: [relays:read]
"""


def token(role):
    return f"token-of-{role}-" + hashlib.sha256(role.encode()).hexdigest()[:24]


def user(role):
    return f"""apiVersion: wpex.io/v1alpha1
kind: User
metadata:
  name: look-{role}
spec:
  displayName: Somebody who is {role}
  email: {role}@example.org
  status: active
  roles: [{role}]
  access:
    tokens:
      - name: test
        sha256: {hashlib.sha256(token(role).encode()).hexdigest()}
"""


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def until(condition, what, log, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if condition():
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds} s: {what}\n{log.read_text()[-3000:]}")


class Console:
    """`wpex up` in its own folder."""

    def __init__(self, folder, ports):
        """`ports`: offset of the sample's relay ports, so that two consoles can run side by side."""
        self.folder = pathlib.Path(folder)
        self.repo = self.folder / "repo"
        shutil.copytree(ROOT / "sample-repo", self.repo)
        for path in self.repo.rglob("*.yaml"):
            text = path.read_text()
            path.write_text(re.sub(r"\b30[0-5]\d\d\b(?!-32767)", lambda found: str(int(found[0]) + ports), text))
        # Allows measurements of this machine, which tenants may not do by default.
        platform = self.repo / "platform.yaml"
        platform.write_text(platform.read_text().replace(
            "    minimumAdmins: 2\n", "    minimumAdmins: 2\n    probes: { allowedNetworks: [127.0.0.0/8] }\n"))
        (self.repo / "roles/watcher.yaml").write_text(WATCHER)
        for role, is_global in ROLES.items():
            place = self.repo / ("users" if is_global else "orgs/acme/users")
            (place / f"look-{role}.yaml").write_text(user(role))
        self.log = self.folder / "log"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()
        until(lambda: self.get("/api/v1/kpi")["relays"]["running"] >= 7, "relays run", self.log)
        until(lambda: self.get("/api/v1/relays/acme/milan-1")["freshness"] == "live", "figures are read", self.log)
        self.measure("traceroute", "127.0.0.1", "engineer")
        self.measure("ping", "224.0.0.1", "engineer")
        until(lambda: len(self.get("/api/v1/relays/acme/milan-1")["diagnostics"]) >= 2, "measurements are shown", self.log)

    def start(self):
        self.process = subprocess.Popen(
            [WPEX, "up", "--repo", self.repo, "--state", self.folder / "state", "--interval", "0.2", "--status-port", str(self.port)],
            stderr=open(self.log, "a"), stdout=subprocess.DEVNULL,
        )
        until(lambda: urllib.request.urlopen(self.url + "/readyz", timeout=5).status == 200, "the server is ready", self.log)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)

    def measure(self, what, target, role):
        return subprocess.run(
            [WPEX, "diag", what, "acme/milan-1", target, "--state", self.folder / "state"], capture_output=True, timeout=60,
            env={**os.environ, "WPEX_TOKEN": token(role)}).returncode

    def get(self, path, role="admin"):
        request = urllib.request.Request(self.url + path, headers={"Authorization": f"Bearer {token(role)}"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def permissions(self, role):
        permissions = self.get("/api/v1/me", role)["permissions"]
        return set(permissions["everywhere"]) | set(permissions["inOrganization"])
