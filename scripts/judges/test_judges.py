#!/usr/bin/env python3
"""Each checker must reject something wrong: one that accepts everything proves nothing."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent


def judge(name, *arguments):
    return subprocess.run([sys.executable, HERE / name, *arguments], capture_output=True, text=True).returncode


class Judges(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def file(self, name, text):
        path = pathlib.Path(self.folder.name) / name
        path.write_text(text)
        return str(path)

    def test_manifests(self):
        good = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: x\n"
        self.file("x.yaml", good)
        self.assertEqual(judge("manifests.py", self.folder.name), 0)
        self.file("x.yaml", good + "spec:\n  unknown: 1\n")
        self.assertEqual(judge("manifests.py", self.folder.name), 1)

    def test_sarif(self):
        schema = HERE.parents[2] / "shared/vectors/sarif-schema-2.1.0.json"
        if not schema.exists():
            self.skipTest(f"{schema} is missing; it is of https://github.com/oasis-tcs/sarif-spec")
        self.assertEqual(judge("sarif.py", self.file("x", json.dumps({"version": "2.1.0"})), str(schema)), 1)

    def test_junit(self):
        xsd = os.environ.get("WPEX_JUNIT_XSD")
        if not xsd:
            self.skipTest("WPEX_JUNIT_XSD is not set")
        self.assertEqual(judge("junit.py", self.file("x", "<testsuites><wrong/></testsuites>"), xsd), 1)

    def test_escaping(self):
        import escaping

        # Special characters of every language, unescaped, each followed by a Unicode mark.
        text = "".join(mark + "\u0301" for mark in "\x1b\n\r\"'`&<,=%:;\\?|")
        for language in escaping.LANGUAGES:
            with self.subTest(language):
                pair = self.file("pairs", "\t".join([text.encode().hex()] * 2) + "\n")
                self.assertEqual(judge("escaping.py", language, pair), 1)
                self.assertEqual(judge("escaping.py", language, self.file("none", "")), 1)


if __name__ == "__main__":
    unittest.main()
