"""Everything can be reached and used without a mouse."""


def focused(page, what):
    return page.evaluate(f"document.activeElement.{what}")


def test_skip_link_comes_first_and_focus_is_seen(windows):
    with windows() as window:
        page = window.open("/relays")
        page.keyboard.press("Tab")
        assert focused(page, "className") == "skip"
        page.keyboard.press("Enter")
        assert focused(page, "id") == "main"
        seen = set()
        for _ in range(40):
            page.keyboard.press("Tab")
            seen.add(focused(page, "tagName"))
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none" or focused(page, "tagName") == "BODY", focused(page, "outerHTML")
            hidden = page.evaluate(
                """() => { const box = document.activeElement.getBoundingClientRect();
                  return document.activeElement !== document.body && box.height < 600 && box.bottom <= 56 && !document.activeElement.closest('.bar, .skip'); }""")
            assert not hidden, "the focus is behind the bar"
        assert {"A", "BUTTON", "INPUT", "SELECT"} <= seen


def test_shortcuts(windows):
    with windows(fresh=True) as window:
        page = window.open("/")
        page.keyboard.press("g")
        page.keyboard.press("r")
        page.wait_for_url("**/relays")
        window.settle()
        page.wait_for_function("() => document.activeElement.id === 'title'")
        page.keyboard.press("/")
        assert focused(page, "id") == "search"
        page.keyboard.type("oslo g")
        page.wait_for_url("**/relays?q=oslo+g")
        page.keyboard.press("Control+A")
        page.keyboard.type("oslo")
        page.wait_for_function("() => document.querySelectorAll('tbody tr').length === 2")
        page.locator("tbody a").first.focus()
        page.keyboard.press("?")
        page.wait_for_selector("dialog[open]")
        assert page.evaluate("document.querySelector('dialog').contains(document.activeElement)")
        page.keyboard.press("Escape")
        page.wait_for_selector("dialog", state="detached")
        page.keyboard.press("?")
        page.get_by_label("Single-key shortcuts").uncheck()
        page.keyboard.press("Escape")
        page.wait_for_selector("dialog", state="detached")
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("?")
        page.keyboard.press("g")
        page.keyboard.press("k")
        page.wait_for_timeout(300)
        assert page.url.endswith("/relays?q=oslo") and not page.locator("dialog").count()


def test_tabs_and_the_map(windows):
    with windows() as window:
        page = window.open("/relays/acme/milan-1")
        page.locator("#tab-overview").focus()
        page.keyboard.press("ArrowRight")
        page.wait_for_url("**?tab=peers")
        assert focused(page, "id") == "tab-peers"
        page.keyboard.press("End")
        page.wait_for_url("**?tab=specification")
        page = window.open("/topology?org=acme")
        page.locator(".map .node[tabindex='0']").focus()
        first = focused(page, "dataset.id")
        for key in ("ArrowLeft", "ArrowRight", "ArrowDown", "ArrowUp"):
            page.keyboard.press(key)
            if focused(page, "dataset.id") != first:
                break
        moved = focused(page, "dataset.id")
        assert moved != first
        page.keyboard.press("Enter")
        page.wait_for_function("() => new URLSearchParams(location.search).get('node')")
        assert page.locator(".map .node[aria-pressed=true]").get_attribute("data-id") == moved
        assert page.locator("#chosen").locator("xpath=ancestor::section").get_by_role("link").count() >= 1
        page.keyboard.press("Escape")
        page.wait_for_function("() => !new URLSearchParams(location.search).get('node')")


def test_the_menu_of_a_phone(windows):
    with windows(width=360) as window:
        page = window.open("/")
        assert not page.locator("nav#side").is_visible()
        page.locator("#menu-toggle").focus()
        page.keyboard.press("Enter")
        page.wait_for_selector("nav#side a", state="visible")
        page.keyboard.press("Escape")
        page.wait_for_selector("nav#side", state="hidden")
        assert focused(page, "id") == "menu-toggle"
        page.keyboard.press("Enter")
        page.locator("nav#side").get_by_role("link", name="Keys").click()
        page.wait_for_url("**/keys")
        page.wait_for_selector("nav#side", state="hidden")
