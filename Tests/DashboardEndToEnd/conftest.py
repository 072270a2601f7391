import contextlib
import urllib.parse

import pytest
from console import Console, token
from playwright.sync_api import sync_playwright

# Errors that a page must never cause, as reported by the browser itself from the first script on.
WATCH = """
window.__problems = [];
addEventListener("securitypolicyviolation", (event) => window.__problems.push(`CSP: ${event.violatedDirective} ${event.blockedURI}`));
addEventListener("error", (event) => window.__problems.push(`error: ${event.message}`));
addEventListener("unhandledrejection", (event) => window.__problems.push(`rejection: ${event.reason}`));
"""


@pytest.fixture(scope="session")
def console(tmp_path_factory):
    running = Console(tmp_path_factory.mktemp("console"), 700)
    yield running
    running.stop()


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        # Debian's browser, which has no sandbox as root.
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield chromium
        chromium.close()


class Window:
    """A user's page, which records the browser's complaints."""

    def __init__(self, page, url):
        self.page, self.url = page, url
        self.said = []
        page.on("console", lambda message: self.note(message))
        page.on("pageerror", lambda error: self.said.append(f"page: {error}"))
        page.on("request", lambda request: self.outside(request))

    def note(self, message):
        # A refused read is shown by the page; the browser also logs it by itself.
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
            self.said.append(f"{message.type}: {message.text}")

    def outside(self, request):
        if not request.url.startswith((self.url, "data:", "blob:")):
            self.said.append(f"loads from elsewhere: {urllib.parse.urlsplit(request.url).netloc}")

    def open(self, path):
        self.page.goto(self.url + path)
        self.settle()
        return self.page

    def settle(self):
        """Waits until all resources are shown and all charts are drawn."""
        self.page.wait_for_selector("#app h1")
        self.page.wait_for_function(
            """() => !document.querySelector('.skeleton, [aria-busy=true]')
              && [...document.querySelectorAll('.chart')].every((chart) => chart.querySelector('canvas')?.width)
              && [...document.querySelectorAll('.map')].every((map) => map.dataset.ready)""")

    def problems(self):
        return self.said + self.page.evaluate("window.__problems")


@pytest.fixture(scope="session")
def windows(console, browser):
    """Opens windows, with one logged-in context for each role and size."""
    contexts = {}

    @contextlib.contextmanager
    def opened(role="admin", width=1440, fresh=False, **options):
        settings = {"viewport": {"width": width, "height": 900 if width > 500 else 760}, "locale": "en-GB", "reduced_motion": "reduce", **options}
        key = (role, width, tuple(sorted(options.items(), key=str)))
        context = None if fresh else contexts.get(key)
        if context is None:
            context = browser.new_context(**settings)
            context.add_init_script(WATCH)
            context.grant_permissions(["clipboard-read", "clipboard-write"])
            if role:
                answer = context.request.post(console.url + "/login", data={"token": token(role)})
                assert answer.status == 204, answer.text()
            if not fresh:
                contexts[key] = context
        page = context.new_page()
        window = Window(page, console.url)
        try:
            yield window
        finally:
            page.close()
            if fresh:
                context.close()

    yield opened
    for context in contexts.values():
        context.close()
