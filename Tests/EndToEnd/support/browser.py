"""A client that follows redirections and keeps cookies, as a browser does at a login."""

import http.cookiejar
import ssl
import urllib.error
import urllib.request

import pytest

from support.answers import NoRedirect


class Browser:
    """Follows what a browser follows, and keeps its cookies."""

    def __init__(self, provider=None):
        certificate = provider.certificate if provider else None
        self.jar = http.cookiejar.CookieJar()
        context = ssl.create_default_context(cafile=certificate) if certificate else None
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(self.jar), urllib.request.HTTPSHandler(context=context))

    def get(self, url):
        try:
            with self.opener.open(url, timeout=20) as answer:
                return answer.status, answer.geturl(), answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.geturl(), error.read()

    def back(self, url):
        """Where the provider sends the browser back to, without going there."""
        opener = urllib.request.build_opener(NoRedirect, *(h for h in self.opener.handlers if isinstance(h, urllib.request.HTTPSHandler)))
        with pytest.raises(urllib.error.HTTPError) as found:
            opener.open(url, timeout=20)
        return found.value.headers["Location"]

    @property
    def cookies(self):
        return {cookie.name: cookie for cookie in self.jar}
