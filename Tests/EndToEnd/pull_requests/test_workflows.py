"""The CI files: their published schemas, what they must never do, and their steps, run exactly as written."""

import json
import os
import re
import subprocess
import sys

import pytest

from support.forge import API, CI, TOKEN, Repository, Runner, load
from support.git import git
from support.program import ROOT

MARKER = "<!-- wpex-plan -->"
GITHUB = ["github/wpex.yml", "github/wpex-report.yml"]
GROWN = ("orgs/acme/relays/milan-guests.yaml", "port: 30102", "port: 30105")
BROKEN = ("orgs/acme/relays/milan-guests.yaml", "port: 30102", "port: 30101")
FOREIGN = ("orgs/globex/relays/bari-1.yaml", "metadata:", "# by a stranger\nmetadata:")


def checked(schema, path, *arguments):
    result = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *arguments, path], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("path", GITHUB)
def test_github_workflows_follow_the_published_schema(path):
    checked("vendor.github-workflows", CI / path)
    checked("custom.github-workflows-require-timeout", CI / path)


def test_gitlab_pipeline_follows_the_published_schema():
    checked("vendor.gitlab-ci", CI / "gitlab/wpex.gitlab-ci.yml", "--data-transform", "gitlab-ci")


def test_pre_commit_takes_the_definition():
    result = subprocess.run(
        [sys.executable, "-m", "pre_commit", "validate-manifest", ROOT / ".pre-commit-hooks.yaml"], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("path", GITHUB)
def test_github_workflows_are_safe_for_forks(path):
    workflow = load(path)
    assert "pull_request_target" not in workflow["on"]
    for job in workflow["jobs"].values():
        for step in job["steps"]:
            # An expression in a script would turn the name of a branch or user into a command.
            assert "${{" not in step.get("run", "")
            if "uses" in step:
                assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", step["uses"]), step["uses"]
            # Jobs whose token can write check out nothing from a pull request.
            if "actions/checkout" in step.get("uses", ""):
                assert "ref" not in step["with"] and "repository" not in step["with"]
    permissions = [workflow["permissions"]] + [job.get("permissions", {}) for job in workflow["jobs"].values()]
    writes = {name for one in permissions for name, level in one.items() if level == "write"}
    if "pull_request" in workflow["on"]:
        assert permissions[0] == {"contents": "read"} and not writes
        assert "token" not in (CI / path).read_text().replace("the token only reads", "")
        checkout = workflow["jobs"]["wpex"]["steps"][0]
        assert checkout["with"]["persist-credentials"] is False
    else:
        assert workflow["permissions"] == {} and writes == {"pull-requests", "security-events"}


@pytest.fixture
def repository(tmp_path):
    return Repository(tmp_path)


def check(repository, tmp_path, number, author, sender=None):
    folder = tmp_path / f"checks-{number}-{author}-{sender}"
    repository.checkout(folder, f"refs/pull/{number}/merge")
    values = {"github.event.pull_request.user.login": author, "github.event.sender.login": sender or author}
    runner = Runner(folder, values, {"GITHUB_ACTIONS": "true"})
    return runner.run(load("github/wpex.yml"), "wpex")


def test_github_checks_pass_for_a_change_that_may_be_made(repository, tmp_path):
    repository.pull_request(7, GROWN)
    runner = check(repository, tmp_path, 7, "giulia-rossi")
    assert not runner.failed, runner.output
    summary = runner.files["GITHUB_STEP_SUMMARY"].read_text()
    assert summary.startswith(MARKER) and "milan-guests" in summary
    kept = next(step for step in runner.used if "upload-artifact" in step["uses"])
    assert "milan-guests" in (runner.folder / kept["with"]["path"]).read_text()


def test_github_checks_fail_with_annotations(repository, tmp_path):
    repository.pull_request(8, BROKEN)
    runner = check(repository, tmp_path, 8, "giulia-rossi")
    assert "validate" in runner.failed
    assert "::error file=orgs/acme/relays/milan-guests.yaml,line=" in runner.output["validate"] and "WPX1403" in runner.output["validate"]
    # An engineer of acme may not change globex, and a stranger may change nothing.
    repository.pull_request(9, ("orgs/globex/relays/bari-1.yaml", "port: 30201", "port: 30209"))
    for author in ("giulia-rossi", "nobody-knows"):
        runner = check(repository, tmp_path, 9, author)
        assert runner.failed == ["Check who changed what"], runner.output
        assert "::error file=orgs/globex/relays/bari-1.yaml" in runner.output["Check who changed what"]
        # The plan is shown all the same.
        assert MARKER in runner.files["GITHUB_STEP_SUMMARY"].read_text()


@pytest.mark.parametrize("author, sender", [("giulia-rossi", "nobody-knows"), ("nobody-knows", "giulia-rossi"), ("giulia-rossi", "anna-lindqvist")])
def test_github_asks_for_who_pushed_last_too(repository, tmp_path, author, sender):
    head = repository.pull_request(7, GROWN)
    runner = check(repository, tmp_path, 7, author, sender)
    denied = [] if "nobody-knows" not in (author, sender) else ["Check who changed what"]
    assert runner.failed == denied, runner.output
    api = API([pull(7, head, author=author)])
    try:
        assert not report(repository, tmp_path, "sender", head, api, owner=author, sender=sender).failed
        assert bool(api.uploads[1]["sarif"]["runs"][0]["results"]) == bool(denied)
    finally:
        api.close()


def report(repository, tmp_path, name, head, api, owner="giulia-rossi", branch="change-7", sender=None):
    folder = tmp_path / f"report-{name}"
    repository.checkout(folder, "main")
    event = "github.event.workflow_run"
    runner = Runner(
        folder,
        {
            f"{event}.head_sha": head, f"{event}.head_branch": branch, f"{event}.head_repository.owner.login": owner,
            f"{event}.html_url": "https://github.example/runs/1", "github.token": TOKEN, f"{event}.actor.login": sender or owner,
        },
        {"GITHUB_API_URL": api.url, "GITHUB_REPOSITORY": "nordsud/relays", "GITHUB_ACTIONS": "true"})
    return runner.run(load("github/wpex-report.yml"), "report")


def pull(number, head, author="giulia-rossi", branch="change-7"):
    return {"number": number, "user": {"login": author}, "head": {"sha": head, "label": f"{author}:{branch}"}}


def test_github_report_comments_once_and_updates(repository, tmp_path):
    head = repository.pull_request(7, GROWN)
    api = API([pull(7, head)])
    try:
        # More than a page of comments, one of them forged to look like the report.
        for _number in range(130):
            api.add("talk", "marco-bianchi")
        api.add(f"{MARKER}\nNothing changes, merge it!", "mallory")
        runner = report(repository, tmp_path, "first", head, api)
        assert not runner.failed, runner.output
        mine = [comment for comment in api.comments if comment["user"]["login"] == api.bot]
        assert len(mine) == 1 and mine[0]["body"].startswith(MARKER) and "milan-guests" in mine[0]["body"]
        first = mine[0]["body"]
        head = repository.pull_request(7, ("orgs/acme/relays/milan-guests.yaml", "port: 30102", "port: 30177"))
        api.pulls = [pull(7, head)]
        runner = report(repository, tmp_path, "second", head, api)
        assert not runner.failed, runner.output
        mine = [comment for comment in api.comments if comment["user"]["login"] == api.bot]
        assert len(mine) == 1 and mine[0]["body"] != first and "30177" in mine[0]["body"]
        # A commit that does not validate must not leave an older plan in place.
        head = repository.pull_request(7, BROKEN)
        api.pulls = [pull(7, head)]
        runner = report(repository, tmp_path, "third", head, api)
        assert not runner.failed, runner.output
        mine = [comment for comment in api.comments if comment["user"]["login"] == api.bot]
        assert len(mine) == 1 and "30177" not in mine[0]["body"]
    finally:
        api.close()


def test_github_report_uploads_sarif(repository, tmp_path):
    head = repository.pull_request(7, BROKEN)
    api = API([pull(7, head)])
    try:
        assert not report(repository, tmp_path, "first", head, api).failed
        merge = git("rev-parse", "refs/pull/7/merge", cwd=repository.bare)
        assert [(upload["commit_sha"], upload["ref"]) for upload in api.uploads] == [(merge, "refs/pull/7/merge")] * 2
        categories = [upload["sarif"]["runs"][0]["automationDetails"]["id"] for upload in api.uploads]
        assert categories == ["wpex/validate/", "wpex/check/"]
        assert any(result["ruleId"] == "WPX1403" for result in api.uploads[0]["sarif"]["runs"][0]["results"])
        # A private repository without code scanning must not fail.
        api.scanning = 403
        runner = report(repository, tmp_path, "second", head, api)
        assert not runner.failed and "::notice::code scanning is not enabled" in runner.output["Upload SARIF to code scanning"]
        api.scanning = 500
        assert report(repository, tmp_path, "third", head, api).failed == ["Upload SARIF to code scanning"]
    finally:
        api.close()


def test_github_report_of_a_fork_believes_git_only(repository, tmp_path):
    head = repository.pull_request(7, FOREIGN, ("orgs/globex/relays/bari-1.yaml", "port: 30201", "port: 30209"))
    # If anything of the fork were checked out, its file would run here.
    api = API([pull(7, head, author="mallory", branch="$(touch pwned)")])
    try:
        runner = report(repository, tmp_path, "fork", head, api, owner="mallory", branch="$(touch pwned)")
        assert not runner.failed, runner.output
        assert not (runner.folder / "pwned").exists()
        assert "by a stranger" not in (runner.folder / "orgs/globex/relays/bari-1.yaml").read_text()
        denied = api.uploads[1]["sarif"]["runs"][0]["results"]
        assert denied and denied[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "orgs/globex/relays/bari-1.yaml"
    finally:
        api.close()


def test_github_report_leaves_what_has_moved_on(repository, tmp_path):
    old = repository.pull_request(7, GROWN)
    new = repository.pull_request(7, ("orgs/acme/relays/milan-guests.yaml", "port: 30102", "port: 30177"))
    for name, pulls, said in (("gone", [pull(7, new)], "No open pull request"), ("late", [pull(7, old)], "has moved on")):
        api = API(pulls)
        try:
            runner = report(repository, tmp_path, name, old, api)
            assert not runner.failed and said in "".join(runner.output.values()), runner.output
            assert not api.comments and not api.uploads
        finally:
            api.close()


class Pipeline:
    """Runs GitLab jobs: `extends`, `before_script` and `script` in one shell, with the artefacts of `needs` in the
    folder."""

    def __init__(self, repository, folder, base, head, author, api=None):
        self.jobs = load("gitlab/wpex.gitlab-ci.yml")
        self.folder = folder
        repository.checkout(folder, head)
        home = folder.parent / f"{folder.name}-home"
        (home / "bin").mkdir(parents=True)
        (home / "bin/wpex").symlink_to(os.environ.get("WPEX", str(ROOT / ".build/debug/wpex")))
        self.environment = {
            "PATH": f"{home}/bin:/usr/bin:/bin", "HOME": str(home), "CI": "true", "CI_PROJECT_DIR": str(folder), "CI_COMMIT_SHA": head,
            "CI_MERGE_REQUEST_DIFF_BASE_SHA": base, "GITLAB_USER_LOGIN": author, "CI_JOB_URL": "https://gitlab.example/-/jobs/1",
            "CI_MERGE_REQUEST_IID": "7", "CI_MERGE_REQUEST_PROJECT_ID": "3", "CI_PROJECT_ID": "3",
            "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main", "CI_MERGE_REQUEST_PROJECT_URL": "https://gitlab.invalid/nordsud/relays",
        }
        if api:
            self.environment |= {"CI_API_V4_URL": api.url, "WPEX_GITLAB_TOKEN": TOKEN}

    def run(self, name):
        job = {**self.jobs[self.jobs[name]["extends"]], **self.jobs[name]}
        result = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", "\n".join(job["before_script"] + job["script"])], cwd=self.folder, capture_output=True,
            text=True, env=self.environment)
        assert TOKEN not in result.stdout + result.stderr
        return result


def test_gitlab_jobs_check_and_report(repository, tmp_path):
    base = git("rev-parse", "main", cwd=repository.copy)
    good = repository.pull_request(7, GROWN)
    pipeline = Pipeline(repository, tmp_path / "good", base, good, "grossi")
    for name in ("wpex-validate", "wpex-check", "wpex-plan"):
        result = pipeline.run(name)
        assert result.returncode == 0, result.stdout + result.stderr
    assert json.loads((pipeline.folder / "gl-code-quality-report.json").read_text()) == []
    assert "milan-guests" in result.stdout
    bad = repository.pull_request(8, BROKEN)
    pipeline = Pipeline(repository, tmp_path / "bad", base, bad, "grossi")
    result = pipeline.run("wpex-validate")
    assert result.returncode == 1 and "WPX1403" in result.stderr
    found = json.loads((pipeline.folder / "gl-code-quality-report.json").read_text())
    assert "WPX1403" in {one["check_name"] for one in found}
    assert json.loads((pipeline.folder / "wpex-validate.sarif").read_text())["runs"][0]["results"]
    assert pipeline.run("wpex-plan").returncode == 1 and (pipeline.folder / "plan.md").read_text().startswith(MARKER)
    foreign = repository.pull_request(9, ("orgs/globex/relays/bari-1.yaml", "port: 30201", "port: 30209"))
    pipeline = Pipeline(repository, tmp_path / "foreign", base, foreign, "grossi")
    assert pipeline.run("wpex-check").returncode == 1
    assert json.loads((pipeline.folder / "wpex-check.sarif").read_text())["runs"][0]["results"]


def test_gitlab_judges_by_the_newest_commit_of_the_branch(repository, tmp_path):
    base = git("rev-parse", "main", cwd=repository.copy)
    head = repository.pull_request(7, GROWN)
    assert Pipeline(repository, tmp_path / "before", base, head, "grossi").run("wpex-check").returncode == 0
    # She is disabled on the branch, but her merge request is still based on the commit before.
    repository.edit("orgs/acme/users/giulia-rossi.yaml", "status: active", "status: disabled")
    repository.commit("Somebody leaves")
    git("push", "-q", "origin", "main", cwd=repository.copy)
    pipeline = Pipeline(repository, tmp_path / "after", base, head, "grossi")
    result = pipeline.run("wpex-check")
    assert result.returncode == 1 and "not an active user" in result.stderr, result.stdout + result.stderr
    # If the branch cannot be fetched, an older one must not be used.
    pipeline.environment["CI_MERGE_REQUEST_TARGET_BRANCH_NAME"] = "gone"
    assert pipeline.run("wpex-check").returncode == 3
    # A fork's pipeline fetches it from this project; without access it reports that it could not.
    fork = Pipeline(repository, tmp_path / "fork", base, head, "grossi")
    fork.environment |= {"CI_PROJECT_ID": "4", "CI_MERGE_REQUEST_PROJECT_URL": str(repository.bare).removesuffix(".git")}
    assert fork.run("wpex-check").returncode == 1
    fork.environment["CI_MERGE_REQUEST_PROJECT_URL"] = str(tmp_path / "nowhere")
    result = fork.run("wpex-check")
    assert result.returncode == 0 and "cannot be fetched" in result.stdout, result.stdout + result.stderr


def test_gitlab_comment_is_made_once_and_updated(repository, tmp_path):
    api = API(bot=42)
    base = git("rev-parse", "main", cwd=repository.copy)
    try:
        for _number in range(101):
            api.add(f"{MARKER}\nNothing changes", "mallory")
        for port in (30105, 30177):
            head = repository.pull_request(7, ("orgs/acme/relays/milan-guests.yaml", "port: 30102", f"port: {port}"))
            pipeline = Pipeline(repository, tmp_path / f"mr-{port}", base, head, "grossi", api)
            assert pipeline.run("wpex-plan").returncode == 0
            result = pipeline.run("wpex-comment")
            assert result.returncode == 0, result.stdout + result.stderr
            mine = [comment for comment in api.comments if comment["author"]["id"] == 42]
            assert len(mine) == 1 and str(port) in mine[0]["body"]
    finally:
        api.close()


def test_gitlab_lends_its_token_to_no_fork():
    rule = load("gitlab/wpex.gitlab-ci.yml")["wpex-comment"]["rules"][0]["if"]
    assert "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_MERGE_REQUEST_PROJECT_ID" in rule and "$WPEX_GITLAB_TOKEN" in rule
