"""Tests of the tool: texts, refusals, and the restoring of files."""

import pathlib
import subprocess
import tempfile
import unittest

import mutations
from mutations import Mutation, Switched, Unusable, mutated


def mutation(number, old, new, **more):
    return Mutation(number=number, area="x", what="x", file="a.swift", old=old, new=new, tests=["x"], **more)


class Texts(unittest.TestCase):
    def test_expressions_and_statements_become_branches(self):
        text = "guard a == b else { return }\nnote()\n"
        switched = mutated("a.swift", text, [mutation(1, "a == b", "true"), mutation(2, "note()", "_ = a", form="statement")])
        self.assertIn("guard (wpexMutant(1) ? (true) : (a == b)) else", switched)
        self.assertIn("if wpexMutant(2) { _ = a } else { note() }", switched)
        self.assertIn("WPEX_MUTANT", switched)

    def test_two_of_one_place_share_it(self):
        switched = mutated("a.swift", "x = a == b", [mutation(1, "a == b", "true"), mutation(2, "a == b", "false")])
        self.assertEqual(switched.count("a == b"), 1)
        self.assertIn("wpexMutant(1)", switched)
        self.assertIn("wpexMutant(2)", switched)

    def test_a_longer_text_says_which(self):
        switched = mutated("a.swift", "f(a); g(a)", [mutation(1, "a", "b", within="g(a)")])
        self.assertTrue(switched.startswith("f(a); g((wpexMutant(1) ? (b) : (a)))"))

    def test_stale_and_overlapping_ones_are_refused(self):
        for old, more in (("missing", {}), ("a", {}), ("a", {"within": "missing"}), ("a", {"within": "f(a); g(a)"})):
            with self.assertRaisesRegex(Unusable, "stale"):
                mutated("a.swift", "f(a); g(a)", [mutation(1, old, "b", **more)])
        with self.assertRaisesRegex(Unusable, "overlap"):
            mutated("a.swift", "abc", [mutation(1, "ab", "x"), mutation(2, "bc", "x")])

    def test_every_table_is_read_and_fits(self):
        found = mutations.read_tables()
        self.assertGreaterEqual(len(found), 60)
        for path, text in mutations.texts_with_switches(found).items():
            self.assertIn("wpexMutant(", text, path)


class Files(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.root, mutations.ROOT = mutations.ROOT, pathlib.Path(self.folder.name)
        self.file = mutations.ROOT / "a.swift"
        self.file.write_text("as it was")
        for command in (["init", "-q"], ["add", "-A"], ["-c", "user.name=T", "-c", "user.email=t@example.org", "commit", "-qm", "x"]):
            subprocess.run(["git", "-C", self.folder.name, *command], check=True)

    def tearDown(self):
        mutations.ROOT = self.root
        self.folder.cleanup()

    def test_they_are_put_back_whatever_happens(self):
        for failure in (RuntimeError, KeyboardInterrupt, SystemExit):
            with self.assertRaises(failure), Switched({self.file: "switched"}):
                self.assertEqual(self.file.read_text(), "switched")
                raise failure()
            self.assertEqual(self.file.read_text(), "as it was")

    def test_changes_that_are_not_committed_are_not_lost(self):
        self.file.write_text("somebody's work")
        with self.assertRaisesRegex(Unusable, "not committed"), Switched({self.file: "switched"}):
            self.fail("it began")
        self.assertEqual(self.file.read_text(), "somebody's work")


if __name__ == "__main__":
    unittest.main()
