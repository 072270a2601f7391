"""Tables are complete at every width: columns that do not fit move below the row's name."""

import json

import pytest

from support.console import PAGES, SCREENSHOTS

ALERTS = {"critical": 12, "warning": 34, "info": 5}
# The widest case: every row has problems and long texts.
FIGURES = {
    "sessions": 1234, "peersConnected": 1234, "peersExpected": 1500, "handshakesPerSecond": 12.5, "handshakeSuccessPercent": 99.5,
    "receivedBitsPerSecond": 987_600_000, "sentBitsPerSecond": 987_600_000, "receivedBytes": 1 << 40, "sentBytes": 1 << 40,
}


def troubled(name, item):
    if "alerts" in item:
        item["alerts"] = ALERTS
    if name == "relays":
        item.update(metrics=FIGURES, health={"score": 45, "grade": "critical"}, staying={"reason": "removal-held", "commit": "0f1e2d3c4b5a"})
    if name == "orgs":
        item.update(health={"score": 55, "grade": "degraded"}, throughput={"receivedBitsPerSecond": 987_600_000, "sentBitsPerSecond": 1})
        item["sla"] = {**item["sla"], "attainedPercent": 98.79, "targetPercent": 99.95, "met": False}
        item["sync"] = {**item["sync"], "state": "kept"}
    if name == "keys":
        item.update(expires="2026-12-10", daysLeft=14, connected=False)


def answer(route):
    response = route.fetch()
    value = response.json()
    name = route.request.url.split("/api/v1/")[1].split("?")[0]
    for item in value.get("items", []):
        troubled(name, item)
    for row in value.get("orgs", []) if name == "sync" else []:
        row.update(state="kept", errors=12, warnings=34, held=6, drifted=3)
    route.fulfill(response=response, body=json.dumps(value))


@pytest.mark.parametrize("locale", ["en-GB", "it-IT"])
@pytest.mark.parametrize("width", [768, 1024, 1280, 1366, 1440])
def test_a_table_is_whole(windows, width, locale):
    cut = {}
    with windows(width=width, locale=locale) as window:
        page = window.page
        for path in ("relays", "orgs", "keys", "sync"):
            page.route(f"**/api/v1/{path}*", answer)
        page.route("**/api/v1/relays?*", answer)
        for name in ("overview", "relays", "relay-peers", "keys", "orgs", "users", "roles", "topology-table", "alerts", "audit", "sync"):
            window.open(PAGES[name][0])
            hidden = page.evaluate(
                "() => Math.max(0, ...[...document.querySelectorAll('.table-wrap')].map((one) => one.scrollWidth - one.clientWidth))")
            if hidden > 1:
                cut[name] = hidden
            if width == 1024 and locale == "en-GB":
                page.screenshot(path=SCREENSHOTS / f"whole-{name}-1024.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert not cut, cut


def test_nothing_is_lost_by_folding(windows):
    """Every column of a wide window is also in a narrow one, with its name."""
    seen = {}
    for width in (1700, 1024):
        with windows(width=width) as window:
            page = window.open("/relays")
            headings = page.locator("thead th").all_inner_texts()
            folded = page.locator("tbody tr").first.locator(".folds dt").all_inner_texts()
            seen[width] = sorted(text.strip() for text in headings + folded)
            assert bool(folded) == (width == 1024)
    assert seen[1700] == seen[1024]
