"""Vendors, accounts, and how a tenant's ledger is set."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from integrations_site.audit.modeladmin import BY_TENANT, ReadOnlyAdmin, ServiceAdmin, actor_of
from integrations_site.audit.types import Actor
from ledger.admin.figures import InBooksCurrency, amount, number
from ledger.models import Account, AccountMapping, ExchangeRate, LedgerSettings, System, TaxRule, Vendor
from ledger.services.accounts import activate_account, deactivate_account, update_account
from ledger.services.ledger_settings import update_settings
from ledger.services.vendors import activate_vendor, confirm_vendor, deactivate_vendor, update_vendor


@admin.register(Vendor)
class VendorAdmin(InBooksCurrency, ServiceAdmin):
    """Suppliers."""

    list_display = ("name", "code", "tenant", "tax_id", "balance_figure", "is_confirmed", "is_active")
    list_filter = (BY_TENANT, "is_confirmed", "is_active")
    list_select_related = ("tenant",)
    search_fields = ("^name", "=code", "=tax_id")
    fields = (
        "tenant",
        "public_id",
        "code",
        "name",
        "tax_id",
        "electronic_address",
        "email",
        "terms_days",
        "default_account",
        "balance",
        "is_confirmed",
        "is_active",
    )
    readonly_fields = ("tenant", "public_id", "balance", "is_confirmed", "is_active")
    actions = ("confirm", "activate", "deactivate")
    empty_hint = "A vendor is made through the API (POST /api/vendors), or by an import, and is then to be confirmed."
    balance_figure = amount("balance")

    def change(self, row: Vendor, changes: dict[str, Any], actor: Actor) -> None:
        update_vendor(vendor_id=row.id, changes=changes, actor=actor)

    @admin.action(description="Confirm the selected vendors")
    def confirm(self, request: HttpRequest, queryset: QuerySet[Vendor]) -> None:
        """Their cases can be approved from now on."""
        actor = actor_of(request)
        self.carry_out(request, queryset, lambda row: confirm_vendor(vendor_id=row.id, actor=actor), "Confirmed")

    @admin.action(description="Activate the selected vendors")
    def activate(self, request: HttpRequest, queryset: QuerySet[Vendor]) -> None:
        """They get cases again."""
        actor = actor_of(request)
        self.carry_out(request, queryset, lambda row: activate_vendor(vendor_id=row.id, actor=actor), "Activated")

    @admin.action(description="Deactivate the selected vendors")
    def deactivate(self, request: HttpRequest, queryset: QuerySet[Vendor]) -> None:
        """They get no new cases."""
        actor = actor_of(request)
        self.carry_out(request, queryset, lambda row: deactivate_vendor(vendor_id=row.id, actor=actor), "Deactivated")


@admin.register(Account)
class AccountAdmin(ServiceAdmin):
    """Charts of accounts."""

    list_display = ("code", "name", "type", "tenant", "parent", "is_active")
    list_filter = (BY_TENANT, "type", "is_active")
    list_select_related = ("tenant", "parent")
    search_fields = ("^code", "^name")
    fields = ("tenant", "public_id", "code", "name", "type", "parent", "is_active")
    readonly_fields = ("tenant", "public_id", "is_active")
    actions = ("activate", "deactivate")

    def change(self, row: Account, changes: dict[str, Any], actor: Actor) -> None:
        update_account(account_id=row.id, changes=changes, actor=actor)

    @admin.action(description="Activate the selected accounts")
    def activate(self, request: HttpRequest, queryset: QuerySet[Account]) -> None:
        """They can be booked on again."""
        actor = actor_of(request)
        self.carry_out(request, queryset, lambda row: activate_account(account_id=row.id, actor=actor), "Activated")

    @admin.action(description="Deactivate the selected accounts")
    def deactivate(self, request: HttpRequest, queryset: QuerySet[Account]) -> None:
        """Nothing new is booked on them."""
        actor = actor_of(request)
        self.carry_out(request, queryset, lambda row: deactivate_account(account_id=row.id, actor=actor), "Deactivated")


class LedgerSettingsForm(forms.ModelForm):  # type: ignore[type-arg]
    """A tenant's settings; the systems to be ticked."""

    auto_systems = forms.MultipleChoiceField(
        label="Systems", choices=System.choices, required=False, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )

    class Meta:
        model = LedgerSettings
        fields = (
            *("currency", "terms_days", "tax_recoverable", "costing", "unknown_vendor", "unknown_sku", "four_eyes"),
            *("approval_limit", "auto_enabled", "auto_systems", "auto_on_failure", "locked_until"),
        )


@admin.register(LedgerSettings)
class LedgerSettingsAdmin(ServiceAdmin):
    """How each tenant wants its ledger run."""

    form = LedgerSettingsForm
    list_display = ("tenant", "currency", "unknown_sku", "costing", "auto_enabled", "four_eyes", "locked_until")
    list_filter = (BY_TENANT, "auto_enabled", "four_eyes")
    list_select_related = ("tenant",)
    search_fields = ("tenant__name",)
    readonly_fields = ("tenant", "journal_count")
    fieldsets = (
        (None, {"fields": ("tenant", "currency", "terms_days", "tax_recoverable", "costing")}),
        ("Intake", {"fields": ("unknown_vendor", "unknown_sku")}),
        ("Approval", {"fields": ("four_eyes", "approval_limit")}),
        ("Automatic integration", {"fields": ("auto_enabled", "auto_systems", "auto_on_failure")}),
        ("Books", {"fields": ("locked_until", "journal_count")}),
    )

    def change(self, row: LedgerSettings, changes: dict[str, Any], actor: Actor) -> None:
        update_settings(changes=changes, actor=actor)


@admin.register(AccountMapping)
class AccountMappingAdmin(ReadOnlyAdmin):
    """Which account serves which purpose."""

    list_display = ("purpose", "account", "tenant", "item", "vendor", "category")
    list_filter = (BY_TENANT, "purpose")
    list_select_related = ("tenant", "account", "item", "vendor")
    search_fields = ("=account__code", "^vendor__name", "=item__sku", "=category")


@admin.register(TaxRule)
class TaxRuleAdmin(ReadOnlyAdmin):
    """Which tax is claimed back."""

    list_display = ("category", "rate_figure", "is_recoverable", "account", "tenant")
    list_display_links = ("category", "rate_figure", "is_recoverable")
    list_filter = (BY_TENANT, "is_recoverable")
    list_select_related = ("tenant", "account")
    search_fields = ("=category", "=account__code")
    empty_hint = (
        "Without rules the setting “tax recoverable” of the tenant holds. A rule is made by POST /api/tax-rules."
    )
    rate_figure = number("rate")


@admin.register(ExchangeRate)
class ExchangeRateAdmin(ReadOnlyAdmin):
    """What currencies are worth in the tenant's own."""

    list_display = ("currency", "date", "rate_figure", "tenant")
    list_filter = (BY_TENANT,)
    list_select_related = ("tenant",)
    search_fields = ("=currency",)
    empty_hint = "Invoices in foreign currencies need a rate: POST /api/exchange-rates."
    rate_figure = number("rate")
