"""schemathesis against /openapi.json: every documented operation, every check, no answer of 5xx."""

import subprocess
import sys

import pytest

from support.viewers import token


@pytest.mark.parametrize("who", ["admin", "viewer"])
def test_schemathesis(server, who, tmp_path):
    config = tmp_path / "schemathesis.toml"
    # An event stream never ends; test_events covers it.
    config.write_text(
        "[generation]\nmode = 'all'\nmax-examples = 25\ndeterministic = true\n"
        # A schema cannot describe valid cursors; test_api covers the others.
        "[parameters]\ncursor = ''\n"
        "[[operations]]\ninclude-path = '/api/v1/events'\nenabled = false\n"
        "[[operations]]\ninclude-path-regex = 'peers|clients'\n"
        "parameters = { 'path.org' = 'acme', 'path.name' = 'milan-1', 'path.key' = 'headquarters' }\n"
    )
    result = subprocess.run(
        [
            sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run", f"{server.url}/openapi.json",
            "--header", f"Authorization: Bearer {token(who)}", "--request-timeout", "10", "--checks", "all", "--no-color",
        ],
        capture_output=True, text=True, timeout=580, cwd=tmp_path,
    )
    assert result.returncode == 0, result.stdout[-6000:] + result.stderr[-2000:]
