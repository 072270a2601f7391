"""`wpex import` from a real PostgreSQL with pgcrypto and the console's tables, filled with good rows and broken ones."""

import json
import pathlib
import random
import subprocess

import pytest

from support.old_console import PASSPHRASE, Console, encrypted, insert, quoted, run_import, wireguard
from support.program import WPEX

PASSWORD = "hunter2-of-the-old-console"
API_KEY = "tenant-api-key-that-stays-behind"
MFA = "JBSWY3DPEHPK3PXP"

# The newest version of the console, without the constraints that exclude the worst rows: not every database has them.
SCHEMA = """
CREATE EXTENSION pgcrypto;
CREATE TABLE tenants (id serial, name varchar(100), slug varchar(50), max_tunnels int DEFAULT 10,
  max_bandwidth_mbps int DEFAULT 100, sla_target decimal(5,2) DEFAULT 99.9, allowed_regions text[] DEFAULT '{}',
  preferred_relay_ids int[], api_key varchar(100), billing_integration_id varchar(100), status varchar(20) DEFAULT 'active',
  is_active boolean DEFAULT true, created_at timestamp DEFAULT now(), updated_at timestamp DEFAULT now());
CREATE TABLE users (id serial, username varchar(50), password_hash text, status varchar(20) DEFAULT 'pending',
  created_at timestamp DEFAULT now(), role varchar(20) DEFAULT 'engineer', tenant_id int, mfa_secret varchar(100),
  ip_whitelist text[]);
CREATE TABLE access_keys (id serial, alias varchar(50), key_value bytea, tenant_id int, created_at timestamp DEFAULT now());
CREATE TABLE sites (id serial, tenant_id int, name varchar(100), region varchar(50), public_ip varchar(45), subnet varchar(50),
  is_active boolean DEFAULT true, created_at timestamp DEFAULT now());
CREATE TABLE servers (id serial, name varchar(50), port int, web_port int, created_at timestamp DEFAULT now(), tenant_id int,
  region varchar(50), description text DEFAULT '');
CREATE TABLE server_keys_link (server_id int, key_id int);
CREATE TABLE audit_log (id serial, user_id int, action varchar(100), details jsonb);
"""


