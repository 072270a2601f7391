"""The same server inside `wpex up`: login by the printed address, and live updates."""

import re
import subprocess

import pytest

from support.events import Events
from support.up import Up
from support.waiting import until


@pytest.fixture
def up(tmp_path):
    running = Up(tmp_path)
    yield running.login()
    running.stop()


def test_shows_what_happens(up):
    assert oct(up.address.stat().st_mode & 0o777) == "0o600"
    until(lambda: up.get("/api/v1/kpi").json["relays"]["running"] == 7, "relays are seen to run", up.log)
    until(lambda: up.get("/api/v1/relays/acme/milan-1").json["freshness"] == "live", "statistics are read", up.log)
    relay = up.get("/api/v1/relays/acme/milan-1").json
    assert relay["status"] == "current" and relay["endpoint"] == "127.0.0.2:30101" and len(relay["instances"]) == 1
    assert relay["statistics"]["handshakes"] == {"total": 0, "successful": 0}
    assert up.get("/api/v1/sync").json["state"] == "current"
    assert up.get("/api/v1/audit?action=daemon.started").json["items"][0]["actor"] == "wpex"
    events = Events(up, bearer=up.bearer)
    events.read(1)
    file = up.repo / "orgs/acme/relays/milan-guests.yaml"
    file.write_text(file.read_text().replace("spec:", "spec:\n  state: stopped"))
    until(lambda: up.get("/api/v1/relays/acme/milan-guests").json["status"] == "stopped", "the relay is seen to stop", up.log)
    seen = events.read(3)
    topics = {data["topic"] for name, data in seen if name == "change"}
    assert {"relays", "sync", "audit", "kpi"} <= topics
    assert {record["org"] for record in up.get("/api/v1/audit?org=acme&action=object.updated").json["items"]} == {"acme"}


def test_a_killed_relay_shows_and_comes_back(up):
    until(lambda: up.get("/api/v1/relays/acme/milan-1").json["instances"], "the relay runs", up.log)
    name = up.get("/api/v1/relays/acme/milan-1").json["instances"][0]["name"]
    subprocess.run(["kill", "-9", name.split()[1]], check=True)
    until(lambda: up.get("/api/v1/relays/acme/milan-1").json["restarts"] == 1, "the restart is counted", up.log)


def test_an_error_shows_with_its_lines(up):
    until(lambda: up.get("/api/v1/sync").json["state"] == "current", "all is applied", up.log)
    file = up.repo / "orgs/acme/relays/milan-guests.yaml"
    file.write_text(file.read_text().replace("port: 30102", "port: 30101"))
    until(lambda: up.get("/api/v1/sync").json["diagnostics"], "the error is shown", up.log)
    diagnostic = up.get("/api/v1/sync").json["diagnostics"][0]
    assert diagnostic["code"] == "WPX1403" and diagnostic["path"].endswith("milan-guests.yaml") and "^" in diagnostic["frame"]
    until(lambda: up.get("/api/v1/sync").json["state"] == "kept", "the organization is kept", up.log)


def test_ends_in_order_and_leaves_no_address(up):
    events = Events(up, bearer=up.bearer)
    events.read(0.5)
    assert up.stop() == 0
    assert not up.address.exists()
    token = re.search(r"token=([\w-]{43})", up.log.read_text()).group(1)
    assert token == up.bearer


def test_without_pages(tmp_path):
    up = Up(tmp_path)
    up.stop()
    said = len(up.log.read_text())
    quiet = Up(tmp_path, "--status-port", "0")
    until(lambda: "\ncompile " in quiet.log.read_text()[said:], "it works all the same", quiet.log)
    assert not quiet.address.exists()
    quiet.stop()
