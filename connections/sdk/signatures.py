"""Signatures of inbound webhooks. Each is an HMAC-SHA256 over the raw body; nothing is parsed before it was verified.

stripe: https://docs.stripe.com/webhooks#verify-manually
slack: https://docs.slack.dev/authentication/verifying-requests-from-slack
hmac_hex and hmac_base64: the body alone, as GitHub or Xero and Intuit sign it.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from catalog.definition import Webhooks

_USUAL_TOLERANCE_SECONDS = 300
_LONGEST_HEADER = 4096
_MOST_SIGNATURES = 20
_SHA256_HEX = "sha256="


class SignatureRefusedError(Exception):
    """The webhook is not signed with the secret, or too long ago; the text says which, and holds no secret."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What was received: header names in lower case, and the hub's clock (Unix time) when it came."""

    headers: Mapping[str, str]
    body: bytes
    now: float

    def header(self, name: str | None) -> str:
        """A header's value; "" where it is not there, or longer than any signature."""
        value = self.headers.get((name or "").lower(), "")
        return value if len(value) <= _LONGEST_HEADER else ""


def verify(received: Signed, rules: Webhooks, secret: str) -> None:
    """Returns where the webhook is signed with the secret. Raises SignatureRefusedError."""
    text = received.header(rules.header)
    if not text:
        raise SignatureRefusedError("There is no signature")
    _SCHEMES[rules.scheme](received, rules, secret.encode(), text)


def _stripe(received: Signed, rules: Webhooks, secret: bytes, text: str) -> None:
    """`t=<Unix time>,v1=<hex>[,v1=…]`: any v1 may fit; the time counts backwards only."""
    pairs = [part.strip().partition("=") for part in text.split(",")]
    moment = next((value for name, _, value in pairs if name == "t"), "")
    age = received.now - _seconds(moment)
    if age > _tolerance(rules):
        raise SignatureRefusedError("The signature is too old")
    expected = _hmac(secret, f"{moment}.".encode() + received.body).hexdigest()
    _require_any([value for name, _, value in pairs if name == "v1"], expected)


def _slack(received: Signed, rules: Webhooks, secret: bytes, text: str) -> None:
    """`v0=<hex>` over `v0:<Unix time>:<body>`; the time must be near in both directions."""
    moment = received.header(rules.timestamp_header)
    if abs(received.now - _seconds(moment)) > _tolerance(rules):
        raise SignatureRefusedError("The request was signed too long ago, or for later")
    expected = _hmac(secret, f"v0:{moment}:".encode() + received.body).hexdigest()
    _require_any([text.strip()], f"v0={expected}")


def _hex(received: Signed, rules: Webhooks, secret: bytes, text: str) -> None:
    given = text.strip().removeprefix(_SHA256_HEX).lower()
    _require_any([given], _hmac(secret, received.body).hexdigest())


def _base64(received: Signed, rules: Webhooks, secret: bytes, text: str) -> None:
    _require_any([text.strip()], base64.b64encode(_hmac(secret, received.body).digest()).decode())


_SCHEMES: Mapping[str, Callable[[Signed, Webhooks, bytes, str], None]] = {
    "stripe": _stripe,
    "slack": _slack,
    "hmac_hex": _hex,
    "hmac_base64": _base64,
}


def _hmac(secret: bytes, content: bytes) -> hmac.HMAC:
    return hmac.new(secret, content, hashlib.sha256)


def _require_any(given: Sequence[str], expected: str) -> None:
    """Compares in constant time: how long it takes says nothing of where a guess is wrong."""
    found = [hmac.compare_digest(one.encode(), expected.encode()) for one in given[:_MOST_SIGNATURES]]
    if not any(found):
        raise SignatureRefusedError("The signature is not the one of this body")


def _tolerance(rules: Webhooks) -> int:
    return rules.tolerance_seconds or _USUAL_TOLERANCE_SECONDS


def _seconds(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise SignatureRefusedError("The time of the signature is no Unix time")
    return int(text)
