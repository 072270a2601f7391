"""H4: a user disabled on the protected branch makes the hook see another history, to regain access."""

import pytest

from support.git import git, run_git

NAMES = {"giulia": "orgs/acme/users/giulia-rossi.yaml", "marco": "orgs/acme/users/marco-bianchi.yaml"}


def disable(provider, who):
    provider.edit(NAMES[who], "status: active", "status: disabled")
    commit = provider.commit(f"{who} has left", "anna")
    assert provider.push()[0]
    return commit


def status(provider, who):
    return run_git("show", f"main:{NAMES[who]}", cwd=provider.bare).stdout


@pytest.mark.parametrize("who", NAMES)
def test_a_replacement_moves_no_protected_branch(provider, who):
    provider.serve()
    old = disable(provider, who)
    tree = git("rev-parse", f"{provider.first}^{{tree}}", cwd=provider.repo)
    new = provider.commit_tree(tree, [provider.first], "Nothing to see", who)
    # Control: recognizable as a forced push.
    assert not provider.push("-f", f"{new}:main")[0]
    # The replacement is a child of the branch's tip, so that the server would not see a forced push.
    replacement = provider.commit_tree(tree, [old], "Nothing to see", who)
    provider.push(f"{replacement}:refs/replace/{new}")
    accepted, said = provider.push("-f", f"{new}:main")
    assert not accepted, said
    assert provider.served == old and "status: disabled" in status(provider, who)
    # Also in one push.
    provider.push("-f", f"{replacement}:refs/replace/{new}", f"{new}:main")
    assert provider.served == old
    # Other users continue.
    provider.edit("orgs/globex/relays/oslo.yaml", "bandwidthMbps: 400", "bandwidthMbps: 300")
    provider.commit("Less bandwidth", "ingrid")
    accepted, said = provider.push()
    assert accepted, said


def test_a_replacement_of_a_document_shows_the_hook_nothing_else(provider):
    """The replaced object is the document that decides the actor's rights."""
    provider.serve()
    old = disable(provider, "giulia")
    was = git("rev-parse", f"{provider.first}:{NAMES['giulia']}", cwd=provider.repo)
    now = git("rev-parse", f"{old}:{NAMES['giulia']}", cwd=provider.repo)
    provider.push(f"{was}:refs/replace/{now}")
    for _first, second in (("tree", "^{tree}"), ("commit", "")):
        ids = [git("rev-parse", f"{commit}{second}", cwd=provider.repo) for commit in (provider.first, old)]
        provider.push(f"{ids[0]}:refs/replace/{ids[1]}")
    provider.edit("orgs/acme/relays/milan-1.yaml", "bandwidthMbps: 1000", "bandwidthMbps: 900")
    provider.commit("Still here", "giulia")
    accepted, said = provider.push()
    assert not accepted, said
    assert provider.served == old


def test_somebody_inactive_is_permitted_nothing(provider):
    """Not even an empty change."""
    provider.edit(NAMES["giulia"], "status: active", "status: disabled")
    provider.commit("Giulia has left", "anna")
    provider.commit("Nothing", "giulia")
    for actor in ("user:acme/giulia-rossi", "github:giulia-rossi"):
        assert provider.check(actor).returncode == 1
