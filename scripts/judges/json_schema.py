#!/usr/bin/env python3
"""json_schema.py SCHEMA FILE… checks the schema itself, and says of each file whether it is valid."""
import json
import sys

import jsonschema

schema = json.load(open(sys.argv[1]))
validator = jsonschema.validators.validator_for(schema)
validator.check_schema(schema)
for path in sys.argv[2:]:
    errors = [error.message for error in validator(schema).iter_errors(json.load(open(path)))]
    print(path, "valid" if not errors else f"invalid: {errors[0]}")
