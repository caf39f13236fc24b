"""The page on which a person lets the hub in: to which account, to how much of what is asked for, or not at all."""

from collections.abc import Iterable
from html import escape

from integrations_site.sandbox.accounts import Account
from integrations_site.sandbox.messages import Response, as_html

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 32rem; margin: 3rem auto; padding: 0 1rem; color: #1f2430 }}
fieldset {{ border: 1px solid #c9ced8; border-radius: 8px; margin: 1rem 0 }} label {{ display: block; padding: .2rem }}
label + div {{ padding-left: 1.6rem }}
button {{ font: inherit; padding: .5rem 1rem; margin: 0 .5rem .5rem 0; border-radius: 6px; border: 1px solid #5a6478 }}
button:first-of-type {{ background: #1f5fd0; border-color: #1f5fd0; color: #fff }}
</style></head><body><h1>{title}</h1>
{content}
</body></html>"""


def consent_page(
    *,
    vendor: str,
    client_id: str,
    action: str,
    asked: Iterable[tuple[str, str]],
    accounts: tuple[Account, ...],
    scopes: tuple[str, ...],
) -> Response:
    """The form. Its first button allows all that is asked for; where no account is named, it is the first one."""
    hidden = "".join(f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in asked)
    choices = "".join(_choice(account, accounts, number == 0) for number, account in enumerate(accounts))
    boxes = "".join(_box("granted", scope, scope) for scope in scopes)
    content = (
        f"<p><strong>{escape(client_id)}</strong> asks to be let in. This is the sandbox: nobody real is asked.</p>"
        f'<form method="post" action="{escape(action)}">{hidden}'
        f"<fieldset><legend>Log in as</legend>{choices}</fieldset>"
        f"<fieldset><legend>It asks for</legend>{boxes or 'nothing in particular'}</fieldset>"
        '<button type="submit" name="decision" value="allow">Allow all</button>'
        '<button type="submit" name="decision" value="allow_ticked">Allow only what is ticked</button>'
        '<button type="submit" name="decision" value="deny">Deny</button></form>'
    )
    return as_html(_PAGE.format(title=escape(f"{vendor} · sandbox"), content=content))


def refusal_page(vendor: str, problem: str, *, status: int = 400) -> Response:
    """What a vendor shows where it cannot trust the address to lead back to."""
    content = f'<p role="alert">{escape(problem)}</p>'
    return as_html(_PAGE.format(title=escape(f"{vendor} · sandbox"), content=content), status=status)


def _choice(account: Account, accounts: tuple[Account, ...], chosen: bool) -> str:
    """A log-in, and below it the accounts that it reaches."""
    tick = " checked" if chosen else ""
    text = f"{account.name} ({account.id})"
    key = escape(account.key)
    label = f'<label><input type="radio" name="account" value="{key}"{tick}> {escape(text)}</label>'
    boxes = "".join(_box("member", each.key, each.name) for each in accounts if each.key in account.members)
    return f"{label}<div>{boxes}</div>" if boxes else label


def _box(name: str, value: str, text: str) -> str:
    return f'<label><input type="checkbox" name="{name}" value="{escape(value)}" checked> {escape(text)}</label>'
