"""Pages of other sites cannot make a browser log in, log out or wait."""

import http.server
import json
import threading
import urllib.parse

import pytest
from axe_playwright_python.sync_playwright import Axe

from support.console import SCREENSHOTS
from support.viewers import token
from support.window import WCAG


@pytest.fixture(scope="module")
def evil():
    """A page of another origin that sends its visitors to an address."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_GET(self):
            target = urllib.parse.unquote(self.path.partition("?")[2])
            body = f"<script>location = {json.dumps(target)}</script>".encode() if target else b""
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_no_page_logs_a_browser_in_as_somebody_else(console, windows, evil):
    with windows("admin", fresh=True) as window:
        page = window.page
        for number in range(8):
            target = f"{window.url}/login#token={token('viewer') if number == 0 else f'wrong-{number}'}"
            page.goto(f"{evil}/?{urllib.parse.quote(target)}")
            page.wait_for_url(f"{window.url}/login")
            page.get_by_role("button", name="Stay signed in").wait_for()
            assert "token=" not in page.url
            me = page.evaluate("fetch('/api/v1/me').then((answer) => answer.json())")
            assert me["user"]["id"] == "look-admin"
        page.screenshot(path=SCREENSHOTS / "state-login-question.png")
        results = Axe().run(page, options={"runOnly": {"type": "tag", "values": WCAG}})
        assert results.violations_count == 0, results.generate_report()
        # Even with consent, the user stays logged in as before.
        page.get_by_role("button", name="Sign in with the link").click()
        page.get_by_text("This token is not accepted.").wait_for()
        page.get_by_role("button", name="Stay signed in").click()
        page.wait_for_url(window.url + "/")
        window.settle()
    # None of this caused a pause for logins.
    with windows("viewer", fresh=True):
        pass


def test_no_page_logs_a_browser_in(console, windows, evil):
    with windows(None, fresh=True) as window:
        page = window.page
        for number in range(8):
            target = f"{window.url}/login?round={number}#token={token('viewer') if number == 0 else f'wrong-{number}'}"
            page.goto(f"{evil}/?{urllib.parse.quote(target)}")
            page.wait_for_url(f"{window.url}/login?round={number}")
            page.get_by_text("This token is not accepted.").wait_for()
            assert page.evaluate("fetch('/api/v1/me').then((answer) => answer.status)") == 401
        page.fill("#token", token("viewer"))
        page.keyboard.press("Enter")
        page.wait_for_url(window.url + "/")


@pytest.mark.parametrize("locale, stay, enter", [
    ("en-GB", "Stay signed in", "Sign in with the link"), ("it-IT", "Mantieni la sessione", "Accedi con il link")])
def test_the_printed_address_asks_before_it_replaces_a_session(console, windows, locale, stay, enter):
    address = json.loads((console.folder / "state/status-address").read_text())["address"]
    link = "/login?next=/alerts#" + address.split("#")[1]
    with windows("viewer", fresh=True, locale=locale) as window:
        page = window.page
        page.goto(window.url + link)
        page.get_by_text("Somebody who is viewer").wait_for()
        page.get_by_role("button", name=stay).click()
        page.wait_for_url(window.url + "/alerts")
        assert page.evaluate("fetch('/api/v1/me').then((answer) => answer.json())")["user"]["kind"] == "user"
        page.goto(window.url + link)
        page.get_by_role("button", name=enter).click()
        page.wait_for_url(window.url + "/alerts")
        window.settle()
        assert page.evaluate("fetch('/api/v1/me').then((answer) => answer.json())")["user"]["kind"] == "local"
        # A user who has that session already is not asked.
        page.goto(window.url + link)
        page.wait_for_url(window.url + "/alerts")


@pytest.mark.parametrize("way", ["form", "fetch", "image"])
def test_other_sites_make_no_login_count(console, windows, evil, way):
    with windows(None, fresh=True) as window:
        page = window.page
        for _number in range(8):
            page.goto(f"{evil}/")
            if way == "form":
                page.evaluate("""url => { const form = document.createElement('form'); form.method = 'post'; form.action = url + '/login';
                    const field = document.createElement('input'); field.name = 'token'; field.value = 'wrong'; form.append(field);
                    document.body.append(form); form.submit(); }""", window.url)
                page.wait_for_url(f"{window.url}/login")
                assert "foreign-origin" in page.content()
            elif way == "fetch":
                page.evaluate("""url => fetch(url + '/login', { method: 'POST', mode: 'no-cors', credentials: 'include',
                    headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body: 'token=wrong' }).catch(() => 0)""", window.url)
            else:
                page.evaluate("url => new Promise((done) => { const image = new Image(); image.onerror = done; image.src = url + '/login/oidc/sso/callback?state=x'; })", window.url)
        answer = page.context.request.post(window.url + "/login", data={"token": token("viewer")})
        assert answer.status == 204, answer.text()
