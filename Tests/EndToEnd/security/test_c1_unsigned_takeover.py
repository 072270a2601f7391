"""C1: an unsigned commit makes a stranger an admin, by means of regions that no daemon knows yet."""

import hashlib

import pytest

from support.tenants import me, settled

TOKEN = "token-of-a-stranger-who-wants-everything"


def rename_regions(provider):
    """No region of the new commit has a state to compare with."""
    for file in provider.repo.rglob("*.yaml"):
        text = file.read_text()
        file.write_text(text.replace("eu-north", "xx-north").replace("eu-south", "xx-south"))


def add_region(provider):
    """Adds a region without state; the others continue."""
    provider.edit(
        "platform.yaml", "  regions:\n",
        "  regions:\n    - name: zz\n      displayName: Z\n      cluster: zz\n      publicHost: zz.example\n"
        "      portRange: 30000-32767\n      exposure: NodePort\n")


def keep_regions(provider):
    """Control: no change of regions, which has always been refused."""


def lift_policy(provider):
    provider.edit("platform.yaml", "requireSignedCommits: true", "requireSignedCommits: false")


def take_over(provider, regions):
    regions(provider)
    lift_policy(provider)
    provider.write(
        "users/zz.yaml", provider.user("zz", "admin", token=hashlib.sha256(TOKEN.encode()).hexdigest(), key="stranger"))
    return provider.commit("Take over")


@pytest.mark.parametrize("regions", [rename_regions, add_region, keep_regions])
def test_unsigned_commit_changes_nothing_of_a_running_platform(provider, regions):
    daemon = provider.up()
    try:
        before = daemon.children()
        names = set(daemon.status["regions"])
        settled(daemon, take_over(provider, regions))
        daemon.until(lambda: daemon.problem, "the refusal shows")
        assert me(daemon, TOKEN) == 401
        assert daemon.children() == before
        assert set(daemon.status["regions"]) == names
        assert "rejected.unsigned" in daemon.actions()
        # Nor does a daemon accept it that starts with the commit in the branch.
        daemon.stop()
        daemon.start("--status-port", daemon.port, wait=False)
        # It keeps the commit accepted before: all relays run, and no other key is let in.
        daemon.until(lambda: set(daemon.children()) == set(before), "relays run")
        assert me(daemon, TOKEN) == 401
        daemon.until(lambda: set(daemon.status["regions"]) == names and daemon.problem, "the refusal shows")
        # The branch is reset, and an admin's change is applied.
        provider.reset(provider.first)
        (provider.repo / "orgs/initech/keys/lab-graz.yaml").unlink()
        commit = provider.commit("The laboratory in Graz has closed", "anna")
        daemon.until(
            lambda: any(r["action"] == "object.updated" and r["commit"] == commit for r in daemon.records()),
            "the admin's change is applied")
        daemon.until(lambda: not daemon.problem, "nothing is wrong any more")
    finally:
        daemon.stop()


@pytest.mark.parametrize("regions", [rename_regions, add_region, keep_regions])
def test_a_daemon_that_passes_once_applies_none_of_it(provider, regions):
    assert provider.sync().returncode == 0
    before = provider.rendered()
    commit = take_over(provider, regions)
    assert not provider.offer(commit)
    assert provider.rendered() == before
    # Nor a commit on top, signed by the user whom it would have made an admin.
    provider.point_main_at(commit)
    provider.reset(commit)
    provider.commit("Go on", "stranger")
    assert provider.sync().returncode == 1
    assert provider.rendered() == before
    provider.reset(provider.first)
    (provider.repo / "orgs/initech/keys/lab-graz.yaml").unlink()
    provider.honest("The laboratory in Graz has closed", "anna")
    assert "lab-graz" not in provider.keys_of("initech", "lab-1", "eu-north")
