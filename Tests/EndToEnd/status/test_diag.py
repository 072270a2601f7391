"""`wpex diag` with a real `wpex up`: relays measure for permitted users, every run is recorded, results are shown to
viewers of metrics, and tokens appear nowhere."""

import hashlib
import json
import os
import pathlib
import signal
import subprocess
import time

import pytest

from support.answers import ask
from support.events import Events
from support.git import git
from support.network import free_port
from support.program import WPEX
from support.repository import repository
from support.up import Up
from support.viewers import token, user
from support.waiting import until

RELAY = "acme/milan-1"
FOREIGN_ENGINEER = "foreign-engineer"


class Measured(Up):
    """A running `wpex up` whose relays are queried."""

    def remote(self, *arguments, who="engineer", url=None):
        """`wpex diag` of a user who has the server's address, a token, and no file of wpex."""
        return self.diag(*arguments, "--server", url or self.url, who=who, state=self.folder / "nothing")

    def diag(self, *arguments, who=None, variable=None, state=None):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("WPEX_")}
        if variable:
            environment["WPEX_TOKEN"] = variable
        extra = []
        if who:
            file = self.folder / f"token-{who}"
            file.write_text(token(who) + "\n")
            extra = ["--token-file", str(file)]
        process = subprocess.Popen(
            [WPEX, "diag", *arguments, "--state", state or self.folder / "state", *extra], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, env={**environment, "NO_COLOR": "1"})
        seen = b""
        while process.poll() is None:
            seen = seen or pathlib.Path(f"/proc/{process.pid}/cmdline").read_bytes()
            time.sleep(0.005)
        out, err = process.communicate()
        self.said.append(out + err + seen.decode())
        return Outcome(process.returncode, out, err)

    def audit(self, *arguments):
        result = subprocess.run(
            [WPEX, "audit", *arguments, "--state", self.folder / "state"], capture_output=True, text=True, timeout=60)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    def runs(self):
        return json.loads(self.audit("list", "--action", "diagnostics.run", "--limit", "1000", "--output", "json"))

    def newest(self, count):
        return [(run.get("user"), run.get("org"), run["name"], run["detail"]) for run in self.runs()[-count:]]

    def ask(self, path, who):
        return self.get(path, bearer=token(who))

    def get(self, path, bearer=None):
        mine, self.bearer = self.bearer, bearer or self.bearer
        try:
            return super().get(path)
        finally:
            self.bearer = mine

    @property
    def relay_tokens(self):
        return [path.read_text() for path in (self.folder / "state/local/relays").rglob("token")]


class Outcome:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("diag")
    repo = repository(folder / "repo")
    (repo / "orgs/globex/users/look-foreign.yaml").write_text(user("look-foreign", "engineer", "active", FOREIGN_ENGINEER))
    fenced = user("look-fenced", "engineer", "active", "fenced")
    (repo / "orgs/acme/users/look-fenced.yaml").write_text(fenced.replace("  access:\n", "  access:\n    ipAllowlist: [192.0.2.0/24]\n"))
    old = user("look-expired", "engineer", "active", "expired")
    (repo / "orgs/acme/users/look-expired.yaml").write_text(old.rstrip("\n") + "\n        expires: 2020-01-01\n")
    limits = repo / "orgs/acme/organization.yaml"
    limits.write_text(limits.read_text().replace("users: 10,", "users: 20,"))
    # Tenants' targets on this machine are on loopback, which is forbidden by default; ::1 stays forbidden.
    platform = repo / "platform.yaml"
    platform.write_text(platform.read_text().replace(
        "    minimumAdmins: 2\n", "    minimumAdmins: 2\n    probes: { allowedNetworks: [127.0.0.0/8], deniedNetworks: [127.9.0.0/16] }\n"))
    git("add", "-A", cwd=repo)
    git("commit", "-qm", "Somebody from elsewhere", cwd=repo)
    return folder


@pytest.fixture(scope="module")
def up(folder):
    running = Measured(folder)
    running.said = []
    try:
        yield ready(running)
    finally:
        running.stop()


def ready(up):
    up.login()
    until(lambda: up.get("/api/v1/kpi").json["relays"]["running"] == 7, "relays are seen to run", up.log)
    return up


