"""Files are kept, opened and removed; row and content stand and fall together."""

import hashlib
import io
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from integrations_site.audit.models import AuditEntry
from integrations_site.audit.types import Actor
from integrations_site.files import services
from integrations_site.files.errors import (
    FileEmptyError,
    FileNotThereError,
    FileTooLargeError,
    FileTypeRefusedError,
    StorageUnavailableError,
)
from integrations_site.files.models import StoredFile
from integrations_site.kernel import clock
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from tests.files import contents
from tests.files.conftest import below


class Endless:
    """A stream that never ends; it counts what was taken from it."""

    taken = 0

    def read(self, size: int, /) -> bytes:
        """As much as asked for."""
        self.taken += size
        return b"x" * size


def test_a_file_is_kept_with_its_type_size_and_hash(in_tenant: Tenant, actor: Actor, stored_in: Path) -> None:
    file = services.store(content=io.BytesIO(contents.PDF), name="../Rechnung März.pdf", actor=actor)
    file.refresh_from_db()
    assert file.tenant_id == in_tenant.id
    assert (file.name, file.content_type, file.size_bytes) == (
        "Rechnung März.pdf",
        "application/pdf",
        len(contents.PDF),
    )
    assert file.sha256 == hashlib.sha256(contents.PDF).hexdigest()
    assert file.created_by == actor.id
    assert file.key == f"{in_tenant.id.hex}/{clock.now():%Y/%m/%d}/{file.id.hex}/Rechnung-Marz.pdf"
    assert below(stored_in) == [file.key]
    assert (stored_in / file.key).stat().st_mode & 0o777 == 0o600
    with services.open_file(file) as opened:
        assert opened.read() == contents.PDF
    entry = AuditEntry.objects.get(subject=file.public_id)
    assert (entry.action, entry.actor, entry.data["sha256"]) == ("file.stored", actor.id, file.sha256)


def test_a_large_file_goes_through_block_by_block(in_tenant: Tenant, actor: Actor) -> None:
    content = b"a;b\r\n" * 600_000
    file = services.store(content=content, name="large.csv", actor=actor)
    assert file.size_bytes == len(content)
    with services.open_file(file) as opened:
        assert hashlib.sha256(opened.read()).hexdigest() == file.sha256


@pytest.mark.parametrize(
    ("content", "error"),
    [(b"", FileEmptyError), (contents.EXE, FileTypeRefusedError), (b"x" * 2000, FileTooLargeError)],
)
def test_what_is_refused_leaves_nothing(
    in_tenant: Tenant, actor: Actor, stored_in: Path, settings: Any, content: bytes, error: type[Exception]
) -> None:
    settings.FILES_MAX_BYTES = 1999
    with pytest.raises(error):
        services.store(content=content, name="data.csv", actor=actor)
    assert not StoredFile.objects.exists()
    assert not AuditEntry.objects.filter(action="file.stored").exists()
    assert below(stored_in) == []


def test_of_an_endless_stream_no_more_is_read_than_the_limit(in_tenant: Tenant, actor: Actor, settings: Any) -> None:
    settings.FILES_MAX_BYTES = 1_000_000
    stream = Endless()
    with pytest.raises(FileTooLargeError) as caught:
        services.store(content=stream, name="data.csv", actor=actor)
    assert caught.value.status == 413
    assert stream.taken < 1_200_000


def register_and_fail(actor: Actor, seen: list[str], stored_in: Path) -> None:
    """A transaction that registers content, and is undone."""
    with services.uploaded(content=contents.PDF, name="a.pdf") as made, transaction.atomic():
        services.register(upload=made, actor=actor)
        seen += below(stored_in)
        raise LookupError


def test_content_whose_row_is_not_written_is_removed(in_tenant: Tenant, actor: Actor, stored_in: Path) -> None:
    seen: list[str] = []
    with pytest.raises(LookupError):
        register_and_fail(actor, seen, stored_in)
    assert len(seen) == 1
    assert below(stored_in) == []
    assert not StoredFile.objects.exists()


def test_no_tenant_no_file(tenant: Tenant, actor: Actor, stored_in: Path) -> None:
    with scope.all_tenants(), pytest.raises(scope.NoTenantError):
        services.store(content=contents.PDF, name="a.pdf", actor=actor)
    assert below(stored_in) == []


def test_a_storage_that_fails_is_said_plainly(in_tenant: Tenant, actor: Actor, settings: Any, tmp_path: Path) -> None:
    (tmp_path / "occupied").write_text("a file where the folder should be")
    location = {"location": str(tmp_path / "occupied")}
    default = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": location}
    settings.STORAGES = settings.STORAGES | {"default": default}
    with pytest.raises(StorageUnavailableError) as caught:
        services.store(content=contents.PDF, name="a.pdf", actor=actor)
    assert caught.value.status == 503
    assert caught.value.retry_after
    assert not StoredFile.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_deleting_removes_the_content_after_the_commit(in_tenant: Tenant, actor: Actor, stored_in: Path) -> None:
    file = services.store(content=contents.PDF, name="a.pdf", actor=actor)
    with transaction.atomic():
        services.delete(file=StoredFile.objects.get(), actor=actor)
        assert below(stored_in) == [file.key]
    assert below(stored_in) == []
    assert [entry.action for entry in AuditEntry.objects.filter(subject=file.public_id).order_by("number")] == [
        "file.stored",
        "file.deleted",
    ]
    with pytest.raises(FileNotThereError):
        services.open_file(file)


@transaction.atomic
def delete_and_fail(actor: Actor) -> None:
    """A transaction that deletes the file, and is undone."""
    services.delete(file=StoredFile.objects.get(), actor=actor)
    raise LookupError


@pytest.mark.django_db(transaction=True)
def test_a_deletion_that_is_rolled_back_keeps_the_content(in_tenant: Tenant, actor: Actor, stored_in: Path) -> None:
    file = services.store(content=contents.PDF, name="a.pdf", actor=actor)
    with pytest.raises(LookupError):
        delete_and_fail(actor)
    assert below(stored_in) == [file.key]
    assert StoredFile.objects.get().pk == file.pk


def test_a_rival_sees_neither_row_nor_content(in_tenant: Tenant, rival: Tenant, actor: Actor) -> None:
    services.store(content=contents.PDF, name="a.pdf", actor=actor)
    with scope.tenant_scope(rival.id):
        assert not StoredFile.objects.exists()
