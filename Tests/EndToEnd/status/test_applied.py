"""Running relays are shown until they are gone: those of held or failing organizations too, in `wpex up` and `wpex
serve`."""

import os
import signal
import subprocess

import pytest

from support.git import commit as commit_all, git
from support.server import Server
from support.up import Up
from support.waiting import until

RELAY, LAB = "acme/milan-1", "initech/lab-1"


def commit(repo, what):
    return commit_all(repo, what, when="2026-11-22T10:00:00+00:00")


def prepare(repo):
    git("init", "-q", "-b", "main", cwd=repo)
    commit(repo, "All of it")


@pytest.fixture(scope="module")
def up(tmp_path_factory):
    running = Up(tmp_path_factory.mktemp("applied"), prepare=prepare).login()
    until(lambda: running.get("/api/v1/kpi").json["relays"]["running"] == 7, "relays run", running.log)
    until(lambda: all(get(running, f"/relays/{relay}")["metrics"] for relay in (RELAY, LAB)), "they tell their figures", running.log)
    running.first = git("rev-parse", "HEAD", cwd=running.repo)
    yield running
    running.stop()


@pytest.fixture
def server(up, tmp_path):
    with Server(tmp_path / "serve", up.repo, document=up.folder / "state") as server:
        server.bearer = server.local_token
        until(lambda: get(server, "/sync")["state"] != "unknown", "the daemon's state is read", server.log)
        until(lambda: relays(server)[LAB]["status"] == "current", "its relays are known", server.log)
        yield server


def get(server, path):
    return server.get(f"/api/v1{path}", bearer=server.bearer).good.json


def relays(server):
    return {row["id"]: row for row in get(server, "/relays?limit=100")["items"]}


def state_of(server, commit):
    return {one["id"]: one["state"] for one in get(server, "/sync/commits?limit=100")["items"]}.get(commit)


def organization(server, name):
    return next(row for row in get(server, "/sync")["orgs"] if row["org"] == name)


def assert_removal_is_held(server, head):
    row = relays(server)[RELAY]
    assert row["status"] == "current" and row["staying"]["reason"] == "removal-held", row
    assert row["staying"]["commit"] in (None, get(server, "/orgs/acme")["sync"]["commit"])
    assert len(relays(server)) == 12 and get(server, "/kpi")["relays"]["declared"] == 12
    assert [other for other, row in relays(server).items() if row["staying"]] == [RELAY]
    detail = get(server, f"/relays/{RELAY}")
    assert {command["action"] for command in detail["commands"]} <= {"diag-ping", "diag-traceroute", "diag-bench"}
    assert RELAY in get(server, "/keys/acme/headquarters")["relays"]
    assert f"relay:{RELAY}" in {node["id"] for node in get(server, "/topology")["nodes"]}
    assert get(server, "/orgs/acme")["relays"]["declared"] == 4
    sync = get(server, "/sync")
    assert sync["state"] == "held" and (sync["head"]["id"], sync["head"]["state"]) == (head, "held")
    assert state_of(server, head) == "held"
    # A hold is counted once.
    changes = sum(plan["changes"] for plan in sync["held"])
    assert changes > 0 and organization(server, "acme")["held"] == changes == get(server, "/kpi")["sync"]["held"]
    assert get(server, "/orgs/acme")["sync"]["held"] == changes
    reasons = [reason for plan in sync["held"] for reason in plan["reasons"]]
    assert reasons[0]["reasonStatements"] == [{"code": "held-protected", "parameters": {"relay": "milan-1"}}], reasons
    outcomes = {part["code"]: part["parameters"]["count"] for region in sync["regions"] for part in region["outcomeStatements"]}
    assert outcomes["objects-held"] == changes and outcomes["objects-unchanged"] > 0, outcomes
    alert = get(server, "/alerts?kind=sync-held")["items"][0]
    assert alert["value"] == changes and alert["detail"].startswith(f"{changes} object change"), alert
    assert alert["detailStatements"] == [{"code": "changes-held", "parameters": {"count": changes}}], alert


def test_a_relay_whose_removal_is_held(up, server):
    before = get(up, f"/relays/{RELAY}")
    file = up.repo / "orgs/acme/relays/milan-1.yaml"
    text = file.read_text()
    file.unlink()
    head = commit(up.repo, "milan-1 goes")
    until(lambda: state_of(up, head) == "held", "its removal is held", up.log)
    assert_removal_is_held(up, head)
    until(lambda: state_of(server, head) == "held", "wpex serve follows", server.log)
    assert_removal_is_held(server, head)
    assert get(up, f"/relays/{RELAY}")["instances"][0]["name"] == before["instances"][0]["name"]
    file.write_text(text)
    back = commit(up.repo, "milan-1 stays")
    until(lambda: state_of(up, back) == "applied", "it is declared again", up.log)
    assert state_of(up, head) == "applied" and not any(row["staying"] for row in relays(up).values())


