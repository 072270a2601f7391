"""Behaviour that recorded sessions cannot show: start and end of the process, applied edits, and agreement with `wpex
validate`."""

import json
import random
import shutil
import signal
import subprocess

import pytest

from support.editor import CAPABILITIES, NOW, Editor
from support.git import commit, git
from support.program import ROOT, WPEX


def validate(repository, *arguments):
    command = [WPEX, "validate", "--repo", str(repository), *NOW, *arguments]
    return subprocess.run(command, capture_output=True, text=True, env={"NO_COLOR": "1"})


# Life and death


@pytest.mark.parametrize("arguments", [[], ["--stdio"]])
def test_shutdown_and_exit_end_with_zero(repository, arguments):
    with Editor(repository, *arguments) as editor:
        result = editor.start()
        assert result["serverInfo"]["name"] == "wpex"
        assert result["capabilities"]["positionEncoding"] == "utf-16"
        assert editor.stop() == 0


def test_exit_without_shutdown_ends_with_one(editor):
    editor.notify("exit", None)
    assert editor.process.wait(30) == 1


def test_a_client_that_goes_away_ends_the_server(editor):
    editor.process.stdin.close()
    assert editor.process.wait(30) == 1


def test_the_server_ends_with_the_process_that_started_it(repository):
    client = subprocess.Popen(["sleep", "600"])
    with Editor(repository) as editor:
        editor.start(processId=client.pid)
        client.kill()
        client.wait()
        # Standard input stays open.
        assert editor.process.wait(60) == 1


def test_a_process_of_another_world_says_nothing(repository):
    with Editor(repository) as editor:
        editor.start(processId=4_194_303)
        editor.settle()
        assert editor.stop() == 0


def test_a_client_that_reads_no_more_is_survived(repository):
    with Editor(repository) as editor:
        editor.start()
        editor.open("orgs/acme/relays/milan-1.yaml")
        editor.process.send_signal(signal.SIGPIPE)
        editor.settle()
        assert editor.stop() == 0


