"""Stripe's objects, as API versions from 2025-03-31 on render them."""

from collections.abc import Callable

from integrations_site.sandbox import names
from integrations_site.sandbox.data import Row, Shape
from integrations_site.sandbox.messages import natural

API_VERSION = "2026-10-28.endive"
_DAY = 86_400
_DIGITS = 10
_CURRENCIES = ("usd", "usd", "usd", "usd", "eur", "eur", "gbp", "jpy", "kwd")
_PAYMENT_STATUSES = (
    *("succeeded",) * 11, "processing", "requires_payment_method", "requires_action", "requires_capture", "canceled",
)  # fmt: skip
_INVOICE_STATUSES = ("paid", "paid", "paid", "paid", "open", "open", "draft", "void", "uncollectible")
_SUBSCRIPTION_STATUSES = ("active", "active", "active", "active", "trialing", "past_due", "canceled")
_REFUND_STATUSES = ("succeeded", "succeeded", "succeeded", "pending", "failed")
_REASONS = ('"requested_by_customer"', '"duplicate"', "null")

_PAYMENT = (
    '{"id":"%s","object":"payment_intent","amount":%d,"amount_capturable":0,"amount_received":%d,"application":null,'
    '"automatic_payment_methods":null,"canceled_at":%s,"cancellation_reason":null,"capture_method":"automatic",'
    '"client_secret":null,"confirmation_method":"automatic","created":%d,"currency":"%s","customer":"%s",'
    '"description":"%s","last_payment_error":null,"latest_charge":"%s","livemode":false,'
    '"metadata":{"order":"%d","revision":"%d"},"next_action":null,"on_behalf_of":null,"payment_method":"%s",'
    '"payment_method_types":["card"],"receipt_email":"%s","setup_future_usage":null,"shipping":null,"source":null,'
    '"statement_descriptor":null,"status":"%s","transfer_data":null,"transfer_group":null}'
)
_CHARGE = (
    '{"id":"%s","object":"charge","amount":%d,"amount_captured":%d,"amount_refunded":0,'
    '"billing_details":{"email":"%s","name":"%s"},"captured":true,"created":%d,"currency":"%s","customer":"%s",'
    '"description":"%s","disputed":false,"livemode":false,"metadata":{"revision":"%d"},"paid":true,'
    '"payment_intent":"%s","refunded":false,"status":"succeeded"}'
)
_CUSTOMER = (
    '{"id":"%s","object":"customer","address":{"city":"%s","country":"US","line1":"%d Main Street","line2":null,'
    '"postal_code":"%05d","state":null},"balance":0,"created":%d,"currency":"%s","default_source":null,'
    '"delinquent":false,"description":"%s","discount":null,"email":"%s","livemode":false,'
    '"metadata":{"revision":"%d"},"name":"%s","phone":"+1555%07d","preferred_locales":["en"],"shipping":null,'
    '"tax_exempt":"none","test_clock":null}'
)
_INVOICE = (
    '{"id":"%s","object":"invoice","amount_due":%d,"amount_paid":%d,"amount_remaining":%d,'
    '"collection_method":"send_invoice","created":%d,"currency":"%s","customer":"%s","customer_email":"%s",'
    '"customer_name":"%s","description":"%s","due_date":%d,"lines":{"object":"list","data":[{"id":"il_%s",'
    '"object":"line_item","amount":%d,"currency":"%s","description":"%s","quantity":1}],"has_more":false},'
    '"livemode":false,"metadata":{"revision":"%d"},"number":"INV-%05d","parent":{"quote_details":null,'
    '"subscription_details":{"subscription":"%s"},"type":"subscription_details"},"status":"%s",'
    '"status_transitions":{"finalized_at":%d,"marked_uncollectible_at":null,"paid_at":%s,"voided_at":null},'
    '"subtotal":%d,"total":%d}'
)
_SUBSCRIPTION = (
    '{"id":"%s","object":"subscription","cancel_at_period_end":false,"canceled_at":%s,'
    '"collection_method":"charge_automatically","created":%d,"currency":"%s","customer":"%s",'
    '"items":{"object":"list","data":[{"id":"si_%s","object":"subscription_item","current_period_end":%d,'
    '"current_period_start":%d,"price":{"id":"price_%d","object":"price","currency":"%s","product":"prod_%d",'
    '"recurring":{"interval":"month","interval_count":1},"unit_amount":%d},"quantity":1}],"has_more":false},'
    '"latest_invoice":"%s","livemode":false,"metadata":{"revision":"%d"},"start_date":%d,"status":"%s"}'
)
_REFUND = (
    '{"id":"%s","object":"refund","amount":%d,"charge":"%s","created":%d,"currency":"%s",'
    '"metadata":{"revision":"%d"},"payment_intent":"%s","reason":%s,"status":"%s"}'
)


def _id(prefix: str, salt: str, index: int) -> str:
    return "%s%s%010d" % (prefix, salt, index)  # noqa: UP031 - half the time of an f-string with a width


