"""Faults of Git servers, networks and operators: the daemon continues, reports the problem and never reveals its token."""

import os
import resource
import shutil
import signal
import socket
import subprocess
import threading
import time

import pytest

from support.daemon import Daemon
from support.follower import Follower, arguments, once, rendered, surroundings
from support.git import commit, git
from support.git_servers import TOKEN, DeafServer, HTTPSServer, SSHServer, make_work, push_all
from support.process import is_running, memory
from support.program import WPEX, wpex
from support.ssh import make_key, public_key
from support.waiting import until


@pytest.fixture
def work(tmp_path):
    return make_work(tmp_path)


@pytest.fixture
def token(tmp_path):
    file = tmp_path / "token"
    file.write_text(TOKEN + "\n")
    return {
        "WPEX_REPOSITORY_CERTIFICATES_FILE": tmp_path / "server.crt", "WPEX_REPOSITORY_USERNAME": "wpex",
        "WPEX_REPOSITORY_PASSWORD_FILE": file,
    }


# -- Connections that end ---------------------------------------------------------------------------------------------


def test_a_server_that_closes_a_kept_connection_ends_nothing(work, token):
    with HTTPSServer(work, closes_after_get=True) as server, Follower(work, server.url, **token) as follower:
        follower.until(lambda: len(rendered(work)) > 0, "it is rendered")
        (work / "copy/orgs/acme/relays/milan-guests.yaml").unlink()
        push_all(work / "copy", "Close the guests' relay")
        follower.until(lambda: not any("milan-guests" in name for name in rendered(work)), "it goes on")


@pytest.mark.parametrize("command", ["sync", "up"])
def test_whoever_reads_the_log_may_go_away(work, command):
    """SIGPIPE would end a daemon started by a shell; under systemd and as PID 1 of a container it is ignored anyway."""
    reader, writer = os.pipe()
    if command == "sync":
        line = arguments(work, work / "srv/relays.git")
    else:
        line = [WPEX, "up", "--repo", work / "copy", "--state", work / "state", "--status-port", "0", "--interval", "0.2"]
    process = subprocess.Popen(
        line, stderr=writer, stdout=writer, restore_signals=True,
        env=surroundings(WPEX_REPOSITORY_INTERVAL="0.2", WPEX_HTTP_LISTEN="127.0.0.1:0"))
    os.close(writer)
    try:
        os.read(reader, 1)
        os.close(reader)
        status = work / "state/status.json"
        until(status.exists, "it goes on although its log cannot be written", process=process)
        before = status.stat().st_mtime_ns
        (work / "copy/orgs/acme/relays/milan-guests.yaml").unlink()
        push_all(work / "copy", "Close the guests' relay")
        until(lambda: status.stat().st_mtime_ns != before, "it goes on although its log cannot be written", process=process)
    finally:
        process.terminate()
        process.wait(20)


# -- Branches ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("transport", ["path", "https"])
@pytest.mark.parametrize("change", ["deleted", "renamed"])
def test_a_branch_that_is_gone_is_told(work, token, transport, change):
    bare = work / "srv/relays.git"
    git("branch", "other", "main", cwd=bare)
    with HTTPSServer(work) as server:
        url, settings = (bare, {}) if transport == "path" else (server.url, token)
        once(work, url, **settings)
        before = rendered(work)
        git(*(["branch", "-D", "main"] if change == "deleted" else ["branch", "-m", "main", "moved"]), cwd=bare)
        refused = once(work, url, check=False, **settings)
        assert refused.returncode == 3 and "has no branch `main`" in refused.stderr
        assert rendered(work) == before
        git("branch", "main", "other", cwd=bare)
        once(work, url, **settings)


@pytest.mark.parametrize("change", [("branch", "-m", "elsewhere"), ("switch", "-c", "elsewhere")])
def test_a_working_copy_that_leaves_its_branch_is_told(work, change):
    with Daemon(work, repo=work / "copy").start("--status-port", "0") as daemon:
        git(*change, cwd=work / "copy")
        daemon.until(lambda: "is on the branch `elsewhere` now" in (daemon.problem or ""), "it is told")
        assert daemon.current() >= 7
        git(*(["branch", "-m", "main"] if change[0] == "branch" else ["switch", "main"]), cwd=work / "copy")
        daemon.until(lambda: not daemon.problem, "it goes on")


