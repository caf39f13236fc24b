"""Row changes that no code announced are recorded per tenant, without secrets; announced ones are not doubled."""

import pytest
from django.db import connection, transaction

from integrations_site.audit.services import announce
from integrations_site.audit.sql import ROWS_AN_ENTRY
from integrations_site.audit.verification import verify
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import ApiClient, Membership, Tenant, User
from tests.audit.chains import CLERK, entries, rows_recorded
from tests.factories import make_member
from tests.factories.tenancy import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)
MEMBERSHIPS, PEOPLE, CLIENTS = "tenancy_membership", "tenancy_user", "tenancy_apiclient"


def test_a_tenant_is_made_with_a_word(tenant: Tenant) -> None:
    assert [(entry.action, entry.subject) for entry in entries(tenant.id)] == [
        ("tenant.created", tenant.public_id),
        ("books.opened", tenant.public_id),
    ]


def test_raw_sql_is_recorded_with_what_changed(tenant: Tenant) -> None:
    with scope.tenant_scope(tenant.id), connection.cursor() as cursor:
        cursor.execute("UPDATE tenancy_tenant SET name = 'By hand' WHERE id = %s", [tenant.id])
    entry = entries(tenant.id)[-1]
    assert (entry.action, entry.subject, entry.actor) == ("row.update", "tenancy_tenant", "database")
    assert entry.actor_label == connection.settings_dict["USER"]
    change = {"id": str(tenant.id), "old": {"name": tenant.name}, "new": {"name": "By hand"}}
    assert entry.data == {"count": 1, "rows": [change]}


def test_a_bulk_change_over_tenants_is_recorded_in_each_chain(tenant: Tenant, rival: Tenant) -> None:
    ours, theirs = make_member(tenant), make_member(rival)
    with scope.all_tenants():
        Membership.objects.filter(user__in=[ours, theirs]).update(role="tenant_admin")
    for mine, member, other in ((tenant, ours, theirs), (rival, theirs, ours)):
        action, data = rows_recorded(mine.id, MEMBERSHIPS)[-1]
        assert (action, data["count"]) == ("row.update", 1)
        assert data["rows"][0]["new"]["role"] == "tenant_admin"
        recorded = str(rows_recorded(mine.id, MEMBERSHIPS))
        assert str(member.pk) in recorded
        assert str(other.pk) not in recorded
        assert verify(mine.id).holds


def test_inserts_and_deletes_are_recorded_whole(tenant: Tenant) -> None:
    person = make_member(tenant)
    with scope.tenant_scope(tenant.id), connection.cursor() as cursor:
        cursor.execute("DELETE FROM tenancy_membership WHERE user_id = %s", [person.pk])
    (first, inserted), (second, deleted) = rows_recorded(tenant.id, MEMBERSHIPS)[-2:]
    assert (first, second) == ("row.insert", "row.delete")
    assert inserted["rows"][0]["new"]["user_id"] == str(person.pk)
    assert deleted["rows"][0]["old"] == inserted["rows"][0]["new"]


def test_every_row_of_a_large_change_is_recorded(tenant: Tenant) -> None:
    people = User.objects.bulk_create([User(email=f"p{n}@example.com") for n in range(2 * ROWS_AN_ENTRY + 50)])
    with scope.tenant_scope(tenant.id):
        Membership.objects.bulk_create([Membership(tenant=tenant, user=person) for person in people], batch_size=1000)
    recorded = [data for _, data in rows_recorded(tenant.id, MEMBERSHIPS)]
    assert sorted(data["count"] for data in recorded) == [50, ROWS_AN_ENTRY, ROWS_AN_ENTRY]
    assert {row["new"]["user_id"] for data in recorded for row in data["rows"]} == {str(person.pk) for person in people}


