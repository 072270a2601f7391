#!/usr/bin/env python3
"""Changes security-relevant code for the worse, one change at a time, and says which changes no test notices.

All mutations are compiled at once: each one is a branch that only WPEX_MUTANT=N takes. So there is one build, and then the
suites that a mutation names run against it. The files are put back at the end, whatever happens.

  scripts/mutations/mutations.py                         every mutation
  scripts/mutations/mutations.py --only 12,40-44         these
  scripts/mutations/mutations.py --sample 10 --seed $(git rev-parse HEAD)
  scripts/mutations/mutations.py --list
  scripts/mutations/mutations.py --check                 only whether every OLD text is there, exactly once

Exit codes: 0 every mutation is noticed; 1 at least one survives; 2 the table or the tree cannot be used; 3 the suites fail
without any mutation.

The mutations are in tables beside this file, one file for each area: docs/architecture/testing.md, "Mutations".
"""

import argparse
import concurrent.futures
import contextlib
import dataclasses
import os
import pathlib
import random
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TESTS = ROOT / ".build/debug/wpexPackageTests.xctest"
PYTHON = os.environ.get("WPEX_PYTHON", str(ROOT / ".venv/bin/python"))

# Reads the variable once. `fileprivate`, so that each mutated file of a module can have its own.
SWITCH = """
import Glibc

private let wpexActiveMutant: Int32 = getenv("WPEX_MUTANT").map { atoi($0) } ?? 0
@inline(never) private func wpexMutant(_ number: Int32) -> Bool { wpexActiveMutant == number }
"""


class Unusable(Exception):
    """Error: the table, the tree or the build cannot be used."""


@dataclasses.dataclass
class Mutation:
    number: int
    area: str
    what: str
    file: str
    old: str
    new: str
    tests: list
    form: str = "expression"
    # Context of OLD, if the file contains it more than once.
    within: str = ""

    def __str__(self):
        return f"{self.number:3} {self.area}: {self.what}"


def read_tables():
    mutations = []
    for path in sorted(HERE.glob("*.toml")):
        table = tomllib.loads(path.read_text())
        standard = table.get("tests")
        for entry in table["mutation"]:
            entry.setdefault("tests", standard)
            try:
                mutation = Mutation(area=path.stem, **entry)
            except TypeError as error:
                raise Unusable(f"{path.name}: {entry.get('number')}: {error}") from None
            if not mutation.tests or mutation.form not in ("expression", "statement"):
                raise Unusable(f"{path.name}: {mutation.number}: `tests` is missing, or `form` is neither expression nor statement")
            mutations.append(mutation)
    mutations.sort(key=lambda mutation: mutation.number)
    numbers = [mutation.number for mutation in mutations]
    twice = {number for number in numbers if numbers.count(number) > 1}
    if twice or min(numbers, default=1) < 1:
        raise Unusable(f"numbers are 1 or more, each once: {sorted(twice)}")
    return mutations


def place(path, text, mutation):
    """Offset of a mutation's OLD text."""
    start = 0
    for part in filter(None, (mutation.within, mutation.old)):
        count = text.count(part)
        if count != 1:
            raise Unusable(
                f"mutation {mutation.number} is stale: this is found {count} times in {path}, and has to be there once:\n"
                + "\n".join("    " + line for line in part.splitlines()))
        start += text.index(part)
        text = part
    return start


def mutated(path, text, mutations):
    """The file with all of its mutations as switches.

    Mutations of one file either have the same OLD text, and then share its place, or do not overlap.
    """
    places = {}
    for mutation in mutations:
        start = place(path, text, mutation)
        places.setdefault((start, start + len(mutation.old)), []).append(mutation)
    ends = sorted(places)
    for (_, end), (start, _) in zip(ends, ends[1:]):
        if start < end:
            raise Unusable(f"two mutations overlap in {path} before {text[start:start + 60]!r}")
    for (start, end), here in sorted(places.items(), reverse=True):
        replaced = text[start:end]
        for mutation in here:
            if mutation.form == "statement":
                replaced = f"if wpexMutant({mutation.number}) {{ {mutation.new} }} else {{ {replaced} }}"
            else:
                replaced = f"(wpexMutant({mutation.number}) ? ({mutation.new}) : ({replaced}))"
        text = text[:start] + replaced + text[end:]
    return text + SWITCH


