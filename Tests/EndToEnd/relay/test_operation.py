"""Operation: start and its refusals, changed files, bundles, HTTP, diagnostics and metrics."""

import base64
import contextlib
import json
import os
import re
import socket
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import yaml

from support.clock import Clock
from support.identities import demonstration_identity
from support.process import memory
from support.program import ROOT, WPEX, WPEX_RELAY
from support.relay import Relay, allow
from support.waiting import until
from support.wireguard import Key, Peer, connect, introduce

TOKEN = "0123456789abcdef0123456789abcdef"


def run(*arguments):
    return subprocess.run([WPEX_RELAY, *arguments], capture_output=True, text=True, timeout=20)


def write(path, content):
    """Replaces a file atomically, as the kubelet and editors do."""
    temporary = f"{path}.tmp"
    with open(temporary, "w") as file:
        file.write(content if isinstance(content, str) else json.dumps(content))
    os.replace(temporary, path)


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "config.json"

    def save(**members):
        write(path, {"token": TOKEN, **members})
        return str(path)

    return save


@pytest.mark.parametrize(
    "arguments, code, part",
    [
        ([], 1, "--open"),
        (["--allow", "x"], 1, "44 characters"),
        (["--bundle", "/nowhere"], 1, "--identity"),
        (["--config", "/nowhere"], 3, "/nowhere"),
        (["--open", "--allow", Key().text], 2, "cannot be combined"),
        (["--open", "--port", "70000"], 2, "port"),
        (["--open", "--workers", "0"], 2, "--workers"),
        (["--open", "--bind", "192.0.2.99"], 3, "192.0.2.99"),
        (["--open", "--stats", "nonsense"], 1, "--stats"),
        (["--open", "--cluster", "127.0.0.1:7000"], 2, "--cluster-key FILE"),
        (["--open", "--cluster-join", "relay-b:7000"], 2, "--cluster ADDRESS:PORT"),
        (["--open", "--cluster", "relay-a:7000", "--cluster-key", "/dev/null"], 1, "10.0.0.1:7000"),
        (["--open", "--cluster", "127.0.0.1:7000", "--cluster-join", "b", "--cluster-key", "/dev/null"], 1, "relay-b:7000"),
        (["--open", "--cluster", "127.0.0.1:7000", "--cluster-key", "/nowhere"], 3, "/nowhere"),
        (["--config", "/nowhere", "--verifier-key", "x"], 2, "--verifier-key needs an Ed25519 public key"),
        (["--open", "--config", "CONFIG", "--verifier-key", "A" * 43 + "=", "--verifier-key", "x"], 2, "number 2 is not one"),
        (["--open", "--config", "CONFIG", "--cluster", "x", "--cluster-key", "/nowhere"], 1, "10.0.0.1:7000"),
        (["--open", "--cluster", "127.0.0.1:7000", "--cluster-key", "/dev/null"], 1, "32 random bytes"),
    ],
)
def test_refusals_say_why(config, arguments, code, part):
    # This configuration has a cluster, which overrules the flags.
    member = config(cluster={"address": "127.0.0.1:7000", "key": "/nowhere"})
    result = run(*[argument.replace("CONFIG", member) for argument in arguments])
    assert (result.returncode, part in result.stderr) == (code, True), result.stderr


