"""What the texts of a definition may look like. `form` says it to whoever sent another."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

# fmt: off
Category = Literal[
    "crm", "communication", "data_source", "storage", "custom",
    "payments", "accounting", "hr", "shipping", "inventory",
]
# fmt: on
Status = Literal["active", "beta", "deprecated", "disabled"]
Audience = Literal["system", "tenant"]
AuthType = Literal["oauth2", "api_key", "basic", "custom"]
SyncDirection = Literal["pull", "push", "bidirectional"]
Method = Literal["GET", "POST"]

_SLUG = "Small letters and digits, with - or _ between them, 60 at most,"
_NAME = "A name of letters, digits, _ and -, 60 at most and beginning with a letter,"
# A number in a path is a place in a list: `errors.0.code`.
_PATH = "A path of names with dots between them, such as data.items,"
_HEADER = "The name of a header (RFC 9110)"
_LOCATION = "A path that begins with /, or an https:// address,"
_FORMAT = (
    "unix, unix_ms, iso, ms_date, ts, or a pattern with year, month and day, each once, such as %d.%m.%Y or "
    "%m/%d/%y %I:%M %p (%Y %y %m %b %B %d %H %I %p %M %S %f %z),"
)

Slug = Annotated[str, Meta(pattern=r"^[a-z0-9]([a-z0-9_-]{0,58}[a-z0-9])?$", extra={"form": _SLUG})]
Name = Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,59}$", extra={"form": _NAME})]
Label = Annotated[str, Meta(min_length=1, max_length=100)]
Line = Annotated[str, Meta(max_length=500, pattern=r"^[^\r\n\x00]*$", extra={"form": "A text of one line"})]
Prose = Annotated[str, Meta(max_length=2000)]
Icon = Annotated[str, Meta(min_length=1, max_length=500)]
Colour = Annotated[str, Meta(min_length=1, max_length=50)]
Version = Annotated[str, Meta(min_length=1, max_length=50)]
Plan = Annotated[str, Meta(max_length=50)]
Url = Annotated[str, Meta(min_length=1, max_length=2000)]
Location = Annotated[str, Meta(max_length=1000, pattern=r"^(/|https?://)\S*$", extra={"form": _LOCATION})]
Dotted = Annotated[str, Meta(max_length=200, pattern=r"^[^\s.]+(\.[^\s.]+)*$", extra={"form": _PATH})]
DottedOrWhole = Annotated[str, Meta(max_length=200, pattern=r"^([^\s.]+(\.[^\s.]+)*)?$", extra={"form": _PATH})]
Header = Annotated[str, Meta(max_length=100, pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$", extra={"form": _HEADER})]
Parameter = Annotated[
    str, Meta(min_length=1, max_length=100, pattern=r"^\S+$", extra={"form": "The name of a parameter"})
]
# Of strptime's directives those that mean the same everywhere; one that stands twice is an error there.
Format = Annotated[
    str,
    Meta(
        max_length=60,
        pattern=r"^(unix|unix_ms|iso|ms_date|ts"
        r"|(?=.*%[Yy])(?=.*%[mbB])(?=.*%d)(?!.*(%.).*\2)([^%\r\n\x00]|%[YymbBdHIpMSfz])+)$",
        extra={"form": _FORMAT},
    ),
]
Scope = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^\S+$", extra={"form": "A scope without spaces"})]
Secret = Annotated[str, Meta(min_length=1, max_length=4096)]
Seconds = Annotated[int, Meta(ge=1, le=10 * 366 * 86400)]

Query = Annotated[dict[Parameter, Line], Meta(max_length=30)]
Headers = Annotated[dict[Header, Line], Meta(max_length=30)]


class Part(Struct, rename="camel", forbid_unknown_fields=True, omit_defaults=True, frozen=True, kw_only=True):
    """The base of every part of a definition: camelCase names, and none that is not known."""
