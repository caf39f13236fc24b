"""Agreeing on a vendor's consent page, as a person in a browser would."""

from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from integrations_site.demo.calling import DemoFailedError
from integrations_site.kernel.http import HttpClient

_HEADERS = {"Content-Type": "application/x-www-form-urlencoded"}


class _Form(HTMLParser):
    """The first form of a page: where it goes, its hidden fields, and its first button."""

    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self._has_button = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes what a click on the first button sends, but for what is chosen by hand."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and not self.action:
            self.action = given.get("action", "")
        elif tag == "input" and given.get("type") == "hidden":
            self.fields[given["name"]] = given["value"]
        elif tag == "button" and not self._has_button:
            self._has_button = True
            self.fields[given["name"]] = given["value"]


def agree(authorization_url: str, *, account: str, http: HttpClient) -> dict[str, str]:
    """What the vendor adds to the redirect address once this account's owner has agreed to all that is asked for.

    Raises DemoFailedError where the page is none, or does not lead back.
    """
    page = http.send("GET", authorization_url)
    form = _Form()
    form.feed(page.body.decode())
    if page.status != 200 or not form.action:
        raise DemoFailedError(f"the consent page {authorization_url} answered {page.status} without a form")
    body = urlencode(form.fields | {"account": account}).encode()
    back = http.send("POST", urljoin(authorization_url, form.action), headers=_HEADERS, body=body)
    address = next((value for name, value in back.headers.items() if name.lower() == "location"), "")
    if back.status != 302 or not address:
        raise DemoFailedError(f"the consent page {authorization_url} answered {back.status} and led nowhere")
    return dict(parse_qsl(urlsplit(address).query))
