"""`wpex import` of hostile rows: nothing escapes from its document, and no user gains rights."""

import json
import pathlib
import random
import subprocess

import pytest
import yaml

from support.old_console import Console, encrypted, insert, run_import, wireguard
from support.program import WPEX

# The newest console's tables with text ids, so that rows can refer to each other in hostile ways.
SCHEMA = """
CREATE EXTENSION pgcrypto;
CREATE TABLE tenants (id text, name text, slug text, max_bandwidth_mbps int, sla_target decimal, allowed_regions text[], preferred_relay_ids text[],
  status text, is_active boolean);
CREATE TABLE users (id text, username text, email text, status text, role text, tenant_id text, ip_whitelist text[]);
CREATE TABLE access_keys (id text, alias text, key_value bytea, tenant_id text);
CREATE TABLE sites (id text, tenant_id text, name text, region text, public_ip text, subnet text);
CREATE TABLE servers (id text, name text, port int, tenant_id text, region text, description text);
CREATE TABLE server_keys_link (server_id text, key_id text);
"""

LARGE = "x" * (1 << 20)
HOSTILE = [
    "a\nkind: Role\nmetadata: {name: admin}", "a\r\n---\r\napiVersion: wpex.io/v1alpha1\r\nkind: User", "'\u0301\nroles: [admin]",
    '"\u0301\nroles: [admin]', "- a\n- b: c", "*alias", "&anchor x", "!!python/object:os.system x", "{roles: [admin]}", "[admin]", "| \n x",
    "# comment", "a: b", "a #b", "yes", "null", "~", "0x1F", "1:20", "2001-12-14", "%YAML 1.1", "@x", "`x", "\x1b[2J\x07", "\u202eexe.yaml",
    "\u2028x", "\u0085x", "\ufeff", "\u200b", "../../../../etc/passwd", "..", "/etc/passwd", "orgs/acme", "C:\\windows", "con", "-rf", "--help",
    "$(touch /tmp/wpex-owned)", "`touch /tmp/wpex-owned`", "'; DROP TABLE users; --", "\\x00", "\\u0000", "%00", "{{7*7}}", "${jndi:ldap://x}",
    "<script>alert(1)</script>", "=HYPERLINK(0)", "é" * 300, "e\u0301" * 300, "a" + "\u0301" * 5000, "日本", "🧨", LARGE, LARGE + "\nroles: [admin]",
    " ", "\t", "", "Ａｄｍｉｎ", "ADMIN", "K", "ﬁ", "ß", "\U000e0001tag",
]


@pytest.fixture
def database():
    made = Console(SCHEMA, "hostile")
    yield made
    made.close()


@pytest.fixture
def identity(tmp_path):
    return subprocess.run(
        [WPEX, "identity", "new", "--out", tmp_path / "daemon.identity"], check=True, capture_output=True, text=True).stdout.strip()


def honest(public):
    return [
        insert("tenants", id="1", name="Acme", slug="acme", status="active", allowed_regions=["eu-south"]),
        insert("tenants", id="2", name="Globex", slug="globex", status="active", allowed_regions=["eu-north"]),
        insert("users", id="1", username="anna", status="active", role="admin"),
        insert("users", id="2", username="marco", status="active", role="engineer", tenant_id="1"),
        insert("access_keys", id="1", alias="hq", key_value=encrypted(public[0]), tenant_id="1"),
        insert("access_keys", id="2", alias="oslo", key_value=encrypted(public[1]), tenant_id="2"),
        insert("servers", id="1", name="milan-1", port=30101, tenant_id="1", region="eu-south"),
        insert("servers", id="2", name="oslo-1", port=30102, tenant_id="2", region="eu-north"),
        insert("server_keys_link", server_id="1", key_id="1"), insert("server_keys_link", server_id="2", key_id="2"),
    ]


