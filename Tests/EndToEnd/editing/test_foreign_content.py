"""Files whose contents are replaced by something else: each is reported once."""

import json

import pytest

CONFLICT = "<<<<<<< HEAD\n  state: stopped\n=======\n  state: running\n>>>>>>> side\n"


@pytest.mark.parametrize("content, words", [
    (lambda text: text.replace("spec:\n", "spec:\n" + CONFLICT).encode(), "has an unresolved merge conflict"),
    (lambda text: text.replace("spec:\n", "spec:\n" + CONFLICT).replace("\n", "\r\n").encode(), "has an unresolved merge conflict"),
    (lambda text: b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 12345\n", "is a Git LFS pointer"),
    (lambda text: b"\0GITCRYPT\0" + bytes(range(200)), "is encrypted by git-crypt"),
    (lambda text: text.encode("utf-16"), "is UTF-16"),
    (lambda text: text.encode("utf-16-le"), "is UTF-16"),
    (lambda text: text.encode("utf-16-be"), "is UTF-16"),
], ids=["conflict", "conflict CRLF", "LFS", "git-crypt", "UTF-16", "UTF-16LE", "UTF-16BE"])
def test_what_is_not_the_file_itself_is_named_once(work, content, words):
    path = work.repo / "orgs/acme/relays/milan-guests.yaml"
    path.write_bytes(content(path.read_text()))
    found = json.loads(work.wpex("validate", "--format", "json", "--now", "2026-11-25", status=1).stdout)["diagnostics"]
    found = [one for one in found if "milan-guests.yaml" in json.dumps(one.get("location", one))]
    assert len(found) == 1 and words in found[0]["message"]
