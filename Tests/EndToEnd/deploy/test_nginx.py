"""deploy/host/nginx in front of a real `wpex serve` and `wpex up`, as seen by browsers and attackers."""

import json
import os
import re
import selectors
import socket
import ssl
import subprocess
import time
import urllib.parse
import urllib.request

import pytest

from support.git import git
from support.network import free_port
from support.nginx import NAME, Proxy
from support.program import ROOT, WPEX
from support.repository import repository
from support.sample import copy_sample
from support.server import Server
from support.viewers import OWN, VIEWERS, token
from support.waiting import until

ALLOWED, OTHER = "127.0.0.5", "127.0.0.6"
USERS = f"orgs/{OWN}/users"
ONCE = (
    "strict-transport-security", "content-security-policy", "x-content-type-options", "referrer-policy", "x-frame-options",
    "cross-origin-opener-policy", "cross-origin-resource-policy", "permissions-policy",
)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    repo = repository(folder / "repo")
    path = repo / USERS / "look-viewer.yaml"
    path.write_text(path.read_text() + f"    ipAllowlist: [{ALLOWED}]\n")
    git("commit", "-qam", "From one address alone", cwd=repo)
    subprocess.run(
        [WPEX, "sync", "run", "--once", "--repo", repo, "--target", "directory", "--out", folder / "out", "--state", folder / "sync", "--demonstration"],
        check=True, capture_output=True)
    # The setting in deploy/host/serve.json.
    shipped = json.loads((ROOT / "deploy/host/serve.json").read_text())["http"]
    server = Server(folder / "server", repo, folder / "sync/audit.sqlite", settings={
        "http": {"publicAddress": shipped["publicAddress"], "trustedProxies": shipped["trustedProxies"]}})
    proxy = Proxy(server.port)
    checked = proxy.check()
    assert checked.returncode == 0 and "warn" not in checked.stderr.replace("could not open error log", ""), checked.stderr
    with server, proxy:
        yield proxy, server, repo, folder


def form(bearer):
    return urllib.parse.urlencode({"token": bearer}), {"Content-Type": "application/x-www-form-urlencoded"}


def bearer(who):
    return {"Authorization": f"Bearer {token(who)}"}


def test_the_files_are_the_shipped_ones(site):
    """Only ports and paths differ: every line of a shipped file is there, in order."""
    proxy, *_ = site
    for name in proxy.sites:
        shipped = (ROOT / "deploy/host/nginx" / name).read_text().split("\n")
        derived = (proxy.folder / "sites-enabled" / name).read_text().split("\n")
        assert len(shipped) == len(derived)
        differing = [old.split()[0] for old, new in zip(shipped, derived) if old != new]
        assert set(differing) <= {"listen", "server", "root", "ssl_certificate", "ssl_certificate_key", "access_log", "error_log"}


def test_tls_is_of_version_1_3_alone(site):
    proxy, *_ = site
    version, cipher, certificate = proxy.handshake()
    assert version == "TLSv1.3" and cipher.startswith("TLS_") and certificate["subject"] == ((("commonName", NAME),),)
    for name in (NAME, "other.example.org"):
        with pytest.raises(ssl.SSLError) as refused:
            proxy.handshake(ssl.TLSVersion.TLSv1_2, name)
        assert "protocol version" in str(refused.value), refused.value


def test_other_names_end_in_the_handshake(site):
    proxy, *_ = site
    for name in ("other.example.org", None):
        with pytest.raises(ssl.SSLError) as refused:
            proxy.handshake(name=name)
        assert "unrecognized name" in str(refused.value).lower().replace("_", " "), refused.value


def test_http_leads_to_https_and_answers_lets_encrypt(site):
    proxy, *_ = site
    moved = proxy.ask("/relays?q=milan", secure=False)
    assert moved.status == 301 and moved.values("location") == [f"https://{NAME}/relays?q=milan"]
    challenge = proxy.folder / "webroot/.well-known/acme-challenge"
    challenge.mkdir(parents=True)
    (challenge / "abc_DEF-1").write_text("abc_DEF-1.key-authorization")
    answer = proxy.ask("/.well-known/acme-challenge/abc_DEF-1", secure=False)
    assert answer.status == 200 and answer.body == b"abc_DEF-1.key-authorization"
    assert proxy.ask("/.well-known/acme-challenge/../../etc/passwd", secure=False).status in (301, 400, 404)


@pytest.mark.parametrize("path, status", [("/", 200), ("/relays", 200), ("/api/v1/kpi", 401), ("/nothing/here", 404), ("/healthz", 200), ("/openapi.json", 200)])
def test_every_header_is_there_once(site, path, status):
    proxy, server, *_ = site
    answer, direct = proxy.ask(path), server.get(path)
    assert answer.status == direct.status, path
    assert path in ("/nothing/here",) or answer.status == status
    for name in ONCE:
        assert len(answer.values(name)) == 1, name
        assert answer.values(name) == direct.values(name), name
    assert answer.values("server") == ["nginx"]


