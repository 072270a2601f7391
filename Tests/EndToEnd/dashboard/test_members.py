"""A relay of several processes: its members on its page, and where each peer is at home."""

import json
import os
import signal

import pytest

from support.console import PAGES, SCREENSHOTS, Console
from support.program import wpex
from support.sample import edit
from support.viewers import token
from support.waiting import until
from support.window import WATCH, Window

NAMES = [{"name": f"milan-1-7c9f8b6d5-{suffix}", "kind": "pod", "process": None} for suffix in ("4kx2p", "9qwzt", "hm7vd")]


def member(name, state, homes=None, milliseconds=None, agrees=None):
    return {"number": name and name["name"][-5:], "instance": name, "state": state, "roundTripMilliseconds": milliseconds, "homes": homes, "agrees": agrees}


TROUBLED = {
    "ready": 2, "expected": 4, "agree": False, "disagreeingSince": "2026-11-27T12:00:00Z", "lost": 1,
    "items": [
        member(NAMES[0], "ready", 12_345, 0.41, False), member(NAMES[1], "ready", 11_234, 12.5, False), member(NAMES[2], "lost"),
        member(None, "suspect", 7, 250),
    ],
}
SOUND = {
    "ready": 2, "expected": 2, "agree": True, "disagreeingSince": None, "lost": 0,
    "items": [member(NAMES[0], "ready", 1, 0.4, True), member(NAMES[1], "ready", 2, 0.4, True)],
}
SINGLE = {**SOUND, "ready": 1, "expected": 1, "agree": None, "items": SOUND["items"][:1]}


def alert(kind, code, parameters):
    return {
        "id": f"{kind}:acme/milan-1", "kind": kind, "severity": "warning", "org": "acme",
        "subject": {"kind": "relay", "org": "acme", "name": "milan-1"}, "summary": "relay acme/milan-1 has a problem",
        "detail": "Text of the server.", "detailStatements": [{"code": code, "parameters": parameters}],
        "since": "2026-11-27T12:00:00Z", "value": None, "threshold": None,
    }


ALERTS = [
    alert("member-missing", "members-missing", {"ready": 2, "count": 4}),
    alert("members-disagree", "members-disagree", {"seconds": 95}),
]


def show(page, members, alerts=()):
    """Lets the relay have members, and its first peer a home at the second one."""
    def relay(route):
        response = route.fetch()
        value = response.json()
        value.update(members=members, alertItems=[*alerts, *value["alertItems"]])
        route.fulfill(response=response, body=json.dumps(value))

    def peers(route):
        response = route.fetch()
        value = response.json()
        for place, peer in enumerate(value["items"]):
            peer["home"] = NAMES[1] if place == 0 else None
        route.fulfill(response=response, body=json.dumps(value))

    page.route("**/api/v1/relays/acme/milan-1", relay)
    page.route("**/api/v1/relays/acme/milan-1/peers*", peers)


def cells(page):
    return [[cell.inner_text().strip() for cell in row.locator("th, td").all()] for row in page.locator("section:has(#members) tbody tr").all()]


def test_each_member_has_a_row(windows):
    with windows(width=1024) as window:
        show(window.page, TROUBLED, ALERTS)
        main = window.open(PAGES["relay"][0]).locator("main")
        assert cells(window.page) == [
            [NAMES[0]["name"], "Ready", "12,345", "0.41 ms", "No"], [NAMES[1]["name"], "Ready", "11,234", "13 ms", "No"],
            [NAMES[2]["name"], "Lost", "–", "–", "–"], ["unknown process", "Suspect", "7", "250 ms", "–"],
        ]
        head = main.locator("section:has(#members) header").inner_text()
        assert "2 of 4 ready" in head and "Disagree" in head
        alerts = main.locator("section:has(#alerts)").inner_text()
        assert "2 of 4 processes ready." in alerts and "disagreed for 1 minute" in alerts, alerts
        window.page.screenshot(path=SCREENSHOTS / "relay-members-1024.png", full_page=True)
        assert not window.problems()


@pytest.mark.parametrize("members", [SINGLE, None])
def test_one_process_has_no_table(windows, members):
    with windows() as window:
        show(window.page, members)
        main = window.open(PAGES["relay"][0]).locator("main")
        assert main.locator("#figures").count() == 1 and main.locator("#members").count() == 0
        heads = window.open(PAGES["relay-peers"][0]).locator("main th[scope=col]").all_inner_texts()
        assert "At home at" not in heads and "State" in heads


