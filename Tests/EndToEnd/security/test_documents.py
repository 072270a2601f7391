"""The tests that docs/security.md cites as evidence exist."""

import re

import pytest

from support.program import ROOT

TEXT = (ROOT / "docs/security.md").read_text()
TABLE = re.search(r"<!-- begin mechanisms -->\n(.*)<!-- end mechanisms -->", TEXT, re.S).group(1)
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in TABLE.splitlines() if line.startswith("|")][2:]


def there(name):
    """Whether a test exists: `Tests/….py::test_name`, or `ModuleTests.SuiteTests/test` of Swift."""
    python = re.fullmatch(r"(Tests/\S+\.py)(?:::(\w+))?", name)
    if python:
        file = ROOT / python[1]
        return file.is_file() and (not python[2] or re.search(rf"^def {python[2]}\(", file.read_text(), re.M) is not None)
    swift = re.fullmatch(r"(\w+Tests)\.(\w+)(?:/(\w+))?", name)
    if not swift:
        return False
    for file in (ROOT / "Tests").glob(f"**/{swift[1]}/**/*.swift"):
        text = file.read_text()
        if re.search(rf"\b(?:struct|class|enum|extension) {swift[2]}\b", text) and (
                not swift[3] or re.search(rf"\bfunc {swift[3]}\b", text)):
            return True
    return False


def test_the_table_is_there():
    assert len(ROWS) >= 25
    assert all(len(row) == 3 for row in ROWS), [row for row in ROWS if len(row) != 3]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:40])
def test_every_row_names_tests_that_are_there(row):
    names = re.findall(r"`([^`]+)`", row[2])
    assert names, row
    for name in names:
        assert there(name), name


@pytest.mark.parametrize("name", [
    "Tests/EndToEnd/security/test_documents.py::no_such_test", "Tests/Nowhere/test_x.py", "RelayCoreTests.NoTests", "RelayCoreTests.AbuseTests/nothing", "words"])
def test_a_name_of_nothing_is_found(name):
    assert not there(name)
    assert there("RelayCoreTests.AbuseTests/twoPacketsMoveNothing")


def test_links_of_the_document_lead_somewhere():
    headings = {re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).replace(" ", "-") for line in TEXT.splitlines() if line.startswith("#")}
    for target in re.findall(r"\]\(([^)]+)\)", TEXT):
        path, _, anchor = target.partition("#")
        if path:
            assert (ROOT / "docs" / path).is_file(), target
        elif anchor:
            assert anchor in headings, target
