"""Slack as a whole: its methods, who may call them, and the events that it sends."""

from collections.abc import Callable, Iterable

import msgspec

from integrations_site.sandbox.accounts import Account
from integrations_site.sandbox.data import Table
from integrations_site.sandbox.limits import Limit
from integrations_site.sandbox.messages import Refusal, Request, Response, as_json
from integrations_site.sandbox.paging import page_of
from integrations_site.sandbox.routing import Handler, Route, either
from integrations_site.sandbox.vendors.slack.events import slack_webhooks
from integrations_site.sandbox.vendors.slack.lists import arguments, failed, history_page, list_page
from integrations_site.sandbox.vendors.slack.oauth import ACCOUNTS, SlackOAuth
from integrations_site.sandbox.vendors.slack.shapes import CHANNELS, MESSAGES, REPLIES, USERS, is_thread, reply, ts_of
from integrations_site.sandbox.vendors.vendor import Vendor
from integrations_site.sandbox.webhooks import Webhook, WebhookOrder
from integrations_site.sandbox.world import World

_OTHER_CHANNELS = 0.1
# What an application gets at a time that is distributed without being in Slack's Marketplace.
_UNLISTED_MESSAGES = 15
_PRIVATE = {"public_channel": False, "private_channel": True}
Method = Callable[[dict[str, str], Account, frozenset[str], Request], Response]


