"""The operator's own rules: their expressions beside two other implementations of CEL, and a change that breaks one."""

import json
import random
import re

import pytest

from support.expressions import ERROR, Expressions, by_cel, by_celpy, document, plain
from support.git import begin, commit, git
from support.program import wpex
from support.sample import copy_sample, edit

# Where the judges differ from each other, and which one is right.
#
# - celpy has no equality between types, and none of whole and other numbers: CEL has both since 2022 (spec, "Equality").
# - cel's `size` counts bytes of a text, and CEL counts code points.
# - `has` of a field of something that is missing is false here and in celpy, and an error in cel and in the specification.
#   docs/language.md says so: one question is enough for a whole path.
# - cel ends `all` and `exists` at the first element without a value, and CEL goes on, as it does for `&&` and `||`.
REASONS = {
    "types": lambda text, a, b: a == ERROR and b != ERROR,
    "size": lambda text, a, b: "size(" in text,
    "path": lambda text, a, b: re.search(r"has\(spec\.(nothing\.x|o\.)|has\(metadata", text) is not None,
    "elements": lambda text, a, b: b == ERROR and re.search(r"\.(all|exists)\(", text) is not None,
}


@pytest.mark.parametrize("seed", range(8))
def test_expressions_have_the_values_of_other_implementations(seed, tmp_path):
    source = random.Random(seed)
    expressions = Expressions(source)
    agreed = differed = 0
    for number in range(6):
        contents, old = document(source), document(source) if source.random() < 0.5 else None
        file, before = tmp_path / f"{number}.yaml", tmp_path / f"{number}-old.yaml"
        file.write_text(json.dumps(contents, ensure_ascii=False))
        texts = [expressions.bool(source.randint(1, 3)) for _ in range(25)]
        options = []
        if old is not None:
            before.write_text(json.dumps(old, ensure_ascii=False))
            options = ["--old", before]
        result = wpex("rule", "eval", "--any", "--json", "--document", file, *options, "--", *texts, check=False)
        assert result.returncode in (0, 1), result.stderr
        context = {**contents, "old": old}
        for text, ours in zip(texts, json.loads(result.stdout), strict=True):
            assert ours["expression"] == text and "mistakes" not in ours, ours
            ours = plain(ours["value"]) if "value" in ours else ERROR
            a, b = by_celpy(text, context), by_cel(text, context)
            if a == b:
                agreed += 1
                assert ours == a, (text, context)
            else:
                differed += 1
                assert any(reason(text, a, b) for reason in REASONS.values()), (text, context, a, b)
                assert ours in (a, b), (text, context, ours, a, b)
    assert agreed > 4 * differed, (agreed, differed)


RULE = """  rules:
    - name: ports-stay
      kind: Relay
      severity: error
      text: a relay keeps its port.
      expression: old == null || old.spec.port == spec.port
      examples:
        pass: [{ spec: { port: 30101 } }]
        fail: [{ old: { spec: { port: 30101 } }, spec: { port: 30109 } }]
"""


def test_a_change_that_breaks_a_rule_is_refused_before_it_is_merged(tmp_path):
    """`check`, `plan` and `validate --base` refuse it, whoever makes it; without a base, nothing is compared."""
    repo = tmp_path / "repo"
    copy_sample(repo)
    edit(repo, "platform.yaml", "  rules:\n", RULE)
    begin(repo)
    edit(repo, "orgs/acme/relays/milan-1.yaml", "port: 30101", "port: 30109")
    commit(repo, "Move a port")
    base = ("--repo", repo, "--base", "HEAD~1")
    check = wpex("check", *base, "--actor", "user:anna-lindqvist", "--json", check=False)
    assert check.returncode == 1, check.stderr
    (denied,) = json.loads(check.stdout)["diagnostics"]
    assert denied["code"] == "WPX1462" and "breaks the rule `ports-stay`: a relay keeps its port" in denied["message"]
    assert wpex("plan", *base, check=False).returncode == 1
    assert "WPX1462" in wpex("validate", *base, check=False).stderr
    assert wpex("validate", "--repo", repo).returncode == 0
    # The other of the two documents is not compared: only its comment changed.
    git("reset", "-q", "--hard", "HEAD~1", cwd=repo)
    edit(repo, "orgs/acme/relays/milan-1.yaml", "kind: Relay", "kind: Relay  # as before")
    assert wpex("validate", "--repo", repo, "--base", "HEAD").returncode == 0
    # An editing command refuses what a merge would.
    moved = wpex("relay", "set", "acme/turin-1", "port=30119", "--repo", repo, check=False)
    assert moved.returncode == 1 and "WPX1462" in moved.stderr


def test_a_mistake_in_an_expression_is_shown_where_it_is(tmp_path):
    repo = tmp_path / "repo"
    copy_sample(repo)
    relay = repo / "orgs/acme/relays/milan-1.yaml"
    assert wpex("rule", "eval", "--document", relay, "spec.port == 30101").stdout == "spec.port == 30101\n  true\n"
    wrong = wpex("rule", "eval", "--document", relay, "spec.prot > 1", check=False)
    assert wrong.returncode == 1
    assert "Relay.spec has no field `prot`" in wrong.stdout and "did you mean `port`?" in wrong.stdout
    wrong = wpex("rule", "eval", "--any", "--document", "-", "spec.x < 'a'", input="spec: { x: 1 }", check=False)
    assert wrong.returncode == 1 and "has no value: a number and a text have no order" in wrong.stdout
