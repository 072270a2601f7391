"""Fixtures that several suites use. Those of one suite are in its own conftest.py."""

import os
import pathlib

import pytest

pytest.register_assert_rewrite("support")

from support.kubernetes import Cluster  # noqa: E402
from support.node import node_loop  # noqa: E402
from support.postgres import Postgres  # noqa: E402


@pytest.fixture
def postgres():
    """A PostgreSQL server with an audit log's roles and tables."""
    made = Postgres()
    yield made
    made.close()


@pytest.fixture
def cluster(tmp_path):
    """sample-repo in its own namespaces of the cluster."""
    made = Cluster(tmp_path)
    yield made
    made.close()


@pytest.fixture
def node(tmp_path):
    """A repository, and a daemon that applies it to a real node once it is started."""
    with node_loop(tmp_path) as loop:
        yield loop


@pytest.fixture
def pinging():
    """Permission to ping for everybody; skips the test if this machine's tests may not give it."""
    path = pathlib.Path("/proc/sys/net/ipv4/ping_group_range")
    before = path.read_text()
    low, high = map(int, before.split())
    if not low <= os.getgid() <= high:
        if os.geteuid() != 0:
            pytest.skip("net.ipv4.ping_group_range leaves this group out")
        path.write_text("0 2147483647")
    yield
    if path.read_text() != before:
        path.write_text(before)
