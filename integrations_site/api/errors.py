"""Every answer that is no success: which error an exception is, and the answer to it in the view's `error_form`."""

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

from integrations_site.api.error_forms import HUB_FORM, ErrorForm
from integrations_site.kernel import request_id
from integrations_site.kernel.errors import (
    ConflictError,
    ForbiddenError,
    HubError,
    InvalidInputError,
    NotFoundError,
    TransientError,
)

logger = logging.getLogger(__name__)
_DEADLOCK_OR_SERIALIZATION = {"40P01", "40001", "55P03"}
_RETRY_SECONDS = 1


class AuthenticationRequiredError(HubError):
    """The request carries no token."""

    status, code = 401, "AUTHENTICATION_REQUIRED"


class MalformedError(InvalidInputError):
    """The body or the query cannot be read at all."""

    code = "MALFORMED_REQUEST"


class MethodNotAllowedError(HubError):
    """The path exists, and does not know the method."""

    status, code = 405, "METHOD_NOT_ALLOWED"


class NotAcceptableError(HubError):
    """The answer cannot be given in any media type that the caller accepts."""

    status, code = 406, "NOT_ACCEPTABLE"


class TooLargeError(HubError):
    """The body is larger than the hub reads."""

    status, code = 413, "PAYLOAD_TOO_LARGE"


class UnsupportedMediaTypeError(HubError):
    """The body's media type is not one that the path reads."""

    status, code = 415, "UNSUPPORTED_MEDIA_TYPE"


class RateLimitedError(HubError):
    """The caller has used up what it may send in this minute."""

    status, code = 429, "RATE_LIMIT_EXCEEDED"


class InternalError(HubError):
    """A fault of the hub. What happened stands in the log under the request's id, never in the answer."""

    status, code = 500, "INTERNAL_ERROR"


def headers_of(error: HubError) -> dict[str, str]:
    """The headers that go with an error's status (RFC 9110, RFC 6750)."""
    headers = {}
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, AuthenticationRequiredError):
        headers["WWW-Authenticate"] = 'Bearer realm="hub"'
    elif error.status == 401:
        headers["WWW-Authenticate"] = f'Bearer realm="hub", error="invalid_token", error_description="{error.message}"'
    return headers


def handle(exception: Exception, context: Mapping[str, Any]) -> Response:
    """The answer to an exception of a view; DRF's EXCEPTION_HANDLER."""
    error = problem(exception)
    if error.status >= 500:
        logger.error("%s: %s", type(exception).__name__, error.code, exc_info=exception)
    form: ErrorForm = getattr(context.get("view"), "error_form", HUB_FORM)
    headers = headers_of(error)
    view = context.get("view")
    if isinstance(exception, exceptions.MethodNotAllowed):
        headers["Allow"] = ", ".join(getattr(view, "allowed_methods", []))
        error = MethodNotAllowedError(f"{error.message}; this path takes {headers['Allow']}")
    elif isinstance(exception, exceptions.UnsupportedMediaType):
        read = _media_types(getattr(view, "parser_classes", []))
        error = UnsupportedMediaTypeError(f"{error.message}; this path reads {read}")
    elif isinstance(exception, exceptions.NotAcceptable):
        given = _media_types(getattr(view, "renderer_classes", []))
        error = NotAcceptableError(f"This path answers in {given}, which the header Accept does not name")
    return Response(form.body(error, request_id.current()), status=error.status, headers=headers)


def _media_types(classes: Iterable[Any]) -> str:
    return ", ".join(dict.fromkeys(each.media_type for each in classes))


def problem(exception: Exception) -> HubError:
    """The error that the caller may see for any exception; an unexpected one says nothing of its cause."""
    if isinstance(exception, HubError):
        return exception if exception.status != 500 else _internal()
    if isinstance(exception, exceptions.APIException):
        return _of_framework(exception)
    for kind, translate in _TRANSLATIONS:
        if isinstance(exception, kind):
            return translate(exception)
    return _internal()


