"""A journal line says what its amount was booked for."""

from django.db import migrations, models

PURPOSES = [
    ("inventory", "Stock"),
    ("cogs", "Cost of goods sold"),
    ("expense", "Expense"),
    ("tax_recoverable", "Tax that is claimed back"),
    ("tax_expense", "Tax that is borne"),
    ("payables", "Accounts payable"),
    ("prepayments", "Prepayments to vendors"),
    ("rounding", "Rounding differences"),
    ("opening", "Opening balances"),
    ("bank", "Bank"),
]


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_walls")]
    operations = [
        migrations.AddField(
            "journalline",
            "purpose",
            models.CharField(choices=PURPOSES, default="", help_text="What the amount was booked for.", max_length=20),
            preserve_default=False,
        ),
    ]
