"""The provider that nobody coded: every paging, every placement of a credential, the incremental filter."""

from typing import Any

import pytest

from tests.sandbox.calling import Vendors

KEY = {"X-Api-Key": "demo-key"}


def _get(vendors: Vendors, path: str, **query: Any) -> Any:
    return vendors.http.get(f"/generic/{path}", params=query, headers=KEY).raise_for_status()


def test_every_paging_ends_with_everything(vendors: Vendors) -> None:
    cursor, by_cursor = None, []
    while True:
        page = _get(vendors, "cursor/contacts", limit=17, **({"cursor": cursor} if cursor else {})).json()
        by_cursor += page["items"]
        if (cursor := page["next"]) is None:
            break
    by_offset = [_get(vendors, "offset", limit=20, offset=start).json() for start in (0, 20, 40, 60)]
    assert [len(page["data"]["records"]) for page in by_offset] == [20, 20, 20, 0]
    by_page = [_get(vendors, "page", per_page=40, page=number).json() for number in (1, 2)]
    assert (by_page[0]["pageCount"], by_page[0]["total"]) == (2, 60)
    linked, address = [], f"{vendors.running.url}/generic/link?per_page=25"
    while address:
        answer = vendors.http.get(address, headers=KEY)
        linked += answer.json()
        address = answer.links.get("next", {}).get("url", "")
    assert len({record["id"] for record in by_cursor}) == 60
    assert by_cursor == [one for page in by_offset for one in page["data"]["records"]]
    assert by_cursor == [one for page in by_page for one in page["results"]]
    assert by_cursor == linked == _get(vendors, "none").json()["items"]


def test_endless_never_ends_and_stuck_stays(vendors: Vendors) -> None:
    cursor, seen = "", set()
    for _ in range(20):
        cursor = _get(vendors, "endless", limit=10, cursor=cursor).json()["next"]
        assert cursor not in seen
        seen.add(cursor)
    stuck = {_get(vendors, "stuck", cursor=cursor).json()["next"] for cursor in ("", "YXQ6MQ")}
    assert len(stuck) == 1


@pytest.mark.parametrize(
    "given",
    [
        {"headers": KEY},
        {"headers": {"Authorization": "Bearer demo-key"}},
        {"params": {"api_key": "demo-key"}},
        {"auth": ("demo-key", "")},
        {"auth": ("somebody", "demo-key")},
    ],
)
def test_a_key_may_stand_anywhere(vendors: Vendors, given: dict[str, Any]) -> None:
    assert vendors.http.get("/generic/account", **given).json()["account"]["id"] == "org-1001"


def test_without_a_good_key_nothing_is_told(vendors: Vendors) -> None:
    for given in ({}, {"X-Api-Key": "other"}, {"X-Api-Key": "demo-key-nobody"}):
        for path in ("health", "account", "cursor", "offset/orders", "none"):
            assert vendors.http.get(f"/generic/{path}", headers=given).status_code == 401
    other = vendors.http.get("/generic/account", headers={"X-Api-Key": "demo-key-contoso"}).json()
    assert other["account"]["id"] == "org-1002"
    token = vendors.connect("generic", account="contoso")["access_token"]
    assert vendors.get("/generic/account", token).json() == other


def test_increments_and_search(vendors: Vendors) -> None:
    control = vendors.running.control
    done = control.records("generic", "orders", change=3, delete=2, add=1, fields={"note": "Zebra crossing"})
    found = _get(vendors, "page/orders", updated_since="2026-10-02T00:00:00Z").json()["results"]
    assert {one["id"] for one in found} == {*done["changed"], *done["added"]}
    assert done["total"] == 59
    assert {one["id"] for one in _get(vendors, "cursor/orders", q="zebra").json()["items"]} == {
        one["id"] for one in found
    }
    dated = vendors.http.get(
        "/generic/cursor/orders", headers={**KEY, "If-Modified-Since": "Fri, 02 Oct 2026 00:00:00 GMT"}
    )
    assert dated.json()["items"] == found
    assert vendors.http.get("/generic/cursor", params={"updated_since": "soon"}, headers=KEY).status_code == 400
