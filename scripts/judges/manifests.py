#!/usr/bin/env python3
"""Validates every manifest below a folder, strictly, for Kubernetes 1.28 and the newest version known."""
import pathlib
import sys

import kubernetes_validate
import yaml

# Kinds of other projects, for which kubernetes-validate has no schemas.
WITHOUT_SCHEMA = {"Kustomization", "PodMonitor"}


def main(folder):
    versions = ["1.28", kubernetes_validate.latest_version()]
    count, faults = 0, []
    for path in sorted(pathlib.Path(folder).rglob("*.yaml")):
        for document in yaml.safe_load_all(path.read_text()):
            if document["kind"] in WITHOUT_SCHEMA:
                continue
            count += 1
            for version in versions:
                try:
                    kubernetes_validate.validate(document, version, strict=True)
                except kubernetes_validate.ValidationError as error:
                    faults.append(f"{path}: {document['kind']} {document['metadata']['name']} ({version}): {error.message}")
    print("\n".join(faults) if faults else f"{count} manifests are valid for Kubernetes {' and '.join(versions)}")
    return 1 if faults or not count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
