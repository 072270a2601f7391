"""Every text of the pages is in both catalogues, and pages show no text from outside them."""

import itertools
import json
import re
import subprocess

import pytest

from support.console import PAGES, SCREENSHOTS, Console
from support.program import ROOT, module
from support.viewers import token
from support.waiting import until
from support.window import WATCH, Window

PAGES_FOLDER = module("DashboardAssets") / "pages"
ENTRY = re.compile(r'^  ("[^"]+"): (.+),$', re.M)


def catalogue(language):
    text = (PAGES_FOLDER / f"text/{language}.js").read_text()
    entries = {}
    for key, value in ENTRY.findall(text):
        name = json.loads(key)
        assert name not in entries, f"{language}.js has {name} twice"
        entries[name] = json.loads(re.sub(r"([{,] )(one|other): ", r'\1"\2": ', value))
    assert len(entries) > 300
    return entries


def forms(entry):
    return [entry] if isinstance(entry, str) else list(entry.values())


def test_both_languages_have_the_same():
    english, italian = catalogue("en"), catalogue("it")
    assert english.keys() == italian.keys()
    for key in english:
        assert type(english[key]) is type(italian[key]), key
        names = [sorted(re.findall(r"\{([\w:]+)\}", text)) for text in (*forms(english[key]), *forms(italian[key]))]
        assert all(name == names[0] for name in names), f"{key} has other parameters in Italian"
    same = [key for key in english if english[key] == italian[key] and len(str(english[key])) > 20 and "{" not in str(english[key])]
    assert not same, f"not translated: {same}"


def reference(heading):
    """A list of the reference, which is made from the server's code."""
    return (ROOT / "docs/reference/status-api.md").read_text().split(heading, 1)[1]


def statements():
    """The English text of every code of the server; of those with forms by number the one for many."""
    table = reference("## Codes of statements").split("\n## ")[0]
    found = dict(re.findall(r"^\| `([a-z-]+)` \| (.+) \|$", table, re.M))
    assert len(found) > 60
    return found


def test_every_statement_of_the_server_has_a_text():
    texts = statements()
    for language in ("en", "it"):
        entries = catalogue(language)
        assert {key.removeprefix("statement.") for key in entries if key.startswith("statement.")} == texts.keys(), language
        for code, text in texts.items():
            for form in forms(entries[f"statement.{code}"]):
                assert sorted(re.findall(r"\{[^}]*\}", form)) == sorted(re.findall(r"\{[^}]*\}", text)), (language, code)
    english = catalogue("en")
    assert all(forms(english[f"statement.{code}"])[-1] == text for code, text in texts.items())


def test_every_action_of_the_audit_log_has_a_text():
    row = re.search(r"^\| `action` \| (.+?) \|", reference("### AuditRecord"), re.M)
    assert {f"audit.action.{name}" for name in re.findall(r"`([^`]+)`", row[1])} == {key for key in catalogue("it") if key.startswith("audit.action.")}


def test_every_key_that_is_used_is_there():
    english = catalogue("en")
    used = set()
    for path in PAGES_FOLDER.rglob("*.js"):
        if path.parent.name != "text":
            used |= set(re.findall(r'\bt\((?:[^"()]+ \? )?"([\w.:-]+)"', path.read_text()))
    assert len(used) > 150 and not used - english.keys(), used - english.keys()


# Wraps every text of the catalogue, to distinguish it from texts hard-coded in the pages.
MARKED = """
;for (const [key, entry] of Object.entries(exported)) {
  exported[key] = typeof entry === "string" ? `⟦${entry}⟧` : Object.fromEntries(Object.entries(entry).map(([form, text]) => [form, `⟦${text}⟧`]));
}
export default exported;
"""

