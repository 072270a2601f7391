"""Debian packages of the programs, for Debian 12 and 13."""

import dataclasses
import gzip
import hashlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import textwrap

import manual
import program
from release import ARCHITECTURE, ROOT
from tree import Tree

HOST = ROOT / "deploy/host"
SCRIPTS = ROOT / "deploy/debian"
# What makes the user, and the folders in /etc/wpex.
SYSTEM = ["systemd | systemd-standalone-sysusers | systemd-sysusers", "systemd | systemd-standalone-tmpfiles | systemd-tmpfiles"]


@dataclasses.dataclass(frozen=True)
class Package:
    name: str
    summary: str
    description: str
    # Of its manual page: 1 for a command, 8 for a service.
    section: int
    units: tuple
    # Units of the other package that run this package's program.
    users: tuple
    # Files of deploy/host that become conffiles in /etc/wpex.
    settings: tuple
    # Folders that the services make; a purge removes them.
    state: tuple
    secrets: tuple
    recommends: tuple
    documents: tuple


RELAY = Package(
    name="wpex-relay",
    summary="relay for WireGuard peers behind NAT",
    description="Forwards WireGuard packets between peers that cannot reach each other, and can decrypt none of them. Only declared keys can use it.",
    section=8,
    units=("wpex-relay.service",),
    users=("wpex-up.service",),
    settings=("relay.json",),
    state=("/var/lib/wpex-relay",),
    secrets=(),
    recommends=(),
    documents=("docs/relay.md",),
)
WPEX = Package(
    name="wpex",
    summary="WireGuard relays for many organizations, from a Git repository",
    description="Compiles, reviews and applies a repository of organizations, users, keys and relays, and shows their status.",
    section=1,
    units=("wpex-serve.service", "wpex-up.service"),
    users=(),
    settings=("serve.json", "serve.env", "up.env"),
    state=("/var/lib/wpex", "/var/lib/wpex-serve"),
    secrets=("/etc/wpex/credentials", "/etc/wpex/tls"),
    recommends=("wpex-relay", "git", "openssh-client", "ca-certificates"),
    documents=("README.md", "docs", "deploy"),
)
PACKAGES = {package.name: package for package in (RELAY, WPEX)}


