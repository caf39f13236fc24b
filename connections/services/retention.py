"""Forgetting what connections did, once nobody asks for it any more."""

from django.conf import settings
from django.db.models import Exists, OuterRef, Q

from connections.models import Activity, OAuthAttempt, QuarantinedRecord, SeenRecords, SyncRun
from connections.services.syncs.interrupted import forgettable
from integrations_site.audit.services import announce
from integrations_site.audit.types import HUB
from integrations_site.kernel import ids
from integrations_site.tenancy import scope
from integrations_site.tenancy.retention import days_ago, remove

_OVER = (SyncRun.Status.COMPLETED, SyncRun.Status.FAILED, SyncRun.Status.CANCELLED)


def forget_runs() -> int:
    """Removes runs that ended RETENTION_DAYS ago, with their steps; how many.

    The newest run of a connection stays, and so do those whose quarantined records still wait for somebody.
    """
    until = days_ago(settings.RETENTION_DAYS["syncs"])
    is_over = Q(status__in=_OVER) | Q(status=SyncRun.Status.PARTIAL, resume_at=None)
    newer = SyncRun.objects.filter(connection=OuterRef("connection"), started_at__gt=OuterRef("started_at"))
    held = QuarantinedRecord.objects.filter(step__run=OuterRef("pk"))
    with scope.all_tenants():
        old = SyncRun.objects.filter(is_over, id__lt=ids.first_at(until), completed_at__lt=until)
        replaced = old.filter(Exists(newer) | Q(connection__removed_at__isnull=False))
        return remove(replaced.exclude(Exists(held)))


def forget_activities() -> int:
    """Removes activities of RETENTION_DAYS ago; how many."""
    until = days_ago(settings.RETENTION_DAYS["syncs"])
    with scope.all_tenants():
        return remove(Activity.objects.filter(id__lt=ids.first_at(until), at__lt=until))


def forget_consents() -> int:
    """Removes consents whose time was over RETENTION_DAYS ago, used or not; how many. Held ones are dropped first."""
    until, is_held = days_ago(settings.RETENTION_DAYS["consents"]), Q(used_at=None) & ~Q(sealed_answer="")
    with scope.all_tenants():
        return remove(
            OAuthAttempt.objects.filter(~is_held, expires_at__lt=until),
            before=lambda: announce(action="oauth.forgotten", actor=HUB),
        )


def forget_seen_ids() -> int:
    """Removes what full reads have met that ended early and do not go on; how many rows. Others remove their own.

    A later run may go on where one failed.
    """
    is_over = Q(step__run__status__in=_OVER) | Q(step__run__status=SyncRun.Status.PARTIAL, step__run__resume_at=None)
    with scope.all_tenants():
        return remove(forgettable(SeenRecords.objects.filter(is_over)))
