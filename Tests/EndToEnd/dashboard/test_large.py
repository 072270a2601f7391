"""Pages of a large installation: a topology without keys, and a commit with a hundred messages."""

import json

import pytest

from support.console import SCREENSHOTS

NORTH, SOUTH = 75, 225


def collapsed(url):
    region = url.split("region=")[1].split("&")[0] if "region=" in url else None
    nodes = [
        {"id": f"relay:org-{number % 50}/relay-{number}", "kind": "relay", "org": f"org-{number % 50}", "name": f"relay-{number}", "label": f"relay-{number}",
         "region": "eu-north" if number < NORTH else "eu-south", "status": "healthy", "keys": 60, "connected": 60 if number % 3 == 0 else 0}
        for number in range(NORTH + SOUTH)
    ]
    return {"collapsed": True, "nodes": [node for node in nodes if region in (None, node["region"])], "edges": []}


@pytest.mark.parametrize("query, rows", [("region=eu-north", 75), ("show=up", 100), ("show=down", 200), ("region=eu-north&show=up", 25), ("", 300)])
def test_a_topology_of_too_many_keys_is_filtered(windows, query, rows):
    with windows() as window:
        page = window.page
        asked = []

        def answer(route):
            asked.append(route.request.url)
            route.fulfill(json=collapsed(route.request.url))

        page.route("**/api/v1/topology*", answer)
        window.open(f"/topology?view=table&{query}")
        assert page.get_by_text("Too many nodes to draw").count() == 1
        assert page.locator("tbody tr").count() == rows
        assert "region=" not in query or "region=eu-north" in asked[0]
        if rows == 75:
            window.open("/topology?region=eu-north")
            assert page.locator(".map").count() == 1 and page.get_by_text("Nothing to show").count() == 0


def test_a_hundred_messages_are_folded(console, windows):
    with windows() as window:
        page = window.page

        def answer(route):
            response = route.fetch()
            value = response.json()
            message = {
                "code": "WPX1601", "severity": "warning", "message": "key `site` expires soon", "org": "acme", "path": "orgs/acme/keys/site.yaml", "line": 4,
                "column": 3, "frame": "4 |   expires: 2026-12-10\n  |   ^^^^^^^\n", "help": "rotate it", "explain": "wpex explain WPX1601",
            }
            value["diagnostics"] = [{**message, "line": number} for number in range(1, 100)]
            value["diagnostics"].append({**message, "code": "WPX1403", "severity": "error", "message": "the port is taken"})
            value["diagnosticsTotal"] = 120
            route.fulfill(response=response, body=json.dumps(value))

        page.route("**/api/v1/sync", answer)
        window.open("/sync")
        assert page.evaluate("document.documentElement.scrollHeight") < 3_000
        # Blocking messages come first and are expanded; organizations come before all messages.
        groups = page.locator("details.messages")
        assert groups.count() == 2 and groups.first.get_attribute("open") is not None and groups.last.get_attribute("open") is None
        assert "the port is taken" in groups.first.inner_text() and page.locator(".frame:visible").count() == 1
        assert page.locator("#orgs").bounding_box()["y"] < page.locator("#diagnostics").bounding_box()["y"]
        assert "`" not in groups.last.inner_text() and groups.last.locator("summary code", has_text="site").count() == 1
        assert page.get_by_text("and 20 more").count() == 1
        groups.last.locator("summary").click()
        assert page.locator(".frame:visible").count() == 100
        page.screenshot(path=SCREENSHOTS / "sync-messages.png")
