#!/usr/bin/env python3
"""Checks the layers: a module imports only modules of its own domain and of those above it, and only what Package.swift declares.

The order of domains is the order in which Package.swift declares them, and so is the order of modules within a domain.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOMAIN = re.compile(r'^let (\w+) = Domain\(name: "(\w+)"\)', re.M)
TARGET = re.compile(r'(?<!\w)(\w+)\.(?:system|cModule|module|program)\(\s*"([\w-]+)"')
IMPORT = re.compile(
    r"^(?:@\w+(?:\(\w+\))? )*(?:(?:public|package|internal|fileprivate|private) )?import (?:\w+ )?(\w+)", re.M)


def balanced(text):
    """The rest of a call's arguments: up to the parenthesis that closes it."""
    depth = 1
    for place, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0:
            return text[:place]
    return text


class Layers:
    """What Package.swift declares: domains in order, and each module's domain, place in the file and dependencies."""

    def __init__(self, package):
        names = DOMAIN.findall(package)
        self.domains = [name for _, name in names]
        variables = dict(names)
        self.modules, self.dependencies = {}, {}
        for found in TARGET.finditer(package):
            variable, module = found.groups()
            if variable not in variables:
                continue
            arguments = balanced(package[found.end() :])
            self.modules[module] = (self.domains.index(variables[variable]), len(self.modules))
            self.dependencies[module] = set(re.findall(r'"(\w+)"', arguments))

    def faults_of_package(self):
        for module, (domain, place) in self.modules.items():
            for name in sorted(self.dependencies[module] & self.modules.keys()):
                if self.modules[name][0] > domain:
                    yield f"Package.swift: {module} depends on {name}, of a domain below its own"
                elif self.modules[name][1] > place:
                    yield f"Package.swift: {module} depends on {name}, which is declared after it"

    def faults(self, path, text):
        """Faults of one source file, whose path is relative to the root."""
        parts = pathlib.PurePath(path).parts
        module = next((part for part in parts[2:-1] if part in self.modules), None)
        if module is None or self.domains[self.modules[module][0]] != parts[1]:
            yield f"{path}: is in no module of Package.swift's domain {parts[1]}"
            return
        for name in sorted(set(IMPORT.findall(text)) & self.modules.keys() - {module}):
            if self.modules[name][0] > self.modules[module][0]:
                yield f"{path}: imports {name}, of {self.domains[self.modules[name][0]]}, which is below {parts[1]}"
            elif name not in self.dependencies[module]:
                yield f"{path}: imports {name}, on which {module} does not depend in Package.swift"

    def unused(self, imported):
        """Dependencies that no file of their module imports; `imported` has the imports of each module."""
        for module, names in sorted(imported.items()):
            for name in sorted(self.dependencies[module] & self.modules.keys() - names):
                yield f"Package.swift: {module} depends on {name} and does not import it"


def main():
    layers = Layers((ROOT / "Package.swift").read_text())
    listed = subprocess.run(["git", "ls-files", "Sources/*.swift"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    faults, imported = list(layers.faults_of_package()), {}
    for path in listed.split("\n")[:-1]:
        text = (ROOT / path).read_text()
        faults += layers.faults(path, text)
        module = next((part for part in pathlib.PurePath(path).parts[2:-1] if part in layers.modules), None)
        if module:
            imported.setdefault(module, set()).update(IMPORT.findall(text))
    faults += layers.unused(imported)
    print("\n".join(faults) or f"{len(layers.modules)} modules in {len(layers.domains)} domains import only what is above them")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