def assert_is_kept(server, broken, good):
    row = relays(server)[LAB]
    assert row["staying"]["reason"] == "kept" and row["staying"]["commit"] == good, row
    assert get(server, "/orgs/initech")["relays"]["declared"] == len([other for other in relays(server) if other.startswith("initech/")]) > 0
    assert organization(server, "initech")["state"] == "kept" and organization(server, "initech")["commit"] == good
    assert state_of(server, broken) == "kept-back" and get(server, "/sync")["head"]["state"] == "kept-back"


def test_a_relay_of_an_organization_that_is_kept(up, server):
    file = up.repo / "orgs/initech/relays/lab-1.yaml"
    text = file.read_text()
    file.write_text(text.replace("port:", "prot:"))
    broken = commit(up.repo, "A slip of the keyboard")
    until(lambda: state_of(up, broken) == "kept-back", "initech is kept", up.log)
    assert_is_kept(up, broken, up.first)
    until(lambda: state_of(server, broken) == "kept-back", "wpex serve follows", server.log)
    assert_is_kept(server, broken, up.first)
    # A commit that also touches other organizations is applied to them.
    other = up.repo / "orgs/globex/organization.yaml"
    other.write_text(other.read_text() + "# a word\n")
    file.write_text(text.replace("port:", "ptor:"))
    both = commit(up.repo, "Two organizations")
    until(lambda: state_of(up, both) == "partly-applied", "half of it is applied", up.log)
    assert relays(up)[LAB]["staying"]["commit"] == up.first

    # It is monitored like any other: here its process stops answering.
    process = int(get(up, f"/relays/{LAB}")["instances"][0]["name"].split()[1])
    os.kill(process, signal.SIGSTOP)
    try:
        until(lambda: relays(up)[LAB]["status"] == "unreachable", "it does not answer", up.log)
        first = get(up, f"/relays/{LAB}")
        until(lambda: get(up, "/alerts?kind=relay-down")["items"], "somebody is told", up.log, timeout=90)
        last = get(up, f"/relays/{LAB}")
    finally:
        os.kill(process, signal.SIGCONT)
    assert get(up, "/alerts?kind=relay-down")["items"][0]["subject"]["name"] == "lab-1"
    # Its figures are those of its last answer, and marked as such.
    assert first["sampledAt"] and first["sampledAt"] == last["sampledAt"] and first["metrics"]["sessions"] is not None
    assert not first["instances"][0]["ready"] and first["detail"].endswith("Not responding.")
    assert get(up, "/orgs/initech")["relays"]["unknown"] == 1

    file.write_text(text)
    mended = commit(up.repo, "Mended")
    until(lambda: state_of(up, mended) == "applied", "it is mended", up.log)
    assert state_of(up, broken) == "applied" and organization(up, "initech")["commit"] == mended
    assert relays(up)[LAB]["staying"] is None


def test_nothing_unknown_is_a_zero(server):
    until(lambda: get(server, "/kpi")["relays"]["unknown"] == 0, "every relay is known", server.log)
    kpi = get(server, "/kpi")
    assert kpi["sessions"] is None and kpi["peersConnected"] is None and kpi["peersExpected"] > 0
    assert set(kpi["throughput"].values()) == {None} and set(kpi["bytes"].values()) == {None}
    assert kpi["collection"]["state"] == "off" and kpi["collection"]["message"] == "No metrics are collected."
    row = relays(server)[RELAY]
    assert row["status"] == "current" and row["metrics"] is None and row["freshness"] == "off"
    assert get(server, "/orgs/acme")["throughput"] == {"receivedBitsPerSecond": None, "sentBitsPerSecond": None}


def test_a_rewritten_history_is_refused_and_shown(up):
    before = git("rev-parse", "HEAD", cwd=up.repo)
    git("commit", "--amend", "-qm", "Another past", cwd=up.repo, when="2026-11-23T10:00:00+00:00")
    rewritten = git("rev-parse", "HEAD", cwd=up.repo)
    until(lambda: state_of(up, rewritten) == "refused", "it is refused", up.log)
    head = get(up, "/sync")["head"]
    assert (head["id"], head["state"]) == (rewritten, "refused")
    assert len(relays(up)) == 12
    subprocess.run(["git", "-C", str(up.repo), "reset", "-q", "--hard", before], check=True)