def test_wrong_command_lines_end_with_two(repository):
    for arguments in (["--now", "yesterday"], ["--repo", "/nonexistent"], ["--port", "1"]):
        outcome = subprocess.run([WPEX, "lsp", *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL)
        assert outcome.returncode == 2 and outcome.stderr
    text = subprocess.run([WPEX, "lsp", "--help"], capture_output=True, text=True).stdout
    assert "EXAMPLES" in text and "docs/editors.md" in text


def test_broken_frames_are_answered_and_passed_over(editor):
    for frame in (b"Content-Length: x\r\n\r\n", b"Nonsense\r\n\r\n", b"Content-Length: 3\r\n\r\n{{{", b"Content-Length: 2\r\n\r\n[]"):
        editor.send_raw(frame)
    errors = [editor.answer(None)["error"]["code"] for _ in range(1)]
    editor.settle()
    assert errors[0] in (-32700, -32600)
    assert editor.stop() == 0


def test_a_recorded_stream_may_come_in_one_piece(repository):
    """All messages at once, before any response: each request is still answered, in order."""
    uri = (repository / "orgs/acme/relays/milan-1.yaml").as_uri()
    text = (repository / "orgs/acme/relays/milan-1.yaml").read_text()
    place = {"textDocument": {"uri": uri}, "position": {"line": 8, "character": 3}}
    messages = [
        {"id": 1, "method": "initialize", "params": {"rootUri": repository.as_uri(), "capabilities": CAPABILITIES}},
        {"method": "initialized", "params": {}},
        {"method": "textDocument/didOpen", "params": {"textDocument": {"uri": uri, "languageId": "yaml", "version": 1, "text": text}}},
        {"id": 2, "method": "textDocument/hover", "params": place},
        {"id": "three", "method": "textDocument/completion", "params": place},
        {"id": 4, "method": "shutdown"},
        {"method": "exit"},
    ]
    stream = b""
    for message in messages:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        stream += b"Content-Length: %d\r\n\r\n" % len(body) + body
    outcome = subprocess.run([WPEX, "lsp"], input=stream, capture_output=True, cwd=repository)
    assert outcome.returncode == 0 and outcome.stderr == b""
    answers, rest = [], outcome.stdout
    while rest:
        head, rest = rest.split(b"\r\n\r\n", 1)
        size = int(head.split(b":")[1])
        answers.append(json.loads(rest[:size]))
        rest = rest[size:]
    assert [a["id"] for a in answers if "method" not in a] == [1, 2, "three", 4]
    assert "port" in next(a for a in answers if a.get("id") == 2)["result"]["contents"]["value"]


def test_cancellation(repository):
    with Editor(repository) as editor:
        # Sent without a pause, so that the repository is not compiled yet when the cancellation arrives.
        first = editor.ask("initialize", {"rootUri": editor.uri(""), "capabilities": CAPABILITIES})
        asked = editor.ask("workspace/symbol", {"query": "milan"})
        editor.notify("$/cancelRequest", {"id": asked})
        editor.answer(first)
        answer = editor.answer(asked)
        # A fast server may have answered before.
        assert answer.get("error", {}).get("code") == -32800 or answer["result"]
        editor.settle()
        assert editor.stop() == 0


# The repository


def test_watchers_are_registered(editor):
    editor.settle()
    registration = editor.asked[0]["params"]["registrations"][0]
    assert registration["method"] == "workspace/didChangeWatchedFiles"
    assert {"globPattern": "**/*.yaml"} in registration["registerOptions"]["watchers"]


def test_problems_of_files_that_nobody_opened_are_shown_and_taken_back(editor):
    path = "orgs/globex/relays/oslo.yaml"
    text = (editor.root / path).read_text()
    assert editor.all_diagnostics() == {}
    (editor.root / path).write_text(text.replace("region: eu-north", "region: eu-nowhere", 1))
    editor.changed_on_disk(path)
    assert [d["code"] for d in editor.diagnostics(path)] == ["WPX1303"]
    (editor.root / path).write_text(text)
    editor.changed_on_disk(path)
    assert editor.all_diagnostics() == {}


@pytest.mark.parametrize("method, params", [
    ("workspace/didDeleteFiles", lambda uri: {"files": [{"uri": uri}]}),
    ("workspace/didChangeWatchedFiles", lambda uri: {"changes": [{"uri": uri, "type": 3}]}),
])
def test_problems_go_with_the_folder(editor, method, params):
    path = "orgs/globex/relays/oslo.yaml"
    (editor.root / path).write_text((editor.root / path).read_text().replace("region: eu-north", "region: eu-nowhere", 1))
    editor.changed_on_disk(path)
    assert editor.diagnostics(path)
    shutil.rmtree(editor.root / "orgs/globex")
    editor.notify(method, params(editor.uri("orgs/globex")))
    assert editor.diagnostics(path) == []


def test_a_buffer_outweighs_the_disk_until_it_is_closed(editor):
    path = "orgs/acme/relays/turin-1.yaml"
    editor.open(path)
    editor.edit(path, "region: eu-south", "region: nowhere")
    assert [d["code"] for d in editor.diagnostics(path)] == ["WPX1303"]
    editor.changed_on_disk(path)
    assert [d["code"] for d in editor.diagnostics(path)] == ["WPX1303"]
    editor.close(path)
    assert editor.all_diagnostics() == {}


def test_without_news_of_files_a_save_looks_for_them(repository):
    with Editor(repository, capabilities={}) as editor:
        editor.start()
        editor.settle()
        assert editor.asked == []
        path = "orgs/acme/relays/turin-1.yaml"
        editor.open(path)
        (editor.root / "orgs/acme/keys/other.yaml").write_text("kind: Key\n")
        editor.notify("textDocument/didSave", {"textDocument": {"uri": editor.uri(path)}})
        assert editor.diagnostics("orgs/acme/keys/other.yaml")


@pytest.mark.parametrize("place", ["orgs/acme", "..", "."])
def test_the_repository_is_found_from_a_folder_of_it_and_by_name(repository, place):
    arguments = ["--repo", str(repository)] if place == ".." else []
    with Editor(repository, *arguments) as editor:
        root = (repository / place).resolve().as_uri()
        editor.start(workspaceFolders=[{"uri": root, "name": "x"}])
        path = "orgs/acme/relays/turin-1.yaml"
        editor.open(path)
        editor.edit(path, "region: eu-south", "region: nowhere")
        assert [d["code"] for d in editor.diagnostics(path)] == ["WPX1303"]


@pytest.mark.parametrize("spelling", [".", "./", "../repo", "repo/../../repo/.", "orgs/.."])
def test_a_relative_repository_counts_from_where_the_server_starts(repository, spelling):
    (repository / "repo").mkdir()
    with Editor(repository, "--repo", spelling) as editor:
        editor.start(rootUri=None)
        shows_problems(editor)


@pytest.mark.parametrize("where", ["root", "documents", "both", "option"])
def test_symbolic_links_lead_to_the_same_repository(repository, tmp_path, where):
    link = tmp_path / "link"
    link.symlink_to(repository)
    arguments = ["--repo", str(repository)] if where == "option" else []
    with Editor(link if where != "root" else repository, *arguments) as editor:
        root = repository if where == "documents" else link
        editor.start(rootUri=root.as_uri())
        shows_problems(editor)


def shows_problems(editor):
    path = "orgs/acme/relays/turin-1.yaml"
    editor.open(path)
    editor.edit(path, "region: eu-south", "region: nowhere")
    assert [d["code"] for d in editor.diagnostics(path)] == ["WPX1303"]


def test_a_second_repository_is_named(repository, tmp_path):
    shutil.copytree(repository, tmp_path / "other")
    with Editor(repository) as editor:
        folders = [{"uri": place.as_uri(), "name": "x"} for place in (repository, tmp_path / "other")]
        editor.start(workspaceFolders=folders)
        editor.settle()
        assert any("in its own window" in message["params"]["message"] for message in editor.log)


def test_outside_repositories_only_the_language_helps(tmp_path):
    with Editor(tmp_path) as editor:
        editor.start()
        editor.open("key.yaml", "kind: Key\nspec:\n  st")
        items = editor.request("textDocument/completion", editor.place("key.yaml", "  st‸"))["result"]["items"]
        assert "status" in [item["label"] for item in items]
        assert editor.all_diagnostics() == {}


# Edits


@pytest.mark.parametrize(
    "path, cursor, name",
    [
        ("orgs/acme/relays/milan-1.yaml", "names: [head‸quarters", "main-office"),
        ("orgs/acme/relays/milan-1.yaml", "names: [head‸quarters", "2024"),
        ("orgs/acme/relays/milan-1.yaml", "  name: milan‸-1", "milan-main"),
        ("roles/noc.yaml", "  name: no‸c", "night-shift"),
        ("platform.yaml", "- name: eu-so‸uth", "italy"),
        ("orgs/acme/users/noc.yaml", "  name: noc-‸milano", "night-shift"),
    ],
)
def test_after_a_rename_the_repository_is_clean(editor, path, cursor, name):
    editor.open(path)
    edit = editor.request("textDocument/rename", {**editor.place(path, cursor), "newName": name})["result"]
    old = cursor.replace("‸", "").split()[-1].strip("[")
    editor.apply(edit)
    assert editor.all_diagnostics() == {}
    outcome = validate(editor.root, "--strict")
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.stderr == validate(ROOT / "sample-repo").stderr
    changed = subprocess.run(["diff", "-r", str(ROOT / "sample-repo"), str(editor.root)], capture_output=True, text=True).stdout
    removed = [line for line in changed.splitlines() if line.startswith("<")]
    assert removed and all(old in line for line in removed)


def test_a_sealed_key_keeps_its_name(editor):
    sealed = next(p for p in editor.root.glob("orgs/*/keys/*.yaml") if "sealedKey" in p.read_text())
    path = str(sealed.relative_to(editor.root))
    document = next(d for d in sealed.read_text().split("---\n") if "sealedKey" in d)
    name = next(line.split()[1] for line in document.splitlines() if line.startswith("  name:"))
    editor.open(path)
    answer = editor.request("textDocument/rename", {**editor.place(path, f"  name: {name}‸"), "newName": "x"})
    assert answer["error"]["code"] == -32803 and "wpex seal" in answer["error"]["message"]


@pytest.mark.parametrize(
    "old, new",
    [("port: 30102", "prot: 30102"), ("port: 30102", "port: 30101"), ("kind: Relay", "kind: Rely"), ("region: eu-south", "region: eu-suoth")],
)
def test_quick_fixes_mend(editor, old, new):
    path = "orgs/acme/relays/milan-guests.yaml"
    editor.open(path)
    editor.edit(path, old, new)
    problem = editor.diagnostics(path)[0]
    params = {"textDocument": {"uri": editor.uri(path)}, "range": problem["range"], "context": {"diagnostics": [problem]}}
    action = next(a for a in editor.request("textDocument/codeAction", params)["result"] if a["kind"] == "quickfix")
    assert action["diagnostics"] == [problem]
    editor.apply(action["edit"])
    assert editor.diagnostics(path) == []


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_formatting_does_what_fmt_does(editor, end):
    path = "orgs/acme/relays/milan-1.yaml"
    text = (editor.root / path).read_text()
    messy = text.replace("  region:", "  region:  ").replace("ping: ", "ping:    ").replace("\n", "  \n", 3) + "\n\n"
    messy = messy.replace("\n", end)
    (editor.root / path).write_bytes(messy.encode())
    editor.open(path, messy)
    edits = editor.request("textDocument/formatting", {"textDocument": {"uri": editor.uri(path)}, "options": {}})["result"]
    assert len(edits) > 1 and sum(e["range"]["end"]["line"] - e["range"]["start"]["line"] for e in edits) < 12
    editor.apply({"changes": {editor.uri(path): edits}})
    formatted = editor.texts[path]
    # Line endings belong to the checkout, and stay.
    assert formatted == text.replace("\n", end)
    (editor.root / path).write_bytes(messy.encode())
    assert subprocess.run([WPEX, "fmt", path], cwd=editor.root, capture_output=True).returncode == 0
    assert (editor.root / path).read_bytes() == formatted.encode()


def test_new_documents_are_ready_to_compile(repository):
    """Completions in an empty file are valid documents, for each kind that an organization declares."""
    with Editor(repository, capabilities={}) as editor:
        editor.start()
        for path in ("orgs/acme/relays/rome-1.yaml", "orgs/acme/keys/rome.yaml", "orgs/acme/users/rosa.yaml", "roles/auditor.yaml"):
            editor.open(path, "")
            item = editor.request("textDocument/completion", editor.place(path, "‸"))["result"]["items"][0]
            editor.replace(path, 0, 0, item["textEdit"]["newText"])
            assert editor.diagnostics(path) == [], path
            editor.close(path)


def positions(diagnostics):
    return sorted((d["code"], d["range"]["start"]["line"], d["message"].split("\n")[0]) for d in diagnostics)


@pytest.mark.parametrize("seed", range(4))
def test_random_edits_show_what_validate_says(editor, seed):
    """After random edits, the server has the client's text, and finds the same as a compile from scratch."""
    choice = random.Random(seed)
    paths = ["orgs/acme/relays/milan-1.yaml", "orgs/acme/keys/core.yaml", "orgs/globex/organization.yaml", "platform.yaml"]
    pieces = ["é", "😀", "\n", "  ", "x", ": ", "- ", "[", "]", '"', "region: eu-north\n", "  port: 1\n", "#", "", "---\n"]
    for path in paths:
        editor.open(path)
    originals = dict(editor.texts)
    for _ in range(12):
        path = choice.choice(paths)
        for _ in range(choice.randint(1, 4)):
            length = len(editor.texts[path])
            start = choice.randint(0, length)
            end = min(length, start + choice.choice([0, 0, 1, 3]))
            editor.replace(path, start, end, choice.choice(pieces), whole=choice.random() < 0.1)
        if choice.random() < 0.3:
            editor.replace(path, 0, len(editor.texts[path]), originals[path], whole=choice.random() < 0.5)
        for name in paths:
            (editor.root / name).write_text(editor.texts[name], newline="")
        shown = {uri: positions(found) for uri, found in editor.all_diagnostics().items()}
        report = json.loads(validate(editor.root, "--format", "json").stdout)
        expected = {}
        for found in report["diagnostics"]:
            line = found["range"]["start"]["line"] - 1
            expected.setdefault(editor.uri(found["path"]), []).append((found["code"], line, found["message"]))
        assert shown == {uri: sorted(found) for uri, found in expected.items()}


# Rules that compare a document with the one before the change


RULE = """
    - name: ports-stay
      kind: Relay
      severity: error
      text: a relay keeps its port
      expression: old == null || old.spec.port == spec.port
      examples:
        pass: [{ spec: { port: 30101 } }]
        fail: [{ old: { spec: { port: 30101 } }, spec: { port: 30102 } }]
"""


def test_rules_compare_with_the_last_commit(repository):
    path, platform = "orgs/acme/relays/turin-1.yaml", repository / "platform.yaml"
    platform.write_text(platform.read_text().replace("\n  rules:\n", "\n  rules:" + RULE, 1))

    def broken(editor):
        return [d["message"].split("\n")[0] for d in editor.diagnostics(path) if d["code"] == "WPX1462"]

    # Without a commit, nothing is known of the state before.
    git("init", "-q", cwd=repository)
    with Editor(repository) as editor:
        editor.start()
        editor.open(path)
        editor.edit(path, "port: 30103", "port: 30104")
        assert broken(editor) == []
        commit(repository)
        editor.edit(path, "port: 30104", "port: 30105")
        assert broken(editor) == ["the Relay `turin-1` breaks the rule `ports-stay`: a relay keeps its port"]
        editor.edit(path, "port: 30105", "port: 30103")
        assert broken(editor) == []
        # Once the change is committed, it is the state before the next one.
        editor.edit(path, "port: 30103", "port: 30104")
        assert broken(editor)
        (repository / path).write_text(editor.texts[path])
        commit(repository)
        editor.edit(path, "state: stopped", "state: running")
        assert broken(editor) == []
        assert editor.stop() == 0