def test_an_answer_of_nginx_itself_has_hsts():
    with Proxy(free_port()) as proxy:
        answer = proxy.ask("/")
    assert answer.status == 502 and answer.values("strict-transport-security") == ["max-age=31536000; includeSubDomains"]


def test_a_login_sets_a_secure_cookie_and_is_one(site):
    proxy, _, _, folder = site
    body, headers = form(token("engineer"))
    origin = {"Origin": proxy.address(), "Sec-Fetch-Site": "same-origin"}
    answer = proxy.ask("/login", "POST", {**headers, **origin}, body, source="127.0.0.9")
    assert answer.status == 303
    (cookie,) = answer.values("set-cookie")
    name, *attributes = (part.strip() for part in cookie.split(";"))
    assert name.startswith("__Host-wpex=") and {"Secure", "HttpOnly", "SameSite=Strict", "Path=/"} <= set(attributes)
    me = proxy.ask("/api/v1/me", headers={"Cookie": name})
    assert me.status == 200 and me.json["user"]["id"] == f"{OWN}/look-engineer"
    # A page of another site cannot log a user in.
    foreign = proxy.ask("/login", "POST", {**headers, "Origin": "https://evil.example"}, body, source="127.0.0.9")
    assert foreign.status == 403 and not foreign.values("set-cookie")
    records = subprocess.run(
        [WPEX, "audit", "list", "--store", folder / "sync/audit.sqlite", "--action", "login", "--output", "json"], capture_output=True, text=True, check=True)
    assert any("from 127.0.0.9" in record["detail"] for record in json.loads(records.stdout))


def test_addresses_are_the_clients_and_nobody_makes_them_up(site):
    proxy, server, *_ = site
    claim = {"X-Forwarded-For": ALLOWED}
    assert proxy.ask("/api/v1/me", headers=bearer("viewer"), source=ALLOWED).status == 200
    assert proxy.ask("/api/v1/me", headers=bearer("viewer"), source=OTHER).status == 401
    # nginx drops forwarding headers from clients.
    for name in ("X-Forwarded-For", "x-forwarded-for", "Forwarded", "X-Real-IP"):
        value = f"for={ALLOWED}" if name == "Forwarded" else ALLOWED
        assert proxy.ask("/api/v1/me", headers={**bearer("viewer"), name: value}, source=OTHER).status == 401
    # A client that bypasses nginx is not a trusted proxy.
    assert ask_directly(server.port, OTHER, {**bearer("viewer"), **claim}) == 401
    assert ask_directly(server.port, ALLOWED, {**bearer("viewer"), "X-Forwarded-For": OTHER}) == 200
    # Control: the proxy is trusted, so the other checks mean something.
    assert ask_directly(server.port, "127.0.0.1", {**bearer("viewer"), **claim}) == 200
    assert ask_directly(server.port, "127.0.0.1", bearer("viewer")) == 401


def ask_directly(port, source, headers):
    with socket.create_connection(("127.0.0.1", port), 20, (source, 0)) as connection:
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        connection.sendall(f"GET /api/v1/me HTTP/1.1\r\nHost: {NAME}\r\n{lines}Connection: close\r\n\r\n".encode())
        return int(connection.recv(4096).split()[1])


def test_pauses_follow_the_client_not_the_proxy(site):
    proxy, *_ = site
    body, headers = form("wrong-token-" + "x" * 32)

    def refused(source, **more):
        return proxy.ask("/login", "POST", {**headers, **more}, body, source=source).status

    answers = [refused("127.0.0.7") for _ in range(8)]
    assert answers[:5] == [401] * 5 and answers[-1] == 429, answers
    # Neither a different claimed address nor other clients' refusals change that.
    assert refused("127.0.0.7", **{"X-Forwarded-For": "198.51.100.9"}) == 429
    assert refused("127.0.0.8") == 401
    good, headers = form(token("engineer"))
    assert proxy.ask("/login", "POST", headers, good, source="127.0.0.8").status == 303


