"""H2: an organization declares an identity that cannot be opened: only that organization stops."""

import re
import subprocess
import textwrap

from support.git import run_git
from support.tenants import FARM

ACME = "orgs/acme/organization.yaml"


def identity(text):
    return re.search(r"-----BEGIN.*?END AGE ENCRYPTED FILE-----\n", text, re.S).group()


def break_identity(provider):
    """Seals another identity for a recipient other than the platform. A copy of another organization's value would be
    refused before it is opened."""
    foreign = subprocess.run(["age-keygen"], check=True, capture_output=True, text=True).stdout
    recipient = re.search(r"public key: (\S+)", foreign).group(1)
    sealed = subprocess.run(
        ["age", "--armor", "--recipient", recipient], input=foreign, check=True, capture_output=True, text=True).stdout
    own = provider.repo / ACME
    text = own.read_text()
    indent = re.search(r"( *)-----BEGIN", text).group(1)
    own.write_text(text.replace(identity(text), textwrap.indent(sealed, indent).lstrip()))


def running(daemon):
    return {name for name, relay in daemon.relays().items() if relay["status"] == "current"}


def test_others_go_on_and_their_revocations_are_applied(provider):
    daemon = provider.up()
    try:
        break_identity(provider)
        provider.commit("Our new identity", "giulia")
        provider.revoke_farm()
        commit = provider.commit("Tromsø has closed", "ingrid")
        daemon.until(
            lambda: any(
                r["action"] == "object.updated" and r["name"] == "oslo-1-keys" and r["commit"] == commit
                for r in daemon.records()), "the revocation is applied")
        others = running(daemon) - {name for name in daemon.relays() if name.startswith("acme/")}
        assert others
        # After a restart all other organizations' relays run; acme's have no identity that opens their keys.
        daemon.stop()
        assert daemon.children() == {}
        daemon.start("--status-port", daemon.port, wait=False)
        daemon.until(lambda: running(daemon) >= others and daemon.children(), "the others' relays run")
        # The message names the organization at fault.
        assert "acme" in daemon.lines
        # Acme mends it, and is like everybody else.
        provider.write(ACME, run_git("show", f"{provider.first}:{ACME}", cwd=provider.repo).stdout)
        provider.commit("The old identity", "giulia")
        daemon.until(lambda: daemon.current() >= 7 and not daemon.problem, "all relays run")
    finally:
        daemon.stop()


def test_a_daemon_that_passes_once_applies_everything_else(provider):
    assert provider.sync().returncode == 0
    break_identity(provider)
    provider.offer(provider.commit("Our new identity", "giulia"))
    provider.revoke_farm()
    provider.honest("Tromsø has closed", "ingrid")
    assert FARM not in provider.keys_of("globex", "oslo-1", "eu-north")
    (provider.repo / "orgs/initech/keys/lab-graz.yaml").unlink()
    provider.honest("The laboratory in Graz has closed", "anna")
    assert "lab-graz" not in provider.keys_of("initech", "lab-1", "eu-north")
