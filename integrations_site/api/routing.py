"""Addresses of the API. Each is written without a slash at its end and answers with one too (see `api.middleware`)."""

from typing import Any

from django.urls import URLPattern, path
from rest_framework.routers import SimpleRouter
from rest_framework.views import APIView


def route(address: str, view: type[APIView], name: str | None = None, **initial: Any) -> URLPattern:
    """The pattern of a view, such as `route("cases/<str:id>/submit", SubmitCase)`, below `/api/`."""
    if address != address.strip("/"):
        raise ValueError(f"{address!r} must have no slash at its ends")
    return path(address, view.as_view(**initial), name=name)


class Router(SimpleRouter):
    """Patterns of viewsets: `router.register("vendors", VendorViewSet, basename="vendor")`, then `router.urls`."""

    def __init__(self) -> None:
        super().__init__(trailing_slash=False)
