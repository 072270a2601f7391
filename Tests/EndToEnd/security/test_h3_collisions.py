"""H3: requests, and declarations in one's own organization, do not block others' revocations."""

import pytest

from support.tenants import FARM


def pending_range(provider):
    """a) A pending organization with all ports, which sorts first."""
    provider.write("orgs/aaa/organization.yaml", provider.organization("aaa", "  portRange: 30000-32767\n"))


def pending_user(provider):
    """b) A pending global user with an undeclared role: an error of the platform."""
    provider.write("users/zz.yaml", provider.user("zz", "no-such-role", status="pending"))


def pending_case(provider):
    """d) A pending organization whose folder differs from acme's only in case."""
    provider.write("orgs/ACME/organization.yaml", provider.organization("ACME"))


def pending_account(provider):
    """A pending user with an admin's and an engineer's accounts."""
    spec = (
        "  displayName: zz\n  email: zz@example.org\n  status: pending\n  roles: [viewer]\n  identities:\n"
        "    github: anna-lindqvist\n    gitlab: ingrid\n    sshKeys:\n"
        f"      - {provider.public('anna')}\n      - {provider.public('ingrid')}\n")
    provider.write("orgs/aaa/organization.yaml", provider.organization("aaa"))
    provider.write("orgs/aaa/users/zz.yaml", provider.document("User", "zz", spec))


def pending_namespace(provider):
    """A pending organization whose name is another's in a different spelling."""
    provider.write("orgs/aaa/organization.yaml", provider.organization("acme"))


ASKED = [pending_range, pending_user, pending_case, pending_account, pending_namespace]


@pytest.mark.parametrize("ask", ASKED)
def test_asking_holds_nobody_back(provider, ask):
    assert provider.sync().returncode == 0
    ask(provider)
    # A viewer signs it: a stranger's commit would not count in the first place.
    provider.offer(provider.commit("May we join?", "marco"))
    (provider.repo / "orgs/initech/keys/lab-graz.yaml").unlink()
    provider.honest("The laboratory in Graz has closed", "anna")
    assert "lab-graz" not in provider.keys_of("initech", "lab-1", "eu-north")
    # An admin disables a user, who then has no access.
    provider.edit("orgs/globex/users/ingrid-berg.yaml", "status: active", "status: disabled")
    provider.honest("Ingrid has left", "anna")
    provider.revoke_farm()
    commit = provider.commit("Signed by somebody who has left", "ingrid")
    assert not provider.offer(commit)
    assert FARM in provider.keys_of("globex", "oslo-1", "eu-north")


def test_a_foreign_public_key_holds_its_holder_not_back(provider):
    """c) An engineer of acme declares globex's public key as acme's."""
    assert provider.sync().returncode == 0
    public = "O64rxuphuWjQgWinfJhb0H7Cp+PVhVGtPFfj78j4DKI="  # farm-bodo's, which stays
    assert public in (provider.repo / "orgs/globex/keys/farms-north.yaml").read_text()
    provider.write("orgs/acme/keys/aaa.yaml", provider.key("aaa", public, labels="network: warehouses"))
    provider.offer(provider.commit("A warehouse", "giulia"))
    provider.revoke_farm()
    provider.honest("Tromsø has closed", "ingrid")
    assert FARM not in provider.keys_of("globex", "oslo-1", "eu-north")


def test_a_foreign_port_holds_its_holder_not_back(provider):
    """An engineer of acme declares a relay with a port of globex in the same region."""
    assert provider.sync().returncode == 0
    provider.edit("orgs/acme/relays/stockholm-1.yaml", "port: 301", "port: 30201 # was 301")
    provider.offer(provider.commit("Another port", "giulia"))
    provider.revoke_farm()
    provider.honest("Tromsø has closed", "ingrid")
    assert FARM not in provider.keys_of("globex", "oslo-1", "eu-north")
