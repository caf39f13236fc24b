"""What nobody should send is refused in the vendor's words."""

from typing import Any

from tests.sandbox.calling import DOORS, Vendors


def test_quickbooks_refuses_a_list_and_a_number_that_is_none(vendors: Vendors) -> None:
    told, door = vendors.connect("quickbooks"), DOORS["quickbooks"]
    revoke = "/developer.api.intuit.com/v2/oauth2/tokens/revoke"
    bodies: tuple[Any, ...] = ([], {"token": 1}, {})
    for body in bodies:
        answer = vendors.http.post(revoke, json=body, auth=(door.client, door.secret))
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    path = f"/quickbooks.api.intuit.com/v3/company/{told['redirect']['realmId']}/query"
    statement = "SELECT * FROM Invoice WHERE TotalAmt > 'x'"
    refused = vendors.get(path, told["access_token"], query=statement)
    assert (refused.status_code, refused.json()["Fault"]["Error"][0]["code"]) == (400, "4000")
    assert vendors.get(path, told["access_token"], query=statement.replace("x", "1")).status_code == 200


def test_slack_refuses_json_that_is_no_object(vendors: Vendors) -> None:
    headers = {"Authorization": f"Bearer {vendors.connect('slack')['access_token']}"}
    for body in ([1], "x", 1):
        answer = vendors.http.post("/slack.com/api/auth.test", json=body, headers=headers)
        assert (answer.status_code, answer.json()) == (200, {"ok": False, "error": "json_not_object"})
