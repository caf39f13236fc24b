"""Taking a row that is about to be changed."""

import uuid
from typing import TypeVar

from integrations_site.kernel.errors import NotFoundError
from integrations_site.tenancy.models import TenantModel

RowT = TypeVar("RowT", bound=TenantModel)


def locked(model: type[RowT], key: uuid.UUID) -> RowT:
    """The row, as it is now, for nobody else to change until the transaction ends.

    Raises NotFoundError, also for another tenant's.
    """
    row = model.objects.select_for_update().filter(pk=key).first()
    if row is None:
        raise NotFoundError.of(model.id_kind)
    return row
