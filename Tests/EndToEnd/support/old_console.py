"""Databases of the console that wpex replaces, and `wpex import`."""

import base64
import subprocess

from support.postgres import PostgresServer
from support.program import WPEX

PASSPHRASE = "correct horse battery staple"


class Console(PostgresServer):
    """A database with a console's tables."""

    def __init__(self, schema, database="postgres", options=""):
        super().__init__()
        self.database = database
        if database != "postgres":
            self.psql(f"CREATE DATABASE {database} {options};", PostgresServer.url(self))
        self.psql(schema)

    def url(self, user="postgres", database=None):
        return super().url(user, database or self.database)


def quoted(value):
    if value is None:
        return "NULL"
    if isinstance(value, (bool, int)):
        return str(value)
    if isinstance(value, list):
        return "ARRAY[" + ",".join(quoted(one) for one in value) + "]::text[]" if value else "'{}'"
    return "'" + str(value).replace("'", "''") + "'"


def wireguard(generator, count):
    """Public keys as `wg pubkey` would print them."""
    return [base64.b64encode(generator.randbytes(31) + bytes([generator.randrange(128)])).decode() for _ in range(count)]


def insert(table, **columns):
    values = ", ".join(columns[name] if name == "key_value" else quoted(columns[name]) for name in columns)
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values});"


def encrypted(text, passphrase=PASSPHRASE):
    """A key as the console stores it."""
    return f"pgp_sym_encrypt({quoted(text)}, {quoted(passphrase)})"


def run_import(console, folder, recipient, *arguments, check=True, url=None, passphrase=PASSPHRASE):
    (folder / "passphrase").write_text(passphrase + "\n")
    result = subprocess.run(
        [WPEX, "import", "--from", url or console.url(), "--out", folder / "repo", "--passphrase-file", folder / "passphrase",
         "--recipient", recipient, *arguments],
        capture_output=True, text=True, timeout=120)
    assert not check or result.returncode == 0, result.stdout + result.stderr
    return result