# Collects texts, and attributes that are spoken or shown. API data is marked in the page as not translatable, as code,
# as a time or value, or as text in another language.
UNMARKED = """() => {
  const found = [];
  const isData = (element) => element.closest('[translate=no], code, pre, kbd, time, data, [lang=en], svg.map-canvas, noscript, option[value]:not([value=""]), figure .chart');
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.data.trim();
    if (/\\p{L}{2}/u.test(text) && !isData(walker.currentNode.parentElement)) found.push(text);
  }
  for (const element of document.querySelectorAll('[aria-label], [title], [placeholder]')) {
    for (const name of ['aria-label', 'title', 'placeholder']) {
      const text = element.getAttribute(name);
      if (text && /\\p{L}{2}/u.test(text) && !isData(element)) found.push(text);
    }
  }
  return [...new Set(found)];
}"""


def strings(value, into):
    if isinstance(value, str):
        into.add(value)
    elif isinstance(value, list):
        for item in value:
            strings(item, into)
    elif isinstance(value, dict):
        for item in value.values():
            strings(item, into)
    return into


def test_no_text_is_written_in_the_code(windows):
    source = (PAGES_FOLDER / "text/en.js").read_text().replace("export default {", "const exported = {", 1)
    data = {"wpex", "English", "Italiano"}
    wrong = {}
    with windows(fresh=True) as window:
        page = window.page
        page.route("**/text/en.js", lambda route: route.fulfill(body=source + MARKED, content_type="text/javascript"))
        page.on("response", lambda answer: answers.append(answer) if "/api/v1/" in answer.url and "events" not in answer.url else None)
        for name, (path, _, _) in PAGES.items():
            if name == "missing":
                continue
            answers = []
            window.open(path)
            for answer in answers:
                if answer.ok:
                    strings(answer.json(), data)
            left = []
            for text in page.evaluate(UNMARKED):
                rest = re.sub(r"⟦[^⟦⟧]*(?:⟦[^⟦⟧]*⟧[^⟦⟧]*)*⟧", "", text)
                for known in sorted(data, key=len, reverse=True):
                    rest = rest.replace(known, "") if len(known) > 1 else rest
                if re.search(r"[^\W\d_]{2}", rest):
                    left.append(text)
            if left:
                wrong[name] = left
    assert not wrong, json.dumps(wrong, indent=1, ensure_ascii=False)


def test_italian_by_the_browser_and_by_the_switch(windows):
    with windows(fresh=True, locale="it-IT") as window:
        page = window.open("/")
        assert page.locator("h1").inner_text() == "Panoramica" and page.evaluate("document.documentElement.lang") == "it"
        page.get_by_role("button", name="English").click()
        page.get_by_role("heading", name="Overview").wait_for()
        page = window.open("/relays")
        assert page.locator("h1").inner_text() == "Relays"
        assert not window.problems()


def written(code, count):
    """A statement as the API has it, with a value for every parameter."""
    text = statements()[code]
    values = {"day": "2026-12-10", "duration": 90, None: 98.5}
    names = dict(re.findall(r"\{(\w+):?(\w*)\}", text))
    parameters = {name: values[form or None] for name, form in names.items()}
    for name in ("text", "reason", "error", "endpoint", "host", "file", "relay", "namespace"):
        if name in parameters:
            parameters[name] = "x9"
    if "count" in parameters:
        parameters["count"] = count
    return {"code": code, "parameters": parameters}


def filled(statement):
    return re.sub(r"\{(\w+)[^}]*\}", lambda found: str(statement["parameters"][found[1]]), statements()[statement["code"]])


def phrases(text):
    """What is read of a text whatever its numbers are."""
    return [part.strip() for part in re.split(r"\{[^}]*\}|\d[\d.]*|`", text) if re.search(r"[^\W\d_]{3,} [^\W\d_]{2,}", part)]


