"""What was posted: nothing of it is ever edited."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from integrations_site.audit.columns import status_column
from integrations_site.audit.modeladmin import BY_TENANT, ReadOnlyAdmin, ReadOnlyInline, actor_of
from integrations_site.kernel.money import written
from ledger.admin.case_steps import take_out
from ledger.admin.figures import InBooksCurrency, amount
from ledger.models import Bill, BillLine, BillPayment, JournalEntry, JournalLine, Posting, System
from ledger.services.payments import pay_bill, reverse_payment


class BillLineInline(ReadOnlyInline):
    """The lines of a bill."""

    model = BillLine
    fields = ("position", "description", "amount_figure")
    ordering = ("position",)
    amount_figure = amount("amount", currency="bill.currency")


@admin.register(Bill)
class BillAdmin(ReadOnlyAdmin):
    """What is owed to vendors."""

    list_display = ("invoice_number", "vendor", "tenant", "amount_figure", "state", "due_date")
    list_filter = (BY_TENANT, "status", "kind")
    list_select_related = ("tenant", "vendor")
    ordering = ("-id",)
    search_fields = ("=invoice_number", "^vendor__name")
    inlines = (BillLineInline,)
    actions = ("pay", "take_payment_back", "void")
    empty_hint = "A bill is made when an approved case is posted to accounts payable."
    amount_figure = amount("amount", currency="currency")
    state = status_column({"open": "info", "paid": "success", "void": "danger"})

    @admin.action(description="Book the selected bills as paid")
    def pay(self, request: HttpRequest, queryset: QuerySet[Bill]) -> None:
        """In full, today."""
        actor = actor_of(request)
        self.carry_out(request, queryset, lambda bill: pay_bill(bill_id=bill.id, actor=actor), "Paid")

    @admin.action(description="Take the payment of the selected bills back")
    def take_payment_back(self, request: HttpRequest, queryset: QuerySet[Bill]) -> None:
        """They are open again."""
        actor = actor_of(request)
        self.carry_out(request, queryset, lambda bill: reverse_payment(bill_id=bill.id, actor=actor), "Open again")

    @admin.action(description="Void the selected bills")
    def void(self, request: HttpRequest, queryset: QuerySet[Bill]) -> None:
        """Takes their cases out of accounts payable."""
        actor = actor_of(request)
        bills = queryset.select_related("case")
        self.carry_out(request, bills, lambda bill: take_out(bill.case, [System.AP], actor), "Voided")


@admin.register(BillPayment)
class BillPaymentAdmin(ReadOnlyAdmin):
    """Bills that were paid."""

    list_display = ("bill_number", "amount_figure", "date", "tenant", "reversed_at")
    list_filter = (BY_TENANT,)
    list_select_related = ("tenant", "bill")
    empty_hint = "A payment is made by the action “Book the selected bills as paid” of the list of bills."
    ordering = ("-id",)
    search_fields = ("=bill__invoice_number",)

    @display(description="bill", ordering="bill__invoice_number")
    def bill_number(self, payment: BillPayment) -> str:
        """The number of the invoice."""
        return payment.bill.invoice_number

    @display(description="amount", ordering="bill__amount")
    def amount_figure(self, payment: BillPayment) -> str:
        """What the bill comes to: it is paid in full."""
        return written(payment.bill.amount, payment.bill.currency)


class JournalLineInline(InBooksCurrency, ReadOnlyInline):
    """The sides of an entry."""

    model = JournalLine
    fields = ("position", "account", "debit_figure", "credit_figure", "memo")
    ordering = ("position",)
    debit_figure = amount("debit")
    credit_figure = amount("credit")

    def get_queryset(self, request: HttpRequest) -> QuerySet[JournalLine]:
        return super().get_queryset(request).select_related("account")


@admin.register(JournalEntry)
class JournalEntryAdmin(ReadOnlyAdmin):
    """The books, newest first."""

    list_display = ("number", "date", "kind", "memo", "tenant", "reversal_of", "posted_at")
    list_filter = (BY_TENANT, "kind")
    list_select_related = ("tenant", "reverses")
    ordering = ("-id",)
    search_fields = ("=number", "=case__invoice_number")
    inlines = (JournalLineInline,)

    @display(description="reverses")
    def reversal_of(self, entry: JournalEntry) -> str:
        """The number of the entry that this one takes back."""
        return f"#{entry.reverses.number}" if entry.reverses else ""


@admin.register(JournalLine)
class JournalLineAdmin(InBooksCurrency, ReadOnlyAdmin):
    """The sides of all entries."""

    list_display = ("entry_number", "position", "account", "debit_figure", "credit_figure", "tenant")
    debit_figure = amount("debit")
    credit_figure = amount("credit")
    list_filter = (BY_TENANT,)
    list_select_related = ("tenant", "entry", "account")
    ordering = ("-id",)
    search_fields = ("=account__code", "=entry__number")

    @display(description="entry", ordering="entry__number")
    def entry_number(self, line: JournalLine) -> str:
        """The entry's number."""
        return f"#{line.entry.number}"


@admin.register(Posting)
class PostingAdmin(ReadOnlyAdmin):
    """Cases in the three systems."""

    list_display = ("case_number", "system", "state", "tenant", "posted_at", "reversed_at")
    list_filter = (BY_TENANT, "system", "status")
    list_select_related = ("tenant", "case")
    ordering = ("-id",)
    search_fields = ("=case__invoice_number",)

    @display(description="case", ordering="case__invoice_number")
    def case_number(self, posting: Posting) -> str:
        """The number of the invoice."""
        return posting.case.invoice_number

    state = status_column({"posted": "success", "reversed": "warning"})