def test_a_replica_that_is_behind_rewrites_no_history(work):
    bare, replica = work / "srv/relays.git", work / "srv/replica.git"
    shutil.copytree(bare, replica)
    push_all(work / "copy", "second")
    place = work / "srv/now.git"
    place.symlink_to(bare)
    once(work, place)
    place.unlink()
    place.symlink_to(replica)
    behind = once(work, place, check=False)
    assert behind.returncode == 3 and "is it a copy that is behind?" in behind.stderr and "rewritten" not in behind.stderr
    assert "rejected" not in wpex("audit", "list", "--state", work / "state", "--output", "json").stdout


# -- Secrets ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("asks_first", [False, True])
@pytest.mark.parametrize("place", ["file", "address"])
def test_the_token_stays_with_its_host(work, token, place, asks_first):
    """Whether the server redirects before it asks for the token or after it has received it."""
    HTTPSServer(work).close()
    other = work / "other"
    other.mkdir()
    for name in ("server.crt", "server.key", "srv"):
        (other / name).symlink_to(work / name)
    with HTTPSServer(other) as elsewhere:
        address = f"https://localhost:{elsewhere.port}"
        with HTTPSServer(work, redirect=address, asks_first=asks_first) as server:
            url = server.url
            if place == "address":
                url = url.replace("https://", f"https://wpex:{TOKEN}@")
                token.pop("WPEX_REPOSITORY_PASSWORD_FILE")
            refused = once(work, url, check=False, **token)
            assert refused.returncode == 3
            assert asks_first or f"redirects to `{address}`" in refused.stderr
            assert elsewhere.seen and all(header is None for header, _ in elsewhere.seen)
            assert asks_first == any(header for header, _ in server.seen)


def test_no_process_shows_the_token(work, token):
    """Neither in arguments nor in variables during a fetch, and in no file afterwards."""
    with DeafServer() as deaf:
        url = f"http://wpex:{TOKEN}@127.0.0.1:{deaf.port}/relays.git"
        token.pop("WPEX_REPOSITORY_CERTIFICATES_FILE")
        with Follower(work, url, **token) as follower:
            follower.until(lambda: deaf.connections, "it connects")
            for process in follower.descendants():
                for name in ("cmdline", "environ"):
                    try:
                        shown = open(f"/proc/{process}/{name}", "rb").read()
                    except OSError:
                        continue
                    assert TOKEN.encode() not in shown
    for path in (work / "state").rglob("*"):
        assert not path.is_file() or TOKEN.encode() not in path.read_bytes()


def test_a_token_is_read_when_it_is_used(work, token):
    file = token["WPEX_REPOSITORY_PASSWORD_FILE"]
    with HTTPSServer(work) as server, Follower(work, server.url, **token) as follower:
        follower.until(lambda: len(rendered(work)) > 0, "it is rendered")
        server.token = "the-next-one"
        follower.until(lambda: "refuses the credentials" in follower.lines, "the refusal is told")
        offered = len([header for header, _ in server.seen if header])
        # After some polls, the same token has not been offered again.
        time.sleep(3)
        assert len([header for header, _ in server.seen if header]) <= offered + 1
        (work / "copy/orgs/acme/relays/milan-guests.yaml").unlink()
        push_all(work / "copy", "Close the guests' relay")
        file.write_text("the-next-one\n")
        follower.until(lambda: not any("milan-guests" in name for name in rendered(work)), "the new token is used at once")


def test_an_ssh_key_is_read_when_it_is_used(work):
    with SSHServer(work) as server:
        key = work / "key"
        # In a sloppy state that used to work: readable by others, and without a final line break.
        key.write_text((server.folder / "client").read_text().rstrip("\n"))
        key.chmod(0o644)
        settings = server.settings(WPEX_REPOSITORY_SSH_KEY_FILE=key)
        with Follower(work, server.url, **settings) as follower:
            follower.until(lambda: len(rendered(work)) > 0, "it is rendered")
            (server.folder / "authorized").write_text((server.folder / "stranger.pub").read_text())
            follower.until(lambda: "refuses the key" in follower.lines, "the refusal is told")
            (work / "copy/orgs/acme/relays/milan-guests.yaml").unlink()
            push_all(work / "copy", "Close the guests' relay")
            key.write_text((server.folder / "stranger").read_text())
            follower.until(lambda: not any("milan-guests" in name for name in rendered(work)), "the new key is used at once")


