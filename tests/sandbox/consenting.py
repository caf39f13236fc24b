"""Walks a vendor's consent page as a person would: chooses an account, agrees to all, to less, or not at all."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import httpx2


@dataclass
class ConsentForm(HTMLParser):
    """The first form of a page: hidden fields, accounts to choose from, members and scopes to tick, buttons."""

    action: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    accounts: list[str] = field(default_factory=list)
    members: list[str] = field(default_factory=list)
    scopes: list[str] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes what belongs to the form."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and not self.action:
            self.action = given["action"]
        elif tag == "button":
            self.buttons.append((given["name"], given["value"]))
        elif tag == "input":
            self._note(given["type"], given["name"], given["value"])

    def _note(self, kind: str, name: str, value: str) -> None:
        match kind:
            case "radio":
                self.accounts.append(value)
            case "checkbox":
                (self.members if name == "member" else self.scopes).append(value)
            case _:
                self.fields[name] = value


def open_consent(authorization_url: str) -> ConsentForm:
    """The form behind an authorization address. Raises AssertionError where there is none."""
    answer = httpx2.get(authorization_url, trust_env=False)
    assert answer.status_code == 200, f"{answer.status_code} {answer.headers.get('location')} {answer.text[:300]}"
    form = ConsentForm()
    form.feed(answer.text)
    return form


def consent(
    authorization_url: str,
    *,
    account: str | None = None,
    members: Iterable[str] | None = None,
    scopes: Iterable[str] | None = None,
    deny: bool = False,
) -> str:
    """The address that the vendor leads back to.

    Without an account it is the vendor's first; with `members` and `scopes` these alone stay ticked.
    """
    form = open_consent(authorization_url)
    pairs = list(form.fields.items())
    if account is not None:
        assert account in form.accounts, f"there are the accounts {form.accounts}"
        pairs.append(("account", account))
    pairs += _ticked("member", form.members, members) + _ticked("granted", form.scopes, scopes)
    decisions = dict(zip(("all", "ticked", "deny"), form.buttons, strict=True))
    pairs.append(decisions["deny" if deny else "all" if members is None and scopes is None else "ticked"])
    answer = httpx2.post(
        urljoin(authorization_url, form.action),
        content=urlencode(pairs),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        trust_env=False,
    )
    assert answer.status_code == 302, f"{answer.status_code} {answer.text[:300]}"
    return str(answer.headers["location"])


def _ticked(name: str, boxes: Iterable[str], kept: Iterable[str] | None) -> list[tuple[str, str]]:
    wanted = set(boxes if kept is None else kept)
    assert wanted <= set(boxes), f"there are the boxes {boxes}"
    return [(name, value) for value in boxes if value in wanted]


def returned(address: str) -> dict[str, str]:
    """The query that a vendor led back with."""
    return dict(parse_qsl(urlsplit(address).query))
