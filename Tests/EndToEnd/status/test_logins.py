"""Logins with an identity provider, tokens of a pinned issuer, pauses after refusals, and audit records of them."""

import json
import subprocess
import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from support.audit_file import read_records
from support.browser import Browser
from support.git import git
from support.identity_provider import IdentityProvider
from support.program import WPEX
from support.repository import repository
from support.server import Server
from support.viewers import OWN, token
from support.waiting import until

USER = f"orgs/{OWN}/users/look-engineer.yaml"
ISSUED = "https://tokens.example.net"


@pytest.fixture(scope="module")
def setting(tmp_path_factory):
    folder = tmp_path_factory.mktemp("logins")
    provider = IdentityProvider(folder)
    repo = repository(folder / "repo")
    path = repo / USER
    identities = [(ISSUED, "robot"), (provider.issuer, "2002")]
    path.write_text(path.read_text() + "  identities:\n    oidc:\n" + "".join(
        f"      - issuer: {issuer}\n        subject: '{subject}'\n" for issuer, subject in identities))
    git("commit", "-qam", "Accounts of an engineer", cwd=repo)
    key = ec.generate_private_key(ec.SECP256R1())
    jwk = {**jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": "pinned"}
    (folder / "keys.json").write_text(json.dumps({"keys": [jwk]}))
    (folder / "secret").write_text(provider.secret + "\n")
    subprocess.run(
        [WPEX, "sync", "run", "--once", "--repo", repo, "--target", "directory", "--out", folder / "out", "--state", folder / "sync", "--demonstration"],
        check=True, capture_output=True)
    server = Server(
        folder / "server", repo, folder / "sync/audit.sqlite",
        settings={
            "oidc": {
                "issuer": provider.issuer, "label": "Nordsud", "client": provider.client,
                "clientSecretFile": str(folder / "secret"), "certificatesFile": str(provider.certificate),
            },
            "jwt": {"issuer": ISSUED, "audience": "wpex", "keysFile": str(folder / "keys.json")},
            "login": {"refusalsFile": str(folder / "refusals")},
        },
    )
    server.settings["http"]["publicAddress"] = server.url
    with server:
        yield server, provider, key, folder, repo
    provider.close()


def test_the_page_offers_the_provider(setting):
    server, *_ = setting
    methods = server.get("/api/v1/login").json["methods"]
    assert [(m["kind"], m["label"], m["start"]) for m in methods] == [
        ("oidc", "Nordsud", "/login/oidc/sso"), ("token", "Access token", None)]


def test_an_identity_that_no_user_has_is_not_let_in(setting):
    server, provider, _, folder, _ = setting
    browser = Browser(provider)
    status, place, _ = browser.get(f"{server.url}/login/oidc/sso?next=/relays")
    assert status == 200 and place.endswith("/login?failed=unknown-user")
    assert set(browser.cookies) == set()
    assert browser.get(f"{server.url}/api/v1/me")[0] == 401
    request = provider.seen[-1]
    assert request["code_challenge_method"] == "S256" and request["scope"] == "openid" and len(request["code_challenge"]) == 43
    until(lambda: any(r["action"] == "login.refused" and "no user has the identity" in r["detail"] for r in read_records(folder / "sync/audit.sqlite")), "it is recorded")


def test_the_whole_flow(setting):
    server, provider, _, folder, repo = setting
    provider.subject = "2002"
    browser = Browser(provider)
    status, place, _ = browser.get(f"{server.url}/login/oidc/sso?next=/relays%3Fq=milan")
    assert status == 200 and place == f"{server.url}/relays?q=milan"
    cookie = browser.cookies[f"wpex_{server.port}"]
    assert cookie.has_nonstandard_attr("HttpOnly") and cookie.get_nonstandard_attr("SameSite") == "Strict"
    me = json.loads(browser.get(f"{server.url}/api/v1/me")[2])
    assert me["user"]["id"] == f"{OWN}/look-engineer" and me["login"]["method"] == "oidc" and me["login"]["expiresAt"]
    until(lambda: any(r["action"] == "login" and r["user"] == f"{OWN}/look-engineer" and "by oidc" in r["detail"] for r in read_records(folder / "sync/audit.sqlite")), "it is recorded")
    # A user who is disabled is out with the next commit, session or not.
    path = repo / USER
    before = path.read_text()
    path.write_text(before.replace("status: active", "status: disabled"))
    git("commit", "-qam", "She left", cwd=repo)
    until(lambda: browser.get(f"{server.url}/api/v1/me")[0] == 401, "the session ends")
    assert Browser(provider).get(f"{server.url}/login/oidc/sso")[1].endswith("failed=unknown-user")
    path.write_text(before)
    git("commit", "-qam", "She is back", cwd=repo)
    until(lambda: server.get("/api/v1/me", "engineer").status == 200, "she is back")


@pytest.mark.parametrize("lie", [{"nonce": "another"}, {"aud": "another"}, {"iss": "https://evil.example"}, {"exp": 1}, {"sub": ""}])
def test_a_provider_that_lies_is_not_believed(setting, lie):
    server, provider, _, folder, _ = setting
    forget(server, folder)
    provider.subject, provider.changes = "2002", lie
    browser = Browser(provider)
    assert browser.get(f"{server.url}/login/oidc/sso")[1].endswith("failed=not-trusted")
    assert browser.get(f"{server.url}/api/v1/me")[0] == 401
    provider.changes = {}


def test_another_browser_cannot_finish_it(setting):
    """A login that was started in one browser cannot be finished in another."""
    server, provider, _, folder, _ = setting
    forget(server, folder)
    provider.subject = "2002"
    begun = server.get("/login/oidc/sso")
    assert begun.status == 303
    at_provider = Browser(provider)
    back = at_provider.back(begun.header("location"))
    assert at_provider.get(back)[1].endswith("failed=expired")
    # It was good for one try.
    cookie = begun.cookie
    again = server.get(back[len(server.url):], headers={"Cookie": cookie})
    assert again.header("location") == "/login?failed=expired"


def bearer(key, **changes):
    now = int(time.time())
    claims = {"iss": ISSUED, "aud": "wpex", "sub": "robot", "iat": now, "exp": now + 300, **changes}
    header = {"kid": changes.pop("kid", "pinned"), "typ": "at+jwt"}
    return jwt.encode({k: v for k, v in claims.items() if v is not None and k != "kid"}, key, algorithm="ES256", headers=header)


def test_tokens_of_the_pinned_issuer(setting):
    server, _, key, _, _ = setting
    answer = server.get("/api/v1/me", bearer=bearer(key))
    assert answer.status == 200 and answer.json["user"]["id"] == f"{OWN}/look-engineer" and answer.json["login"]["method"] == "jwt"
    other = ec.generate_private_key(ec.SECP256R1())
    plain = server.get("/api/v1/me").same()
    for bad in (
        bearer(other), bearer(key, aud="other"), bearer(key, iss="https://evil.example"), bearer(key, exp=int(time.time()) - 120),
        bearer(key, sub="nobody"), bearer(key, kid="another"), bearer(key, exp=None), bearer(key)[:-3], "a.b.c",
    ):
        assert server.get("/api/v1/me", bearer=bad).same() == plain
    # It is for programs, and cannot start a session.
    body = json.dumps({"token": bearer(key)}).encode()
    assert server.get("/login", method="POST", body=body, headers={"Content-Type": "application/json"}).status == 401


@pytest.mark.parametrize("path", ["/login/oidc/none", "/login/oidc/none/callback", "/login/oidc/sso/other", "/login/oidc"])
def test_there_are_no_other_providers(setting, path):
    assert setting[0].get(path).status == 404


@pytest.mark.parametrize("query", ["", "?state=x", "?state=x&code=y", "?error=access_denied", "?error=%3Cscript%3E", "?code=" + "c" * 3000])
def test_a_way_back_without_a_beginning_leads_nowhere(setting, query):
    server, _, _, folder, _ = setting
    forget(server, folder)
    answer = server.get(f"/login/oidc/sso/callback{query}")
    assert answer.status in (303, 400) and b"script" not in answer.body
    if answer.status == 303:
        assert answer.header("location") == "/login?failed=expired"
        # Another site's page may have sent the browser here: the login that its user began goes on.
        assert not [value for name, value in answer.headers if name.lower() == "set-cookie"]


def forget(server, folder):
    """Clears the pauses caused by other tests."""
    server.stop()
    (folder / "refusals").unlink(missing_ok=True)
    server.start()


def log_in(server, text):
    return server.get("/login", method="POST", body=json.dumps({"token": text}).encode(), headers={"Content-Type": "application/json"})


def test_refusals_slow_down_and_a_restart_does_not_help(setting):
    server, _, _, folder, _ = setting
    forget(server, folder)
    answers = [log_in(server, f"wrong-{number}").status for number in range(8)]
    assert answers == [401] * 5 + [429] * 3
    # Even the right token is not checked now, and the response says for how long.
    refused = log_in(server, token("engineer"))
    assert refused.status == 429 and 1 <= int(refused.header("retry-after")) <= 2
    server.stop()
    assert b"127.0.0.1" not in (folder / "refusals").read_bytes()
    server.start()
    assert log_in(server, "wrong-again").status in (401, 429)
    assert log_in(server, "wrong-again").status == 429
    # Clients with a token keep reading.
    assert server.get("/api/v1/me", "engineer").status == 200


def test_logins_are_recorded_without_what_was_sent(setting):
    server, _, _, folder, _ = setting
    forget(server, folder)
    before = len(read_records(folder / "sync/audit.sqlite"))
    assert log_in(server, token("viewer")).status == 204
    assert log_in(server, "SECRETTHATISWRONG").status == 401
    # Other tests' logins are in the log too; their refusals may stand for this one, of which one a minute is recorded.
    until(lambda: any(r["action"] == "login" for r in read_records(folder / "sync/audit.sqlite")[before:]), "the login is recorded")
    until(lambda: any(r["action"] == "login.refused" for r in read_records(folder / "sync/audit.sqlite")), "the refusal is recorded")
    login = next(r for r in read_records(folder / "sync/audit.sqlite")[before:] if r["action"] == "login")
    assert login["user"] == f"{OWN}/look-viewer" and login["org"] == OWN and login["detail"] == "by token from 127.0.0.1"
    text = json.dumps(read_records(folder / "sync/audit.sqlite")) + server.log.read_text()
    for secret in (token("viewer"), "SECRETTHATISWRONG", "wrong-1"):
        assert secret not in text
    # One a minute for each address: the log is not filled by being refused.
    refusals = [r for r in read_records(folder / "sync/audit.sqlite") if r["action"] == "login.refused"]
    assert len(refusals) < 12
    # The chain is intact with the status server's records, and permitted users see them.
    verified = subprocess.run([WPEX, "audit", "verify", "--store", str(folder / "sync/audit.sqlite")], capture_output=True, text=True)
    assert verified.returncode == 0, verified.stderr
    until(lambda: any(i["action"] == "login" for i in server.get("/api/v1/audit?action=login", "engineer").json["items"]), "it is shown")
