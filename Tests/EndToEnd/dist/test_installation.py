"""dpkg installs, upgrades, removes and purges the packages in a Debian 12, and what they install works there."""

import json
import shlex
import subprocess

import pytest

from support.program import ROOT
from support.waiting import until
from support.wireguard import Key

RELAY_UNIT = "/usr/lib/systemd/system/wpex-relay.service"


def test_installed_upgraded_removed_purged(debian, made, newer, tmp_path):
    """In this order, with settings that the operator changed."""
    debian.install(made.package("wpex-relay"))
    debian.install(made.package("wpex"))
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()
    for name in ("wpex", "wpex-relay"):
        assert f"({commit}" in debian.run(name, "--version"), "the program names its commit"
        assert debian.run("dpkg", "--verify", name) == ""
    the_user_and_the_modes_are_right(debian)
    the_units_are_valid(debian)
    the_relay_serves(debian, tmp_path)

    settings = debian.path("/etc/wpex/relay.json")
    changed = settings.read_text()
    state = debian.path("/var/lib/wpex-relay/state")
    # systemd makes this folder; no other test may depend on what is in it.
    state.parent.mkdir(exist_ok=True)
    state.write_text("sessions")
    debian.install(newer.package("wpex-relay"))
    assert debian.run("dpkg-query", "-W", "-f=${Version} ${Status}", "wpex-relay") == "99.0 install ok installed"
    assert settings.read_text() == changed and state.read_text() == "sessions"
    assert settings.stat().st_mode & 0o777 == 0o640

    debian.run("dpkg", "--remove", "wpex-relay")
    assert not debian.path("/usr/bin/wpex-relay").exists() and settings.exists() and state.exists()
    debian.run("dpkg", "--purge", "wpex-relay")
    assert not settings.exists() and not state.parent.exists()
    # The other package's settings and secrets are still there.
    assert debian.path("/etc/wpex/serve.json").exists() and debian.path("/etc/wpex/credentials").is_dir()

    for folder in ("wpex", "wpex-serve"):
        debian.path(f"/var/lib/{folder}").mkdir()
    debian.path("/etc/wpex/credentials/platform.identity").write_text("secret")
    debian.run("dpkg", "--purge", "wpex")
    assert not debian.path("/etc/wpex").exists()
    assert not list(debian.path("/var/lib").glob("wpex*"))
    left = debian.run("sh", "-c", "find / -xdev -name '*wpex*' -not -path '/tmp/*' -not -path '/proc/*'").split()
    assert left == [], left


def the_user_and_the_modes_are_right(debian):
    users = {line.split(":")[0]: line.split(":") for line in debian.path("/etc/passwd").read_text().splitlines()}
    assert users["wpex"][6] == "/usr/sbin/nologin"
    expected = {"relay.json": (640, "root:wpex"), "serve.env": (600, "root:root"), "serve.json": (644, "root:root"), "credentials": (700, "root:root")}
    for name, (mode, owner) in expected.items():
        assert debian.run("stat", "-c", "%a %U:%G", f"/etc/wpex/{name}").strip() == f"{mode} {owner}", name


def the_units_are_valid(debian):
    """systemd finds no fault, and the programs where the units start them."""
    units = sorted(debian.path("/usr/lib/systemd/system").glob("wpex*.service"))
    assert [unit.name for unit in units] == ["wpex-relay.service", "wpex-serve.service", "wpex-up.service"]
    for unit in units:
        result = subprocess.run(["systemd-analyze", "verify", f"--root={debian.root}", "--man=no", unit.name], capture_output=True, text=True)
        complaints = [line for line in result.stderr.splitlines() if "wpex" in line]
        assert result.returncode == 0 and not complaints, result.stderr
        assert "/usr/local" not in unit.read_text()
    # Control: it notices a program that is not there.
    debian.path("/usr/bin/wpex-relay").rename(debian.path("/usr/bin/elsewhere"))
    try:
        result = subprocess.run(["systemd-analyze", "verify", f"--root={debian.root}", "--man=no", "wpex-relay.service"], capture_output=True, text=True)
        assert "wpex-relay" in result.stderr, result.stderr
    finally:
        debian.path("/usr/bin/elsewhere").rename(debian.path("/usr/bin/wpex-relay"))


def the_relay_serves(debian, tmp_path):
    """Starts it as its unit does. With the package's settings, it has no keys and is not ready; with a key, it is."""
    (start,) = [line.removeprefix("ExecStart=") for line in debian.path(RELAY_UNIT).read_text().splitlines() if line.startswith("ExecStart=")]
    words = ["setpriv", "--reuid=wpex", "--regid=wpex", "--clear-groups", *shlex.split(start.replace("${STATE_DIRECTORY}", "/tmp"))]
    log = tmp_path / "log"
    relay = debian.start(*words, stdout=open(log, "w"), stderr=subprocess.STDOUT)
    try:
        until(lambda: "event=started" in log.read_text(), "the relay starts", log)

        def is_ready():
            asked = ["nsenter", "--net", "--target", str(relay.pid), *debian.command("wpex-relay", "--ask-ready", "127.0.0.1:8080")]
            return subprocess.run(asked, capture_output=True).returncode == 0

        assert not is_ready(), "it has no keys yet"
        debian.path("/etc/wpex/relay.json").write_text(json.dumps({"keys": [{"name": "site", "publicKey": Key().text}]}))
        until(is_ready, "the relay is ready", log)
        assert not any(word in log.read_text() for word in ("level=error", "denied")), log.read_text()
    finally:
        relay.terminate()
        assert relay.wait(20) == 0, log.read_text()
    assert subprocess.run(debian.command("wpex-relay", "--ask-ready", "127.0.0.1:8080", network=True)).returncode == 1, "nobody answers"


@pytest.mark.parametrize("name", ["wpex", "wpex-relay"])
def test_installed_alone(debian, made, name):
    """Each package does without the other."""
    debian.install(made.package(name))
    assert debian.run(name, "--version").strip()
    debian.run("dpkg", "--purge", name)
    assert not debian.path("/etc/wpex").exists()
