"""Taking secrets out of text before it is written where people read: logs, stored errors, delivery records.

Secrets are known by their form (a JWT, `whsec_…`, a URL with a password) or by the name in front of them
(`password=…`, `"client_secret": "…"`, `Authorization: …`). It takes too much rather than too little. Every pattern is
bounded, so that a hostile text costs time in proportion to its length.
"""

import re
from collections.abc import Mapping
from typing import Any

HIDDEN = "[redacted]"

_NAME = (
    r"pass(?:word|wd|phrase)?|pwd|secret|token|key|jwt|credential|signature|authori[sz]ation|sessionid|code_verifier"
)
_NAMED = re.compile(rf"(?:{_NAME})s?\d?$", re.IGNORECASE)
_BY_NAME = re.compile(
    rf"(?P<name>(?:{_NAME})s?\d?\\?[\"']?\s{{0,8}}[:=]\s{{0,8}})"
    r"(?:(?P<quote>\\?[\"']).{0,4096}?(?P=quote)|(?:(?:bearer|basic|token|digest)\s{1,8})?[^\s,;&\"'<>)\]}]+)",
    re.IGNORECASE | re.DOTALL,
)
_BY_FORM = (
    re.compile(
        r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----.{0,10000}?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|\Z)", re.DOTALL
    ),
    re.compile(r"\beyJ[\w-]{4,}(?:\.[\w-]*){0,4}"),
    re.compile(r"\b(?:whsec|sk|rk|pk|ghp|gho|ghs|xox[a-z])[_-][\w+/=-]{4,}"),
    re.compile(r"\bAKIA[0-9A-Z]{12,}"),
    re.compile(r"(?<=bearer )[\w.~+/=-]{8,}|(?<=basic )[\w+/=-]{8,}", re.IGNORECASE),
)
_COOKIES = re.compile(r"(?P<name>(?:set-)?cookie\\?[\"']?\s{0,8}[:=]\s{0,8})[^\r\n]{1,8192}", re.IGNORECASE)
_IN_URL = re.compile(r"(?<=://)[^\s/\"'<>:]{0,200}:[^\s/\"'<>]{1,500}@")


def redact(text: str) -> str:
    """`text` with everything that looks like a secret replaced."""
    text = _IN_URL.sub(f"{HIDDEN}@", text)
    text = _COOKIES.sub(rf"\g<name>{HIDDEN}", text)
    for form in _BY_FORM:
        text = form.sub(HIDDEN, text)
    return _BY_NAME.sub(rf"\g<name>{HIDDEN}", text)


def redact_value(value: Any) -> Any:
    """A JSON value of the same shape, with secrets replaced by the name of their key or by their form."""
    if isinstance(value, Mapping):
        return {str(key): HIDDEN if is_secret_name(str(key)) else redact_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact_value(item) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return redact(str(value))


def is_secret_name(name: str) -> bool:
    """Whether what goes by this name is a secret, such as `client_secret`, `X-Api-Key` or `accessToken`."""
    return bool(_NAMED.search(name)) or name.lower() in {"cookie", "set-cookie"}
