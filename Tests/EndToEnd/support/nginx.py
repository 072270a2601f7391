"""A real nginx with the files of deploy/host; only ports, paths and the certificate are replaced."""

import http.client
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile

from support.answers import Answer
from support.certificate import make_certificate
from support.network import free_port, is_open
from support.program import ROOT
from support.waiting import until

NAME = "status.example.org"
FILES = ROOT / "deploy/host/nginx"
# User that nginx runs as if the test is root.
USER = "nobody"


def as_nobody(*command):
    return ["setpriv", "--reuid", USER, "--regid", "nogroup", "--clear-groups", *map(str, command)] if os.geteuid() == 0 else list(map(str, command))


class Proxy:
    """Debian's nginx.conf with wpex's sites, in its own folder."""

    def __init__(self, backend):
        # pytest's folders are closed to nginx's user.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="wpex-nginx-", dir="/tmp"))
        self.backend, self.http, self.https = backend, free_port(), free_port()
        for name in ("sites-enabled", "conf.d", "log", "temp", "webroot", f"live/{NAME}"):
            (self.folder / name).mkdir(parents=True)
        self.make_certificate()
        self.sites = []
        for name in sorted(path.name for path in FILES.glob("*.conf")):
            self.sites.append(name)
            (self.folder / "sites-enabled" / name).write_text(self.derive((FILES / name).read_text()))
        (self.folder / "nginx.conf").write_text(self.main())
        self.give()
        self.process = None

    def give(self):
        """Gives all files to nginx's user."""
        if os.geteuid() == 0:
            subprocess.run(["chown", "-R", f"{USER}:nogroup", self.folder], check=True)

    def make_certificate(self):
        """Makes a certificate, laid out as certbot does."""
        live = self.folder / "live" / NAME
        make_certificate(live / "fullchain.pem", live / "privkey.pem", NAME)
        self.certificate = live / "fullchain.pem"

    def derive(self, text):
        """The shipped file with other ports and paths, each of which must occur."""
        for old, new in (
            (r"(listen (?:\[::\]:)?)80;", rf"\g<1>{self.http};"), (r"(listen (?:\[::\]:)?)443 ", rf"\g<1>{self.https} "),
            (r"127\.0\.0\.1:8420", f"127.0.0.1:{self.backend}"), (r"/etc/letsencrypt/", f"{self.folder}/"),
            (r"/var/log/nginx/", f"{self.folder}/log/"), (r"/var/www/letsencrypt", f"{self.folder}/webroot"),
        ):
            # Comments stay, so that only directives differ from the shipped file.
            text = "\n".join(line if line.lstrip().startswith("#") else re.sub(old, new, line) for line in text.split("\n"))
        return text

    def main(self):
        text = pathlib.Path("/etc/nginx/nginx.conf").read_text()
        for old, new in (
            ("user www-data;", ""), ("/run/nginx.pid", f"{self.folder}/nginx.pid"), ("/var/log/nginx/", f"{self.folder}/log/"),
            ("include /etc/nginx/conf.d/*.conf;", f"include {self.folder}/conf.d/*.conf;"),
            ("include /etc/nginx/sites-enabled/*;", f"include {self.folder}/sites-enabled/*;"),
        ):
            assert old in text, f"Debian's nginx.conf has no `{old}`"
            text = text.replace(old, new)
        temporary = "".join(
            f"\t{kind}_temp_path {self.folder}/temp/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        return text.replace("http {\n", "http {\n" + temporary, 1)

    def command(self, *arguments):
        return as_nobody(shutil.which("nginx") or "/usr/sbin/nginx", "-p", self.folder, "-c", self.folder / "nginx.conf", *arguments)

    def check(self):
        return subprocess.run(self.command("-t"), capture_output=True, text=True)

    def __enter__(self):
        self.process = subprocess.Popen(self.command("-g", "daemon off;"), stderr=open(self.folder / "log/start", "a"))
        until(lambda: is_open(self.https), "nginx starts", self.folder / "log/start", process=self.process)
        return self

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(20)
        shutil.rmtree(self.folder)

    @property
    def logs(self):
        return "".join(path.read_text() for path in sorted((self.folder / "log").iterdir()))

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def context(self, version=ssl.TLSVersion.TLSv1_3):
        context = ssl.create_default_context(cafile=self.certificate)
        context.minimum_version = context.maximum_version = version
        return context

    def handshake(self, version=ssl.TLSVersion.TLSv1_3, name=NAME, source="127.0.0.1"):
        """Version, cipher and certificate of a TLS handshake; raises if it fails."""
        with socket.create_connection(("127.0.0.1", self.https), 10, (source, 0)) as plain:
            context = self.context(version)
            if name != NAME:
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            with context.wrap_socket(plain, server_hostname=name) as secure:
                return secure.version(), secure.cipher()[0], secure.getpeercert()

    def ask(self, path, method="GET", headers=None, body=None, source="127.0.0.1", secure=True):
        """Sends a request from an address of this machine."""
        port = self.https if secure else self.http
        plain = socket.create_connection(("127.0.0.1", port), 20, (source, 0))
        connection = http.client.HTTPConnection(NAME, port)
        connection.sock = self.context().wrap_socket(plain, server_hostname=NAME) if secure else plain
        try:
            host = NAME if port in (80, 443) else f"{NAME}:{port}"
            connection.request(method, path, body=body, headers={"Host": host, **(headers or {})})
            answer = connection.getresponse()
            return Answer(answer.status, answer.getheaders(), answer.read())
        finally:
            connection.close()

    def address(self, path=""):
        return f"https://{NAME}:{self.https}{path}"

    def curl(self, *arguments):
        """The command line of curl, with the proxy's name resolved."""
        return ["curl", "-sS", "--cacert", str(self.certificate), "--resolve", f"{NAME}:{self.https}:127.0.0.1", *arguments]