class Filling:
    """Hundreds of rows from a fixed seed, and the secrets that must not be revealed."""

    def __init__(self):
        generator = random.Random(20261125)
        public = wireguard(generator, 400)
        self.secrets = [PASSPHRASE, PASSWORD, API_KEY, MFA]
        self.sql, self.count = [], 0
        self.tenants(generator)
        self.users(generator)
        self.keys(generator, public)
        self.servers(generator)

    def add(self, table, **columns):
        self.sql.append(insert(table, **columns))
        self.count += 1

    def tenants(self, generator):
        for number in range(1, 21):
            self.add(
                "tenants", id=number, name=f"Tenant {number} S.p.A.", slug=f"tenant-{number}", api_key=API_KEY + str(number),
                max_bandwidth_mbps=generator.choice([100, 1000]), allowed_regions=generator.choice([[], ["eu-south"], ["eu-south", "eu-north"]]))
        self.add("tenants", id=21, name="Doppio", slug="tenant-1", api_key=API_KEY)
        self.add("tenants", id=22, name="Città & Figli", slug="Città & Figli", max_bandwidth_mbps=-5, sla_target=250, api_key=API_KEY)
        self.add("tenants", id=23, name=None, slug=None, status="archived", api_key=API_KEY)
        self.add("tenants", id=24, name="Waiting", slug="waiting", status="pending", is_active=False, api_key=API_KEY)
        self.add("tenants", id=25, name="Gone", slug="gone", status="active", is_active=False, api_key=API_KEY)
        self.add("tenants", id=1, name="The same id again", slug="again", api_key=API_KEY)
        self.add("tenants", id=27, name="x\u202e\x1b[31mred", slug="..", allowed_regions=["???", "EU South"], api_key=API_KEY)

    def users(self, generator):
        for number in range(1, 81):
            self.add(
                "users", id=number, username=f"user{number}", password_hash=PASSWORD, mfa_secret=MFA, status="active",
                role=generator.choice(["engineer", "viewer"]), tenant_id=generator.randint(1, 20))
        broken = [
            dict(username="anna", role="admin", tenant_id=None), dict(username="board", role="executive", tenant_id=3),
            dict(username="anna", role="admin", status="disabled"), dict(username=None, role="viewer", tenant_id=1),
            dict(username="root", role="superuser"), dict(username="lost", role="viewer", tenant_id=999),
            dict(username="nowhere", role="engineer", tenant_id=None), dict(username="half", role=None, tenant_id=2),
            dict(username="null-status", role="viewer", tenant_id=2, status=None),
            dict(username="giulia@acme.example", role="engineer", tenant_id=2),
            dict(username="walled", role="viewer", tenant_id=2, ip_whitelist=["192.0.2.1", "10.0.0.0/8"]),
            dict(username="badly-walled", role="viewer", tenant_id=2, ip_whitelist=["my house"]),
            dict(username="Ünïcode Ñame", role="viewer", tenant_id=2), dict(username="../../etc", role="viewer", tenant_id=2),
        ]
        for number, columns in enumerate(broken, 101):
            self.add("users", **{"id": number, "password_hash": PASSWORD, "mfa_secret": MFA, "status": "active", **columns})

    def keys(self, generator, public):
        for number in range(1, 201):
            self.add("access_keys", id=number, alias=f"site-{number}", key_value=encrypted(public[number]), tenant_id=(number - 1) % 20 + 1)
        private = subprocess.run(["wg", "genkey"], check=True, capture_output=True, text=True).stdout.strip()
        other = "the secret of another passphrase"
        self.secrets += [private, other, "not a key at all"]
        broken = [
            dict(alias="twin", key_value=encrypted(public[1]), tenant_id=1), dict(alias="thief", key_value=encrypted(public[1]), tenant_id=2),
            dict(alias="wrong-passphrase", key_value=encrypted(public[301], other), tenant_id=1),
            dict(alias="garbage", key_value="'\\xdeadbeef'::bytea", tenant_id=1),
            dict(alias="empty", key_value="NULL", tenant_id=1), dict(alias="text", key_value=encrypted("not a key at all"), tenant_id=1),
            dict(alias="bytes", key_value=f"pgp_sym_encrypt_bytea('\\xff00fe'::bytea, {quoted(PASSPHRASE)})", tenant_id=1),
            dict(alias="zero", key_value=encrypted("A" * 43 + "="), tenant_id=1),
            dict(alias="short", key_value=encrypted(public[302][:20]), tenant_id=1),
            dict(alias="config", key_value=encrypted(f"[Interface]\nPrivateKey = {private}\n"), tenant_id=1),
            dict(alias=private, key_value=encrypted(public[303]), tenant_id=1),
            dict(alias=None, key_value=encrypted(public[304]), tenant_id=1), dict(alias="site-1", key_value=encrypted(public[305]), tenant_id=1),
            dict(alias="orphan", key_value=encrypted(public[306]), tenant_id=None), dict(alias="foreign", key_value=encrypted(public[307]), tenant_id=404),
            dict(alias="spaced", key_value=encrypted(f"  {public[308]}\n"), tenant_id=2),
        ]
        for number, columns in enumerate(broken, 301):
            self.add("access_keys", id=number, **columns)
        self.add("sites", id=1, tenant_id=1, name="site-1", region="eu-south", public_ip="198.51.100.7", subnet="10.1.0.0/24")
        self.add("sites", id=2, tenant_id=2, name="site-2", region="", public_ip="nowhere", subnet="10.1.0.7/24")
        self.add("sites", id=3, tenant_id=1, name="no such key", region="eu-south", public_ip="", subnet="")
        self.add("sites", id=4, tenant_id=888, name="site-1", region="eu-south", public_ip="", subnet="")

    def servers(self, generator):
        for number in range(1, 41):
            tenant = (number - 1) % 20 + 1
            self.add(
                "servers", id=number, name=f"relay-{number}", port=30000 + number, web_port=8080 + number, tenant_id=tenant, region="eu-south",
                description=generator.choice(["", "The busy one"]))
            for key in {tenant, tenant + 20, tenant + 40}:
                self.add("server_keys_link", server_id=number, key_id=key)
        broken = [
            (dict(name="no-keys", port=31001, tenant_id=1), []), (dict(name="clash", port=30001, tenant_id=2, region="eu-south"), [2]),
            (dict(name="low-port", port=51820, tenant_id=4, region="eu-south"), [4]), (dict(name="bad-port", port=0, tenant_id=1), [1]),
            (dict(name="huge-port", port=70000, tenant_id=1), [1]), (dict(name="null-port", port=None, tenant_id=1), [1]),
            (dict(name="Relay 1", port=31002, tenant_id=1, region="EU-South"), [1]), (dict(name=None, port=31003, tenant_id=1, region="eu-south"), [1]),
            (dict(name="foreign-keys", port=31004, tenant_id=1, region="eu-south"), [2, 3]),
            (dict(name="mixed", port=31005, tenant_id=1, region="eu-south"), [1, 2, 9999, 301]),
            (dict(name="orphan", port=31006, tenant_id=None), [1]), (dict(name="lost", port=31007, tenant_id=777), [1]),
            (dict(name="elsewhere", port=31008, tenant_id=1, region="us-west"), [1]), (dict(name="waiting", port=31009, tenant_id=24), [304]),
            (dict(name="a" * 50, port=31010, tenant_id=1, region="eu-south"), [1]), (dict(name="a" * 49 + "b", port=31011, tenant_id=1, region="eu-south"), [1]),
        ]
        for number, (columns, keys) in enumerate(broken, 101):
            self.add("servers", id=number, **columns)
            for key in keys:
                self.add("server_keys_link", server_id=number, key_id=key)
        self.add("server_keys_link", server_id=5555, key_id=1)
        self.add("server_keys_link", server_id=None, key_id=None)


