"""Who did something, for people to read: rows keep the public id of a person or a program, pages tell its name."""

from collections.abc import Callable
from typing import Any

from unfold.decorators import display

from integrations_site.kernel import ids
from integrations_site.tenancy.models import ApiClient, User

_NAMES: tuple[tuple[type[User | ApiClient], str], ...] = ((User, "email"), (ApiClient, "name"))


def actor_column(field: str) -> Callable[[Any], str]:
    """The column of a field such as `posted_by`, with the actor's name."""

    def column(row: Any) -> str:
        return name_of(getattr(row, field))

    titled: Callable[[Any], str] = display(column, description=field.replace("_", " "))
    return titled


def name_of(actor_id: str) -> str:
    """The e-mail address of a person, the name of a program; the id itself where the hub does not know it any more."""
    for model, field in _NAMES:
        key = ids.parse(model.id_kind, actor_id)
        if key is not None:
            return model.objects.filter(pk=key).values_list(field, flat=True).first() or actor_id
    return actor_id
