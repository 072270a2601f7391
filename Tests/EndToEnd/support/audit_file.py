"""Audit logs in SQLite, written and read without the program."""

import hashlib
import json
import sqlite3


class Audit:
    """A SQLite audit log, written as the format says (docs/audit or AuditRecord.swift)."""

    def __init__(self, path):
        self.path = path
        self.database = sqlite3.connect(path)
        self.database.executescript(
            """
            PRAGMA journal_mode = WAL;
            CREATE TABLE records (
              sequence INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, bytes BLOB NOT NULL, previous BLOB NOT NULL,
              hash BLOB NOT NULL, time INTEGER NOT NULL, action TEXT NOT NULL, actor TEXT NOT NULL, org TEXT,
              commit_id TEXT, generation INTEGER);
            CREATE TABLE checkpoints (sequence INTEGER PRIMARY KEY, text TEXT NOT NULL);
            """
        )
        self.head = (0, bytes(32))

    def add(self, key, action, org=None, at=1_795_000_000_000, **more):
        entry = {"version": 1, "time": at, "action": action, "user": "anna", **more}
        if org:
            entry["org"] = org
        text = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        sequence, previous = self.head[0] + 1, self.head[1]
        name = key.encode()
        digest = hashlib.sha256(
            previous + sequence.to_bytes(8, "big") + len(name).to_bytes(4, "big") + name + text
        ).digest()
        self.database.execute(
            "INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (sequence, key, text, previous, digest, at, action, "anna", org, more.get("commit"), more.get("generation")),
        )
        self.database.commit()
        self.head = (sequence, digest)


def read_records(path):
    """The records of a log, oldest first."""
    with sqlite3.connect(path) as database:
        return [json.loads(row[0]) for row in database.execute("SELECT bytes FROM records ORDER BY sequence")]