@pytest.mark.parametrize("target", ["::1", "10.0.0.1", "127.9.0.1", "localhost.", "0x7f090001", "::ffff:127.9.0.1"])
def test_tenants_measure_nothing_of_the_providers(up, target):
    found = up.diag("traceroute", RELAY, target, "--max-hops", "1", who="engineer")
    assert found.code == 1 and "probe" in found.err, found
    assert up.newest(1)[0][3].startswith(f"traceroute {target}: refused; ")


def test_whose_machine_it_is_measures_everything(up):
    found = up.diag("traceroute", RELAY, "127.9.0.1", "--output", "json")
    assert found.code == 0 and found.json["hops"][-1]["address"] == "127.9.0.1", found


def test_ping(up, pinging):
    found = up.diag("ping", RELAY, "127.0.0.1", "--count", "3", "--output", "json", who="engineer")
    assert found.code == 0, found.err
    assert found.json["reached"] is True and found.json["by"] == "acme/look-engineer" and found.json["address"] == "127.0.0.1"
    assert found.json["sent"] == found.json["received"] == 3 == len(found.json["milliseconds"]) and found.json["lossPercent"] == 0
    assert up.newest(2) == [
        ("acme/look-engineer", "acme", "milan-1", "ping 127.0.0.1: begun"),
        ("acme/look-engineer", "acme", "milan-1", f"ping 127.0.0.1: reached; {found.json['summary']}"),
    ]
    text = up.diag("ping", RELAY, "127.0.0.1", who="engineer")
    assert text.code == 0 and "4 of 4 answered" in text.out and not text.err


