"""Line endings belong to the checkout: if Git writes CRLF, `wpex fmt` has nothing to change."""

import subprocess

import pytest

from support.program import WPEX

RELAY = "orgs/acme/relays/milan-guests.yaml"


@pytest.fixture(params=["autocrlf", "eol", "both"])
def windows(work, request):
    """A checkout with CRLF: by the user's configuration, the repository's attributes, or both."""
    if request.param != "autocrlf":
        (work.repo / ".gitattributes").write_text("*.yaml text eol=crlf\n")
        work.git("add", "-A")
        work.git("commit", "-qm", "Attributes")
    if request.param != "eol":
        work.git("config", "--global", "core.autocrlf", "true", cwd=work.folder)
    work.git("clone", "-q", work.repo, work.folder / "windows", cwd=work.folder)
    work.repo = work.folder / "windows"
    assert b"\r\n" in (work.repo / RELAY).read_bytes()
    return work


def test_a_formatted_checkout_stays(windows):
    assert windows.wpex("fmt", "--check").stderr == ""
    assert windows.wpex("fmt", "--diff").stdout == ""
    windows.wpex("fmt")
    assert windows.git("status", "--porcelain") == ""
    windows.wpex("fmt", "--check", "--staged")


def test_what_is_formatted_keeps_its_line_ends(windows):
    path = windows.repo / RELAY
    text = path.read_bytes()
    path.write_bytes(text.replace(b"port: 30102", b"port:    30102") + b"\r\n\r\n")
    said = windows.wpex("fmt", "--check", status=1).stderr
    assert said == f"would format {RELAY}\n"
    windows.wpex("fmt")
    assert path.read_bytes() == text
    assert windows.git("status", "--porcelain") == ""


def test_standard_input_keeps_its_line_ends(work):
    assert work.wpex("fmt", "-", input="a:   1\n").stdout == "a: 1\n"
    # Bytes, because text mode would drop carriage returns.
    formatted = subprocess.run([WPEX, "fmt", "-"], input=b"a:   1\r\nb: 2\r\n", capture_output=True, check=True).stdout
    assert formatted == b"a: 1\r\nb: 2\r\n"
