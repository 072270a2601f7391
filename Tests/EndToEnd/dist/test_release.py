"""The release as a whole: the same bytes again, checksums, signature, bill of materials."""

import json
import os
import re
import shlex
import shutil
import subprocess

import pytest
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

from support.distribution import STATIC_RELAY, dist
from support.program import ROOT
from support.waiting import until


def git(*arguments, root=ROOT):
    return subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True, text=True).stdout


def test_another_folder_gives_the_same_bytes(tmp_path):
    """In another time zone, with other rights of new files, at another time."""
    elsewhere = tmp_path / "elsewhere"
    git("clone", "--quiet", ROOT, elsewhere)
    for name in git("ls-files", "--cached", "--others", "--exclude-standard").splitlines():
        if (ROOT / name).is_file():
            (elsewhere / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, elsewhere / name)
        else:
            (elsewhere / name).unlink(missing_ok=True)
    outs = []
    for number, (root, zone, mask) in enumerate(((ROOT, "UTC", 0o022), (elsewhere, "Asia/Tokyo", 0o077))):
        out = tmp_path / f"dist-{number}"
        dist("--out", out, "--only", "wpex-relay", root=root, env={**os.environ, "TZ": zone}, umask=mask)
        outs.append({path.name: path.read_bytes() for path in out.iterdir()})
    assert len(outs[0]) == 7 and outs[0].keys() == outs[1].keys()
    assert [name for name in outs[0] if outs[0][name] != outs[1][name]] == []


def test_documented_verification(newer, key, tmp_path):
    """The commands of docs/releasing.md accept the release, and notice another file, another key and another list."""
    (steps,) = re.findall(r"```sh\n(ssh-keygen -Y verify.*?)```", (ROOT / "docs/releasing.md").read_text(), re.DOTALL)
    signers = tmp_path / "wpex.signers"
    folder = tmp_path / "release"
    shutil.copytree(newer.folder, folder)

    def verified(public):
        signers.write_text(f"releases@wpex.example {public}\n")
        return subprocess.run(["sh", "-ec", steps], cwd=folder, env={**os.environ, "SIGNERS": str(signers)}, capture_output=True, text=True)

    ours = key.with_suffix(".pub").read_text()
    result = verified(ours)
    assert result.returncode == 0 and result.stdout.count(": OK") == len(list(folder.iterdir())) - 2, result.stdout + result.stderr
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "other"], check=True)
    assert verified((tmp_path / "other.pub").read_text()).returncode != 0
    deb = next(folder.glob("*.deb"))
    content = deb.read_bytes()
    deb.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert verified(ours).returncode != 0
    deb.write_bytes(content)
    sums = folder / "SHA256SUMS"
    sums.write_text(sums.read_text().replace("a", "b", 1))
    assert verified(ours).returncode != 0


def test_bill_of_materials(made):
    """It is valid SPDX 2.3, and has what the programs are compiled of and linked to."""
    path = made.one("*.spdx.json")
    assert validate_full_spdx_document(parse_file(str(path))) == []
    bill = json.loads(path.read_text())
    names = {package["SPDXID"]: package["name"] for package in bill["packages"]}

    def related(first, *kinds):
        return {names[each["relatedSpdxElement"]] for each in bill["relationships"] if names.get(each["spdxElementId"]) == first and each["relationshipType"] in kinds}

    compiled, linked = related("wpex", "STATIC_LINK"), related("wpex", "DYNAMIC_LINK", "STATIC_LINK")
    checked_out = {package["packageRef"]["identity"] for package in json.loads((ROOT / ".build/workspace-state.json").read_text())["object"]["dependencies"]}
    # The dependencies that Package.swift itself declares.
    declared = {url.lower() for url in re.findall(r'url: "[^"]*/([^/"]+)"', (ROOT / "Package.swift").read_text())}
    assert declared <= compiled and compiled - {"Swift and its standard libraries"} <= checked_out
    assert {"libpq5", "libyaml-0-2", "libsqlite3-0", "libc6"} <= linked
    assert "swift-nio" in related("wpex-relay", "STATIC_LINK") and "hummingbird" not in related("wpex-relay", "STATIC_LINK")
    for package in bill["packages"]:
        if package["name"] in compiled | {"libpq5", "libyaml-0-2", "libsqlite3-0", "libc6", "zlib1g", "libssl3"}:
            assert package["licenseDeclared"] != "NOASSERTION" and package["versionInfo"], package
    assert {"libjs-chart.js", "node-d3"} <= related("wpex", "CONTAINS")