def test_the_number_of_a_process_is_written_as_such(windows, console):
    process = console.get("/api/v1/relays/acme/milan-1")["instances"][0]
    assert process["kind"] == "process" and process["process"] > 0
    with windows() as window:
        text = window.open(PAGES["relay"][0]).locator("section:has(#instances)").inner_text()
        assert f"process {process['process']}\n" in text, text


def test_one_process_of_two_has_a_table(windows):
    with windows() as window:
        show(window.page, {**SINGLE, "expected": 2})
        window.open(PAGES["relay"][0])
        assert [row[:2] for row in cells(window.page)] == [[NAMES[0]["name"], "Ready"]]


def test_peers_have_a_home(windows):
    with windows(width=1600) as window:
        show(window.page, SOUND)
        main = window.open(PAGES["relay-peers"][0]).locator("main")
        place = main.locator("th[scope=col]").all_inner_texts().index("At home at")
        homes = [row.locator("th, td").nth(place).inner_text() for row in main.locator("tbody tr").all()]
        assert homes[0] == NAMES[1]["name"] and set(homes[1:]) <= {"–"}


@pytest.mark.parametrize("locale", ["en-GB", "it-IT"])
@pytest.mark.parametrize("width", [360, 768, 1024, 1440])
def test_nothing_is_cut(windows, width, locale):
    with windows(width=width, locale=locale) as window:
        show(window.page, TROUBLED, ALERTS)
        window.open(PAGES["relay"][0])
        wrap = "() => Math.max(0, ...[...document.querySelectorAll('.table-wrap')].map((one) => one.scrollWidth - one.clientWidth))"
        assert window.page.evaluate(wrap) <= 1
        assert window.page.evaluate("document.documentElement.scrollWidth") <= width
        if locale == "it-IT":
            text = window.page.locator("section:has(#members)").inner_text()
            assert "pronti su 4" in text and "processo sconosciuto" in text and "Ready" not in text


@pytest.fixture
def own(tmp_path):
    """A console whose relays may be stopped."""
    running = Console(tmp_path, 1400)
    yield running
    running.stop()


def test_a_real_member_that_hangs(own, browser):
    """Two processes of `wpex up` agree; one that hangs is suspected, then lost, and an alert says so until it is back."""
    def relay():
        return own.get("/api/v1/relays/acme/milan-1")

    def states():
        return [item["state"] for item in (relay()["members"] or {"items": []})["items"] if item["instance"]]

    edit(own.repo, "orgs/acme/relays/milan-1.yaml", "  state: running\n", "  state: running\n  replicas: 2\n")
    until(lambda: states() == ["ready", "ready"] and relay()["members"]["agree"] and relay()["spec"]["replicas"] == 2, "both are members", own.log, 60)
    members = relay()["members"]
    processes = [item["instance"]["process"] for item in members["items"] if item["instance"]]
    assert members["ready"] == members["expected"] == 2 and len(set(processes)) == 2, members
    # A relay whose only process has no cluster has no members.
    assert own.get("/api/v1/relays/acme/milan-guests")["members"] is None
    os.kill(processes[1], signal.SIGSTOP)
    try:
        until(lambda: states() == ["ready", "suspect"], "it is suspected", own.log, 30)
        assert relay()["status"] == "current"
        until(lambda: "member-missing" in [alert["kind"] for alert in relay()["alertItems"]], "an alert is raised", own.log, 60)
        context = browser.new_context(viewport={"width": 1024, "height": 900}, locale="en-GB")
        context.add_init_script(WATCH)
        assert context.request.post(own.url + "/login", data={"token": token("admin")}).status == 204
        window = Window(context.new_page(), own.url)
        window.open(PAGES["relay"][0])
        rows = {row[0]: row[1] for row in cells(window.page)}
        assert rows[f"process {processes[0]}"] == "Ready" and rows[f"process {processes[1]}"] in ("Suspect", "Lost"), rows
        assert "1 of 2 processes ready." in window.page.locator("section:has(#alerts)").inner_text()
        window.page.screenshot(path=SCREENSHOTS / "relay-members-real-1024.png", full_page=True)
        assert not window.problems()
        context.close()
        until(lambda: "1 of 2 members ready" in wpex("status", "--state", own.folder / "state", check=False).stdout, "wpex status names it", own.log)
    finally:
        os.kill(processes[1], signal.SIGCONT)
    until(lambda: states() == ["ready", "ready"], "it is back", own.log, 60)
    until(lambda: "member-missing" not in [alert["kind"] for alert in relay()["alertItems"]], "the alert is over", own.log)
    until(lambda: "2/2" in wpex("status", "--relays", "--state", own.folder / "state", check=False).stdout, "wpex status shows both", own.log)
