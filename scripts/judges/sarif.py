#!/usr/bin/env python3
"""Validates a SARIF file against the OASIS schema: sarif.py FILE SCHEMA."""
import json
import pathlib
import sys

import jsonschema


def main(file, schema):
    validator = jsonschema.validators.validator_for(json.loads(pathlib.Path(schema).read_text()))
    errors = list(validator(json.loads(pathlib.Path(schema).read_text())).iter_errors(json.loads(pathlib.Path(file).read_text())))
    for error in errors:
        print(f"{'/'.join(map(str, error.absolute_path))}: {error.message}")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