def test_archive_of_the_relay(made, tmp_path):
    """The relay, its unit, its page and the licences."""
    subprocess.run(["tar", "-C", tmp_path, "-xf", made.one("wpex-relay-[0-9]*-linux-amd64.tar.gz")], check=True)
    (folder,) = tmp_path.iterdir()
    assert {"wpex-relay", "wpex-relay.service", "wpex-relay.8", "relay.md", "LICENSES"} <= {path.name for path in folder.iterdir()}
    result = subprocess.run([folder / "wpex-relay", "--version"], check=True, capture_output=True, text=True)
    assert git("rev-parse", "HEAD").strip() in result.stdout


def test_static_relay(debian, tmp_path):
    """The relay of a release needs no library, and asks no module of the host for names."""
    if not STATIC_RELAY.exists():
        pytest.skip("scripts/release-build wpex-relay did not run")
    assert "statically linked" in subprocess.run(["ldd", STATIC_RELAY], capture_output=True, text=True).stdout
    out = tmp_path / "dist"
    dist("--out", out, "--relay", STATIC_RELAY, "--only", "wpex-relay")
    (package,) = out.glob("*.deb")
    depends = subprocess.run(["dpkg-deb", "--field", package, "Depends"], check=True, capture_output=True, text=True).stdout
    assert all(entry.strip().startswith("systemd") for entry in depends.split(",")), depends
    bill = json.loads(next(out.glob("*.spdx.json")).read_text())
    assert {"libc6-dev", "libssl-dev"} <= {package["name"] for package in bill["packages"]}

    debian.install(package)
    debian.path("/etc/nsswitch.conf").write_text("hosts: mymachines\n")
    debian.path("/etc/hosts").write_text("127.0.0.1 relay.example\n")
    log = tmp_path / "log"
    relay = debian.start("wpex-relay", "--open", "--stats", "127.0.0.1:8080", stdout=open(log, "w"), stderr=subprocess.STDOUT)
    try:
        until(lambda: "event=started" in log.read_text(), "the relay starts", log)
        asked = ["nsenter", "--net", "--target", str(relay.pid), *debian.command("wpex-relay", "--ask-ready", "relay.example:8080")]
        assert subprocess.run(asked).returncode == 0
        # Control: a program with a dynamic linker asks the module, which is not there.
        assert debian.run("getent", "hosts", "relay.example", check=False) != 0
    finally:
        relay.terminate()
        relay.wait(20)
        debian.run("dpkg", "--purge", "wpex-relay")


@pytest.mark.parametrize(("arguments", "complaint"), [
    (["--version", "next"], "is not a version"),
    (["--key", "/nowhere/key"], "does not exist"),
    (["--programs", "/nowhere"], "cannot be stamped"),
])
def test_refusals(tmp_path, arguments, complaint):
    """A release is made whole or not at all."""
    result = dist("--out", tmp_path / "dist", *arguments, check=False)
    assert result.returncode != 0 and complaint in result.stderr, result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_program_with_foreign_libraries_is_refused(tmp_path):
    command = [ROOT / "scripts/dist", "--programs", ROOT / ".build/debug", "--only", "wpex", "--fast", "--out", tmp_path / "dist"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert result.returncode != 0 and "libraries that Debian does not have: " in result.stderr and "libFoundation.so" in result.stderr, shlex.join(map(str, command)) + result.stderr
