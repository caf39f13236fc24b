"""Telling a person what the demo did."""

import os
from collections.abc import Sequence
from typing import Any

from integrations_site.demo.file import PATH
from integrations_site.demo.job import Outcome, Worked
from integrations_site.demo.linking import Links
from integrations_site.kernel.money import minor_digits

_HEAD = ("Case", "Vendor", "Total", "Items in stock", "Bill", "Journal entry", "Rolled back?")


def tell(outcome: Outcome, links: Links, description: dict[str, Any]) -> str:
    """The cases, the trial balance, what is connected, and where to log in as whom."""
    cases = [_HEAD, *(_row(worked) for worked in outcome.worked)]
    return "\n".join(
        [
            "",
            _title("What became of the invoices") + _table(cases),
            _title(f"Trial balance, {outcome.trial_balance['currency']}")
            + _table(_trial_balance(outcome.trial_balance), numbers_from=1),
            _verdict(outcome),
            _title("Connected with the sandbox's vendors") + _table(_connected(links)),
            _title(f"A search for {links.query}: {links.total} found, the first of them") + _table(_hits(links)),
            _title("Try it") + _where(outcome, description),
        ]
    )


def _row(worked: Worked) -> tuple[str, ...]:
    case, bill, entry = worked.case, worked.bill, worked.entry
    stock = worked.inventory
    return (
        f"{case['invoice_number']} ({case['kind'].replace('_', ' ')})",
        case["vendor_name"],
        f"{_amount(case['total'], case['currency'])} {case['currency']}",
        _not_posted_now(stock) or f"{stock['items_created']} new, {stock['items_updated']} updated",
        _not_posted_now(bill) or f"{_amount(bill['amount'], case['currency'])} due {bill['due_date']}",
        _not_posted_now(entry) or f"{entry['total_debits']:,.2f} = {entry['total_credits']:,.2f}",
        "yes" if worked.rolled_back else "no",
    )


def _not_posted_now(result: dict[str, Any]) -> str:
    """Why a system has no figures to tell; empty where it has. In an earlier demo somebody may have worked on."""
    status = result.get("status") if result else "already_posted"
    if status == "failed":
        return f"refused: {result['code']}"
    return {"already_posted": "posted earlier", "not_posted": "not posted"}.get(status or "", "")


def _amount(amount: float, currency: str) -> str:
    return f"{amount:,.{minor_digits(currency)}f}"


def _trial_balance(report: dict[str, Any]) -> list[tuple[str, ...]]:
    rows = [("Account", "Debit", "Credit")]
    rows += [
        (f"{account['code']} {account['name']}", f"{account['debit']:,.2f}", f"{account['credit']:,.2f}")
        for account in report["accounts"]
    ]
    return [*rows, ("Sum", f"{report['total_debits']:,.2f}", f"{report['total_credits']:,.2f}")]


def _verdict(outcome: Outcome) -> str:
    books = outcome.trial_balance
    difference = books["total_debits"] - books["total_credits"]
    agree = "agree" if outcome.reconciliation["agrees"] else "DO NOT AGREE"
    ledgers = "payables, open bills and vendor balances, and stock and its valuation"
    return f"Debits less credits: {difference:.2f}; {ledgers}, {agree}.\n"


def _connected(links: Links) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("Vendor", "Account", "Last sync", "Records")]
    for one in links.linked:
        records = ", ".join(f"{count} {name}" for name, count in one.records.items()) or "none"
        rows.append((one.name, one.account, one.status, records))
    return rows


def _hits(links: Links) -> list[tuple[str, ...]]:
    rows = [("Title", "Data type", "Where")]
    return rows + [(hit["title"], hit["entity"], hit["integrationName"]) for hit in links.hits]


def _where(outcome: Outcome, description: dict[str, Any]) -> str:
    one = description["tenants"][0]
    people = [("tenant admin", one["tenant_admin"]), ("user", one["user"]), ("super admin", description["super_admin"])]
    lines = [
        f"Browser   {description['base_url']}/   and for the super admin {description['base_url']}/admin/",
        *(f"  {role:<13} {who['username']:<26} {who['password']}" for role, who in people),
        f"API       {description['base_url']}/api/docs   (tokens: {os.path.relpath(PATH)})",
        f"Export    {outcome.export['export_url']}",
        f"Webhooks  POST {description['sandbox_url']}/webhook-sink takes any; GET shows them",
    ]
    return "\n".join(lines) + "\n"


def _title(text: str) -> str:
    return f"{text}\n{'=' * len(text)}\n"


def _table(rows: Sequence[tuple[str, ...]], *, numbers_from: int | None = None) -> str:
    """Columns as wide as their widest cell; from `numbers_from` on they are aligned to the right."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    first_number = len(widths) if numbers_from is None else numbers_from

    def line(row: tuple[str, ...]) -> str:
        cells = [
            cell.rjust(width) if index >= first_number else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        return "  ".join(cells).rstrip()

    head, *body = rows
    return "\n".join([line(head), "  ".join("-" * width for width in widths), *(line(row) for row in body)]) + "\n"