@pytest.mark.parametrize(
    "cluster, code, part",
    [
        ({"key": "/dev/null"}, 1, "config.json: `cluster.address`"),
        ({"address": "127.0.0.1:7000", "key": "/dev/null", "join": ["b"]}, 1, "config.json: `cluster.join[0]`"),
        ({"address": "127.0.0.1:7000", "key": "/dev/null", "port": 1}, 1, "config.json: the configuration has an unknown member `cluster.port`"),
        ({"address": "127.0.0.1:7000", "key": "/nowhere"}, 3, "cannot read /nowhere"),
        ({"address": "127.0.0.1:7000", "key": "/dev/null"}, 1, "/dev/null needs 32 random bytes"),
        ({"address": "192.0.2.1:7000", "key": "KEY"}, 3, "cannot listen on 192.0.2.1:7000"),
    ],
)
def test_a_cluster_of_the_configuration_is_checked(config, tmp_path, cluster, code, part):
    (tmp_path / "cluster.key").write_text(base64.b64encode(os.urandom(32)).decode())
    cluster["key"] = cluster["key"].replace("KEY", str(tmp_path / "cluster.key"))
    result = run("--open", "--port", "0", "--config", config(cluster=cluster))
    assert (result.returncode, part in result.stderr) == (code, True), result.stderr


def test_help_and_completion():
    assert "Examples:" in run("--help").stdout
    assert run("--version").stdout.strip() == run("-version").stdout.strip() != ""
    for shell in ("bash", "zsh", "fish"):
        assert "bundle" in run("--generate-completion-script", shell).stdout


def connected(relay, keys):
    alice, bob = Peer(relay.address, keys[0]), Peer(relay.address, keys[1])
    introduce(alice, bob)
    return alice, bob, *connect(alice, bob)


def talks(alice, bob, ours, theirs):
    """Whether data passes both ways without a new handshake."""
    alice.send(ours.seal(b"to bob"))
    arrived = bob.receive(1, kind=4)
    bob.send(theirs.seal(b"to alice"))
    returned = alice.receive(1, kind=4)
    return arrived is not None and returned is not None


# Configurations that a successor cannot use; PORT is the running relay's, TAKEN another program's.
SUCCESSORS = {
    "another port": (["--port", "1"], 1),
    "statistics that are no address": (["--port", "PORT", "--stats", "nonsense"], 1),
    "statistics whose port is taken": (["--port", "PORT", "--stats", "127.0.0.1:TAKEN"], 3),
    "another address": (["--port", "PORT", "--bind", "127.0.0.1"], 1),
    "an address that is none": (["--port", "PORT", "--bind", "nowhere"], 1),
    "a file that is not there": (["--port", "PORT", "--config", "/nowhere"], 3),
    "a key that is none": (["--port", "PORT", "--allow", "x"], 1),
    "an unknown flag": (["--port", "PORT", "--unknown"], 2),
}


@pytest.mark.parametrize("slip", SUCCESSORS)
def test_a_successor_that_fails_leaves_the_running_relay_as_it_was(slip, tmp_path):
    keys = [Key(), Key()]
    with socket.socket() as taken, Relay(*allow(*keys), state=str(tmp_path / "state")) as relay:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        peers = connected(relay, keys)
        arguments, code = SUCCESSORS[slip]
        places = {"PORT": str(relay.port), "TAKEN": str(taken.getsockname()[1])}
        arguments = [re.sub("PORT|TAKEN", lambda match: places[match[0]], argument) for argument in arguments]
        result = run(*allow(*keys), "--state", str(tmp_path / "state"), *arguments)
        assert result.returncode == code, result.stderr
        assert relay.process.poll() is None and talks(*peers)
        # It still hands over to a successor with a good one.
        with Relay(*allow(*keys), state=str(tmp_path / "state"), port=relay.port) as successor:
            assert relay.process.wait(5) == 0
            assert successor.count("state_restored") == 1 and talks(*peers)


