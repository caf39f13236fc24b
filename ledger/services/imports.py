"""Documents in, drafts out: each file for itself."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from integrations_site.audit.types import Actor
from integrations_site.files.kinds import XML
from integrations_site.files.services import Upload, register, uploaded
from integrations_site.kernel.errors import ConflictError, HubError
from ledger.intake import InvoiceDocument, read_invoice, to_draft
from ledger.models import Artifact, Case
from ledger.services.cases import Origin, record_case
from ledger.services.draft_cases import case_input_of, told
from ledger.services.uniqueness import refusing
from ledger.services.vendor_matching import vendor_of


class DuplicateFileError(ConflictError):
    """The very same file is a case already."""

    code = "DUPLICATE_FILE"


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """A file as it came in; its name is for people only."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """What became of a file: a case, or the reason why not."""

    file: str
    case: Case | None = None
    error: HubError | None = None


def import_documents(*, files: Iterable[IncomingFile], actor: Actor) -> list[ImportOutcome]:
    """A draft of each file that can be read. A file that cannot does not stop the others."""
    return [_outcome(file, actor) for file in files]


def import_document(*, file: IncomingFile, actor: Actor) -> Case:
    """A draft with the document's own amounts; the file is kept as its original.

    What does not add up is kept in the case's `differences`. Raises IntakeError, DuplicateFileError,
    UnknownVendorError, AmbiguousVendorError, UnprocessableError (a deactivated vendor), and the errors of
    `integrations_site.files`.
    """
    _refuse_known(hashlib.sha256(file.content).hexdigest())
    document = read_invoice(file.content, filename=file.name)
    twin = DuplicateFileError("The same file was imported at the same moment; it is a case already")
    with (
        uploaded(content=file.content, name=file.name, allowed={XML}) as original,
        refusing("case_file_once", twin),
    ):
        return _record(document, original, actor=actor)


@transaction.atomic
def _record(document: InvoiceDocument, original: Upload, *, actor: Actor) -> Case:
    draft = to_draft(document)
    vendor = vendor_of(draft.seller, actor=actor)
    origin = Origin(source=document.syntax.name.lower(), sha256=original.sha256, differences=told(draft.differences))
    case = record_case(data=case_input_of(draft, vendor_id=vendor.pk), origin=origin, actor=actor)
    file = register(upload=original, actor=actor)
    Artifact.objects.create(case=case, file=file, kind=Artifact.Kind.ORIGINAL)
    return case


def _outcome(file: IncomingFile, actor: Actor) -> ImportOutcome:
    try:
        return ImportOutcome(file.name, case=import_document(file=file, actor=actor))
    except HubError as error:
        return ImportOutcome(file.name, error=error)


def _refuse_known(sha256: str) -> None:
    known = Case.objects.filter(source_sha256=sha256).first()
    if known is not None:
        raise DuplicateFileError(
            f"The same file is the case {known.public_id} ({known.invoice_number}) already",
            details={"case_id": known.public_id},
        )
