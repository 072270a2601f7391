"""Empty, loading, failed and stale states of pages. Faults are injected in front of the real server."""

import json

import pytest

from support.console import PAGES, SCREENSHOTS
from support.viewers import token

LISTS = {"relays": "No relays yet", "keys": "No keys yet", "orgs": "No organizations yet", "users": "No users yet", "alerts": "No alerts", "audit": "No records"}
READING = [name for name in PAGES if name not in ("missing", "account")]
AWAY = json.dumps({"type": "https://wpex.io/problems/unavailable", "title": "Unavailable", "status": 503, "detail": "", "errors": []})


def is_read(url):
    return "/api/v1/" in url and not url.endswith(("/api/v1/me", "/api/v1/events"))


@pytest.fixture
def window(windows):
    with windows(fresh=True) as opened:
        yield opened


@pytest.mark.parametrize("name", LISTS)
def test_empty(window, name):
    body = json.dumps({"items": [], "next": None, "total": 0})
    window.page.route(f"**/api/v1/{name}?*", lambda route: route.fulfill(body=body, content_type="application/json"))
    page = window.open(PAGES[name][0])
    assert page.get_by_text(LISTS[name], exact=True).count() == 1
    page.screenshot(path=SCREENSHOTS / f"state-empty-{name}.png")
    page = window.open(PAGES[name][0] + "?q=zzz" if name not in ("alerts", "audit") else PAGES[name][0] + "?org=acme")
    assert page.get_by_text("Nothing found", exact=True).count() == 1
    page.get_by_role("link", name="Clear filters").first.click()
    page.get_by_text(LISTS[name], exact=True).wait_for()


def test_loading_then_failed_then_tried_again(window):
    """For every page: skeletons during the read, the reason of a failure, and a button to retry."""
    page = window.page
    held = []
    fail = {"status": 503, "body": AWAY, "content_type": "application/problem+json"}
    server = {"does": "hold"}

    def answer(route):
        if server["does"] == "hold":
            held.append(route)
        elif server["does"] == "fail":
            route.fulfill(**fail)
        else:
            route.continue_()

    page.route(is_read, answer)
    for name in READING:
        held.clear()
        server["does"] = "hold"
        page.goto(window.url + PAGES[name][0], wait_until="domcontentloaded")
        page.wait_for_selector("h1")
        page.wait_for_selector(".skeleton")
        assert page.get_by_text("Loading", exact=True).count() >= 1, name
        if name in ("overview", "relays", "relay"):
            page.screenshot(path=SCREENSHOTS / f"state-loading-{name}.png")
        server["does"] = "fail"
        for route in held:
            route.fulfill(**fail)
        page.get_by_text("Part of the server is temporarily unavailable.").first.wait_for()
        if name in ("overview", "relays", "relay"):
            page.screenshot(path=SCREENSHOTS / f"state-failed-{name}.png")
        server["does"] = "answer"
        page.get_by_role("button", name="Try again").first.click()
        page.wait_for_function("() => !document.querySelector('[role=alert]')")
        window.settle()


def test_stale_keeps_what_was_known(console, window):
    page = window.open("/relays")
    rows = page.locator("tbody tr").count()
    assert rows >= 12
    page.route(is_read, lambda route: route.fulfill(status=503, body=AWAY, content_type="application/problem+json"))
    # As an event would do, makes the page read again.
    page.get_by_role("button", name="Relay").first.click()
    page.wait_for_url("**sort=name")
    page.get_by_text("Showing data from").wait_for()
    assert page.locator("tbody tr").count() == rows
    page.screenshot(path=SCREENSHOTS / "state-stale-relays.png")
    page.unroute(is_read)
    page.get_by_role("button", name="Try again").click()
    page.get_by_text("Showing data from").wait_for(state="detached")


