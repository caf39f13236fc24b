"""Keeping files: the content in storage first, then the row in a transaction.

What stands in storage without a row (the transaction was rolled back, the process killed) is removed by
`integrations_site.files.purging`.
"""

import datetime as dt
import hashlib
import io
import tempfile
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO, Protocol

from django.conf import settings
from django.core.files import File
from django.db import transaction

from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.files import storage
from integrations_site.files.errors import FileEmptyError, FileTooLargeError, StorageUnavailableError
from integrations_site.files.kinds import DOCUMENTS, Kind, judge
from integrations_site.files.models import StoredFile
from integrations_site.files.names import display_name, key_name
from integrations_site.kernel import clock, ids
from integrations_site.tenancy import scope

_BLOCK = 64 * 1024
IN_MEMORY = 1024 * 1024


class Readable(Protocol):
    """Anything that is read block by block: an open file, an upload."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Upload:
    """Content that stands in storage, and is nobody's until it is registered."""

    id: uuid.UUID
    key: str
    name: str
    content_type: str
    size_bytes: int
    sha256: str


def store(
    *,
    content: bytes | Readable,
    name: str,
    actor: Actor,
    allowed: Collection[Kind] = DOCUMENTS,
    expires_at: dt.datetime | None = None,
) -> StoredFile:
    """Keeps a file of the tenant in scope. Raises what `upload` raises.

    Where the file belongs to something else that is written, use `uploaded` and `register` instead.
    """
    with uploaded(content=content, name=name, allowed=allowed) as made, transaction.atomic():
        return register(upload=made, actor=actor, expires_at=expires_at)


@contextmanager
def uploaded(
    *,
    content: bytes | Readable,
    name: str,
    allowed: Collection[Kind] = DOCUMENTS,
    max_bytes: int | None = None,
) -> Iterator[Upload]:
    """Content in storage, to be registered in the block; where the block raises, it is removed again.

        with uploaded(content=…, name=…) as made, transaction.atomic():
            announce(…)
            file = register(upload=made, actor=actor)

    Raises what `upload` raises.
    """
    made = upload(content=content, name=name, allowed=allowed, max_bytes=max_bytes)
    try:
        yield made
    except BaseException:
        # Where that fails too, the sweeper removes it.
        with suppress(StorageUnavailableError):
            storage.remove(made.key)
        raise


def upload(
    *,
    content: bytes | Readable,
    name: str,
    allowed: Collection[Kind] = DOCUMENTS,
    max_bytes: int | None = None,
) -> Upload:
    """Puts content into storage, under a key that starts with the tenant in scope. It belongs outside a transaction.

    `max_bytes` None: FILES_MAX_BYTES. Raises FileEmptyError, FileTooLargeError, FileTypeRefusedError,
    FileTypeMismatchError and StorageUnavailableError.
    """
    shown = display_name(name)
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as spool:
        size, sha256 = _read_into(spool, content, shown, max_bytes or settings.FILES_MAX_BYTES)
        kind = judge(spool, name=shown, allowed=allowed)
        file_id = ids.new_id()
        key = f"{scope.tenant_id().hex}/{clock.now():%Y/%m/%d}/{file_id.hex}/{key_name(shown)}"
        return Upload(file_id, storage.put(key, spool), shown, kind.content_type, size, sha256)


def register(*, upload: Upload, actor: Actor, expires_at: dt.datetime | None = None) -> StoredFile:
    """Makes uploaded content a file of the tenant in scope, in the caller's transaction."""
    file = StoredFile(
        id=upload.id,
        key=upload.key,
        name=upload.name,
        content_type=upload.content_type,
        size_bytes=upload.size_bytes,
        sha256=upload.sha256,
        created_by=actor.id,
        expires_at=expires_at,
    )
    announce(
        action="file.stored",
        actor=actor,
        subject=file.public_id,
        data={"name": file.name, "type": file.content_type, "size_bytes": file.size_bytes, "sha256": file.sha256},
    )
    file.save(force_insert=True)
    return file


def open_file(file: StoredFile) -> "File[bytes]":
    """The file's content, to be read and closed. Raises FileNotThereError and StorageUnavailableError."""
    return storage.get(file.key)


@transaction.atomic
def delete(*, file: StoredFile, actor: Actor) -> None:
    """Removes a file; its content goes once the transaction has committed. Raises ProtectedError where it is in use."""
    announce(
        action="file.deleted", actor=actor, subject=file.public_id, data={"name": file.name, "sha256": file.sha256}
    )
    key = file.key
    file.delete()
    transaction.on_commit(lambda: storage.remove(key), robust=True)


def _read_into(spool: IO[bytes], content: bytes | Readable, name: str, most: int) -> tuple[int, str]:
    """Copies the content block by block; its size and SHA-256. It stops reading once there is too much."""
    source = io.BytesIO(content) if isinstance(content, bytes) else content
    digest, size = hashlib.sha256(), 0
    while block := source.read(_BLOCK):
        size += len(block)
        if size > most:
            raise FileTooLargeError(
                f"{name}: the file is larger than {most} bytes", details={"name": name, "max_bytes": most}
            )
        digest.update(block)
        spool.write(block)
    if not size:
        raise FileEmptyError(f"{name}: the file is empty", details={"name": name})
    return size, digest.hexdigest()