def build(package, binary, release, licenses, out, fast=False, allows_missing=False):
    """Makes a package of a program that is already stripped; returns its file."""
    content = files(package, binary, release, licenses)
    size = sum(-(-len(entry.content) // 1024) if entry.content else 1 for entry in content.complete().values())
    control = Tree()
    control.add("control", fields(package, dependencies(binary, allows_missing), size, release))
    control.add("conffiles", "".join(f"/etc/wpex/{name}\n" for name in package.settings))
    sums = [(hashlib.md5(entry.content).hexdigest(), path) for path, entry in content.complete().items() if is_file(entry)]
    control.add("md5sums", "".join(f"{digest}  {path}\n" for digest, path in sums if not path.startswith("etc/")))
    for script in ("postinst", "prerm", "postrm"):
        control.add(script, named(package, (SCRIPTS / script).read_text()), 0o755)
    target = out / f"{package.name}_{release.version}_{ARCHITECTURE}.deb"
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        content.write_to(root)
        (root / "DEBIAN").mkdir()
        control.write_to(root / "DEBIAN")
        root.chmod(0o755)
        # One thread: what several make depends on their number.
        compression = ["-Znone"] if fast else ["-Zxz", "-z6"]
        subprocess.run(
            ["dpkg-deb", "--root-owner-group", "--threads-max=1", *compression, "--build", root, target],
            check=True, stdout=subprocess.DEVNULL, env={**os.environ, "SOURCE_DATE_EPOCH": str(release.moment), "TZ": "UTC"})
    target.chmod(0o644)
    return target


def is_file(entry):
    return not entry.is_folder and entry.link is None


def named(package, script):
    texts = {"NAME": package.name, "UNITS": " ".join(package.units), "USERS": " ".join(package.users), "STATE": " ".join(package.state), "SECRETS": " ".join(package.secrets)}
    return re.sub(r"@([A-Z]+)@", lambda match: texts[match[1]], script)


def fields(package, depends, size, release):
    lines = [
        f"Package: {package.name}", f"Version: {release.version}", f"Architecture: {ARCHITECTURE}", "Maintainer: the wpex authors <wpex@example.org>",
        f"Installed-Size: {size}", f"Depends: {', '.join(depends)}",
    ]
    if package.recommends:
        lines.append(f"Recommends: {', '.join(package.recommends)}")
    lines += ["Section: net", "Priority: optional", "Homepage: https://github.com/example/wpex", f"Description: {package.summary}"]
    lines += textwrap.wrap(package.description, 76, initial_indent=" ", subsequent_indent=" ")
    return "\n".join(lines) + "\n"


def dependencies(binary, allows_missing):
    """The packages of the libraries that a program is linked to, with the versions that have its symbols."""
    libraries = program.needed(binary)
    if not libraries:
        return SYSTEM
    paths = {pathlib.Path(path).name: path for path in program.libraries(binary)}
    installed = program.packages()
    installed.find(paths.values())
    missing = [name for name in libraries if name in paths and installed.owner(paths[name]) is None]
    if missing and not allows_missing:
        sys.exit(f"dist: {binary.name} is linked to libraries that Debian does not have: {', '.join(missing)}; scripts/release-build makes programs without them")
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "debian").mkdir()
        (pathlib.Path(folder) / "debian/control").write_text(f"Source: {binary.name}\n\nPackage: {binary.name}\nArchitecture: any\n")
        places = {pathlib.Path(path).parent for path in paths.values() if installed.owner(path) is None}
        options = ["--ignore-missing-info", *(f"-l{place}" for place in places)]
        result = subprocess.run(["dpkg-shlibdeps", "-O", *options, f"-e{binary}"], cwd=folder, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"dist: dpkg-shlibdeps: {result.stderr.strip()}")
    found = re.search(r"shlibs:Depends=(.*)", result.stdout)
    return sorted(found[1].split(", ")) + SYSTEM


def files(package, binary, release, licenses):
    content = Tree()
    name = package.name
    content.add(f"usr/bin/{name}", binary, 0o755)
    for unit in package.units:
        content.add(f"usr/lib/systemd/system/{unit}", (HOST / "systemd" / unit).read_text().replace("/usr/local/bin/", "/usr/bin/"))
    content.add(f"usr/lib/sysusers.d/{name}.conf", HOST / "systemd/wpex.sysusers")
    content.add(f"usr/lib/tmpfiles.d/{name}.conf", HOST / f"systemd/{name}.tmpfiles")
    for setting in package.settings:
        content.add(f"etc/wpex/{setting}", HOST / setting)
    for page, text in manual.pages(binary, package.section, release).items():
        content.add(f"usr/share/man/man{package.section}/{page}.gz", compressed(text))
    for shell, place in completions(name).items():
        content.add(place, program.output(binary, "--generate-completion-script", shell))
    share = f"usr/share/doc/{name}"
    content.add(f"{share}/copyright", licenses)
    content.add(f"{share}/changelog.Debian.gz", compressed(changelog(package, release)))
    content.add(f"{share}/changelog.gz", compressed((ROOT / "CHANGELOG.md").read_text()))
    for document in package.documents:
        for path in committed(document):
            content.add(f"{share}/{path}", ROOT / path, 0o755 if os.access(ROOT / path, os.X_OK) else 0o644)
    return content


def completions(name):
    return {
        "bash": f"usr/share/bash-completion/completions/{name}",
        "zsh": f"usr/share/zsh/vendor-completions/_{name}",
        "fish": f"usr/share/fish/vendor_completions.d/{name}.fish",
    }


def committed(path):
    found = subprocess.run(["git", "ls-files", path], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    return [name for name in found if (ROOT / name).is_file()]


def compressed(text):
    return gzip.compress(text.encode(), 9, mtime=0)


def changelog(package, release):
    return f"""{package.name} ({release.version}) stable; urgency=medium

  * Built from commit {release.commit}. changelog.gz says what changed.

 -- the wpex authors <wpex@example.org>  {release.date}
"""
