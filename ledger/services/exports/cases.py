"""One approved case as a file, for a while."""

import datetime as dt
import tempfile
import uuid
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import IO

from django.conf import settings
from django.db import transaction

from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.files.kinds import CSV, JSON, ZIP
from integrations_site.files.models import StoredFile
from integrations_site.files.names import key_name
from integrations_site.files.services import IN_MEMORY, Upload, register, uploaded
from integrations_site.kernel import clock
from integrations_site.kernel.errors import ConflictError, ForbiddenError, NotFoundError
from ledger.models import Case, CaseStatus
from ledger.services.exports.archives import files_of, pack
from ledger.services.exports.contents import as_csv, as_json, lines_of

# Whoever is in one of these states has been approved.
EXPORTABLE = frozenset({CaseStatus.APPROVED, CaseStatus.INTEGRATED, CaseStatus.NEEDS_REVIEW, CaseStatus.ROLLED_BACK})
_KINDS = {JSON, CSV, ZIP}


class ExportFormat(StrEnum):
    """What kind of file."""

    JSON = "json"
    CSV = "csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions:
    """What goes into the file: the lines, and (then it is an archive) the case's files."""

    format: ExportFormat
    line_items: bool
    artifacts: bool = False


class CaseNotApprovedError(ForbiddenError):
    """Only what somebody has approved leaves the hub."""

    code = "CASE_NOT_APPROVED"


class CaseChangedError(ConflictError):
    """The case was taken back and changed while it was being exported."""

    code = "CASE_CHANGED"


def export_case(*, case_id: uuid.UUID, options: ExportOptions, actor: Actor) -> StoredFile:
    """The case as a file that is kept for FILES_LINK_SECONDS; with its artifacts, as a ZIP archive.

    Raises NotFoundError, CaseNotApprovedError, CaseChangedError, ArtifactMissingError, FileTooLargeError and
    StorageUnavailableError.
    """
    case = _exportable(case_id)
    name = f"export {case.invoice_number[:100]}.{options.format}"
    shown = f"{name}.zip" if options.artifacts else name
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as spool:
        _write(spool, case, name=name, options=options)
        with uploaded(content=spool, name=shown, allowed=_KINDS, max_bytes=settings.FILES_MAX_EXPORT_BYTES) as made:
            return _keep(made, case, options, actor)


def _exportable(case_id: uuid.UUID) -> Case:
    case = Case.objects.select_related("vendor").filter(pk=case_id).first()
    if case is None:
        raise NotFoundError.of(Case.id_kind)
    if case.status not in EXPORTABLE:
        raise CaseNotApprovedError(
            f"The case is {case.status}; it can be exported once it has been approved", details={"status": case.status}
        )
    return case


def _write(spool: IO[bytes], case: Case, *, name: str, options: ExportOptions) -> None:
    lines = lines_of(case) if options.line_items else None
    content = as_json(case, lines=lines) if options.format is ExportFormat.JSON else as_csv(case, lines=lines)
    if options.artifacts:
        pack(spool, name=key_name(name), content=content, files=files_of(case))
    else:
        spool.writelines(content)
    spool.seek(0)


@transaction.atomic
def _keep(made: Upload, case: Case, options: ExportOptions, actor: Actor) -> StoredFile:
    announce(
        action="case.exported", actor=actor, subject=case.public_id, data=asdict(options) | {"sha256": made.sha256}
    )
    unchanged = Case.objects.filter(pk=case.pk, status__in=EXPORTABLE, approved_at=case.approved_at)
    if not unchanged.exists():
        raise CaseChangedError("The case was taken back while it was being exported; look at it and try again")
    expires_at = clock.now() + dt.timedelta(seconds=settings.FILES_LINK_SECONDS)
    return register(upload=made, actor=actor, expires_at=expires_at)
