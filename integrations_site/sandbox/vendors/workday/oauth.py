"""Workday's OAuth: an address for each tenant, Basic, no scopes, refresh tokens that stay as they are."""

from integrations_site.sandbox.accounts import Account
from integrations_site.sandbox.messages import Response
from integrations_site.sandbox.oauth import AuthorizationServer
from integrations_site.sandbox.world import World

ACCOUNTS = (
    Account("northwind", "northwind", "Northwind Trading"),
    Account("contoso", "contoso", "Contoso Retail", share=0.5),
    Account("empty", "empty", "Blank Slate Ltd", share=0),
)
# What an administrator generates for an integration system user.
ISU_REFRESH_TOKEN = "workday-demo-refresh-"  # noqa: S105 - the tenant follows


class WorkdayOAuth(AuthorizationServer):
    """One tenant's client."""

    vendor = "workday"
    client_id = "workday-demo-client"
    client_secret = "workday-demo-secret"  # noqa: S105 - a secret of the sandbox
    authentication = frozenset({"basic"})

    def __init__(self, world: World, account: Account) -> None:
        super().__init__(world)
        self.accounts = (account,)

    def exchange(self, form: dict[str, str], client_id: str) -> Response:
        """The refresh token of the integration system user needs no consent before."""
        given = form.get("refresh_token", "")
        [account] = self.accounts
        if given == f"{ISU_REFRESH_TOKEN}{account.key}":
            self.world.keep(("workday", given), lambda: self._introduce(account, given))
        return super().exchange(form, client_id)

    def _introduce(self, account: Account, token: str) -> bool:
        grant = self.world.tokens.grant(vendor=self.vendor, client_id=self.client_id, account=account, scopes=())
        self.world.tokens.issue_refresh(grant, token)
        return True
