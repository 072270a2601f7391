#!/usr/bin/env python3
"""Checks every relative link of the committed Markdown files: its file is committed, and its #anchor is a heading there.

Anchors follow GitHub's rules: the heading's text in lower case, without punctuation, with a hyphen for each space, and -1,
-2, … behind the ones that repeat. Links with a scheme are not followed. Code blocks, code spans and comments hold no links.

Documents about the code name source files in code spans, such as `RelayCore/Table/Leg.swift`. Each must be the end of a
committed file's path.

    scripts/lint/links.py               all committed Markdown files
    scripts/lint/links.py docs/ci.md    these only
"""

import difflib
import functools
import html
import pathlib
import posixpath
import re
import subprocess
import sys
import urllib.parse

FENCE = re.compile(r" {0,3}(?:> ?)*\s*(?:[-*+] +|\d+[.)] +)?(`{3,}|~{3,})(.*)")
CODE_SPAN = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.S)
COMMENT = re.compile(r"<!--.*?-->", re.S)
HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
UNDERLINE = re.compile(r" {0,3}(?:=+|-+)[ \t]*$")
ELEMENT_ID = re.compile(r"""<[a-z][^>]*?\s(?:id|name)\s*=\s*["']([^"']+)["']""", re.I)
# [text](target "title"), with parentheses inside the target; the text may hold an image.
INLINE = re.compile(r"""\]\(\s*(<[^<>\n]*>|[^\s()<>]*(?:\([^\s()]*\)[^\s()]*)*)(?:\s+(?:"[^"]*"|'[^']*'|\([^)]*\)))?\s*\)""")
DEFINITION = re.compile(r"^ {0,3}\[(?!\^)[^\]\n]+\]:\s*(<[^<>\n]*>|\S+)", re.M)
ELEMENT_LINK = re.compile(r"""<(?:a|img)\b[^>]*?\s(?:href|src)\s*=\s*["']([^"']*)["']""", re.I)
SOURCE_FILE = re.compile(r"[\w+-]+(?:[/.][\w+-]+)*\.(?:swift|c|h|js|py|toml)")
ABOUT_CODE = ("CONTRIBUTING.md", "docs/architecture/", "docs/decisions/")
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.I)


def blank(match):
    """Blanks of the match's length, so that offsets and lines stay."""
    return re.sub(r"[^\n]", " ", match[0])


def without_code_blocks(text):
    """The text with its fenced blocks blanked out."""
    lines, fence = [], None
    for line in text.split("\n"):
        match = FENCE.match(line)
        if fence is None:
            # A backtick in the rest of the line means that this is a code span.
            if match and not (match[1][0] == "`" and "`" in match[2]):
                fence = match[1]
                line = ""
        else:
            if match and match[1].startswith(fence) and not match[2].strip():
                fence = None
            line = ""
        lines.append(line)
    return "\n".join(lines)


def slug(heading):
    """The anchor that GitHub makes of a heading's source."""
    text = re.sub(r"!\[[^\]]*\]\([^)]*\)", "", heading)
    text = re.sub(r"\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])", r"\1", text)
    code = []

    def keep(match):
        code.append(match[2].strip())
        return f"\0{len(code) - 1}\0"

    text = CODE_SPAN.sub(keep, text)
    text = re.sub(r"<[^>]*>", "", text)
    text = re.sub(r"(?<!\w)(_{1,2})(\S(?:.*?\S)?)\1(?!\w)", r"\2", html.unescape(text))
    text = re.sub(r"\0(\d+)\0", lambda match: code[int(match[1])], text)
    return re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", "-")


def anchors(text):
    """The anchors of a Markdown text."""
    text = without_code_blocks(COMMENT.sub(blank, text))
    found = set(ELEMENT_ID.findall(CODE_SPAN.sub(blank, text)))
    counts = {}
    lines = text.split("\n")
    for number, line in enumerate(lines):
        match = HEADING.match(line)
        if match:
            heading = match[2] or ""
        elif UNDERLINE.match(line) and number and re.match(r" {0,3}[^\s>#|*+-]", lines[number - 1]):
            heading = lines[number - 1]
        else:
            continue
        base = slug(heading)
        count = counts.get(base, 0)
        counts[base] = count + 1
        found.add(f"{base}-{count}" if count else base)
    return found


