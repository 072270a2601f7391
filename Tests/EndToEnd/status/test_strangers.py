"""Strangers, and pages of other sites, cannot harm users who have access."""

import hashlib
import json
import socket
import urllib.parse

import pytest

from support.audit_file import Audit, read_records
from support.browser import Browser
from support.events import Events
from support.git import git
from support.identity_provider import IdentityProvider
from support.repository import repository
from support.server import Server
from support.viewers import FOREIGN, OWN, token
from support.waiting import until

USER = f"orgs/{OWN}/users/look-engineer.yaml"


def place(repo, path, text, message="A commit"):
    file = repo / path
    file.parent.mkdir(parents=True, exist_ok=True)
    if text is None:
        file.unlink()
    else:
        file.write_text(text)
    git("add", "-A", cwd=repo)
    git("commit", "-qm", message, cwd=repo)


def oidc(provider, *subjects):
    return "  identities:\n    oidc:\n" + "".join(
        f"      - issuer: {provider.issuer}\n        subject: '{subject}'\n" for subject in subjects)


@pytest.fixture(scope="module")
def setting(tmp_path_factory):
    folder = tmp_path_factory.mktemp("strangers")
    provider = IdentityProvider(folder)
    provider.subject = "2002"
    repo = repository(folder / "repo")
    place(repo, USER, (repo / USER).read_text() + oidc(provider, "2002"))
    (folder / "secret").write_text(provider.secret + "\n")
    (folder / "sync").mkdir()
    Audit(folder / "sync/audit.sqlite").add("start", "daemon.started")
    server = Server(
        folder / "server", repo, folder / "sync/audit.sqlite",
        settings={"oidc": {
            "issuer": provider.issuer, "label": "Nordsud", "client": provider.client,
            "clientSecretFile": str(folder / "secret"), "certificatesFile": str(provider.certificate)}})
    server.settings["http"]["publicAddress"] = server.url
    # All clients come through a proxy on this machine, which reports their addresses.
    server.settings["http"]["trustedProxies"] = "127.0.0.1"
    with server:
        yield server, provider, repo, folder
    provider.close()


def begin(server, address, cookie=None):
    headers = {"X-Forwarded-For": address} | ({"Cookie": cookie} if cookie else {})
    return server.get("/login/oidc/sso", headers=headers)


def log_in(server, text, address, **headers):
    return server.get(
        "/login", method="POST", body=json.dumps({"token": text}).encode(),
        headers={"Content-Type": "application/json", "X-Forwarded-For": address, **headers}).status


@pytest.mark.parametrize("query, cookie", [
    ("?state=x", None), ("?state=x&code=y", None), ("?state=x&error=access_denied", None), ("?error=access_denied", None),
    ("?state=x&code=y", "begun"), ("?state=x&error=access_denied", "begun"), ("?state=known&error=access_denied", None),
    ("?state=known&code=y", None), ("?state=known&code=y", "wrong"),
])
def test_no_page_makes_its_visitors_wait(setting, query, cookie):
    """A page of any site sends a browser to the callback of a login, again and again."""
    server, provider, *_ = setting
    address = "198.51.100.77"
    honest = begin(server, address)
    for _ in range(12):
        begun = begin(server, address)
        state = urllib.parse.parse_qs(urllib.parse.urlsplit(begun.header("location")).query)["state"][0]
        headers = {"X-Forwarded-For": address, "Sec-Fetch-Site": "cross-site"}
        if cookie:
            headers["Cookie"] = begun.cookie if cookie == "begun" else begun.cookie.split("=")[0] + "=" + "A" * 43
        answer = server.get("/login/oidc/sso/callback" + query.replace("known", state), headers=headers)
        assert answer.header("location") == "/login?failed=expired"
        assert not [value for name, value in answer.headers if name.lower() == "set-cookie"]
    assert begin(server, address).status == 303 and log_in(server, token("engineer"), address) == 204
    # What was begun before goes on: the provider sends the browser back, with its cookie.
    back = Browser(provider).back(honest.header("location"))
    answer = server.get(back[len(server.url):], headers={"X-Forwarded-For": address, "Cookie": honest.cookie})
    assert answer.header("location") == "/"


