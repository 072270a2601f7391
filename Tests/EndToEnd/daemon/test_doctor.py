"""`wpex doctor` in a network namespace with a taken port and settings that do not fit, and what it prints as the remedy."""

import json
import os
import subprocess
import sys

import pytest

from support.certificate import make_certificate
from support.namespaces import Host
from support.program import WPEX, wpex
from support.sample import SAMPLE, copy_sample

TAKEN = 30101


@pytest.fixture
def host():
    if os.geteuid() != 0:
        pytest.skip("network namespaces need root")
    made = Host("d")
    yield made
    made.close()


def doctor(host, *arguments, **environment):
    return subprocess.run(
        ["ip", "netns", "exec", host.name, WPEX, "doctor", *map(str, arguments)], capture_output=True, text=True, timeout=60,
        env={**os.environ, **environment})


def states(result):
    """The worst state of each check."""
    order = ["ok", "warning", "problem"]
    found = {}
    for finding in json.loads(result.stdout)["findings"]:
        found[finding["check"]] = max(found.get(finding["check"], "ok"), finding["state"], key=order.index)
    return found


def test_what_is_wrong_is_found_and_mended_by_what_is_printed(host, tmp_path):
    repo = copy_sample(tmp_path / "repo")
    for old in ("relay.eu-south.nordsud.example", "relay.eu-north.nordsud.example"):
        path = repo / "platform.yaml"
        path.write_text(path.read_text().replace(old, "127.0.0.1"))
    host.run("sysctl", "-qw", "net.ipv4.ping_group_range=1 0")
    host.run("sysctl", "-qw", "net.ipv4.ip_local_port_range=30000 60999")
    other = host.start(sys.executable, "-c", f"import socket; s = socket.socket(type=socket.SOCK_DGRAM); s.bind(('', {TAKEN})); print('bound', flush=True); s.recv(1)")
    assert other.stdout.readline() == b"bound\n"
    arguments = ["--repo", repo, "--region", "eu-south", "--state", tmp_path]
    result = doctor(host, *arguments, "--json")
    assert result.returncode == 1, result.stdout + result.stderr
    found = states(result)
    assert found["ports"] == "problem" and found["ping"] == "warning" and found["names"] == "ok", result.stdout
    texts = [finding["text"] for finding in json.loads(result.stdout)["findings"]]
    assert any(text.startswith(f"UDP port {TAKEN} of `acme/milan-1` is taken by python") and f"(process {other.pid})" in text for text in texts), texts
    assert any("the kernel may give UDP ports 30101-30102, 30201 to another program" in text for text in texts), texts
    # Nothing runs, so nothing answers: that is said, and is not the program's fault.
    assert found["answers"] == "warning"
    other.kill()
    other.wait()

    # What it prints mends it. Buffers are the whole machine's, and stay as they are.
    report = json.loads(result.stdout)
    for name, value in report["sysctl"].items():
        if name.startswith("net.ipv4."):
            host.run("sysctl", "-qw", f"{name}={value}")
    host.run("nft", "add table inet filter; add chain inet filter input { type filter hook input priority 0; policy drop; }")
    for line in report["firewall"] + report["notrack"]:
        host.run("sh", "-ec", line)
    rules = host.run("nft", "list", "ruleset")
    assert "udp dport { 30101-30102, 30201 } accept" in rules.replace("30101, 30102", "30101-30102"), rules
    assert not report["notrack"] or "notrack" in rules
    mended = doctor(host, *arguments, "--json")
    found = states(mended)
    assert mended.returncode == 0 and found["ports"] == found["ping"] == "ok", mended.stdout


def test_the_report_for_people(host, tmp_path):
    plain = doctor(host, "--port", 40000, "--state", tmp_path, "--firewall", "ufw", NO_COLOR="1")
    assert plain.returncode == 0, plain.stderr
    assert "UDP port 40000 is free" in plain.stdout and "\x1b" not in plain.stdout and "ufw allow 40000/udp" in plain.stdout
    coloured = doctor(host, "--port", 40000, "--state", tmp_path, CLICOLOR_FORCE="1", NO_COLOR="")
    assert "\x1b[32mok\x1b[0m" in coloured.stdout
    # Warnings count if that is asked for: the kernel may hand this port out.
    assert "may give UDP port 40000" in plain.stdout
    assert doctor(host, "--port", 40000, "--state", tmp_path, "--strict").returncode == 1


def test_a_certificate(tmp_path):
    make_certificate(tmp_path / "chain", tmp_path / "key", "status.example.net")
    make_certificate(tmp_path / "other", tmp_path / "other-key", "status.example.net")

    def check(key):
        result = wpex("doctor", "--state", tmp_path, "--certificate", tmp_path / "chain", "--certificate-key", key, "--json", cwd=tmp_path, check=False)
        (found,) = [finding for finding in json.loads(result.stdout)["findings"] if finding["check"] == "certificate"]
        return found

    assert check(tmp_path / "key")["state"] == "ok"
    wrong = check(tmp_path / "other-key")
    assert wrong["state"] == "problem" and "the key belongs to another certificate" in wrong["text"]


@pytest.mark.parametrize("arguments", [["--port", "0"], ["--certificate", "x"], ["--user", "nobody-of-this-name"], ["--firewall", "iptables"]])
def test_what_is_no_use_is_refused(arguments, tmp_path):
    assert wpex("doctor", *arguments, cwd=tmp_path, check=False).returncode == 2


def test_an_unknown_region_is_named_with_those_that_exist(tmp_path):
    """A check of nothing would look like a machine that is fit."""
    result = wpex("doctor", "--repo", SAMPLE, "--region", "eu-nort", "--state", tmp_path, check=False)
    assert result.returncode == 2 and "no region `eu-nort`; it has eu-north, eu-south" in result.stderr, result.stderr
