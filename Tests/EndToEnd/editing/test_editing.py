"""Editing commands and `wpex init` as users run them: real files, Git, signatures and terminals."""

import base64
import json
import os
import pathlib
import pty
import re
import select
import stat
import subprocess
import time

import pytest

from support.program import ROOT, WPEX
from support.sample import give_key
from support.ssh import make_key, public_key


def key():
    return base64.b64encode(os.urandom(32)).decode()


# The buttons of the old console (features.md), and the lines of the repository that each of them changes.
BUTTONS = [
    (["relay", "stop", "acme/milan-guests"], [], ["+  state: stopped"]),
    (["relay", "start", "acme/turin-1"], ["-  state: stopped"], ["+  state: running"]),
    (["relay", "restart", "acme/milan-1"], [], [r"+  restartedAt: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"]),
    (["relay", "set", "acme/milan-1", "bandwidthMbps=900"], ["-  bandwidthMbps: 1000"], ["+  bandwidthMbps: 900"]),
    (["user", "approve", "acme/luca-ferrari"], ["-  status: pending"], ["+  status: active"]),
    (["user", "disable", "acme/giulia-rossi"], ["-  status: active"], ["+  status: disabled"]),
    (["user", "grant", "acme/luca-ferrari", "engineer"], ["-  roles: [viewer]"], ["+  roles: [viewer, engineer]"]),
    (["org", "set", "acme", "limits.relays=7"], None, None),
]


@pytest.mark.parametrize("command, removed, added", BUTTONS, ids=lambda value: " ".join(value) if value and isinstance(value, list) else None)
def test_a_button_changes_its_lines_and_no_other(work, command, removed, added):
    said = work.wpex(*command).stdout
    lines = work.changed()
    if removed is not None:
        patterns = [re.escape(line) for line in removed] + ["\\+" + line[1:] if "\\d" in line else re.escape(line) for line in added]
        assert len(lines) == len(patterns), lines
        assert all(re.fullmatch(pattern, line) for pattern, line in zip(patterns, lines)), lines
    else:
        assert len([line for line in lines if line[0] == "+"]) == 1
    # The printed diff is the real one.
    assert [line for line in said.splitlines() if re.match(r"[+-](?![+-])", line)] == lines
    work.wpex("validate", "--now", "2026-11-25")


def test_stopping_starting_and_stopping_again_comes_back(work):
    path = work.repo / "orgs/acme/relays/milan-1.yaml"
    before = path.read_bytes()
    work.wpex("relay", "stop", "acme/milan-1")
    stopped = path.read_bytes()
    assert stopped != before
    again = work.wpex("relay", "stop", "acme/milan-1")
    assert path.read_bytes() == stopped and not again.stdout
    work.wpex("relay", "start", "acme/milan-1")
    assert work.changed() in ([], ["+  state: running"])


def test_a_tenant_is_made_by_commands_alone(work):
    """From nothing to a declared relay; every step validates."""
    identity = work.folder / "orbit.identity"
    recipient = re.search(r"age1\w+", work.wpex("identity", "new", "--out", identity).stdout + identity.read_text()).group()
    work.wpex("org", "add", "orbit", "--display-name", "Orbit", "--region", "eu-south", "--port-range", "auto", "--recipient", recipient, "--active")
    work.wpex("user", "add", "orbit/nora", "--display-name", "Nora", "--email", "nora@orbit.example", "--role", "engineer")
    assert "status: pending" in (work.repo / "orbit/users/nora.yaml" if False else next((work.repo / "orgs/orbit/users").iterdir())).read_text()
    work.wpex("user", "approve", "orbit/nora")
    work.wpex("key", "add", "orbit/home", "--public-key", "-", input=key() + "\n")
    work.wpex("key", "add", "orbit/van", "--public-key", key(), "--label", "network=fleet")
    work.wpex("relay", "create", "orbit/first", "--region", "eu-south", "--key", "home", "--selector", "network=fleet", "--label", "tier=silver")
    work.wpex("relay", "create", "orbit/second", "--region", "eu-south", "--key", "home", "--label", "tier=silver")
    ports = [re.search(r"port: (\d+)", path.read_text()).group(1) for path in sorted((work.repo / "orgs/orbit/relays").iterdir())]
    assert len(set(ports)) == 2
    work.wpex("key", "rotate", "orbit/home", "--public-key", key())
    work.wpex("key", "revoke", "orbit/van")
    work.wpex("relay", "delete", "orbit/second")
    work.wpex("org", "disable", "orbit")
    result = work.wpex("validate", "--format", "json", "--now", "2026-11-25")
    assert json.loads(result.stdout)["summary"]["errors"] == 0
    # Other tenants are unchanged.
    assert all(line.split()[-1].startswith("orgs/orbit/") for line in work.git("status", "--porcelain").splitlines())


