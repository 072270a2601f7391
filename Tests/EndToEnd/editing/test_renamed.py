"""A sealed value belongs to one document: after a rename, `wpex validate` says what to seal again."""

import re

import pytest

NOW = ["--now", "2026-11-25"]


def rename(work, old, new):
    work.git("mv", f"orgs/{old}", f"orgs/{new}")
    for path in (work.repo / f"orgs/{new}").rglob("*.yaml"):
        path.write_text(path.read_text().replace(f"name: {old}\n", f"name: {new}\n"))


def hints(work, *arguments, status=0):
    said = work.wpex("validate", *NOW, *arguments, status=status).stderr
    return [line for line in said.splitlines() if line.startswith("note: ")]


def test_an_organization_that_is_renamed(work):
    assert hints(work) == []
    rename(work, "initech", "initrode")
    said = hints(work)
    assert said[0].startswith(
        "note: the identity of Organization initrode was sealed for Organization initech, and opens there only"), said
    assert "`wpex org identity initrode --identity FILE`" in said[0]
    # Its sealed keys were sealed for the old name, too.
    assert len(said) > 1 and all("was sealed for Key initech/" in line for line in said[1:]), said
    assert "wpex key seal initrode/" in said[1]
    work.git("add", "-A")
    assert hints(work, "--staged") == said
    work.git("commit", "-qm", "Rename")
    assert hints(work) == [], "the commit stands; what does not open, the daemon says"
    assert hints(work, "--rev", "HEAD") == said
    assert hints(work, "--base", "HEAD~1") == said
    assert hints(work, "--rev", "HEAD", "--base", "HEAD~1") == said


def test_a_key_that_is_renamed(work):
    path = next(path for path in (work.repo / "orgs/initech/keys").glob("*.yaml") if "sealedKey" in path.read_text())
    text = path.read_text()
    name = text.split("name: ")[1].split("\n")[0].split(",")[0].strip()
    path.write_text(text.replace(f"name: {name}", "name: another-name", 1))
    for relay in (work.repo / "orgs/initech/relays").glob("*.yaml"):
        relay.write_text(relay.read_text().replace(name, "another-name"))
    said = hints(work)
    assert said == [
        f"note: the sealed key of Key initech/another-name was sealed for Key initech/{name}, and opens there only: seal it "
        "again with `wpex key seal initech/another-name --public-key KEY`"]


def test_what_is_sealed_again_needs_no_hint(work):
    rename(work, "acme", "acme-2")
    # wpex does not seal to the platform's demonstration identity.
    work.wpex("identity", "new", "--out", work.folder / "platform.identity")
    recipient = re.search(r"age1[0-9a-z]+", (work.folder / "platform.identity").read_text()).group()
    platform = work.repo / "platform.yaml"
    platform.write_text(re.sub(r"age1[0-9a-z]+", recipient, platform.read_text()))
    assert any("Organization acme-2" in line for line in hints(work))
    work.wpex("org", "identity", "acme-2", "--identity", work.folder / "acme-2.identity")
    assert not any("Organization acme-2" in line for line in hints(work))


@pytest.mark.parametrize("edit", ["move", "comment"])
def test_a_document_that_keeps_its_name_needs_nothing(work, edit):
    path = next(path for path in (work.repo / "orgs/initech/keys").glob("*.yaml") if "sealedKey" in path.read_text())
    if edit == "move":
        path.rename(path.with_name("elsewhere.yaml"))
    else:
        path.write_text("# A note.\n" + path.read_text())
    assert hints(work) == []
