"""Git servers for tests: `git http-backend` behind TLS and basic authentication, sshd with keys, and misbehaving ones."""

import base64
import getpass
import http.server
import os
import socket
import ssl
import subprocess
import threading

from support.certificate import make_certificate
from support.git import commit, git
from support.sample import copy_sample
from support.ssh import SSHDaemon, make_key, public_key

TOKEN = "s3cret-token-of-the-git-server"


def make_work(folder):
    """A bare repository for a server, and a working copy that pushes to it."""
    copy = folder / "copy"
    copy_sample(copy)
    serve_copy(folder, copy)
    push_all(copy, "first")
    return folder


def serve_copy(folder, copy):
    """Makes a folder a repository whose origin is a bare one, which `HTTPSServer(folder)` serves."""
    bare = folder / "srv/relays.git"
    bare.parent.mkdir()
    git("init", "-q", "--bare", "-b", "main", bare, cwd=folder)
    git("config", "http.receivepack", "true", cwd=bare)
    git("init", "-q", "-b", "main", cwd=copy)
    git("remote", "add", "origin", bare, cwd=copy)


def push_all(copy, message="A change", *options):
    """Commits everything in a working copy, and gives it to the server."""
    commit(copy, message, *options)
    git("push", "-q", "-f", "origin", "main", cwd=copy)


class HTTPSServer:
    """git http-backend (CGI) behind TLS and basic authentication."""

    def __init__(self, folder, port=0, redirect=None, asks_first=False, closes_after_get=False):
        certificate, key = folder / "server.crt", folder / "server.key"
        if not certificate.exists():
            make_certificate(certificate, key)
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
        self.folder = folder / "ssh"
        self.folder.mkdir()
        self.daemon = SSHDaemon(self.folder)
        for kind in kinds:
            make_key(self.folder / f"host_{kind}", kind)
        for name in ("client", "stranger"):
            make_key(self.folder / name)
        (self.folder / "authorized").write_text((self.folder / "client.pub").read_text())
        self.port = self.daemon.port
        self.daemon.start(*(f"HostKey {self.folder}/host_{kind}" for kind in kinds))
        self.url = f"ssh://{getpass.getuser()}@127.0.0.1:{self.port}{folder}/srv/relays.git"
        self.known = self.folder / "known_hosts"
        self.known.write_text("".join(f"[127.0.0.1]:{self.port} {self.host_key(kind)}\n" for kind in kinds))

    def host_key(self, kind):
        return public_key(self.folder / f"host_{kind}")

    def settings(self, **more):
        return {
            "WPEX_REPOSITORY_SSH_KEY_FILE": self.folder / "client", "WPEX_REPOSITORY_KNOWN_HOSTS_FILE": self.known, **more}

    def close(self):
        self.daemon.close()

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
