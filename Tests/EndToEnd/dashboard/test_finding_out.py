"""Finding things: filters that know every word of the API, links forward and back, and reasons."""

import json
import urllib.parse

import pytest

from support.answers import ask
from support.console import SCREENSHOTS
from support.viewers import token
from support.window import WATCH, Window


def test_an_address_that_is_no_page(console, windows):
    with windows() as window:
        answers = []
        window.page.on("response", lambda answer: answers.append((answer.url, answer.status)))
        page = window.open("/nowhere-of-ours")
        assert answers[0] == (console.url + "/nowhere-of-ours", 404)
        assert page.locator("h1").inner_text() == "Not found"
        page.screenshot(path=SCREENSHOTS / "missing-admin-light-1440.png")
        page.get_by_role("link", name="To the overview").click()
        page.get_by_role("heading", name="Overview").wait_for()
    for accept, kind in (("application/json", "application/problem+json"), ("*/*", "application/problem+json"), ("text/html,*/*;q=0.8", "text/html; charset=utf-8")):
        missing = ask(console.url + "/nowhere-of-ours", headers={"Accept": accept})
        assert missing.status == 404 and missing.header("content-type") == kind


def test_what_is_missing_has_one_reason(windows):
    with windows() as window:
        text = window.open("/relays/acme/nothing").locator("main").inner_text()
        assert "Not found" in text and "Could not load" not in text


def test_filters_offer_every_word_of_the_api(console, windows):
    """A word that the API takes and a page does not offer cannot be asked for."""
    paths = ask(console.url + "/openapi.json").json["paths"]

    def words(path, name):
        schema = next(one["schema"] for one in paths[f"/api/v1{path}"]["get"]["parameters"] if one["name"] == name)
        return set(schema.get("items", schema)["enum"])

    # The pages leave out a useless one: a stopped relay has no health.
    left_out = {("/relays", "grade"): {"stopped"}}
    with windows() as window:
        for path, names in {"/audit": ["action", "outcome"], "/alerts": ["severity", "kind"], "/relays": ["status", "grade"], "/keys": ["status"], "/users": ["status"], "/orgs": ["status"]}.items():
            page = window.open(path)
            for name in names:
                offered = set(page.locator(f"#filter-{name} option").evaluate_all("all => all.map((one) => one.value)")) - {""}
                assert offered == words(path, name) - left_out.get((path, name), set()), (path, name)


def test_an_actor_is_a_link_and_a_part_of_it_is_enough(windows):
    with windows() as window:
        page = window.open("/audit?action=login")
        link = page.locator("td a").first
        name = link.inner_text()
        link.click()
        page.wait_for_url("**actor=**")
        assert page.locator("#filter-actor").input_value() == name
        window.settle()
        assert set(page.locator("td a[href*='actor=']").all_inner_texts()) == {name}
        window.open(f"/audit?actor={name[1:-1].upper()}")
        assert name in page.locator("td a[href*='actor=']").all_inner_texts()


SEARCHES = {
    "/relays": ["127.0.0.", "running", "Acme Logistica", "milan-1", "tier:gold"],
    "/keys": ["10.20.", "revoked", "milan-1", "SHA256:", "headquarters"],
    "/users": ["engineer", "active", "example.org"],
    "/orgs": ["Acme", "active"],
}


@pytest.mark.parametrize("path", SEARCHES)
def test_search_finds_what_the_list_shows(console, path):
    for words in SEARCHES[path]:
        found = console.get(f"/api/v1{path}?limit=5&q={urllib.parse.quote(words)}")
        assert found["total"] > 0, (path, words)


def test_search_tells_an_executive_nothing_of_sites(console):
    subnet = next(key["site"]["subnet"] for key in console.get("/api/v1/keys?limit=100")["items"] if key["site"] and key["site"]["subnet"])
    assert console.get(f"/api/v1/keys?q={subnet}")["total"] > 0
    assert console.get(f"/api/v1/keys?q={subnet}", "executive")["total"] == 0


