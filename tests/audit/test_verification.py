"""Somebody with the owner's rights tampers with a chain; the verification names what he did."""

import io
import re
from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command

from integrations_site.audit.chain import Link
from integrations_site.audit.models import AuditEntry
from integrations_site.audit.verification import head_of, verify
from integrations_site.audit.walk import Anchor
from integrations_site.kernel import ids
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from tests.audit.chains import announce_in, entries, tampering

pytestmark = pytest.mark.django_db(transaction=True)

# A copy of the chain's last entry but two, under another name.
FORGERY = """
    INSERT INTO audit_auditentry
        (id, tenant_id, action, actor, actor_label, subject, data, request_id, at, number, previous_hash, hash)
    SELECT gen_random_uuid(), tenant_id, 'forged', actor, actor_label, subject, data, request_id, at,
        {number}, previous_hash, {hash}
    FROM audit_auditentry WHERE tenant_id = %s AND action = 'step.4'
"""


def bare_tenant(name: str) -> Tenant:
    """A tenant without books: its chain has one entry, that it was made."""
    tenant_id = ids.new_id()
    with scope.tenant_scope(tenant_id):
        return Tenant.objects.create(id=tenant_id, name=name)


@pytest.fixture
def chain() -> Tenant:
    """A tenant whose chain has ten entries, of which the last six are `step.1` to `step.6`."""
    tenant = bare_tenant("Acme")
    announce_in(tenant.id, *(f"ground.{number}" for number in range(2, 5)))
    announce_in(tenant.id, *(f"step.{number}" for number in range(1, 7)))
    assert len(entries(tenant.id)) == 10
    return tenant


@pytest.fixture
def rival() -> Tenant:
    """Another tenant with a short chain."""
    return bare_tenant("Rival")


def seal_anew(execute: Callable[..., None], tenant: Tenant, number: int) -> None:
    """Gives an entry the hash that its content has now, as somebody would who knows how."""
    link = next(Link.stream(AuditEntry.objects.filter(tenant=tenant, number=number)))
    execute("UPDATE audit_auditentry SET hash = %s WHERE id = %s", [link.sealed_as(number), link.id])


def findings(tenant: Tenant) -> str:
    """What the verification says, ids and times left out."""
    return " | ".join(re.sub(r"\(audit-\w+, ([\w.]+) by .*?\)", r"(\1)", text) for text in verify(tenant.id).findings)


def test_an_untouched_chain_holds(chain: Tenant) -> None:
    assert findings(chain) == ""
    assert head_of(chain.id) == Anchor(10, entries(chain.id)[-1].hash or "")


@pytest.mark.parametrize(
    "change",
    [
        "actor = 'user-x'",
        "actor_label = 'x'",
        "action = 'step.2x'",
        "subject = 'case-2'",
        """data = '{"amount": 2}'""",
        "request_id = 'other'",
        "at = at - interval '1 microsecond'",
        "previous_hash = repeat('1', 64)",
        "hash = repeat('1', 64)",
    ],
)
def test_a_changed_entry_is_named(chain: Tenant, change: str) -> None:
    with tampering() as execute:
        execute(f"UPDATE audit_auditentry SET {change} WHERE tenant_id = %s AND number = 6", [chain.id])
    action = "step.2x" if "step.2x" in change else "step.2"
    assert findings(chain) == f"Entry 6 ({action}) was changed: its content does not give its hash."


def test_a_changed_entry_that_was_sealed_anew_is_named(chain: Tenant) -> None:
    with tampering() as execute:
        execute("UPDATE audit_auditentry SET actor = 'user-x' WHERE tenant_id = %s AND number = 6", [chain.id])
        seal_anew(execute, chain, 6)
    assert findings(chain) == "Entry 6 was changed and sealed anew: entry 7 was sealed after another one."


def test_a_last_entry_that_was_sealed_anew_is_named(chain: Tenant) -> None:
    with tampering() as execute:
        execute("UPDATE audit_auditentry SET actor = 'user-x' WHERE tenant_id = %s AND number = 10", [chain.id])
        seal_anew(execute, chain, 10)
    assert "does not bear the hash of entry 10" in findings(chain)


def test_removed_entries_are_named(chain: Tenant) -> None:
    with tampering() as execute:
        execute("DELETE FROM audit_auditentry WHERE tenant_id = %s AND number IN (3, 5, 6, 10)", [chain.id])
    assert findings(chain) == "Entry 3 was removed. | Entries 5 to 6 were removed. | Entry 10 was removed."


def test_a_removed_entry_is_named_though_the_later_ones_were_renumbered(chain: Tenant) -> None:
    with tampering() as execute:
        execute("DELETE FROM audit_auditentry WHERE tenant_id = %s AND number = 7", [chain.id])
        execute("UPDATE audit_auditentry SET number = number - 1 WHERE tenant_id = %s AND number > 7", [chain.id])
    found = findings(chain)
    assert found.endswith("Entry 7 was removed.")
    assert "Entry 9 (step.6) was moved: it was sealed as number 10." in found


