"""The daemon with a real PostgreSQL: unprivileged roles, checkpoints, and outages of the server."""

import json
import os
import signal
import subprocess
import time

import pytest

from support.daemon import Daemon
from support.program import ROOT, WPEX, wpex
from support.sample import copy_sample
from support.state import State, records
from support.waiting import until


class Loop:
    """`wpex sync run` from a folder into a folder, with its records in PostgreSQL."""

    def __init__(self, folder, postgres):
        self.folder, self.postgres, self.process = folder, postgres, None
        self.repo, self.out, self.copies = folder / "repo", folder / "out", folder / "copies"
        copy_sample(self.repo)
        self.copies.mkdir()
        self.key = folder / "checkpoint.key"
        self.verifier = wpex("audit", "key", "--name", "test", "--out", self.key).stdout.strip()
        self.state = State(folder / "state")
        self.settings = folder / "settings.json"
        self.settings.write_text(json.dumps({
            "repository": {"url": str(self.repo), "interval": 0.3}, "target": {"kind": "directory", "directory": str(self.out)},
            "audit": {
                "store": postgres.url("wpex_sync"), "checkpointKeyFile": str(self.key), "checkpointName": "test",
                "checkpointRecords": 20, "checkpointInterval": 2, "checkpointFolder": str(self.copies),
            },
            "demonstration": True, "http": {"listen": ""}, "state": str(self.state.folder),
        }))

    @property
    def log(self):
        path = self.folder / "log"
        return path.read_text() if path.exists() else ""

    def start(self):
        self.state.expect()
        self.process = subprocess.Popen(
            [WPEX, "sync", "run", "--config", self.settings], stderr=open(self.folder / "log", "a"), stdout=subprocess.DEVNULL)

    def has(self, relay):
        return any(relay in path.name for path in self.out.rglob("*.yaml"))

    def is_applied(self):
        """Whether the first pass has ended in both regions."""
        return self.actions().count("apply.finished") == 2

    def until(self, condition, what, timeout=30):
        until(condition, what, lambda: self.log, timeout)

    def verify(self, check=True):
        copies = [argument for path in sorted(self.copies.iterdir()) for argument in ("--checkpoint", path)]
        return wpex("audit", "verify", "--store", self.postgres.url("wpex_status"), *copies, "--key", self.verifier, check=check)

    def actions(self):
        return [record["action"] for record in self.records()]

    def records(self):
        return records("--store", self.postgres.url("wpex_status"))

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def loop(tmp_path, postgres):
    made = Loop(tmp_path, postgres)
    yield made
    made.close()


def test_store_gone_means_no_change_and_it_recovers_by_itself(loop):
    # The daemon starts before its database.
    loop.postgres.stop("fast")
    loop.start()
    time.sleep(1)
    assert loop.process.poll() is None and not loop.has("")
    loop.postgres.start()
    loop.until(lambda: loop.has("milan-guests"), "it begins when the database is there")
    loop.until(lambda: "apply.finished" in loop.actions(), "it is recorded")
    # Killed while it runs: commits wait in the meantime, and nothing changes.
    loop.postgres.stop()
    (loop.repo / "orgs/acme/relays/milan-guests.yaml").unlink()
    loop.until(lambda: "failed " in loop.log, "the failure is told")
    time.sleep(1)
    assert loop.has("milan-guests")
    loop.postgres.start()
    loop.until(lambda: not loop.has("milan-guests"), "it goes on by itself", 60)
    loop.until(lambda: loop.actions().count("apply.finished") == loop.actions().count("apply.intended"), "intents have outcomes")
    assert loop.process.poll() is None
    assert loop.verify().returncode == 0