@pytest.mark.parametrize("how", ["connects and leaves", "guesses the secret", "greets and leaves", "takes the sockets and leaves", "takes all and leaves"])
def test_whoever_touches_the_handover_socket_ends_nothing(how, tmp_path):
    keys = [Key(), Key()]
    with Relay(*allow(*keys), state=str(tmp_path / "state")) as relay:
        peers = connected(relay, keys)
        for _ in range(3):
            with socket.socket(socket.AF_UNIX) as channel:
                channel.settimeout(5)
                channel.connect(str(tmp_path / "state.handover"))
                if how == "guesses the secret":
                    for greeting in (b"wpex2\n" + bytes(32), b"wpex3\n" + bytes(32)):
                        with socket.socket(socket.AF_UNIX) as other:
                            other.settimeout(5)
                            other.connect(str(tmp_path / "state.handover"))
                            other.sendall(greeting)
                            # It may close before it has read all of it.
                            with contextlib.suppress(ConnectionResetError):
                                assert other.recv(1) == b"", "nothing is handed over"
                elif how != "connects and leaves":
                    channel.sendall(b"wpex3\n" + (tmp_path / "state.handover-key").read_bytes())
                if how.startswith("takes"):
                    while channel.recv(1) != b"\0":
                        pass
                if how == "takes all and leaves":
                    channel.sendall(b"\1")
                    assert len(channel.recv(8)) == 8
        assert talks(*peers)
        assert relay.process.poll() is None
        with Relay(*allow(*keys), state=str(tmp_path / "state"), port=relay.port):
            assert relay.process.wait(5) == 0
            assert talks(*peers)


@pytest.mark.parametrize("seconds", [-400_000_000, -3600, 3600, 400_000_000])
def test_a_clock_that_is_set_between_two_processes_ends_no_session(seconds, tmp_path):
    keys, clock = [Key(), Key()], Clock(tmp_path)
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as free:
        free.bind(("::", 0))
        port = free.getsockname()[1]
    with Relay(*allow(*keys), state=str(tmp_path / "state"), port=port, environment=clock.environment) as relay:
        peers = connected(relay, keys)
        relay.stop()
        clock.shift(seconds)
        relay.start()
        assert any("event=state_restored sessions=1" in line for line in relay.lines), relay.lines
        assert talks(*peers)


def test_a_state_is_a_file(tmp_path):
    result = run("--open", "--port", "0", "--state", "/dev/null")
    assert result.returncode == 1 and "/dev/null" in result.stderr
    result = run("--open", "--port", "0", "--state", str(tmp_path))
    assert result.returncode == 1 and str(tmp_path) in result.stderr
    # A symbolic link stays one.
    (tmp_path / "link").symlink_to(tmp_path / "state")
    (tmp_path / "state").write_bytes(b"")
    with Relay("--open", state=str(tmp_path / "link")) as relay:
        relay.stop()
    assert (tmp_path / "link").is_symlink() and (tmp_path / "state").stat().st_size > 0


def test_an_empty_list_of_keys_means_nobody(config):
    keys = [Key(), Key()]
    entries = [{"name": f"k{number}", "publicKey": key.text} for number, key in enumerate(keys)]
    path = config(keys=entries)
    with Relay("--config", path) as relay:
        alice, bob, ours, theirs = connected(relay, keys)
        config(keys=[])
        until(lambda: relay.count("no_keys"), "it says that nobody is let in", timeout=5)
        assert not talks(alice, bob, ours, theirs)
        alice.send(alice.initiation(keys[1].public))
        assert alice.drain() == [] and bob.drain() == []
        assert relay.ask("/readyz").status == 503
        assert json.loads(relay.get("/api/v1/config"))["keys"] == 0
        # A file without any keys is a mistake.
        config(keys=entries)
        until(lambda: json.loads(relay.get("/api/v1/config"))["keys"] == 2, "the keys are back", timeout=8)
        config()
        until(lambda: relay.count("reload_failed"), "it refuses the file", timeout=10)
        assert relay.get("/readyz") == "ready\n"
    # It also starts without peers, and waits for keys.
    config(keys=[])
    with Relay("--config", path) as relay:
        assert relay.count("no_keys") == 1
        config(keys=entries)
        relay.post("/api/v1/config/reload", {}, TOKEN)
        connected(relay, keys)