def test_who_cannot_sign_in_is_not_said_to(console, windows):
    users = {user["name"]: user for user in console.get("/api/v1/users?limit=100")["items"]}
    locked = [user for user in users.values() if not user["access"]["tokens"] and not user["identities"]["oidc"] and user["status"] == "active"]
    assert locked
    with windows(width=1700) as window:
        page = window.open("/users")
        for user in locked:
            row = page.get_by_role("row").filter(has_text=user["displayName"])
            assert "cannot sign in" in row.first.inner_text(), user["name"]
            for account in (user["identities"]["github"], user["identities"]["gitlab"]):
                assert account is None or "In Git:" in row.first.inner_text()


def test_commands_are_whole_and_say_what_to_replace(windows):
    with windows() as window:
        page = window.open("/relays/acme/milan-1")
        upgrade = page.locator(".commands li", has_text="upgrade")
        assert upgrade.locator("mark").all_inner_texts() == ["TAG", "DIGEST"] and "Replace: TAG DIGEST" in upgrade.inner_text()
        cut = page.evaluate("() => [...document.querySelectorAll('.command:not(.is-many) pre')].filter((one) => one.scrollWidth > one.clientWidth).length")
        assert cut == 0


def test_a_revoked_key_says_so_and_a_viewer_has_no_empty_panel(console, windows):
    revoked = next(key["id"] for key in console.get("/api/v1/keys?status=revoked&org=acme")["items"])
    with windows() as window:
        text = window.open(f"/keys/{revoked}").locator("main").inner_text()
        assert text.count("This key is revoked. No actions available.") == 1
    with windows("viewer") as window:
        page = window.open("/keys/acme/headquarters")
        assert page.locator("#commands").count() == 0


def test_only_who_may_do_something_is_given_the_approval(console, windows):
    """The command names this installation's state folder, so that it works when copied."""
    file = console.repo / "orgs/acme/relays/milan-1.yaml"
    text = file.read_text()
    file.unlink()
    try:
        with windows() as window:
            page = window.open("/sync")
            page.locator(".notice .command").wait_for(timeout=30_000)
            command = page.locator(".notice .command pre").inner_text()
            digest = console.get("/api/v1/sync")["held"][0]["digest"]
            assert command == f"wpex sync approve --state {console.folder / 'state'} {digest}"
            page = window.open("/relays?q=milan-1")
            assert "Removal held" in page.get_by_role("row").filter(has_text="milan-1").first.inner_text()
            page = window.open("/relays/acme/milan-1")
            assert page.get_by_text("It keeps running until its removal is approved.").count() == 1
            page.screenshot(path=SCREENSHOTS / "relay-held.png")
        assert console.get("/api/v1/sync", "executive")["held"][0]["command"] is None
    finally:
        file.write_text(text)


def test_log_columns_stand_below_each_other(windows):
    with windows() as window:
        page = window.page

        def answer(route):
            response = route.fetch()
            value = response.json()
            value["log"] = {"truncated": False, "lines": [
                {"at": "2026-11-26T10:00:00Z", "level": level, "text": "a line"} for level in ("info", "warning", "error", None)]}
            route.fulfill(response=response, body=json.dumps(value))

        page.route("**/api/v1/relays/acme/milan-1", answer)
        window.open("/relays/acme/milan-1?tab=log")
        assert len({line.index("a line") for line in page.locator("pre.log code").inner_text().split("\n")}) == 1


def test_the_menu_of_a_phone_covers_the_page(windows):
    with windows(width=390) as window:
        page = window.open("/relays")
        page.click("#menu-toggle")
        box = page.locator("#side").bounding_box()
        assert box["y"] + box["height"] >= 760 - 1 and box["width"] >= 390
        page.mouse.move(200, 700)
        page.mouse.wheel(0, 600)
        page.wait_for_timeout(100)
        assert page.evaluate("scrollY") == 0


