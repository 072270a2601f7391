"""Recorded sessions: sessions/NAME.json has the editor's actions, NAME.expected.json the server's responses.

`WPEX_UPDATE_GOLDEN=1` records them again; review the diff.
"""

import json
import os
import pathlib

import pytest

from support.editor import CAPABILITIES, Editor

SESSIONS = pathlib.Path(__file__).parent / "sessions"


def play(editor, session):
    """Runs the steps in order, and returns what each of them showed."""
    answers = []
    for step in session["steps"]:
        match step:
            case {"open": path}:
                editor.open(path, step.get("text"))
            case {"edit": path, "find": old, "replace": new}:
                editor.edit(path, old, new)
            case {"close": path}:
                editor.close(path)
            case {"write": path, "text": text}:
                (editor.root / path).parent.mkdir(parents=True, exist_ok=True)
                (editor.root / path).write_text(text)
                editor.changed_on_disk(path)
            case {"remove": path}:
                (editor.root / path).unlink()
                editor.changed_on_disk(path)
            case {"diagnostics": path}:
                answers.append({"step": step, "answer": editor.diagnostics(path)})
            case {"request": method}:
                params = dict(step.get("params", {}))
                if "cursor" in step:
                    params |= editor.place(step["in"], step["cursor"])
                elif "in" in step:
                    params["textDocument"] = {"uri": editor.uri(step["in"])}
                if "range" in step:
                    text = editor.texts[step["in"]]
                    start = text.index(step["range"])
                    params["range"] = {"start": editor.position(text, start), "end": editor.position(text, start + len(step["range"]))}
                answer = editor.request(method, params)
                answers.append({"step": step, "answer": answer.get("result", answer.get("error"))})
            case _:
                raise ValueError(step)
    return answers


def merged(base, over):
    return {**base, **{name: merged(base[name], value) if isinstance(value, dict) and name in base else value for name, value in over.items()}}


@pytest.mark.parametrize("path", sorted(p for p in SESSIONS.glob("*.json") if ".expected" not in p.name), ids=lambda p: p.stem)
def test_session(path, repository):
    session = json.loads(path.read_text())
    with Editor(repository, capabilities=merged(CAPABILITIES, session.get("capabilities", {}))) as editor:
        editor.start()
        answers = play(editor, session)
        assert editor.stop() == 0
    text = json.dumps(answers, indent=1, ensure_ascii=False).replace(editor.uri("").rstrip("/"), "file:///repo") + "\n"
    expected = path.with_suffix(".expected.json")
    if os.environ.get("WPEX_UPDATE_GOLDEN") == "1":
        expected.write_text(text)
    assert text == expected.read_text()
