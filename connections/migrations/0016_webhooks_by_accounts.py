"""A vendor's webhook tells in a column of all the accounts that it is about, not of one alone."""

import json
from collections.abc import Iterator
from typing import Any

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# What the vendors call an account whose webhooks may be about several.
_NAMES = ("tenantId", "intuitaccountid", "realmId")
_LONGEST = 255


def tell(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Of one account the column before knew; several stand in the body."""
    webhook = apps.get_model("connections", "InboundWebhook")
    of_one = webhook.objects.exclude(account_id="")
    of_one.update(account_ids=models.Func(models.F("account_id"), template="ARRAY[%(expressions)s]"))
    for row in webhook.objects.filter(account_id="").exclude(body=b"").iterator(chunk_size=100):
        row.account_ids = sorted(set(_accounts(_content(bytes(row.body)))))
        row.save(update_fields=["account_ids"])


def _content(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _accounts(content: Any) -> Iterator[str]:
    if isinstance(content, list):
        for each in content:
            yield from _accounts(each)
    elif isinstance(content, dict):
        for name, each in content.items():
            yield from [str(each)] if name in _NAMES and _is_account(each) else _accounts(each)


def _is_account(told: Any) -> bool:
    return isinstance(told, str | int) and 0 < len(str(told)) <= _LONGEST and str(told).isprintable()


class Migration(migrations.Migration):
    dependencies = [("connections", "0015_webhooks_by_account")]

    operations = [
        migrations.AddField(
            "inboundwebhook",
            "account_ids",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=255), blank=True, default=list, size=None
            ),
        ),
        migrations.RunPython(tell, migrations.RunPython.noop),
        migrations.RemoveIndex("inboundwebhook", "inbound_by_account"),
        migrations.RemoveField("inboundwebhook", "account_id"),
        migrations.AddIndex(
            "inboundwebhook",
            django.contrib.postgres.indexes.GinIndex(fields=["account_ids"], name="inbound_by_account"),
        ),
    ]
