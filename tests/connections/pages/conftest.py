"""A browser, and a connection whose page it opens."""

import pytest
from django.test import Client

from connections.models import Connection, Record
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant, User
from tests.connections.search.records import add_record, make_connected
from tests.web.forms import log_in


def browser_of(user: User) -> Client:
    """A person's browser, logged in."""
    client = Client(enforce_csrf_checks=True)
    log_in(client, user.email)
    return client


@pytest.fixture
def browser(admin_user: User) -> Client:
    """The tenant admin's browser."""
    return browser_of(admin_user)


@pytest.fixture
def linked(tenant: Tenant) -> Connection:
    """A connection of the tenant with one record."""
    with scope.tenant_scope(tenant.id):
        made = make_connected()
        record = add_record(made, "Ann")
        Record.objects.filter(pk=record.pk).update(raw=b'{"id": 1, "metadata": {"branch": "<North>"}}')
    return made