# -- Hosts ------------------------------------------------------------------------------------------------------------

KINDS = ("rsa", "ecdsa", "ed25519")


@pytest.mark.parametrize("kind", KINDS)
def test_a_known_key_of_any_kind_is_enough(work, kind):
    """A server has several keys; `ssh` stores the one that it met."""
    with SSHServer(work, KINDS) as server:
        server.known.write_text(f"[127.0.0.1]:{server.port} {server.host_key(kind)}\n")
        once(work, server.url, **server.settings())
        assert len(rendered(work)) > 0


def test_known_hosts_are_read_as_openssh_reads_them(work):
    with SSHServer(work, KINDS) as server:
        name, key = f"[127.0.0.1]:{server.port}", server.host_key("ed25519")

        def look(known, url=server.url):
            server.known.write_text(known)
            return once(work, url, check=False, **server.settings())

        # Hashed host names, as Debian's ssh writes them.
        server.known.write_text(f"{name} {key}\n")
        subprocess.run(["ssh-keygen", "-q", "-H", "-f", server.known], check=True, capture_output=True)
        hashed = server.known.read_text()
        assert hashed.startswith("|1|") and look(hashed).returncode == 0
        # IPv6, wildcards, negation, comments, and another system's line endings.
        sixth = server.url.replace("127.0.0.1", "[::1]")
        assert look(f"[::1]:{server.port} {key}\n", sixth).returncode == 0
        assert look(f"# ours\n\n[127.0.0.?]:* {key} comment\r\n").returncode == 0
        assert look(f"[127.0.0.*]:*,!{name} {key}\n").returncode == 3
        # Markers.
        revoked = look(f"{name} {key}\n@revoked * {key}\n")
        assert revoked.returncode == 3 and "is revoked" in revoked.stderr
        absent = look(f"[192.0.2.1]:{server.port} {key}\n")
        assert absent.returncode == 3 and "has no line for it" in absent.stderr and "not the one" not in absent.stderr
        # A certificate of an authority.
        make_key(work / "authority")
        subprocess.run(
            ["ssh-keygen", "-q", "-s", work / "authority", "-I", "host", "-h", "-n", "127.0.0.1",
             server.folder / "host_ed25519.pub"], check=True, capture_output=True)
        server.daemon.start(f"HostKey {server.folder}/host_ed25519", f"HostCertificate {server.folder}/host_ed25519-cert.pub")
        authority = public_key(work / "authority")
        assert look(f"@cert-authority {name} {authority}\n").returncode == 0
        assert look(f"@cert-authority [192.0.2.1]:{server.port} {authority}\n").returncode == 3


# -- Servers that never answer ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["http", "https", "ssh", "git"])
def test_a_server_that_never_answers_is_given_up(work, scheme):
    with DeafServer() as deaf, SSHServerFiles(work) as files:
        url = f"{scheme}://127.0.0.1:{deaf.port}/relays.git"
        refused = once(
            work, url, check=False, WPEX_REPOSITORY_CONNECT_TIMEOUT=1, WPEX_REPOSITORY_SILENCE_TIMEOUT=2, **files)
        assert refused.returncode == 3
        words = ("did not accept a connection within 1 s", "silent for 2 s", "timed out")
        assert any(text in refused.stderr for text in words), refused.stderr


