"""HTTP requests. Refusals and redirections are answers too, not errors."""

import json
import urllib.error
import urllib.request


class Answer:
    """Status, headers and body of an answer; status 0 if there was none."""

    def __init__(self, status, headers=(), body=b""):
        self.status, self.headers, self.body = status, list(headers), body

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def good(self):
        """This answer. Raises `ConnectionError` if its status is not 200."""
        if self.status != 200:
            raise ConnectionError(f"{self.status}: {self.body[:1000]}")
        return self

    def header(self, name):
        """A header's first value."""
        return next(iter(self.values(name)), None)

    def values(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    @property
    def cookie(self):
        """The cookie that it sets, as a browser sends it back."""
        return self.header("set-cookie").split(";")[0]

    def same(self):
        """All of it that does not depend on the clock."""
        return self.status, sorted((k.lower(), v) for k, v in self.headers if k.lower() != "date"), self.body


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def ask(url, method=None, body=None, headers=None, bearer=None, timeout=20, context=None):
    """One request; a `body` that is not bytes is sent as JSON."""
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
        headers = {"Content-Type": "application/json", **(headers or {})}
    if bearer:
        headers = {"Authorization": f"Bearer {bearer}", **(headers or {})}
    request = urllib.request.Request(url, method=method, data=body, headers=headers or {})
    handlers = [NoRedirect, *([urllib.request.HTTPSHandler(context=context)] if context else [])]
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=timeout) as answer:
            return Answer(answer.status, answer.getheaders(), answer.read())
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.headers.items(), error.read())
    except OSError:
        return Answer(0)
