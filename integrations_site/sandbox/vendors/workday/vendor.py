"""Workday as a whole: one tenant in each address, reports, SOAP and REST."""

import hmac
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from integrations_site.sandbox.accounts import Account, account_of
from integrations_site.sandbox.clock import iso, parse_instant
from integrations_site.sandbox.consent import refusal_page
from integrations_site.sandbox.data import Table
from integrations_site.sandbox.limits import Limit
from integrations_site.sandbox.messages import Refusal, Request, Response, as_json, whole_number
from integrations_site.sandbox.paging import page_of
from integrations_site.sandbox.routing import Route, either, get, post
from integrations_site.sandbox.vendors.vendor import Vendor
from integrations_site.sandbox.vendors.workday.oauth import ACCOUNTS, WorkdayOAuth
from integrations_site.sandbox.vendors.workday.shapes import SHAPES
from integrations_site.sandbox.vendors.workday.soap import (
    SoapFault,
    as_fault,
    fault,
    get_workers,
    read_call,
    server_timestamp,
)
from integrations_site.sandbox.world import World

ISU_NAME, ISU_PASSWORD = "isu-demo", "workday-demo-secret"
_DOMAIN = ".workday.com"
_BLOCK = 500
_REPORTS = {"workers": "workers", "approvers": "approvers"}
_SCHEMA = '<?xml version="1.0"?><xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema"/>'


