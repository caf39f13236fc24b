"""From what a connector asks for to the request that is sent."""

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit
from xml.sax.saxutils import escape

import msgspec

from catalog.definition import Auth, Connection, ProviderDefinition
from connections.sdk.errors import CredentialError, ProviderRejected
from connections.services.addresses import leads_home, reachable
from connections.services.placeholders import filled, filled_url, values_for
from connections.services.redacting import InUse, in_use

# Those that may be sent again though nobody knows whether they were carried out (RFC 9110, section 9.2.2).
_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
_SECURITY = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
# A header's value (RFC 9110, section 5.5).
_SENDABLE = re.compile(r"[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?")
_EMPTY_SOAP_HEADER = re.compile(rb"<(?P<name>(?:\w+:)?Header)\s*/>")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a connector asks for. At most one of `json`, `form` and `body` is given."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    json: Any = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    body: bytes | None = field(default=None, repr=False)
    is_long: bool = False

    @property
    def is_repeatable(self) -> bool:
        """Whether it does no harm to send it twice: by its method, or because it carries an idempotency key."""
        return self.method.upper() in _IDEMPOTENT or "idempotency-key" in {name.lower() for name in self.headers}


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request as it is sent. It holds the credential, and is shown nowhere.

    `address` is the vendor's own, without query, wherever the vendor is reached.
    """

    method: str
    url: str = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    secrets: InUse = field(repr=False)
    address: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """The third party and whose account there it is about."""

    definition: ProviderDefinition
    settings: Mapping[str, Any]
    account_id: str = ""

    @property
    def connection(self) -> Connection:
        """How it is called. Raises ProviderRejected where the definition does not say."""
        if self.definition.connection is None:
            raise ProviderRejected(f"The hub does not know how to call {self.definition.display_name} yet")
        return self.definition.connection

    def build(self, asked: Asked, secret: Mapping[str, Any]) -> Outgoing:
        """The request, with address, headers and authentication. Raises ProviderRejected and CredentialError."""
        connection = self.connection
        values = self._values(secret)
        content, kind = _content(asked)
        headers = {name: filled(text, values) for name, text in self._headers(connection)}
        headers |= kind | dict(asked.headers)
        query = dict(asked.query)
        authenticate = _PLACEMENTS[connection.auth.placement]
        authenticate(connection.auth, headers, query, lambda: _proof(self.definition, secret))
        if connection.auth.soap_username and content:
            content = _signed_in(content, filled(connection.auth.soap_username, values), secret, self.definition)
        url = _address(filled_url(connection.base_url, values), filled_url(asked.path, values))
        address = url.partition("?")[0]
        secrets = in_use(secret, public=_public_fields(self.definition))
        return Outgoing(asked.method.upper(), _with_query(reachable(url), query), headers, content, secrets, address)

    def filled(self, text: str, secret: Mapping[str, Any]) -> str:
        """A text of the definition, with what its placeholders stand for. Raises ProviderRejected without a value."""
        return filled(text, self._values(secret))

    def _values(self, secret: Mapping[str, Any]) -> dict[str, str]:
        return values_for(self.definition, settings=self.settings, account_id=self.account_id, secret=secret)

    def _headers(self, connection: Connection) -> Iterator[tuple[str, str]]:
        """The vendor's headers; without those that name the account while it is being asked which that is."""
        for name, text in connection.headers.items():
            if self.account_id or "{account.id}" not in text:
                yield name, text


def _address(base_url: str, path: str) -> str:
    """Below the base address, or at the whole address that a vendor told, if it is the vendor's own."""
    if path.startswith("/") and not path.startswith("//"):
        return base_url.rstrip("/") + path
    if not leads_home(path, base_url):
        raise ProviderRejected("The next address leads away from the vendor; the credential is not sent there")
    return path


def _with_query(url: str, query: Mapping[str, str]) -> str:
    return f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(query)}" if query else url


def _content(asked: Asked) -> tuple[bytes, dict[str, str]]:
    if asked.json is not None:
        return msgspec.json.encode(asked.json), {"Content-Type": "application/json"}
    if asked.form is not None:
        return urlencode(asked.form).encode(), {"Content-Type": "application/x-www-form-urlencoded"}
    return asked.body or b"", {}


Proof = Callable[[], tuple[str, str]]


def _in_header(auth: Auth, headers: dict[str, str], query: dict[str, str], proof: Proof) -> None:
    value = auth.leading() + proof()[1]
    if not _SENDABLE.fullmatch(value):
        raise CredentialError("The credential holds characters that cannot be sent; check what was copied")
    headers[auth.name] = value


def _in_query(auth: Auth, headers: dict[str, str], query: dict[str, str], proof: Proof) -> None:
    query[auth.name] = proof()[1]


def _basic(auth: Auth, headers: dict[str, str], query: dict[str, str], proof: Proof) -> None:
    headers["Authorization"] = f"Basic {base64.b64encode(':'.join(proof()).encode()).decode()}"


def _nowhere(auth: Auth, headers: dict[str, str], query: dict[str, str], proof: Proof) -> None:
    """The vendor asks for nothing, or for something in the body."""


_PLACEMENTS = {"header": _in_header, "query": _in_query, "basic": _basic, "none": _nowhere}


def _proof(definition: ProviderDefinition, secret: Mapping[str, Any]) -> tuple[str, str]:
    """User name (may be empty) and token, key or password."""
    if token := secret.get("accessToken"):
        return "", str(token)
    fields = definition.fields_to_type_in
    key = next((str(secret[each.name]) for each in fields if each.secret and secret.get(each.name)), None)
    name = next((str(secret[each.name]) for each in fields if not each.secret and secret.get(each.name)), "")
    if key is None:
        raise CredentialError(f"The credential for {definition.display_name} is not complete; enter it again")
    return name, key


def _public_fields(definition: ProviderDefinition) -> set[str]:
    return {each.name for each in definition.fields_to_type_in if not each.secret}


def _signed_in(content: bytes, username: str, secret: Mapping[str, Any], definition: ProviderDefinition) -> bytes:
    """The envelope with a user name token (WS-Security 1.0, PasswordText) in its empty header."""
    token = (
        f'<wsse:Security xmlns:wsse="{_SECURITY}-wssecurity-secext-1.0.xsd"><wsse:UsernameToken>'
        f"<wsse:Username>{escape(username)}</wsse:Username>"
        f'<wsse:Password Type="{_SECURITY}-username-token-profile-1.0#PasswordText">'
        f"{escape(_proof(definition, secret)[1])}</wsse:Password></wsse:UsernameToken></wsse:Security>"
    ).encode()
    return _EMPTY_SOAP_HEADER.sub(lambda at: b"<%b>%b</%b>" % (at["name"], token, at["name"]), content, count=1)
