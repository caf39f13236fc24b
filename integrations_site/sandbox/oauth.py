"""OAuth 2.0 (RFC 6749) with PKCE (RFC 7636) as vendors serve it; each vendor says where it differs."""

import base64
import hashlib
import hmac
import secrets
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlencode, urlsplit, urlunsplit

from integrations_site.sandbox.accounts import Account, account_of
from integrations_site.sandbox.consent import consent_page, refusal_page
from integrations_site.sandbox.messages import Refusal, Request, Response, as_json, redirect
from integrations_site.sandbox.tokens import AccessToken, Code, Grant, InvalidGrantError, RefreshRule, RefreshToken
from integrations_site.sandbox.world import World

_CONSENT_FIELDS = {"account", "member", "granted", "decision"}


class AuthorizationServer:
    """Consent, codes and tokens of one vendor. Subclasses state its ways in the attributes and small methods."""

    vendor = ""
    client_id = ""
    client_secret: str | None = None
    accounts: tuple[Account, ...] = ()
    separator = " "
    known_scopes: frozenset[str] | None = None
    authentication = frozenset({"basic", "body"})
    pkce = False
    code_seconds = 600.0
    access_seconds: float | None = 3600.0
    refresh_rule = RefreshRule()

    def __init__(self, world: World) -> None:
        self.world = world

    # ---- what vendors change

    def scopes_asked(self, asked: dict[str, str]) -> tuple[str, ...]:
        """The scopes of an authorization request."""
        return tuple(part for part in asked.get("scope", "").split(self.separator) if part)

    def redirect_extras(self, grant: Grant) -> dict[str, str]:
        """What comes with the code."""
        return {}

    def make_access(self, grant: Grant) -> str:
        """A new access token."""
        return secrets.token_urlsafe(32)

    def make_refresh(self, grant: Grant) -> str:
        """A new refresh token."""
        return secrets.token_urlsafe(32)

    def gives_refresh(self, grant: Grant) -> bool:
        """Whether a refresh token comes with the access token."""
        return True

    def answer(self, access: AccessToken, refresh: RefreshToken | None) -> dict[str, Any]:
        """The token answer (RFC 6749, 5.1)."""
        told: dict[str, Any] = {"access_token": access.text, "token_type": "Bearer"}
        if (seconds := self.seconds()) is not None:
            told["expires_in"] = int(seconds)
        if refresh is not None:
            told["refresh_token"] = refresh.text
        return told | {"scope": self.separator.join(access.scopes)}

    def failure(self, error: str, description: str, *, status: int = 400) -> Response:
        """The error answer of the token endpoint (RFC 6749, 5.2)."""
        headers = [("WWW-Authenticate", "Basic")] if status == 401 else []
        return as_json({"error": error, "error_description": description}, status=status, headers=headers)

    # ---- endpoints

    def seconds(self) -> float | None:
        """How long access tokens live, as the vendor says or as the control address was told."""
        return self.world.lifetimes.get(self.vendor, self.access_seconds)

    def authorize(self, request: Request) -> Response:
        """The consent page, and what follows from its form."""
        pairs = (
            request.pairs
            if request.method == "GET"
            else parse_qsl(request.body.decode(errors="replace"), keep_blank_values=True)
        )
        asked = {name: value for name, value in pairs if name not in _CONSENT_FIELDS}
        self._require_client_and_address(asked)
        scopes = self.scopes_asked(asked)
        if error := self._why_refused(asked, scopes):
            return self._lead_back(asked, {"error": error})
        if request.method == "GET":
            return consent_page(
                vendor=self.vendor,
                client_id=asked["client_id"],
                action=request.path,
                asked=asked.items(),
                accounts=self.accounts,
                scopes=scopes,
            )
        return self._decide(asked, scopes, pairs)

    def token(self, request: Request) -> Response:
        """Codes and refresh tokens against access tokens."""
        form = request.form()
        return self.exchange(form, self.authenticate(request, form))

    def exchange(self, form: dict[str, str], client_id: str) -> Response:
        """What the token endpoint answers to a client that proved itself."""
        try:
            match form.get("grant_type"):
                case "authorization_code":
                    return self._exchange_code(form, client_id)
                case "refresh_token":
                    return self._exchange_refresh(form, client_id)
                case _:
                    return self.failure("unsupported_grant_type", "grant_type: authorization_code or refresh_token")
        except InvalidGrantError as error:
            return self.failure("invalid_grant", str(error))

    def revoke(self, request: Request) -> Response:
        """RFC 7009: it answers 200 to tokens that it does not know, too."""
        form = request.form()
        self.authenticate(request, form)
        self.world.tokens.revoke(form.get("token", ""))
        return Response()

    def authenticate(self, request: Request, form: dict[str, str]) -> str:
        """The client's id, where it proved itself in a way that this vendor takes. Raises Refusal."""
        client_id, secret = self._credentials(request, form)
        known = client_id == self.client_id
        if known and (self.client_secret is None or _same(secret, self.client_secret)):
            return client_id
        raise Refusal(self.failure("invalid_client", "unknown client, or wrong authentication", status=401))

    # ---- steps

    def _credentials(self, request: Request, form: dict[str, str]) -> tuple[str, str]:
        if "bearer" in self.authentication and (key := request.bearer()) is not None:
            return self.client_id, key
        if "basic" in self.authentication and (basic := request.basic()) is not None:
            return unquote_plus(basic[0]), unquote_plus(basic[1])
        if "body" in self.authentication:
            return form.get("client_id", ""), form.get("client_secret", "")
        return "", ""

    def _require_client_and_address(self, asked: dict[str, str]) -> None:
        if asked.get("client_id") != self.client_id:
            problem = f"There is no application with the client_id “{asked.get('client_id', '')}”."
            raise Refusal(refusal_page(self.vendor, problem, status=400))
        address = urlsplit(asked.get("redirect_uri", ""))
        if address.scheme not in ("http", "https") or not address.hostname or address.fragment:
            problem = "The request has no redirect_uri, or one that is no absolute http(s) address without a fragment."
            raise Refusal(refusal_page(self.vendor, problem))

    def _why_refused(self, asked: dict[str, str], scopes: tuple[str, ...]) -> str | None:
        if asked.get("response_type") != "code":
            return "unsupported_response_type"
        if self.known_scopes is not None and not self.known_scopes.issuperset(scopes):
            return "invalid_scope"
        if self.pkce and asked.get("code_challenge_method", "plain") not in ("plain", "S256"):
            return "invalid_request"
        return None

    def _decide(self, asked: dict[str, str], scopes: tuple[str, ...], pairs: list[tuple[str, str]]) -> Response:
        form = dict(pairs)
        account = account_of(self.accounts, form.get("account") or self.accounts[0].key)
        decision = form.get("decision", "allow")
        if account is None or decision not in ("allow", "allow_ticked"):
            return self._lead_back(asked, {"error": "access_denied", "error_description": "The user said no."})
        members = account.members
        if decision == "allow_ticked":
            scopes = tuple(scope for scope in scopes if ("granted", scope) in pairs)
            members = tuple(member for member in members if ("member", member) in pairs)
        grant = self.world.tokens.grant(
            vendor=self.vendor, client_id=asked["client_id"], account=account, scopes=scopes, members=members
        )
        code = self.world.tokens.issue_code(
            grant,
            redirect_uri=asked["redirect_uri"],
            challenge=asked.get("code_challenge", "") if self.pkce else "",
            method=asked.get("code_challenge_method", "plain"),
            seconds=self.code_seconds,
        )
        return self._lead_back(asked, {"code": code} | self.redirect_extras(grant))

    def _lead_back(self, asked: dict[str, str], told: dict[str, str]) -> Response:
        address = urlsplit(asked["redirect_uri"])
        state = {"state": asked["state"]} if "state" in asked else {}
        query = "&".join(part for part in (address.query, urlencode(told | state)) if part)
        return redirect(urlunsplit(address._replace(query=query)))

    def _exchange_code(self, form: dict[str, str], client_id: str) -> Response:
        def fits(code: Code) -> bool:
            same = (code.grant.client_id, code.redirect_uri) == (client_id, form.get("redirect_uri"))
            return same and (not self.pkce or _verifies(code, form.get("code_verifier", "")))

        grant = self.world.tokens.redeem_code(form.get("code", ""), self.vendor, fits)
        refresh = None
        if self.gives_refresh(grant):
            refresh = self.world.tokens.issue_refresh(grant, self.make_refresh(grant))
        return self._issue(grant, refresh, grant.scopes)

    def _exchange_refresh(self, form: dict[str, str], client_id: str) -> Response:
        refresh = self.world.tokens.exchange(
            form.get("refresh_token", ""),
            vendor=self.vendor,
            client_id=client_id,
            rule=self.refresh_rule,
            make=self.make_refresh,
        )
        return self._issue(refresh.grant, refresh, refresh.grant.scopes)

    def _issue(self, grant: Grant, refresh: RefreshToken | None, scopes: tuple[str, ...]) -> Response:
        access = self.world.tokens.issue_access(grant, self.make_access(grant), seconds=self.seconds(), scopes=scopes)
        return as_json(self.answer(access, refresh), headers=[("Cache-Control", "no-store")])


def _verifies(code: Code, verifier: str) -> bool:
    """RFC 7636, 4.6. A verifier without a challenge is refused, too."""
    if not code.challenge:
        return not verifier
    if code.challenge_method == "S256":
        digest = hashlib.sha256(verifier.encode()).digest()
        verifier = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return _same(verifier, code.challenge)


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())
