"""Which person stands behind who acts, and what they may do."""

from integrations_site.kernel import ids
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import ApiClient, Tenant, User
from integrations_site.tenancy.tokens.issuing import role_in


def person_behind(actor_id: str) -> str:
    """Of a program whose holder is known, the holder's public id; else the actor's own."""
    client = ids.parse(ApiClient.id_kind, actor_id)
    if client is None:
        return actor_id
    holder = ApiClient.objects.filter(pk=client).values_list("user_id", flat=True).first()
    return ids.public(User.id_kind, holder) if holder else actor_id


def role_of(actor_id: str) -> str | None:
    """The role that a person or program has at this moment in the tenant in scope; None where it has none."""
    if person := ids.parse(User.id_kind, actor_id):
        user = User.objects.filter(pk=person).first()
        return role_in(Tenant.objects.get(pk=scope.tenant_id()), user) if user else None
    client = ids.parse(ApiClient.id_kind, actor_id)
    program = ApiClient.objects.select_related("tenant").filter(pk=client).first() if client else None
    is_here = program is not None and program.tenant_id in (None, scope.tenant_id()) and program.is_usable(None)
    return program.role if program and is_here else None