@pytest.mark.parametrize("command, status, words", [
    (["relay", "stop", "acme/nope"], 2, "there is no relay `acme/nope`"),
    (["relay", "set", "acme/milan-1", "port=99999"], 2, "accepts a whole number from 1 to 65535"),
    (["relay", "set", "acme/milan-1", "prot=30101"], 2, "prot"),
    (["relay", "create", "acme/milan-1", "--region", "eu-south", "--key", "headquarters"], 2, "milan-1"),
    (["relay", "create", "acme/Bad_Name", "--region", "eu-south", "--key", "headquarters"], 2, "Bad_Name"),
    (["relay", "create", "acme/x", "--region", "mars", "--key", "headquarters", "--label", "tier=gold"], 2, "mars"),
    (["key", "add", "acme/x", "--public-key", "short"], 2, "public key"),
    (["key", "add", "nobody/x", "--public-key", "A" * 43 + "="], 2, "nobody"),
    (["user", "grant", "acme/luca-ferrari", "admin"], 1, "global role"),
    (["user", "grant", "acme/luca-ferrari", "emperor"], 1, "emperor"),
    (["relay", "delete", "acme/../globex/oslo-1"], 2, "acme/../globex/oslo-1"),
])
def test_what_does_not_go_says_why_and_writes_nothing(work, command, status, words):
    result = subprocess.run([WPEX, *command], cwd=work.repo, env=work.environment, capture_output=True, text=True)
    assert result.returncode in (1, 2) and (result.returncode == status or status == 2), (result.returncode, result.stderr)
    assert words in result.stderr, result.stderr
    assert not work.git("status", "--porcelain")


def test_dry_run_and_json(work):
    result = work.wpex("relay", "stop", "acme/milan-guests", "--dry-run", "--output", "json")
    document = json.loads(result.stdout)
    assert document["written"] is False and document["files"][0]["path"] == "orgs/acme/relays/milan-guests.yaml"
    assert not work.git("status", "--porcelain")


def test_commit_holds_this_change_and_nothing_else(work):
    """Other changes in the folder or the index stay as they are."""
    other, staged = work.repo / "orgs/acme/relays/milan-1.yaml", work.repo / "docs/notes.md"
    other.write_text(other.read_text() + "# a thought\n")
    staged.parent.mkdir(exist_ok=True)
    staged.write_text("staged\n")
    work.git("add", "docs/notes.md")
    work.wpex("relay", "stop", "acme/milan-guests", "--commit", "-m", "Give the guests a rest")
    assert work.git("show", "--format=%an <%ae>%n%s", "--name-only", "HEAD").split("\n")[:4] == [
        "Giulia Rossi <giulia@acme.example>", "Give the guests a rest", "", "orgs/acme/relays/milan-guests.yaml"]
    assert sorted(work.git("status", "--porcelain").splitlines()) == [" M orgs/acme/relays/milan-1.yaml", "A  docs/notes.md"]
    work.wpex("relay", "start", "acme/milan-guests", "--commit", "--branch", "wake-guests")
    assert work.git("branch", "--show-current").strip() == "wake-guests"
    assert work.git("log", "--format=%s", "main..wake-guests").strip() == "Start relay acme/milan-guests"
    # An existing branch is not overwritten.
    refused = subprocess.run([WPEX, "relay", "stop", "acme/milan-guests", "--commit", "--branch", "main"], cwd=work.repo, env=work.environment, capture_output=True, text=True)
    assert refused.returncode != 0 and "main" in refused.stderr


