"""What every vendor of the sandbox has."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from functools import partial
from typing import ClassVar

from integrations_site.sandbox.accounts import Account
from integrations_site.sandbox.data import Mutation, Shape, Table
from integrations_site.sandbox.limits import Limit
from integrations_site.sandbox.messages import Refusal, Request, Response
from integrations_site.sandbox.routing import Route
from integrations_site.sandbox.webhooks import Webhook, WebhookOrder
from integrations_site.sandbox.world import World


class Vendor(ABC):
    """A third party. `shapes` are its entities by name; `limits` hold once the control address switches them on."""

    slug: ClassVar[str]
    hosts: ClassVar[tuple[str, ...]]
    accounts: ClassVar[tuple[Account, ...]]
    shapes: ClassVar[dict[str, Shape]]
    limits: ClassVar[tuple[Limit, ...]] = ()

    def __init__(self, world: World) -> None:
        self.world = world

    @abstractmethod
    def routes(self) -> Iterable[Route]:
        """The paths that it answers."""

    @abstractmethod
    def rate_limited(self, retry_after: float | None, limit: Limit | None = None) -> Response:
        """The answer to one request too many.

        For a fault `retry_after` is as ordered; for a limit the vendor decides whether it tells it.
        """

    @abstractmethod
    def unavailable(self, status: int) -> Response:
        """The answer where something is wrong on the vendor's side."""

    @abstractmethod
    def unauthorised(self, why: str) -> Response:
        """The answer to a bad token; `why` is missing, unknown, expired or revoked."""

    def worded(self, request: Request, refusal: Response) -> Response:
        """A refusal in the form of the address that was asked, where the vendor has several."""
        return refusal

    def delete(self, table: Table, indices: Sequence[int]) -> list[Mutation]:
        """Deletes records as the vendor does, where it does anything but take them away."""
        return table.delete(indices)

    def is_here(self, host: str) -> bool:
        """Whether a host is this vendor's."""
        return host in self.hosts

    def token_of(self, request: Request) -> str | None:
        """The access token of a request."""
        return request.bearer()

    def table(self, account: Account, entity: str, part: str = "") -> Table:
        """The records of an entity of an account, or of a part of it. Raises KeyError where there is none such."""
        if part:
            raise KeyError(part)
        return self.world.table(self.slug, account, self.shapes[entity])

    def tables_read(self, request: Request) -> list[Table]:
        """What a request reads, as its address names it, or else the first entity. Raises Refusal."""
        account, _ = self.signed_in(request)
        wanted = f"{request.path} {' '.join(request.query.values())}".lower()
        named = [entity for entity in self.shapes if entity.lower() in wanted]
        return [self.table(account, entity) for entity in named or list(self.shapes)[:1]]

    def identify(self, table: Table, index: int) -> str:
        """The id of a record as the vendor tells it."""
        return table.id_of(index)

    def webhooks(self, order: WebhookOrder, account: Account) -> list[Webhook]:
        """The webhooks that were ordered. Raises ValueError where the vendor has none such."""
        raise ValueError(f"{self.slug} sends no webhooks")

    def require_room(self, request: Request, account: Account) -> None:
        """Counts the request against the vendor's limits. Raises Refusal."""
        counted = (self.slug, account.key, request.path)
        if taken := self.world.limits.take(*counted):
            limit, wait = taken
            raise Refusal(self.worded(request, self.rate_limited(wait, limit)))
        request.afterwards.append(partial(self.world.limits.leave, *counted))

    def signed_in(self, request: Request) -> tuple[Account, frozenset[str]]:
        """Account and scopes of the token. Raises Refusal in the vendor's form."""
        text = self.token_of(request)
        token = self.world.tokens.access(text)
        if token is None or token.grant.vendor != self.slug:
            raise Refusal(self.unauthorised("missing" if text is None else "unknown"))
        if token.revoked or token.grant.revoked:
            raise Refusal(self.unauthorised("revoked"))
        if not self.world.tokens.is_live(token):
            raise Refusal(self.unauthorised("expired"))
        self.require_room(request, token.grant.account)
        return token.grant.account, frozenset(token.scopes)
