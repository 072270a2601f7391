"""The last day from a real Prometheus, on a server that has just started."""

import contextlib
import json
import subprocess
import time

import pytest

from support.answers import ask
from support.network import free_port
from support.repository import repository
from support.server import Server
from support.viewers import OWN
from support.waiting import until

STEP = 300


def openmetrics(now):
    """A day of two relays: the viewer's tenant's with 42 sessions, another tenant's with 1,000."""
    lines = ["# TYPE wpex_relay_sessions gauge"]
    for org, relay, sessions in [(OWN, "milan-1", 42), ("globex", "oslo-1", 1000)]:
        for at in range(int(now) - 86_400 + STEP, int(now) - 7_200, 60):
            lines.append(f'wpex_relay_sessions{{wpex_io_org="{org}",wpex_io_relay="{relay}"}} {sessions} {at}')
    return "\n".join([*lines, "# EOF", ""])


@contextlib.contextmanager
def prometheus(folder, port, data):
    (folder / "prometheus.yml").write_text("global: { scrape_interval: 1m }\n")
    process = subprocess.Popen(
        ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={data}",
         f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"], stderr=open(folder / "prometheus.log", "a"))
    try:
        address = f"http://127.0.0.1:{port}/-/ready"
        until(lambda: ask(address, timeout=2).status == 200, "Prometheus is ready", folder / "prometheus.log", process=process)
        yield process
    finally:
        process.kill()
        process.wait(20)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kept")
    (folder / "day.txt").write_text(openmetrics(time.time()))
    data = folder / "data"
    subprocess.run(
        ["promtool", "tsdb", "create-blocks-from", "openmetrics", folder / "day.txt", data], check=True, capture_output=True)
    port = free_port()
    with Server(
        folder / "server", repository(folder / "repo"), settings={"prometheus": {"address": f"http://127.0.0.1:{port}/"}},
    ) as server:
        yield folder, data, port, server


def series(server, path, who):
    return server.get(path, who).json["series"]


def seen(values):
    return [value for value in values if value is not None]


def test_a_day_is_shown_minutes_after_the_start(kept):
    folder, data, port, server = kept
    # Until Prometheus is up, the server's own observations are shown, and an alert says what is missing.
    relay = f"/api/v1/relays/{OWN}/milan-1"
    assert len(series(server, relay, "admin")["sessions"]) < 10

    def alert():
        return [item for item in server.get("/api/v1/alerts?limit=500", "admin").json["items"] if "Prometheus" in json.dumps(item)]

    until(alert, "an alert tells of Prometheus", server.log)
    assert not [item for item in server.get("/api/v1/alerts?limit=500", "viewer").json["items"] if "Prometheus" in json.dumps(item)]
    with prometheus(folder, port, data):
        # Retried some seconds after the refusal.
        def is_shown():
            return len(series(server, relay, "admin")["sessions"]) > 280

        until(is_shown, "the kept day is shown", server.log, timeout=100)
        shown = series(server, relay, "admin")
        assert shown["stepSeconds"] == STEP and len(shown["sessions"]) == len(shown["health"])
        assert set(seen(shown["sessions"])) == {42} and len(seen(shown["sessions"])) > 200
        until(lambda: not alert(), "the alert has gone", server.log)
        # The platform has both, the tenant its own.
        until(lambda: 1042 in seen(series(server, "/api/v1/kpi", "admin")["sessions"]), "the platform's day", server.log, timeout=100)
        until(lambda: set(seen(series(server, "/api/v1/kpi", "viewer")["sessions"])) == {42}, "the tenant's day", server.log, timeout=100)
        until(
            lambda: set(seen(series(server, f"/api/v1/orgs/{OWN}", "viewer")["sessions"])) == {42}, "the page of the tenant",
            server.log, timeout=100)
    # It goes away: what was read stays for a while, and the rest of the page is whole.
    answer = server.get(relay, "admin")
    assert answer.status == 200 and set(seen(answer.json["series"]["sessions"])) == {42}
