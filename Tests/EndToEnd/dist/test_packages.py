"""The Debian packages, without installing them: owners, modes, times, settings, scripts, pages and completions."""

import gzip
import hashlib
import re
import subprocess

import pytest

from support.program import ROOT

NAMES = ["wpex", "wpex-relay"]


@pytest.mark.parametrize("name", NAMES)
def test_files_are_roots_and_plain(made, name):
    """Nothing is setuid or writable by others, or newer than the commit."""
    committed = int(subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, check=True, capture_output=True, text=True).stdout)
    for path, (member, _) in made.files(name).items():
        assert (member.uid, member.gid) == (0, 0), path
        assert member.isfile() or member.isdir(), path
        assert member.mode == (0o755 if member.isdir() or path.startswith("/usr/bin/") else member.mode & 0o755), path
        assert member.mode & 0o7022 == 0, f"{path}: {member.mode:o}"
        assert member.mtime <= committed, path


@pytest.mark.parametrize("name", NAMES)
def test_settings_are_conffiles_and_the_rest_has_sums(made, name, tmp_path):
    subprocess.run(["dpkg-deb", "--control", made.package(name), tmp_path / "control"], check=True)
    files = {path: content for path, (member, content) in made.files(name).items() if member.isfile()}
    settings = {path for path in files if path.startswith("/etc/")}
    assert settings and sorted((tmp_path / "control/conffiles").read_text().split()) == sorted(settings)
    sums = dict(reversed(line.split("  ")) for line in (tmp_path / "control/md5sums").read_text().splitlines())
    assert sums == {path[1:]: hashlib.md5(content).hexdigest() for path, content in files.items() if path not in settings}
    for script in ("postinst", "prerm", "postrm"):
        text = (tmp_path / "control" / script).read_text()
        assert "\nset -e\n" in text and "@" not in text
        subprocess.run(["sh", "-n", tmp_path / "control" / script], check=True)


def test_dependencies_are_debians(made):
    """Debian 12 and 13 have each of them by this name; Debian 13's libssl3t64 provides libssl3."""
    both = {"libc6", "libgcc-s1", "libgssapi-krb5-2", "libpq5", "libsqlite3-0", "libssl3", "libstdc++6", "libyaml-0-2", "zlib1g", "systemd"}
    for name in NAMES:
        depends = {re.split(r"[ |(]", entry)[0] for entry in made.control(name)["Depends"].split(", ")}
        # A debug build is linked to Debian 12's libgit2; a release contains it.
        assert depends - {"libgit2-1.5"} <= both, depends
        assert made.control(name)["Architecture"] == "amd64"


@pytest.mark.parametrize(("name", "section"), [("wpex", 1), ("wpex-relay", 8)])
def test_manual_pages_are_of_every_command_and_render(made, name, section):
    files = made.files(name)
    pages = {path.split("/")[-1].removesuffix(".gz"): gzip.decompress(content).decode() for path, (_, content) in files.items() if "/man/" in path and path.endswith(".gz")}
    assert f"{name}.{section}" in pages
    listed = set(re.findall(rf"\\fB([^ ]*)\\fR\({section}\)", "\n".join(pages.values())))
    assert {text.replace("\\-", "-") + f".{section}" for text in listed} | {f"{name}.{section}"} == set(pages)
    for page, text in pages.items():
        result = subprocess.run(["groff", "-ww", "-man", "-Tutf8", "-z"], input=text, capture_output=True, text=True)
        assert result.returncode == 0 and not result.stderr, f"{page}: {result.stderr}"


def test_a_page_has_what_help_has(made):
    content = made.files("wpex-relay")["/usr/share/man/man8/wpex-relay.8.gz"][1]
    shown = subprocess.run(["groff", "-man", "-Tascii", "-P-cbou"], input=gzip.decompress(content), check=True, capture_output=True).stdout.decode()
    shown = re.sub(r" +", " ", shown)
    for text in ("NAME\n wpex-relay - Forwards WireGuard packets", "SYNOPSIS", "OPTIONS", "--max-sessions count", '--allow "$(wg pubkey < site-a.key)"', "Default: 40000."):
        assert text in shown, shown


def test_completions_are_the_programs_own(made):
    places = {"bash": "bash-completion/completions/{}", "zsh": "zsh/vendor-completions/_{}", "fish": "fish/vendor_completions.d/{}.fish"}
    for name in NAMES:
        files = made.files(name)
        for shell, place in places.items():
            content = files["/usr/share/" + place.format(name)][1].decode()
            assert name in content, shell
            if shell == "bash":
                subprocess.run(["bash", "-n"], input=content, text=True, check=True)


@pytest.mark.parametrize("name", NAMES)
def test_documents_say_what_it_is(made, name):
    files = made.files(name)
    share = f"/usr/share/doc/{name}"
    copyright_ = files[f"{share}/copyright"][1].decode()
    assert "Version 2.0, January 2004" in copyright_ and "GRDB.swift" in copyright_ and "PCRE2" in copyright_
    changes = gzip.decompress(files[f"{share}/changelog.Debian.gz"][1]).decode()
    result = subprocess.run(["dpkg-parsechangelog", "-l-", "-SVersion"], input=changes, check=True, capture_output=True, text=True)
    assert result.stdout.strip() == made.control(name)["Version"] and not result.stderr
    assert gzip.decompress(files[f"{share}/changelog.gz"][1]) == (ROOT / "CHANGELOG.md").read_bytes()
