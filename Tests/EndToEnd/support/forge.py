"""The surroundings of the CI files: a repository with pull requests, the runner of steps, and the forges' HTTP APIs."""

import base64
import gzip
import http.server
import json
import os
import re
import subprocess
import threading
import urllib.parse

import yaml

from support.git import begin, commit, git
from support.program import ROOT, WPEX
from support.sample import copy_sample, edit

CI = ROOT / "deploy/ci"
TOKEN = "t0ken-of-the-runner"


def load(path):
    """Parses YAML. YAML 1.1 reads the key `on` as a boolean; forges do not."""
    document = yaml.safe_load((CI / path).read_text())
    return {("on" if key is True else key): value for key, value in document.items()}


class Repository:
    """sample-repo on a server, with pull requests as GitHub exposes them: refs/pull/N/head and refs/pull/N/merge."""

    def __init__(self, folder):
        self.bare, self.copy = folder / "server.git", folder / "copy"
        git("init", "-q", "--bare", "-b", "main", self.bare, cwd=folder)
        copy_sample(self.copy)
        begin(self.copy)
        git("remote", "add", "origin", self.bare, cwd=self.copy)
        git("push", "-q", "origin", "main", cwd=self.copy)

    def commit(self, message):
        return commit(self.copy, message)

    def edit(self, path, old, new):
        edit(self.copy, path, old, new)

    def pull_request(self, number, *edits):
        """Makes a branch with the edits, and its merge; returns the branch's newest commit."""
        git("checkout", "-q", "-B", f"change-{number}", "main", cwd=self.copy)
        for path, old, new in edits:
            self.edit(path, old, new)
        head = self.commit(f"change {number}")
        git("checkout", "-q", "-B", "merged", "main", cwd=self.copy)
        git("merge", "-q", "--no-ff", "-m", f"Merge {head} into main", head, cwd=self.copy)
        git("push", "-q", "-f", "origin", f"{head}:refs/pull/{number}/head", f"HEAD:refs/pull/{number}/merge", cwd=self.copy)
        git("checkout", "-q", "main", cwd=self.copy)
        return head

    def checkout(self, folder, revision, owner=1001):
        """What actions/checkout leaves behind: a folder of the runner's user, in which the steps then run as another one."""
        git("clone", "-q", self.bare, folder, cwd=self.bare)
        git("fetch", "-q", "origin", revision, cwd=folder)
        git("checkout", "-q", "--detach", "FETCH_HEAD", cwd=folder)
        if os.geteuid() == 0:
            subprocess.run(["chown", "-R", f"{owner}:{owner}", folder], check=True)


class Runner:
    """Runs the steps of a job exactly as the file has them. Only actions (`uses:`) and the forge's network are missing."""

    def __init__(self, folder, values, environment):
        self.folder, self.values = folder, values
        self.home = folder.parent / f"{folder.name}-home"
        self.home.mkdir()
        self.files = {name: self.home / name for name in ("GITHUB_ENV", "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")}
        for path in self.files.values():
            path.touch()
        programs = self.home / "bin"
        programs.mkdir()
        (programs / "wpex").symlink_to(WPEX)
        self.environment = {
            "PATH": f"{programs}:/usr/local/bin:/usr/bin:/bin", "HOME": str(self.home), "LANG": "C.UTF-8", "CI": "true",
            "GITHUB_WORKSPACE": str(folder), **{name: str(path) for name, path in self.files.items()}, **environment,
        }
        self.outcomes, self.output, self.used = {}, {}, []

    def expression(self, text):
        """Evaluates `${{ a.b }}` with the values of the event."""
        return re.sub(r"\$\{\{ *([^}]*?) *\}\}", lambda found: str(self.values[found[1]]), str(text))

    def holds(self, condition):
        if condition is None:
            return not self.failed
        text = re.sub(r"^\$\{\{ *(.*?) *\}\}$", r"\1", condition)
        for part in text.split(" && "):
            if part == "!cancelled()":
                continue
            name, wanted = re.fullmatch(r"([\w.]+) [!=]= '(\w*)'", part).groups()
            if name.startswith("env."):
                actual = self.from_env().get(name[4:], "")
            else:
                actual = self.outcomes.get(name.removeprefix("steps.").removesuffix(".outcome"))
            if (actual == wanted) != ("==" in part):
                return False
        return "!cancelled()" in text or not self.failed

    def from_env(self):
        lines = self.files["GITHUB_ENV"].read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)

    def run(self, workflow, job):
        description = workflow["jobs"][job]
        for number, step in enumerate(description["steps"]):
            name = step.get("id") or step.get("name") or f"step {number}"
            if not self.holds(step.get("if")):
                self.outcomes[name] = "skipped"
                continue
            if "uses" in step:
                self.used.append(step)
                continue
            environment = {**(description.get("env") or {}), **(step.get("env") or {})}
            result = subprocess.run(
                # GitHub's command line for `shell: bash`.
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]], cwd=self.folder, capture_output=True, text=True,
                env={**self.environment, **self.from_env(), **{key: self.expression(value) for key, value in environment.items()}})
            self.outcomes[name] = "success" if result.returncode == 0 else "failure"
            self.output[name] = result.stdout + result.stderr
            assert TOKEN not in self.output[name]
        return self

    @property
    def failed(self):
        return [name for name, outcome in self.outcomes.items() if outcome == "failure"]


class API:
    """A fake of a forge's HTTP API; stores comments and uploads."""

    def __init__(self, pulls=(), bot="github-actions[bot]"):
        self.pulls, self.bot = list(pulls), bot
        self.comments, self.uploads, self.requests = [], [], []
        self.scanning = 202
        api = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def answer(self, status, value):
                body = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def handle_any(self):
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                sent = self.headers.get("Authorization", "").removeprefix("Bearer ") or self.headers.get("PRIVATE-TOKEN")
                if sent != TOKEN:
                    return self.answer(401, {"message": "Bad credentials"})
                path, _, query = self.path.partition("?")
                api.requests.append((self.command, path))
                self.answer(*api.serve(self.command, path, dict(urllib.parse.parse_qsl(query)), body))

            do_GET = do_POST = do_PATCH = do_PUT = handle_any

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def add(self, body, author):
        self.comments.append({
            "id": len(self.comments) + 1, "body": body, "user": {"login": author}, "author": {"id": author},
            "html_url": f"https://forge.example/comments/{len(self.comments) + 1}",
        })
        return self.comments[-1]

    def page(self, query):
        size, page = int(query.get("per_page", 30)), int(query.get("page", 1))
        return self.comments[(page - 1) * size:page * size]

    def serve(self, method, path, query, body):
        if path.endswith("/pulls") and method == "GET":
            return 200, [pull for pull in self.pulls if pull["head"]["label"] == query["head"] and query["state"] == "open"]
        if path.endswith("/code-scanning/sarifs") and method == "POST":
            if self.scanning == 202:
                sarif = json.loads(gzip.decompress(base64.b64decode(body["sarif"])))
                self.uploads.append({**body, "sarif": sarif})
            return self.scanning, {"id": "1"}
        if path == "/user":
            return 200, {"id": self.bot}
        if re.search(r"/(comments|notes)$", path):
            if method == "GET":
                return 200, self.page(query)
            return 201, self.add(body["body"], self.bot)
        found = re.search(r"/(comments|notes)/(\d+)$", path)
        if found and method in ("PATCH", "PUT"):
            comment = self.comments[int(found[2]) - 1]
            if comment["user"]["login"] != self.bot:
                return 403, {"message": "not yours"}
            comment["body"] = body["body"]
            return 200, comment
        return 404, {"message": f"no {method} {path}"}
