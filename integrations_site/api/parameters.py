"""The query of an address. What is not known is refused: ignored, it would promise what does not happen."""

import datetime as dt

from django.http import QueryDict

from integrations_site.api.days import day_of
from integrations_site.kernel.errors import InvalidInputError

_FLAGS = {"true": True, "1": True, "false": False, "0": False}


def refuse_unknown(query: QueryDict, known: set[str]) -> None:
    """Raises InvalidInputError for a parameter that is not known, or is given twice."""
    if not query:
        return
    listed = ", ".join(sorted(known)) or "none"
    wrong = {name: [f"There is no such parameter; there are {listed}."] for name in query if name not in known}
    wrong |= {name: ["Give it once."] for name, values in query.lists() if len(values) > 1}
    if wrong:
        name, (problem,) = min(wrong.items())
        raise InvalidInputError(f"{name}: {problem}".removesuffix("."), details={"fields": wrong})


def flag(query: QueryDict, name: str) -> bool:
    """`true` or `false`; false where it is not given. Raises InvalidInputError."""
    text = query.get(name, "false")
    if text.lower() not in _FLAGS:
        raise InvalidInputError(f"{name} must be true or false", details={"fields": {name: ["true or false."]}})
    return _FLAGS[text.lower()]


def day(query: QueryDict, name: str) -> dt.date | None:
    """`YYYY-MM-DD`; None where it is not given. Raises InvalidInputError."""
    text = query.get(name)
    if text is None:
        return None
    try:
        return day_of(text)
    except ValueError as error:
        message = f"{name}: {error}".removesuffix(".")
        raise InvalidInputError(message, details={"fields": {name: [str(error)]}}) from None
