"""PostgreSQL servers on Unix sockets."""

import atexit
import contextlib
import functools
import os
import pathlib
import shutil
import subprocess
import tempfile

from support.program import wpex

PROGRAMS = pathlib.Path("/usr/lib/postgresql/15/bin")


def as_postgres(*arguments):
    prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    subprocess.run([*prefix, *map(str, arguments)], check=True, capture_output=True, text=True, cwd="/")


def new_folder():
    """A folder of the user that the server runs as. Its path is short, because that of a socket is limited."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="wpex-pg-", dir="/tmp"))
    if os.geteuid() == 0:
        subprocess.run(["chown", "postgres", folder], check=True)
    return folder


@functools.cache
def empty_data():
    """The data of an empty server. A copy of it costs a tenth of what `initdb` does."""
    folder = new_folder()
    atexit.register(shutil.rmtree, folder)
    as_postgres(PROGRAMS / "initdb", "-D", folder / "data", "-A", "trust", "-U", "postgres", "-N")
    return folder / "data"


class PostgresServer:
    """An empty server."""

    def __init__(self):
        self.folder = new_folder()
        subprocess.run(["cp", "-a", empty_data(), self.folder / "data"], check=True)
        self.start()

    def url(self, user="postgres", database="postgres"):
        return f"postgres://{user}@/{database}?host={self.folder}"

    def start(self):
        as_postgres(
            PROGRAMS / "pg_ctl", "-D", self.folder / "data", "-w", "-l", self.folder / "log",
            "-o", f"-c listen_addresses= -c unix_socket_directories={self.folder}", "start")

    def stop(self, mode="immediate"):
        as_postgres(PROGRAMS / "pg_ctl", "-D", self.folder / "data", "-m", mode, "-w", "stop")

    def psql(self, statement, url=None):
        return subprocess.run(
            ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url or self.url()],
            input=statement, check=True, capture_output=True, text=True).stdout

    def close(self):
        with contextlib.suppress(subprocess.CalledProcessError):
            self.stop()
        shutil.rmtree(self.folder)


class Postgres(PostgresServer):
    """A server with the roles and tables of an audit log, as an operator makes them."""

    def __init__(self):
        super().__init__()
        self.psql(wpex("audit", "bootstrap").stdout)
        wpex("audit", "migrate", "--store", self.url())
