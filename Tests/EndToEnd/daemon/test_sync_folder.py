"""`wpex sync` into a folder: its port, metrics and secrets, and external changes to the folder."""

import base64
import hashlib
import hmac
import json
import os
import pathlib
import signal
import socket
import subprocess
import time

import pytest
import yaml

from support.answers import ask
from support.declarations import declaration
from support.identities import demonstration_signer
from support.network import free_port
from support.program import WPEX, wpex
from support.prometheus import samples
from support.sample import copy_sample, edit
from support.state import State
from support.waiting import until


class Sync:
    """`wpex sync run` over a copy of sample-repo, with a folder as its target."""

    def __init__(self, folder, **settings):
        self.folder, self.repo, self.out, self.state = folder, copy_sample(folder / "repo"), folder / "out", folder / "state"
        self.port, self.process, self.kept = free_port(), None, State(self.state)
        self.config = folder / "settings.json"
        self.config.write_text(json.dumps({
            "repository": {"url": str(self.repo), "interval": 0.3}, "target": {"kind": "directory", "directory": str(self.out)},
            "demonstration": True, "http": {"listen": f"127.0.0.1:{self.port}", **settings.pop("http", {})},
            "drift": {"interval": 1}, "state": str(self.state), **settings,
        }))

    def start(self, **variables):
        """Starts the daemon, and waits until this process has applied the repository."""
        self.kept.expect()
        self.process = subprocess.Popen(
            [WPEX, "sync", "run", "--config", self.config], stderr=open(self.folder / "log", "a"), stdout=subprocess.DEVNULL,
            env={**os.environ, **variables})
        self.until(lambda: self.kept.is_applied, "it is applied")
        return self

    @property
    def status(self):
        return self.kept.status

    def until(self, condition, what, timeout=30):
        until(condition, what, self.folder / "log", timeout, self.process)

    def get(self, path, **request):
        answer = ask(f"http://127.0.0.1:{self.port}{path}", timeout=5, **request)
        return answer.status, answer.text

    def pass_again(self):
        """Waits for one more pass: whatever begins with the daemon has begun by then."""
        head = self.status["head"]["commit"]
        (self.repo / "README.md").write_text("another text\n")
        self.until(lambda: self.status["head"]["commit"] != head, "it passes again")

    def listening(self):
        """TCP addresses on which the daemon listens, as listed by the kernel."""
        process = pathlib.Path(f"/proc/{self.process.pid}")
        sockets = {os.readlink(entry) for entry in process.glob("fd/*") if entry.is_symlink()}
        rows = [row.split() for name in ("tcp", "tcp6") for row in (process / "net" / name).read_text().splitlines()[1:]]
        return [row[1] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in sockets]

    def metric(self, name):
        return samples(self.get("/metrics")[1], name)

    def stop(self, number=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(10)

    def file(self, name):
        return next(self.out.rglob(name))

    def actions(self):
        return self.kept.actions()


@pytest.fixture
def sync(tmp_path):
    made = Sync(tmp_path)
    yield made
    made.stop(signal.SIGKILL)


def test_a_port_that_is_taken_is_a_problem_until_it_is_free(sync):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", sync.port))
        taken.listen()
        sync.start()
        sync.until(lambda: "`http.listen`" in sync.status.get("problem", ""), "it is a problem")
        assert wpex("status", "--state", sync.state, check=False).returncode == 1
    sync.until(lambda: sync.get("/healthz") == (200, "ok\n"), "it is served once the port is free")
    sync.until(lambda: "problem" not in sync.status, "and no problem any more")


@pytest.mark.parametrize("place", ["variable", "file", "both"])
def test_an_empty_address_listens_nowhere(sync, place):
    """An empty variable disables the listener. Formerly it was overridden by the default, and 127.0.0.1:8081 was used."""
    config = json.loads(sync.config.read_text())
    http = {} if place == "variable" else {"listen": ""}
    sync.config.write_text(json.dumps({**config, "http": http}))
    sync.start(**({} if place == "file" else {"WPEX_HTTP_LISTEN": ""}))
    sync.pass_again()
    assert sync.listening() == []


def test_an_empty_variable_overrules_the_file_where_it_means_none(sync):
    sync.start(WPEX_HTTP_LISTEN="")
    sync.pass_again()
    assert sync.listening() == []
    sync.stop()
    # For other settings, an empty variable is ignored.
    sync.start(WPEX_STATE="", WPEX_TARGET_KIND="")
    sync.until(sync.listening, "it listens")
    assert sync.listening() == [f"0100007F:{sync.port:04X}"]


def test_a_look_without_anything_to_do_is_counted_as_one(sync):
    config = json.loads(sync.config.read_text())
    sync.config.write_text(json.dumps({**config, "drift": {"interval": 86_400, "watch": False}}))
    sync.start()
    sync.until(lambda: sync.metric("wpex_sync_last_look_timestamp_seconds"), "it has looked")
    looked, applied = sync.metric("wpex_sync_last_look_timestamp_seconds"), sync.metric("wpex_sync_last_applied_timestamp_seconds")
    sync.until(lambda: sync.metric("wpex_sync_last_look_timestamp_seconds") > looked, "it looks again")
    assert sync.metric("wpex_sync_last_applied_timestamp_seconds") == applied
    # An unreachable repository does not count as a poll.
    sync.repo.rename(sync.folder / "away")
    sync.until(lambda: sync.status.get("problem"), "it fails")
    time.sleep(1.2)
    looked = sync.metric("wpex_sync_last_look_timestamp_seconds")
    time.sleep(2.2)
    assert sync.metric("wpex_sync_last_look_timestamp_seconds") == looked
    assert (sync.folder / "log").read_text().count("\nfailed ") == 1


def test_a_webhook_secret_is_read_when_it_is_used(tmp_path):
    secret = tmp_path / "webhook"
    secret.write_text("one\n")
    (tmp_path / "daemon").mkdir()
    sync = Sync(tmp_path / "daemon", http={"webhookSecretFile": str(secret)})
    try:
        sync.start()

        def notice(word):
            signature = "sha256=" + hmac.new(word.encode(), b"{}", hashlib.sha256).hexdigest()
            return sync.get("/hooks/git", body=b"{}", method="POST", headers={"X-Hub-Signature-256": signature})[0]

        sync.until(lambda: notice("one") == 202, "the first is taken")
        assert notice("two") == 401
        secret.write_text("two\n")
        assert (notice("one"), notice("two")) == (401, 202)
    finally:
        sync.stop(signal.SIGKILL)


def declared(sync):
    """The serial of a relay's files, whose declaration the platform has signed."""
    files = {name: base64.b64decode(data) for name, data in yaml.safe_load(sync.file("secret-oslo-1-keys.yaml").read_text())["data"].items()}
    content = files.pop("declaration.json")
    serial = json.loads(content)["serial"]
    assert content == declaration(serial, files, "globex", "oslo-1", demonstration_signer())
    return serial


def test_a_changed_bundle_is_put_right(sync):
    sync.start()
    serial = declared(sync)
    for name in ("secret-oslo-1-keys.yaml", "deployment-oslo-1.yaml"):
        file = sync.file(name)
        text = file.read_text()
        corrections = sync.actions().count("drift.corrected")
        file.write_text(text.replace("oslo-1", "oslo-9"))
        sync.until(lambda: "oslo-9" not in file.read_text() and "oslo-1" in file.read_text(), f"{name} is put right")
        sync.until(lambda: sync.actions().count("drift.corrected") == corrections + 1, "and recorded once")
    # The bundle was encrypted again.
    assert declared(sync) > serial
    record = sync.kept.records("--action", "drift.corrected")[0]
    assert record["user"] == "wpex" and "author" not in record
    # Unmodified files are left alone, also by a daemon that has just started.
    corrections = sync.actions().count("drift.corrected")
    sync.stop()
    sync.start()
    time.sleep(2.5)
    assert sync.actions().count("drift.corrected") == corrections


def test_manifests_are_found_again_without_the_inventory(sync):
    sync.start()
    sync.stop()
    before = {path: path.read_bytes() for path in sync.out.rglob("*.yaml")}
    created = sync.actions().count("object.created")
    for journal in sync.out.rglob(".wpex-inventory.jsonl"):
        journal.unlink()
    stranger = sync.out / "eu-south" / "nordsud-acme" / "configmap-mine.yaml"
    stranger.write_text("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: mine\n  namespace: nordsud-acme\n")
    (sync.repo / "orgs/acme/relays/milan-guests.yaml").unlink()
    sync.start()
    sync.until(lambda: not any("milan-guests" in path.name for path in sync.out.rglob("*.yaml")), "what left is removed")
    assert stranger.exists()
    for path, content in before.items():
        # Bundles are encrypted again; everything else is unchanged.
        if "milan-guests" not in path.name and not path.name.startswith("secret-"):
            assert path.read_bytes() == content, path
    assert sync.actions().count("object.created") == created


def test_two_daemons_never_write_to_one_folder(sync, tmp_path):
    sync.start()
    other = wpex("sync", "run", "--once", "--config", sync.config, "--state", tmp_path / "other", check=False)
    assert other.returncode == 3 and "another wpex writes to" in other.stderr
    sync.stop()
    assert wpex("sync", "run", "--once", "--config", sync.config, "--state", tmp_path / "other", "--listen", "", check=False).returncode in (0, 1)


def test_a_folder_holds_no_key_of_a_cluster(sync):
    """Whoever applies the manifests adds it (docs/operations.md), and nothing in them takes its place."""
    edit(sync.repo, "orgs/acme/relays/milan-1.yaml", "  port: 30101", "  port: 30101\n  replicas: 2")
    sync.start()
    namespace = sync.out / "eu-south" / "nordsud-acme"
    deployment = yaml.safe_load((namespace / "deployment-milan-1.yaml").read_text())
    assert deployment["spec"]["replicas"] == 2
    assert "--cluster-key=/etc/wpex/keys/cluster.key" in deployment["spec"]["template"]["spec"]["containers"][0]["args"]
    secret = yaml.safe_load((namespace / "secret-milan-1-keys.yaml").read_text())
    assert set(secret["data"]) == {"bundle.age", "config.json", "declaration.json"}
