"""Git without the user's and the system's configuration."""

import os
import subprocess

AUTHOR = "Anna <anna@example.org>"


def run_git(*arguments, cwd, check=True, author=AUTHOR, when=None, input=None, **environment):
    """Runs Git; returns its result. Bytes as `input` make its output bytes.

    `when` is the date of a commit that it makes."""
    name, address = author.removesuffix(">").rsplit(" <", 1)
    identity = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
    for role in ("AUTHOR", "COMMITTER"):
        identity |= {f"GIT_{role}_NAME": name, f"GIT_{role}_EMAIL": address}
        if when:
            identity[f"GIT_{role}_DATE"] = when
    result = subprocess.run(
        ["git", *map(str, arguments)], cwd=cwd, capture_output=True, text=not isinstance(input, bytes), input=input, timeout=120,
        env={**os.environ, **identity, **environment})
    assert not check or result.returncode == 0, f"git {arguments}: {result.stdout}{result.stderr}"
    return result


def git(*arguments, cwd, **options):
    """What Git prints, without the space around it."""
    return run_git(*arguments, cwd=cwd, **options).stdout.strip()


def commit(repo, message="A change", *options, **more):
    """Commits everything that a working copy holds; returns the commit's id."""
    git("add", "-A", cwd=repo)
    git("commit", "-q", "--allow-empty", "-m", message, *options, cwd=repo, **more)
    return git("rev-parse", "HEAD", cwd=repo)


def begin(repo, message="first", **more):
    """Makes a folder a repository with one commit; returns its id."""
    git("init", "-q", "-b", "main", cwd=repo)
    return commit(repo, message, **more)
