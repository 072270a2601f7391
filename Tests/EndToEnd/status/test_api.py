"""Guarantees of the API: pages, order, entity tags, compression, refusals and sessions."""

import gzip
import itertools
import json
import re
import shutil
import subprocess

import pytest

from support.program import ROOT, WPEX
from support.viewers import OWN, token


@pytest.mark.parametrize("path", ["/api/v1/keys", "/api/v1/relays", "/api/v1/users", "/api/v1/orgs", "/api/v1/audit"])
@pytest.mark.parametrize("sort", [None, "-", ""])
def test_pages_join_to_the_whole(server, path, sort):
    names = {"/api/v1/keys": "expires", "/api/v1/relays": "region", "/api/v1/users": "status", "/api/v1/orgs": "relays"}
    if sort is not None and path not in names:
        pytest.skip("the audit log has one order")
    order = f"&sort={sort}{names[path]}" if sort is not None else ""
    # The server has just started: resources that change while they are read are read again.
    for _ in range(10):
        whole = server.get(f"{path}?limit=500{order}", "admin").json["items"]
        pages, cursor = [], ""
        while True:
            page = server.get(f"{path}?limit=3{order}{cursor}", "admin").json
            assert len(page["items"]) <= 3
            pages += page["items"]
            if not page["next"]:
                break
            cursor = "&cursor=" + page["next"]
        if server.get(f"{path}?limit=500{order}", "admin").json["items"] == whole:
            break
    assert pages == whole and len(whole) > 3


def test_a_cursor_is_good_for_its_own_list(server):
    cursor = server.get("/api/v1/keys?limit=1", "admin").json["next"]
    for target in [
        f"/api/v1/keys?limit=1&sort=-name&cursor={cursor}", f"/api/v1/keys?status=active&cursor={cursor}",
        f"/api/v1/relays?cursor={cursor}", f"/api/v1/audit?cursor={cursor}", f"/api/v1/keys?cursor={cursor[:-1]}",
        f"/api/v1/keys?cursor={cursor}A", "/api/v1/keys?cursor=c1", "/api/v1/keys?cursor=%00", "/api/v1/keys?cursor=" + "A" * 2000,
    ]:
        answer = server.get(target, "admin")
        assert answer.status == 400 and answer.header("content-type") == "application/problem+json", target
        assert answer.json["errors"][0]["parameter"] == "cursor"
    # A viewer with fewer permissions may use the cursor too: it encodes only a position in an order.
    assert server.get(f"/api/v1/keys?limit=1&cursor={cursor}", "engineer").status == 200


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=501", "limit=x", "limit=-1", "limit=9999999999999999999999", "sort=secret", "status=open", "nothing=1", "limit=1&limit=2",
     "q=" + "a" * 101, "q=%01", "connected=yes", "q=%ff", "&".join(["org=a"] * 33)],
)
def test_wrong_parameters(server, query):
    answer = server.get("/api/v1/keys?" + query, "admin")
    assert answer.status == 400 and answer.json["status"] == 400, answer.body
    assert answer.header("content-type") == "application/problem+json"


