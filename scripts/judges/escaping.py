"""Reads what wpex wrote in another language with a reader of that language, and compares it with the text meant.

    escaping.py LANGUAGE FILE

A line of the file is the text and its written form, both as hexadecimal UTF-8. One process reads all of them.
"""

import csv
import html.parser
import io
import json
import re
import sqlite3
import subprocess
import sys
import tempfile
import unicodedata
import urllib.parse
import xml.etree.ElementTree


def unshown(text):
    """Undoes `<U+1B>`."""
    return re.sub(r"<U\+([0-9A-F]+)>", lambda match: chr(int(match[1], 16)), text)


def is_hidden(character):
    return unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp")


def on_one_line(text):
    return len(text.splitlines()) <= 1


def terminal(pairs):
    for text, written in pairs:
        yield unshown(written) == text and on_one_line(written) and not any(map(is_hidden, written))


def lines(pairs):
    for text, written in pairs:
        kept = [character for character in written if is_hidden(character)]
        yield unshown(written) == text and set(kept) <= {"\n"}


def read_csv(pairs):
    rows = list(csv.reader(io.StringIO("".join(written for _, written in pairs), newline=""), strict=True))
    if len(rows) != len(pairs):
        yield False
        return
    for (text, _), row in zip(pairs, rows):
        if len(row) != 3 or row[0] != "a" or row[2] != "z":
            yield False
            continue
        seen = "".join(c for c in row[1] if not is_hidden(c)).strip()
        runs = seen[:1] in tuple("=+-@＝＋－＠") or row[1][:1] in tuple("\t\r\n")
        yield row[1] in (text, "'" + text) and (not seen or not runs)


def read_json(pairs):
    for text, written in pairs:
        yield json.loads(written) == text and on_one_line(written) and not any(map(is_hidden, written))


def canonical_json(pairs):
    for text, written in pairs:
        yield json.loads(written) == text and "\n" not in written


def shell(pairs):
    with tempfile.NamedTemporaryFile("wb", suffix=".sh") as script:
        for _, written in pairs:
            script.write(b"printf '%s\\0' " + written.encode() + b"\n")
        script.flush()
        done = subprocess.run(["sh", script.name], capture_output=True, check=True, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"})
    words = done.stdout.split(b"\0")
    yield done.stderr == b"" and len(words) == len(pairs) + 1
    for (text, _), word in zip(pairs, words):
        yield word == text.encode()


def sql_literal(pairs):
    database = sqlite3.connect(":memory:")
    for text, written in pairs:
        yield database.execute("SELECT " + written).fetchall() == [(text,)]


def sql_identifier(pairs):
    database = sqlite3.connect(":memory:")
    for text, written in pairs:
        yield database.execute("SELECT 1 AS " + written).description[0][0] == text


def possible_in_xml(text):
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "\ufffd", text)


def xml_text(pairs):
    for text, written in pairs:
        root = xml.etree.ElementTree.fromstring('<r a="' + written + '">' + written + "<s/></r>")
        yield root.text == possible_in_xml(text) == root.get("a") and len(root) == 1


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.tags, self.text = [], ""

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, attributes))

    def handle_data(self, data):
        self.text += data


def html_text(pairs):
    for text, written in pairs:
        page = Page()
        page.feed('<p title="' + written + '">' + written + "</p>")
        page.close()
        meant = possible_in_xml(text)
        yield page.text == meant and page.tags == [("p", [("title", meant)])]


def workflow_command(pairs):
    """As actions/runner reads lines (ActionCommand.cs): lines as .NET ends them, then properties, then data."""
    for text, written in pairs:
        lines = re.split("\r\n|\r|\n", written)
        found = re.fullmatch("::error (.*?)::(.*)", lines[0], re.DOTALL)
        if len(lines) != 1 or not found:
            yield False
            continue
        properties = dict(part.split("=", 1) for part in found[1].split(","))
        data = found[2].replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
        shown = {
            name: value.replace("%0D", "\r").replace("%0A", "\n").replace("%3A", ":").replace("%2C", ",").replace("%25", "%")
            for name, value in properties.items()
        }
        yield data == text and shown == {"file": text, "line": "1"}


def inline_tokens(markdown):
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark").enable(["table"])
    return [token for token in parser.parse(markdown) if token.type == "inline"]


def kinds(token):
    return [child.type for child in token.children]


