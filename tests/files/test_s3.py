"""The same on S3, spoken by moto's server on the loopback."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
import time_machine
from botocore.config import Config
from django.test import Client

from integrations_site.audit.types import Actor
from integrations_site.files import services
from integrations_site.files.errors import FileNotThereError, StorageUnavailableError
from integrations_site.files.links import signed_link
from integrations_site.files.models import StoredFile
from integrations_site.files.purging import GRACE, purge_expired, sweep_orphans
from integrations_site.kernel import clock
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from tests.aws import endpoint
from tests.files import contents

__all__ = ["endpoint"]
pytestmark = pytest.mark.django_db(transaction=True)
BUCKET = "hub-files"


@pytest.fixture(autouse=True)
def bucket(endpoint: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An empty bucket, in which the hub keeps its files."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    options = {
        "bucket_name": BUCKET,
        "endpoint_url": endpoint,
        "region_name": "us-east-1",
        "file_overwrite": True,
        "max_memory_size": 1024,
        "client_config": Config(connect_timeout=1, read_timeout=5, retries={"total_max_attempts": 1}),
    }
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
    }
    made = boto3.resource("s3", endpoint_url=endpoint, region_name="us-east-1").create_bucket(Bucket=BUCKET)
    yield made
    made.objects.all().delete()
    made.delete()
    made.meta.client.close()


def keys(bucket: Any) -> list[str]:
    """What stands in the bucket."""
    return sorted(found.key for found in bucket.objects.all())


def test_a_file_is_kept_and_given_out(in_tenant: Tenant, actor: Actor, bucket: Any, client: Client) -> None:
    content = contents.CSV * 100_000
    file = services.store(content=content, name="Zeilen März.csv", actor=actor)
    assert keys(bucket) == [file.key]
    assert file.key.startswith(f"{in_tenant.id.hex}/")
    stored = bucket.Object(file.key)
    assert stored.content_length == file.size_bytes == len(content)
    answer = client.get(signed_link(file, seconds=60))
    assert answer.getvalue() == content
    assert answer["Content-Length"] == str(len(content))


def test_a_deleted_file_is_gone(in_tenant: Tenant, actor: Actor, bucket: Any) -> None:
    file = services.store(content=contents.PDF, name="a.pdf", actor=actor)
    services.delete(file=StoredFile.objects.get(), actor=actor)
    assert keys(bucket) == []
    with pytest.raises(FileNotThereError):
        services.open_file(file)


def test_expired_files_and_orphans_are_removed(tenant: Tenant, actor: Actor, bucket: Any) -> None:
    expires_at = clock.now() + dt.timedelta(hours=1)
    with scope.tenant_scope(tenant.id):
        kept = services.store(content=contents.PDF, name="kept.pdf", actor=actor)
        services.store(content=contents.PDF, name="gone.pdf", actor=actor, expires_at=expires_at)
        services.upload(content=contents.PDF, name="orphan.pdf")
    assert len(keys(bucket)) == 3
    with time_machine.travel(clock.now() + GRACE + dt.timedelta(hours=1)):
        assert purge_expired() == 1
        assert sweep_orphans() == 1
    assert keys(bucket) == [kept.key]


def test_a_bucket_that_is_not_there_is_said_plainly(in_tenant: Tenant, actor: Actor, settings: Any) -> None:
    default = settings.STORAGES["default"]
    options = default["OPTIONS"] | {"bucket_name": "no-such-bucket"}
    settings.STORAGES = settings.STORAGES | {"default": default | {"OPTIONS": options}}
    with pytest.raises(StorageUnavailableError):
        services.store(content=contents.PDF, name="a.pdf", actor=actor)
    assert not StoredFile.objects.exists()


def test_a_server_that_does_not_answer_is_said_plainly(in_tenant: Tenant, actor: Actor, settings: Any) -> None:
    default = settings.STORAGES["default"]
    options = default["OPTIONS"] | {"endpoint_url": "http://127.0.0.1:1"}
    settings.STORAGES = settings.STORAGES | {"default": default | {"OPTIONS": options}}
    with pytest.raises(StorageUnavailableError):
        services.store(content=contents.PDF, name="a.pdf", actor=actor)
    assert not StoredFile.objects.exists()