def _internal() -> HubError:
    return InternalError(
        "The hub made a mistake; it is recorded under the request's id. Please try again or tell us that id"
    )


def _not_found(_: Exception) -> HubError:
    return NotFoundError("There is no such thing here")


def _forbidden(_: Exception) -> HubError:
    return ForbiddenError("You may not do this")


def _too_large(_: Exception) -> HubError:
    return TooLargeError("The request's body is larger than the hub reads")


def _suspicious(_: Exception) -> HubError:
    return MalformedError("The request is not well-formed")


def _invalid(exception: Exception) -> HubError:
    messages = exception.messages if isinstance(exception, DjangoValidationError) else []
    return InvalidInputError("The request is not valid", details={"fields": {"non_field": messages}})


def _integrity(exception: Exception) -> HubError:
    """A constraint that no service foresaw: two requests contradicted each other, or a reference is gone."""
    logger.warning("A database constraint refused a request", exc_info=exception)
    return ConflictError("The request contradicts what is stored; read it again, and send what is still missing")


def _operational(exception: Exception) -> HubError:
    code = getattr(exception.__cause__, "sqlstate", None)
    if code in _DEADLOCK_OR_SERIALIZATION:
        return TransientError(
            "Another request was changing the same data; try again", code="BUSY", retry_after=_RETRY_SECONDS
        )
    return TransientError("The database is not reachable for the moment; try again", retry_after=5)


_TRANSLATIONS: list[tuple[type[Exception], Callable[[Exception], HubError]]] = [
    (Http404, _not_found),
    (PermissionDenied, _forbidden),
    (RequestDataTooBig, _too_large),
    (SuspiciousOperation, _suspicious),
    (DjangoValidationError, _invalid),
    (IntegrityError, _integrity),
    (OperationalError, _operational),
    (InterfaceError, _operational),
    (DataError, _suspicious),
]


def _of_framework(exception: exceptions.APIException) -> HubError:
    """DRF's own exceptions, most of which speak of the request's form."""
    if isinstance(exception, exceptions.ValidationError):
        return InvalidInputError(
            "The request is not valid; details name the fields", details={"fields": _fields(exception.detail)}
        )
    for kind, error in _FRAMEWORK:
        if isinstance(exception, kind):
            return error(_sentence(exception.detail))
    return HubError(_sentence(exception.detail), status=exception.status_code)


_FRAMEWORK: list[tuple[type[exceptions.APIException], type[HubError]]] = [
    (exceptions.ParseError, MalformedError),
    (exceptions.NotAuthenticated, AuthenticationRequiredError),
    (exceptions.PermissionDenied, ForbiddenError),
    (exceptions.NotFound, NotFoundError),
    (exceptions.MethodNotAllowed, MethodNotAllowedError),
    (exceptions.NotAcceptable, NotAcceptableError),
    (exceptions.UnsupportedMediaType, UnsupportedMediaTypeError),
]


def _sentence(detail: Any) -> str:
    return re.sub(r"\.$", "", str(detail))


def _fields(detail: Any, path: str = "") -> dict[str, list[str]]:
    """Errors by the path of the field, such as `line_items[2].quantity`."""
    if isinstance(detail, dict):
        found: dict[str, list[str]] = {}
        for name, inner in detail.items():
            found |= _fields(inner, _joined(path, name))
        return found
    if any(isinstance(inner, dict | list) for inner in detail):
        found = {}
        for index, inner in enumerate(detail):
            found |= _fields(inner, f"{path}[{index}]")
        return found
    return {path or "non_field": [str(message) for message in detail]} if detail else {}


def _joined(path: str, name: object) -> str:
    if isinstance(name, int):
        return f"{path}[{name}]"
    if name == "non_field_errors":
        return path or "non_field"
    return f"{path}.{name}" if path else str(name)
