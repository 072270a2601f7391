"""Visibility: every route of the OpenAPI document × every viewer × own, foreign and missing objects."""

import itertools
import json
import re
import time

import pytest

from support.answers import Answer
from support.program import ROOT
from support.viewers import FOREIGN, OWN, PERMISSIONS, VIEWERS, token

# One row for each route: the required permission, and where (anywhere, in the path's organization, or everywhere). A
# route without a row fails.
MATRIX = {
    "/api/v1/me": ("any", set()),
    "/api/v1/kpi": ("somewhere", {"metrics:read"}),
    "/api/v1/orgs": ("somewhere", {"orgs:read"}),
    "/api/v1/orgs/{org}": ("own", {"orgs:read"}),
    "/api/v1/users": ("somewhere", {"users:read"}),
    "/api/v1/roles": ("somewhere", {"users:read"}),
    "/api/v1/keys": ("somewhere", {"relays:read"}),
    "/api/v1/keys/{org}/{name}": ("own", {"relays:read"}),
    "/api/v1/relays": ("somewhere", {"relays:read"}),
    "/api/v1/relays/{org}/{name}": ("own", {"relays:read"}),
    "/api/v1/relays/{org}/{name}/peers": ("own", {"relays:read", "metrics:read"}),
    "/api/v1/relays/{org}/{name}/clients/{key}": ("own", {"relays:read"}),
    "/api/v1/topology": ("somewhere", {"relays:read", "metrics:read"}),
    "/api/v1/alerts": ("somewhere", {"metrics:read"}),
    "/api/v1/audit": ("somewhere", {"audit:read"}),
    "/api/v1/audit/verification": ("everywhere", {"audit:read"}),
    "/api/v1/sync": ("somewhere", {"relays:read"}),
    "/api/v1/sync/commits": ("somewhere", {"relays:read"}),
    "/api/v1/events": ("any", set()),
    "/metrics": ("somewhere", {"metrics:read"}),
    "/api/v1/login": ("open", set()),
    "/login": ("page", set()),
    # This server has no provider; test_logins.py has one.
    "/login/oidc/{provider}": ("absent", set()),
    "/login/oidc/{provider}/callback": ("absent", set()),
    "/healthz": ("open", set()),
    "/readyz": ("open", set()),
}

THINGS = {
    "own": {
        "/api/v1/orgs/{org}": f"/api/v1/orgs/{OWN}",
        "/api/v1/keys/{org}/{name}": f"/api/v1/keys/{OWN}/headquarters",
        "/api/v1/relays/{org}/{name}": f"/api/v1/relays/{OWN}/milan-1",
        "/api/v1/relays/{org}/{name}/peers": f"/api/v1/relays/{OWN}/milan-1/peers",
        "/api/v1/relays/{org}/{name}/clients/{key}": f"/api/v1/relays/{OWN}/milan-1/clients/headquarters",
    },
    "foreign": {
        "/api/v1/orgs/{org}": f"/api/v1/orgs/{FOREIGN}",
        "/api/v1/keys/{org}/{name}": f"/api/v1/keys/{FOREIGN}/office-oslo",
        "/api/v1/relays/{org}/{name}": f"/api/v1/relays/{FOREIGN}/oslo-1",
        "/api/v1/relays/{org}/{name}/peers": f"/api/v1/relays/{FOREIGN}/oslo-1/peers",
        "/api/v1/relays/{org}/{name}/clients/{key}": f"/api/v1/relays/{FOREIGN}/oslo-1/clients/office-oslo",
    },
    "missing": {
        "/api/v1/orgs/{org}": "/api/v1/orgs/nobody",
        "/api/v1/keys/{org}/{name}": f"/api/v1/keys/{OWN}/nothing",
        "/api/v1/relays/{org}/{name}": f"/api/v1/relays/{OWN}/nothing",
        "/api/v1/relays/{org}/{name}/peers": f"/api/v1/relays/{OWN}/nothing/peers",
        "/api/v1/relays/{org}/{name}/clients/{key}": f"/api/v1/relays/{OWN}/milan-1/clients/nothing",
    },
}


def routes(server):
    document = server.get("/openapi.json").json
    return [path for path, methods in document["paths"].items() if "get" in methods]


def test_every_route_has_a_row(server):
    assert set(routes(server)) == set(MATRIX)


