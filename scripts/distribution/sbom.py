"""Bill of materials in SPDX 2.3: what is compiled into the programs, linked to them, and in the images."""

import json
import re
import sys
import urllib.parse
import uuid

import program
from release import ARCHITECTURE

# `wpex licenses` has them under this name; they are part of every program.
SWIFT = "Swift and its standard libraries"


class Bill:
    """A document about programs.

    - licenses: what `wpex licenses --json` lists.
    """

    def __init__(self, release, licenses):
        self.release, self.licenses = release, licenses
        self.packages, self.relations = {}, []
        self.installed = program.packages()
        # libpq-dev and libpq5 are of one source package.
        self.by_source = {self.installed.installed[entry["package"]].source: entry for entry in licenses if entry.get("package")}

    def add_program(self, name, built, binary, in_image):
        """Adds a program with all that it contains: `built` has the lists of the build beside it, `in_image` are the other
        files of its image."""
        own = self.package(
            "program", name, self.release.version, "Apache-2.0", copyrightText="2026 the wpex authors", primaryPackagePurpose="APPLICATION",
            externalRefs=[purl(f"pkg:github/example/wpex@{self.release.commit}")])
        self.relate("SPDXRef-DOCUMENT", "DESCRIBES", own)
        libraries, archives = program.libraries(binary), program.archives(built)
        self.installed.find([*libraries, *archives, *in_image])
        for library in libraries:
            self.relate(own, "DYNAMIC_LINK", self.system(library))
        for archive in archives:
            self.relate(own, "STATIC_LINK", self.system(archive))
        for path in in_image:
            image = self.package("image", name, self.release.version, "NOASSERTION", primaryPackagePurpose="CONTAINER")
            self.relate(image, "CONTAINS", self.system(path))
        self.relate(own, "STATIC_LINK", self.package("swift", SWIFT, program.output("swift", "--version").split("Swift version ")[1].split()[0], "Apache-2.0"))
        for identity, pin in linked_packages(built).items():
            self.relate(own, "STATIC_LINK", self.swift_package(identity, pin))
        if name == "wpex":
            for entry in self.licenses:
                if entry["use"] == "embedded":
                    self.relate(own, "CONTAINS", self.system(f"/usr/share/doc/{entry['package']}/copyright"))

    def swift_package(self, identity, pin):
        entry = next((entry for entry in self.licenses if entry["name"].lower() == identity), None)
        if entry is None:
            sys.exit(f"dist: a program contains {identity}, which `wpex licenses` does not list: add it to LicensedSoftware")
        state, location = pin["state"]["checkoutState"], pin["packageRef"]["location"]
        name = re.sub(r"^https://github\.com/|\.git$", "", location)
        return self.package(
            "swift", identity, state["version"], entry["license"], copyrightText=entry["copyright"],
            downloadLocation=f"git+{location}@{state['revision']}", externalRefs=[purl(f"pkg:github/{name}@{state['version']}")])

    def system(self, path):
        """The Debian package of a file."""
        owner = self.installed.owner(path)
        if owner is None:
            return self.package("file", str(path), "unknown", "NOASSERTION")
        entry = self.by_source.get(owner.source, {})
        return self.package(
            "deb", owner.name, owner.version, entry.get("license", "NOASSERTION"), copyrightText=entry.get("copyright", "NOASSERTION"),
            supplier="Organization: Debian", externalRefs=[purl(f"pkg:deb/debian/{owner.name}@{urllib.parse.quote(owner.version)}?arch={ARCHITECTURE}")])

    def package(self, kind, name, version, license_, **more):
        identity = "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]+", "-", f"{kind}-{name}").strip("-")
        self.packages.setdefault(identity, {
            "SPDXID": identity, "name": name, "versionInfo": version, "downloadLocation": "NOASSERTION", "filesAnalyzed": False,
            "licenseConcluded": license_, "licenseDeclared": license_, "copyrightText": "NOASSERTION", **more,
        })
        return identity

    def relate(self, first, kind, second):
        relation = {"spdxElementId": first, "relationshipType": kind, "relatedSpdxElement": second}
        if relation not in self.relations:
            self.relations.append(relation)

    @property
    def text(self):
        release = self.release
        # Derived, so that the same release has the same name.
        name = uuid.uuid5(uuid.NAMESPACE_URL, f"{release.version} {release.commit}")
        return json.dumps({
            "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": f"wpex-{release.version}",
            "documentNamespace": f"https://github.com/example/wpex/spdx/{name}",
            "creationInfo": {"created": release.timestamp, "creators": ["Organization: the wpex authors", f"Tool: wpex-dist-{release.version}"]},
            "packages": list(self.packages.values()), "relationships": self.relations,
        }, indent=1) + "\n"


def purl(locator):
    return {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": locator}


def linked_packages(built):
    """The Swift packages whose modules a program was linked from, by identity, as they were checked out: the build's own
    lists are beside it."""
    built = built.resolve()
    listed = built.parent / f"{built.name}.product/Objects.LinkFileList"
    if not listed.exists():
        sys.exit(f"dist: {listed} is missing: it says what {built.name} contains; keep the program where `swift build` made it")
    modules = set(re.findall(r"/([^/]+)\.build/", listed.read_text()))
    scratch = next(folder for folder in built.parents if (folder / "workspace-state.json").is_file())
    found = {}
    for package in json.loads((scratch / "workspace-state.json").read_text())["object"]["dependencies"]:
        folder = scratch / "checkouts" / package["subpath"]
        folders = {path.name for pattern in ("*", "Sources/*") for path in folder.glob(pattern) if path.is_dir()}
        if folders & modules:
            found[package["packageRef"]["identity"]] = package
    return dict(sorted(found.items()))