def test_signed_commits_are_git_s_and_ours(work):
    make_key(work.folder / "giulia")
    public = public_key(work.folder / "giulia")
    give_key(work.repo, "orgs/acme/users/giulia-rossi.yaml", public)
    work.git("commit", "-qam", "Her key")
    (work.folder / "signers").write_text(f"giulia@acme.example {public}\n")
    work.git("config", "gpg.format", "ssh")
    work.git("config", "user.signingkey", str(work.folder / "giulia.pub"))
    work.git("config", "gpg.ssh.allowedSignersFile", str(work.folder / "signers"))
    work.wpex("relay", "stop", "acme/milan-guests", "--commit", "--sign")
    verified = subprocess.run(["git", "verify-commit", "HEAD"], cwd=work.repo, env=work.environment, capture_output=True, text=True)
    assert verified.returncode == 0 and "Good" in verified.stderr, verified.stderr
    shown = json.loads(work.wpex("verify", "--rev", "HEAD~1..HEAD", "--output", "json").stdout)
    assert shown[0]["signer"] == "acme/giulia-rossi" and shown[0]["permitted"] is True
    # Without a usable key nothing is committed, and nothing is left behind.
    work.git("config", "user.signingkey", str(work.folder / "missing.pub"))
    head = work.git("rev-parse", "HEAD")
    failed = subprocess.run([WPEX, "relay", "start", "acme/milan-guests", "--commit", "--sign"], cwd=work.repo, env=work.environment, capture_output=True, text=True)
    assert failed.returncode == 3 and "sign" in failed.stderr.lower(), failed.stderr
    assert work.git("rev-parse", "HEAD") == head


def test_fixes_change_what_they_must(work):
    path = work.repo / "orgs/acme/relays/milan-guests.yaml"
    before = path.read_text()
    path.write_text(before.replace("port:", "prot:"))
    work.wpex("validate", "--fix", "--now", "2026-11-25")
    assert path.read_text() == before


def test_the_page_of_commands_is_true(work):
    """Every command in docs/editing.md, in order."""
    (work.repo / "kiosk-2.pub").write_text(key())
    page = (ROOT / "docs/editing.md").read_text()
    blocks = "\n".join(re.findall(r"```sh\n(.*?)\n```", page, re.DOTALL)).splitlines()
    table = [line.split("|")[2] for line in page.splitlines() if line.startswith("| ")]
    commands = [command for cell in table for command in re.findall(r"`(wpex [^`]+)`", cell)]
    assert len(commands) > 20 and len(blocks) == 4
    for command in commands + blocks:
        result = subprocess.run(
            command, shell=True, cwd=work.repo, capture_output=True, text=True,
            env={**work.environment, "PATH": f"{pathlib.Path(WPEX).parent}:{os.environ['PATH']}"})
        assert result.returncode == 0, (command, result.stderr)
        assert result.stdout, (command, result.stderr)


