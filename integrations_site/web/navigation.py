"""What every page's frame needs."""

from typing import Any

from django.http import HttpRequest

from integrations_site.web import visits


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Who is looking at the page and in which tenant (None for strangers)."""
    return {"visit": visits.current(request)}
