"""What may be typed in to connect: credentials of the provider's kind, in the fields that it asks for."""

import re
from collections.abc import Mapping
from typing import Any

from catalog.definition import CredentialField, ProviderDefinition
from connections.models import Connection
from connections.services.refusals import InvalidCredentialsError

_Kind = Connection.CredentialKind
_KINDS = {"oauth2": _Kind.OAUTH, "api_key": _Kind.API_KEY, "basic": _Kind.BASIC, "custom": _Kind.CUSTOM}
LONGEST = 8192
_ACCESS_TOKEN = CredentialField(name="accessToken", label="Access token")
_MOST_FIELDS = 20
# Lines and tabs are left: a key may have several lines.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_LONGEST_NAME = 100


def kind_of(definition: ProviderDefinition) -> Connection.CredentialKind:
    """The kind of credentials that the provider takes."""
    return _KINDS[definition.auth_type]


def checked(definition: ProviderDefinition, *, kind: str, given: Mapping[str, Any]) -> dict[str, str]:
    """The credentials, once their kind and form are right. Raises InvalidCredentialsError, which repeats no value."""
    wanted = kind_of(definition)
    if wanted == _Kind.OAUTH:
        raise InvalidCredentialsError(
            f"{definition.display_name} is connected by consent, not by credentials: start its OAuth flow instead",
            details={"credentialType": wanted},
        )
    if kind != wanted:
        raise InvalidCredentialsError(
            f"{definition.display_name} takes credentials of the kind {wanted}, not {kind}",
            details={"credentialType": wanted},
        )
    return _checked(definition.fields_to_type_in, given)


def checked_for_trial(definition: ProviderDefinition, given: Mapping[str, Any]) -> dict[str, str]:
    """Credentials to try a provider with, or none; for OAuth 2 an access token. Raises InvalidCredentialsError."""
    fields = [_ACCESS_TOKEN] if kind_of(definition) == _Kind.OAUTH else definition.fields_to_type_in
    return _checked(fields, given) if given else {}


def _checked(fields: list[CredentialField], given: Mapping[str, Any]) -> dict[str, str]:
    if problems := _problems(fields, given):
        raise InvalidCredentialsError.of_fields(problems)
    return {name: value for name, value in given.items() if value}


def _problems(fields: list[CredentialField], given: Mapping[str, Any]) -> dict[str, list[str]]:
    """What is wrong, by field. Where the provider names no fields, any few texts will do."""
    if not fields and not given:
        return {"credentials": ["At least one credential is needed."]}
    known = {field.name: field for field in fields}
    found: dict[str, str] = {}
    for name, value in given.items():
        if known and name not in known:
            found[str(name)[:_LONGEST_NAME]] = f"There is no such field; there are {', '.join(known)}."
        elif problem := _problem(known.get(name), name, value):
            found[str(name)[:_LONGEST_NAME]] = problem
    if len(given) > _MOST_FIELDS:
        found["credentials"] = f"At most {_MOST_FIELDS} fields are taken."
    for field in fields:
        if field.required and field.name not in found and not given.get(field.name):
            found[field.name] = f"{field.label} is needed."
    return {name: [problem] for name, problem in found.items()}


def _problem(field: CredentialField | None, name: str, value: Any) -> str:
    if not isinstance(value, str):
        return "A text is expected."
    if len(value) > LONGEST:
        return f"At most {LONGEST} characters are taken."
    if _CONTROL.search(value) or (value and not value.strip()):
        return "This is no credential: it holds nothing, or a control character."
    if len(name) > _LONGEST_NAME:
        return f"The name of a field has at most {_LONGEST_NAME} characters."
    if field and field.pattern and value and not re.fullmatch(field.pattern, value):
        return f"This does not look like {field.label}. {field.help or ''}".strip()
    return ""
