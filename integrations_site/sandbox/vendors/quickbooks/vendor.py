"""QuickBooks Online as a whole: company files, queries, changes, and webhooks that name ids alone."""

import json
import time
from collections.abc import Iterable, Sequence
from typing import Any

from integrations_site.sandbox.accounts import Account
from integrations_site.sandbox.clock import iso, parse_instant
from integrations_site.sandbox.data import Mutation, Table, between
from integrations_site.sandbox.limits import Limit
from integrations_site.sandbox.messages import Refusal, Request, Response, as_json
from integrations_site.sandbox.paging import page_of
from integrations_site.sandbox.routing import Handler, Route, either, get, post
from integrations_site.sandbox.vendors.quickbooks.oauth import ACCOUNTS, IntuitOAuth
from integrations_site.sandbox.vendors.quickbooks.query import QueryError, parse, select
from integrations_site.sandbox.vendors.quickbooks.shapes import NAME_LISTS, SHAPES, company_time
from integrations_site.sandbox.vendors.vendor import Vendor
from integrations_site.sandbox.webhooks import Webhook, WebhookOrder, in_base64, secret_of
from integrations_site.sandbox.world import World
from integrations_site.sandbox.xml import in_xml, wants_json

VERIFIER_TOKEN = "quickbooks-demo-verifier"  # noqa: S105 - a secret of the sandbox
_COMPANY = "/quickbooks.api.intuit.com/v3/company/{realm}"
_LOOK_BACK = 30 * 86_400
_MOST_CHANGES = 1000
_OPERATIONS = {"added": "Create", "changed": "Update", "deleted": "Delete"}


def fault(kind: str, code: str, message: str, detail: str, *, status: int = 400) -> Response:
    """Intuit's Fault."""
    told = {"Error": [{"Message": message, "Detail": detail, "code": code}], "type": kind}
    return as_json({"Fault": told, "time": iso(time.time())}, status=status)


