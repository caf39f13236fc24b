"""Who may not connect: refused before a third party is asked."""

from contextlib import nullcontext

import pytest

from catalog.models import Provider
from connections.models import Connection, Credential, Integration
from connections.services.connections import connect
from integrations_site.audit.types import Actor
from integrations_site.kernel.errors import HubError
from integrations_site.tenancy.models import Tenant
from tests.connections.world import answer, make_integration, make_key_provider
from tests.receiver import receiving

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("provider_is", "integration_is", "code"),
    [
        ({"status": "disabled"}, {}, "PROVIDER_NOT_FOUND"),
        ({"audience": "system"}, {}, "PROVIDER_NOT_FOUND"),
        ({"is_premium": True}, {}, "PLAN_REQUIRED"),
        ({"required_plan": "enterprise"}, {}, "PLAN_REQUIRED"),
        ({}, {"status": "disabled"}, "INTEGRATION_DISABLED"),
        ({}, {"user_scoped": True}, "USER_SCOPE"),
        ({}, {}, ""),
    ],
)
def test_credentials_are_tried_only_where_they_may_be_used(
    in_tenant: Tenant, actor: Actor, provider_is: dict[str, object], integration_is: dict[str, object], code: str
) -> None:
    with receiving(lambda _: answer({"id": "1"})) as vendor:
        health = {"account": {"path": "/me", "idPath": "id"}}
        integration = make_integration(make_key_provider(vendor.url, connection=health))
        Provider.objects.filter(pk=integration.provider_id).update(**provider_is)
        Integration.objects.filter(pk=integration.pk).update(**integration_is)
        found = Integration.objects.select_related("provider").get(pk=integration.pk)
        with pytest.raises(HubError) if code else nullcontext() as refused:
            connect(integration=found, user_id=None, kind="api_key", credentials={"apiKey": "key-1"}, actor=actor)
        assert refused is None or refused.value.code == code
        left = (len(vendor.requests), Connection.objects.count(), Credential.objects.count())
    assert left == ((0, 0, 0) if code else (1, 1, 1))
