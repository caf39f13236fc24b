"""Programs that a person has let in: which they are, and showing them out."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Min
from oauth2_provider.models import RefreshToken

from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.kernel.errors import NotFoundError
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import ApiClient, User
from integrations_site.web.services import tokens


@dataclass(frozen=True, slots=True)
class Program:
    """A program that acts for a person in a tenant, and since when."""

    id: str
    name: str
    tenant: str
    since: dt.datetime


def programs_of(user: User) -> Sequence[Program]:
    """The programs that hold a token which still gets them new ones."""
    held = RefreshToken.objects.filter(user=user, revoked=None).values("application_id").annotate(since=Min("created"))
    since = {row["application_id"]: row["since"] for row in held}
    with scope.all_tenants():
        clients = ApiClient.objects.filter(id__in=since).select_related("tenant").order_by("name")
        return [
            Program(client.public_id, client.name, client.tenant.name if client.tenant else "", since[client.id])
            for client in clients
        ]


def show_out(*, user: User, client_id: uuid.UUID | None) -> None:
    """Takes back every token that a program holds for a person; it needs their consent again.

    Raises NotFoundError where it holds none: nobody writes into the audit trail of a tenant that they do not work with.
    """
    with scope.all_tenants(), transaction.atomic():
        client = ApiClient.objects.filter(id=client_id).first()
        if client is None or not tokens.holds_any(user=user, client=client):
            raise NotFoundError("No such program acts for you. Choose one of the list.")
        actor = Actor(user.public_id, user.email)
        announce(action="program.shown_out", actor=actor, subject=client.public_id, tenant_id=client.tenant_id)
        tokens.take_back(user=user, client=client)