# A route without parameters is requested once.
CASES = [
    (path, who, thing)
    for path, (place, _) in MATRIX.items() for who in [*VIEWERS, None] for thing in THINGS if place == "own" or thing == "own"
]


@pytest.mark.parametrize("path, who, thing", CASES)
def test_matrix(server, path, who, thing):
    place, needs = MATRIX[path]
    target = THINGS[thing].get(path, path).replace("{provider}", "nothing")
    answer = server.get(target, who, method="HEAD" if path.endswith("/events") else "GET")
    permissions = PERMISSIONS.get(who)
    is_global = who and VIEWERS[who][2]
    if place in ("page", "absent"):
        expected = 404
    elif place == "open":
        expected = 200
    elif permissions is None:
        expected = 401
    elif place == "own":
        expected = 200 if thing != "missing" and (is_global or thing == "own") and needs <= permissions else 404
    elif place == "everywhere":
        expected = 200 if is_global and needs <= permissions else 403
    else:
        expected = 200 if needs <= permissions else 403
    assert answer.status == expected or place == "page" and answer.status == 200, answer.body


@pytest.mark.parametrize("path", THINGS["own"])
@pytest.mark.parametrize("who", PERMISSIONS)
def test_foreign_and_missing_answer_alike(server, path, who):
    missing = server.get(THINGS["missing"][path], who)
    assert missing.status == 404
    if not VIEWERS[who][2]:
        assert server.get(THINGS["foreign"][path], who).same() == missing.same()
    # An unknown address gives the same response.
    assert server.get("/api/v1/no/such/thing", who).same() == missing.same()


def comparable(answer):
    """A response without its cursor and the values that depend on it."""
    status, headers, body = answer.same()
    if status != 200:
        return status, headers, body
    members = json.loads(body)
    if "repository" in members:
        # The two use different folders.
        del members["repository"]
        headers = [pair for pair in headers if pair[0] != "content-length"]
        return status, [pair for pair in headers if pair[0] != "etag"], members
    members["next"] = len(members["next"]) if members["next"] else None
    return status, [(name, value) for name, value in headers if name != "etag"], members, len(body)


QUERIES = {
    "/api/v1/orgs": ["", "?q=globex", "?sort=-alerts", "?status=active", "?problems=true"],
    "/api/v1/users": ["", "?org=globex", "?q=ingrid", "?role=engineer", "?sort=-name&limit=2", "?org=-"],
    "/api/v1/roles": [""],
    "/api/v1/keys": ["", "?org=globex", "?q=oslo", "?limit=1", "?sort=-expires&limit=3", "?connected=true", "?region=eu-north"],
    "/api/v1/relays": ["", "?org=globex", "?q=oslo", "?region=eu-north", "?sort=-health&limit=1", "?problems=true", "?label=tier:gold"],
    "/api/v1/topology": ["", "?org=globex", "?region=eu-north"],
    "/api/v1/alerts": ["", "?org=globex", "?severity=critical", "?q=oslo"],
    "/api/v1/audit": ["", "?org=globex", "?org=acme", "?limit=2", "?actor=anna", "?action=object.deleted", "?outcome=success&limit=3", "?name=FOREIGNOBJECT"],
    "/api/v1/sync": [""],
    "/api/v1/sync/commits": ["", "?limit=1"],
    "/api/v1/kpi": [""],
    "/api/v1/me": [""],
    "/metrics": [""],
    f"/api/v1/orgs/{OWN}": [""],
    f"/api/v1/relays/{OWN}/milan-1": [""],
    f"/api/v1/relays/{OWN}/milan-1/peers": ["", "?limit=1"],
    f"/api/v1/keys/{OWN}/headquarters": [""],
}


