"""A page in Chromium, and what the browser complains of there."""

import urllib.parse

# The rules of axe that every page must satisfy.
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]

# Collects what a page must never do, from the first script on.
WATCH = """
window.__problems = [];
addEventListener("securitypolicyviolation", (event) => window.__problems.push(`CSP: ${event.violatedDirective} ${event.blockedURI}`));
addEventListener("error", (event) => window.__problems.push(`error: ${event.message}`));
addEventListener("unhandledrejection", (event) => window.__problems.push(`rejection: ${event.reason}`));
"""


class Window:
    """A user's page, which records the browser's complaints."""

    def __init__(self, page, url):
        self.page, self.url = page, url
        self.said = []
        page.on("console", lambda message: self.note(message))
        page.on("pageerror", lambda error: self.said.append(f"page: {error}"))
        page.on("request", lambda request: self.outside(request))

    def note(self, message):
        # A refused read is shown by the page; the browser also logs it by itself.
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
            self.said.append(f"{message.type}: {message.text}")

    def outside(self, request):
        if not request.url.startswith((self.url, "data:", "blob:")):
            self.said.append(f"loads from elsewhere: {urllib.parse.urlsplit(request.url).netloc}")

    def open(self, path):
        self.page.goto(self.url + path)
        self.settle()
        return self.page

    def settle(self):
        """Waits until all resources are shown and all charts are drawn."""
        self.page.wait_for_selector("#app h1")
        self.page.wait_for_function(
            """() => !document.querySelector('.skeleton, [aria-busy=true]')
              && [...document.querySelectorAll('.chart')].every((chart) => chart.querySelector('canvas')?.width)
              && [...document.querySelectorAll('.map')].every((map) => map.dataset.ready)""")

    def problems(self):
        return self.said + self.page.evaluate("window.__problems")
