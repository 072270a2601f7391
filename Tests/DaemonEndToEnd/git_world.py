"""Git servers for tests: `git http-backend` behind TLS and basic authentication, sshd with keys, and misbehaving ones."""

import base64
import getpass
import http.server
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import threading
import time

import pytest
from daemon import ROOT, WPEX

TOKEN = "s3cret-token-of-the-git-server"


def git(*arguments, cwd=None):
    environment = {**os.environ, "GIT_AUTHOR_NAME": "Anna", "GIT_AUTHOR_EMAIL": "a@example.org"}
    environment |= {"GIT_COMMITTER_NAME": "Anna", "GIT_COMMITTER_EMAIL": "a@example.org"}
    line = ["git", *map(str, arguments)]
    return subprocess.run(line, cwd=cwd, check=True, capture_output=True, text=True, env=environment).stdout


def make_work(folder):
    """A bare repository for a server, and a working copy that pushes to it."""
    bare, copy = folder / "srv/relays.git", folder / "copy"
    bare.parent.mkdir()
    git("init", "-q", "--bare", "-b", "main", bare)
    git("config", "http.receivepack", "true", cwd=bare)
    shutil.copytree(ROOT / "sample-repo", copy)
    git("init", "-q", "-b", "main", cwd=copy)
    git("remote", "add", "origin", bare, cwd=copy)
    commit(copy, "first")
    return folder


def commit(copy, message):
    git("add", "-A", cwd=copy)
    git("commit", "-q", "--allow-empty", "-m", message, cwd=copy)
    git("push", "-q", "-f", "origin", "main", cwd=copy)