def test_secrets_are_not_recorded(tenant: Tenant) -> None:
    person = make_member(tenant)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE tenancy_user SET password = 'planted-secret' WHERE id = %s", [person.pk])
        cursor.execute(
            "UPDATE tenancy_user SET password = 'planted-secret-2', full_name = 'New' WHERE id = %s", [person.pk]
        )
    with scope.tenant_scope(tenant.id):
        client = ApiClient.objects.create(
            tenant=tenant, name="Shop", client_type="confidential", authorization_grant_type="client-credentials",
            client_secret="planted-secret-3",
        )  # fmt: skip
        stored = ApiClient.objects.values_list("client_secret", flat=True).get(pk=client.pk)
    only_password, both = (data["rows"][0] for _, data in rows_recorded(None, PEOPLE)[-2:])
    assert only_password == {"id": str(person.pk), "old": {}, "new": {}, "hidden": ["password"]}
    assert both == {"id": str(person.pk), "old": {"full_name": ""}, "new": {"full_name": "New"}, "hidden": ["password"]}
    everything = str([entry.data for chain in (tenant.id, None) for entry in entries(chain)])
    assert "Shop" in everything
    for secret in ("planted-secret", stored, person.password, PASSWORD):
        assert secret not in everything


def test_an_announced_transaction_is_not_doubled(tenant: Tenant) -> None:
    before = len(entries(tenant.id))
    person = User.objects.create_user("new@example.com")
    with scope.tenant_scope(tenant.id), transaction.atomic():
        announce(action="member.added", actor=CLERK)
        Membership.objects.create(tenant=tenant, user=person)
        Membership.objects.filter(user=person).update(role="tenant_admin")
        Membership.objects.filter(user=person).delete()
    assert [entry.action for entry in entries(tenant.id)[before:]] == ["member.added"]


def test_the_transaction_after_an_announced_one_is_recorded_again(tenant: Tenant) -> None:
    with scope.tenant_scope(tenant.id):
        with transaction.atomic():
            announce(action="tenant.renamed", actor=CLERK)
            Tenant.objects.filter(pk=tenant.pk).update(name="Announced")
        Tenant.objects.filter(pk=tenant.pk).update(name="Not announced")
    assert [entry.action for entry in entries(tenant.id)][-2:] == ["tenant.renamed", "row.update"]


def test_what_changes_nothing_is_not_recorded(tenant: Tenant) -> None:
    before = len(entries(tenant.id))
    with scope.tenant_scope(tenant.id):
        Tenant.objects.filter(pk=tenant.pk).update(name=tenant.name)
        Membership.objects.none().delete()
        Membership.objects.filter(role="nobody").update(role="user")
    assert len(entries(tenant.id)) == before


def test_a_row_that_moves_to_another_tenant_is_recorded_in_both_chains(tenant: Tenant, rival: Tenant) -> None:
    person = make_member(tenant)
    with scope.all_tenants():
        Membership.objects.filter(user=person).update(tenant=rival, role="tenant_admin")
    left, arrived = rows_recorded(tenant.id, MEMBERSHIPS)[-1], rows_recorded(rival.id, MEMBERSHIPS)[-1]
    assert left[0] == arrived[0] == "row.update"
    assert list(left[1]["rows"][0]) == ["old"]
    assert left[1]["rows"][0]["old"]["role"] == "user"
    assert list(arrived[1]["rows"][0]) == ["new"]
    assert arrived[1]["rows"][0]["new"]["role"] == "tenant_admin"
    assert str(rival.pk) not in str(left)


def test_a_row_that_changes_its_id_is_recorded(tenant: Tenant) -> None:
    person, new_id = make_member(tenant), "00000000-0000-7000-8000-000000000001"
    with scope.tenant_scope(tenant.id), connection.cursor() as cursor:
        cursor.execute("UPDATE tenancy_membership SET id = %s WHERE user_id = %s", [new_id, person.pk])
    action, data = rows_recorded(tenant.id, MEMBERSHIPS)[-1]
    assert (action, data["count"]) == ("row.update", 2)
    assert {next(iter(row)) for row in data["rows"]} == {"old", "new"}
    assert new_id in str(data)
