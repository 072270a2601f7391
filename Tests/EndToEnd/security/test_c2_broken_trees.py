"""C2: a tree that Git itself would not write is checked as it is compiled, or refused."""

import pytest

from support.git import git


def sneaked(provider, base, entries, signer, message):
    return provider.commit_tree(provider.tree_with(base, entries), [base], message, signer)


def slash_in_a_name(provider):
    """A root entry with a path as its name: the folder `orgs/globex` keeps its identity."""
    blob = provider.blob(provider.user("zz-helper", "engineer", key="stranger"))
    return [("100644", "orgs/globex/users/zz-helper.yaml", blob)]


def folder_twice(provider):
    """A second `orgs`, with one more organization for readers that use the last entry."""
    user = provider.blob(provider.user("zz-helper", "engineer", key="stranger"))
    users = git("mktree", cwd=provider.repo, data=f"100644 blob {user}\tzz-helper.yaml\n")
    globex = git("mktree", cwd=provider.repo, data=f"040000 tree {users}\tusers\n")
    orgs = git("mktree", cwd=provider.repo, data=f"040000 tree {globex}\tglobex\n")
    return [("40000", "orgs", orgs)]


def dots(provider):
    """A folder `.` that contains the whole tree again."""
    blob = provider.blob(provider.user("zz-helper", "engineer", key="stranger"))
    users = git("mktree", cwd=provider.repo, data=f"100644 blob {blob}\tzz-helper.yaml\n")
    return [("40000", "..", users)]


SHAPES = [slash_in_a_name, folder_twice, dots]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_viewer_adds_nobody_to_another_tenant(provider, shape):
    provider.serve()
    assert provider.sync().returncode == 0
    commit = sneaked(provider, provider.first, shape(provider), "marco", "Tidy up")

    # A check before merging reports it.
    assert provider.check("user:acme/marco-bianchi", provider.first, commit).returncode != 0
    assert provider.verify(f"{provider.first}..{commit}").returncode != 0
    accepted, said = provider.push(f"{commit}:main")
    assert not accepted and provider.served == provider.first, said

    # A server without the hook passes it on to the daemon.
    provider.point_main_at(commit)
    assert provider.sync().returncode != 0
    # A key for globex's relay, by a user in no honest document.
    public = "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="
    tree = provider.tree_with(commit, [("100644", "orgs/globex/keys/zz.yaml", provider.blob(provider.key("zz", public)))])
    second = provider.commit_tree(tree, [commit], "One farm more", "stranger")
    provider.point_main_at(second)
    assert provider.sync().returncode != 0
    assert "zz" not in provider.keys_of("globex", "oslo-1", "eu-north")
    assert not provider.push(f"{second}:main")[0]

    # The branch is reset, and its owners continue.
    provider.reset(provider.first)
    text = (provider.repo / "orgs/globex/keys/farms-north.yaml").read_text()
    provider.write("orgs/globex/keys/farms-north.yaml", text.split("---\n", 1)[1])
    provider.honest("Bodø has closed", "ingrid")
    assert "farm-bodo" not in provider.keys_of("globex", "oslo-1", "eu-north")
    assert provider.push()[0]


def test_control_the_same_change_made_openly_is_refused(provider):
    provider.serve()
    provider.write("orgs/globex/users/zz-helper.yaml", provider.user("zz-helper", "engineer", key="stranger"))
    provider.commit("Help globex", "marco")
    assert provider.check("user:acme/marco-bianchi").returncode == 1
    assert not provider.push()[0]