def imported(database, folder, identity, rows):
    database.psql("\n".join(rows))
    listing = json.loads(run_import(database, folder, identity, "--output", "json").stdout)
    repo = folder / "repo"
    checked = subprocess.run([WPEX, "validate", "--repo", repo], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
    documents = {}
    for path in repo.rglob("*"):
        if path.is_file():
            read = list(yaml.safe_load_all(path.read_bytes()))
            assert len(read) == 1, path
            documents[str(path.relative_to(repo))] = read[0]
    assert sorted(documents) == sorted(listing["documents"])
    assert not list(folder.parent.glob("passwd")) and not pathlib.Path("/tmp/wpex-owned").exists()
    return listing, documents


def test_every_text_stays_in_its_document(database, tmp_path, identity):
    public = wireguard(random.Random(7), 3 + len(HOSTILE))
    rows = honest(public)
    for number, text in enumerate(HOSTILE, 100):
        rows += [
            insert("tenants", id=str(number), name=text, slug=text, status="active", allowed_regions=[text, "eu-south"]),
            insert("tenants", id=f"n{number}", name=f"Tenant {number}", slug=f"t{number}", status=text, allowed_regions=["eu-south"]),
            insert("users", id=str(number), username=text, email=text, status="active", role="viewer", tenant_id=f"n{number}", ip_whitelist=[text]),
            insert("users", id=f"r{number}", username=f"r{number}", status="active", role=text, tenant_id=f"n{number}"),
            insert("access_keys", id=str(number), alias=text, key_value=encrypted(public[number - 97]), tenant_id="1"),
            insert("access_keys", id=f"k{number}", alias=f"k{number}", key_value=encrypted(text or "x"), tenant_id="1"),
            insert("sites", id=str(number), tenant_id="1", name="hq", region=text[:5000], public_ip=text, subnet=text),
            insert("servers", id=str(number), name=text, port=31000 + number, tenant_id="1", region="eu-south", description=text),
            insert("server_keys_link", server_id=str(number), key_id="1"), insert("server_keys_link", server_id=text, key_id=text),
        ]
    listing, documents = imported(database, tmp_path, identity, rows)
    places = {"Platform": "", "Organization": "orgs/", "User": "", "Key": "orgs/", "Relay": "orgs/"}
    for path, document in documents.items():
        assert set(document) == {"apiVersion", "kind", "metadata", "spec"} and path.startswith(places[document["kind"]]), path
        assert path.isascii() and ".." not in path and document["metadata"]["name"] in path or document["kind"] == "Platform"
        for role in document["spec"].get("roles", []) if document["kind"] == "User" else []:
            # A tenant's "ADMIN" becomes pending.
            assert role in ("viewer", "engineer") or path == "users/anna.yaml" or document["spec"]["status"] == "pending", path
    # Others are unaffected, and each row is reported.
    assert documents["orgs/acme/relays/milan-1.yaml"]["spec"]["keys"]["names"] == ["hq"]
    assert documents["orgs/globex/relays/oslo-1.yaml"]["spec"]["keys"]["names"] == ["oslo"]
    assert len(listing["listing"]) == len(rows)
    text = run_import(database, tmp_path / "text", identity) if (tmp_path / "text").mkdir() is None else None
    shown = text.stdout + text.stderr
    assert "\x1b" not in shown and "\u202e" not in shown and "\u2028" not in shown and LARGE not in shown
    lines = shown.splitlines()
    assert not [line for line in lines if line.startswith("kind:") or line.startswith("roles:")]


def test_no_role_grows(database, tmp_path, identity):
    rows = honest(wireguard(random.Random(7), 4))
    for role in ("admin", "executive", "ADMIN", "Admin"):
        rows.append(insert("users", id=role, username=f"boss-{role}", status="active", role=role, tenant_id="2"))
    rows.append(insert("users", id="e", username="exec", status="active", role="executive"))
    listing, documents = imported(database, tmp_path, identity, rows)
    for path, document in documents.items():
        if path.startswith("users/boss-"):
            assert document["spec"]["status"] == "pending", path
    # Users without a tenant keep what they were.
    assert documents["users/anna.yaml"]["spec"]["status"] == documents["users/exec.yaml"]["spec"]["status"] == "active"
    notes = [note for row in listing["listing"] if row["row"] == "admin" for note in row.get("notes", [])]
    assert any("approve" in note for note in notes)


@pytest.mark.parametrize("alike", [" 1", "1 ", "\t1", "1\u200b", "１", "01", "1.0"])
def test_ids_that_look_alike_are_not_the_same(database, tmp_path, identity, alike):
    public = wireguard(random.Random(7), 5)
    rows = honest(public) + [
        insert("tenants", id=alike, name="Mallory", slug="mallory", status="active", allowed_regions=["eu-south"]),
        insert("users", id="m", username="mallory", status="active", role="engineer", tenant_id=alike),
        insert("access_keys", id=alike, alias="thief", key_value=encrypted(public[2]), tenant_id=alike),
        insert("server_keys_link", server_id=alike, key_id=alike), insert("server_keys_link", server_id="1", key_id=alike),
    ]
    _, documents = imported(database, tmp_path, identity, rows)
    assert "orgs/mallory/users/mallory.yaml" in documents and "orgs/mallory/keys/thief.yaml" in documents
    assert not [path for path in documents if path.startswith("orgs/acme") and ("mallory" in path or "thief" in path)]
    assert documents["orgs/acme/relays/milan-1.yaml"]["spec"]["keys"]["names"] == ["hq"]


def test_canonically_equal_ids_are_not_the_same(database, tmp_path, identity):
    public = wireguard(random.Random(7), 5)
    rows = honest(public) + [
        insert("tenants", id="\u00e9", name="Composed", slug="composed", status="active", allowed_regions=["eu-south"]),
        insert("tenants", id="e\u0301", name="Apart", slug="apart", status="active", allowed_regions=["eu-south"]),
        insert("access_keys", id="\u00e9", alias="composed", key_value=encrypted(public[2]), tenant_id="\u00e9"),
        insert("access_keys", id="e\u0301", alias="apart", key_value=encrypted(public[3]), tenant_id="e\u0301"),
    ]
    _, documents = imported(database, tmp_path, identity, rows)
    assert {"orgs/composed/keys/composed.yaml", "orgs/apart/keys/apart.yaml"} <= set(documents)


def test_one_tenants_regions_push_out_nobody(database, tmp_path, identity):
    rows = honest(wireguard(random.Random(7), 4))
    rows.append(insert("tenants", id="3", name="Many", slug="many", status="active", allowed_regions=[f"a{number}" for number in range(5000)]))
    _, documents = imported(database, tmp_path, identity, rows)
    names = {region["name"] for region in documents["platform.yaml"]["spec"]["regions"]}
    assert {"eu-south", "eu-north"} <= names and len(names) <= 200
    assert {"orgs/acme/relays/milan-1.yaml", "orgs/globex/relays/oslo-1.yaml"} <= set(documents)


def test_bytes_that_are_no_text(tmp_path, identity):
    made = Console(SCHEMA, "hostile", "ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
    try:
        public = wireguard(random.Random(7), 5)
        broken = "E'\\xff\\xfe'"
        rows = honest(public) + [
            f"INSERT INTO tenants (id, name, slug, status, allowed_regions) VALUES ({broken}, {broken}, 'one', 'active', '{{eu-south}}');",
            "INSERT INTO tenants (id, name, slug, status, allowed_regions) VALUES (E'\\xfe\\xff', E'x\\xc3', 'two', 'active', '{eu-south}');",
            "INSERT INTO users (id, username, status, role, tenant_id) VALUES ('u', E'mallory\\xc3', 'active', 'engineer', E'\\xfe\\xff');",
            "INSERT INTO users (id, username, status, role, tenant_id) VALUES ('v', E'\\xe2\\x80', 'active', 'viewer', '1');",
        ]
        _, documents = imported(made, tmp_path, identity, rows)
        assert not [path for path in documents if "mallory" in path]
        assert documents["orgs/acme/relays/milan-1.yaml"]["spec"]["keys"]["names"] == ["hq"]
    finally:
        made.close()


def test_nobodys_function_runs(database, tmp_path, identity):
    """Reading a database must not execute other users' code with the importer's rights."""
    database.psql("\n".join(honest(wireguard(random.Random(7), 4))))
    database.psql("""
        CREATE ROLE mallory LOGIN; GRANT CREATE ON SCHEMA public TO mallory;
        CREATE TABLE public.called (what text); GRANT INSERT ON public.called TO PUBLIC;
    """)
    seized = database.url("mallory")
    database.psql("""
        CREATE FUNCTION public.seize(text) RETURNS text LANGUAGE plpgsql AS $$
          BEGIN PERFORM pg_catalog.set_config('wpex.seized', current_user, false); RAISE EXCEPTION 'seized by %', $1; END $$;
        CREATE FUNCTION public.pgp_sym_decrypt(bytea, unknown_ text) RETURNS text LANGUAGE sql AS 'SELECT public.seize($2)';
        CREATE FUNCTION public.same(oid, regclass) RETURNS boolean LANGUAGE sql AS 'SELECT public.seize(NULL) IS NULL';
        CREATE OPERATOR public.= (LEFTARG = oid, RIGHTARG = regclass, FUNCTION = public.same);
    """.replace("public.pgp_sym_decrypt(bytea, unknown_ text)", "public.pgp_sym_decrypt(bytea, varchar)"), seized)
    result = run_import(database, tmp_path, identity)
    assert "seized" not in result.stdout + result.stderr
    # A view in place of a table runs its owner's functions; a type may have a cast.
    database.psql("""
        ALTER TABLE users RENAME TO real_users; GRANT SELECT ON real_users TO mallory;
    """)
    database.psql("CREATE VIEW users AS SELECT id, public.seize(username) AS username, role, status FROM real_users;", seized)
    (tmp_path / "view").mkdir()
    refused = run_import(database, tmp_path / "view", identity, check=False)
    assert refused.returncode == 1 and "is not a table" in refused.stderr and "seized" not in refused.stderr
    database.psql("DROP VIEW users; ALTER TABLE real_users RENAME TO users;")
    database.psql("""
        CREATE TYPE public.mood AS ENUM ('x');
        CREATE FUNCTION public.shown(public.mood) RETURNS json LANGUAGE sql AS 'SELECT public.seize(NULL)::json';
        CREATE CAST (public.mood AS json) WITH FUNCTION public.shown(public.mood);
    """, seized)
    database.psql("ALTER TABLE users ADD COLUMN login public.mood DEFAULT 'x'; ALTER TABLE users DROP COLUMN username;")
    (tmp_path / "cast").mkdir()
    refused = run_import(database, tmp_path / "cast", identity, check=False)
    assert refused.returncode == 1 and "has a user-defined cast" in refused.stderr and "seized" not in refused.stderr
