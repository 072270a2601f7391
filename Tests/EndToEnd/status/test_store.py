"""The audit log in a PostgreSQL with a password, which is never revealed, whatever fails."""

import itertools
import json

import pytest

from support.postgres import Postgres
from support.repository import repository
from support.server import Server
from support.viewers import OWN
from support.waiting import until

PASSWORD, WRONG, ROW = "canary-of-the-store", "canary-that-is-wrong", "canary-in-a-row"
TARGETS = ["/api/v1/audit", "/api/v1/audit/verification", "/api/v1/kpi", "/api/v1/alerts?limit=500", "/api/v1/me", "/api/v1/sync", "/metrics", "/readyz"]


@pytest.fixture(scope="module")
def postgres():
    made = Postgres()
    try:
        made.psql(
            f"ALTER ROLE wpex_status PASSWORD '{PASSWORD}'; CREATE TABLE kept (value text); INSERT INTO kept VALUES ('{ROW}');"
            f"""SELECT wpex_audit.append('own', convert_to('{{"action":"object.updated","name":"relay-7","org":"{OWN}","time":1795000000000,"user":"anna","version":1}}', 'UTF8'))""")
        rules = made.folder / "data/pg_hba.conf"
        rules.write_text("local all wpex_status scram-sha-256\n" + rules.read_text())
        made.psql("SELECT pg_reload_conf()")
        yield made
    finally:
        made.close()


def told(server):
    """All output of the server."""
    bodies = [server.get(target, who).body.decode() for target, who in itertools.product(TARGETS, ["admin", "engineer", "viewer", None])]
    return "\n".join([*bodies, server.log.read_text()])


def store(postgres, password):
    return f"postgres://wpex_status:{password}@/postgres?host={postgres.folder}"


def alerts(server):
    return json.dumps(server.get("/api/v1/alerts?limit=500", "admin").json)


def test_the_store_s_password_is_told_to_nobody(postgres, tmp_path):
    with Server(tmp_path / "server", repository(tmp_path / "repo"), store(postgres, PASSWORD)) as server:
        until(lambda: server.get("/api/v1/audit", "engineer").json["items"][0]["name"] == "relay-7", "the record is shown", server.log)
        before = told(server)
        postgres.stop()
        until(lambda: "audit" in alerts(server), "an alert tells of the store", server.log, timeout=60)
        assert server.get("/api/v1/relays", "engineer").json["total"] > 0
        without = told(server)
        postgres.start()
        until(lambda: server.get("/api/v1/audit", "engineer").status == 200, "the store is back", server.log, timeout=60)
        for text in (before, without, told(server)):
            assert PASSWORD not in text and ROW not in text


def test_nor_is_a_wrong_one(postgres, tmp_path):
    with Server(tmp_path / "server", repository(tmp_path / "repo"), store(postgres, WRONG)) as server:
        until(lambda: "audit" in alerts(server), "an alert tells of the store", server.log, timeout=60)
        assert server.get("/api/v1/audit", "engineer").status == 503
        assert WRONG not in told(server)
