"""A working copy of sample-repo with a home folder and a Git identity."""

import os
import re
import subprocess

from support.program import WPEX
from support.sample import copy_sample


class Work:
    """The working copy `repo`, below the home `folder`."""

    def __init__(self, folder):
        self.folder = folder
        self.repo = folder / "repo"
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": str(folder), "NO_COLOR": "1", "GIT_CONFIG_NOSYSTEM": "1",
            "XDG_CONFIG_HOME": str(folder / "config"),
        }
        self.git("config", "--global", "user.name", "Giulia Rossi", cwd=folder)
        self.git("config", "--global", "user.email", "giulia@acme.example", cwd=folder)
        self.git("config", "--global", "init.defaultBranch", "main", cwd=folder)
        copy_sample(self.repo)
        self.git("init", "-q")
        self.git("add", "-A")
        self.git("commit", "-qm", "Begin")

    def git(self, *arguments, cwd=None):
        return subprocess.run(
            ["git", *arguments], cwd=cwd or self.repo, env=self.environment, check=True, capture_output=True, text=True).stdout

    def wpex(self, *arguments, status=0, cwd=None, input=None):
        result = subprocess.run(
            [WPEX, *map(str, arguments)], cwd=cwd or self.repo, env=self.environment, capture_output=True, text=True,
            timeout=60, input=input)
        assert result.returncode == status, (arguments, result.returncode, result.stdout, result.stderr)
        return result

    def changed(self):
        """Lines that `git diff` shows, without its head."""
        lines = self.git("diff", "--unified=0", "--no-color").splitlines()
        return [line for line in lines if re.match(r"[+-](?![+-])", line)]
