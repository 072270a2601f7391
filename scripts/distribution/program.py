"""A built program: stamped, stripped, and asked what it is linked to."""

import dataclasses
import functools
import pathlib
import subprocess
import sys
import tempfile


def output(*command, **options):
    return subprocess.run(list(map(str, command)), check=True, capture_output=True, text=True, **options).stdout


def released(built, commit, target):
    """Copies a program without symbols, with the commit that it answers to --version."""
    with tempfile.NamedTemporaryFile() as section:
        section.write(commit.encode().ljust(64, b"\0"))
        section.flush()
        result = subprocess.run(
            ["objcopy", "--strip-all", "--remove-section=.comment", f"--update-section=.wpex.commit={section.name}", built, target],
            capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"dist: {built} cannot be stamped: {result.stderr.strip()}")
    target.chmod(0o755)
    return target


def libraries(*programs):
    """The libraries that programs are linked to, with those of these libraries, as the dynamic linker finds them."""
    found = set()
    for program in programs:
        result = subprocess.run(["ldd", program], capture_output=True, text=True)
        if "statically linked" in result.stdout or "not a dynamic executable" in result.stderr:
            continue
        for line in result.stdout.splitlines():
            if "not found" in line:
                sys.exit(f"dist: {program} needs a library that is not on this machine: {line.strip()}")
            paths = [word for word in line.split() if word.startswith("/")]
            found.update(paths[-1:])
    return sorted(found)


def needed(program):
    """The libraries that a program itself names."""
    found = output("objdump", "-p", program)
    return [line.split()[1] for line in found.splitlines() if line.split()[:1] == ["NEEDED"]]


def archives(built):
    """Static libraries of the system that the linker read, if scripts/release-build made the program."""
    listed = pathlib.Path(f"{built}.d")
    if not listed.exists():
        return []
    words = listed.read_text().replace("\\\n", " ").split()
    files = {pathlib.Path(word).resolve() for word in words if word.endswith(".a")}
    return sorted(str(file) for file in files if str(file).startswith("/usr/"))


class Packages:
    """The installed Debian packages. One query finds many files, because each reads the lists of all packages."""

    def __init__(self):
        self.installed = {}
        form = "${binary:Package}\\t${Package}\\t${Version}\\t${source:Package}\\n"
        for line in output("dpkg-query", "-W", f"-f={form}").splitlines():
            named, *package = line.split("\t")
            self.installed[named] = self.installed[package[0]] = Package(*package)
        self.owners = {}

    def find(self, paths):
        """Looks up whose these files are, for `owner`."""
        names = {}
        for path in map(str, paths):
            if path not in self.owners:
                self.owners[path] = None
                resolved = str(pathlib.Path(path).resolve())
                # Before /usr was merged, packages had files in /lib and /bin.
                for name in (path, resolved, f"/usr{path}", resolved.removeprefix("/usr")):
                    names.setdefault(name, []).append(path)
        if not names:
            return
        found = subprocess.run(["dpkg-query", "-S", *names], capture_output=True, text=True).stdout
        for line in found.splitlines():
            packages, _, name = line.rpartition(": ")
            package = self.installed.get(packages.split(", ")[0])
            for path in names.get(name, []):
                self.owners[path] = self.owners[path] or package

    def owner(self, path):
        """The package of a file; nothing if none has it."""
        self.find([path])
        return self.owners[str(path)]


@dataclasses.dataclass(frozen=True)
class Package:
    name: str
    version: str
    source: str


packages = functools.cache(Packages)
