"""Manual pages, from what a program says of its own command line."""

import json
import re
import subprocess

# A line of capitals.
HEADING = r"[A-Z][A-Z ]+(\n|$)"


def described(program):
    """The command line as the argument parser describes it."""
    result = subprocess.run([program, "--experimental-dump-help"], check=True, capture_output=True, text=True)
    return json.loads(result.stdout)["command"]


def pages(program, section, release):
    """All pages of a program, by the name of their file: one for the program and one for each of its commands."""
    found = {}

    def visit(command, names):
        if not command.get("shouldDisplay", True) or names[1:] == ["help"]:
            return
        found[f"{'-'.join(names)}.{section}"] = Page(command, names, section, release).text
        for child in command.get("subcommands", []):
            visit(child, [*names, child["commandName"]])

    root = described(program)
    visit(root, [root["commandName"]])
    return found


def escaped(text):
    """Text of a line: no part of it is a request or an escape of roff."""
    text = text.replace("\\", "\\(rs").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga").replace("^", "\\(ha").replace("~", "\\(ti")
    text = text.replace('"', "\\(dq")
    return re.sub(r"[^\x00-\x7f]", lambda match: f"\\[u{ord(match[0]):04X}]", text)


class Page:
    """A page: what it is, its arguments, and its text. The text has a blank line between paragraphs; what is indented or
    below a heading in capitals keeps its layout."""

    def __init__(self, command, names, section, release):
        self.lines = []
        title = "-".join(names)
        date, version = release.timestamp[:10], release.version.split("+")[0]
        self.lines.append(f'.TH {escaped(title.upper())} {section} {date} "wpex {escaped(version)}" "wpex"')
        self.heading("name")
        self.lines.append(f"{escaped(title)} \\- {escaped(command.get('abstract', '').rstrip('.') or title)}")
        arguments = [argument for argument in command.get("arguments", []) if argument.get("shouldDisplay", True)]
        children = [child for child in command.get("subcommands", []) if child.get("shouldDisplay", True) and child["commandName"] != "help"]
        self.heading("synopsis")
        self.lines.append(f".B {escaped(' '.join(names))}")
        for argument in arguments:
            self.lines.append(synopsis(argument))
        if children:
            self.lines.append(r"\fIcommand\fR \&...")
        if command.get("discussion"):
            self.discussion(command["discussion"])
        groups = {}
        for argument in arguments:
            heading = argument.get("sectionTitle") or ("arguments" if argument["kind"] == "positional" else "options")
            groups.setdefault(heading, []).append(argument)
        for heading, members in groups.items():
            self.heading(heading)
            for argument in members:
                self.item(label(argument), details(argument))
        if children:
            self.heading("commands")
            for child in children:
                name = "-".join([*names, child["commandName"]])
                self.item(f"\\fB{escaped(name)}\\fR({section})", child.get("abstract", ""))
        if len(names) > 1:
            self.heading("see also")
            self.lines.append(f"\\fB{escaped('-'.join(names[:-1]))}\\fR({section})")

    @property
    def text(self):
        return "\n".join(self.lines) + "\n"

    def heading(self, text):
        self.lines.append(f".SH {escaped(text.upper())}")

    def item(self, term, text):
        self.lines += [".TP", term, r"\&" + escaped(" ".join(text.split()))]

    def discussion(self, text):
        if not re.match(HEADING, text):
            self.heading("description")
        is_literal = False
        for line in text.split("\n"):
            is_heading = re.match(HEADING, line) is not None
            wants_literal = line.startswith(" ") or (is_literal and line != "" and not is_heading)
            if wants_literal != is_literal:
                self.lines.append(".nf" if wants_literal else ".fi")
                is_literal = wants_literal
            if is_heading:
                self.heading(line)
            else:
                self.lines.append(r"\&" + escaped(line) if line else ".PP")
        if is_literal:
            self.lines.append(".fi")


def spelled(name):
    return ("-" if name["kind"] in ("short", "longWithSingleDash") else "--") + name["name"]


def value(argument):
    return f"\\fI{escaped(argument.get('valueName', 'value'))}\\fR"


def synopsis(argument):
    if argument["kind"] == "positional":
        text = value(argument)
    else:
        text = f"\\fB{escaped(spelled(argument['preferredName']))}\\fR" + ("" if argument["kind"] == "flag" else f" {value(argument)}")
    text += r"\ \&..." if argument.get("isRepeating") else ""
    return f"[{text}]" if argument.get("isOptional") else text


def label(argument):
    if argument["kind"] == "positional":
        return value(argument)
    names = list(dict.fromkeys(spelled(name) for name in sorted(argument["names"], key=lambda name: name["kind"] == "long")))
    return ", ".join(f"\\fB{escaped(name)}\\fR" for name in names) + ("" if argument["kind"] == "flag" else f" {value(argument)}")


def details(argument):
    text = argument.get("abstract", "")
    if argument.get("discussion"):
        text += " " + argument["discussion"]
    values = argument.get("allValues", argument.get("allValueStrings"))
    if argument.get("defaultValue"):
        text += f" Default: {argument['defaultValue']}."
    if values:
        text += f" Values: {', '.join(values)}."
    return text.strip()