def test_entity_tags_and_compression(server):
    plain = server.get("/api/v1/keys?limit=500", "admin")
    packed = server.get("/api/v1/keys?limit=500", "admin", headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(packed.body) == plain.body and len(packed.body) < len(plain.body) / 3
    assert packed.header("content-encoding") == "gzip" and plain.header("content-encoding") is None
    assert packed.header("etag") != plain.header("etag")
    assert "Accept-Encoding" in plain.header("vary")
    for answer in [plain, packed]:
        again = server.get("/api/v1/keys?limit=500", "admin", headers={"If-None-Match": answer.header("etag")})
        assert again.status == 304 and again.body == b""
    assert server.get("/api/v1/keys", "admin", headers={"If-None-Match": '"other"'}).status == 200
    assert server.get("/api/v1/keys", "admin", headers={"Accept-Encoding": "gzip;q=0"}).header("content-encoding") is None


def test_head_and_other_methods(server):
    head = server.get("/api/v1/relays", "admin", method="HEAD")
    assert head.status == 200 and head.body == b""
    assert head.header("content-length") == str(len(server.get("/api/v1/relays", "admin").body))
    for method in ["POST", "PUT", "PATCH", "DELETE"]:
        answer = server.get("/api/v1/relays", "admin", method=method)
        assert answer.status == 405 and answer.header("allow") == "GET, HEAD"
        assert server.get("/api/v1/relays", method=method).status == 401


def test_security_headers_on_every_answer(server):
    for path, who in [("/api/v1/kpi", "admin"), ("/api/v1/kpi", None), ("/nothing", None), ("/healthz", None), ("/openapi.json", None)]:
        answer = server.get(path, who)
        policy = answer.header("content-security-policy")
        assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
        assert answer.header("x-content-type-options") == "nosniff"
        assert answer.header("referrer-policy") == "same-origin"
        assert answer.header("server") is None


@pytest.mark.parametrize("target", ["/" + "a" * 9000, "/%zz", "/%ff", "/..%2f..%2fetc/passwd", "/api/v1/keys/%00/x", "/api/v1/relays/a%2Fb/c"])
def test_bad_addresses(server, target):
    assert server.get(target, "admin").status in (400, 404, 414)


class Session:
    def __init__(self, server, who):
        self.server = server
        answer = server.get("/login", method="POST", body=json.dumps({"token": token(who)}).encode(), headers={"Content-Type": "application/json"})
        assert answer.status == 204, answer.body
        self.set = answer.header("set-cookie")
        self.cookie = self.set.split(";")[0]

    def get(self, path, **more):
        return self.server.get(path, headers={"Cookie": self.cookie, **more})


def test_session(server):
    session = Session(server, "engineer")
    assert re.match(r"wpex_\d+=[\w-]{43}; Path=/; HttpOnly; SameSite=Strict; Max-Age=43200$", session.set)
    me = session.get("/api/v1/me").json
    assert me["user"]["id"] == f"{OWN}/look-engineer" and me["orgs"] == [OWN] and me["login"]["expiresAt"]
    # A session has its token's permissions.
    assert session.get("/api/v1/relays").body == server.get("/api/v1/relays", "engineer").body
    # A token in the request takes precedence over the session.
    assert server.get("/api/v1/me", headers={"Cookie": session.cookie}, bearer="wrong").status == 401
    answer = server.get("/logout", method="POST", headers={"Cookie": session.cookie})
    assert answer.status == 204 and "Max-Age=0" in answer.header("set-cookie")
    assert session.get("/api/v1/me").status == 401


@pytest.mark.parametrize("who", ["disabled", "pending", "disabled-admin", "of-disabled", "of-pending", "nobody"])
def test_login_is_refused_alike(server, who):
    def attempt(text):
        return server.get("/login", method="POST", body=json.dumps({"token": text}).encode(), headers={"Content-Type": "application/json"})

    refused = attempt(token(who))
    assert refused.status == 401 and refused.header("set-cookie") is None
    assert refused.same() == attempt("guess").same()


def test_login_by_form_goes_on_inside_only(server):
    for place, wanted in [("/relays?q=a", "/relays?q=a"), ("//evil.example", "/"), ("https://evil.example", "/"), ("/\\evil.example", "/"), ("/a b", "/")]:
        form = f"token={token('viewer')}&next={place.replace('?', '%3F').replace('&', '%26').replace(' ', '%20')}".encode()
        answer = server.get("/login", method="POST", body=form, headers={"Content-Type": "application/x-www-form-urlencoded"})
        assert answer.status == 303 and answer.header("location") == wanted


def test_login_from_another_site(server):
    body = json.dumps({"token": token("viewer")}).encode()
    for name, value in [("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site"), ("Origin", "null")]:
        answer = server.get("/login", method="POST", body=body, headers={"Content-Type": "application/json", name: value})
        assert answer.status == 403, (name, value)
        assert server.get("/logout", method="POST", headers={name: value}).status == 403
    answer = server.get("/login", method="POST", body=body, headers={"Content-Type": "application/json", "Origin": server.url, "Sec-Fetch-Site": "same-origin"})
    assert answer.status == 204


@pytest.mark.parametrize(
    "body, kind, status",
    [(b"", "application/json", 400), (b"{", "application/json", 400), (b"[]", "application/json", 400), (b'{"token":1}', "application/json", 400),
     (b'{"token":"a","more":1}', "application/json", 400), (b"token=", "application/x-www-form-urlencoded", 400), (b"token=a", "text/plain", 415),
     (b"x" * 5000, "application/json", 413), (b'{"token":"' + b"\xff" + b'"}', "application/json", 401), (b'{"token":"\\u0000"}', "application/json", 401)],
)
def test_bad_logins(server, body, kind, status):
    answer = server.get("/login", method="POST", body=body, headers={"Content-Type": kind})
    assert answer.status in (status, 400), answer.body
    assert answer.header("content-type") == "application/problem+json"


def test_metrics_are_a_viewers_own(server):
    assert server.get("/metrics").status == 401
    own = server.get("/metrics", "engineer").body.decode()
    assert 'org="acme"' in own and 'org="globex"' not in own and "wpex_status_responses_total" not in own
    everything = server.get("/metrics", "admin").body.decode()
    assert 'org="globex"' in everything and "wpex_status_responses_total" in everything


def test_audit_log(server):
    items = server.get("/api/v1/audit?limit=500&action=object.updated", "engineer").json["items"]
    assert [item["org"] for item in items] == [OWN] * 7
    assert items[0]["outcome"] == "success" and items[0]["name"] == "relay-6"
    assert server.get("/api/v1/audit?name=relay-3", "engineer").json["items"][0]["name"] == "relay-3"
    assert server.get("/api/v1/audit?since=2027-01-01", "engineer").json["items"] == []
    assert server.get("/api/v1/audit/verification", "admin").json["state"] in ("checking", "verified")


def test_a_repository_that_is_not_there_is_said(tmp_path):
    result = subprocess.run(
        [WPEX, "serve", "run", "--repo", tmp_path / "missing", "--target", "none", "--folder", tmp_path / "state"],
        capture_output=True, text=True, timeout=30)
    assert result.returncode == 3 and f"there is no folder or repository `{tmp_path}/missing`" in result.stderr


PLACES = {
    "NAME": "new-thing", "REGION": "eu-south", "KEY": "headquarters", "PUBLIC_KEY": "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=",
    "TAG": "1.5.0", "DIGEST": "sha256:" + "9f" * 32, "TARGET": "192.0.2.1",
}


def test_every_command_that_is_offered_exists(server, tmp_path):
    """Commands offered for copying work, or fail with a reason from the repository."""
    folder = tmp_path / "repo"
    shutil.copytree(ROOT / "sample-repo", folder)
    offered = set()
    for path in ("/api/v1/relays", "/api/v1/keys", "/api/v1/users", "/api/v1/orgs"):
        for item in server.get(f"{path}?limit=500", "admin").json["items"]:
            detail = path + "/" + (item["name"] if path.endswith("orgs") else f"{item['org']}/{item['name']}")
            commands = item.get("commands") or server.get(detail, "admin").json.get("commands", [])
            offered |= {(command["action"], command["command"]) for command in commands if "look-" not in command["command"]}
    assert {action for action, _ in offered} > {"stop", "start", "upgrade", "approve", "disable", "revoke", "activate-org", "add-relay", "add-key"}
    for _, several in itertools.groupby(sorted(offered), lambda command: command[0]):
        offered -= set(list(several)[3:])
    for action, text in sorted(offered):
        words = [PLACES.get(word, word).replace("/NAME", "/new-thing") for word in text.split()]
        assert words[0] == "wpex"
        # Measurements have no target here; a pending or disabled organization cannot have a running relay.
        more = ["--state", tmp_path / "none"] if action.startswith("diag") else ["--dry-run", "--repo", folder]
        result = subprocess.run([WPEX, *words[1:], *more], capture_output=True, text=True, timeout=60)
        refused = "nothing was written" in result.stderr or action.startswith("diag") and result.returncode == 3
        assert result.returncode == 0 or refused, (text, result.returncode, result.stderr)