class Workday(Vendor):
    """impl.workday.com for consents; every other host below workday.com for calls"""

    slug = "workday"
    hosts = ("impl.workday.com", "wd2-impl-services1.workday.com")
    accounts = ACCOUNTS
    shapes = SHAPES
    limits = (Limit(10, 1.0, "second"),)

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._servers = {account.key: WorkdayOAuth(world, account) for account in ACCOUNTS}

    def routes(self) -> Iterable[Route]:
        """OAuth by tenant, RaaS, SOAP and REST."""
        api = "/{host}.workday.com/ccx"
        yield either("/impl.workday.com/{tenant}/authorize", self._authorize)
        yield post(f"{api}/oauth2/{{tenant}}/token", self._token)
        yield get(f"{api}/service/customreport2/{{tenant}}/{{owner}}/{{report}}", self._report)
        yield post(f"{api}/service/{{tenant}}/Human_Resources/{{version}}", self._human_resources)
        yield get(f"{api}/api/staffing/v6/{{tenant}}/workers", self._workers)

    def rate_limited(self, retry_after: float | None, limit: Limit | None = None) -> Response:
        """429 without a word of how long, unless a fault says so."""
        headers = [("Retry-After", str(round(retry_after)))] if retry_after is not None and limit is None else []
        return as_json({"error": "too many requests"}, status=429, headers=headers)

    def unavailable(self, status: int) -> Response:
        """Maintenance looks like this, too."""
        return as_json({"error": "The service is unavailable", "errors": []}, status=status)

    def unauthorised(self, why: str) -> Response:
        """401."""
        return as_json({"error": "invalid_token", "errors": [{"error": f"token {why}"}]}, status=401)

    def worded(self, request: Request, refusal: Response) -> Response:
        """SOAP tells of everything by faults with 500."""
        return as_fault(refusal) if "/Human_Resources/" in request.path else refusal

    def is_here(self, host: str) -> bool:
        """Any host below workday.com."""
        return host.endswith(_DOMAIN)

    def tables_read(self, request: Request) -> list[Table]:
        """What the report lists, or else the workers, of the tenant in the address."""
        tenant = account_of(ACCOUNTS, request.parameters.get("tenant", ""))
        entity = _REPORTS.get(request.parameters.get("report", "workers").lower())
        return [self.table(tenant, entity)] if tenant and entity else []

    def _tenant(self, request: Request) -> Account | None:
        return account_of(ACCOUNTS, request.parameters["tenant"])

    def _authorize(self, request: Request) -> Response:
        account = self._tenant(request)
        if account is None:
            return refusal_page(self.slug, "There is no such tenant.", status=404)
        return self._servers[account.key].authorize(request)

    def _token(self, request: Request) -> Response:
        account = self._tenant(request)
        if account is None:
            return as_json({"error": "invalid_request", "error_description": "no such tenant"}, status=404)
        return self._servers[account.key].token(request)

    def _caller(self, request: Request) -> Account:
        """The tenant of the address, where the token or the user is its own. Raises Refusal."""
        tenant, basic = self._tenant(request), request.basic()
        if basic is None:
            account, _ = self.signed_in(request)
            if account != tenant:
                raise Refusal(self.unauthorised("for another tenant"))
            return account
        if tenant is None or not _is_isu(basic[0], basic[1], tenant):
            raise Refusal(self.unauthorised("unknown"))
        self.require_room(request, tenant)
        return tenant

    def _report(self, request: Request) -> Response:
        """Everything in one answer, which streams."""
        account, query = self._caller(request), request.query
        entity = _REPORTS.get(request.parameters["report"].lower())
        if entity is None:
            return as_json({"error": "There is no such report, or it is no web service"}, status=404)
        if "xsds" in query:
            return Response(200, _SCHEMA.encode(), content_type="text/xml")
        if query.get("format") != "json":
            return as_json({"error": "the sandbox knows format=json and xsds alone"}, status=400)
        table = self.table(account, entity)
        try:
            found = _changed_since(table, query.get("Changed_Since"))
        except ValueError:
            return as_json({"error": "Changed_Since is no time"}, status=400)
        return Response(200, stream=_entries(table, page_of(request, found, 0, len(found))))

    def _human_resources(self, request: Request) -> Response:
        tenant = self._tenant(request)
        try:
            call = read_call(request.body)
            name, _, of_tenant = call.username.partition("@")
            if tenant is None or of_tenant != tenant.key or not _is_isu(name, call.password, tenant):
                raise SoapFault("Client.authenticationError", "invalid username or password")
            self.require_room(request, tenant)
            match call.operation:
                case "Get_Workers_Request":
                    return get_workers(request, call, self.table(tenant, "workers"))
                case "Server_Timestamp_Get":
                    return server_timestamp(iso(self.world.clock.now()))
                case _:
                    raise SoapFault(
                        "Client.validationError", f"Processing error occurred. No operation {call.operation}"
                    )
        except SoapFault as error:
            return fault(error)

    def _workers(self, request: Request) -> Response:
        account, query = self._caller(request), request.query
        try:
            limit = whole_number(query.get("limit"), 20, least=1, most=100)
            offset = whole_number(query.get("offset"), 0, least=0, most=10**9)
        except ValueError:
            return as_json({"error": "limit and offset are whole numbers", "errors": []}, status=400)
        table = self.table(account, "workers")
        found = table.live()
        records = [msgspec.json.decode(record) for record in table.records(page_of(request, found, offset, limit))]
        data = [
            {
                "id": one["Workday_ID"],
                "descriptor": one["Full_Name"],
                "primaryWorkEmail": one["Email"],
                "businessTitle": one["Business_Title"],
            }
            for one in records
        ]
        return as_json({"total": len(found), "data": data})


def _is_isu(name: str, password: str, tenant: Account) -> bool:
    known = hmac.compare_digest(password.encode(), ISU_PASSWORD.encode())
    return known and name in (ISU_NAME, f"{ISU_NAME}@{tenant.key}")


def _changed_since(table: Table, text: str | None) -> Sequence[int]:
    if text is None:
        return table.live()
    since = parse_instant(text)
    return [index for index in table.live() if table.updated(index) >= since]


def _entries(table: Table, found: Sequence[int]) -> Iterator[bytes]:
    yield b'{"Report_Entry":['
    for first in range(0, len(found), _BLOCK):
        yield (b"," if first else b"") + b",".join(table.records(found[first : first + _BLOCK]))
    yield b"]}"
