"""What scripts/dist makes of the programs of this build, once for all tests."""

import os
import pathlib
import subprocess

import pytest

from support.distribution import Debian, Distribution, dist
from support.program import ROOT


@pytest.fixture(scope="session")
def key(tmp_path_factory):
    """A key that signs releases."""
    path = tmp_path_factory.mktemp("key") / "release"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "releases", "-f", path], check=True)
    return path


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """All files of a release."""
    out = tmp_path_factory.mktemp("release") / "dist"
    dist("--out", out)
    return Distribution(out)


@pytest.fixture(scope="session")
def newer(tmp_path_factory, key):
    """The relay's files of a later version, signed."""
    out = tmp_path_factory.mktemp("newer") / "dist"
    dist("--out", out, "--only", "wpex-relay", "--version", "99.0", "--key", key)
    return Distribution(out)


@pytest.fixture(scope="module")
def debian(tmp_path_factory):
    """A Debian 12 without wpex."""
    if os.geteuid() != 0:
        pytest.skip("a Debian in a folder needs root")
    archive = subprocess.run([ROOT / "scripts/debian-root", "bookworm"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    root = tmp_path_factory.mktemp("debian") / "root"
    root.mkdir()
    subprocess.run(["tar", "-C", root, "--numeric-owner", "-xpf", archive], check=True)
    yield Debian(pathlib.Path(root))
    subprocess.run(["rm", "-rf", "--one-file-system", root], check=True)
