"""`wpex sync run` into a folder, from a Git server: one pass, or on and on."""

import os
import subprocess

from support.git_servers import TOKEN
from support.process import descendants
from support.program import WPEX
from support.waiting import until


def arguments(folder, url, *more):
    return [WPEX, "sync", "run", *more, "--repo", url, "--target", "directory", "--out", folder / "out", "--state",
            folder / "state", "--demonstration"]


def surroundings(**environment):
    """This environment without its proxies, and with what is given."""
    proxies = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"}
    kept = {name: value for name, value in os.environ.items() if name not in proxies}
    return kept | {name: str(value) for name, value in environment.items()}


def once(folder, url, check=True, **environment):
    """One pass."""
    result = subprocess.run(
        arguments(folder, url, "--once"), capture_output=True, text=True, timeout=120,
        env=surroundings(**environment))
    assert TOKEN not in result.stderr + result.stdout
    assert not check or result.returncode == 0, result.stderr
    return result


class Follower:
    """`wpex sync run`, which goes on."""

    def __init__(self, folder, url, **environment):
        self.log = folder / "log"
        self.process = subprocess.Popen(
            arguments(folder, url), stderr=open(self.log, "w"),
            env=surroundings(**{"WPEX_REPOSITORY_INTERVAL": "0.2", "WPEX_HTTP_LISTEN": "127.0.0.1:0", **environment}))

    def until(self, condition, what, timeout=30):
        until(condition, what, self.log, timeout, self.process)

    @property
    def lines(self):
        return self.log.read_text()

    def descendants(self):
        """The numbers of all processes that it started, and that these started."""
        return descendants(self.process.pid)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def rendered(folder):
    return {str(path.relative_to(folder / "out")) for path in (folder / "out").rglob("*.yaml")}
