"""What is released: a version, the commit, and the moment that all files of the release have."""

import dataclasses
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCE = ROOT / "Sources/Base/TextFormats/WpexVersion.swift"
ARCHITECTURE = "amd64"


def git(*arguments):
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


@dataclasses.dataclass(frozen=True)
class Release:
    version: str
    # 40 digits, and `-dirty` if tracked files differ from it.
    commit: str
    # Seconds since 1970: SOURCE_DATE_EPOCH, or the commit's.
    moment: int

    @property
    def date(self):
        """As in changelog.Debian."""
        return time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(self.moment))

    @property
    def timestamp(self):
        """As in SPDX and OCI."""
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.moment))

    @property
    def tag(self):
        """The version as a tag of an image, which may have no plus sign."""
        return self.version.replace("+", "-").replace("~", "-")


def current(version=None):
    """The release of the commit that is checked out: `X.Y.Z` if its tag is `vX.Y.Z`, else `X.Y.Z+gitDATE.COMMIT`.

    `version` replaces it, for packages that others rebuild.
    """
    commit = git("rev-parse", "HEAD")
    committed = int(git("log", "-1", "--format=%ct"))
    moment = int(os.environ.get("SOURCE_DATE_EPOCH", committed))
    is_dirty = bool(git("status", "--porcelain", "--untracked-files=no"))
    (declared,) = re.findall(r'static let text = "([^"]+)"', SOURCE.read_text())
    if version is None:
        tags = [tag for tag in git("tag", "--points-at", "HEAD").split() if re.fullmatch(r"v\d+\.\d+\.\d+", tag)]
        if tags and not is_dirty:
            version = tags[0][1:]
            if version != declared:
                sys.exit(f"dist: the tag is {tags[0]}, and the version in {SOURCE.relative_to(ROOT)} is {declared}: change one of them")
            if f"\n## [{version}]" not in (ROOT / "CHANGELOG.md").read_text():
                sys.exit(f"dist: the tag is {tags[0]}, and CHANGELOG.md has no section `## [{version}]`: add it")
        else:
            version = f"{declared}+git{time.strftime('%Y%m%d', time.gmtime(committed))}.{commit[:12]}" + (".dirty" if is_dirty else "")
    if not re.fullmatch(r"\d[A-Za-z0-9.+~-]*", version):
        sys.exit(f"dist: `{version}` is not a version of a Debian package: it begins with a digit and has letters, digits and . + ~ -")
    return Release(version, commit + ("-dirty" if is_dirty else ""), moment)
