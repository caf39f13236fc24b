"""Slack's OAuth v2: comma-separated scopes, bot and user tokens, and, with rotation on, tokens of twelve hours."""

import secrets
from typing import Any

from integrations_site.sandbox.accounts import Account
from integrations_site.sandbox.messages import Refusal, Request, Response, as_json
from integrations_site.sandbox.oauth import AuthorizationServer
from integrations_site.sandbox.tokens import AccessToken, Grant, RefreshRule, RefreshToken

ACCOUNTS = (
    Account("northwind", "T0NORTHWIND", "Northwind Trading"),
    Account("contoso", "T0CONTOSO01", "Contoso Retail", share=0.5),
    Account("empty", "T0BLANKSLAT", "Blank Slate Ltd", share=0),
)
APP_ID = "A0SANDBOX01"
_USER = "user:"
_ACCESS_SECONDS = 43_200.0
SCOPES = frozenset(
    {
        *("channels:read", "groups:read", "im:read", "mpim:read", "channels:join", "team:read"),
        *("channels:history", "groups:history", "im:history", "mpim:history", "search:read"),
        *("users:read", "users:read.email", "chat:write", "chat:write.public", "reactions:read", "files:read"),
    }
)


class SlackOAuth(AuthorizationServer):
    """slack.com/oauth/v2 and oauth.v2.access; the switch `slackRotation` turns rotation off."""

    vendor = "slack"
    client_id = "slack-demo-client"
    client_secret = "slack-demo-secret"  # noqa: S105 - a secret of the sandbox
    accounts = ACCOUNTS
    separator = ","
    known_scopes = SCOPES | {f"{_USER}{scope}" for scope in SCOPES}
    refresh_rule = RefreshRule(rotates=True)

    @property
    def rotation(self) -> bool:
        """Whether tokens expire and rotate."""
        return bool(self.world.switches.get("slackRotation", True))

    def seconds(self) -> float | None:
        """Twelve hours with rotation, without end else."""
        return self.world.lifetimes.get(self.vendor, _ACCESS_SECONDS if self.rotation else None)

    def scopes_asked(self, asked: dict[str, str]) -> tuple[str, ...]:
        """Those of the bot, and those of the person with `user:` in front."""
        user = tuple(f"{_USER}{part}" for part in asked.get("user_scope", "").split(",") if part)
        return (*super().scopes_asked(asked), *user)

    def gives_refresh(self, grant: Grant) -> bool:
        """Only with rotation on."""
        return self.rotation

    def make_access(self, grant: Grant) -> str:
        """A bot token."""
        return f"{'xoxe.xoxb-1-' if self.rotation else 'xoxb-'}{secrets.token_hex(24)}"

    def make_refresh(self, grant: Grant) -> str:
        """A refresh token, good for one exchange."""
        return f"xoxe-1-{secrets.token_hex(24)}"

    def answer(self, access: AccessToken, refresh: RefreshToken | None) -> dict[str, Any]:
        """The bot's token above, the person's below `authed_user`."""
        grant = access.grant
        bot = [scope for scope in grant.scopes if not scope.startswith(_USER)]
        user = [scope.removeprefix(_USER) for scope in grant.scopes if scope.startswith(_USER)]
        told: dict[str, Any] = {
            "ok": True,
            "app_id": APP_ID,
            "authed_user": {"id": f"U{grant.account.id[1:7]}0001"},
            "scope": ",".join(bot),
            "token_type": "bot",
            "access_token": access.text,
            "bot_user_id": f"B{grant.account.id[1:]}",
            "team": {"id": grant.account.id, "name": grant.account.name},
            "enterprise": None,
            "is_enterprise_install": False,
        }
        if user:
            text = f"xoxp-{secrets.token_hex(24)}"
            self.world.tokens.issue_access(grant, text, seconds=self.seconds(), scopes=tuple(user))
            told["authed_user"] |= {"scope": ",".join(user), "access_token": text, "token_type": "user"}
        if refresh is not None:
            told |= {"refresh_token": refresh.text, "expires_in": int(self.seconds() or _ACCESS_SECONDS)}
        return told

    def failure(self, error: str, description: str, *, status: int = 400) -> Response:
        """Always 200; the body says what is wrong, in Slack's words."""
        words = {
            "invalid_client": "bad_client_secret",
            "invalid_grant": "invalid_refresh_token" if "refresh" in description else "invalid_code",
            "unsupported_grant_type": "invalid_grant_type",
        }
        return as_json({"ok": False, "error": words.get(error, error)})

    def token(self, request: Request) -> Response:
        """A grant_type may be left out: then it is a code."""
        form = request.query | request.form()
        client_id = self.authenticate(request, form)
        if "grant_type" not in form and "code" not in form:
            raise Refusal(self.failure("invalid_arguments", "no code"))
        return self.exchange(form | {"grant_type": form.get("grant_type", "authorization_code")}, client_id)