def test_back_finds_the_place_in_a_list(windows):
    with windows(fresh=True, viewport={"width": 1440, "height": 300}) as window:
        page = window.open("/keys")
        page.evaluate("scrollTo(0, 600)")
        link = page.locator("tbody th a").nth(8)
        place = page.evaluate("scrollY")
        assert place > 200
        link.evaluate("(one) => one.click()")
        page.wait_for_url("**/keys/*/*")
        window.settle()
        page.wait_for_function("() => scrollY === 0")
        page.go_back()
        page.wait_for_function(f"() => Math.abs(scrollY - {place}) < 2")


def test_the_end_of_a_session_is_explained(console, browser):
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
    context.add_init_script(WATCH)
    page = context.new_page()
    page.goto(console.url + "/relays")
    page.wait_for_url("**/login?next=%2Frelays")
    page.fill("#token", token("admin"))
    assert page.get_by_text("Your session has ended").count() == 0
    page.keyboard.press("Enter")
    page.wait_for_url("**/relays")
    Window(page, console.url).settle()
    context.clear_cookies()
    page.reload()
    page.wait_for_url("**/login?next=%2Frelays")
    page.get_by_text("Your session has ended").wait_for()
    context.close()


def test_a_page_that_was_not_open_yet_while_the_server_is_away(windows):
    with windows(fresh=True) as window:
        page = window.page
        # Only what the page itself needs had been loaded when the server went away.
        page.route("**/views/alerts.js", lambda route: route.abort())
        window.open("/relays/acme/milan-1")
        page.route("**/healthz", lambda route: route.abort())
        page.get_by_role("link", name="Alerts").first.click()
        page.locator(".notice", has_text="cannot be opened while the server is not responding").wait_for()
        assert page.url.endswith("/relays/acme/milan-1") and page.locator("h1").inner_text() == "milan-1"
        page.unroute("**/healthz")
        page.unroute("**/views/alerts.js")
        page.get_by_role("link", name="Keys", exact=True).first.click()
        page.get_by_role("heading", name="Keys").wait_for()
        assert page.locator(".notice", has_text="cannot be opened").count() == 0


def test_backquotes_of_the_server_are_code(windows):
    with windows() as window:
        page = window.page
        page.route("**/api/v1/alerts?*", lambda route: route.fulfill(json={"next": None, "total": 1, "items": [{
            "id": "sync-held:eu", "kind": "sync-held", "severity": "warning", "org": None, "subject": {"kind": "platform", "org": None, "name": "eu"},
            "summary": "s", "detail": "2 object changes await approval: `wpex sync approve`", "since": "2026-11-26T10:00:00Z", "value": 2, "threshold": None}]}))
        page = window.open("/alerts")
        assert page.locator("td code, th code", has_text="wpex sync approve").count() == 1 and "`" not in page.locator("main").inner_text()


NOUNS = {
    "en-GB": ["1 failed, 1 starting, 1 unknown", "1 healthy, 1 degraded, 1 critical", "1 expires soon, 1 revoked", "1 critical, 1 warning, 1 notice"],
    "it-IT": ["1 guasto, 1 in avvio, 1 sconosciuto", "1 in buono stato, 1 degradato, 1 critico", "1 in scadenza, 1 revocata", "1 critico, 1 avviso, 1 informazione"],
}


@pytest.mark.parametrize("locale", NOUNS)
def test_one_of_a_thing_is_one(windows, locale):
    with windows(locale=locale, fresh=True) as window:
        page = window.page

        def answer(route):
            response = route.fetch()
            value = response.json()
            value["relays"].update(failed=1, starting=1, unknown=1)
            value["health"].update(healthy=1, degraded=1, critical=1)
            value["keys"].update(expiring=1, revoked=1)
            value["alerts"] = {"critical": 1, "warning": 1, "info": 1}
            route.fulfill(response=response, body=json.dumps(value))

        page.route("**/api/v1/kpi", answer)
        window.open("/")
        notes = page.locator(".tile .note").all_inner_texts()
        assert not set(NOUNS[locale]) - set(notes), notes
