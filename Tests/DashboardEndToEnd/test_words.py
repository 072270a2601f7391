"""Every text of the pages is in both catalogues, and pages show no text from outside them."""

import json
import re

from console import PAGES, ROOT

PAGES_FOLDER = ROOT / "Sources/Status/DashboardAssets/pages"
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
        names = [sorted(re.findall(r"\{(\w+)\}", text)) for text in (*forms(english[key]), *forms(italian[key]))]
        assert all(name == names[0] for name in names), f"{key} has other parameters in Italian"
    same = [key for key in english if english[key] == italian[key] and len(str(english[key])) > 20 and "{" not in str(english[key])]
    assert not same, f"not translated: {same}"


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
