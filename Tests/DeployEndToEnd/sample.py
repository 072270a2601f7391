"""sample-repo with other ports, so that its relays run beside those of another test."""

import re
import shutil

from daemon import ROOT


def copy(folder, thousands="31"):
    shutil.copytree(ROOT / "sample-repo", folder)
    for path in folder.rglob("*.yaml"):
        path.write_text(re.sub(r"\b30(\d{3})\b", rf"{thousands}\1", path.read_text()))
    return folder
