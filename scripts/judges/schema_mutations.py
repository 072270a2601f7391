#!/usr/bin/env python3
"""Mutates the documents of a config repository and says of each what JSON Schema thinks of it.

schema_mutations.py SCHEMAS REPOSITORY COUNT SEED prints a JSON object a line:
{"id", "path", "kind", "document" (JSON text), "valid", "errors"}. The unmutated documents come first.
"""
import copy
import json
import pathlib
import random
import re
import sys

import jsonschema
import yaml


class CoreLoader(yaml.SafeLoader):
    """Resolves scalars by the core schema of YAML 1.2 instead of YAML 1.1."""

    yaml_implicit_resolvers = {}


for tag, pattern, first in [
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    ("int", r"^[-+]?[0-9]+$", list("-+0123456789")),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", list("-+.0123456789")),
]:
    CoreLoader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), first)


def ecma(schema):
    """`$` of ECMA-262 is the end of the text; Python's also matches before a final line break."""
    if isinstance(schema, dict):
        return {
            key: re.sub(r"\$$", r"\\Z", value) if key == "pattern" and isinstance(value, str) else ecma(value)
            for key, value in schema.items()
        }
    return [ecma(item) for item in schema] if isinstance(schema, list) else schema


def places(value, path=()):
    """Every (container, key) of a document."""
    if isinstance(value, dict):
        for key in value:
            yield value, key, path + (key,)
            yield from places(value[key], path + (key,))
    elif isinstance(value, list):
        for index in range(len(value)):
            yield value, index, path + (index,)
            yield from places(value[index], path + (index,))


def other(value, rng):
    """A value that resembles another one more or less."""
    pool = [None, True, False, 0, 1, -1, 1.0, 2.5, 65535, 65536, 10**12, "", "x", "yes", "a b", [], {}, ["x"], {"x": "y"}]
    if isinstance(value, str):
        pool += [
            value + "\n", value + " ", value.upper(), value[:-1], value + "x", value * 30, "é" + value, value + "-",
            value.replace("-", "_"), [value], value[::-1], "2027-02-28", "active", "gold",
        ]
    elif isinstance(value, bool):
        pool += [not value, "true", "no"]
    elif isinstance(value, (int, float)):
        pool += [value + 1, -value, value * 1000, float(value), value + 0.5, str(value), [value]]
    elif isinstance(value, list):
        pool += [value + value, value[:1], value + [None], value + ["extra"], dict(enumerate(map(str, value)))]
    elif isinstance(value, dict):
        pool += [list(value), {**value, "extra": "x"}, {**value, "Bad Key!": "x"}]
    return copy.deepcopy(rng.choice(pool))


def mutate(document, rng):
    for _ in range(rng.choice([1, 1, 1, 2])):
        container, key, _ = rng.choice(list(places(document)))
        action = rng.randrange(6)
        if action == 0 and isinstance(container, dict):
            del container[key]
        elif action == 1 and isinstance(container, dict):
            container[rng.choice(["unknown", str(key) + "s", str(key)[:-1] or "x", "name", "spec", "labels", "publicKey", "ping", "tag"])] = container.pop(key)
        elif action == 2 and isinstance(container, dict):
            container[rng.choice(["unknown", "spec", "publicKey", "sealedKey", "digest", "traceroute", "selector", "org"])] = other(container[key], rng)
        elif action == 3 and isinstance(container, list):
            container.append(copy.deepcopy(container[key]))
        else:
            container[key] = other(container[key], rng)
    return document


def main(schemas, repository, count, seed):
    rng = random.Random(int(seed))
    validators = {}
    for path in pathlib.Path(schemas).glob("*.schema.json"):
        schema = ecma(json.loads(path.read_text()))
        jsonschema.Draft202012Validator.check_schema(schema)
        validators[path.name.split(".")[0]] = jsonschema.Draft202012Validator(schema)
    documents = []
    for path in sorted(pathlib.Path(repository).rglob("*.yaml")):
        for document in yaml.load_all(path.read_text(), CoreLoader):
            documents.append((str(path.relative_to(repository)), document["kind"], document))

    def emit(identifier, path, kind, document):
        errors = sorted("/".join(map(str, error.absolute_path)) + ": " + error.message[:200] for error in validators[kind.lower()].iter_errors(document))
        print(json.dumps({"id": identifier, "path": path, "kind": kind, "document": json.dumps(document, ensure_ascii=False), "valid": not errors, "errors": errors}))

    for index, (path, kind, document) in enumerate(documents):
        emit(index, path, kind, document)
    for index in range(int(count)):
        path, kind, document = rng.choice(documents)
        emit(len(documents) + index, path, kind, mutate(copy.deepcopy(document), rng))


if __name__ == "__main__":
    main(*sys.argv[1:5])
