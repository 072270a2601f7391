#!/usr/bin/env python3
"""Refuses words that have to be read twice, in documents and in texts that users read.

Documents are Markdown outside of code. Texts are the string literals of Swift sources and the English of the pages.
"""

import pathlib
import re
import subprocess
import sys

from links import CODE_SPAN, without_code_blocks

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Patterns that are refused, and advice on what to write instead.
WORDS = [
    (r"\bstands?\b", "say what it is or does: is, appears, runs, is stored"),
    (r"\banew\b", "again"),
    (r"\btold\b", "reported, called with, logged, known"),
    (r"\banother hand\b", "outside wpex"),
    (r"\bwho(so)?ever\b", "name the role, or write: anybody who"),
    (r"(?<!there )\bis no (?!longer|more)(?=[\w`])", "is not a"),
    (r"\bare none\b|\bis none\b", "is not one"),
]
PATTERN = re.compile("|".join(f"(?P<w{number}>{pattern})" for number, (pattern, _) in enumerate(WORDS)), re.IGNORECASE)
# These name the words to avoid them.
EXEMPT = {"CONTRIBUTING.md"}
STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


def committed(*patterns):
    return subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()


def prose(text):
    """The lines of a Markdown file, without its code: a code span is one backtick."""
    text = CODE_SPAN.sub(lambda match: "`" + "\n" * match[0].count("\n"), without_code_blocks(text))
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            yield number, line


def literals(text):
    """The string literals of a program, line by line, without comments."""
    is_long = False
    for number, line in enumerate(text.splitlines(), 1):
        if '"""' in line:
            is_long = not is_long
        elif is_long:
            # SQL comments are part of functions that are already installed.
            if not line.lstrip().startswith("--"):
                yield number, line
        elif not line.lstrip().startswith(("//", "*", "/*")):
            for literal in STRING.findall(line):
                yield number, literal


def findings(name):
    text = (ROOT / name).read_text()
    for number, part in prose(text) if name.endswith(".md") else literals(text):
        for found in PATTERN.finditer(part):
            advice = next(advice for place, (_, advice) in enumerate(WORDS) if found[f"w{place}"])
            yield f"{name}:{number}: `{found[0]}`: {advice}"


def main():
    names = committed("*.md", "Sources/*.swift", "Sources/Status/DashboardAssets/pages/text/en.js")
    faults = [fault for name in names if name not in EXEMPT for fault in findings(name)]
    print("\n".join(faults) or f"{len(names)} files have no words that are read twice")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
