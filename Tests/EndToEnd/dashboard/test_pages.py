"""Every page for every role, in both themes, on a phone and a desktop."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from support.console import PAGES, ROLES, SCREENSHOTS
from support.window import WCAG

SAME_FOR_ALL = {"relay-events", "relay-log", "relay-probes", "relay-specification"}


def shown(window, console, role, name):
    path, needs, heading = PAGES[name]
    page = window.open(path)
    may = needs is None or needs in console.permissions(role)
    assert page.locator("h1").count() == 1
    text = page.locator("main").inner_text()
    # A tab without permission is absent, and the relay's first tab is shown.
    if may or name.startswith("relay-"):
        if heading:
            assert page.locator("h1").inner_text() == heading
        assert "Access denied" not in text
    else:
        assert "Access denied" in text
    return page


@pytest.mark.parametrize("width", [1440, 360])
@pytest.mark.parametrize("role", ROLES)
def test_every_page(console, windows, role, width):
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    wrong = []
    with windows(role, width) as window:
        for name in PAGES:
            # A relay's tabs that are the same for all roles are checked once.
            if name == "missing" or (role != "admin" and name in SAME_FOR_ALL):
                continue
            page = shown(window, console, role, name)
            for theme in ("light", "dark"):
                page.emulate_media(color_scheme=theme, reduced_motion="reduce")
                window.settle()
                # The roles differ in what a page shows, not in how: for each of the others, one picture is enough.
                if role == "admin" or (theme, width) == ("light", 1440):
                    page.screenshot(path=SCREENSHOTS / f"{name}-{role}-{theme}-{width}.png", full_page=True)
            page.emulate_media(color_scheme="light", reduced_motion="reduce")
            across = page.evaluate("document.documentElement.scrollWidth")
            if across > width:
                wrong.append(f"{name} is {across} pixels wide on {width}")
            small = page.evaluate(
                """() => [...document.querySelectorAll('a, button, input, select, summary')].filter((element) => {
                  const box = element.getBoundingClientRect();
                  const isInText = element.localName === 'a' && element.closest('p, li.row');
                  return box.width > 0 && !isInText && !element.closest('.visually-hidden') && (box.width < 23.5 || box.height < 23.5)
                    && !element.closest('label.check');
                }).map((element) => element.outerHTML.slice(0, 120))""")
            if small:
                wrong.append(f"{name} has targets under 24 pixels: {small[:3]}")
        assert not window.problems(), window.problems()
    assert not wrong, wrong


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 360])
def test_axe_finds_nothing(console, windows, theme, width):
    found = []
    with windows("admin", width) as window:
        window.page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        for name, (path, _, _) in PAGES.items():
            if name == "missing":
                continue
            # Everything is checked on a desktop, in both themes; on a phone only what has another layout.
            if width == 360 and (theme == "dark" or name.startswith("relay-")):
                continue
            page = window.open(path)
            results = Axe().run(page, options={"runOnly": {"type": "tag", "values": WCAG}, "resultTypes": ["violations"]})
            for violation in results.response["violations"]:
                found.append(f"{name}: {violation['id']}: " + "; ".join(node["html"][:160] for node in violation["nodes"][:3]))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_before_login(windows, theme):
    with windows(None, fresh=True, color_scheme=theme) as window:
        page = window.open("/login")
        page.wait_for_selector("#token")
        box = page.locator(".login-card").bounding_box()
        assert abs(box["x"] + box["width"] / 2 - 720) < 2 and box["width"] > 300
        page.screenshot(path=SCREENSHOTS / f"login-{theme}-1440.png")
        results = Axe().run(page, options={"runOnly": {"type": "tag", "values": WCAG}})
        assert results.violations_count == 0, results.generate_report()
        assert not window.problems()


def test_an_address_of_nobody_is_not_found(console, windows):
    with windows() as window:
        for path in ("/relays/acme/nothing", "/keys/nobody/nothing", "/orgs/nobody"):
            page = window.open(path)
            assert "Not found, or you do not have access." in page.locator("main").inner_text()


def test_a_table_on_a_desk_is_seen_whole(windows):
    """Tables need no horizontal scrolling."""
    with windows() as window:
        for name, (path, _, _) in PAGES.items():
            if name == "missing":
                continue
            page = window.open(path)
            wide = page.evaluate("[...document.querySelectorAll('.table-wrap')].filter((one) => one.scrollWidth > one.clientWidth + 1).length")
            assert wide == 0, f"a table of {name} is wider than its place"


def test_regions_are_listed_once(windows):
    with windows() as window:
        names = window.open("/sync").locator("#source").locator("xpath=ancestor::section").locator("dt").all_inner_texts()
        assert names.count("eu-north") == 1 and names.count("eu-south") == 1


@pytest.mark.parametrize("locale, hub, everybody, level", [
    ("en-GB", "headquarters ↔ network: nordics", "All keys may speak with each other.", "relays here use ports of the nodes"),
    ("it-IT", "headquarters ↔ network: nordics", "Tutte le chiavi possono parlare tra loro.", "qui dei relay usano porte dei nodi"),
])
def test_a_relay_says_who_may_speak_with_whom(windows, locale, hub, everybody, level):
    with windows(locale=locale) as window:
        page = window.open("/relays/acme/stockholm-1?tab=specification")
        rules = page.locator("section[aria-labelledby=access] li")
        assert [rule.inner_text() for rule in rules.all()] == [hub]
        assert f"privileged {level}" in page.locator("section[aria-labelledby=specification]").inner_text()
        page = window.open("/relays/acme/milan-1?tab=specification")
        assert everybody in page.locator("section[aria-labelledby=access]").inner_text()
        assert "restricted" in page.locator("section[aria-labelledby=specification]").inner_text()


def test_an_executive_sees_no_fingerprints(windows):
    with windows("admin") as window:
        page = window.open("/keys")
        assert page.get_by_role("columnheader", name="Fingerprint").count() == 1
        assert "SHA256:" in page.content()
    with windows("executive") as window:
        for path in ("/keys", "/keys/acme/headquarters", "/relays/acme/milan-1?tab=peers"):
            page = window.open(path)
            assert "Fingerprint" not in page.content() and "SHA256:" not in page.content()


def test_a_watcher_sees_no_figures(windows):
    with windows("watcher") as window:
        page = window.open("/relays")
        headings = page.get_by_role("columnheader").all_inner_texts()
        assert not {"Health", "Sessions", "Throughput", "Alerts"} & set(headings)
        assert not page.locator("nav#side").get_by_text(re.compile("Topology|Alerts|Audit|Organizations|Users")).count()


def test_the_overview_is_light(windows):
    sizes = []
    with windows(fresh=True) as window:
        window.page.on("requestfinished", lambda request: sizes.append((request.sizes()["responseBodySize"] + request.sizes()["responseHeadersSize"], request.url)))
        window.open("/")
        # The event stream never finishes.
        window.page.wait_for_timeout(500)
    names = [url for _, url in sizes]
    assert any(url.endswith("/app.js") for url in names) and not any("/vendor/" in url for url in names)
    total = sum(size for size, _ in sizes)
    assert 20_000 < total < 300_000, sorted(sizes)[-10:]


def test_the_first_visit_is_light(windows):
    """Bytes on the wire for the overview with an empty cache."""
    with windows("admin", fresh=True) as window:
        session = window.page.context.new_cdp_session(window.page)
        session.send("Network.enable")
        came = []
        session.on("Network.loadingFinished", lambda event: came.append(event["encodedDataLength"]))
        window.open("/")
        window.page.wait_for_timeout(500)
        assert len(came) > 3 and sum(came) <= 300_000, came
