"""Commands of a page of the documents, as tests run them."""

import re

from support.program import ROOT


class Page:
    """A page, by its sections."""

    def __init__(self, path):
        self.path = path
        text = (ROOT / path).read_text()
        parts = re.split(r"^#{2,4} (.+)$", text, flags=re.MULTILINE)
        self.sections = dict(zip(parts[1::2], parts[2::2]))

    def blocks(self, section):
        """The shell commands of a section: a text for each block."""
        return re.findall(r"^ *```sh\n(.*?)^ *```$", self.sections[section], flags=re.MULTILINE | re.DOTALL)

    def block(self, section, words=""):
        """The only block of a section that has these words."""
        (found,) = [block for block in self.blocks(section) if words in block]
        return found