def by_file(mutations):
    files = {}
    for mutation in mutations:
        files.setdefault(mutation.file, []).append(mutation)
    return files


def texts_with_switches(mutations):
    result = {}
    for file, here in by_file(mutations).items():
        path = ROOT / file
        if not path.is_file():
            raise Unusable(f"mutation {here[0].number} is stale: there is no {file}")
        result[path] = mutated(file, path.read_text(), here)
    return result


class Switched:
    """Context in which the files are mutated."""

    def __init__(self, texts):
        self.texts = texts
        self.before = {}

    def __enter__(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, end)
        names = [str(path.relative_to(ROOT)) for path in self.texts]
        changed = subprocess.run(
            ["git", "-C", ROOT, "status", "--porcelain", "--", *names], capture_output=True, text=True, check=True).stdout
        if changed:
            raise Unusable(f"these files have changes that are not committed, which could be lost:\n{changed}")
        try:
            for path, text in self.texts.items():
                self.before[path] = path.read_bytes()
                path.write_text(text)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for path, content in self.before.items():
            path.write_bytes(content)


def build(log):
    """Builds the tests, and the program that they run."""
    started = time.monotonic()
    say("building with all switches …")
    result = subprocess.run(
        ["swift", "build", "--build-tests"], cwd=ROOT, stdout=log.open("w"), stderr=subprocess.STDOUT)
    if result.returncode:
        errors = [line for line in log.read_text().splitlines() if " error: " in line]
        raise Unusable("the switched code does not build:\n" + "\n".join(dict.fromkeys(errors[:20])) + f"\n({log})")
    say(f"built in {time.monotonic() - started:.0f} s")


PRINT = threading.Lock()
# Running suites, and whether the run was interrupted.
UNDER_WAY = set()
ENDING = threading.Event()


def end(number, _):
    """Ends at once rather than after the suites, because the mutated files have to be restored."""
    ENDING.set()
    for process in list(UNDER_WAY):
        kill(process)
    sys.exit(128 + number)


def kill(process):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def say(text):
    with PRINT:
        print(text, flush=True)


def command(test):
    """`Suite…` is a filter of swift-testing; `Tests/….py [-k …]` is for pytest."""
    if test.startswith("Tests/"):
        return [PYTHON, "-m", "pytest", "-q", "-x", "--no-header", "-p", "no:cacheprovider", *shlex.split(test)]
    return [str(TESTS), "--testing-library", "swift-testing", "--filter", test]


def run(test, mutant, seconds):
    """The outcome of one suite: whether it passed, and what it said."""
    environment = {**os.environ, "WPEX_PYTHON": PYTHON, "NO_COLOR": "1"}
    environment.pop("WPEX_MUTANT", None)
    if mutant:
        environment["WPEX_MUTANT"] = str(mutant)
    if ENDING.is_set():
        raise SystemExit
    # In its own process group, so that its children end with it.
    process = subprocess.Popen(
        command(test), cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        errors="replace", start_new_session=True)
    UNDER_WAY.add(process)
    try:
        output, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        return False, f"ended after {seconds} s"
    finally:
        UNDER_WAY.discard(process)
        kill(process)
        process.wait()
    # Filters that match nothing, and skipped tests, notice nothing.
    empty = re.search(r"Test run with 0 tests|no tests ran|^\d+ skipped|No matching test", output, re.M)
    if process.returncode == 5 or empty and process.returncode == 0:
        raise Unusable(f"`{test}` runs no test")
    return process.returncode == 0, output