def test_the_address_holds_the_state(window):
    page = window.open("/relays?org=acme&sort=-name")
    names = page.locator("tbody th a").all_inner_texts()
    assert names == sorted(names, reverse=True) and len(names) == 4
    assert page.locator("#filter-org").input_value() == "acme"
    page.select_option("#filter-region", "eu-north")
    page.wait_for_url("**region=eu-north**")
    page.wait_for_function("() => document.querySelectorAll('tbody tr').length === 1")
    page.go_back()
    page.wait_for_function("() => document.querySelectorAll('tbody tr').length === 4")
    assert page.locator("#filter-region").input_value() == ""
    page.get_by_role("link", name="milan-1").click()
    page.wait_for_selector("#tab-log")
    page.click("#tab-log")
    page.wait_for_url("**/relays/acme/milan-1?tab=log")
    page.reload()
    window.settle()
    assert page.locator("#tab-log").get_attribute("aria-selected") == "true"


def test_pages_of_a_list(window):
    page = window.page
    # Few keys are declared here, so the list is shown with smaller pages.
    page.route("**/api/v1/keys?*limit=50*", lambda route: route.continue_(url=route.request.url.replace("limit=50", "limit=20")))
    window.open("/keys")
    first = page.locator("tbody th a").all_inner_texts()
    page.get_by_role("button", name="Next").click()
    page.wait_for_url("**cursor=**")
    page.wait_for_function("name => document.querySelector('tbody th a')?.innerText !== name", arg=first[0])
    second = page.locator("tbody th a").all_inner_texts()
    assert len(first) == 20 and not set(first) & set(second)
    page.get_by_role("button", name="Previous").click()
    page.wait_for_function("name => document.querySelector('tbody th a')?.innerText === name", arg=first[0])


def test_login_and_logout(console, windows):

    with windows(None, fresh=True) as window:
        page = window.page
        page.goto(window.url + "/relays?org=acme")
        page.wait_for_url("**/login?next=**")
        page.fill("#token", "wrong")
        page.get_by_role("button", name="Sign in").click()
        page.get_by_text("This token is not accepted.").wait_for()
        page.screenshot(path=SCREENSHOTS / "state-login-refused.png")
        page.fill("#token", token("viewer"))
        page.keyboard.press("Enter")
        page.wait_for_url("**/relays?org=acme")
        window.settle()
        page.goto(window.url + "/account")
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url("**/login**")
        page.goto(window.url + "/relays")
        page.wait_for_url("**/login?next=**")
        # A login never redirects to another site.
        page.goto(window.url + "/login?next=//example.org/x")
        page.fill("#token", token("viewer"))
        page.keyboard.press("Enter")
        page.wait_for_url(window.url + "/")


def test_the_printed_address_logs_in(console, windows):
    address = json.loads((console.folder / "state/status-address").read_text())["address"]
    with windows(None, fresh=True) as window:
        page = window.page
        page.goto(window.url + "/login#" + address.split("#")[1])
        page.wait_for_url(window.url + "/")
        window.settle()
        assert "token" not in page.url and page.locator("h1").inner_text() == "Overview"


def test_commands_are_copied_and_change_nothing(windows):
    with windows("engineer") as window:
        page = window.open("/relays/acme/milan-1")
        page.get_by_role("button", name="Copy: Restart").click()
        page.wait_for_function("() => document.getElementById('announcer').textContent === 'Copied'")
        assert page.evaluate("navigator.clipboard.readText()") == "wpex relay restart acme/milan-1"
    with windows("viewer") as window:
        page = window.open("/relays/acme/milan-1")
        assert page.get_by_text("wpex relay").count() == 0


def test_nothing_moves_where_motion_is_unwanted(windows):
    with windows(fresh=True) as window:
        page = window.page
        page.route(is_read, lambda route: None)
        page.goto(window.url + "/relays")
        page.wait_for_selector(".skeleton")
        assert page.evaluate("matchMedia('(prefers-reduced-motion: reduce)').matches")
        running = page.evaluate("document.getAnimations().filter((one) => one.playState === 'running' && one.effect.getComputedTiming().duration > 1).length")
        assert running == 0


def test_nothing_shifts_on_the_overview(windows):
    with windows(fresh=True) as window:
        page = window.page
        page.add_init_script(
            """window.__shift = 0; new PerformanceObserver((list) => { for (const one of list.getEntries()) if (!one.hadRecentInput) window.__shift += one.value; })
            .observe({ type: 'layout-shift', buffered: true });""")
        window.open("/")
        page.wait_for_timeout(1500)
        assert page.evaluate("window.__shift") < 0.1
