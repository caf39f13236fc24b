"""Filling the texts of a definition, before what a vendor or a person sent is put beside or into them."""

from collections.abc import Mapping

from connections.sdk.http import VendorHttp


def filled(http: VendorHttp, texts: Mapping[str, str]) -> dict[str, str]:
    """Queries and headers that a definition states. Raises VendorError where a value is missing."""
    return {name: http.filled(text) for name, text in texts.items()}


def filled_around(http: VendorHttp, template: str, place: str, value: str) -> str:
    """A template of a definition with the value wherever it has `place`; the value stays as it is."""
    return value.join(http.filled(part) for part in template.split(place))
