"""Copies of sample-repo, and changes of them."""

import re
import shutil

from support.program import ROOT

SAMPLE = ROOT / "sample-repo"


def copy_sample(folder, ports=0):
    """Copies sample-repo to a new folder.

    `ports` is added to the ports of its relays, so that they run beside those of another copy."""
    shutil.copytree(SAMPLE, folder)
    if ports:
        for path in folder.rglob("*.yaml"):
            text = path.read_text()
            path.write_text(re.sub(r"\b30[0-5]\d\d\b(?!-32767)", lambda found: str(int(found[0]) + ports), text))
    return folder


def edit(folder, path, old, new, count=-1):
    """Replaces a text of a file. The text must occur."""
    file = folder / path
    text = file.read_text()
    assert old in text, (path, old)
    file.write_text(text.replace(old, new, count))


def give_key(folder, path, public):
    """Replaces the SSH keys of a user's document by one."""
    file = folder / path
    text = re.sub(r"- ssh-ed25519 \S+", f"- {public}", file.read_text())
    if "sshKeys:" not in text:
        text = text.replace("  identities:\n", f"  identities:\n    sshKeys:\n      - {public}\n")
    assert public in text, path
    file.write_text(text)
