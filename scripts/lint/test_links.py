#!/usr/bin/env python3
"""Tests of the link checker: links, anchors and their faults."""

import pathlib
import subprocess
import tempfile
import unittest

from links import Repository, anchors, links, slug, source_files


class Anchors(unittest.TestCase):
    def test_slugs_are_githubs(self):
        for heading, anchor in [
            ("What a pass does", "what-a-pass-does"),
            ("How to add …", "how-to-add-"),
            ("`policy.maxDeletions`: how many", "policymaxdeletions-how-many"),
            ("Relay.spec.port", "relayspecport"),
            ("snake_case and _emphasis_", "snake_case-and-emphasis"),
            ("A [link](x.md#y) in it", "a-link-in-it"),
            ("A & B &amp; C", "a--b--c"),
            ("Città", "città"),
            ("1. One, two", "1-one-two"),
            ("`<region>` in code", "region-in-code"),
        ]:
            with self.subTest(heading):
                self.assertEqual(slug(heading), anchor)

    def test_headings_are_found(self):
        text = "# One\n\nTwo\n===\n\n## One ##\n```\n# code\n```\n<a id=\"three\"></a>\n<!-- # four -->\n| a |\n|---|\n"
        self.assertEqual(anchors(text), {"one", "two", "one-1", "three"})


class Links(unittest.TestCase):
    def test_links_are_found_with_their_lines(self):
        text = (
            "[a](a.md)\n![b](b.png \"B\")\n[c]: <c d.md>\n<img src='d.svg'> [e](e_(1).md)\n`[no](no.md)`\n"
            "```md\n[no](no.md)\n```\n- x\n  ~~~\n  [no](no.md)\n  ~~~\n<!-- [no](no.md) -->\n[![f](f.svg)](g.md)\n[h]( #h )\n"
        )
        self.assertEqual(links(text), [
            (1, "a.md"), (2, "b.png"), (3, "c d.md"), (4, "d.svg"), (4, "e_(1).md"), (14, "f.svg"), (14, "g.md"), (15, "#h")])


    def test_names_of_source_files_are_found(self):
        text = "`A/b.swift`, `c+d.swift`\n`x.y` `swift build` `A/*.swift` b.swift `run.py`\n```\n`no.swift`\n```\n"
        self.assertEqual(source_files(text), [(1, "A/b.swift"), (1, "c+d.swift"), (2, "run.py")])


class Faults(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        root = pathlib.Path(self.folder.name)
        (root / "docs").mkdir()
        (root / "docs/a.md").write_text("# Here\n")
        (root / "read me.md").write_text("# There\n# There\n")
        (root / "code.swift").write_text("")
        (root / "docs/sub.swift").write_text("")
        for command in (["init", "-q"], ["add", "-A"]):
            subprocess.run(["git", "-C", self.folder.name, *command], check=True)
        (root / "later.md").write_text("")
        self.repository = Repository(self.folder.name)

    def tearDown(self):
        self.folder.cleanup()

    def test_what_leads_somewhere_is_right(self):
        for target in ["#here", "a.md", "../read%20me.md#there-1", "/docs/a.md#here", "..", "https://example.org/x#y",
                       "mailto:a@example.org", "../code.swift#L10", "//example.org"]:
            with self.subTest(target):
                self.assertIsNone(self.repository.fault("docs/a.md", target))

    def test_a_source_file_is_named_by_the_end_of_its_path(self):
        for path in ["code.swift", "sub.swift", "docs/sub.swift"]:
            self.assertIsNone(self.repository.source_fault(path))
        self.assertIn("no committed file is called `ub.swift`", self.repository.source_fault("ub.swift"))
        self.assertIn("did you mean `docs/sub.swift`?", self.repository.source_fault("code/sub.swift"))

    def test_what_leads_nowhere_is_named(self):
        for target, reason in [
            ("#her", "has no heading `#her`; did you mean `#here`?"),
            ("b.md", "`docs/b.md` does not exist; did you mean `docs/a.md`?"),
            ("A.md", "does not exist"),
            ("../read%20me.md#there-2", "has no heading"),
            ("../../x", "leads out of the repository"),
            ("../later.md", "`later.md` is not committed"),
            ("", "no target"),
        ]:
            with self.subTest(target):
                self.assertIn(reason, self.repository.fault("docs/a.md", target) or "")


if __name__ == "__main__":
    unittest.main()
