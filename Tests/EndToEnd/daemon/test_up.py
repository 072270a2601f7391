"""The whole loop on one machine: a folder, relays as processes, audit in SQLite."""

import collections
import fcntl
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from support import wireguard
from support.clock import Clock
from support.daemon import Daemon
from support.declarations import declaration
from support.git import begin, commit, git
from support.program import WPEX, wpex
from support.waiting import until

MILAN = "127.0.0.2:30101"


@pytest.fixture
def daemon(tmp_path):
    with Daemon(tmp_path) as running:
        yield running


def answers(address, key):
    """Whether a relay knows a key: an initiation for it from an unknown address is answered with a cookie, or
    forwarded."""
    host, port = address.rsplit(":", 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.settimeout(0.3)
        stranger.sendto(wireguard.junk_initiation(key.public), (host, int(port)))
        try:
            return stranger.recv(256)[0] == 3
        except TimeoutError:
            return False


def add_key(daemon, name, key, network="warehouses"):
    (daemon.repo / f"orgs/acme/keys/{name}.yaml").write_text(
        "apiVersion: wpex.io/v1alpha1\nkind: Key\nmetadata:\n"
        f"  name: {name}\n  labels: {{ network: {network} }}\nspec:\n  publicKey: {key.text}\n"
    )


def in_force(daemon, relay):
    """The records of a relay's files that came into force, oldest first."""
    return [record for record in daemon.records("--action", "relay.in-force") if record["name"] == relay]


def test_loop_from_key_to_revocation(daemon):
    daemon.start()
    pids = daemon.children()
    assert len(pids) == 7
    daemon.until(lambda: daemon.actions().count("health.reached") == 2, "both regions are healthy")
    key = wireguard.Key()
    assert not answers(MILAN, key)
    add_key(daemon, "harbour", key)
    daemon.until(lambda: answers(MILAN, key), "the new key is let in")
    (daemon.repo / "orgs/acme/keys/harbour.yaml").unlink()
    # The record of a revocation follows its end: from then on, the key is not let in.
    daemon.until(lambda: len(in_force(daemon, "milan-1")) == 3, "the revocation is in force")
    assert not answers(MILAN, key)
    serials = [int(re.search(r"; serial (\d+) at process \d+$", record["detail"])[1]) for record in in_force(daemon, "milan-1")]
    assert serials == sorted(set(serials))
    # The serial is the time of the application; the limit is generous, because the machine runs other tests.
    assert all(record["time"] - serial < 5_000 for record, serial in zip(in_force(daemon, "milan-1"), serials, strict=True))
    assert "; in force so far at " in [r for r in daemon.records("--action", "apply.finished") if r["region"] == "eu-south"][-1]["detail"]
    # No relay was restarted for it.
    assert daemon.children() == pids
    updates = [r for r in daemon.records("--action", "object.updated") if r["name"] == "milan-1-keys"]
    assert len(updates) == 2
    daemon.stop()
    assert daemon.children() == {}
    assert daemon.process.returncode == 0
    assert daemon.actions()[-1] == "daemon.stopped"
    # A revoked key stays revoked after a restart.
    daemon.start()
    assert not answers(MILAN, key)
    assert wpex("audit", "verify", "--state", daemon.state).returncode == 0


def test_unchanged_content_writes_nothing(daemon):
    daemon.start()
    daemon.until(lambda: daemon.actions().count("health.reached") == 2, "both regions are healthy")
    daemon.until(lambda: daemon.actions().count("relay.in-force") == len(daemon.children()), "every relay has its files in force")
    before = daemon.actions()
    daemon.edit("orgs/acme/relays/turin-1.yaml", "apiVersion", "# A comment.\napiVersion")
    head = daemon.status["head"]["commit"]
    daemon.until(lambda: daemon.status["head"]["commit"] != head, "the commit is seen")
    time.sleep(0.5)
    # The comment changes the line in an annotation, and nothing else: no digest changes.
    assert daemon.actions() == before
    daemon.stop()
    daemon.start()
    assert [a for a in daemon.actions() if not a.startswith("daemon")] == [a for a in before if not a.startswith("daemon")]


def test_broken_organization_stays_and_others_go_on(daemon):
    daemon.start()
    pids = daemon.children()
    daemon.edit("orgs/globex/organization.yaml", "displayName:", "displayNaem:")
    daemon.until(lambda: "rejected.invalid" in daemon.actions(), "the error is recorded")
    assert "WPX" in daemon.lines and "globex/organization.yaml" in daemon.lines
    key = wireguard.Key()
    add_key(daemon, "harbour", key)
    daemon.until(lambda: answers(MILAN, key), "another organization goes on")
    assert daemon.children() == pids

    def errors(org):
        return next(o["errors"] for o in daemon.status["organizations"] if o["org"] == org)

    daemon.until(lambda: errors("globex") > 0, "the status shows it")
    assert errors("acme") == 0
    daemon.edit("orgs/globex/organization.yaml", "displayNaem:", "displayName:")
    daemon.until(lambda: errors("globex") == 0, "it is mended")


def test_broken_platform_stops_everything_where_it_is(daemon):
    daemon.start()
    pids = daemon.children()
    daemon.edit("platform.yaml", "kind: Platform", "kind: Plattform")
    daemon.until(lambda: daemon.problem, "the problem shows")
    assert daemon.children() == pids
    daemon.edit("platform.yaml", "kind: Plattform", "kind: Platform")
    daemon.until(lambda: not daemon.problem, "it is mended")


def test_stopped_relay_and_pruned_relay(daemon):
    daemon.start()
    daemon.edit("orgs/globex/relays/bari-1.yaml", "state: running", "state: stopped") if "state: running" in (
        daemon.repo / "orgs/globex/relays/bari-1.yaml"
    ).read_text() else daemon.edit("orgs/globex/relays/bari-1.yaml", "spec:", "spec:\n  state: stopped")
    daemon.until(lambda: daemon.relays()["globex/bari-1"]["status"] == "stopped", "it stops")
    daemon.until(lambda: "127.0.0.2:30201" not in daemon.children(), "its process has ended")
    (daemon.repo / "orgs/acme/relays/milan-guests.yaml").unlink()
    daemon.until(lambda: "acme/milan-guests" not in daemon.relays(), "it is pruned")
    daemon.until(lambda: "127.0.0.2:30102" not in daemon.children(), "its process has ended")
    assert not (daemon.state / "local/relays/eu-south/nordsud-acme/milan-guests").exists()


def test_protected_relay_waits_for_approval(daemon):
    daemon.start()
    (daemon.repo / "orgs/acme/relays/milan-1.yaml").unlink()
    daemon.until(daemon.held, "it is held")
    held = daemon.held()[0]
    assert "deletionProtection" in json.dumps(held)
    assert MILAN in daemon.children()
    assert wpex("status", "--state", daemon.state, check=False).returncode == 1
    assert daemon.actions().count("held") == 1
    assert wpex("sync", "approve", "--state", daemon.state, "0" * 16).returncode == 0
    time.sleep(1)
    assert MILAN in daemon.children()
    assert wpex("sync", "approve", "--state", daemon.state, "../../etc/passwd", check=False).returncode == 2
    wpex("sync", "approve", "--state", daemon.state, held["digest"])
    daemon.until(lambda: MILAN not in daemon.children(), "the approved plan goes on")
    daemon.until(lambda: not daemon.held(), "nothing is held any more")


def test_emptied_folder_removes_nothing(daemon):
    daemon.start()
    pids = daemon.children()
    shutil.rmtree(daemon.repo / "orgs")
    (daemon.repo / "orgs").mkdir()
    daemon.until(lambda: daemon.held() or daemon.problem, "it is held")
    assert daemon.children() == pids


def test_crashed_relay_comes_back(daemon):
    daemon.start()
    before = daemon.children()[MILAN]
    os.kill(before, signal.SIGKILL)
    daemon.until(lambda: daemon.children().get(MILAN, before) != before, "it is started again")
    daemon.until(lambda: daemon.relays()["acme/milan-1"]["status"] == "current", "it is ready")


def test_a_port_that_another_program_has_is_said(daemon):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.2", 30101))
        daemon.start(wait=False)
        daemon.until(lambda: "Address already in use" in daemon.relays().get("acme/milan-1", {}).get("detail", ""), "the reason is told")
        daemon.until(lambda: daemon.current() >= 6, "the others run")
    daemon.until(lambda: daemon.relays()["acme/milan-1"]["status"] == "current", "it has its port", timeout=40)


def test_drift_is_put_right_and_recorded(daemon):
    daemon.start()
    folder = daemon.state / "local/relays/eu-south/nordsud-acme/milan-1"
    files = [folder / name for name in ("bundle.age", "config.json", "declaration.json")]
    right = [file.read_bytes() for file in files]
    # Only the daemon can sign. The relay refuses a declaration of anybody else, even if its serial is the newest.
    forged = declaration(10**15, {file.name: file.read_bytes() for file in files[:2]}, relay="milan-1", signer=Ed25519PrivateKey.generate())
    log = folder / "relay.log"
    files[2].write_bytes(forged)
    until(lambda: "no key of --verifier-key has signed the declaration with serial 1000000000000000" in log.read_text(), "it is refused")
    daemon.until(lambda: files[2].read_bytes() == right[2], "the declaration is back")
    for file in files:
        file.write_text('{"keys": []}')
    daemon.until(lambda: [file.read_bytes() for file in files] == right, "drift is corrected")
    daemon.until(lambda: "drift.corrected" in daemon.actions(), "it is recorded")
    details = {name for record in daemon.records("--action", "drift.corrected") for name in re.findall(r"[a-z]+\.(?:age|json)", record["detail"])}
    assert details == {file.name for file in files}
    # What is in force all the time is the daemon's.
    assert len({re.search(r"serial (\d+)", record["detail"])[1] for record in in_force(daemon, "milan-1")}) == 1


def test_relays_that_run_begin_to_want_signatures(daemon):
    platform = daemon.repo / "platform.yaml"
    text = platform.read_text()
    platform.write_text(re.sub(r"  declarationKeys: .*\n", "", text))
    daemon.start()
    place = daemon.state / "local/relays/eu-south/nordsud-acme/milan-1/declaration.json"
    before, process = json.loads(place.read_bytes()), daemon.children()[MILAN]
    assert "signature" not in before
    platform.write_text(text)
    daemon.until(lambda: daemon.children().get(MILAN, process) != process, "it is started again")
    daemon.until(lambda: daemon.relays()["acme/milan-1"]["status"] == "current", "it is ready")
    arguments = pathlib.Path(f"/proc/{daemon.children()[MILAN]}/cmdline").read_text().split("\0")
    assert sum(argument.startswith("--verifier-key=") for argument in arguments) == 1
    after = json.loads(place.read_bytes())
    assert after["signature"] and after["serial"] > before["serial"]
    key = wireguard.Key()
    add_key(daemon, "harbour", key)
    daemon.until(lambda: answers(MILAN, key), "a new key is let in")


def test_no_orphan_after_the_parent_is_killed(daemon):
    daemon.start()
    assert daemon.children()
    daemon.stop(signal.SIGKILL)
    until(lambda: not daemon.children(), "they end too", timeout=5)


def test_identity_is_nowhere_on_disk(daemon):
    daemon.start()
    for folder, _, files in os.walk(daemon.folder):
        for name in files:
            path = os.path.join(folder, name)
            if os.path.isfile(path) and not path.startswith(str(daemon.repo)):
                with open(path, "rb") as file:
                    assert b"AGE-SECRET-KEY" not in file.read(), path
    for pid in daemon.children().values():
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            assert b"AGE-SECRET" not in file.read()


def test_one_daemon_per_state_folder(daemon):
    daemon.start()
    second = subprocess.run(
        [WPEX, "up", "--repo", daemon.repo, "--state", daemon.state], capture_output=True, text=True, timeout=20
    )
    assert second.returncode == 3 and "another wpex" in second.stderr


def test_git_repository_counts_by_its_commits(daemon):
    begin(daemon.repo)
    daemon.start()
    key = wireguard.Key()
    add_key(daemon, "harbour", key)
    time.sleep(1)
    assert not answers(MILAN, key)
    commit(daemon.repo, "Let the harbour in")
    daemon.until(lambda: answers(MILAN, key), "the commit is applied")
    record = daemon.records("--action", "object.updated")[-1]
    assert record["author"] == "Anna <anna@example.org>"
    # History rewritten: refused, recorded once, and the last good state stays.
    git("reset", "-q", "--hard", "HEAD~1", cwd=daemon.repo)
    commit(daemon.repo, "other")
    daemon.until(lambda: "rejected.non_fast_forward" in daemon.actions(), "it is refused")
    time.sleep(1)
    assert daemon.actions().count("rejected.non_fast_forward") == 1
    daemon.until(lambda: answers(MILAN, key), "the last good state stays")


@pytest.mark.parametrize("point", range(1, 10))
def test_kill_at_every_fault_point_converges(tmp_path, point):
    """SIGKILL at any point of a pass: the next pass reaches the same state, with one intent and one outcome each."""
    with Daemon(tmp_path) as daemon:
        daemon.start(fault=point, wait=False)
        assert daemon.process.wait(30) == -signal.SIGKILL
        daemon.start()
        key = wireguard.Key()
        add_key(daemon, "harbour", key)
        daemon.until(lambda: answers(MILAN, key), "the new key is let in")
        daemon.stop()
        # Also in the middle of an update.
        other = wireguard.Key()
        add_key(daemon, "quay", other)
        daemon.start(fault=point, wait=False)
        assert daemon.process.wait(30) == -signal.SIGKILL
        daemon.start()
        daemon.until(lambda: answers(MILAN, other), "the second key is let in")
        daemon.until(lambda: "apply.finished" in daemon.actions(), "it is recorded")
        daemon.stop()
        records = daemon.records()
        for action in ("apply.intended", "apply.finished"):
            counts = collections.Counter((r["region"], r["generation"]) for r in records if r["action"] == action)
            assert set(counts.values()) == {1}, counts
        intended = {(r["region"], r["generation"]) for r in records if r["action"] == "apply.intended"}
        finished = {(r["region"], r["generation"]) for r in records if r["action"] == "apply.finished"}
        assert intended == finished
        # Every object was recorded once, whether before the crash or after it.
        created = collections.Counter((r["region"], r["kind"], r.get("org"), r["name"]) for r in records if r["action"] == "object.created")
        assert set(created.values()) == {1} and len(created) == 104
        assert wpex("audit", "verify", "--state", daemon.state).returncode == 0


def test_checkpoints_exports_and_imports(daemon, tmp_path):
    daemon.start()
    daemon.stop()
    key = tmp_path / "checkpoint.key"
    verifier = wpex("audit", "key", "--name", "test", "--out", key).stdout.strip()
    assert oct(key.stat().st_mode)[-3:] == "600"
    checkpoint = tmp_path / "now.checkpoint"
    checkpoint.write_text(wpex("audit", "checkpoint", "--state", daemon.state, "--key", key, "--name", "test").stdout)
    wpex("audit", "verify", "--state", daemon.state, "--checkpoint", checkpoint, "--key", verifier)
    lines = wpex("audit", "export", "--state", daemon.state).stdout
    other = tmp_path / "other.sqlite"
    imported = subprocess.run([WPEX, "audit", "import", "--store", other], input=lines, capture_output=True, text=True)
    assert imported.returncode == 0, imported.stderr
    assert wpex("audit", "export", "--store", other).stdout == lines
    for form in ("csv", "cloudevents"):
        assert len(wpex("audit", "export", "--state", daemon.state, "--format", form).stdout.splitlines()) >= 100
    # A truncated copy is consistent in itself, but not with the checkpoint.
    cut = tmp_path / "cut.sqlite"
    subprocess.run([WPEX, "audit", "import", "--store", cut], input="\n".join(lines.splitlines()[:50]), check=True, capture_output=True, text=True)
    wpex("audit", "verify", "--store", cut)
    refused = wpex("audit", "verify", "--store", cut, "--checkpoint", checkpoint, "--key", verifier, check=False)
    assert refused.returncode == 1 and "cut off" in refused.stderr


def test_clock_that_jumps_is_no_matter(daemon, tmp_path):
    """The clock jumps an hour ahead, then an hour back: order is the chain's, and nothing is done twice."""
    clock = Clock(tmp_path)
    daemon.start(environment=clock.environment)
    for shift in (3_600, -3_600):
        generations = daemon.actions().count("apply.intended")
        clock.shift(shift)
        key = wireguard.Key()
        add_key(daemon, "harbour", key)
        daemon.until(lambda: answers(MILAN, key), "the new key is let in")
        (daemon.repo / "orgs/acme/keys/harbour.yaml").unlink()
        daemon.until(lambda: not answers(MILAN, key), "the revoked key is not")
        daemon.until(lambda: daemon.actions().count("apply.finished") == generations + 2, "two generations, and no more")
        assert daemon.actions().count("apply.intended") == generations + 2
    times = [record["time"] for record in daemon.records()]
    assert max(times) - min(times) > 3_600_000
    assert len(daemon.children()) == 7
    assert wpex("audit", "verify", "--state", daemon.state).returncode == 0


def test_disk_full_keeps_last_good(daemon):
    """The state folder's file system is full: nothing is lost, and work continues once there is space."""
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    daemon.state.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", daemon.state], check=True)
    try:
        daemon.start()
        pids = daemon.children()
        filler = daemon.state / "filler"
        descriptor = os.open(filler, os.O_WRONLY | os.O_CREAT)
        try:
            while os.write(descriptor, b"x" * 4096):
                pass
        except OSError:
            os.close(descriptor)
        key = wireguard.Key()
        add_key(daemon, "harbour", key)
        daemon.until(lambda: "failed" in daemon.lines, "it is told")
        assert daemon.children() == pids
        filler.unlink()
        daemon.until(lambda: answers(MILAN, key), "it goes on")
        assert wpex("audit", "verify", "--state", daemon.state).returncode == 0
    finally:
        daemon.stop(signal.SIGKILL)
        subprocess.run(["umount", "-l", daemon.state])


def test_an_audit_log_that_is_removed_or_replaced_stops_every_change(daemon):
    daemon.start()
    log = daemon.state / "audit.sqlite"
    for number in range(2):
        away = daemon.folder / f"away-{number}"
        log.rename(away)
        if number:
            shutil.copy(away, log)
        key = wireguard.Key()
        add_key(daemon, f"harbour-{number}", key)
        daemon.until(lambda: "was removed or replaced" in (daemon.problem or ""), "it is told")
        assert not answers(MILAN, key)
        log.unlink(missing_ok=True)
        away.rename(log)
        daemon.until(lambda: answers(MILAN, key), "it goes on once the log is back")
        daemon.until(lambda: not daemon.problem, "nothing is wrong any more")
    assert wpex("audit", "verify", "--state", daemon.state).returncode == 0
    # Lost while the daemon was stopped: a new log would hide that.
    daemon.stop()
    log.rename(daemon.folder / "away")
    for rest in daemon.state.glob("audit.sqlite-*"):
        rest.unlink()
    daemon.start(wait=False)
    daemon.until(lambda: "went back, was emptied or was replaced" in (daemon.problem or ""), "it is told at the start")
    daemon.stop()
    # The operator declares it lost.
    daemon.start(environment={"WPEX_AUDIT_RESUME_AT": "0"})
    assert "resumed at record 0" in json.dumps(daemon.records("--action", "daemon.started"))


def test_what_stays_as_it_was_is_said_once(daemon):
    daemon.start()
    (daemon.repo / "orgs/acme/relays/milan-1.yaml").unlink()
    daemon.edit("orgs/globex/organization.yaml", "displayName:", "displayNaem:")
    daemon.until(daemon.held, "it is held")
    daemon.until(lambda: "kept " in daemon.lines, "an organization is kept")
    passes = daemon.lines.count("compile")
    time.sleep(3)
    for word in ("\nheld ", "\nkept ", "\nplan     eu-south: 0 to create, 0 to update, 0 to delete"):
        assert daemon.lines.count(word) <= 2, (word, daemon.lines)
    assert len(daemon.lines.splitlines()) < 60 and daemon.lines.count("compile") == passes
    # Fixed and broken again is a new event.
    kept = daemon.lines.count("\nkept ")
    daemon.edit("orgs/globex/organization.yaml", "displayNaem:", "displayName:")
    daemon.until(lambda: all(org["errors"] == 0 for org in daemon.status["organizations"]), "it is mended")
    daemon.edit("orgs/globex/organization.yaml", "displayName:", "displayNaem:")
    daemon.until(lambda: daemon.lines.count("\nkept ") > kept, "it is told again")
    assert "1 error and stays" in daemon.lines and "1 errors" not in daemon.lines


def test_approvals_are_listed_and_withdrawn(daemon, tmp_path):
    empty = tmp_path / "nothing"
    refused = wpex("sync", "approve", "--state", empty, "0" * 16, check=False)
    assert refused.returncode == 1 and "no daemon has its state" in refused.stderr and not empty.exists()
    daemon.start()
    assert "nothing is held" in wpex("sync", "approvals", "--state", daemon.state).stdout
    (daemon.repo / "orgs/acme/relays/milan-1.yaml").unlink()
    daemon.until(daemon.held, "it is held")
    digest = daemon.held()[0]["digest"]

    def listed():
        rows = json.loads(wpex("sync", "approvals", "--state", daemon.state, "--output", "json").stdout)
        return {row["digest"]: (bool(row["approvedBy"]), row["heldIn"]) for row in rows}

    daemon.until(lambda: listed() == {digest: (False, ["eu-south"])}, "what waits is listed")
    unknown = wpex("sync", "approve", "--state", daemon.state, "F" * 16)
    assert f"no plan with the digest {'f' * 16} is held now" in unknown.stderr
    assert listed()["f" * 16] == (True, [])
    assert "f" * 16 in wpex("sync", "approvals", "--state", daemon.state).stdout
    wpex("sync", "approvals", "--state", daemon.state, "--withdraw", "f" * 16)
    assert set(listed()) == {digest}
    again = wpex("sync", "approvals", "--state", daemon.state, "--withdraw", "f" * 16, check=False)
    assert again.returncode == 1 and "there is no approval" in again.stderr
    shown = wpex("status", "--state", daemon.state, check=False).stdout
    assert f"wpex sync approve --state {daemon.state} {digest}" in shown
    approved = wpex("sync", "approve", "--state", daemon.state, digest)
    assert f"approved {digest} in eu-south" in approved.stderr
    daemon.until(lambda: MILAN not in daemon.children(), "the approved plan goes on")
    daemon.until(lambda: listed() == {}, "it is used up")


def test_status_says_whether_a_daemon_runs_to_everybody(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("needs another user")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="wpex-status-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        with Daemon(folder) as daemon:
            daemon.start()
            daemon.state.chmod(0o755)
            (daemon.state / "status.json").chmod(0o644)
            assert (daemon.state / "lock").stat().st_mode & 0o077 == 0

            def seen(**who):
                found = wpex("status", "--state", daemon.state, check=False, **who).stdout
                assert max(len(line) for line in found.splitlines()) <= 80, found
                return re.search(r"daemon +(.*); last change", found)[1]

            nobody = {"user": 65_534, "group": 65_534, "extra_groups": []}
            assert seen() == seen(**nobody) == "running"
            daemon.stop()
            assert seen() == seen(**nobody) == "not running"
            # A daemon that cannot write its state must not look healthy.
            os.utime(daemon.state / "status.json", (0, 0))
            with open(daemon.state / "lock", "r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                shown = wpex("status", "--state", daemon.state, check=False).stdout
                assert "has not written its state since 1970-01-01" in shown
    finally:
        shutil.rmtree(folder)


def test_a_renamed_organization_is_seen_under_both_names(daemon):
    daemon.start()
    (daemon.repo / "orgs/initech").rename(daemon.repo / "orgs/initrode")
    daemon.until(daemon.held, "the old one is held")
    daemon.until(lambda: "initech" in {org["org"] for org in daemon.status["organizations"]}, "the old one is shown")
    assert "held" in wpex("status", "--state", daemon.state, check=False).stdout
