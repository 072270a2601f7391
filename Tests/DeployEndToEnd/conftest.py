import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
for suite in ("DaemonEndToEnd", "RelayEndToEnd", "StatusEndToEnd"):
    sys.path.insert(0, str(TESTS / suite))
