"""What the people and programs that act are called."""

from integrations_site.kernel import ids
from integrations_site.tenancy.models import ApiClient, User


def name_of(actor_id: str) -> str:
    """A person's name and e-mail address, or a program's name; the id itself where nobody is known by it."""
    if key := ids.parse(User.id_kind, actor_id):
        person = User.objects.filter(pk=key).first()
        return (f"{person.full_name} ({person.email})" if person.full_name else person.email) if person else actor_id
    client = ids.parse(ApiClient.id_kind, actor_id)
    program = ApiClient.objects.filter(pk=client).first() if client else None
    return f"the program {program.name}" if program else actor_id
