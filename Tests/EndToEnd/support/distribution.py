"""scripts/dist, what it makes, and a Debian to install it in."""

import os
import pathlib
import shlex
import subprocess
import tarfile

from support.program import ROOT, WPEX

PROGRAMS = pathlib.Path(WPEX).parent
# Packed if it is built, because a debug build of the relay is not static.
STATIC_RELAY = ROOT / ".build-static/static/wpex-relay"


def dist(*arguments, root=ROOT, check=True, **options):
    """Packs the programs of this build, which are linked to Swift's own libraries."""
    command = [root / "scripts/dist", "--programs", PROGRAMS, "--fast", "--allow-missing", *arguments]
    result = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=300, **options)
    assert not check or result.returncode == 0, result.stdout + result.stderr
    return result


class Distribution:
    """A folder that scripts/dist made."""

    def __init__(self, folder):
        self.folder = folder

    def one(self, pattern):
        (found,) = self.folder.glob(pattern)
        return found

    def package(self, name):
        return self.one(f"{name}_*.deb")

    def control(self, name):
        """The fields of a package."""
        text = subprocess.run(["dpkg-deb", "--field", self.package(name)], check=True, capture_output=True, text=True).stdout
        return dict(line.split(": ", 1) for line in text.splitlines() if line[0] != " ")

    def files(self, name):
        """The members of a package's file system."""
        packed = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", self.package(name)], stdout=subprocess.PIPE)
        with tarfile.open(fileobj=packed.stdout, mode="r|") as archive:
            found = [(member, archive.extractfile(member).read() if member.isfile() else b"") for member in archive]
        assert packed.wait() == 0
        return {member.name.removeprefix("."): (member, content) for member, content in found}


class Debian:
    """A Debian in a folder. Its commands have their own /proc and, for programs of a debug build, Swift's libraries.

    `shared` are folders of this machine that its commands see at the same place."""

    def __init__(self, root, shared=()):
        self.root, self.shared = root, shared

    def command(self, *words, network=False):
        """A command line that enters it; with `network`, in a network namespace with loopback alone."""
        swift = pathlib.Path(os.path.realpath("/opt/swift"))
        steps = [f"mount -t proc proc {self.root}/proc"]
        if swift.is_dir():
            (self.root / "opt/swift").mkdir(exist_ok=True)
            steps.append(f"mount --bind {swift} {self.root}/opt/swift")
        for folder in self.shared:
            self.path(str(folder)).mkdir(parents=True, exist_ok=True)
            steps.append(f"mount --bind {folder} {self.root}{folder}")
        if network:
            steps.append("ip link set lo up")
        steps.append(f"exec chroot {self.root} {shlex.join(map(str, words))}")
        plain = ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive"]
        return [*plain, "unshare", "--mount", "--propagation", "private", *(["--net"] if network else []), "sh", "-ec", " && ".join(steps)]

    def result(self, *words):
        """Runs a command, and returns its end, with errors in its output."""
        return subprocess.run(self.command(*words), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)

    def run(self, *words, check=True):
        result = self.result(*words)
        assert not check or result.returncode == 0, f"{shlex.join(map(str, words))}: {result.stdout}"
        return result.stdout if check else result.returncode

    def start(self, *words, **options):
        return subprocess.Popen(self.command(*words, network=True), **options)

    def install(self, package):
        target = self.root / "tmp" / package.name
        target.write_bytes(package.read_bytes())
        return self.run("dpkg", "--install", f"/tmp/{package.name}")

    def path(self, name):
        return self.root / name.lstrip("/")