def markdown_code(pairs):
    tokens = inline_tokens("".join("- a " + written + " b\n" for _, written in pairs))
    yield len(tokens) == len(pairs)
    for (text, _), token in zip(pairs, tokens):
        yield kinds(token) == ["text", "code_inline", "text"] and unshown(token.children[1].content) == text


def markdown_cell(pairs):
    head = "| a | b | c |\n|---|---|---|\n"
    tokens = inline_tokens(head + "".join("| x | " + written + " | y |\n" for _, written in pairs))[3:]
    yield len(tokens) == 3 * len(pairs)
    for (text, _), token in zip(pairs, tokens[1::3]):
        yield kinds(token) == ["code_inline"] and unshown(token.children[0].content) == text


def markdown_plain(pairs):
    tokens = inline_tokens("".join("- a " + written + " b\n" for _, written in pairs))
    yield len(tokens) == len(pairs)
    for (text, _), token in zip(pairs, tokens):
        yield set(kinds(token)) <= {"text", "text_special"} and unshown(
            "".join(child.content for child in token.children)) == "a " + text + " b"


def dot(pairs):
    """Reads a quoted string of the DOT language. Its lexer unescapes only the quote; the rest are escapes of labels."""
    for text, written in pairs:
        found = re.fullmatch(r'"((?:[^"\\]|\\.)*)"', written, re.DOTALL)
        yield bool(found) and on_one_line(written) and unshown(re.sub(r"\\(.)", r"\1", found[1])) == text


def mermaid(pairs):
    for text, written in pairs:
        found = re.fullmatch(r'"([^"<>&`\\]*)"', written, re.DOTALL)
        yield bool(found) and on_one_line(written) and unshown(
            re.sub(r"#(\d+);", lambda match: chr(int(match[1])), found[1])) == text


def logfmt(pairs):
    for text, written in pairs:
        found = re.fullmatch(r'"((?:[^"\\]|\\.)*)"|([^\s"=\\]+)', written, re.DOTALL)
        if not found or not on_one_line(written) or any(map(is_hidden, written)):
            yield False
            continue
        if found[1] is None:
            yield found[2] == text
            continue
        yield re.sub(
            r"\\(u\{([0-9a-f]+)\}|.)", lambda match: chr(int(match[2], 16)) if match[2] else match[1], found[1]) == text


def prometheus(pairs):
    from prometheus_client.parser import text_string_to_metric_families

    document = "# TYPE m gauge\n" + "".join("m{l=" + written + "} 1\n" for _, written in pairs)
    samples = [sample for family in text_string_to_metric_families(document) for sample in family.samples]
    yield len(samples) == len(pairs)
    for (text, _), sample in zip(pairs, samples):
        yield sample.labels == {"l": text} and sample.value == 1


def yaml_scalar(pairs):
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    values = yaml.load("".join("- " + written + "\n" for _, written in pairs), loader)
    yield len(values) == len(pairs)
    for (text, written), value in zip(pairs, values):
        yield value == text and on_one_line(written)


def url_path(pairs):
    for text, written in pairs:
        yield urllib.parse.unquote_to_bytes(written) == text.encode() and re.fullmatch(r"[A-Za-z0-9._~/%-]*", written) is not None


LANGUAGES = {
    "terminal": terminal, "lines": lines, "csv": read_csv, "json": read_json, "canonicalJSON": canonical_json,
    "shell": shell, "sqlLiteral": sql_literal, "sqlIdentifier": sql_identifier, "xml": xml_text, "html": html_text,
    "workflowCommand": workflow_command, "markdownCode": markdown_code, "markdownCell": markdown_cell,
    "markdownPlain": markdown_plain, "dot": dot, "mermaid": mermaid, "logfmt": logfmt, "prometheus": prometheus,
    "yaml": yaml_scalar, "urlPath": url_path,
}


def main(language, path):
    with open(path, encoding="ascii") as file:
        pairs = [tuple(bytes.fromhex(part).decode() for part in line.rstrip("\n").split("\t")) for line in file]
    verdicts = list(LANGUAGES[language](pairs))
    # Some readers start with a verdict on the whole document.
    wrong = [index - (len(verdicts) - len(pairs)) for index, is_right in enumerate(verdicts) if not is_right]
    for index in wrong[:5]:
        print(f"{language}: " + ("the document as a whole" if index < 0 else ascii(pairs[index])[:2000]))
    if not pairs:
        print("there is nothing to read")
    return 1 if wrong or not pairs else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
