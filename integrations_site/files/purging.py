"""Removing what nobody needs: files whose time is over, and content in storage that no row knows."""

import datetime as dt
import logging
import uuid
from collections.abc import Iterator

from django.db import transaction

from integrations_site.audit.services import announce
from integrations_site.audit.types import HUB
from integrations_site.files import storage
from integrations_site.files.models import StoredFile
from integrations_site.kernel import clock, ids
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant

# Content without a row may belong to a transaction that is still running; after this long it does not.
GRACE = dt.timedelta(hours=24)
# A sweep looks through the last days, and of those before at every thirtieth: so each comes again within a month, for
# the content of a file that was removed long after it was stored, while the storage did not answer.
DAYS_SWEPT = 14
ROUND_OF_DAYS = 30
_AT_ONCE = 500
logger = logging.getLogger(__name__)


def purge_expired() -> int:
    """Removes every tenant's files whose time is over; how many. What a failure leaves in storage is swept later."""
    with scope.all_tenants():
        expired = StoredFile.objects.filter(expires_at__lt=clock.now())
        tenants = list(expired.order_by().values_list("tenant_id", flat=True).distinct())
    removed = 0
    for tenant_id in tenants:
        with scope.tenant_scope(tenant_id):
            while some := _purge_some():
                removed += some
    return removed


@transaction.atomic
def _purge_some() -> int:
    expired = StoredFile.objects.select_for_update(skip_locked=True).filter(expires_at__lt=clock.now())
    files = list(expired.order_by("expires_at")[:_AT_ONCE])
    if files:
        told = [{"id": file.public_id, "name": file.name} for file in files]
        announce(action="files.purged", actor=HUB, data={"files": told})
        StoredFile.objects.filter(pk__in=[file.pk for file in files]).delete()
    for file in files:
        _remove_after_commit(file.key)
    return len(files)


def _remove_after_commit(key: str) -> None:
    transaction.on_commit(lambda: storage.remove(key), robust=True)


def sweep_orphans() -> int:
    """Removes content that no file knows, of the last DAYS_SWEPT days and some of those before; how many.

    It is left behind where a transaction was rolled back, a process killed, or content could not be removed.
    """
    with scope.all_tenants():
        tenants = list(Tenant.objects.values_list("id", "created_at"))
    return sum(
        _sweep(tenant_id, f"{tenant_id.hex}/{day:%Y/%m/%d}") for tenant_id, since in tenants for day in _days(since)
    )


def _days(since: dt.datetime) -> Iterator[dt.date]:
    newest = (clock.now() - GRACE).date()
    for back in range((newest - since.date()).days + 1):
        if back < DAYS_SWEPT or back % ROUND_OF_DAYS == 0:
            yield newest - dt.timedelta(days=back)


def _sweep(tenant_id: uuid.UUID, prefix: str) -> int:
    removed, folders = 0, storage.names_below(prefix)[0]
    for start in range(0, len(folders), _AT_ONCE):
        for orphan in _unknown(tenant_id, folders[start : start + _AT_ONCE]):
            _remove_folder(f"{prefix}/{orphan}")
            removed += 1
    return removed


def _unknown(tenant_id: uuid.UUID, folders: list[str]) -> Iterator[str]:
    """Those of the folders that are old enough and no file's."""
    candidates = {folder: ids.parse(StoredFile.id_kind, f"{StoredFile.id_kind}-{folder}") for folder in folders}
    with scope.tenant_scope(tenant_id):
        known = set(StoredFile.objects.filter(pk__in=filter(None, candidates.values())).values_list("pk", flat=True))
    for folder, file_id in candidates.items():
        if file_id is not None and file_id not in known and file_id < ids.first_at(clock.now() - GRACE):
            yield folder


def _remove_folder(folder: str) -> None:
    for name in storage.names_below(folder)[1]:
        storage.remove(f"{folder}/{name}")
    storage.remove(folder)
    logger.info("Removed stored content that belongs to no file: %s", folder)
