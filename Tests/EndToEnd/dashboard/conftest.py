import contextlib

import pytest
from playwright.sync_api import sync_playwright

from support.console import Console
from support.viewers import token
from support.window import WATCH, Window


@pytest.fixture(scope="session")
def console(tmp_path_factory):
    running = Console(tmp_path_factory.mktemp("console"), 700)
    yield running
    running.stop()


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        # Debian's browser; as root it has no sandbox of its own.
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def windows(console, browser):
    """Opens windows: one context for each role and size, logged in once."""
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
