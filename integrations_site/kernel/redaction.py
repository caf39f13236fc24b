"""Taking secrets out of text before it is written where people read: logs, stored errors, delivery records.

Secrets are known by their form (a JWT, `whsec_…`, a URL with a password) or by the name in front of them
(`password=…`, `"client_secret": "…"`, `Authorization: …`). It takes too much rather than too little. Every pattern is
bounded, so that a hostile text costs time in proportion to its length.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

HIDDEN = "[redacted]"

_NAME = (
    r"pass(?:word|wd|phrase)?|pwd|secret|token|key|jwt|credential|signature|authori[sz]ation|sessionid|code_verifier"
)
_NAMED = re.compile(rf"(?:{_NAME})s?\d?$", re.IGNORECASE)
# Members that tell the name of what stands in the member `value` beside them.
_NAMES_OF_MEMBERS = ("name", "key", "header", "field", "parameter")
# A quote, however often it was escaped or encoded for a URL; what stands between name and value; and the value.
_QUOTE = r"(?:\\{0,7}[\"']|%(?:25){0,3}2[27])"
_IS = r"(?:\s|\+|%(?:25){0,3}20){0,8}(?:[:=]|%(?:25){0,3}3[AD])(?:\s|\+|%(?:25){0,3}20){0,8}"
_VALUE = (
    r"(?:\"(?:\\.|[^\"\\]){0,4096}\"|'(?:\\.|[^'\\]){0,4096}'|(?P<quote>\\{0,7}[\"'])"
    r"(?:.{0,4096}?(?<!\\)(?P=quote)|.{0,4096}?(?P=quote))"
    r"|(?:(?:bearer|basic|token|digest|negotiate)\s{1,8})?[^\s,;&\"'<>)\]}]+)"
)
_BY_NAME = re.compile(
    rf"(?P<name>(?:{_NAME})s?\d?{_QUOTE}?{_IS}[\[({{]?\s{{0,8}}){_VALUE}",
    re.IGNORECASE | re.DOTALL,
)
# `["password", "…"]` and `("authorization", "…")`: names and values as pairs.
_IN_PAIRS = re.compile(
    rf"(?P<name>[\[(]\s{{0,8}}b?{_QUOTE}[^\"'\\]{{0,100}}?(?:{_NAME}|cookie)s?\d?{_QUOTE}\s{{0,8}},\s{{0,8}}b?)"
    rf"(?>{_VALUE})(?=\s{{0,8}},?\s{{0,8}}[\])])",
    re.IGNORECASE | re.DOTALL,
)
# `{"name": "token", "value": "…"}`, in either order: names and values as members.
_NAMING = (
    rf"{_QUOTE}(?:{'|'.join(_NAMES_OF_MEMBERS)}){_QUOTE}\s{{0,8}}:\s{{0,8}}"
    rf"{_QUOTE}[^\"'\\]{{0,100}}?(?:{_NAME}|cookie)"
)
_NAMED_FIRST = re.compile(
    rf"(?P<name>{_NAMING}[^{{}}]{{0,200}}?{_QUOTE}values?{_QUOTE}\s{{0,8}}:\s{{0,8}})(?>{_VALUE})",
    re.IGNORECASE | re.DOTALL,
)
_NAMED_LAST = re.compile(
    rf"(?P<name>{_QUOTE}values?{_QUOTE}\s{{0,8}}:\s{{0,8}})(?>{_VALUE})(?=[^{{}}]{{0,200}}?{_NAMING})",
    re.IGNORECASE | re.DOTALL,
)
_COOKIES = re.compile(r"(?P<name>(?:set-)?cookie\\?[\"']?\s{0,8}[:=]\s{0,8})[^\r\n]{1,8192}", re.IGNORECASE)
# Each with a text, in small letters, without which it finds nothing: to look for that costs a tenth of the pattern.
_PATTERNS: tuple[tuple[str, re.Pattern[str], str], ...] = (
    ("://", re.compile(r"(?<=://)(?:[^\s/\"'<>:]{0,200}:[^\s/\"'<>]{0,500}|[^\s/\"'<>:?#@]{1,500})@"), f"{HIDDEN}@"),
    ("cookie", _COOKIES, rf"\g<name>{HIDDEN}"),
    (
        "-----begin",
        re.compile(
            r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----.{0,10000}?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|\Z)", re.DOTALL
        ),
        HIDDEN,
    ),
    ("eyj", re.compile(r"\beyJ[\w-]{4,}(?:\.[\w-]*){0,4}"), HIDDEN),
    ("_", re.compile(r"\b(?:whsec|sk|rk|pk|ghp|gho|ghs|xox[a-z])_[\w+/=-]{4,}"), HIDDEN),
    ("-", re.compile(r"\b(?:whsec|sk|rk|pk|ghp|gho|ghs|xox[a-z])-[\w+/=-]{4,}"), HIDDEN),
    ("akia", re.compile(r"\bAKIA[0-9A-Z]{12,}"), HIDDEN),
    ("bearer", re.compile(r"(?<=bearer)(?P<gap>\s{1,8})[\w.~+/=-]{8,}", re.IGNORECASE), rf"\g<gap>{HIDDEN}"),
    ("basic", re.compile(r"(?<=basic)(?P<gap>\s{1,8})[\w+/=-]{8,}", re.IGNORECASE), rf"\g<gap>{HIDDEN}"),
)


def redact(text: str) -> str:
    """`text` with everything that looks like a secret replaced."""
    small = text.casefold()
    for sign, pattern, instead in _PATTERNS:
        if sign in small:
            text = pattern.sub(instead, text)
    if "[" in text or "(" in text:
        text = _IN_PAIRS.sub(rf"\g<name>{HIDDEN}", text)
    if "value" in small:
        for pattern in (_NAMED_FIRST, _NAMED_LAST):
            text = pattern.sub(rf"\g<name>{HIDDEN}", text)
    if ":" in text or "=" in text or "%" in text:
        text = _BY_NAME.sub(rf"\g<name>{HIDDEN}", text)
    return text


def redact_value(value: Any, redact_text: Callable[[str], str] = redact) -> Any:
    """A JSON value of the same shape, with secrets replaced by the name of their key or, in texts, by `redact_text`."""
    if isinstance(value, str):
        return redact_text(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        hides = any(_is_secret(value.get(name)) for name in _NAMES_OF_MEMBERS)
        return {
            str(key): HIDDEN
            if is_secret_name(str(key)) or (hides and key == "value")
            else redact_value(item, redact_text)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple) and len(value) == 2 and _is_secret(value[0]):
        return [value[0], HIDDEN]
    if isinstance(value, list | tuple | set | frozenset):
        return [redact_value(item, redact_text) for item in value]
    return redact_text(str(value))


def _is_secret(name: Any) -> bool:
    return isinstance(name, str) and is_secret_name(name)


@lru_cache(maxsize=1024)
def is_secret_name(name: str) -> bool:
    """Whether what goes by this name is a secret, such as `client_secret`, `X-Api-Key` or `accessToken`."""
    return bool(_NAMED.search(name)) or name.lower() in {"cookie", "set-cookie"}