def test_checkpoints_are_signed_and_a_changed_log_is_told(loop):
    loop.start()
    loop.until(loop.is_applied, "it is applied")
    loop.until(lambda: list(loop.copies.glob("[1-9]?*.checkpoint")), "a checkpoint is signed")
    loop.until(lambda: list(loop.copies.iterdir()), "and copied")
    assert loop.verify().returncode == 0
    # The superuser edits a record after the last checkpoint, and corrects its hash.
    loop.process.terminate()
    assert loop.process.wait(20) == 0
    (loop.repo / "orgs/acme/relays/milan-guests.yaml").unlink()
    before = loop.log
    loop.start()
    loop.until(lambda: "checkpoint signed" in loop.log[len(before):], "the next one is signed")
    loop.postgres.psql("""
        SET session_replication_role = replica;
        UPDATE wpex_audit.records SET bytes = convert_to(replace(convert_from(bytes, 'UTF8'), 'milan', 'turin'), 'UTF8')
          WHERE sequence = (SELECT max(sequence) FROM wpex_audit.records WHERE convert_from(bytes, 'UTF8') LIKE '%milan%');
    """)
    found = loop.verify(check=False)
    assert found.returncode == 1 and "was changed" in found.stderr


def test_log_that_was_cut_is_told_while_it_runs(loop):
    loop.start()
    loop.until(loop.is_applied, "it is applied")
    loop.until(lambda: list(loop.copies.glob("[1-9]?*.checkpoint")), "a checkpoint is signed")
    loop.postgres.psql("""
        SET session_replication_role = replica;
        DELETE FROM wpex_audit.records WHERE sequence > 3;
        DELETE FROM wpex_audit.keys WHERE sequence > 3;
        UPDATE wpex_audit.head SET (sequence, hash) = (SELECT sequence, hash FROM wpex_audit.records WHERE sequence = 3);
    """)
    loop.until(lambda: "cut off" in loop.log, "the daemon tells")
    assert loop.verify(check=False).returncode == 1


