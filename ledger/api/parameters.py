"""Query parameters of addresses that are no lists; what an address does not know is refused."""

import datetime as dt

from rest_framework.request import Request

from integrations_site.kernel.errors import InvalidInputError

_FLAGS = {"true": True, "1": True, "false": False, "0": False}


def only(request: Request, *known: str) -> None:
    """Raises InvalidInputError for any other parameter: ignored, it would promise what does not happen."""
    unknown = sorted(set(request.query_params) - set(known))
    if unknown:
        raise InvalidInputError(
            f"There is no parameter {unknown[0]!r} here; known: {', '.join(known) or 'none'}",
            details={"fields": {name: ["There is no such parameter."] for name in unknown}},
        )


def flag(request: Request, name: str) -> bool:
    """`true` or `false`; false where it is not given. Raises InvalidInputError."""
    text = request.query_params.get(name, "false")
    if text.lower() not in _FLAGS:
        raise InvalidInputError(f"{name} must be true or false", details={"fields": {name: ["true or false."]}})
    return _FLAGS[text.lower()]


def day(request: Request, name: str) -> dt.date | None:
    """`YYYY-MM-DD`; None where it is not given. Raises InvalidInputError."""
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        return dt.datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=dt.UTC).date()
    except ValueError:
        raise InvalidInputError(
            f"{name} must be a day that exists, as YYYY-MM-DD", details={"fields": {name: ["YYYY-MM-DD."]}}
        ) from None
