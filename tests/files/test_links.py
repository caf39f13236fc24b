"""Links: for whoever has one, for a while, and for one file."""

import datetime as dt
import string
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client

from integrations_site.audit.types import Actor
from integrations_site.files import services
from integrations_site.files.links import signed_link
from integrations_site.files.models import StoredFile
from integrations_site.kernel import clock
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from tests.files import contents


@pytest.fixture
def file(tenant: Tenant, actor: Actor) -> StoredFile:
    """A file of the tenant."""
    with scope.tenant_scope(tenant.id):
        return services.store(content=contents.XML, name="Rechnung März.xml", actor=actor)


def status_of(client: Client, link: str) -> int:
    """How a link answers."""
    answer = client.get(link)
    if answer.streaming:
        answer.getvalue()
    return answer.status_code


def test_a_link_gives_the_file_and_lets_no_browser_run_it(file: StoredFile, client: Client) -> None:
    answer = client.get(signed_link(file, seconds=60))
    assert answer.status_code == 200
    assert answer.getvalue() == contents.XML
    assert answer["Content-Length"] == str(len(contents.XML))
    assert answer["Content-Type"] == "application/xml"
    assert answer["Content-Disposition"] == "attachment; filename*=utf-8''Rechnung%20M%C3%A4rz.xml"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "no-store" in answer["Cache-Control"]
    assert "session" not in answer.cookies


def test_head_tells_the_size_without_the_content(file: StoredFile, client: Client) -> None:
    answer = client.head(signed_link(file, seconds=60))
    assert answer.status_code == 200
    assert answer["Content-Length"] == str(len(contents.XML))
    assert answer.getvalue() == b""


def test_a_link_stands_in_no_log(file: StoredFile, client: Client, caplog: pytest.LogCaptureFixture) -> None:
    link = signed_link(file, seconds=60)
    token = link.split("/")[2]
    with caplog.at_level("DEBUG"):
        assert client.get(link).getvalue()
        assert status_of(client, link.replace(".xml", ".pdf")) == 404
        assert status_of(client, link.replace(token, f"{token}x")) == 403
    assert "/files/[hidden]/" in caplog.text
    assert token not in caplog.text + "".join(
        str(vars(record)) for record in caplog.records if record.name != "asyncio"
    )


def test_only_reading_is_possible(file: StoredFile, client: Client) -> None:
    for method in (client.post, client.put, client.delete):
        assert method(signed_link(file, seconds=60)).status_code == 405


def test_an_altered_link_answers_nothing_wherever_it_was_altered(file: StoredFile, client: Client) -> None:
    link = signed_link(file, seconds=60)
    for place in range(len("/files/"), len(link)):
        other = next(char for char in string.ascii_letters if char != link[place])
        altered = link[:place] + other + link[place + 1 :]
        assert status_of(client, altered) in {403, 404}, altered
    for altered in (link[:-3] + "xyz", link[:-1], link + "x", link.replace(".", "", 1), f"{link}/"):
        assert status_of(client, altered) in {403, 404}, altered


def test_a_link_signed_with_another_key_is_refused(file: StoredFile, client: Client, settings: Any) -> None:
    link, old_key = signed_link(file, seconds=60), settings.SECRET_KEY
    settings.SECRET_KEY = "another-key-" * 4
    assert status_of(client, link) == 403
    settings.SECRET_KEY_FALLBACKS = [old_key]
    assert status_of(client, link) == 200


def test_a_link_expires(file: StoredFile, client: Client) -> None:
    link = signed_link(file, seconds=60)
    with time_machine.travel(clock.now() + dt.timedelta(seconds=50)):
        assert status_of(client, link) == 200
    with time_machine.travel(clock.now() + dt.timedelta(seconds=62)):
        assert status_of(client, link) == 410


def test_a_file_whose_time_is_over_is_gone(file: StoredFile, tenant: Tenant, client: Client) -> None:
    link = signed_link(file, seconds=3600)
    with scope.tenant_scope(tenant.id):
        StoredFile.objects.update(expires_at=clock.now() - dt.timedelta(seconds=1))
    assert status_of(client, link) == 410


def test_a_link_to_a_file_that_is_gone_is_404(
    file: StoredFile, tenant: Tenant, client: Client, stored_in: Path
) -> None:
    link = signed_link(file, seconds=60)
    (stored_in / file.key).unlink()
    assert status_of(client, link) == 404
    with scope.tenant_scope(tenant.id):
        StoredFile.objects.all().delete()
    assert status_of(client, link) == 404


def test_a_link_leads_to_its_own_tenant_only(file: StoredFile, rival: Tenant, client: Client) -> None:
    """Even where somebody had the key and named another tenant, the wall stands."""
    file.tenant = rival
    assert status_of(client, signed_link(file, seconds=60)) == 404
