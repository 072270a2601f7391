"""A daemon's state folder: its status, and its audit log."""

import contextlib
import json
import pathlib
import sqlite3

from support.program import wpex


class State:
    """The state folder of a daemon that is started once or several times.

    Its status is empty until the newest process has written it: what an earlier process left does not count."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.left = self.version

    @property
    def version(self):
        """Another value each time that the status is written."""
        try:
            found = (self.folder / "status.json").stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_mtime_ns

    def expect(self):
        """Has to be called before a process is started."""
        self.left = self.version

    @property
    def status(self):
        """The document that `wpex status` reads. Tests ask again and again, and each run of a program takes time from the daemon."""
        if self.version in (None, self.left):
            return {}
        return json.loads((self.folder / "status.json").read_text())

    @property
    def shown(self):
        """What `wpex status` prints."""
        return json.loads(wpex("status", "--state", self.folder, "--output", "json", check=False).stdout)

    @property
    def is_applied(self):
        """Whether this process has applied something in every region of sample-repo."""
        return len(self.status.get("regions", {})) == 2

    def records(self, *arguments):
        """The audit log, oldest first; nothing while there is none."""
        if not (self.folder / "audit.sqlite").exists():
            return []
        return records("--state", self.folder, *arguments)

    def actions(self):
        """The actions of all records, oldest first, without a run of the program."""
        log = self.folder / "audit.sqlite"
        if not log.exists():
            return []
        try:
            with contextlib.closing(sqlite3.connect(f"file:{log}?mode=ro", uri=True, timeout=20)) as database:
                return [action for action, in database.execute("SELECT action FROM records ORDER BY sequence")]
        except sqlite3.OperationalError:
            # Nobody has it open, so that it cannot be read without writing beside it.
            return [record["action"] for record in self.records()]


def records(*arguments):
    """The records of an audit log: of `--state` or of `--store`."""
    return json.loads(wpex("audit", "list", "--limit", "100000", "--output", "json", *arguments).stdout)
