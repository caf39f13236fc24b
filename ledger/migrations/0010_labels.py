"""How the columns are called on pages."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0009_references_by_statement"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="skualias",
            options={"verbose_name": "SKU alias", "verbose_name_plural": "SKU aliases"},
        ),
        migrations.AlterField(
            model_name="case",
            name="source_sha256",
            field=models.CharField(blank=True, max_length=64, verbose_name="source SHA-256"),
        ),
        migrations.AlterField(
            model_name="ledgersettings",
            name="unknown_sku",
            field=models.CharField(
                choices=[("reject", "Fail the posting"), ("create", "Create the item")],
                default="reject",
                max_length=10,
                verbose_name="unknown SKU",
            ),
        ),
        migrations.AlterField(
            model_name="lineitem",
            name="internal_sku",
            field=models.CharField(blank=True, max_length=100, verbose_name="internal SKU"),
        ),
        migrations.AlterField(
            model_name="lineitem",
            name="sku",
            field=models.CharField(blank=True, max_length=100, verbose_name="SKU"),
        ),
        migrations.AlterField(
            model_name="skualias",
            name="internal_sku",
            field=models.CharField(max_length=100, verbose_name="internal SKU"),
        ),
        migrations.AlterField(
            model_name="skualias",
            name="vendor_sku",
            field=models.CharField(max_length=100, verbose_name="vendor SKU"),
        ),
        migrations.AlterField(
            model_name="vendor",
            name="tax_id",
            field=models.CharField(blank=True, max_length=50, verbose_name="tax ID"),
        ),
    ]
