"""An open page shows changes, and says when it receives none."""

import re
import subprocess

import pytest

from support.console import Console
from support.viewers import token
from support.waiting import until
from support.window import WATCH, Window


@pytest.fixture
def own(tmp_path):
    """A console that tests may change, apart from the shared one."""
    running = Console(tmp_path, 1400)
    yield running
    running.stop()


def window_of(own, browser):
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
    context.add_init_script(WATCH)
    assert context.request.post(own.url + "/login", data={"token": token("admin")}).status == 204
    return Window(context.new_page(), own.url)


def test_a_commit_a_crash_and_a_server_that_goes(own, browser):
    window = window_of(own, browser)
    page = window.open("/relays")
    page.wait_for_selector(".live[data-state=live]")
    row = page.get_by_role("row").filter(has_text="milan-guests")
    assert "Running" in row.inner_text()

    # A change of the repository.
    file = own.repo / "orgs/acme/relays/milan-guests.yaml"
    file.write_text(file.read_text().replace("spec:", "spec:\n  state: stopped"))
    row.get_by_text("Stopped").first.wait_for(timeout=20_000)

    # A relay that ends.
    page = window.open("/relays/acme/milan-1")
    restarts = page.locator("dt", has_text=re.compile("^Restarts$")).locator("xpath=following-sibling::dd[1]")
    assert restarts.inner_text() == "0"
    name = own.get("/api/v1/relays/acme/milan-1")["instances"][0]["name"]
    subprocess.run(["kill", "-9", name.split()[1]], check=True)
    until(lambda: restarts.inner_text() == "1", "the page shows the restart", own.log, 60)

    # A measurement from a relay.
    page = window.open("/relays/acme/milan-1?tab=probes")
    runs = page.locator("section", has=page.locator("#measurements")).locator("li")
    before = runs.count()
    assert before >= 2 and own.measure("traceroute", "127.0.0.3", "engineer") == 0
    until(lambda: runs.count() == before + 1, "the page shows the measurement", own.log, 60)
    assert "127.0.0.3" in runs.first.inner_text() and "Reached" in runs.first.inner_text()

    # An error in a file: the compiler's message with its lines.
    page = window.open("/sync")
    loaded = page.evaluate("performance.timeOrigin")
    broken = own.repo / "orgs/globex/relays/oslo.yaml"
    text = broken.read_text()
    broken.write_text(text.replace("port:", "prot:", 1))
    page.locator(".frame").first.wait_for(timeout=20_000)
    assert "prot" in page.locator(".frame").first.inner_text()
    broken.write_text(text)
    page.locator(".frame").first.wait_for(state="detached", timeout=20_000)

    # The server stops: the page says so, and keeps its data. Sessions end with the server, so a login is required once
    # it is back, and then the same page is shown.
    own.stop()
    page.wait_for_selector(".live[data-state=lost]", timeout=20_000)
    assert page.locator(".notice", has_text="Offline").count() == 1
    assert page.get_by_role("heading", name="Organizations").count() == 1
    own.start()
    page.wait_for_url("**/login?next=%2Fsync", timeout=60_000)
    page.fill("#token", token("admin"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/sync")
    page.wait_for_selector(".live[data-state=live]", timeout=20_000)
    assert page.locator(".notice", has_text="Offline").count() == 0
    assert page.evaluate("performance.timeOrigin") == loaded
    said = [text for text in window.problems() if "ERR_" not in text]
    assert not said, said
    page.context.close()
