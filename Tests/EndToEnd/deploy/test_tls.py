"""`wpex serve` and `wpex up` speak TLS by themselves, and follow a certificate that certbot renews."""

import http.client
import os
import socket
import ssl
import subprocess
import urllib.parse

import pytest

from support.answers import ask
from support.certificate import make_certificate
from support.network import free_port
from support.program import wpex
from support.repository import repository
from support.server import Server
from support.up import Up
from support.viewers import token
from support.waiting import until

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Certificates:
    """A folder as certbot keeps it: links in live/ to files in archive/."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "archive").mkdir(parents=True)
        (folder / "live").mkdir()
        self.chain, self.key = folder / "live/fullchain.pem", folder / "live/privkey.pem"

    def make(self, number):
        make_certificate(self.chain_of(number), self.key_of(number), "localhost", ["127.0.0.1"])

    def chain_of(self, number):
        return self.folder / f"archive/fullchain{number}.pem"

    def key_of(self, number):
        return self.folder / f"archive/privkey{number}.pem"

    def link(self, path, target):
        new = path.with_suffix(".new")
        new.symlink_to(target)
        new.rename(path)

    def use(self, number):
        self.link(self.chain, self.chain_of(number))
        self.link(self.key, self.key_of(number))

    def trust(self, number):
        return ssl.create_default_context(cafile=self.chain_of(number))


class SecureServer(Server):
    """A server that is asked over TLS."""

    def __init__(self, folder, repo, certificates):
        super().__init__(folder, repo, settings={
            "http": {"certificateFile": str(certificates.chain), "keyFile": str(certificates.key)}})
        self.context = None

    @property
    def url(self):
        return f"https://127.0.0.1:{self.port}"

    def get(self, path, who=None, headers=None, method="GET", body=None, bearer=None):
        return ask(self.url + path, method, body, headers, bearer or (token(who) if who else None), context=self.context)


@pytest.fixture(scope="module")
def repo(tmp_path_factory):
    return repository(tmp_path_factory.mktemp("tls") / "repo")


def test_certificates_are_used_when_they_are_renewed(tmp_path, repo):
    certificates = Certificates(tmp_path / "letsencrypt")
    for number in (1, 2, 3):
        certificates.make(number)
    certificates.use(1)
    server = SecureServer(tmp_path / "serve", repo, certificates)
    server.context = certificates.trust(1)
    with server:
        log = server.log
        page = server.get("/login")
        assert page.status == 200 and page.header("strict-transport-security").startswith("max-age=31536000")
        body = urllib.parse.urlencode({"token": token("engineer")}).encode()
        entered = server.get("/login", method="POST", headers=FORM, body=body)
        assert entered.status == 303 and entered.cookie.startswith("__Host-wpex=") and "; Secure" in entered.header("set-cookie")
        # Neither plain HTTP nor an older version.
        assert ask(f"http://127.0.0.1:{server.port}/readyz").status == 0
        older = certificates.trust(1)
        older.maximum_version = ssl.TLSVersion.TLSv1_2
        assert ask(server.url + "/readyz", context=older).status == 0
        assert "https on port" in log.read_text() and f"`{certificates.chain}` is valid until 2" in log.read_text()

        # A connection outlives the certificate that it began with.
        open_before = http.client.HTTPSConnection("127.0.0.1", server.port, context=certificates.trust(1))
        open_before.request("GET", "/readyz")
        assert open_before.getresponse().read() is not None
        certificates.use(2)
        until(lambda: ask(server.url + "/readyz", context=certificates.trust(2)).status == 200, "the renewed certificate is used", log)
        assert ask(server.url + "/readyz", context=certificates.trust(1)).status == 0
        open_before.request("GET", "/readyz")
        assert open_before.getresponse().status == 200

        # What cannot be used is said once, and the earlier certificate stays.
        certificates.link(certificates.key, certificates.key_of(3))
        until(lambda: "the earlier certificate stays in use" in log.read_text(), "the wrong key is said", log)
        assert "the key belongs to another certificate" in log.read_text()
        certificates.link(certificates.chain, tmp_path / "missing")
        until(lambda: log.read_text().count("the earlier certificate stays in use") == 2, "the missing file is said", log)
        assert ask(server.url + "/readyz", context=certificates.trust(2)).status == 200
        certificates.use(3)
        until(lambda: ask(server.url + "/readyz", context=certificates.trust(3)).status == 200, "the next certificate is used", log)
        assert "PRIVATE" not in log.read_text()
        server.stop()


def encrypted(certificates):
    subprocess.run(
        ["openssl", "pkcs8", "-topk8", "-in", certificates.key_of(1), "-out", certificates.key_of(2), "-passout", "pass:x"],
        check=True, capture_output=True)
    certificates.link(certificates.key, certificates.key_of(2))


def another(certificates):
    certificates.make(2)
    certificates.link(certificates.key, certificates.key_of(2))


def empty(certificates):
    os.truncate(certificates.chain_of(1), 0)


@pytest.mark.parametrize(("spoil", "said"), [
    (another, "the key belongs to another certificate than the one in"),
    (encrypted, "the key is not in PEM, or it is encrypted"),
    (empty, "the certificate is not in PEM"),
    (lambda certificates: certificates.key.unlink(), "privkey.pem"),
], ids=["another", "encrypted", "empty", "missing"])
def test_what_cannot_be_used_is_said_at_the_start(tmp_path, repo, spoil, said):
    certificates = Certificates(tmp_path / "letsencrypt")
    certificates.make(1)
    certificates.use(1)
    spoil(certificates)
    server = SecureServer(tmp_path / "serve", repo, certificates)
    with pytest.raises(AssertionError):
        server.start()
    assert said in server.log.read_text() and server.process.wait(20) not in (0, None)


def test_a_certificate_needs_its_key(tmp_path, repo):
    server = Server(tmp_path / "serve", repo, settings={"http": {"certificateFile": "/etc/ssl/certs/none.pem"}})
    with pytest.raises(AssertionError):
        server.start()
    assert "`http.certificateFile` needs `http.keyFile` too" in server.log.read_text()


def test_wpex_up_needs_no_proxy(tmp_path):
    certificates = Certificates(tmp_path / "letsencrypt")
    for number in (1, 2):
        certificates.make(number)
    certificates.use(1)
    port = free_port()
    up = Up(tmp_path / "up", "--status-port", str(port), "--public-address", f"https://127.0.0.1:{port}", "--status-address", "0.0.0.0",
            "--certificate", str(certificates.chain), "--certificate-key", str(certificates.key))
    try:
        up.login()
        assert up.url == f"https://127.0.0.1:{port}"

        def status(path, number, **more):
            return ask(up.url + path, bearer=up.bearer, context=certificates.trust(number), **more).status

        until(lambda: status("/api/v1/relays/acme/milan-1", 1) == 200, "the pages are served", up.log)
        assert ask(f"http://127.0.0.1:{port}/readyz").status == 0
        # It listens on more than loopback's first address.
        with socket.create_connection(("127.0.0.2", port), timeout=5):
            pass
        certificates.use(2)
        until(lambda: status("/readyz", 2) == 200, "the renewed certificate is used", up.log)
        assert up.bearer not in up.log.read_text()
    finally:
        assert up.stop() == 0


@pytest.mark.parametrize(("arguments", "said"), [
    (["--certificate", "a"], "--certificate and --certificate-key need each other"),
    (["--certificate", "a", "--certificate-key", "b"], "--certificate needs --public-address"),
    (["--status-address", "0.0.0.0"], "--status-address needs --certificate"),
    (["--status-address", "eth0"], "--status-address must be an IP address"),
])
def test_wpex_up_publishes_nothing_in_the_clear(tmp_path, arguments, said):
    result = wpex("up", "--repo", str(tmp_path), *arguments, check=False)
    assert result.returncode == 2 and said in result.stderr