def test_the_walk_through_the_sample_is_true(work):
    """What sample-repo/README.md says of rules, and of a tenant that tries too much: each command, and what it prints."""
    page = (ROOT / "sample-repo/README.md").read_text()
    part = page[page.index("## Who may speak with whom"):page.index("## Break something")]
    environment = {**work.environment, "PATH": f"{pathlib.Path(WPEX).parent}:{os.environ['PATH']}"}
    shown = 0
    for kind, block in re.findall(r"```(sh)?\n(.*?)```", part, re.DOTALL):
        command, _, output = block.removeprefix("$ ").partition("\n")
        if not command.startswith("wpex "):
            # An excerpt of the plan.
            plan = subprocess.run(["wpex", "plan", "--base", "HEAD"], cwd=work.repo, capture_output=True, text=True, env=environment)
            assert block in plan.stdout, plan.stdout
            continue
        result = subprocess.run(
            command, shell=True, cwd=work.repo, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
        assert kind or result.stdout == output, (command, result.stdout)
        shown += 1
    assert shown == 5


@pytest.mark.parametrize("line, offered", [
    ("wpex relay stop acme/mil", ["acme/milan-1", "acme/milan-guests"]),
    ("wpex key revoke globex/office-o", ["globex/office-oslo"]),
    ("wpex user approve acme/l", ["acme/luca-ferrari"]),
    ("wpex org disable h", ["hooli"]),
])
def test_the_shell_completes_names(work, line, offered):
    words = line.split()
    script = f"""source <(wpex completions bash)
COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; COMP_LINE='{line}'; COMP_POINT={len(line)}
_wpex wpex {words[-1]} {words[-2]}; printf '%s\\n' "${{COMPREPLY[@]}}" """
    shown = subprocess.run(
        ["bash", "-c", script], cwd=work.repo, capture_output=True, text=True,
        env={**work.environment, "PATH": f"{pathlib.Path(WPEX).parent}:{os.environ['PATH']}"}).stdout
    assert set(offered) <= set(shown.split()), shown


# MARK: - wpex init

FLAGS = [
    "--name", "orbit", "--region", "eu-south", "--public-host", "relay.example.net", "--port-range", "31000-31999",
    "--admin-name", "Anna Lindqvist", "--admin-email", "anna@example.net", "--admin-github", "anna", "--image",
    "registry.example.net/wpex-relay:1.0.0@sha256:" + "9f" * 32,
]


@pytest.mark.parametrize("ci, files", [
    ("github", {".github/workflows/wpex.yml": "github/wpex.yml", ".github/workflows/wpex-report.yml": "github/wpex-report.yml"}),
    ("gitlab", {".gitlab-ci.yml": "gitlab/wpex.gitlab-ci.yml"}),
    ("none", {}),
])
def test_a_new_repository_is_ready_to_push(work, ci, files):
    place = work.folder / "new"
    said = work.wpex("init", place, *FLAGS, "--ci", ci)
    assert work.git("log", "--format=%s", cwd=place).count("\n") == 1 and not work.git("status", "--porcelain", cwd=place)
    for path, source in files.items():
        assert (place / path).read_bytes() == (ROOT / "deploy/ci" / source).read_bytes()
    work.wpex("validate", "--strict", cwd=place)
    work.wpex("codeowners", cwd=place)
    # The identity is beside the repository, readable only by its owner, and was never committed.
    secret = work.folder / "orbit.identity"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600 and "AGE-SECRET-KEY-1" in secret.read_text()
    assert "AGE-SECRET-KEY" not in work.git("log", "-p", cwd=place) + said.stdout + said.stderr
    recipient = subprocess.run(["age-keygen", "-y", secret], check=True, capture_output=True, text=True).stdout.strip()
    assert recipient in (place / "platform.yaml").read_text()
    # The next steps in its README work.
    bare = work.folder / "remote.git"
    work.git("init", "-q", "--bare", bare, cwd=work.folder)
    work.git("remote", "add", "origin", str(bare), cwd=place)
    work.git("push", "-q", "-u", "origin", "HEAD", cwd=place)
    identity = work.folder / "acme.identity"
    work.wpex("org", "add", "acme", "--display-name", "Acme", "--region", "eu-south", "--port-range", "auto", "--identity", identity, "--active", cwd=place)
    assert stat.S_IMODE(identity.stat().st_mode) == 0o600
    recipient = subprocess.run(["age-keygen", "-y", identity], check=True, capture_output=True, text=True).stdout.strip()
    declared = (place / "orgs/acme/organization.yaml").read_text()
    assert f"recipient: {recipient}" in declared and "sealedIdentity: |" in declared and "AGE-SECRET-KEY" not in declared
    work.wpex("key", "add", "acme/headquarters", "--public-key", "-", cwd=place, input=key())
    work.wpex("relay", "create", "acme/first", "--region", "eu-south", "--key", "headquarters", cwd=place)
    work.wpex("validate", "--strict", cwd=place)
    again = subprocess.run([WPEX, "init", place, *FLAGS], env=work.environment, capture_output=True, text=True)
    assert again.returncode == 1 and "overwrites nothing" in again.stderr


def test_a_new_repository_runs(work):
    """From nothing to a running relay, by following README and messages."""
    place, identity = work.folder / "new", work.folder / "acme.identity"
    work.wpex("init", place, *FLAGS, "--ci", "none")
    work.wpex("org", "add", "acme", "--display-name", "Acme", "--region", "eu-south", "--port-range", "auto", "--identity", identity, "--active", cwd=place)
    work.wpex("key", "add", "acme/headquarters", "--public-key", "-", "--seal", cwd=place, input=key())
    work.wpex("relay", "create", "acme/first", "--region", "eu-south", "--key", "headquarters", cwd=place)
    work.git("add", "--all", cwd=place)
    work.git("commit", "-qm", "Acme", cwd=place)
    state = work.folder / "state"
    log = open(work.folder / "log", "w")
    running = subprocess.Popen(
        [WPEX, "up", "--repo", place, "--state", state, "--identity", work.folder / "orbit.identity", "--status-port", "0"],
        env=work.environment, stderr=log, stdout=log)
    try:
        end = time.monotonic() + 30
        while time.monotonic() < end:
            shown = subprocess.run(
                [WPEX, "status", "--relays", "--state", state], env=work.environment, capture_output=True, text=True).stdout
            if re.search(r"acme/first +current", shown):
                break
            time.sleep(0.2)
        assert re.search(r"acme/first +current", shown), shown + (work.folder / "log").read_text()
    finally:
        running.terminate()
        assert running.wait(20) == 0


def test_identities_stay_outside_and_can_be_handed_in_later(work):
    place, identity = work.folder / "new", work.folder / "acme.identity"
    work.wpex("init", place, *FLAGS, "--ci", "none")
    add = ["org", "add", "acme", "--display-name", "Acme", "--region", "eu-south", "--port-range", "auto", "--active"]
    inside = work.wpex(*add, "--identity", place / "acme.identity", status=2, cwd=place)
    assert "lies in the repository" in inside.stderr and not (place / "orgs").exists()
    work.wpex(*add, "--identity", identity, "--dry-run", cwd=place)
    assert not identity.exists() and not (place / "orgs").exists()
    work.wpex(*add, cwd=place)
    work.wpex("org", "identity", "acme", "--identity", identity, cwd=place)
    kept, path = identity.read_bytes(), place / "orgs/acme/organization.yaml"
    assert "sealedIdentity: |" in path.read_text()
    # The same file again gives the same recipient, sealed again; the file is never overwritten.
    work.wpex("org", "identity", "acme", "--identity", identity, cwd=place)
    recipient = subprocess.run(["age-keygen", "-y", identity], check=True, capture_output=True, text=True).stdout.strip()
    assert identity.read_bytes() == kept and path.read_text().count(recipient) == 1
    work.wpex("validate", cwd=place)


def test_questions_at_a_terminal(work):
    """Questions come in order, with defaults; a wrong answer is asked for again."""
    place = work.folder / "asked"
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(WPEX, [WPEX, "init", str(place)], {**work.environment, "TERM": "xterm"})
    text, answered = "", set()
    answers = [("host", ["not a host!", "relay.example.net"]), ("mail", ["nobody", "anna@example.net"])]
    given = {name: list(values) for name, values in answers}
    end = time.monotonic() + 40
    while time.monotonic() < end:
        ready, _, _ = select.select([terminal], [], [], 0.4)
        if ready:
            try:
                data = os.read(terminal, 65536)
            except OSError:
                break
            if not data:
                break
            text += data.decode(errors="replace")
            continue
        if not text:
            continue
        question = text[len(text) - 300:].splitlines()[-1].lower()
        if (len(text), question) in answered:
            if os.waitpid(pid, os.WNOHANG)[0]:
                break
            continue
        answered.add((len(text), question))
        name = next((name for name in given if name in question and given[name]), None)
        os.write(terminal, ((given[name].pop(0) if name else "") + "\n").encode())
    status = os.waitpid(pid, 0)[1] if pid_is_alive(pid) else 0
    assert status == 0, text
    assert (place / "platform.yaml").exists(), text
    assert "relay.example.net" in (place / "platform.yaml").read_text() and not given["host"] and not given["mail"], text
    assert "AGE-SECRET-KEY" not in text
    work.wpex("validate", cwd=place)


def pid_is_alive(pid):
    try:
        return os.waitpid(pid, os.WNOHANG) == (0, 0)
    except ChildProcessError:
        return False


def test_nobody_to_ask_says_what_is_missing(work):
    result = work.wpex("init", work.folder / "x", status=2, input="")
    assert "--public-host" in result.stderr and not (work.folder / "x").exists()


# MARK: - The first hour

def test_the_default_image_is_no_complaint_before_it_runs(work):
    place = work.folder / "new"
    said = work.wpex(
        "init", place, "--defaults", "--public-host", "relay.example.net", "--admin-email", "anna@example.net", "--ci", "none").stderr
    assert "WPX1416" not in said and "wpex relay upgrade --platform --tag " in said
    assert ":latest" not in (place / "platform.yaml").read_text() and "tag: latest" not in (place / "platform.yaml").read_text()
    assert work.wpex("validate", "--strict", cwd=place).stderr.startswith("clean")
    # With the first relay, the image is in use, and its missing digest is reported.
    work.wpex(
        "org", "add", "acme", "--display-name", "Acme", "--region", "default", "--port-range", "auto", "--identity",
        work.folder / "acme.identity", "--active", cwd=place)
    work.wpex("key", "add", "acme/hq", "--public-key", key(), cwd=place)
    assert "WPX1416" not in work.wpex("validate", cwd=place).stderr
    work.wpex("relay", "create", "acme/first", "--region", "default", "--key", "hq", cwd=place)
    assert "WPX1416" in work.wpex("validate", cwd=place).stderr
    work.wpex("validate", "--strict", cwd=place, status=1)
    command = re.search(r"`wpex (relay upgrade .*?)`", said).group(1).replace("sha256:…", "sha256:" + "9f" * 32)
    work.wpex(*command.split(" "), cwd=place)
    assert work.wpex("validate", "--strict", cwd=place).stderr.startswith("clean")


def test_a_label_that_is_missing_names_the_option(work):
    command = ["relay", "create", "acme/milan-9", "--region", "eu-south", "--key", "headquarters"]
    said = work.wpex(*command, status=1).stderr
    option = re.search(r"`--label (tier=\w+)`", said)
    assert "WPX1419" in said and option, said
    work.wpex(*command, "--label", option.group(1))
    assert "--label" in work.wpex("relay", "create", "--help").stdout.split("EXAMPLES")[0]


def test_a_report_that_went_past_the_file_says_so(work):
    """`wpex validate >report.txt` leaves an empty file; at a terminal, the user learns why."""
    broken = work.repo / "orgs/acme/relays/milan-guests.yaml"
    broken.write_text(broken.read_text().replace("port: 30102", "port: 30101"))

    def at_a_terminal(*command):
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(work.repo)
            os.execve("/bin/sh", ["sh", "-c", 'exec "$0" "$@" >report.txt', *map(str, command)], {**work.environment, "TERM": "xterm"})
        said = b""
        while True:
            try:
                part = os.read(terminal, 4096)
            except OSError:
                break
            if not part:
                break
            said += part
        os.waitpid(pid, 0)
        os.close(terminal)
        return said.decode()
    said = at_a_terminal(WPEX, "validate")
    assert "WPX1403" in said and "--output FILE" in said, said
    assert (work.repo / "report.txt").read_text() == ""
    assert "--output FILE" not in at_a_terminal(WPEX, "validate", "--quiet")
    assert "--output FILE" not in at_a_terminal(WPEX, "validate", "--format", "json")
    # Without a terminal there is no hint.
    with open(work.repo / "report.txt", "w") as file:
        result = subprocess.run([WPEX, "validate"], cwd=work.repo, env=work.environment, stdout=file, stderr=subprocess.PIPE, text=True)
    assert result.returncode == 1 and "--output FILE" not in result.stderr
    work.wpex("validate", "--output", "report.txt", status=1)
    assert "WPX1403" in (work.repo / "report.txt").read_text()