def test_draining_forwards_until_a_balancer_has_switched(config):
    keys = [Key(), Key()]
    path = config(keys=[{"name": f"k{number}", "publicKey": key.text} for number, key in enumerate(keys)])
    with Relay("--config", path, "--drain", "60") as relay:
        alice, bob, ours, theirs = connected(relay, keys)
        relay.process.terminate()
        until(lambda: relay.ask("/readyz").status == 503, "it is not ready any more", timeout=5)
        assert relay.count("draining") == 1 and relay.get("/healthz") == "ok\n"
        assert talks(alice, bob, ours, theirs)
        # The second signal does not wait.
        assert relay.stop() == 0
    with Relay("--config", path, "--drain", "1") as relay:
        assert relay.stop() == 0 and relay.count("draining") == 1


@pytest.mark.parametrize("descriptors", [6, 12, 20])
def test_too_few_descriptors_are_said(descriptors):
    command = ["prlimit", f"--nofile={descriptors}:{descriptors}", WPEX_RELAY, "--open", "--port", "0", "--stats", "127.0.0.1:0"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert result.returncode == 3, (result.returncode, result.stderr)
    assert "ulimit -n" in result.stderr and "stack" not in result.stderr.lower()


def test_a_peer_that_is_switched_off_does_not_take_the_relays_health():
    keys = [Key() for _ in range(10)]
    with Relay(*allow(*keys)) as relay:
        hub = Peer(relay.address, keys[0])
        sites = [Peer(relay.address, key) for key in keys[1:9]]
        hub.knock(keys[1].public)
        for site in sites:
            connect(site, hub)
        for _number in range(100):
            hub.send(hub.initiation(keys[9].public))
            time.sleep(0.01)
        health = json.loads(relay.get("/api/v1/health"))
        assert {part["name"]: part["score"] for part in health["components"]}["handshakes"] >= 75, health
        assert health["score"] >= 90


def test_readers_share_a_report_and_health_needs_none():
    keys = [Key() for _ in range(3000)]
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"keys": [{"name": f"k{number}", "publicKey": key.text} for number, key in enumerate(keys)]}, file)
        file.flush()
        with Relay("--config", file.name) as relay:
            alice, bob, ours, theirs = connected(relay, keys)
            relay.get("/stats")
            before = resident(relay)
            with ThreadPoolExecutor(60) as pool:
                bodies = list(pool.map(lambda _: relay.get("/stats"), range(120)))
            assert len(set(bodies)) <= 30, "readers of a second get the same text"
            assert relay.get("/healthz") == "ok\n" and talks(alice, bob, ours, theirs)
            # A client that sends requests and never reads occupies one connection.
            with socket.create_connection(("127.0.0.1", relay.http)) as lazy:
                lazy.sendall(b"GET /stats HTTP/1.1\r\nHost: x\r\n\r\n" * 300)
                time.sleep(2)
                assert resident(relay) - before < 120, "MiB"
                assert relay.get("/healthz") == "ok\n"


def resident(relay):
    return memory(relay.process.pid) / (1 << 20)


def test_old_flags_still_work():
    key = Key()
    with Relay("-allow", key.text, "-broadcast-rate", "3", "-debug") as relay:
        assert relay.stats


@pytest.mark.parametrize("value, lines", [("true", 1), ("1", 1), ("T", 1), ("false", 0), ("0", 0), ("False", 0)])
@pytest.mark.parametrize("dashes", ["-", "--"])
def test_a_flag_may_carry_its_value_as_in_go(dashes, value, lines):
    keys = [Key(), Key()]
    with Relay(*allow(*keys), f"{dashes}debug={value}") as relay:
        connected(relay, keys)
        relay.wait_until(lambda stats: stats["handshakes"]["successful"] == 1, "the session is made")
        assert relay.stop() == 0
        assert relay.count("handshake ") == lines, relay.lines
    assert lines == 0 or run(f"{dashes}version={value}").stdout == run("--version").stdout
    assert run(f"{dashes}debug=maybe", "--open").returncode == 2


