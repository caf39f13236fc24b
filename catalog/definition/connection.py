"""How a provider is called: its address, what proves who calls, its limits, its errors and its data types."""

from typing import Annotated, Literal

from msgspec import Meta, field

from catalog.definition.entities import Entity
from catalog.definition.words import (
    Dotted,
    Header,
    Headers,
    Line,
    Location,
    Method,
    Name,
    Part,
    Query,
    Scope,
    Seconds,
    Url,
)


class Auth(Part, frozen=True):
    """Where the credential stands in a request: `Authorization: Bearer …` unless told otherwise.

    Without `prefix` the word `Bearer ` leads it in the header Authorization, and nothing in any other.
    `soapUsername` is the user name of the token that a SOAP envelope has in its header (WS-Security, PasswordText).
    """

    placement: Literal["header", "query", "basic", "none"] = "header"
    name: Scope = "Authorization"
    prefix: Line | None = None
    soap_username: Line | None = None

    def leading(self) -> str:
        """What stands before the credential in its header."""
        if self.prefix is not None:
            return self.prefix
        return "Bearer " if self.name.lower() == "authorization" else ""


class RateLimit(Part, frozen=True):
    """So many requests in so many seconds, for each connection."""

    requests: Annotated[int, Meta(ge=1, le=1_000_000)]
    seconds: Seconds


class HealthCall(Part, frozen=True):
    """A cheap call that succeeds where the credential is good; `okPath` must then be true in its answer."""

    path: Location
    method: Method = "GET"
    query: Query = field(default_factory=dict)
    ok_path: Dotted | None = None


class AccountCall(Part, frozen=True):
    """A call that tells whose account it is; without `idPath` it tells the name alone."""

    path: Location
    id_path: Dotted | None = None
    method: Method = "GET"
    query: Query = field(default_factory=dict)
    name_path: Dotted | None = None


class ErrorRule(Part, frozen=True):
    """What an error means, by the answer's status, by its code, or by both.

    `forbidden`: the credential is good, but not for this. `codePath` is where this rule's code stands, where that is
    not the place of the others.
    """

    kind: Literal["credential", "forbidden", "rejected", "rate_limited", "unavailable"]
    status: Annotated[int, Meta(ge=100, le=599)] | None = None
    code: Line | None = None
    code_path: Dotted | None = None


class Errors(Part, frozen=True):
    """How an answer says that it is an error; the first rule that fits decides, then the status.

    `retryHeader` names a header that says `true` or `false` about sending the same request once more, whatever the
    status.
    """

    ok_path: Dotted | None = None
    code_path: Dotted | None = None
    message_path: Dotted | None = None
    retry_header: Header | None = None
    rules: Annotated[list[ErrorRule], Meta(max_length=100)] = field(default_factory=list)


class RetryAfter(Part, frozen=True):
    """Which header says when to come back, and in what form.

    `limitHeader` names a header that says which limit was hit; `limits` has, for the words that stand there, the
    seconds to wait where the answer says no time.
    """

    header: Header = "Retry-After"
    format: Literal["seconds", "date"] = "seconds"
    limit_header: Header | None = None
    limits: Annotated[dict[Name, Seconds], Meta(max_length=20)] = field(default_factory=dict)


class Connection(Part, frozen=True):
    """The declarative connection.

    Addresses, paths, queries, headers and templates may hold `{settings.…}`, `{account.id}` and `{credential.…}` of
    fields that are no secrets.
    """

    base_url: Url
    auth: Auth = field(default_factory=Auth)
    headers: Headers = field(default_factory=dict)
    rate_limits: Annotated[list[RateLimit], Meta(max_length=10)] = field(default_factory=list)
    max_concurrent: Annotated[int, Meta(ge=1, le=100)] | None = None
    health: HealthCall | None = None
    account: AccountCall | None = None
    errors: Errors = field(default_factory=Errors)
    retry_after: RetryAfter = field(default_factory=RetryAfter)
    entities: Annotated[list[Entity], Meta(max_length=50)] = field(default_factory=list)