@pytest.fixture(scope="module")
def console():
    made = Console(SCHEMA)
    made.filling = Filling()
    made.psql("BEGIN;\n" + "\n".join(made.filling.sql) + "\nCOMMIT;")
    yield made
    made.close()


@pytest.fixture
def daemon_identity(tmp_path):
    result = subprocess.run([WPEX, "identity", "new", "--out", tmp_path / "daemon.identity"], check=True, capture_output=True, text=True)
    return result.stdout.strip()


def test_every_row_is_written_or_listed_and_the_result_validates(console, tmp_path, daemon_identity):
    result = run_import(console, tmp_path, daemon_identity, "--output", "json")
    listing = json.loads(result.stdout)
    assert console.filling.count > 400
    assert listing["rows"]["read"] == console.filling.count == len(listing["listing"])
    outcomes = [row["outcome"] for row in listing["listing"]]
    assert listing["rows"]["written"] == sum(outcome != "left out" for outcome in outcomes)
    assert listing["rows"]["leftOut"] == outcomes.count("left out")
    # Whatever was left out has a reason; whatever was written has an existing file.
    for row in listing["listing"]:
        if row["outcome"] == "left out":
            assert row["notes"] and "file" not in row
        else:
            assert (tmp_path / "repo" / row["file"]).is_file(), row
    files = sorted(str(path.relative_to(tmp_path / "repo")) for path in (tmp_path / "repo").rglob("*") if path.is_file())
    assert files == sorted(listing["documents"])
    checked = subprocess.run([WPEX, "validate", "--repo", tmp_path / "repo"], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
    # Each row once, by the database's own counts of the tables.
    for table in ("tenants", "users", "access_keys", "sites", "servers", "server_keys_link"):
        assert int(console.psql(f"SELECT count(*) FROM {table}")) == sum(row["table"] == table for row in listing["listing"]), table


def test_what_is_sound_comes_over_and_what_is_broken_has_its_reason(console, tmp_path, daemon_identity):
    listing = json.loads(run_import(console, tmp_path, daemon_identity, "--output", "json").stdout)["listing"]

    def row(table, number):
        return next(one for one in listing if one["table"] == table and one["row"] == str(number))

    def reason(table, number):
        return "; ".join(row(table, number)["notes"])

    for table, count in (("users", 80), ("access_keys", 200), ("servers", 40)):
        assert all(row(table, number)["outcome"] != "left out" for number in range(1, count + 1)), table
    assert "named `tenant-1-2`" in reason("tenants", 21)
    assert "named `citta-figli`" in reason("tenants", 22)
    assert "pending" in reason("tenants", 23) and "disabled" in reason("tenants", 25)
    assert "role superuser is unknown" in reason("users", 105) and "does not exist" in reason("users", 106)
    assert "belongs to no tenant" in reason("users", 107) and "disabled" in reason("users", 112)
    assert row("access_keys", 301)["outcome"] == "changed" and row("access_keys", 302)["outcome"] == "left out"
    for number in (303, 304, 307):
        assert "cannot be decrypted" in reason("access_keys", number)
    assert "is NULL" in reason("access_keys", 305) and "not a WireGuard public key" in reason("access_keys", 306)
    assert "low-order" in reason("access_keys", 308) and "private key" in reason("access_keys", 310)
    assert "belongs to no tenant" in reason("access_keys", 314) and "does not exist" in reason("access_keys", 315)
    assert row("sites", 1)["file"] == "orgs/tenant-1/keys/site-1.yaml" and "part of a key" in reason("sites", 3)
    assert "open to everybody" in reason("servers", 101) and "is taken by `tenant-1/relay-1`" in reason("servers", 102)
    assert row("servers", 103)["outcome"] != "left out" and "its port is not a port number" in reason("servers", 104)
    assert "named `relay-1-2`" in reason("servers", 107) and "named `relay-108`" in reason("servers", 108)
    assert "open to everybody" in reason("servers", 109) and "does not exist" in reason("servers", 112)
    links = {one["row"]: one for one in listing if one["table"] == "server_keys_link"}
    assert "file" in links["server 110, key 1"] and "file" in links["server 110, key 301"]
    assert "belongs to `tenant-2`" in links["server 110, key 2"]["notes"][0] and "does not exist" in links["server 110, key 9999"]["notes"][0]
    assert "server does not exist" in links["server 5555, key 1"]["notes"][0]


def test_no_secret_comes_to_light(console, tmp_path, daemon_identity):
    for form in ("json", "text"):
        folder = tmp_path / form
        folder.mkdir()
        # Everything that the process exposes while it runs, and all that it writes.
        (folder / "passphrase").write_text(PASSPHRASE)
        process = subprocess.Popen(
            [WPEX, "import", "--from", console.url(), "--out", folder / "repo", "--passphrase-file", folder / "passphrase",
             "--recipient", daemon_identity, "--output", form],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        arguments = pathlib.Path(f"/proc/{process.pid}/cmdline").read_bytes().decode()
        output, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
        files = [path.read_text() for path in (folder / "repo").rglob("*.yaml")]
        for text in [arguments, output, errors, *files]:
            for secret in console.filling.secrets:
                assert secret not in text, f"{secret[:6]}… in {text[:80]}"
            assert "\x1b" not in text and "\u202e" not in text
    # Error messages do not contain a wrong passphrase either.
    wrong = run_import(console, tmp_path, daemon_identity, "--admin", "Anna=anna@x.example", passphrase="wrong-but-secret", check=False)
    assert "wrong-but-secret" not in wrong.stdout + wrong.stderr


@pytest.mark.parametrize("passphrase, status, words", [
    ("wrong-but-secret", 1, "can be read, and nothing was written"), ("", 2, "is empty"), ("\ufeff" + PASSPHRASE, 0, "rows read"),
])
def test_a_passphrase_that_opens_nothing_writes_nothing(console, tmp_path, daemon_identity, passphrase, status, words):
    result = run_import(
        console, tmp_path, daemon_identity, "--admin", "Anna=anna@x.example", passphrase=passphrase, check=False)
    assert result.returncode == status and words in result.stderr, result.stderr
    assert (tmp_path / "repo").exists() == (status == 0)
    if status == 0:
        # Everything written is in the layout of `wpex fmt`.
        assert subprocess.run([WPEX, "fmt", "--check", "--repo", tmp_path / "repo"], capture_output=True).returncode == 0


def test_rows_without_a_tenant_can_be_taken_up(console, tmp_path, daemon_identity):
    result = run_import(console, tmp_path, daemon_identity, "--organization", "house", "--seal", "--output", "json")
    listing = json.loads(result.stdout)["listing"]
    orphan = next(row for row in listing if row["table"] == "access_keys" and row["row"] == "314")
    assert orphan["file"] == "orgs/house/keys/orphan.yaml"
    text = (tmp_path / "repo" / orphan["file"]).read_text()
    assert "BEGIN AGE ENCRYPTED FILE" in text and "publicKey" not in text
    assert subprocess.run([WPEX, "validate", "--repo", tmp_path / "repo"], capture_output=True).returncode == 0


def test_what_is_no_console_is_refused(console, tmp_path, daemon_identity):
    console.psql("CREATE DATABASE other;")
    other = console.url(database="other")
    refused = run_import(console, tmp_path, daemon_identity, check=False, url=other)
    assert refused.returncode == 1 and "users" in refused.stderr and "server_keys_link" in refused.stderr
    # An early version: only these columns of tenants, another column for keys, and no sites.
    console.psql("""
        CREATE EXTENSION pgcrypto;
        CREATE TABLE tenants (id int, name text); CREATE TABLE users (id int, username text, role text, status text);
        CREATE TABLE access_keys (id int, name text, key bytea, tenant_id int);
        CREATE TABLE servers (id int, name text, udp_port int, tenant_id int);
        CREATE TABLE server_keys_link (server_id int, key_id int);
        INSERT INTO tenants VALUES (1, 'Acme'); INSERT INTO users VALUES (1, 'anna', 'admin', 'active');
        INSERT INTO access_keys VALUES (1, 'hq', pgp_sym_encrypt('AN+hL88TqvTwNnGjNr7PmHnm415RtYbSV2LxVTTP5w8=', 'correct horse battery staple'), 1);
        INSERT INTO servers VALUES (1, 'milan-1', 30101, 1); INSERT INTO server_keys_link VALUES (1, 1);
    """, other)
    early = run_import(console, tmp_path, daemon_identity, url=other)
    assert "tenants.slug" in early.stderr and "sites" in early.stderr and "5 rows read: 5 written" in early.stderr
    assert (tmp_path / "repo/orgs/acme/relays/milan-1.yaml").is_file()
    again = run_import(console, tmp_path, daemon_identity, check=False, url=other)
    assert again.returncode == 1 and "new or empty folder" in again.stderr
    away = run_import(console, tmp_path / "..", daemon_identity, check=False, url="postgres://nobody@/nowhere?host=/nonexistent")
    assert away.returncode in (1, 3) and "PostgreSQL cannot be reached" in away.stderr