def test_port_in_use_is_said():
    with Relay("--open") as relay:
        result = run("--open", "--port", str(relay.port))
        assert result.returncode == 3 and str(relay.port) in result.stderr


def test_metrics_are_clean():
    with Relay(*allow(Key(), Key())) as relay:
        text = relay.get("/metrics")
    result = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stderr == ""


def test_reads_and_wrong_requests():
    with Relay(*allow(Key())) as relay:
        for path in ("/stats", "/api/v1/stats", "/api/v1/health", "/api/v1/config"):
            assert json.loads(relay.get(path))
        assert relay.get("/healthz") == "ok\n"
        assert relay.get("/readyz") == "ready\n"
        for path, method, status in [
            ("/nope", "GET", 404),
            ("/stats", "POST", 405),
            ("/api/v1/config/reload", "GET", 405),
            ("/api/v1/config/reload", "POST", 403),
        ]:
            answer = relay.ask(path, method=method)
            assert answer.status == status
            assert answer.header("Content-Type").startswith("application/problem+json")
        assert relay.post("/api/v1/diagnostics/ping", {"target": "127.0.0.1"})[0] == 403


def test_diagnostics(config, pinging):
    with Relay("--config", config(), *allow(Key())) as relay:
        ping = "/api/v1/diagnostics/ping"
        assert relay.post(ping, {"target": "127.0.0.1"})[0] == 401
        assert relay.post(ping, {"target": "127.0.0.1"}, "wrong" * 8)[0] == 401
        for target in ("127.0.0.1", "::1", "localhost"):
            status, answer = relay.post(ping, {"target": target, "count": 2, "timeoutMilliseconds": 500}, TOKEN)
            assert status == 200 and answer["reached"] is True, answer
            time.sleep(1.1)
        for target in ("224.0.0.1", "255.255.255.255", "0.0.0.0", "ff02::1", "$(id)", "a;b", ""):
            status, answer = relay.post(ping, {"target": target}, TOKEN)
            assert status in (400, 429), (target, answer)
            time.sleep(1.1 if status == 429 else 0.3)
        time.sleep(1.1)
        status, answer = relay.post("/api/v1/diagnostics/traceroute", {"target": "127.0.0.1", "maxHops": 3}, TOKEN)
        assert status == 200 and answer["reached"] is True and answer["hops"], answer
        codes = [relay.post(ping, {"target": "127.0.0.1", "count": 1}, TOKEN)[0] for _ in range(20)]
        assert 429 in codes


def test_private_targets_can_be_refused(config):
    with Relay("--config", config(denyPrivateTargets=True), *allow(Key())) as relay:
        status, answer = relay.post("/api/v1/diagnostics/ping", {"target": "127.0.0.1"}, TOKEN)
        assert status == 400 and "private" in json.dumps(answer)
        # A name that resolves to an internal address is reported like one that does not exist.
        refusals = []
        for name in ("localhost", "no-such-host.invalid"):
            time.sleep(0.3)
            status, answer = relay.post("/api/v1/diagnostics/ping", {"target": name}, TOKEN)
            assert status == 400 and "127.0.0.1" not in json.dumps(answer)
            refusals.append(json.dumps(answer).replace(name, "NAME"))
        assert refusals[0] == refusals[1]


def test_who_holds_the_token_says_who_may_reach_inside(config):
    trace = "/api/v1/diagnostics/traceroute"
    with Relay("--config", config(denyPrivateTargets=True), *allow(Key())) as relay:
        status, answer = relay.post(trace, {"target": "127.0.0.1", "maxHops": 2, "privateTargets": True}, TOKEN)
        assert status == 200 and answer["hops"][-1]["address"] == "127.0.0.1", answer
        assert relay.post(trace, {"target": "127.0.0.1", "privateTargets": "yes"}, TOKEN)[0] == 400


