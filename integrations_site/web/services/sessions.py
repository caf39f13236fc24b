"""Logging in and out, and passwords; each leaves an entry in the audit trail of what concerns no tenant."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth import login, logout, update_session_auth_hash
from django.db import transaction
from django.http import HttpRequest

from integrations_site.api.limits import network
from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import User
from integrations_site.web.services import tokens


def log_in(*, request: HttpRequest, user: User) -> None:
    """Begins a session of the person, under a new key."""
    with scope.all_tenants(), transaction.atomic():
        _announce("user.logged_in", user, {"address": network(request)})
        login(request, user)


def refuse_log_in(*, request: HttpRequest, email: str) -> None:
    """Records that somebody tried and failed; an unknown address is not kept, for it may be a mistyped password."""
    with scope.all_tenants(), transaction.atomic():
        user = User.objects.filter(email__iexact=email).first()
        announce(
            action="user.log_in_refused",
            actor=Actor("anonymous"),
            subject=user.public_id if user else "",
            data={"address": network(request)},
        )


def log_out(*, request: HttpRequest) -> None:
    """Ends the session."""
    with scope.all_tenants(), transaction.atomic():
        if isinstance(request.user, User):
            _announce("user.logged_out", request.user, {})
        logout(request)


def change_password(*, request: HttpRequest, user: User, password: str) -> None:
    """Sets a new password; the person's other sessions and all tokens end, this session goes on."""
    _set_password(user, password, "user.password_changed")
    update_session_auth_hash(request, user)


def reset_password(*, user: User, password: str) -> None:
    """Sets a new password for a person who proved that they read their mail; their sessions and tokens end."""
    _set_password(user, password, "user.password_reset")


def _set_password(user: User, password: str, action: str) -> None:
    with scope.all_tenants(), transaction.atomic():
        _announce(action, user, {})
        user.set_password(password)
        user.save(update_fields=["password"])
        tokens.take_back(user=user)


def _announce(action: str, user: User, data: Mapping[str, Any]) -> None:
    announce(action=action, actor=Actor(user.public_id, user.email), subject=user.public_id, data=data)