@pytest.mark.parametrize("subject, changes", [("unknown", {}), ("2002", {"aud": "another"})])
def test_whom_the_provider_knows_and_we_do_not_makes_nobody_wait(setting, subject, changes):
    server, provider, _, folder = setting
    provider.subject, provider.changes = subject, changes
    address = "198.51.100.78"
    for _ in range(12):
        begun = begin(server, address)
        back = Browser(provider).back(begun.header("location"))
        answer = server.get(back[len(server.url):], headers={"X-Forwarded-For": address, "Cookie": begun.cookie})
        assert answer.header("location").startswith("/login?failed=")
    provider.subject, provider.changes = "2002", {}
    assert begin(server, address).status == 303 and log_in(server, token("engineer"), address) == 204
    # It is recorded all the same, once a minute.
    seen = [r for r in read_records(folder / "sync/audit.sqlite") if r["action"] == "login.refused" and address in r["detail"]]
    assert 1 <= len(seen) <= 4


def test_codes_that_are_made_up_make_their_network_wait_and_no_other(setting):
    server, *_ = setting
    address = "198.51.100.79"
    statuses = []
    for _ in range(8):
        begun = begin(server, address)
        statuses.append(begun.status)
        if begun.status != 303:
            continue
        state = urllib.parse.parse_qs(urllib.parse.urlsplit(begun.header("location")).query)["state"][0]
        answer = server.get(
            f"/login/oidc/sso/callback?state={state}&code=made-up", headers={"X-Forwarded-For": address, "Cookie": begun.cookie})
        assert answer.header("location") == "/login?failed=refused"
    assert statuses[:5] == [303] * 5 and 429 in statuses
    assert begin(server, "198.51.100.80").status == 303
    # Clients with a token are not delayed either.
    assert log_in(server, token("engineer"), address) == 204


def test_wrong_tokens_hold_up_no_provider(setting):
    server, *_ = setting
    address = "198.51.100.81"
    assert [log_in(server, f"wrong-{n}", address) for n in range(7)] == [401] * 5 + [429] * 2
    assert begin(server, address).status == 303
    assert log_in(server, token("engineer"), "198.51.100.82") == 204


