"""What somebody typed and read, as a page: commands with their output, without what differs between two runs."""

import re
import subprocess
import textwrap

# Ids of commits and hashes get numbers in the order in which they are seen.
_HEXADECIMAL = re.compile(r"\b(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{12}|[0-9a-f]{7,8})\b")
# As long as what they replace, so that tables stay tables.
_PLAIN = [
    (re.compile(r"\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"), "2026-11-28T09:00:00.000Z"),
    (re.compile(r"\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "2026-11-28T09:00:00Z"),
    (re.compile(r"-[0-9a-f]{8,10}-[a-z0-9]{5}\b"), "-pod"),
    (re.compile(r"\bserial \d+"), "serial 1795824000000"),
]


class Transcript:
    """A page in Markdown that grows with the run.

    `names` are texts of this run and what the page has instead, such as ports and folders."""

    def __init__(self, environment):
        self.environment, self.names = environment, {}
        self.parts, self.seen = [], {}

    def chapter(self, title, prose):
        print(f"\n── {title}", flush=True)
        self.parts.append(f"## {title}\n\n{_paragraphs(prose)}")

    def say(self, prose):
        self.parts.append(_paragraphs(prose))

    def run(self, command, cwd=None, shows=None, status=0):
        """Runs a command line as somebody would at a terminal; returns its output.

        `shows` selects the lines of its output that the page has: a function, or None for all."""
        result = subprocess.run(
            ["bash", "-c", command], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=self.environment, timeout=120)
        return self.ran(command, result, shows, status)

    def ran(self, command, result, shows=None, status=0):
        """Shows a command that has ended with a status; None for any."""
        assert status in (None, result.returncode), f"{command}: {result.returncode}\n{result.stdout}"
        self.show(command, result.stdout, shows)
        return result.stdout

    def show(self, command, output, shows=None):
        """Shows a command that something else ran, with its output."""
        lines = output.rstrip("\n").splitlines()
        shown = lines if shows is None else list(shows(lines))
        print(f"$ {command}\n" + "\n".join(shown), flush=True)
        text = "\n".join([f"$ {command}", *shown])
        self.parts.append(f"```console\n{self.plain(text)}\n```")

    def plain(self, text):
        """A text without what differs between two runs."""
        for name, instead in sorted(self.names.items(), key=lambda pair: -len(pair[0])):
            text = text.replace(name, instead)
        for pattern, instead in _PLAIN:
            text = pattern.sub(instead, text)
        return _HEXADECIMAL.sub(self.numbered, text)

    def numbered(self, found):
        # A short id is the beginning of a long one.
        known = next((number for id, number in self.seen.items() if id.startswith(found[0]) or found[0].startswith(id)), None)
        if known is None:
            known = self.seen[found[0]] = len(self.seen) + 1
        return f"{known:x}".rjust(2, "0").ljust(len(found[0]), "0")

    @property
    def page(self):
        return "\n\n".join(self.parts) + "\n"


def containing(*words):
    """Selects the lines with one of some words."""
    return lambda lines: [line for line in lines if any(word in line for word in words)]


def _paragraphs(prose):
    paragraphs = re.split(r"\n\s*\n", textwrap.dedent(prose).strip())
    return "\n\n".join(textwrap.fill(" ".join(paragraph.split()), 128, break_long_words=False, break_on_hyphens=False) for paragraph in paragraphs)
