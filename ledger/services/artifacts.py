"""Files that belong to cases."""

import uuid

from django.db import transaction

from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.files.services import Readable, register, uploaded
from ledger.models import Artifact
from ledger.services.transitions import lock_case


def attach_file(*, case_id: uuid.UUID, content: bytes | Readable, name: str, actor: Actor) -> Artifact:
    """Keeps a file with a case, in whatever state that is.

    Raises NotFoundError, and the errors of `integrations_site.files`: empty, too large, or of a type that is not taken.
    """
    with uploaded(content=content, name=name) as upload, transaction.atomic():
        case = lock_case(case_id)
        announce(
            action="case.file_attached",
            actor=actor,
            subject=case.public_id,
            data={"name": upload.name, "sha256": upload.sha256},
        )
        file = register(upload=upload, actor=actor)
        return Artifact.objects.create(case=case, file=file, kind=Artifact.Kind.ATTACHMENT)