def judge(mutation, seconds):
    """The first suite that notices the mutation, or None."""
    started = time.monotonic()
    noticed = next((test for test in mutation.tests if not run(test, mutation.number, seconds)[0]), None)
    spent = time.monotonic() - started
    say(f"{'noticed ' if noticed else 'SURVIVES'} {mutation} ({noticed or ', '.join(mutation.tests)}, {spent:.0f} s)")
    return noticed


def judge_all(mutations, options):
    """The suite that notices each mutation; None if a suite fails without any."""
    suites = list(dict.fromkeys(test for mutation in mutations for test in mutation.tests))
    say(f"{len(suites)} suites without any mutation …")
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        failed = False
        for test, (passed, output) in zip(suites, pool.map(lambda test: run(test, None, options.seconds), suites)):
            if not passed:
                failed = True
                lines = [line for line in output.splitlines() if line.startswith(("✘", "E  ", "FAILED", "ERROR"))]
                say(f"`{test}` fails without any mutation:\n" + "\n".join(lines[-40:] or output.splitlines()[-20:]))
        if failed:
            return None
        say(f"they pass; {len(mutations)} mutations …")
        return list(pool.map(lambda mutation: judge(mutation, options.seconds), mutations))


def numbers(text):
    found = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        found |= set(range(int(first), int(last or first) + 1))
    return found


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true", help="show the mutations and their suites")
    parser.add_argument("--check", action="store_true", help="say whether every OLD text is in its file, exactly once")
    parser.add_argument("--only", type=numbers, metavar="N,…", help="these mutations")
    parser.add_argument("--area", action="append", metavar="NAME", help="the mutations of this table; repeatable")
    parser.add_argument("--sample", type=int, metavar="COUNT", help="so many, drawn by the seed")
    parser.add_argument("--seed", default="", metavar="TEXT", help="what draws the sample, such as a commit's hash")
    parser.add_argument("--skip-build", action="store_true", help="run what the last call built: where suites alone have changed")
    parser.add_argument("--jobs", type=int, default=2, metavar="COUNT", help="suites at the same time (2)")
    parser.add_argument("--seconds", type=int, default=300, metavar="COUNT", help="after which a suite counts as failed (300)")
    return parser.parse_args()


def main():
    options = arguments()
    mutations = read_tables()
    # Includes mutations that are not chosen, so that a stale table shows at once.
    texts_with_switches(mutations)
    if options.only:
        mutations = [mutation for mutation in mutations if mutation.number in options.only]
    if options.area:
        mutations = [mutation for mutation in mutations if mutation.area in options.area]
    if options.sample:
        drawn = random.Random(options.seed).sample(mutations, min(options.sample, len(mutations)))
        mutations = sorted(drawn, key=lambda mutation: mutation.number)
    if options.list:
        for mutation in mutations:
            print(f"{mutation}\n      {mutation.file} — {', '.join(mutation.tests)}")
        return 0
    if options.check:
        print(f"{len(mutations)} mutations in {len(by_file(mutations))} files: every OLD text is there")
        return 0
    if not mutations:
        raise Unusable("no mutation is chosen")
    started = time.monotonic()
    if options.skip_build:
        if b"WPEX_MUTANT" not in TESTS.read_bytes():
            raise Unusable("nothing is built with switches")
        noticed = judge_all(mutations, options)
    else:
        with Switched(texts_with_switches(mutations)):
            build(ROOT / ".build/mutations.log")
            noticed = judge_all(mutations, options)
    if noticed is None:
        return 3
    survivors = [mutation for mutation, test in zip(mutations, noticed) if not test]
    spent = time.monotonic() - started
    say(f"{len(mutations) - len(survivors)} of {len(mutations)} mutations are noticed ({spent / 60:.1f} min)")
    for mutation in survivors:
        say(f"\nno test notices {mutation}\n  {mutation.file}\n  OLD {mutation.old}\n  NEW {mutation.new}")
    return 1 if survivors else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Unusable as error:
        print(f"mutations: {error}", file=sys.stderr)
        sys.exit(2)