class Slack(Vendor):
    """slack.com"""

    slug = "slack"
    hosts = ("slack.com",)
    accounts = ACCOUNTS
    shapes = {"channels": CHANNELS, "users": USERS, "messages": MESSAGES}
    limits = (
        Limit(20, 60.0, "tier 2", per_method=True, only=("conversations.list", "users.list")),
        Limit(50, 60.0, "tier 3", per_method=True),
    )

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._oauth = SlackOAuth(world)

    def routes(self) -> Iterable[Route]:
        """The consent page, and a path for each method."""
        yield either("/slack.com/oauth/v2/authorize", self._oauth.authorize)
        yield either("/slack.com/api/oauth.v2.access", self._oauth.token)
        methods: dict[str, tuple[str, Method]] = {
            "auth.test": ("", self._auth_test),
            "auth.revoke": ("", self._revoke),
            "apps.uninstall": ("", self._revoke),
            "team.info": ("team:read", self._team),
            "conversations.list": ("channels:read", self._channels),
            "conversations.info": ("channels:read", self._channel),
            "conversations.join": ("channels:join", self._channel),
            "conversations.history": ("channels:history", self._history),
            "conversations.replies": ("channels:history", self._replies),
            "users.list": ("users:read", self._users),
            "users.info": ("users:read", self._user),
            "chat.postMessage": ("chat:write", self._post),
        }
        for name, (scope, method) in methods.items():
            yield either(f"/slack.com/api/{name}", self._handler(scope, method))

    def rate_limited(self, retry_after: float | None, limit: Limit | None = None) -> Response:
        """429 with Retry-After in whole seconds; a fault may leave that out."""
        headers = [] if retry_after is None else [("Retry-After", str(max(round(retry_after), 1)))]
        return as_json({"ok": False, "error": "ratelimited"}, status=429, headers=headers)

    def unavailable(self, status: int) -> Response:
        """5xx go over the status line."""
        return as_json({"ok": False, "error": "internal_error"}, status=status)

    def unauthorised(self, why: str) -> Response:
        """200, as for nearly all that fails."""
        words = {"missing": "not_authed", "unknown": "invalid_auth", "expired": "token_expired"}
        return failed(words.get(why, "token_revoked"))

    def token_of(self, request: Request) -> str | None:
        """The header, or the argument `token`."""
        return request.bearer() or request.query.get("token") or request.form().get("token")

    def table(self, account: Account, entity: str, part: str = "") -> Table:
        """Messages are kept by channel; without one they are those of the first."""
        if entity != "messages":
            return super().table(account, entity, part)
        channels = super().table(account, "channels")
        index = channels.index_of(part) if part else 0
        if index is None:
            raise KeyError(part)
        share = _OTHER_CHANNELS if index else 1.0
        return self.world.table(self.slug, account, MESSAGES, part=channels.id_of(index), share=share)

    def tables_read(self, request: Request) -> list[Table]:
        """History reads a channel's messages, lists read what they are named after."""
        account, scopes = self.signed_in(request)
        if "conversations.history" in request.path:
            return [self._readable(arguments(request), account, scopes)]
        return [self.table(account, "users" if "users." in request.path else "channels")]

    def identify(self, table: Table, index: int) -> str:
        """A message's id is its ts."""
        if table.shape.entity != "messages":
            return super().identify(table, index)
        return ts_of(table.created(index), index)

    def webhooks(self, order: WebhookOrder, account: Account) -> list[Webhook]:
        """Events of the Events API, signed v0."""
        channels = self.table(account, "channels")
        channel = channels.id_of(0)
        return slack_webhooks(self.world, order, account, channel, self.table(account, "messages"))

    def _handler(self, scope: str, method: Method) -> Handler:
        def handle(request: Request) -> Response:
            account, scopes = self.signed_in(request)
            if scope:
                _require(scope, scopes)
            return method(arguments(request), account, scopes, request)

        return handle

    def _auth_test(self, given: dict[str, str], account: Account, scopes: frozenset[str], _: Request) -> Response:
        return as_json(
            {
                "ok": True,
                "url": f"https://{account.key}.slack.com/",
                "team": account.name,
                "user": "integration_hub",
                "team_id": account.id,
                "user_id": f"B{account.id[1:]}",
                "bot_id": f"B{account.id[1:]}",
                "is_enterprise_install": False,
            }
        )

    def _revoke(self, given: dict[str, str], account: Account, scopes: frozenset[str], request: Request) -> Response:
        self.world.tokens.revoke(self.token_of(request) or "")
        return as_json({"ok": True, "revoked": True})

    def _team(self, given: dict[str, str], account: Account, scopes: frozenset[str], _: Request) -> Response:
        return as_json({"ok": True, "team": {"id": account.id, "name": account.name, "domain": account.key}})

    def _channels(self, given: dict[str, str], account: Account, scopes: frozenset[str], request: Request) -> Response:
        types = set((given.get("types") or "public_channel").split(","))
        if not types <= {"public_channel", "private_channel", "mpim", "im"}:
            return failed("invalid_types")
        if "private_channel" in types:
            _require("groups:read", scopes)
        all_archived = given.get("exclude_archived", "").lower() not in ("1", "true")
        shown = {_PRIVATE[name] for name in types & _PRIVATE.keys()}
        table = self.table(account, "channels")
        found = table.matching(
            ("types", frozenset(shown), all_archived),
            lambda one: one["is_private"] in shown and (all_archived or not one["is_archived"]),
        )
        return list_page(request, given, name="channels", table=table, sequence=found, pages=self.world.pages)

    def _channel(self, given: dict[str, str], account: Account, scopes: frozenset[str], _: Request) -> Response:
        table, index = self._find_channel(given, account)
        return Response(200, b'{"ok":true,"channel":%b}' % table.record(index))

    def _history(self, given: dict[str, str], account: Account, scopes: frozenset[str], request: Request) -> Response:
        messages = self._readable(given, account, scopes)
        most = _UNLISTED_MESSAGES if self.world.switches.get("slackUnlisted") else None
        return history_page(request, given, table=messages, pages=self.world.pages, most=most)

    def _replies(self, given: dict[str, str], account: Account, scopes: frozenset[str], request: Request) -> Response:
        messages = self._readable(given, account, scopes)
        index = messages.index_of(given.get("ts", ""))
        if index is None or not messages.is_alive(index) or self.identify(messages, index) != given["ts"]:
            return failed("thread_not_found")
        row = messages.row(index)
        replies = [reply(row, number).encode() for number in range(1, REPLIES + 1)] if is_thread(index) else []
        told = b'{"ok":true,"messages":[%b],"has_more":false,"response_metadata":{"next_cursor":""}}'
        thread = page_of(request, [messages.record(index), *replies], 0, 1 + len(replies))
        return Response(200, told % b",".join(thread))

    def _users(self, given: dict[str, str], account: Account, scopes: frozenset[str], request: Request) -> Response:
        table = self.table(account, "users")
        response = list_page(request, given, name="members", table=table, sequence=table.live(), pages=self.world.pages)
        if "users:read.email" not in scopes:
            told = msgspec.json.decode(response.body)
            for member in told["members"]:
                member["profile"].pop("email", None)
            response.body = msgspec.json.encode(told)
        return response

    def _user(self, given: dict[str, str], account: Account, scopes: frozenset[str], _: Request) -> Response:
        table = self.table(account, "users")
        index = table.index_of(given.get("user", ""))
        if index is None or not table.is_alive(index):
            return failed("user_not_found")
        user = msgspec.json.decode(table.record(index))
        if "users:read.email" not in scopes:
            del user["profile"]["email"]
        return as_json({"ok": True, "user": user})

    def _post(self, given: dict[str, str], account: Account, scopes: frozenset[str], _: Request) -> Response:
        channels, index = self._find_channel(given, account)
        channel = msgspec.json.decode(channels.record(index))
        if channel["is_archived"]:
            return failed("is_archived")
        if not channel["is_member"] and "chat:write.public" not in scopes:
            return failed("not_in_channel")
        if not (text := given.get("text") or given.get("markdown_text", "")):
            return failed("no_text")
        messages = self.table(account, "messages", channels.id_of(index))
        fields = {"text": text, "user": f"B{account.id[1:]}", "bot_id": f"B{account.id[1:]}"}
        [posted] = self.world.mutate(self.slug, messages, lambda: messages.add(1, fields))
        ts, message = self.identify(messages, posted.index), msgspec.json.decode(posted.record)
        return as_json({"ok": True, "channel": channels.id_of(index), "ts": ts, "message": message})

    def _find_channel(self, given: dict[str, str], account: Account) -> tuple[Table, int]:
        table = self.table(account, "channels")
        index = table.index_of(given.get("channel", ""))
        if index is None or not table.is_alive(index):
            raise Refusal(failed("channel_not_found"))
        return table, index

    def _readable(self, given: dict[str, str], account: Account, scopes: frozenset[str]) -> Table:
        channels, index = self._find_channel(given, account)
        channel = msgspec.json.decode(channels.record(index))
        if channel["is_private"]:
            _require("groups:history", scopes)
        if not channel["is_member"] and not channel["is_archived"]:
            raise Refusal(failed("not_in_channel"))
        return self.table(account, "messages", channels.id_of(index))


def _require(scope: str, scopes: frozenset[str]) -> None:
    if scope not in scopes:
        raise Refusal(failed("missing_scope", needed=scope, provided=",".join(sorted(scopes))))