@pytest.mark.parametrize("how", ["lock", "stopped"])
def test_a_database_that_does_not_answer_fails_the_pass_and_holds_nobody(loop, how):
    loop.start()
    loop.until(loop.is_applied, "it is applied")
    holder, backend = None, None
    try:
        if how == "lock":
            holder = subprocess.Popen(["psql", "-X", "-q", "-d", loop.postgres.url("postgres")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            holder.stdin.write("BEGIN; SELECT sequence FROM wpex_audit.head FOR UPDATE;\n")
            holder.stdin.flush()
            holder.stdout.readline()
        else:
            backend = int(loop.postgres.psql("SELECT pid FROM pg_stat_activity WHERE usename = 'wpex_sync'").split()[0])
            os.kill(backend, signal.SIGSTOP)
        (loop.repo / "orgs/acme/relays/milan-guests.yaml").unlink()
        if how == "lock":
            said = "another session holds a lock"
            loop.until(lambda: said in loop.log, "the pass fails, and says why", 60)
            # The document follows the log.
            loop.until(lambda: said in loop.state.status.get("problem", ""), "the status says why", 30)
            assert loop.state.shown["running"]
            assert loop.has("milan-guests")
        else:
            # A silent server process is abandoned for a new one.
            loop.until(lambda: not loop.has("milan-guests"), "it goes on over another connection", 60)
        # It ends when asked to, whatever hangs.
        loop.process.terminate()
        assert loop.process.wait(10) == 0
    finally:
        if holder:
            holder.communicate("ROLLBACK;\n")
        if backend:
            os.kill(backend, signal.SIGCONT)
    loop.start()
    loop.until(lambda: loop.state.is_applied and not loop.has("milan-guests"), "the next one goes on")
    assert loop.verify().returncode == 0


def test_a_log_that_went_back_is_told_at_the_start_and_stays_as_it_is(loop):
    loop.start()
    loop.until(loop.is_applied, "it is applied")
    loop.until(lambda: list(loop.copies.glob("[1-9]?*.checkpoint")), "a checkpoint is signed")
    loop.process.terminate()
    assert loop.process.wait(10) == 0
    copies = {path.name: path.read_text() for path in loop.copies.iterdir()}
    loop.postgres.psql("""
        SET session_replication_role = replica;
        DELETE FROM wpex_audit.records WHERE sequence > 3;
        DELETE FROM wpex_audit.keys WHERE sequence > 3;
        DELETE FROM wpex_audit.checkpoints WHERE sequence > 3;
        UPDATE wpex_audit.head SET (sequence, hash) = (SELECT sequence, hash FROM wpex_audit.records WHERE sequence = 3);
    """)
    (loop.repo / "orgs/acme/relays/milan-guests.yaml").unlink()
    loop.start()
    loop.until(lambda: "it went back, was emptied or was replaced" in loop.log, "it is told")
    time.sleep(2)
    # Nothing is applied, and nothing is appended to the rest.
    assert loop.has("milan-guests") and len(loop.actions()) == 3
    assert {path.name: path.read_text() for path in loop.copies.iterdir()} == copies
    # Restored on purpose: the operator declares it, and it is recorded.
    loop.process.terminate()
    assert loop.process.wait(10) == 0
    settings = json.loads(loop.settings.read_text())
    settings["audit"]["resumeAt"] = 3
    loop.settings.write_text(json.dumps(settings))
    loop.start()
    loop.until(lambda: not loop.has("milan-guests"), "it goes on")
    loop.until(lambda: set(copies) < {path.name for path in loop.copies.iterdir()}, "new checkpoints have copies")
    assert {name: (loop.copies / name).read_text() for name in copies} == copies
    assert any("resumed at record 3" in record.get("detail", "") for record in loop.records())
    assert wpex("audit", "verify", "--store", loop.postgres.url("wpex_status")).returncode == 0


@pytest.mark.parametrize("store", [
    "postgre://anna:S3cr3tPw@127.0.0.1:1/x", "Postgres://anna:S3cr3tPw@127.0.0.1:1/x", "dbname=wpex user=anna password=S3cr3tPw host=/nowhere",
    "postgresql:/anna:S3cr3tPw@db/x", "anna:S3cr3tPw@db/x", "passwrod = S3cr3tPw"])
def test_a_connection_is_neither_shown_nor_a_file(tmp_path, store):
    environment = {**os.environ, "WPEX_AUDIT_STORE": store}
    for arguments in [
        ("sync", "run", "--once", "--repo", ROOT / "sample-repo", "--target", "directory", "--out", tmp_path / "out", "--state", tmp_path / "state", "--demonstration"),
        ("audit", "list"), ("audit", "verify"), ("audit", "migrate")]:
        found = wpex(*arguments, check=False, cwd=tmp_path, env=environment)
        assert found.returncode in (1, 3), found.stdout + found.stderr
        assert "S3cr3tPw" not in found.stdout + found.stderr
    assert {path.name for path in tmp_path.iterdir()} <= {"state", "out"}


def test_measurements_are_recorded_by_either_role_or_not_made(postgres, tmp_path):
    def diag(role):
        return wpex(
            "diag", "traceroute", "acme/milan-1", "127.0.0.1", "--state", tmp_path / "state", "--store", postgres.url(role), check=False)

    with Daemon(tmp_path) as daemon:
        daemon.start("--status-port", "0")
        for role in ("wpex_status", "wpex_sync"):
            found = diag(role)
            assert found.returncode == 0, found.stderr
        runs = records("--store", postgres.url("wpex_status"))
        assert [record["detail"].split(": ")[1].split(";")[0] for record in runs] == ["begun", "reached"] * 2
        assert "are intact" in wpex("audit", "verify", "--store", postgres.url("wpex_status")).stdout
        refused = diag("postgres_nobody")
        assert refused.returncode == 3 and "cannot measure, because the audit log is not writable" in refused.stderr
        postgres.stop()
        gone = diag("wpex_status")
        assert gone.returncode == 3 and "cannot measure, because the audit log is not writable" in gone.stderr and not gone.stdout