def test_bench_asks_the_relay_again_and_again(up, pinging):
    found = up.diag("bench", RELAY, "127.0.0.1", "--count", "130", "--output", "json", who="engineer")
    assert found.code == 0, found.err
    assert found.json["sent"] == found.json["received"] == 130
    times = found.json["times"]
    assert times["minimum"] <= times["median"] <= times["percentile95"] <= times["percentile99"] <= times["maximum"]
    assert up.newest(1)[0][3].startswith("bench 127.0.0.1: reached; 130 of 130 answered")


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_what_is_interrupted_is_recorded_as_such(up, pinging, sign):
    before = len(up.runs())
    process = subprocess.Popen(
        [WPEX, "diag", "bench", RELAY, "127.0.0.1", "--count", "1000", "--state", up.folder / "state"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    until(lambda: len(up.runs()) == before + 1, "it has begun", up.log)
    process.send_signal(sign)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 3 and "interrupted" in err and not out, err
    assert [run["detail"] for run in up.runs()[before:]] == [
        "bench 127.0.0.1: begun", "bench 127.0.0.1: failed; interrupted before the relay was done"]


def test_traceroute(up):
    found = up.diag("traceroute", RELAY, "127.0.0.1", "--output", "json", who="engineer")
    assert found.code == 0, found.err
    assert found.json["hops"][-1]["address"] == "127.0.0.1" and found.json["hops"][-1]["reached"] is True
    assert up.diag("traceroute", RELAY, "127.0.0.1", who="engineer").out.startswith("to 127.0.0.1\nHOP")


@pytest.mark.parametrize("who, code, part", [
    # The custom role has diagnostics:run.
    ("admin", 0, ""), ("engineer", 0, ""),
    ("executive", 1, "`diagnostics:run`"), ("viewer", 1, "`diagnostics:run`"), ("custom", 0, ""),
    ("watcher", 1, "`diagnostics:run`"),
    ("disabled", 1, "no active user"), ("pending", 1, "no active user"), ("disabled-admin", 1, "no active user"),
    ("expired", 1, "expired"), ("nobody", 1, "no active user"), ("fenced", 1, "ipAllowlist"),
    (FOREIGN_ENGINEER, 1, f"there is no relay `{RELAY}`"),
])
def test_who_may(up, who, code, part):
    before = len(up.runs())
    found = up.diag("traceroute", RELAY, "127.0.0.1", who=who)
    assert found.code == code and part in found.err, found.err
    records = up.runs()[before:]
    if code == 0:
        assert [record["detail"].split(": ", 1)[1][:7] for record in records] == ["begun", "reached"]
    else:
        # Refused and recorded, but not started.
        assert len(records) == 1 and records[0]["detail"].startswith("traceroute 127.0.0.1: refused; "), records
        assert not found.out


def test_the_token_of_the_environment_counts_too(up):
    assert up.diag("traceroute", RELAY, "127.0.0.1", variable=token("engineer")).code == 0
    assert up.diag("traceroute", RELAY, "127.0.0.1", variable=token("viewer")).code == 1


def test_foreign_and_missing_relays_are_refused_alike(up):
    before = len(up.runs())
    foreign = up.diag("traceroute", "globex/oslo-1", "127.0.0.1", who="engineer")
    missing = up.diag("traceroute", "globex/oslo-9", "127.0.0.1", who="engineer")
    nowhere = up.diag("traceroute", "nowhere/oslo-1", "127.0.0.1", who="engineer")
    assert {foreign.code, missing.code, nowhere.code} == {1}
    assert foreign.err.replace("globex/oslo-1", "X") == missing.err.replace("globex/oslo-9", "X") == nowhere.err.replace("nowhere/oslo-1", "X")
    # Only the platform sees the attempt; the other organization learns nothing about users of this one.
    records = up.runs()[before:]
    assert [(record["user"], record.get("org"), record["name"]) for record in records] == [("acme/look-engineer", None, "globex/oslo-1")]
    shown = up.ask("/api/v1/audit?action=diagnostics.run&limit=200", FOREIGN_ENGINEER).body.decode()
    assert "look-engineer" not in shown


def test_whoever_owns_the_machine_needs_no_token(up):
    found = up.diag("traceroute", "globex/oslo-1", "127.0.0.1", "--output", "json")
    assert found.code == 0 and found.json["by"], found.err
    assert up.newest(1)[0][:3] == (found.json["by"], "globex", "oslo-1")


@pytest.mark.parametrize("arguments, code, part", [
    (("ping", RELAY, "224.0.0.1"), 1, "multicast"),
    (("ping", RELAY, "$(id)"), 1, "no host"),
    (("ping", "acme/milna-1", "127.0.0.1"), 1, "did you mean `acme/milan-1`?"),
    (("ping", "milan-1", "127.0.0.1"), 2, "ORG/RELAY"),
    (("ping", "acme/../x", "127.0.0.1"), 2, "ORG/RELAY"),
    (("ping", RELAY, "two words"), 2, "host name"),
    (("ping", RELAY, "127.0.0.1", "--count", "21"), 2, "wpex diag bench"),
    (("ping", RELAY, "127.0.0.1", "--timeout", "5"), 2, "--timeout"),
    (("traceroute", RELAY, "127.0.0.1", "--max-hops", "65"), 2, "--max-hops"),
    (("bench", RELAY, "127.0.0.1", "--count", "0"), 2, "--count"),
    (("ping", RELAY, "127.0.0.1", "--reach", "server"), 2, "--kubeconfig"),
    (("ping", RELAY, "127.0.0.1", "--token-file", "/nowhere"), 3, "/nowhere"),
    (("ping", RELAY, "127.0.0.1", "--store", "/nowhere/audit.sqlite"), 3, "cannot measure, because the audit log is not writable"),
    (("ping", RELAY, "127.0.0.1", "--kubeconfig", "/nowhere"), 1, "/nowhere"),
    (("ping", RELAY, "127.0.0.1", "--server", "http://wpex.example.org"), 2, "https"),
    (("ping", RELAY, "127.0.0.1", "--server", "https://wpex.example.org", "--store", "x"), 2, "--store"),
    (("ping", RELAY, "127.0.0.1", "--server", "http://127.0.0.1:1"), 2, "API token"),
])
def test_what_does_not_go(up, arguments, code, part):
    found = up.diag(*arguments)
    assert found.code == code and part in found.err and not found.out, found.err


def test_a_refused_target_is_recorded(up):
    assert up.diag("ping", RELAY, "224.0.0.1", who="engineer").code == 1
    assert [run[3] for run in up.newest(2)] == ["ping 224.0.0.1: begun", "ping 224.0.0.1: refused; 224.0.0.1 is a multicast address"]


def test_results_show_to_who_may_see_figures(up):
    address = "/api/v1/relays/acme/milan-1"
    tag = dict(up.ask(address, "viewer").headers)["ETag"]
    events = Events(up, bearer=token("viewer"))
    events.read(1)
    found = up.diag("traceroute", RELAY, "127.0.0.1", "--output", "json", who="engineer")

    def first(who):
        return (up.ask(address, who).json.get("diagnostics") or [{}])[0]

    until(lambda: first("engineer").get("outcome") == "reached" and first("engineer")["id"] == found.json["id"], "it shows", up.log)
    shown = first("engineer")
    assert shown["kind"] == "traceroute" and shown["target"] == "127.0.0.1" and shown["reached"] is True
    assert shown["summary"] == found.json["summary"] and shown["by"] == "acme/look-engineer"
    # One entry for each run, not for each record; and a bounded number of them.
    ids = [one["id"] for one in up.ask(address, "engineer").json["diagnostics"]]
    assert len(ids) == len(set(ids)) <= 10
    # Viewers see figures; only readers of the audit log see the caller.
    assert first("viewer")["id"] == found.json["id"] and not first("viewer").get("by")
    assert not up.ask(address, "watcher").json.get("diagnostics") and found.json["id"] not in up.ask(address, "watcher").body.decode()
    assert dict(up.ask(address, "viewer").headers)["ETag"] != tag
    assert any(name == "change" and data["topic"] == "relays" for name, data in events.read(3))
    events.close()


def test_a_stopped_relay_says_so(up):
    file = up.repo / "orgs/acme/relays/milan-guests.yaml"
    file.write_text(file.read_text().replace("spec:", "spec:\n  state: stopped", 1))
    git("commit", "-qam", "Stop a relay", cwd=up.repo)
    until(lambda: up.get("/api/v1/relays/acme/milan-guests").json["status"] == "stopped", "it is stopped", up.log)
    found = up.diag("ping", "acme/milan-guests", "127.0.0.1", who="engineer")
    assert found.code == 1 and "wpex relay start acme/milan-guests" in found.err
    assert up.newest(1)[0][3].startswith("ping 127.0.0.1: failed; relay `acme/milan-guests` is stopped")


def test_a_relay_that_hangs_is_given_up(up):
    process = int(up.get("/api/v1/relays/acme/milan-1").json["instances"][0]["name"].split()[1])
    os.kill(process, signal.SIGSTOP)
    try:
        found = up.diag("ping", RELAY, "127.0.0.1", "--count", "1", "--timeout", "50", who="engineer")
    finally:
        os.kill(process, signal.SIGCONT)
    assert found.code == 3 and "does not answer within" in found.err
    assert up.newest(1)[0][3].startswith("ping 127.0.0.1: failed; ")
    until(lambda: up.diag("traceroute", RELAY, "127.0.0.1", who="engineer").code == 0, "it answers again", up.log)


def test_by_a_server_nothing_but_a_token_is_needed(up, pinging):
    found = up.remote("ping", RELAY, "127.0.0.1", "--count", "3", "--output", "json")
    assert found.code == 0, found.err
    own = up.diag("ping", RELAY, "127.0.0.1", "--count", "3", "--output", "json", who="engineer")
    assert found.json.keys() == own.json.keys() and found.json["received"] == 3 and found.json["by"] == "acme/look-engineer"
    assert up.newest(4)[:2] == [
        ("acme/look-engineer", "acme", "milan-1", "ping 127.0.0.1: begun"),
        ("acme/look-engineer", "acme", "milan-1", f"ping 127.0.0.1: reached; {found.json['summary']}"),
    ]
    assert up.remote("traceroute", RELAY, "127.0.0.1").out.startswith("to 127.0.0.1\nHOP")
    # Longer than the pulse of the answer: 140 pings in 7 rounds, of which a relay takes five at once.
    bench = up.remote("bench", RELAY, "127.0.0.1", "--count", "140", "--output", "json")
    assert bench.code == 0 and bench.json["received"] == 140, bench.err
    assert not (up.folder / "nothing").exists()


@pytest.mark.parametrize("who, relay, target, code, part, records", [
    ("viewer", RELAY, "127.0.0.1", 1, "`diagnostics:run`", [("acme/look-viewer", "acme", "milan-1", "permission")]),
    ("fenced", RELAY, "127.0.0.1", 1, "does not allow the address 127.0.0.1", [("acme/look-fenced", None, RELAY, "ipAllowlist")]),
    (FOREIGN_ENGINEER, RELAY, "127.0.0.1", 1, f"there is no relay `{RELAY}`", [("globex/look-foreign", None, RELAY, "out of reach")]),
    (FOREIGN_ENGINEER, "acme/milan-9", "127.0.0.1", 1, "there is no relay `acme/milan-9`", []),
    ("engineer", RELAY, "10.0.0.1", 1, "probe", [("acme/look-engineer", "acme", "milan-1", "begun"), ("acme/look-engineer", "acme", "milan-1", "probe")]),
])
def test_by_a_server_the_same_is_refused_and_recorded(up, who, relay, target, code, part, records):
    before = len(up.runs())
    found = up.remote("traceroute", relay, target, "--max-hops", "1", who=who)
    assert found.code == code and part in found.err and not found.out, found.err
    seen = [(run.get("user"), run.get("org"), run["name"], run["detail"]) for run in up.runs()[before:]]
    assert [run[:3] for run in seen] == [record[:3] for record in records] and all(record[3] in run[3] for run, record in zip(seen, records)), seen


def test_a_client_that_goes_away_ends_its_measurement(up, pinging):
    before = len(up.runs())
    file = up.folder / "token-leaving"
    file.write_text(token("admin"))
    process = subprocess.Popen(
        [WPEX, "diag", "bench", RELAY, "127.0.0.1", "--count", "1000", "--server", up.url, "--token-file", file],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    until(lambda: len(up.runs()) == before + 1, "it has begun", up.log)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 3 and "interrupted" in err and not out, err
    until(lambda: len(up.runs()) == before + 2, "it has ended", up.log, timeout=20)
    assert up.runs()[-1]["detail"] == "bench 127.0.0.1: failed; interrupted before the relay was done"


def test_http_of_measurements(up):
    url = f"{up.url}/api/v1/relays/{RELAY}/measurements"
    body = {"kind": "traceroute", "target": "127.0.0.1", "maxHops": 1, "timeoutMilliseconds": 500}
    bearer = token("custom")
    assert ask(url, body=body, bearer=bearer).json["outcome"] == "reached"
    assert ask(url, bearer=bearer).status == 405
    assert ask(url, body=b" " * 5000, bearer=bearer, headers={"Content-Type": "application/json"}).status == 413
    assert ask(url, body=json.dumps(body).encode(), bearer=bearer, headers={"Content-Type": "text/plain"}).status == 415
    assert ask(url, body={**body, "privateTargets": True}, bearer=bearer).status == 400
    # A page cannot make its visitor measure, and the printed token is of whoever has the machine.
    session = ask(up.url + "/login", body={"token": bearer})
    assert session.status == 204 and ask(url, body=body, headers={"Cookie": session.cookie}).status == 401


def test_wrong_tokens_have_to_wait(up):
    for _ in range(5):
        found = up.remote("traceroute", RELAY, "127.0.0.1", who="nobody")
        assert found.code == 1 and "no active user" in found.err
    found = up.remote("traceroute", RELAY, "127.0.0.1")
    assert found.code == 3 and "too many wrong tokens" in found.err
    until(lambda: up.remote("traceroute", RELAY, "127.0.0.1").code == 0, "the pause is over", up.log)


def test_the_log_stays_intact_and_no_token_is_anywhere(up):
    assert "are intact" in up.audit("verify")
    secrets = up.relay_tokens + [token(who) for who in ("admin", "engineer", "viewer", FOREIGN_ENGINEER, "nobody")]
    assert len(set(up.relay_tokens)) == len(up.relay_tokens) >= 7
    assert all(oct(path.stat().st_mode & 0o777) == "0o600" for path in (up.folder / "state/local/relays").rglob("token"))
    haystacks = {"what diag said": "".join(up.said), "audit": up.audit("export"), "log": up.log.read_text()}
    for path in (up.folder / "state").rglob("*"):
        if path.is_file() and path.name not in ("token", "config.json"):
            haystacks[str(path)] = path.read_bytes().decode("latin-1")
    for path in ("/api/v1/relays/acme/milan-1", "/api/v1/audit?limit=200", "/api/v1/sync", "/metrics", "/api/v1/relays"):
        haystacks[path] = up.get(path).body.decode()
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            haystacks[f"{process}"] = (process / "cmdline").read_bytes().decode("latin-1")
        except OSError:
            continue
    for place, text in haystacks.items():
        assert not any(secret in text for secret in secrets), place
    assert hashlib.sha256(token("engineer").encode()).hexdigest() not in haystacks["what diag said"] + haystacks["audit"]


def test_results_outlive_the_server_and_need_the_daemon(up):
    def ids():
        return [one["id"] for one in up.get("/api/v1/relays/acme/milan-1").json["diagnostics"]]

    last = up.diag("traceroute", RELAY, "127.0.0.1", "--output", "json").json["id"]
    until(lambda: ids()[0] == last, "the last one is shown", up.log)
    before, tokens = ids(), sorted(up.relay_tokens)
    assert up.stop() == 0
    found = up.diag("ping", RELAY, "127.0.0.1")
    assert found.code == 3 and "does not run" in found.err
    again = Measured(up.folder)
    again.said = []
    try:
        again.login()
        until(lambda: again.get("/api/v1/relays/acme/milan-1").json["diagnostics"], "they are shown again", again.log)
        assert [one["id"] for one in again.get("/api/v1/relays/acme/milan-1").json["diagnostics"]] == before
        assert sorted(again.relay_tokens) == tokens
        until(lambda: again.diag("traceroute", RELAY, "127.0.0.1").code == 0, "it measures again", again.log)
    finally:
        again.stop()


def test_a_daemon_measures_only_if_it_is_set_to(up, folder, tmp_path):
    """`wpex sync run` has the route on the address of its webhook, next to relays of its own."""
    # Both would have relays at the same ports.
    up.stop()
    state = tmp_path / "state"
    settings = tmp_path / "sync.json"

    def start(**http):
        port = free_port()
        settings.write_text(json.dumps({
            "repository": {"url": str(folder / "repo"), "interval": 1}, "target": {"kind": "local"}, "state": str(state),
            "demonstration": True, "http": {"listen": f"127.0.0.1:{port}", "trustedProxies": "127.0.0.1", **http}}))
        log = tmp_path / "log"
        process = subprocess.Popen([WPEX, "sync", "run", "--config", settings], stderr=open(log, "a"), stdout=subprocess.DEVNULL)
        until(lambda: ask(f"http://127.0.0.1:{port}/readyz").status == 200, "it has applied", log, process=process)
        return process, f"http://127.0.0.1:{port}", log

    process, url, log = start()
    try:
        found = up.remote("traceroute", RELAY, "127.0.0.1", url=url)
        assert found.code == 3 and "`http.measurements`" in found.err
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
    process, url, log = start(measurements=True)
    try:
        until(lambda: up.remote("traceroute", RELAY, "127.0.0.1", url=url).code == 0, "it measures", log)
        assert up.remote("traceroute", RELAY, "127.0.0.1", url=url, who="viewer").code == 1
        route = f"{url}/api/v1/relays/{RELAY}/measurements"
        body = {"kind": "traceroute", "target": "127.0.0.1", "maxHops": 1, "timeoutMilliseconds": 500}

        def status(who, address):
            return ask(route, body=body, bearer=token(who), headers={"X-Forwarded-For": address}).status

        # The client's own address counts, as the trusted proxy says.
        assert status("fenced", "192.0.2.9") == 200 and status("fenced", "198.51.100.9") == 401
        assert [status("nobody", "203.0.113.9") for _ in range(6)] == [401] * 5 + [429]
        assert status("engineer", "203.0.113.9") == 429 and status("engineer", "203.0.113.10") == 200
        runs = json.loads(subprocess.run(
            [WPEX, "audit", "list", "--action", "diagnostics.run", "--state", state, "--output", "json"],
            capture_output=True, text=True, check=True).stdout)
        assert len([run for run in runs if not run.get("user")]) == 1
        text = log.read_text() + json.dumps(runs)
        assert not any(token(who) in text for who in ("engineer", "viewer", "fenced", "nobody"))
        assert "are intact" in subprocess.run(
            [WPEX, "audit", "verify", "--state", state], capture_output=True, text=True, check=True).stdout
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def test_without_any_daemon(tmp_path):
    result = subprocess.run(
        [WPEX, "diag", "ping", RELAY, "127.0.0.1", "--state", tmp_path / "nothing"], capture_output=True, text=True)
    assert result.returncode == 3 and "wpex up" in result.stderr and not (tmp_path / "nothing").exists()
