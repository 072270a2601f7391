"""C2: what stands in a tree that Git itself would not write is judged as what it is compiled to, or refused."""

import pytest
from tenants import git


def sneaked(provider, base, entries, signer, message):
    return provider.commit_tree(provider.tree_with(base, entries), [base], message, signer)


def slash_in_a_name(provider):
    """A root entry named as a path: the folder `orgs/globex` keeps its identity."""
    blob = provider.blob(provider.user("zz-helper", "engineer", key="stranger"))
    return [("100644", "orgs/globex/users/zz-helper.yaml", blob)]


def folder_twice(provider):
    """A second `orgs`, which holds one organization more for those who read the last entry."""
    user = provider.blob(provider.user("zz-helper", "engineer", key="stranger"))
    users = git("mktree", cwd=provider.repo, data=f"100644 blob {user}\tzz-helper.yaml\n").stdout.strip()
    globex = git("mktree", cwd=provider.repo, data=f"040000 tree {users}\tusers\n").stdout.strip()
    orgs = git("mktree", cwd=provider.repo, data=f"040000 tree {globex}\tglobex\n").stdout.strip()
    return [("40000", "orgs", orgs)]


def dots(provider):
    """A folder `.` in which everything begins once more."""
    blob = provider.blob(provider.user("zz-helper", "engineer", key="stranger"))
    users = git("mktree", cwd=provider.repo, data=f"100644 blob {blob}\tzz-helper.yaml\n").stdout.strip()
    return [("40000", "..", users)]


SHAPES = [slash_in_a_name, folder_twice, dots]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_viewer_adds_nobody_to_another_tenant(provider, shape):
    provider.serve()
    assert provider.sync().returncode == 0
    commit = sneaked(provider, provider.first, shape(provider), "marco", "Tidy up")

    # Whoever asks before merging learns that something is wrong.
    assert provider.check("user:acme/marco-bianchi", provider.first, commit).returncode != 0
    assert provider.verify(f"{provider.first}..{commit}").returncode != 0
    accepted, said = provider.push(f"{commit}:main")
    assert not accepted and provider.served == provider.first, said

    # A server without the hook gives it to the daemon.
    provider.point_main_at(commit)
    assert provider.sync().returncode != 0
    # A key for globex' relay, by somebody whom no honest document knows.
    public = "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="
    tree = provider.tree_with(commit, [("100644", "orgs/globex/keys/zz.yaml", provider.blob(provider.key("zz", public)))])
    second = provider.commit_tree(tree, [commit], "One farm more", "stranger")
    provider.point_main_at(second)
    assert provider.sync().returncode != 0
    assert "zz" not in provider.keys_of("globex", "oslo-1", "eu-north")
    assert not provider.push(f"{second}:main")[0]

    # The branch is put back, and its owners go on.
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
