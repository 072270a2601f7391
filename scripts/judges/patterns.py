#!/usr/bin/env python3
"""Reads [[pattern, text], …] from standard input and prints the list of verdicts, by the rules of ECMA-262 for `$`."""
import json
import re
import sys

print(json.dumps([bool(re.search(re.sub(r"\$$", r"\\Z", pattern), text)) for pattern, text in json.load(sys.stdin)]))
