"""A provider's OAuth 2 (RFC 6749), with its quirks."""

from typing import Annotated, Literal

from msgspec import Meta, field

from catalog.definition.words import Dotted, Label, Line, Location, Method, Parameter, Part, Scope, Seconds, Secret, Url

Scopes = Annotated[list[Scope], Meta(max_length=100)]
Parameters = Annotated[dict[Parameter, Line], Meta(max_length=30)]


class TokenPaths(Part, frozen=True):
    """Where the answer to a token request holds what; RFC 6749's names unless told otherwise."""

    access_token: Dotted = "access_token"  # noqa: S105 - the name of a field
    refresh_token: Dotted = "refresh_token"  # noqa: S105 - the name of a field
    expires_in: Dotted = "expires_in"
    scope: Dotted = "scope"


class IdentityCall(Part, frozen=True):
    """A call with the new token that tells whose account it is."""

    path: Location
    method: Method = "GET"


class AccountEntries(Part, frozen=True):
    """Where one token opens several accounts: the call's answer lists every account that the person ever opened.

    Those of a consent are the entries whose `matchPath` holds what the access token, a JWT, calls `claim`. `endPath` is
    where a DELETE takes one account away and leaves the person's others; `{link}` stands for what is at `linkPath`.
    """

    match_path: Dotted
    claim: Parameter
    link_path: Dotted | None = None
    end_path: Location | None = None


class AccountSource(Part, frozen=True):
    """Whence the account's id is known: the token's answer, the redirect's query, or a call.

    `claim` is what an `id_token` in the answer calls the id, where there is one: unlike the redirect's query nobody
    between can have changed or lost it. With `entries` the call answers with a list, and `idPath` and `namePath` are
    those of an entry.
    """

    from_: Literal["token", "redirect", "call"] = field(name="from")
    id_path: Dotted | None = None
    name_path: Dotted | None = None
    parameter: Parameter | None = None
    claim: Parameter | None = None
    call: IdentityCall | None = None
    entries: AccountEntries | None = None


class OAuthConfig(Part, frozen=True):
    """OAuth 2 with the authorization code.

    `permissions` maps the permissions that the hub speaks of to the provider's scopes; `scopes` are asked for besides.
    `defaultPermissions` are asked for where nobody names any; without them all are.
    `includes` names scopes that hold others, which are then not asked for.
    `lifetimeSeconds` holds where the provider tells no `expires_in`; without both the token does not expire.
    `refreshGraceSeconds` is how long a refresh token that was exchanged for another may be sent once more, for an
    answer that was lost. `revocationParameters` may hold `{token}` (the refresh token, else the access token),
    `{accessToken}`, `{accountId}` and `{clientId}`.
    `clientAuthentication: bearer` sends the client's secret as a bearer token. `clientSecret` is never given back.
    """

    authorization_url: Url
    token_url: Url
    revocation_url: Url | None = None
    client_id: Annotated[str, Meta(max_length=500)] | None = None
    client_secret: Secret | None = None
    scopes: Scopes = field(default_factory=list)
    scope_separator: Annotated[str, Meta(min_length=1, max_length=3)] = " "
    use_pkce: bool = False
    client_authentication: Literal["basic", "body", "bearer"] = "basic"
    permissions: Annotated[dict[Label, Scopes], Meta(max_length=100)] = field(default_factory=dict)
    default_permissions: Annotated[list[Label], Meta(max_length=100)] = field(default_factory=list)
    includes: Annotated[dict[Scope, Scopes], Meta(max_length=50)] = field(default_factory=dict)
    authorize_parameters: Parameters = field(default_factory=dict)
    token_parameters: Parameters = field(default_factory=dict)
    token_paths: TokenPaths = field(default_factory=TokenPaths)
    account: AccountSource | None = None
    lifetime_seconds: Seconds | None = None
    refresh_lifetime_seconds: Seconds | None = None
    rotates: bool = False
    refresh_grace_seconds: Seconds | None = None
    revocation_parameters: Parameters = field(default_factory=lambda: {"token": "{token}"})
    revocation_format: Literal["form", "json"] = "form"
    error_path: Dotted = "error"