class QuickBooks(Vendor):
    """quickbooks.api.intuit.com and what belongs to it"""

    slug = "quickbooks"
    hosts = (
        "quickbooks.api.intuit.com",
        "appcenter.intuit.com",
        "oauth.platform.intuit.com",
        "developer.api.intuit.com",
    )
    accounts = ACCOUNTS
    shapes = SHAPES
    limits = (Limit(10, 1.0, "second"), Limit(500, 60.0, "minute"))

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._oauth = IntuitOAuth(world)

    def routes(self) -> Iterable[Route]:
        """OAuth, query, cdc, companyinfo and single objects."""
        yield either("/appcenter.intuit.com/connect/oauth2", self._oauth.authorize)
        yield post("/oauth.platform.intuit.com/oauth2/v1/tokens/bearer", self._oauth.token)
        yield post("/developer.api.intuit.com/v2/oauth2/tokens/revoke", self._oauth.revoke)
        yield either(f"{_COMPANY}/query", self._in_the_form_asked_for(self._query))
        yield get(f"{_COMPANY}/cdc", self._in_the_form_asked_for(self._changes))
        yield get(f"{_COMPANY}/companyinfo/{{id}}", self._in_the_form_asked_for(self._company_info))
        yield get(f"{_COMPANY}/{{entity}}/{{id}}", self._in_the_form_asked_for(self._one))

    def rate_limited(self, retry_after: float | None, limit: Limit | None = None) -> Response:
        """Of itself without Retry-After: sixty seconds are known to help."""
        response = fault("ThrottleExceeded", "3001", "message=ThrottleExceeded", "statusCode=429", status=429)
        if retry_after is not None and limit is None:
            response.headers.append(("Retry-After", str(round(retry_after))))
        return response

    def unavailable(self, status: int) -> Response:
        """A severe code."""
        return fault("SERVICE", "10000", "An application error has occurred", "Please try again", status=status)

    def unauthorised(self, why: str) -> Response:
        """401, in small letters."""
        error = {"message": "message=AuthenticationFailed; errorCode=003200; statusCode=401", "code": "3200"}
        error["detail"] = f"Token {why}"
        told = {"fault": {"error": [error], "type": "AUTHENTICATION"}}
        return as_json(told, status=401, headers=[("WWW-Authenticate", "Bearer")])

    def delete(self, table: Table, indices: Sequence[int]) -> list[Mutation]:
        """Names are only made inactive."""
        if table.shape.entity in NAME_LISTS:
            return table.change(indices, {"Active": False})
        return table.delete(indices)

    def webhooks(self, order: WebhookOrder, account: Account) -> list[Webhook]:
        """One webhook about the latest `count` changes; form `cloudevents` (default) or `legacy`.

        `event` is such as `Invoice.Update`; where nothing was changed yet, it is about the newest record.
        """
        entities = self._changed(order, account)
        number = len(self.world.keep(("quickbooks", "webhooks"), list))
        self.world.keep(("quickbooks", "webhooks"), list).append(number)
        told = _legacy(account, entities) if order.form == "legacy" else _cloud_events(account, entities, number)
        body = json.dumps(told).encode()
        signature = in_base64(secret_of(order, VERIFIER_TOKEN), body)
        return [Webhook(f"quickbooks-{number}", body, {"intuit-signature": signature})]

    def _changed(self, order: WebhookOrder, account: Account) -> list[dict[str, str]]:
        entity, _, operation = order.event.partition(".")
        found = [
            {
                "name": done.table.shape.entity,
                "id": done.table.id_of(done.index),
                "operation": _OPERATIONS[done.kind],
                "lastUpdated": iso(done.at),
            }
            for done in self.world.mutations_of(self.slug, account)
            if entity in ("", done.table.shape.entity) and operation in ("", _OPERATIONS[done.kind])
        ][-order.count :]
        if found and not order.id:
            return found
        table = self.table(account, entity or "Invoice")
        identifier = order.id or table.id_of(table.newest()[0])
        now = iso(self.world.clock.now())
        return [{"name": table.shape.entity, "id": identifier, "operation": operation or "Update", "lastUpdated": now}]

    def _in_the_form_asked_for(self, handle: Handler) -> Handler:
        def handled(request: Request) -> Response:
            try:
                response = handle(request)
            except Refusal as refusal:
                response = refusal.response
            return response if wants_json(request) else in_xml(response, "IntuitResponse")

        return handled

    def _company(self, request: Request) -> Account:
        account, _ = self.signed_in(request)
        if request.parameters["realm"] != account.id:
            detail = "The token is for another company, or for another environment"
            raise Refusal(fault("AuthorizationFault", "3100", "ApplicationAuthorizationFailed", detail, status=403))
        return account

    def _entity(self, account: Account, name: str) -> Table:
        for entity in SHAPES:
            if entity.lower() == name.lower():
                return self.table(account, entity)
        message = f"Metadata not found for Entity: {name}"
        raise Refusal(fault("ValidationFault", "4002", message, message))

    def _query(self, request: Request) -> Response:
        account = self._company(request)
        statement = request.query.get("query", "") if request.method == "GET" else request.body.decode(errors="replace")
        try:
            query = parse(statement)
            table = self._entity(account, query.entity)
            found = select(table, query)
        except QueryError as error:
            return fault("ValidationFault", "4000", "Error parsing query", str(error))
        now = iso(self.world.clock.now()).encode()
        if query.counts:
            return Response(200, b'{"QueryResponse":{"totalCount":%d},"time":"%b"}' % (len(found), now))
        page = self.world.pages.joined(request, table, found, query.start, query.most)
        if not page:
            return Response(200, b'{"QueryResponse":{},"time":"%b"}' % now)
        told = b'{"QueryResponse":{"%b":[%b],"startPosition":%d,"maxResults":%d},"time":"%b"}'
        count = min(query.most, len(found) - query.start)
        return Response(200, told % (table.shape.entity.encode(), page, query.start + 1, count, now))

    def _changes(self, request: Request) -> Response:
        account = self._company(request)
        now = self.world.clock.now()
        try:
            since = parse_instant(request.query.get("changedSince", ""))
        except ValueError:
            return fault("ValidationFault", "4001", "changedSince is no time", request.query.get("changedSince", ""))
        if since < now - _LOOK_BACK:
            return fault("ValidationFault", "4001", "changedSince is too long ago", "It may lie 30 days back")
        room, answers = _MOST_CHANGES, []
        for name in request.query.get("entities", "").split(","):
            table = self._entity(account, name.strip())
            records = page_of(request, _changed_since(table, since), 0, room)
            room -= min(len(records), room)
            part = b'{"%b":[%b],"startPosition":1,"maxResults":%d}'
            answers.append(part % (table.shape.entity.encode(), b",".join(records), len(records)) if records else b"{}")
        told = b'{"CDCResponse":[{"QueryResponse":[%b]}],"time":"%b"}'
        return Response(200, told % (b",".join(answers), iso(now).encode()))

    def _company_info(self, request: Request) -> Response:
        account = self._company(request)
        told = {"Id": "1", "CompanyName": account.name, "LegalName": account.name, "Country": "US"}
        return as_json({"CompanyInfo": told, "time": iso(self.world.clock.now())})

    def _one(self, request: Request) -> Response:
        table = self._entity(self._company(request), request.parameters["entity"])
        index = table.index_of(request.parameters["id"])
        if index is None or not table.is_alive(index):
            return fault("ValidationFault", "610", "Object Not Found", "Something you are trying to use was deleted")
        now = iso(self.world.clock.now()).encode()
        return Response(200, b'{"%b":%b,"time":"%b"}' % (table.shape.entity.encode(), table.record(index), now))


def _changed_since(table: Table, since: float) -> list[bytes]:
    """What was changed since then, and what was deleted."""
    changed = table.records(between(table.by_update(), table.updated, since))
    gone = b'{"domain":"QBO","status":"Deleted","Id":"%b","MetaData":{"LastUpdatedTime":"%b"}}'
    deleted = [gone % (table.id_of(i).encode(), company_time(at).encode()) for i, at in table.gone_since(since)]
    return [*changed, *deleted]


def _legacy(account: Account, entities: list[dict[str, str]]) -> dict[str, Any]:
    return {"eventNotifications": [{"realmId": account.id, "dataChangeEvent": {"entities": entities}}]}


def _cloud_events(account: Account, entities: list[dict[str, str]], number: int) -> list[dict[str, Any]]:
    return [
        {
            "specversion": "1.0",
            "id": f"evt-{number}-{place}",
            "source": "intuit.sandbox",
            "type": f"qbo.{entity['name'].lower()}.{entity['operation'].lower()}d.v1",
            "datacontenttype": "application/json",
            "time": entity["lastUpdated"],
            "intuitentityid": entity["id"],
            "intuitaccountid": account.id,
            "data": {},
        }
        for place, entity in enumerate(entities)
    ]