def test_reordered_entries_are_named(chain: Tenant) -> None:
    with tampering() as execute:
        execute(
            "UPDATE audit_auditentry SET number = 15 - number WHERE tenant_id = %s AND number IN (7, 8)", [chain.id]
        )
    assert findings(chain).split(" | ") == [
        "Entry 8 (step.3) was moved: it was sealed as number 7.",
        "Entry 7 (step.4) was moved: it was sealed as number 8.",
    ]


def test_inserted_entries_are_named(chain: Tenant) -> None:
    with tampering() as execute:
        for number in ("NULL", "8", "11"):
            execute(FORGERY.format(number=number, hash="hash"), [chain.id])
    found = findings(chain)
    assert found.count("was inserted") == 3
    for place in ("Entry 8 (", "Entry 11 (forged)", "An entry without a number (forged)"):
        assert f"{place}" in found


def test_an_entry_that_was_inserted_between_others_is_named(chain: Tenant) -> None:
    with tampering() as execute:
        execute("UPDATE audit_auditentry SET number = number + 1 WHERE tenant_id = %s AND number > 6", [chain.id])
        execute(FORGERY.format(number=7, hash="repeat('a', 64)"), [chain.id])
    found = findings(chain)
    assert "Entry 7 (forged) was inserted" in found
    assert found.count("was moved") == 4
    assert "removed" not in found


def test_an_entry_that_changed_tenants_is_named_in_both_chains(chain: Tenant, rival: Tenant) -> None:
    with tampering() as execute:
        execute("UPDATE audit_auditentry SET tenant_id = %s WHERE tenant_id = %s AND number = 10", [rival.id, chain.id])
    assert findings(chain) == "Entry 10 was removed."
    assert "Entry 10 (step.6) was inserted" in findings(rival)


def test_an_end_that_was_set_back_or_removed_is_named(chain: Tenant) -> None:
    with tampering() as execute:
        execute("UPDATE audit_audithead SET number = 8 WHERE tenant_id = %s", [chain.id])
    assert findings(chain).count("the chain's end was set back") == 2
    with tampering() as execute:
        execute("DELETE FROM audit_audithead WHERE tenant_id = %s", [chain.id])
    assert findings(chain).count("the chain's end was set back") == 10


def test_a_chain_that_was_cut_off_together_with_its_end_departs_from_what_was_noted(chain: Tenant) -> None:
    noted = head_of(chain.id)
    with tampering() as execute:
        execute("DELETE FROM audit_auditentry WHERE tenant_id = %s AND number > 8", [chain.id])
        execute(
            "UPDATE audit_audithead SET number = 8, hash = (SELECT hash FROM audit_auditentry e"
            " WHERE e.tenant_id = audit_audithead.tenant_id AND e.number = 8) WHERE tenant_id = %s",
            [chain.id],
        )
    assert verify(chain.id).holds
    assert "number 10 was noted" in verify(chain.id, expected=noted).findings[0]
    announce_in(chain.id, "other.9", "other.10", "other.11")
    assert "Entry 10 is not the one that was noted" in verify(chain.id, expected=noted).findings[0]


def test_what_was_noted_stands_while_the_chain_grows(chain: Tenant) -> None:
    noted = head_of(chain.id)
    announce_in(chain.id, "step.7")
    assert verify(chain.id, expected=noted).holds


def test_the_command_prints_the_end_of_a_chain_that_holds(chain: Tenant) -> None:
    out = io.StringIO()
    call_command("verify_audit", stdout=out)
    assert (
        f"{chain.name} ({chain.public_id}): 10 entries, and the chain holds. Its end is {head_of(chain.id)}"
        in out.getvalue()
    )
    assert "The hub's own chain: " in out.getvalue()
    call_command("verify_audit", tenant=chain.public_id, expect=str(head_of(chain.id)), stdout=out)
    call_command("verify_audit", tenant="hub", stdout=out)


def test_the_command_names_what_it_finds_and_ends_with_1(chain: Tenant, rival: Tenant) -> None:
    with tampering() as execute:
        execute("DELETE FROM audit_auditentry WHERE tenant_id = %s AND number = 9", [chain.id])
    out = io.StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("verify_audit", stdout=out)
    assert caught.value.returncode == 1
    assert "  Entry 9 was removed.\n" in out.getvalue()
    assert f"{rival.public_id}): {head_of(rival.id).number} entries, and the chain holds" in out.getvalue()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tenant": "tenant-nope"}, "no tenant"),
        ({"expect": f"3:{'0' * 64}"}, "name it with --tenant"),
        ({"tenant": "hub", "expect": "3:xyz"}, "NUMBER|number"),
    ],
)
def test_the_command_says_what_it_cannot_do(chain: Tenant, options: dict[str, str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        call_command("verify_audit", **options)