def test_italian_shows_every_statement_in_italian(windows):
    """Alerts of every code there is; one with a code of a later server is shown as it came."""
    said = [written(code, count) for code, count in itertools.product(statements(), (1, 2))]
    later = {"code": "of-a-later-server", "parameters": {}}
    items = [{"id": f"sla:{number}", "kind": "sla", "severity": "warning", "org": "acme", "subject": {"kind": "org", "org": "acme", "name": "acme"},
              "summary": "s", "detail": "Nobody knows this yet." if one is later else filled(one), "detailStatements": [one],
              "since": "2026-11-26T10:00:00Z", "value": None, "threshold": None} for number, one in enumerate([*said, later])]
    with windows(fresh=True, locale="it-IT", timezone_id="America/New_York") as window:
        window.page.route("**/api/v1/alerts?*", lambda route: route.fulfill(json={"next": None, "total": len(items), "items": items}))
        text = window.open("/alerts").locator("main").inner_text()
        assert not window.problems()
    left = {phrase for english in statements().values() for phrase in phrases(english) if phrase in text}
    assert not left, left
    assert text.count("Nobody knows this yet.") == 1 and "{" not in text and "[object" not in text
    # Numbers, days and spans as they are written in Italian, and the day is the server's in every zone.
    assert "Scade il 10 dic 2026." in text and "In avvio da 1 minuto." in text and "del 98,5%" in text, text
    assert "1 modifica di oggetti attende" in text and "2 modifiche di oggetti attendono" in text


@pytest.fixture
def own(tmp_path):
    """A console whose relays may be stopped."""
    running = Console(tmp_path, 2100)
    yield running
    running.stop()


SERVER_TEXTS = ("detail", "message", "problem", "outcome")


def server_texts(value, into):
    """Texts beside which there are statements, and those statements."""
    if isinstance(value, list):
        for item in value:
            server_texts(item, into)
    elif isinstance(value, dict):
        for name in SERVER_TEXTS:
            if value.get(name) and value.get(f"{name}Statements"):
                into.append((value[name], value[f"{name}Statements"]))
        for item in value.values():
            server_texts(item, into)
    return into


def test_italian_pages_have_no_sentence_of_the_server(own, browser):
    """A relay that was killed and one that hangs: alerts, health and conditions are Italian on every page."""
    def process(relay):
        return own.get(f"/api/v1/relays/{relay}")["instances"][0]["name"].split()[1]

    for restarts in range(1, 5):
        subprocess.run(["kill", "-9", process("acme/milan-1")], check=True)
        until(lambda: own.get("/api/v1/relays/acme/milan-1")["restarts"] >= restarts and process("acme/milan-1").isdigit(), "it is started again", own.log)
    hangs = process("acme/milan-guests")
    subprocess.run(["kill", "-STOP", hangs], check=True)
    try:
        def kinds():
            return {alert["kind"] for alert in own.get("/api/v1/alerts")["items"]}

        until(lambda: {"relay-down", "restarts"} <= kinds(), "alerts are raised", own.log, 120)
        context = browser.new_context(viewport={"width": 1024, "height": 900}, locale="it-IT")
        context.add_init_script(WATCH)
        assert context.request.post(own.url + "/login", data={"token": token("admin")}).status == 204
        window = Window(context.new_page(), own.url)
        seen = set()
        for name, path in {"overview": "/", "alerts": "/alerts", "relay": "/relays/acme/milan-1", "hanging": "/relays/acme/milan-guests", "sync": "/sync"}.items():
            answers = []
            window.page.on("response", lambda answer, answers=answers: answers.append(answer))
            text = window.open(path).locator("main").inner_text()
            window.page.screenshot(path=SCREENSHOTS / f"italian-{name}-1024.png", full_page=True)
            for answer in answers:
                if "/api/v1/" not in answer.url or "events" in answer.url or not answer.ok:
                    continue
                for english, parts in server_texts(answer.json(), []):
                    seen |= {part["code"] for part in parts}
                    assert english not in text, (name, english)
                    assert not [phrase for part in parts for phrase in phrases(statements()[part["code"]]) if phrase in text], (name, english)
        assert {"running-silent", "no-answer", "restarts-high", "last-exit-signal", "instances-ready", "handshakes-none", "keys-connected", "collection-partial", "objects-unchanged"} <= seen, seen
        assert not window.problems()
        context.close()
    finally:
        subprocess.run(["kill", "-CONT", hangs], check=True)
