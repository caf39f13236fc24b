"""Which person stands behind who acts."""

from integrations_site.kernel import ids
from integrations_site.tenancy.models import ApiClient, User


def person_behind(actor_id: str) -> str:
    """Of a program whose holder is known, the holder's public id; else the actor's own."""
    client = ids.parse(ApiClient.id_kind, actor_id)
    if client is None:
        return actor_id
    holder = ApiClient.objects.filter(pk=client).values_list("user_id", flat=True).first()
    return ids.public(User.id_kind, holder) if holder else actor_id