@pytest.mark.parametrize("who", [who for who in PERMISSIONS if not VIEWERS[who][2]])
@pytest.mark.parametrize("path", QUERIES)
def test_what_others_do_changes_nothing(worlds, who, path):
    """The two worlds differ in everything foreign; a viewer of one tenant must not be able to tell them apart by items,
    counts, searches, cursors, entity tags or lengths."""
    for query in QUERIES[path]:
        target = path + query
        for _page in range(5):
            # Cursors are encrypted with the server's secret: only their length must be equal.
            form = comparable if path in ("/api/v1/audit", "/api/v1/me") else Answer.same
            # Both read the clock once per second, at different moments: only lasting differences count.
            for _ in range(6):
                one, two = (server.get(target, who) for server in worlds)
                if form(one) == form(two):
                    break
                time.sleep(0.5)
            assert form(one) == form(two), target
            tags = [value for name, value in one.headers if name.lower() == "etag"]
            if one.status != 200 or not tags:
                break
            following = one.json.get("next") if path != "/metrics" else None
            if path not in ("/api/v1/audit", "/api/v1/me"):
                again = worlds[1].get(target, who, headers={"If-None-Match": tags[0]})
                assert again.status == 304 and not again.body
            if not following:
                break
            if path == "/api/v1/audit":
                assert worlds[1].get(target, who).json["next"] != following
                break
            target = path + (query + "&" if query else "?") + "cursor=" + following


@pytest.mark.parametrize("who", [who for who in PERMISSIONS if not VIEWERS[who][2]])
def test_nothing_of_others_is_named(server, who):
    for path, queries in QUERIES.items():
        for query in queries:
            body = server.get(path + query, who).body.decode()
            for word in ["globex", "oslo", "FOREIGN", "SECRETOFOTHERS", "PLATFORMDETAIL", "ingrid", "initech", "hooli", "umbrella"]:
                assert word not in body, (path + query, word)


def test_global_viewers_see_every_organization(server):
    for who in ["admin", "executive"]:
        assert server.get("/api/v1/orgs", who).json["total"] == 5
        assert server.get("/api/v1/relays", who).json["total"] == 12
    assert server.get("/api/v1/relays", "engineer").json["total"] == 4


def test_fields_take_permissions(server):
    """The executive sees keys by name, without fingerprints; without metrics:read there are no figures."""
    for who, has_keys in [("admin", True), ("executive", False), ("engineer", True)]:
        key = server.get(f"/api/v1/keys/{OWN}/headquarters", who).json
        assert (key["fingerprint"] is not None) == has_keys
        assert (key["site"]["subnet"] is not None) == has_keys
    assert server.get("/api/v1/keys?q=sha256", "admin").json["total"] > 0
    assert server.get("/api/v1/keys?q=sha256", "executive").json["total"] == 0
    relay = server.get(f"/api/v1/relays/{OWN}/milan-1", "watcher").json
    assert relay["metrics"] is None and relay["health"] is None and relay["peers"] is None
    assert server.get("/api/v1/relays?grade=unknown", "watcher").json["total"] == 0
    assert server.get("/api/v1/relays?grade=unknown", "viewer").json["total"] > 0
    assert server.get("/api/v1/audit", "admin").json["items"][0]["sequence"] is not None
    assert server.get("/api/v1/audit", "engineer").json["items"][0]["sequence"] is None


def secrets():
    """Every key, sealed text, digest and recipient of the sample, and the tests' tokens."""
    found = set()
    for path in (ROOT / "sample-repo").rglob("*.yaml"):
        text = path.read_text()
        found |= set(re.findall(r"publicKey: (\S{44})", text))
        found |= set(re.findall(r"\b[0-9a-f]{64}\b", text)) - set(re.findall(r"sha256:([0-9a-f]{64})", text))
        found |= set(re.findall(r"\b(age1[a-z0-9]{50,})", text))
        found |= set(re.findall(r"AAAAC3\S{30,}", text))
        found |= {line.strip() for line in re.findall(r"^ +([A-Za-z0-9+/]{60,})$", text, re.M)}
    return found | {token(who) for who in VIEWERS} | {"BEGIN AGE ENCRYPTED FILE", "AGE-SECRET-KEY"}


def test_no_secret_in_any_answer_or_log(server):
    assert len(secrets()) > 60
    targets = [path + query for path, queries in QUERIES.items() for query in queries]
    targets += [*THINGS["own"].values(), *THINGS["foreign"].values(), "/openapi.json", "/api/v1/keys?limit=500", "/api/v1/users?limit=500"]
    bodies = [server.get(target, who).body.decode() for target, who in itertools.product(targets, ["admin", "engineer"])]
    bodies.append(server.log.read_text())
    bodies.append(server.get("/metrics", "admin").body.decode())
    for word in secrets() | {server.local_token}:
        assert not any(word in body or json.dumps(word)[1:-1] in body for body in bodies), word