def _amount(row: Row, currency: str) -> int:
    """In the minor unit. A dinar has a thousand fils, and the last digit of an amount must be 0."""
    amount = 500 + row.number(200_000, 7)
    return amount // 10 * 100 + 10 * row.revision if currency == "kwd" else amount + row.revision


def _payment(row: Row) -> str:
    currency, status = row.pick(_CURRENCIES, 11), row.pick(_PAYMENT_STATUSES, 17)
    amount, first_last = _amount(row, currency), names.person(row)
    return _PAYMENT % (
        _id("pi_", row.salt, row.index),
        amount,
        amount if status == "succeeded" else 0,
        row.created + 60 if status == "canceled" else "null",
        row.created,
        currency,
        _id("cus_", row.salt, row.peer()),
        row.pick(names.PURPOSES, 23),
        _id("ch_", row.salt, row.index),
        row.index + 10_000,
        row.revision,
        _id("pm_", row.salt, row.peer(9)),
        names.email(*first_last, row.peer()),
        status,
    )


def _charge(row: Row) -> str:
    currency = row.pick(_CURRENCIES, 11)
    amount, (first, last) = _amount(row, currency), names.person(row)
    return _CHARGE % (
        _id("ch_", row.salt, row.index),
        amount,
        amount,
        names.email(first, last, row.peer()),
        f"{first} {last}",
        row.created,
        currency,
        _id("cus_", row.salt, row.peer()),
        row.pick(names.PURPOSES, 23),
        row.revision,
        _id("pi_", row.salt, row.index),
    )


def _customer(row: Row) -> str:
    first, last = names.person(row)
    return _CUSTOMER % (
        _id("cus_", row.salt, row.index),
        row.pick(names.CITIES, 19),
        row.number(900, 21) + 1,
        row.number(100_000, 9),
        row.created,
        row.pick(_CURRENCIES, 11),
        names.company(row.index),
        names.email(first, last, row.index),
        row.revision,
        f"{first} {last}",
        row.number(10_000_000, 15),
    )


def _invoice(row: Row) -> str:
    currency, status = row.pick(_CURRENCIES, 11), row.pick(_INVOICE_STATUSES, 17)
    amount, (first, last) = _amount(row, currency), names.person(row)
    paid, purpose = amount if status == "paid" else 0, row.pick(names.PURPOSES, 23)
    return _INVOICE % (
        _id("in_", row.salt, row.index),
        amount,
        paid,
        amount - paid,
        row.created,
        currency,
        _id("cus_", row.salt, row.peer()),
        names.email(first, last, row.peer()),
        f"{first} {last}",
        purpose,
        row.created + 30 * _DAY,
        _id("", row.salt, row.index),
        amount,
        currency,
        purpose,
        row.revision,
        row.index + 1,
        _id("sub_", row.salt, row.peer(9)),
        status,
        row.created,
        row.created + 3 * _DAY if paid else "null",
        amount,
        amount,
    )


def _subscription(row: Row) -> str:
    currency, status = row.pick(_CURRENCIES, 11), row.pick(_SUBSCRIPTION_STATUSES, 17)
    plan = row.number(5, 21)
    return _SUBSCRIPTION % (
        _id("sub_", row.salt, row.index),
        row.created + 40 * _DAY if status == "canceled" else "null",
        row.created,
        currency,
        _id("cus_", row.salt, row.peer()),
        _id("", row.salt, row.index),
        row.created + 30 * _DAY,
        row.created,
        plan,
        currency,
        plan,
        1_000 * (plan + 1) + 10 * row.revision,
        _id("in_", row.salt, row.peer(9)),
        row.revision,
        row.created,
        status,
    )


def _refund(row: Row) -> str:
    currency = row.pick(_CURRENCIES, 11)
    return _REFUND % (
        _id("re_", row.salt, row.index),
        _amount(row, currency),
        _id("ch_", row.salt, row.peer(9)),
        row.created,
        currency,
        row.revision,
        _id("pi_", row.salt, row.peer(9)),
        row.pick(_REASONS, 23),
        row.pick(_REFUND_STATUSES, 17),
    )


def _shape(entity: str, prefix: str, render: Callable[[Row], str]) -> Shape:
    def identify(salt: str, index: int) -> str:
        return _id(prefix, salt, index)

    def index_of(salt: str, identifier: str) -> int | None:
        digits = identifier.removeprefix(prefix + salt)
        return natural(digits) if len(digits) == _DIGITS else None

    return Shape(entity, render, identify, index_of)


SHAPES = {
    shape.entity: shape
    for shape in (
        _shape("payment_intents", "pi_", _payment),
        _shape("charges", "ch_", _charge),
        _shape("customers", "cus_", _customer),
        _shape("invoices", "in_", _invoice),
        _shape("subscriptions", "sub_", _subscription),
        _shape("refunds", "re_", _refund),
    )
}