def links(text):
    """The links of a Markdown text, each as (line, target)."""
    text = CODE_SPAN.sub(blank, without_code_blocks(COMMENT.sub(blank, text)))
    found = []
    for pattern in (INLINE, DEFINITION, ELEMENT_LINK):
        for match in pattern.finditer(text):
            found.append((text.count("\n", 0, match.start(1)) + 1, html.unescape(match[1].strip("<>"))))
    return sorted(found)


def source_files(text):
    """The names of source files in the code spans of a Markdown text, each as (line, path)."""
    text = without_code_blocks(COMMENT.sub(blank, text))
    return [(text.count("\n", 0, match.start()) + 1, match[2].strip())
            for match in CODE_SPAN.finditer(text) if SOURCE_FILE.fullmatch(match[2].strip())]


class Repository:
    """The committed files below a folder."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        listed = subprocess.run(
            ["git", "-C", root, "ls-files", "-z"], check=True, capture_output=True, text=True).stdout.split("\0")
        self.files = {name for name in listed if name}
        self.folders = {parent.as_posix() for name in self.files for parent in pathlib.PurePosixPath(name).parents}

    def markdown(self):
        return sorted(name for name in self.files if name.endswith(".md") and (self.root / name).is_file())

    @functools.cache  # noqa: B019 (one repository for each run)
    def anchors(self, name):
        return anchors((self.root / name).read_text())

    def fault(self, name, target):
        """The fault of a link in a file; None if it has none."""
        if not target:
            return "the link has no target"
        if SCHEME.match(target):
            return None
        path, _, anchor = target.partition("#")
        path = urllib.parse.unquote(path.partition("?")[0])
        anchor = urllib.parse.unquote(anchor)
        if path.startswith("/"):
            place = posixpath.normpath(path.lstrip("/") or ".")
        else:
            place = posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) if path else name
        if place == ".." or place.startswith("../"):
            return f"`{target}` leads out of the repository"
        if place not in self.files and place not in self.folders:
            if (self.root / place).exists():
                return f"`{place}` is not committed"
            return f"`{place}` does not exist" + self.hint(place, self.files | self.folders)
        if anchor and place.endswith(".md") and anchor not in self.anchors(place):
            return f"`{place}` has no heading `#{anchor}`" + self.hint(anchor, self.anchors(place), "#")
        return None

    def source_fault(self, path):
        """The fault of a source file's name; None if it has none."""
        if any(name == path or name.endswith("/" + path) for name in self.files):
            return None
        last = posixpath.basename(path)
        moved = sorted(name for name in self.files if posixpath.basename(name) == last)
        return f"no committed file is called `{path}`" + (f"; did you mean `{moved[0]}`?" if moved else "")

    @staticmethod
    def hint(wanted, known, mark=""):
        close = difflib.get_close_matches(wanted, sorted(known), n=1, cutoff=0.6)
        return f"; did you mean `{mark}{close[0]}`?" if close else ""


def main(arguments):
    root = subprocess.run(
        ["git", "rev-parse", "--show-toplevel"], check=True, capture_output=True, text=True,
        cwd=pathlib.Path(__file__).resolve().parent).stdout.strip()
    repository = Repository(root)
    names = [posixpath.relpath(pathlib.Path(name).resolve(), root) for name in arguments] or repository.markdown()
    faults = 0
    for name in names:
        text = (repository.root / name).read_text()
        found = [(line, repository.fault(name, target)) for line, target in links(text)]
        if name.startswith(ABOUT_CODE):
            found += [(line, repository.source_fault(path)) for line, path in source_files(text)]
        for line, fault in sorted((line, fault) for line, fault in found if fault):
            faults += 1
            print(f"{name}:{line}: {fault}", file=sys.stderr)
    if faults:
        print(f"{faults} broken {'link' if faults == 1 else 'links'}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
