"""systemd's units, parsed as systemd does, and run as far as possible without it."""

import json
import os
import pathlib
import shlex
import socket
import subprocess
import sys

from support.program import ROOT

FOLDER = ROOT / "deploy/host/systemd"
SANDBOX = pathlib.Path(__file__).parent / "sandbox.py"


class Unit:
    def __init__(self, name):
        self.name = name
        self.values = []
        section = ""
        for line in (FOLDER / name).read_text().split("\n"):
            if line.startswith("["):
                section = line.strip("[]")
            elif line and line[0] not in "#;":
                key, value = line.split("=", 1)
                self.values.append((section, key, value))

    def all(self, key):
        return [value for _, name, value in self.values if name == key]

    def one(self, key):
        (value,) = self.all(key)
        return value

    @property
    def calls(self):
        """System calls that are allowed."""
        allowed = set()
        for value in self.all("SystemCallFilter"):
            names = expand(value.lstrip("~").split())
            allowed = allowed - names if value.startswith("~") else allowed | names
        return allowed

    def run(self, folder, replacements, environment, **options):
        """Starts the unit's command with its environment, under its filter and its view of /proc, as an unprivileged
        user.

        `replacements` map the unit's paths, ports and variables to the test's.
        """
        text = json.dumps({
            "calls": sorted(self.calls),
            "families": [int(getattr(socket, name)) for name in self.one("RestrictAddressFamilies").split()],
        })
        path = pathlib.Path(folder) / f"{self.name}.filter"
        path.write_text(text)
        path.chmod(0o644)

        def replaced(value):
            for old, new in replacements.items():
                value = value.replace(old, str(new))
            return value

        variables = dict(pair.split("=", 1) for value in self.all("Environment") for pair in shlex.split(replaced(value)))
        command = shlex.split(replaced(self.one("ExecStart")))
        command = [sys.executable, str(SANDBOX), str(path), *command]
        if os.geteuid() == 0:
            subset = f",subset={self.one('ProcSubset')}" if self.all("ProcSubset") else ""
            seen = f"mount -t proc -o hidepid={self.one('ProtectProc')}{subset} proc /proc"
            person = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"]
            command = ["unshare", "--mount", "sh", "-c", f"{seen} && umask {self.one('UMask')} && exec {shlex.join(person + command)}"]
        plain = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}
        return subprocess.Popen(command, env={**plain, **variables, **environment}, cwd="/", **options)


def expand(names, groups={}):  # noqa: B006
    """Expands names and groups of system calls, as systemd defines them."""
    if not groups:
        group = ""
        text = subprocess.run(["systemd-analyze", "syscall-filter", "--no-pager"], check=True, capture_output=True, text=True).stdout
        for line in text.split("\n"):
            if line.startswith("@"):
                group = line.strip()
                groups[group] = []
            elif line.startswith("    ") and not line.strip().startswith("#"):
                groups[group].append(line.strip())
    found = set()
    for name in names:
        found |= expand(groups[name]) if name.startswith("@") else {name}
    return found