def test_networks_can_be_named(config):
    trace = "/api/v1/diagnostics/traceroute"
    settings = {"denyPrivateTargets": True, "allowedTargets": ["127.0.0.0/8"], "deniedTargets": ["127.9.0.0/16"]}
    with Relay("--config", config(**settings), *allow(Key())) as relay:
        assert relay.post(trace, {"target": "127.0.0.1", "maxHops": 2}, TOKEN)[0] == 200
        status, answer = relay.post(trace, {"target": "127.9.0.1", "maxHops": 2}, TOKEN)
        assert status == 400 and "must not be probed" in json.dumps(answer)


def test_declared_probes_run(config, pinging):
    path = config(probes=[{"name": "here", "ping": "127.0.0.1"}])
    with Relay("--config", path, *allow(Key())) as relay:
        until(lambda: 'wpex_relay_probe_reached{probe="here"} 1' in relay.get("/metrics"), "it has probed", timeout=15)


def test_configuration_follows_its_file(config):
    a, b = Key(), Key()
    entry = lambda name, key: {"name": name, "publicKey": key.text}
    path = config(keys=[entry("a", a)])
    with Relay("--config", path) as relay:
        keys = lambda: json.loads(relay.get("/api/v1/config"))["keys"]
        assert keys() == 1
        config(keys=[entry("a", a), entry("b", b)])
        until(lambda: keys() == 2, "the second key counts", timeout=5)
        # A broken file changes nothing, and is told of.
        write(path, "{ broken")
        until(lambda: relay.count("reload_failed"), "it says what is wrong", timeout=5)
        assert keys() == 2
        assert json.loads(relay.get("/api/v1/health"))["score"] < 100
        config(keys=[entry("b", b)])
        status, _ = relay.post("/api/v1/config/reload", {}, TOKEN)
        assert status == 200 and keys() == 1
        assert TOKEN not in "".join(relay.lines) + relay.get("/api/v1/config") + relay.get("/metrics")


def test_bundles_of_the_compiler_are_read(tmp_path):
    """The relay reads what `wpex render` writes and signs: configuration, and keys of every organization, including sealed ones."""
    out = tmp_path / "out"
    command = [WPEX, "render", "--repo", os.path.join(ROOT, "sample-repo"), "--demonstration", "--out", str(out)]
    subprocess.run(command, check=True, capture_output=True)
    relays = [
        {document["kind"]: document for document in yaml.safe_load_all(file.read_text())} for file in out.rglob("relay-*.yaml")
    ]
    assert len(relays) >= 9
    names = set()
    for objects in relays:
        secret, container = objects["Secret"], objects["Deployment"]["spec"]["template"]["spec"]["containers"][0]
        files = {name: base64.b64decode(data) for name, data in secret["data"].items()}
        home = tmp_path / secret["metadata"]["name"]
        home.mkdir(exist_ok=True)
        for name, data in files.items():
            (home / name).write_bytes(data)
        org = secret["metadata"]["namespace"].removeprefix("nordsud-")
        identity = home / "identity.txt"
        identity.write_text(demonstration_identity(org) + "\n")
        arguments = ["--config", str(home / "config.json"), "--bundle", str(home / "bundle.age")]
        verifiers = [argument for argument in container["args"] if argument.startswith("--verifier-key=")]
        assert len(verifiers) == 1
        arguments += verifiers
        with Relay(*arguments, "--identity", str(identity)) as relay:
            assert relay.stats["peers"]
            names |= {peer["name"] for peer in relay.stats["peers"]}
            # Another organization's identity opens nothing, and the relay keeps running.
            identity.write_text(demonstration_identity("hooli" if org != "hooli" else "acme") + "\n")
            until(lambda: relay.count("reload_failed"), "it says what is wrong", timeout=5)
            assert relay.stats["peers"]
            assert "AGE-SECRET" not in "".join(relay.lines)
    assert len(names) > 10
