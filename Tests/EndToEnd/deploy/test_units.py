"""deploy/host/systemd: systemd accepts the units, they are locked down, and the programs run within the restrictions."""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile

import pytest

from support.answers import ask
from support.git import begin
from support.identities import demonstration_identity
from support.network import free_port
from support.program import ROOT, WPEX
from support.sample import copy_sample
from support.units import FOLDER, Unit
from support.waiting import until
from support.wireguard import Key, Peer, connect, introduce

UNITS = ["wpex-relay.service", "wpex-serve.service", "wpex-up.service"]


@pytest.fixture
def folder():
    """A folder accessible to an unprivileged user."""
    made = pathlib.Path(tempfile.mkdtemp(prefix="wpex-unit-", dir="/tmp"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.mark.parametrize("name", UNITS)
def test_systemd_takes_it(name, folder):
    """`systemd-analyze verify` with the test's path of the program; it prints nothing."""
    for unit in UNITS:
        (folder / unit).write_text((FOLDER / unit).read_text().replace("/usr/local/bin/wpex", WPEX))
    result = subprocess.run(["systemd-analyze", "verify", "--man=no", folder / name], capture_output=True, text=True)
    assert result.returncode == 0 and not result.stderr.strip(), result.stderr
    # Control: it does report a mistake.
    (folder / name).write_text((folder / name).read_text().replace("ProtectSystem=strict", "ProtectSystm=strict"))
    result = subprocess.run(["systemd-analyze", "verify", "--man=no", folder / name], capture_output=True, text=True)
    assert "ProtectSystm" in result.stderr


@pytest.mark.parametrize("name", UNITS)
def test_it_is_closed(name):
    """Exposure of at most 1.5 of 10, by systemd's own measure."""
    result = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=15", "--no-pager", FOLDER / name], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout[-300:]


def test_the_user_is_made(folder):
    (folder / "etc").mkdir()
    subprocess.run(["systemd-sysusers", f"--root={folder}", FOLDER / "wpex.sysusers"], check=True, capture_output=True)
    users = [line.split(":") for line in (folder / "etc/passwd").read_text().split("\n") if line]
    assert [user[0] for user in users] == ["wpex"] and users[0][6] == "/usr/sbin/nologin"
    assert {Unit(name).one("User") for name in UNITS} == {"wpex"}


def test_the_steps_for_a_lone_relay_name_what_is_there():
    (steps,) = re.findall(r"```\n(install -m 755 wpex-relay .*?)```", (ROOT / "docs/relay.md").read_text(), re.DOTALL)
    for path in re.findall(r"deploy/\S+", steps):
        assert (ROOT / path).is_file(), path
    assert Unit("wpex-relay.service").one("ConditionPathExists") in steps
    assert Unit("wpex-relay.service").one("Group") == re.search(r"-g (\S+)", steps)[1]


def test_both_say_the_same_of_the_port():
    """The port is the same in the units, nginx's upstream and serve.json."""
    text = Unit("wpex-up.service").one("ExecStart")
    port = re.search(r"--status-port (\d+)", text).group(1)
    assert json.loads((ROOT / "deploy/host/serve.json").read_text())["http"]["listen"] == f"127.0.0.1:{port}"
    assert f"server 127.0.0.1:{port};" in (ROOT / "deploy/host/nginx/wpex-https.conf").read_text()


def owned(path):
    """Gives files to the user of the test's units."""
    if os.geteuid() == 0:
        subprocess.run(["chown", "-R", "nobody:nogroup", path], check=True)
    return path


def programs(folder):
    """Copies of the programs that an unprivileged user may execute."""
    for name in ("wpex", "wpex-relay"):
        source = pathlib.Path(WPEX).parent / name
        try:
            os.link(source, folder / name)
        except OSError:
            shutil.copy2(source, folder / name)
    return folder


def get(port, path, bearer=None):
    answer = ask(f"http://127.0.0.1:{port}{path}", bearer=bearer)
    return answer.status, answer.body


def stop(process, log):
    """SIGTERM, as systemd sends it; the unit's programs end in order."""
    process.terminate()
    assert process.wait(30) == 0, log.read_text()


def test_wpex_up_runs_in_its_unit(folder):
    """Relays, audit log and pages under the unit's filter, from a read-only repository."""
    port, log = free_port(), folder / "log"
    copy_sample(folder / "relays", 1000)
    begin(folder / "relays", "What runs here")
    state, here = folder / "state", programs(folder)
    state.mkdir(mode=0o700)
    owned(state)
    credentials = folder / "credentials"
    credentials.mkdir(mode=0o700)
    (credentials / "platform.identity").write_text(demonstration_identity("platform") + "\n")
    owned(credentials)
    settings = dict(line.split("=", 1) for line in (ROOT / "deploy/host/up.env").read_text().split("\n") if line and line[0] != "#")
    # Both regions of the sample run here, with the same ports.
    settings["WPEX_BIND"] = "loopback"
    unit = Unit("wpex-up.service")
    (loaded,) = [value.split(":")[0] for value in unit.all("LoadCredential")]
    assert (credentials / loaded).exists()
    replacements = {
        "/usr/local/bin/wpex": here / "wpex", "/srv/wpex/relays": folder / "relays", "/var/lib/wpex": state, "8420": port,
        "%d/": f"{credentials}/", **{f"${{{name}}}": value for name, value in settings.items()},
        "$WPEX_OPTIONS": settings["WPEX_OPTIONS"],
    }
    process = unit.run(folder, replacements, {}, stderr=open(log, "a"), stdout=subprocess.DEVNULL)
    try:
        until((state / "status-address").exists, "it starts", log)
        bearer = json.loads((state / "status-address").read_text())["address"].split("#token=")[1]
        until(lambda: json.loads(get(port, "/api/v1/kpi", bearer)[1])["relays"]["running"] == 7, "relays run", log)
        until(lambda: json.loads(get(port, "/api/v1/relays/acme/milan-1", bearer)[1])["freshness"] == "live", "they are asked", log)
        # Only the user can read the state.
        assert all(path.stat().st_mode & 0o077 == 0 for path in state.rglob("*") if not path.is_symlink()), "modes"
        assert process.poll() is None
        stop(process, log)
        # Relays go on after `systemctl stop`, until they are ended.
        ended = subprocess.run([WPEX, "sync", "end-relays", "--state", state], check=True, capture_output=True, text=True)
        assert "ended 7 processes" in ended.stderr, ended.stderr
    finally:
        process.kill()
        process.wait()
        subprocess.run([WPEX, "sync", "end-relays", "--state", state], capture_output=True)
    assert "not permitted" not in log.read_text().lower() and "published one" not in log.read_text(), log.read_text()
    assert bearer not in log.read_text()


def test_wpex_relay_runs_in_its_unit(folder):
    """Peers in its file reach each other; it reloads the file, and a restart keeps sessions."""
    port, web, log = free_port(), free_port(), folder / "log"
    state, here, settings = folder / "state", programs(folder), folder / "relay.json"
    keys = [Key() for _ in range(3)]

    def save(*keys):
        settings.write_text(json.dumps({"keys": [{"name": key.text[:8], "publicKey": key.text} for key in keys]}))

    save(*keys[:2])
    state.mkdir(mode=0o700)
    owned(state)
    unit = Unit("wpex-relay.service")
    assert unit.one("ConditionPathExists") == "/etc/wpex/relay.json"
    assert unit.one("ExecReload") == '/bin/sh -c "kill -HUP $MAINPID"' and unit.one("StateDirectory") == "wpex-relay"
    replacements = {
        "/usr/local/bin/wpex-relay": here / "wpex-relay", "/etc/wpex/relay.json": settings, "${STATE_DIRECTORY}": state,
        "40000": port, "8080": web,
    }

    def start():
        process = unit.run(folder, replacements, {}, stderr=open(log, "a"), stdout=subprocess.DEVNULL)
        until(lambda: get(web, "/readyz")[0] == 200, "it is ready", log)
        return process

    def talk():
        alice.send(ours.seal(b"to bob"))
        assert theirs.open(bob.receive(kind=4)) == b"to bob"

    process = start()
    try:
        alice, bob = (Peer(("127.0.0.1", port), key) for key in keys[:2])
        introduce(alice, bob)
        ours, theirs = connect(alice, bob)
        save(*keys)
        process.send_signal(signal.SIGHUP)
        until(lambda: json.loads(get(web, "/api/v1/config")[1])["keys"] == 3, "it has read the file", log)
        talk()
        stop(process, log)
        assert {path.stat().st_mode & 0o077 for path in state.iterdir()} == {0}
        process = start()
        talk()
        stop(process, log)
    finally:
        process.kill()
        process.wait()
    assert "event=state_restored sessions=1" in log.read_text(), log.read_text()
    assert "not permitted" not in log.read_text().lower() and "level=error" not in log.read_text(), log.read_text()


def test_wpex_serve_runs_in_its_unit(folder):
    port, log = free_port(), folder / "log"
    copy_sample(folder / "relays")
    begin(folder / "relays", "What is shown")
    state, here = folder / "state", programs(folder)
    for path in (state, folder / "credentials"):
        path.mkdir(mode=0o700)
    # In a credential folder, files have the names of the credentials.
    token = "t" * 43
    (folder / "credentials/credentials_token").write_text(token)
    (folder / "credentials/credentials_cursor.secret").write_text("c" * 64)
    for path in (state, folder / "credentials"):
        owned(path)
    shipped = json.loads((ROOT / "deploy/host/serve.json").read_text())
    # Without remote services: the repository is local, and neither cluster nor provider is used.
    text = json.dumps({
        "repository": {"url": str(folder / "relays"), "folder": shipped["repository"]["folder"], "interval": 1}, "target": {"kind": "none"},
        "http": {**shipped["http"], "tokenFile": "/run/credentials/wpex-serve.service/credentials_token"}, "login": shipped["login"],
    })
    for old, new in {"/run/credentials/wpex-serve.service": folder / "credentials", "/var/lib/wpex-serve": state, "8420": port}.items():
        text = text.replace(old, str(new))
    (folder / "serve.json").write_text(text)
    process = Unit("wpex-serve.service").run(
        folder, {"/usr/local/bin/wpex": here / "wpex", "/etc/wpex/serve.json": folder / "serve.json"}, {},
        stderr=open(log, "a"), stdout=subprocess.DEVNULL)
    try:
        until(lambda: get(port, "/readyz")[0] == 200, "it is ready", log)
        assert json.loads(get(port, "/api/v1/relays", token)[1])["items"]
        assert get(port, "/api/v1/relays")[0] == 401
        stop(process, log)
    finally:
        process.kill()
        process.wait()
    assert "not permitted" not in log.read_text().lower(), log.read_text()


def test_the_filter_filters(folder):
    """The tests above really run under the units' restrictions."""
    code = """
import ctypes, errno, mmap, os, socket
def refused(call):
    try:
        call()
    except OSError as error:
        return error.errno
    return 0
libc = ctypes.CDLL(None, use_errno=True)
def mapped():
    libc.mmap.restype = ctypes.c_void_p
    if libc.mmap(None, 4096, 7, 0x22, -1, 0) == ctypes.c_void_p(-1).value:
        raise OSError(ctypes.get_errno(), "mmap")
def unshared():
    if libc.unshare(0x10000000): raise OSError(ctypes.get_errno(), "unshare")
print(refused(mapped), refused(unshared), refused(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW)),
      refused(lambda: os.chroot("/")), refused(lambda: socket.socket().close()))
"""
    (folder / "probe.py").write_text(code)
    (folder / "probe.py").chmod(0o644)
    for name in UNITS:
        unit = Unit(name)
        unit.values = [(s, k, f"/usr/bin/python3 {folder}/probe.py" if k == "ExecStart" else v) for s, k, v in unit.values]
        process = unit.run(folder, {}, {}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        output, errors = process.communicate(timeout=30)
        *forbidden, allowed = map(int, output.split()) if output else ([errors], errors)
        assert forbidden == [1, 1, 1, 1] and allowed == 0, (output, errors)
