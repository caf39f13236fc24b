"""An export together with the case's files, as a ZIP archive that is written piece by piece."""

import shutil
import zipfile
from collections.abc import Iterable, Iterator
from typing import IO

from integrations_site.files.errors import FileNotThereError
from integrations_site.files.models import StoredFile
from integrations_site.files.names import key_name
from integrations_site.files.services import open_file
from integrations_site.kernel import clock
from integrations_site.kernel.errors import ConflictError
from ledger.models import Artifact, Case

_BLOCK = 64 * 1024
_READABLE_BY_OWNER = 0o600 << 16


class ArtifactMissingError(ConflictError):
    """The content of one of the case's files is no longer in the storage."""

    code = "ARTIFACT_MISSING"


def files_of(case: Case) -> list[StoredFile]:
    """The case's original document and attachments, in the order in which they came."""
    artifacts = Artifact.objects.filter(case=case).select_related("file").order_by("created_at", "pk")
    return [artifact.file for artifact in artifacts]


def pack(target: IO[bytes], *, name: str, content: Iterator[bytes], files: Iterable[StoredFile]) -> None:
    """Writes an archive with `content` under `name`, and the files in the folder `artifacts`.

    Raises ArtifactMissingError and StorageUnavailableError.
    """
    with zipfile.ZipFile(target, "w") as archive:
        with archive.open(_member(name), "w") as member:
            for block in content:
                member.write(block)
        for number, file in enumerate(files, 1):
            _add(archive, f"artifacts/{number:02}-{key_name(file.name)}", file)


def _add(archive: zipfile.ZipFile, name: str, file: StoredFile) -> None:
    try:
        source = open_file(file)
    except FileNotThereError:
        raise ArtifactMissingError(
            f"The content of {file.name} is no longer in the storage; export without include_artifacts",
            details={"file_id": file.public_id, "name": file.name},
        ) from None
    with source, archive.open(_member(name, file.size_bytes), "w") as member:
        shutil.copyfileobj(source, member, _BLOCK)


def _member(name: str, size: int = 0) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, clock.now().timetuple()[:6])
    member.compress_type, member.external_attr, member.file_size = zipfile.ZIP_DEFLATED, _READABLE_BY_OWNER, size
    return member