def lines_of(command, seconds, wanted):
    """Lines of a command's standard output as they arrive, until one matches."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    os.set_blocking(process.stdout.fileno(), False)
    selector = selectors.DefaultSelector()
    selector.register(process.stdout, selectors.EVENT_READ)
    text = b""
    try:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if selector.select(0.2):
                data = process.stdout.read()
                if data == b"":
                    break
                text += data or b""
            yield text.decode(), process
            if wanted(text.decode()):
                return
        raise AssertionError(f"not within {seconds} s: {text.decode()} {process.stderr.read() if process.poll() is not None else ''}")
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


@pytest.mark.parametrize("version", ["--http1.1", "--http2"])
def test_events_come_as_they_happen(site, version):
    proxy, _, repo, _ = site
    command = proxy.curl("-N", version, "-i", "-H", f"Authorization: Bearer {token('admin')}", proxy.address("/api/v1/events"))
    path = repo / f"orgs/{OWN}/relays/milan-guests.yaml"
    is_changed = False
    for text, process in lines_of(command, 30, lambda text: '"topic":"relays"' in text):
        head = text.split("\r\n\r\n")[0]
        if not is_changed and "\r\n\r\n" in text:
            # The response head arrives before any byte of an event.
            assert head.split()[0] == ("HTTP/2" if version == "--http2" else "HTTP/1.1") and head.split()[1] == "200", head
            assert "text/event-stream" in head
            old = path.read_text()
            path.write_text(old.replace("port: 30102", "port: 30109") if "port: 30102" in old else old.replace("port: 30109", "port: 30102"))
            git("commit", "-qam", f"Another port {version}", cwd=repo)
            is_changed = True
        assert process.poll() is None, "the stream ended"
    assert is_changed


def test_big_answers_and_bodies(site):
    """Requests within the server's limits pass; others are rejected by nginx."""
    proxy, *_ = site
    assert proxy.ask("/api/v1/keys?q=" + "x" * 6_000, headers=bearer("admin")).status in (200, 400)
    assert proxy.ask("/login", "POST", {"Content-Type": "application/x-www-form-urlencoded"}, "token=" + "x" * 9_000).status == 413
    zipped = proxy.ask("/openapi.json", headers={"Accept-Encoding": "gzip"})
    assert zipped.values("content-encoding") == ["gzip"] and zipped.body[:2] == b"\x1f\x8b"
    etag = proxy.ask("/openapi.json").values("etag")[0]
    assert proxy.ask("/openapi.json", headers={"If-None-Match": etag}).status == 304


def test_logs_hold_no_secret(site):
    proxy, *_ = site
    proxy.ask("/login/oidc/sso/callback?code=CANARYCODE&state=CANARYSTATE")
    proxy.ask("/api/v1/events?lastEventId=CANARYQUERY", headers={"Authorization": "Bearer CANARYTOKEN"})
    until(lambda: "/login/oidc/sso/callback" in (proxy.folder / "log/wpex-access.log").read_text(), "the request is logged")
    text = proxy.logs
    assert "CANARY" not in text and not any(token(who) in text for who in VIEWERS)
    # Nor in the error log if the server is down.
    with Proxy(free_port()) as away:
        assert away.ask("/login/oidc/sso/callback?code=CANARYCODE", headers={"Authorization": "Bearer CANARYTOKEN"}).status == 502
        until(lambda: '" 502 ' in away.logs, "the request is logged")
        assert "CANARY" not in away.logs


def test_a_renewed_certificate_is_taken_by_a_reload(site):
    """The effect of certbot's deploy hook, `nginx -s reload`, on open streams."""
    proxy, *_ = site
    command = proxy.curl("-N", "-i", "-H", f"Authorization: Bearer {token('admin')}", proxy.address("/api/v1/events"))
    before = proxy.handshake()[2]["serialNumber"]
    for text, process in lines_of(command, 20, lambda text: "\r\n\r\n" in text):
        if "\r\n\r\n" not in text:
            continue
        proxy.make_certificate()
        proxy.give()
        proxy.reload()
        until(lambda: proxy.handshake()[2]["serialNumber"] != before, "the new certificate is served")
        assert process.poll() is None, "the stream ended"


def test_wpex_up_behind_the_proxy(tmp_path):
    """A single program: the login address is the proxy's, no token is printed, and cookies are secure."""
    repo, state, log, port = tmp_path / "repo", tmp_path / "state", tmp_path / "log", free_port()
    copy_sample(repo, 1000)
    process = subprocess.Popen(
        [WPEX, "up", "--repo", repo, "--state", state, "--interval", "0.2", "--status-port", str(port), "--public-address", f"https://{NAME}/"],
        stderr=open(log, "a"), stdout=subprocess.DEVNULL, env={**os.environ, "NO_COLOR": "1"})
    try:
        until((state / "status-address").exists, "the address is written", log)
        address = json.loads((state / "status-address").read_text())["address"]
        match = re.fullmatch(rf"https://{re.escape(NAME)}/login#token=([\w-]{{43}})", address)
        assert match, address
        assert match.group(1) not in log.read_text() and f"https://{NAME}/login" in log.read_text()
        with Proxy(port) as proxy:
            body, headers = form(match.group(1))
            answer = proxy.ask("/login", "POST", {**headers, "Origin": proxy.address()}, body)
            assert answer.status == 303, answer.body
            (cookie,) = answer.values("set-cookie")
            assert cookie.startswith("__Host-wpex=") and "; Secure" in cookie
            session = {"Cookie": cookie.split(";")[0]}
            until(lambda: proxy.ask("/api/v1/kpi", headers=session).json["relays"]["running"] == 7, "relays are seen to run", log)
            # Refusals slow down only their own client.
            wrong, headers = form("wrong-token-" + "x" * 32)
            answers = [proxy.ask("/login", "POST", headers, wrong, source="127.0.0.7").status for _ in range(8)]
            assert answers[-1] == 429
            assert proxy.ask("/login", "POST", headers, wrong, source="127.0.0.8").status == 401
        process.terminate()
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()
