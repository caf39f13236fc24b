"""Taking back what programs hold for a person."""

from typing import Any

from oauth2_provider.models import AccessToken, Grant, RefreshToken

from integrations_site.kernel import clock
from integrations_site.tenancy.models import ApiClient, User


def holds_any(*, user: User, client: ApiClient) -> bool:
    """Whether a program has a token of the person that has not been taken back."""
    held: dict[str, Any] = {"user": user, "application": client}
    kept = (RefreshToken.objects.filter(**held, revoked=None), AccessToken.objects.filter(**held))
    return any(tokens.exists() for tokens in kept)


def take_back(*, user: User, client: ApiClient | None = None) -> None:
    """Ends the access and refresh tokens and the codes that one program, or any, holds for a person.

    The caller has announced what it does, and its transaction covers this.
    """
    held: dict[str, Any] = {"user": user} if client is None else {"user": user, "application": client}
    Grant.objects.filter(**held).delete()
    RefreshToken.objects.filter(**held, revoked=None).update(revoked=clock.now())
    AccessToken.objects.filter(**held).delete()