def test_a_server_that_drips_is_given_up(work):
    """An occasional byte is a sign of life, but not an answer."""
    server = socket.create_server(("127.0.0.1", 0))

    def drip():
        while True:
            try:
                connection, _ = server.accept()
                connection.recv(65_536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-git-upload-pack-advertisement\r\n\r\n")
                while True:
                    connection.sendall(b"0")
                    time.sleep(0.2)
            except OSError:
                if server.fileno() < 0:
                    return

    threading.Thread(target=drip, daemon=True).start()
    refused = once(
        work, f"http://127.0.0.1:{server.getsockname()[1]}/relays.git", check=False, WPEX_REPOSITORY_FETCH_TIMEOUT=3,
        WPEX_REPOSITORY_SILENCE_TIMEOUT=60)
    server.close()
    assert refused.returncode == 3 and ("within 3 s" in refused.stderr or "cannot be fetched" in refused.stderr)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("scheme", ["http", "https", "ssh"])
def test_a_signal_ends_it_while_a_fetch_hangs(work, scheme, number):
    with DeafServer() as deaf, SSHServerFiles(work) as files:
        url = f"{scheme}://127.0.0.1:{deaf.port}/relays.git"
        with Follower(work, url, **files) as follower:
            follower.until(lambda: deaf.connections, "it connects")
            children = follower.descendants()
            assert children
            follower.process.send_signal(number)
            assert follower.process.wait(10) == 0
            until(lambda: not any(map(is_running, children)), "no child outlives it", timeout=5)
    assert not list((work / "state/repository.git").rglob("*.lock"))


@pytest.mark.parametrize("scheme", ["http", "ssh"])
def test_nothing_outlives_a_daemon_that_is_killed(work, scheme):
    with DeafServer() as deaf, SSHServerFiles(work) as files:
        url = f"{scheme}://127.0.0.1:{deaf.port}/relays.git"
        settings = {"WPEX_REPOSITORY_CONNECT_TIMEOUT": 2, "WPEX_REPOSITORY_SILENCE_TIMEOUT": 2, **files}
        with Follower(work, url, **settings) as follower:
            follower.until(lambda: deaf.connections, "it connects")
            children = follower.descendants()
            assert children
            follower.process.kill()
            follower.process.wait()
            until(lambda: not any(map(is_running, children)), "no child outlives it", timeout=60)


def test_a_signal_ends_the_status_server_while_a_fetch_hangs(work):
    with DeafServer() as deaf:
        process = subprocess.Popen(
            [WPEX, "serve", "run", "--repo", f"http://127.0.0.1:{deaf.port}/relays.git", "--target", "none", "--folder",
             work / "serve", "--listen", "127.0.0.1:0", "--token-file", work / "serve-token"], stderr=subprocess.PIPE,
            env=surroundings())
        try:
            until(lambda: deaf.connections, "it connects", process=process)
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0
        finally:
            process.kill()
            process.wait()


@pytest.mark.parametrize("interval", ["-1", "soon", "100000"])
def test_an_interval_is_a_number_of_seconds(work, interval):
    refused = once(work, work / "srv/relays.git", check=False, WPEX_REPOSITORY_INTERVAL=interval)
    assert refused.returncode == 2 and "`repository.interval` must be a number from 0 to 86400" in refused.stderr


class SSHServerFiles:
    """Settings of ssh for a server that does not speak it."""

    def __init__(self, folder):
        self.folder = folder

    def __enter__(self):
        make_key(self.folder / "somebody")
        known = self.folder / "known_hosts"
        known.write_text(f"127.0.0.1 {public_key(self.folder / 'somebody')}\n")
        return {"WPEX_REPOSITORY_SSH_KEY_FILE": self.folder / "somebody", "WPEX_REPOSITORY_KNOWN_HOSTS_FILE": known}

    def __exit__(self, *_):
        pass


# -- The network ------------------------------------------------------------------------------------------------------


def test_proxies_of_the_environment_are_used(work, token):
    """A proxy that opens tunnels (CONNECT), and one excluded for this host."""
    asked = []
    proxy = socket.create_server(("127.0.0.1", 0))

    def pump(source, sink):
        try:
            while data := source.recv(65_536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def serve():
        while True:
            try:
                client, _ = proxy.accept()
            except OSError:
                return
            head = b""
            while b"\r\n\r\n" not in head:
                head += client.recv(65_536)
            asked.append(head.split(b"\r\n")[0])
            host, port = head.split()[1].decode().rsplit(":", 1)
            target = socket.create_connection((host, int(port)))
            client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            for ends in ((client, target), (target, client)):
                threading.Thread(target=pump, args=ends, daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    address = f"http://127.0.0.1:{proxy.getsockname()[1]}"
    with HTTPSServer(work) as server:
        once(work, server.url, https_proxy=address, no_proxy="", NO_PROXY="", **token)
        assert asked and asked[0] == f"CONNECT localhost:{server.port} HTTP/1.1".encode()
        del asked[:]
        once(work, server.url, https_proxy=address, no_proxy="localhost", **token)
        assert not asked
    proxy.close()


def test_configuration_of_the_user_does_not_count(work, token):
    """Configuration of neither Git, OpenSSH nor curl: only its settings configure a daemon."""
    home = work / "home"
    (home / ".ssh").mkdir(parents=True)
    (home / ".gitconfig").write_text('[url "https://localhost:1/"]\n\tinsteadOf = https://localhost:\n')
    (home / ".netrc").write_text(f"machine localhost login wpex password {TOKEN}\n")
    with HTTPSServer(work) as server:
        once(work, server.url, HOME=home, XDG_CONFIG_HOME=home, GIT_SSH_COMMAND="false", GIT_DIR="/nowhere", **token)
        token.pop("WPEX_REPOSITORY_PASSWORD_FILE")
        refused = once(work, server.url, check=False, HOME=home, **token)
        assert refused.returncode == 3 and "none are configured" in refused.stderr


# -- The mirror -------------------------------------------------------------------------------------------------------


def damage_head(mirror):
    (mirror / "HEAD").write_bytes(b"")


def damage_reference(mirror):
    (mirror / "refs/wpex/main").write_bytes(b"")


def damage_config(mirror):
    (mirror / "config").write_bytes(b"\0" * 64)


def damage_objects(mirror):
    for file in [*mirror.glob("objects/??/*"), *mirror.glob("objects/pack/*.pack")]:
        file.chmod(0o600)
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def lose_objects(mirror):
    shutil.rmtree(mirror / "objects")
    (mirror / "objects/pack").mkdir(parents=True)


@pytest.mark.parametrize("damage", [damage_head, damage_reference, damage_config, damage_objects, lose_objects])
def test_a_damaged_mirror_is_made_again(work, damage):
    url = work / "srv/relays.git"
    once(work, url)
    damage(work / "state/repository.git")
    (work / "copy/orgs/acme/relays/milan-guests.yaml").unlink()
    push_all(work / "copy", "Close the guests' relay")
    for _ in range(2):
        looked = once(work, url, check=False)
    assert looked.returncode == 0, looked.stderr
    assert not any("milan-guests" in name for name in rendered(work))
    git("fsck", "--full", cwd=work / "state/repository.git")


def test_a_file_that_cannot_be_read_is_fetched_again(work):
    """Damage shows late, when a commit is compiled."""
    url, mirror = work / "srv/relays.git", work / "state/repository.git"
    once(work, url)
    blob = git("rev-parse", "main:orgs/globex/organization.yaml", cwd=url)
    (mirror / "objects" / blob[:2] / blob[2:]).unlink()
    (work / "copy/orgs/acme/relays/milan-guests.yaml").unlink()
    push_all(work / "copy", "Close the guests' relay")
    with Follower(work, url) as follower:
        follower.until(lambda: "is damaged and is created again" in follower.lines, "it is told")
        follower.until(lambda: not any("milan-guests" in name for name in rendered(work)), "it goes on")


def test_a_damaged_server_costs_the_mirror_nothing(work):
    url = work / "srv/relays.git"
    once(work, url)
    push_all(work / "copy", "second")
    damage_objects(url)
    refused = once(work, url, check=False)
    assert refused.returncode == 3 and "created again" not in refused.stderr
    assert git("rev-parse", "refs/wpex/main", cwd=work / "state/repository.git") == git(
        "rev-parse", "HEAD~1", cwd=work / "copy")


def test_remains_of_a_killed_fetch_are_removed(work):
    url, mirror = work / "srv/relays.git", work / "state/repository.git"
    once(work, url)
    remains = [mirror / "refs/wpex/main.lock", mirror / "objects/pack/tmp_pack_AbCdEf", mirror / "objects/pack/pack_git2_123456"]
    for file in remains:
        file.write_bytes(b"half")
    push_all(work / "copy", "second")
    once(work, url)
    assert not any(file.exists() for file in remains)


def test_many_pushes_fit_few_descriptors(work):
    """Each push makes a pack here, and the limit is small."""
    url = work / "srv/relays.git"

    def limit():
        resource.setrlimit(resource.RLIMIT_NOFILE, (80, 80))

    once(work, url)
    mirror = work / "state/repository.git"
    git("config", "fetch.unpackLimit", "1", cwd=mirror)
    for number in range(40):
        push_all(work / "copy", f"push {number}")
        git("fetch", "-q", url, "+refs/heads/main:refs/wpex/main", cwd=mirror)
    assert len(list(mirror.glob("objects/pack/*.pack"))) > 30
    push_all(work / "copy", "last")
    result = subprocess.run(arguments(work, url, "--once"), capture_output=True, text=True, timeout=60, preexec_fn=limit)
    assert result.returncode == 0, result.stderr
    assert len(list(mirror.glob("objects/pack/*.pack"))) <= 2
    assert git("rev-list", "--count", "refs/wpex/main", cwd=mirror) == "42"


def test_memory_does_not_grow_with_looks(work, token):
    """Formerly, each line of the user's configuration cost several KiB at every poll."""
    home = work / "home"
    home.mkdir()
    (home / ".gitconfig").write_text("".join(f"[user]\n\tentry{number} = x\n" for number in range(60)))
    with HTTPSServer(work) as server, Follower(work, server.url, HOME=home, WPEX_REPOSITORY_INTERVAL="0", **token) as follower:
        follower.until(lambda: len(rendered(work)) > 0, "it is rendered")

        def resident():
            return memory(follower.process.pid)

        def looks(count):
            wanted = sum("info/refs" in path for _, path in server.seen) + count
            follower.until(lambda: sum("info/refs" in path for _, path in server.seen) >= wanted, "it looks", timeout=90)

        looks(10)
        before = resident()
        looks(120)
        assert resident() - before < 12 << 20


# -- Repositories of this machine -------------------------------------------------------------------------------------


def test_up_follows_a_worktree(work):
    git("worktree", "add", "-q", "-b", "tree", work / "tree", cwd=work / "copy")
    with Daemon(work, repo=work / "tree").start("--status-port", "0") as daemon:
        (work / "tree/orgs/acme/relays/milan-guests.yaml").unlink()
        commit(work / "tree", "Close the guests' relay")
        daemon.until(lambda: "acme/milan-guests" not in daemon.relays(), "the worktree's commit counts")


@pytest.mark.parametrize("name", ["a:b.git", "anna@host:relays.git", "with space.git", "it's.git", "-dash.git", "ünï.git"])
def test_paths_are_paths(work, name):
    (work / "srv/relays.git").rename(work / "srv" / name)
    once(work, str(work / "srv" / name))
    assert len(rendered(work)) > 0


def test_a_vanished_repository_is_told(work):
    url = work / "srv/relays.git"
    with Follower(work, url) as follower:
        follower.until(lambda: len(rendered(work)) > 0, "it is rendered")
        url.rename(work / "srv/gone.git")
        follower.until(lambda: "there is no Git repository at that path" in follower.lines, "it is told")
        (work / "srv/gone.git").rename(url)
        (work / "copy/orgs/acme/relays/milan-guests.yaml").unlink()
        push_all(work / "copy", "Close the guests' relay")
        follower.until(lambda: not any("milan-guests" in name for name in rendered(work)), "it goes on")


def test_sha256_is_refused_by_its_name(work):
    git("init", "-q", "--bare", "--object-format=sha256", "-b", "main", work / "srv/new.git", cwd=work)
    git("init", "-q", "--object-format=sha256", "-b", "main", work / "new", cwd=work)
    shutil.copytree(work / "copy/orgs", work / "new/orgs")
    commit(work / "new", "first")
    git("push", "-q", work / "srv/new.git", "main", cwd=work / "new")
    refused = once(work, work / "srv/new.git", check=False)
    assert refused.returncode == 3 and "SHA-256" in refused.stderr