@pytest.mark.parametrize("headers", [
    {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"},
    {"Origin": "http://evil.example", "Host": "evil.example"},
    {"Origin": "http://evil.example", "Host": "evil.example", "Sec-Fetch-Site": "same-origin"},
])
@pytest.mark.parametrize("path", ["/login", "/logout"])
def test_no_page_sends_logins(setting, path, headers):
    """Neither from another site, nor from a name that resolves to this server."""
    server, *_ = setting
    address = "198.51.100.83"
    for _ in range(8):
        body = json.dumps({"token": "wrong"}).encode()
        answer = server.get(path, method="POST", body=body, headers={"Content-Type": "application/json", "X-Forwarded-For": address, **headers})
        assert answer.status == 403
    assert log_in(server, token("engineer"), address) == 204


@pytest.mark.parametrize("bearer", ["wrong", "a.b.c", "x" * 5000, "Ä", "eyJhbGciOiJub25lIn0.eyJpc3MiOiJ4In0."])
def test_wrong_bearers_make_nobody_wait(setting, bearer):
    server, *_ = setting
    address = "198.51.100.84"
    for _ in range(8):
        headers = {"Authorization": b"Bearer " + bearer.encode(), "X-Forwarded-For": address}
        assert server.get("/api/v1/me", headers=headers).status == 401
    assert log_in(server, token("engineer"), address) == 204


def test_links_of_others_are_not_followed(setting):
    """Only `wpex up` prints such links. A wrong one has no effect, and is not recorded."""
    server, _, _, folder = setting
    assert server.get("/api/v1/login").json["links"] is False
    address = "198.51.100.85"
    before = len(read_records(folder / "sync/audit.sqlite"))
    for text in [token("viewer"), server.local_token, "wrong"] * 4:
        body = json.dumps({"token": text, "link": True}).encode()
        answer = server.get("/login", method="POST", body=body, headers={"Content-Type": "application/json", "X-Forwarded-For": address})
        assert answer.status == 401 and not [value for name, value in answer.headers if name.lower() == "set-cookie"]
    assert len(read_records(folder / "sync/audit.sqlite")) == before
    for body in [{"token": "x", "link": False}, {"token": "x", "link": "yes"}, {"link": True}, {"token": "x", "other": 1}]:
        answer = server.get("/login", method="POST", body=json.dumps(body).encode(), headers={"Content-Type": "application/json"})
        assert answer.status == 400
    assert log_in(server, token("engineer"), address) == 204


@pytest.mark.parametrize("crowd", ["one address", "a network", "one client of IPv6", "a site of IPv6"])
def test_ten_thousand_logins_of_one_place_block_nobody(setting, crowd):
    server, provider, *_ = setting
    honest = begin(server, "192.0.2.1")
    addresses = {
        "one address": lambda n: "203.0.113.9", "a network": lambda n: f"203.0.{n // 200 % 200}.{n % 200}",
        "one client of IPv6": lambda n: f"2001:db8:1:1::{n:x}", "a site of IPv6": lambda n: f"2001:db8:1:{n:x}::1",
    }[crowd]
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        count, answered, batch = 10_500, 0, 250
        for start in range(0, count, batch):
            connection.sendall("".join(
                f"GET /login/oidc/sso HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: {addresses(n)}\r\n\r\n" for n in range(start, start + batch)
            ).encode())
            seen = b""
            while seen.count(b"HTTP/1.1 303") < batch:
                data = connection.recv(1 << 20)
                assert data
                seen += data
            answered += batch
    assert answered == count
    for start in [honest, begin(server, "192.0.2.2")]:
        assert start.status == 303 and "failed" not in start.header("location")
        back = Browser(provider).back(start.header("location"))
        answer = server.get(back[len(server.url):], headers={"X-Forwarded-For": "192.0.2.1", "Cookie": start.cookie})
        assert answer.header("location") == "/"


def through(server, provider):
    browser = Browser(provider)
    _, where, _ = browser.get(f"{server.url}/login/oidc/sso")
    return browser, where


def test_a_session_ends_with_its_identity(setting):
    server, provider, repo, _ = setting
    browser, _ = through(server, provider)
    assert browser.get(f"{server.url}/api/v1/me")[0] == 200
    cookie = browser.cookies[f"wpex_{server.port}"]
    stream = Events(server, headers={"Cookie": f"{cookie.name}={cookie.value}"})
    stream.read(1)
    before = (repo / USER).read_text()
    place(repo, USER, before.replace("subject: '2002'", "subject: '9999'"), "Her account is another one now")
    until(lambda: browser.get(f"{server.url}/api/v1/me")[0] == 401, "the session ends")
    assert ("end", {"reason": "rights-changed"}) in stream.read(6) and stream.read(1) == [] and stream.is_over
    assert through(server, provider)[1].endswith("failed=unknown-user")
    # Her own credentials still work.
    assert server.get("/api/v1/me", "engineer").status == 200
    place(repo, USER, before, "It is hers again")
    until(lambda: through(server, provider)[1] == f"{server.url}/", "she can log in again")
    # The old session is not revived, and a new one works.
    assert browser.get(f"{server.url}/api/v1/me")[0] == 401
    browser, _ = through(server, provider)
    assert browser.get(f"{server.url}/api/v1/me")[0] == 200
    # A restart ends it: sessions are only in memory.
    server.stop()
    server.start()
    assert browser.get(f"{server.url}/api/v1/me")[0] == 401


def pending_user(name, extra):
    return f"""apiVersion: wpex.io/v1alpha1
kind: User
metadata:
  name: {name}
spec:
  displayName: {name}
  email: {name}@example.org
  status: pending
  roles: [viewer]
{extra}"""


@pytest.mark.parametrize("where", [f"orgs/{OWN}/users/aaa.yaml", f"orgs/{FOREIGN}/users/zzz.yaml", "users/zzz.yaml"])
@pytest.mark.parametrize("what", ["oidc", "token"])
def test_who_only_asks_stands_before_nobody(setting, where, what):
    """A pending user with an active user's identity or token digest."""
    server, provider, repo, _ = setting
    name = where.split("/")[-1].removesuffix(".yaml")
    digest = hashlib.sha256(token("engineer").encode()).hexdigest()
    extra = oidc(provider, "2002") if what == "oidc" else f"  access:\n    tokens:\n      - name: mine\n        sha256: {digest}\n"
    place(repo, where, pending_user(name, extra), f"{name} asks")
    head = git("rev-parse", "HEAD", cwd=repo)
    until(lambda: server.get("/api/v1/sync", "admin").json["head"]["id"] == head, "the commit is seen", server.log)
    try:
        browser, place_of = through(server, provider)
        assert place_of == f"{server.url}/"
        assert json.loads(browser.get(f"{server.url}/api/v1/me")[2])["user"]["id"] == f"{OWN}/look-engineer"
        assert server.get("/api/v1/me", "engineer").json["user"]["id"] == f"{OWN}/look-engineer"
        assert log_in(server, token("engineer"), "198.51.100.90") == 204
    finally:
        place(repo, where, None, f"{name} is refused")
