#!/usr/bin/env python3
"""Tests of the word lint: what it reads, and what it skips."""

import unittest

from words import PATTERN, literals, prose


class Words(unittest.TestCase):
    def test_words_are_found(self):
        for text in ("It stands here", "made anew", "Whoever may", "by another hand", "was told", "this is no key", "that is none"):
            with self.subTest(text):
                self.assertTrue(PATTERN.search(text))

    def test_others_are_not(self):
        for text in ("there is no key", "it is no longer declared", "it understands", "a standard", "retold", "nobody"):
            with self.subTest(text):
                self.assertFalse(PATTERN.search(text))

    def test_code_in_documents_is_passed_over(self):
        self.assertEqual(list(prose("a `stands` b\n```\nanew\n```\nc\n")), [(1, "a ` b"), (5, "c")])

    def test_literals_are_read_and_comments_are_not(self):
        text = '// "anew"\nlet a = "one \\" two" + "three"\nlet b = """\n  long\n  """\n'
        self.assertEqual(list(literals(text)), [(2, '"one \\" two"'), (2, '"three"'), (4, "  long")])


if __name__ == "__main__":
    unittest.main()