class HTTPSServer:
    """git http-backend (CGI) behind TLS and basic authentication."""

    def __init__(self, folder, port=0, redirect=None, asks_first=False, closes_after_get=False):
        certificate, key = folder / "server.crt", folder / "server.key"
        if not certificate.exists():
            subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2",
                 "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"], check=True, capture_output=True)
        self.token = TOKEN
        # Authorization header and path of each request.
        self.seen = []
        root = str(folder / "srv")
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                server.seen.append((self.headers.get("Authorization"), self.path))
                expected = "Basic " + base64.b64encode(f"wpex:{server.token}".encode()).decode()
                is_asking = redirect is None or asks_first
                if not is_asking or redirect is not None and self.headers.get("Authorization") == expected:
                    self.send_response(301)
                    self.send_header("Location", redirect + self.path)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                if self.headers.get("Authorization") != expected:
                    self.send_response(401)
                    self.send_header("WWW-Authenticate", 'Basic realm="git"')
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                path, _, query = self.path.partition("?")
                environment = {
                    **os.environ, "GIT_PROJECT_ROOT": root, "GIT_HTTP_EXPORT_ALL": "1", "PATH_INFO": path, "QUERY_STRING": query,
                    "REQUEST_METHOD": self.command, "CONTENT_TYPE": self.headers.get("Content-Type", ""), "REMOTE_USER": "wpex",
                    "HTTP_GIT_PROTOCOL": self.headers.get("Git-Protocol", ""), "CONTENT_LENGTH": str(len(body)),
                    "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                    "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*",
                }
                output = subprocess.run(["git", "http-backend"], input=body, stdout=subprocess.PIPE, env=environment).stdout
                head, _, content = output.partition(b"\r\n\r\n")
                headers = [line.split(": ", 1) for line in head.decode().split("\r\n")]
                status = next((int(v.split()[0]) for k, v in headers if k == "Status"), 200)
                self.send_response(status)
                for name, value in headers:
                    if name != "Status":
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
                if closes_after_get and self.command == "GET":
                    # HTTP/1.1 permits closing without a `Connection: close`.
                    self.close_connection = True

            do_GET = do_POST = handle_any

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        self.url = f"https://localhost:{self.port}/relays.git"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class SSHServer:
    """sshd that accepts one client key, with host keys of the given kinds."""

    def __init__(self, folder, kinds=("rsa",)):
        if os.geteuid() != 0 or not os.path.exists("/usr/sbin/sshd"):
            pytest.skip("sshd needs root")
        self.folder = folder / "ssh"
        self.folder.mkdir()
        for kind in kinds:
            subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", self.folder / f"host_{kind}"], check=True)
        for name in ("client", "stranger"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.folder / name], check=True)
        (self.folder / "authorized").write_text((self.folder / "client.pub").read_text())
        self.port = free_port()
        self.process = None
        self.write_config("".join(f"HostKey {self.folder}/host_{kind}\n" for kind in kinds))
        self.url = f"ssh://{getpass.getuser()}@127.0.0.1:{self.port}{folder}/srv/relays.git"
        self.known = self.folder / "known_hosts"
        self.known.write_text("".join(f"[127.0.0.1]:{self.port} {self.host_key(kind)}\n" for kind in kinds))

    def write_config(self, extra):
        self.close()
        (self.folder / "config").write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nListenAddress ::1\nPidFile none\nStrictModes no\nUsePAM no\n"
            f"AuthorizedKeysFile {self.folder}/authorized\nPasswordAuthentication no\nPermitRootLogin yes\n{extra}")
        os.makedirs("/run/sshd", exist_ok=True)
        self.process = subprocess.Popen(
            ["/usr/sbin/sshd", "-D", "-e", "-f", self.folder / "config"], stderr=open(self.folder / "log", "a"))
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise AssertionError("sshd does not start: " + (self.folder / "log").read_text())

    def host_key(self, kind):
        return " ".join((self.folder / f"host_{kind}.pub").read_text().split()[:2])

    def settings(self, **more):
        return {
            "WPEX_REPOSITORY_SSH_KEY_FILE": self.folder / "client", "WPEX_REPOSITORY_KNOWN_HOSTS_FILE": self.known, **more}

    def close(self):
        if self.process:
            self.process.kill()
            self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class DeafServer:
    """A server that accepts and reads, but never answers."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.connections = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                self.connections.append(self.socket.accept()[0])
            except OSError:
                return

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
        for connection in self.connections:
            connection.close()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def arguments(folder, url, *more):
    return [WPEX, "sync", "run", *more, "--repo", url, "--target", "directory", "--out", folder / "out", "--state",
            folder / "state", "--demonstration"]


def surroundings(**environment):
    """The environment without proxies, plus the given variables."""
    proxies = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"}
    kept = {name: value for name, value in os.environ.items() if name not in proxies}
    return kept | {name: str(value) for name, value in environment.items()}


def once(folder, url, check=True, **environment):
    result = subprocess.run(
        arguments(folder, url, "--once"), capture_output=True, text=True, timeout=120,
        env=surroundings(**environment))
    assert TOKEN not in result.stderr + result.stdout
    assert not check or result.returncode == 0, result.stderr
    return result


class Follower:
    """A continuous `wpex sync run`."""

    def __init__(self, folder, url, **environment):
        self.log = folder / "log"
        self.process = subprocess.Popen(
            arguments(folder, url), stderr=open(self.log, "w"),
            env=surroundings(**{"WPEX_REPOSITORY_INTERVAL": "0.2", "WPEX_HTTP_LISTEN": "127.0.0.1:0", **environment}))

    def until(self, condition, what, timeout=30):
        deadline = time.monotonic() + timeout
        while not condition():
            assert self.process.poll() is None, f"the daemon ended with {self.process.returncode}: {self.lines}"
            assert time.monotonic() < deadline, f"{what}: {self.lines}"
            time.sleep(0.05)

    @property
    def lines(self):
        return self.log.read_text()

    def descendants(self):
        """Ids of all descendants of a process."""
        parents = {}
        for entry in pathlib.Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    stat = (entry / "stat").read_text()
                except OSError:
                    continue
                if stat.rsplit(")", 1)[1].split()[0] != "Z":
                    parents[int(entry.name)] = int(stat.rsplit(")", 1)[1].split()[1])
        found, pending = set(), [self.process.pid]
        while pending:
            children = {child for child, parent in parents.items() if parent == pending[0]}
            pending = pending[1:] + list(children - found)
            found |= children
        return found

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def rendered(folder):
    return {str(path.relative_to(folder / "out")) for path in (folder / "out").rglob("*.yaml")}
