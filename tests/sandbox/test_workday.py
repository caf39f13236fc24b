"""Workday: reports in one stream, SOAP pages and faults, REST."""

import pytest
from lxml import etree

from tests.sandbox.calling import Vendors

HOST = "/wd2-impl-services1.workday.com/ccx"
ISU = ("isu-demo", "workday-demo-secret")
WD = {"wd": "urn:com.workday/bsvc"}
ENVELOPE = (
    '<?xml version="1.0"?><e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns:w="urn:com.workday/bsvc"><e:Header><w:Security><w:UsernameToken><w:Username>%s</w:Username>'
    "<w:Password>%s</w:Password></w:UsernameToken></w:Security></e:Header><e:Body>%s</e:Body></e:Envelope>"
)


def _soap(vendors: Vendors, body: str, user: str = "isu-demo@northwind") -> tuple[int, etree._Element]:
    answer = vendors.http.post(
        f"{HOST}/service/northwind/Human_Resources/v40.0",
        content=ENVELOPE % (user, ISU[1], body),
        headers={"Content-Type": "text/xml"},
    )
    return answer.status_code, etree.fromstring(answer.content)


def _workers(criteria: str, page: int = 1) -> str:
    paging = f"<w:Response_Filter><w:Page>{page}</w:Page><w:Count>25</w:Count></w:Response_Filter>"
    return f'<w:Get_Workers_Request w:version="v40.0">{criteria}{paging}</w:Get_Workers_Request>'


def test_a_report_is_one_stream(vendors: Vendors) -> None:
    vendors.running.control.reset(records=1234)
    path = f"{HOST}/service/customreport2/northwind/isu-demo/Workers"
    workers = vendors.http.get(path, params={"format": "json"}, auth=ISU).json()["Report_Entry"]
    assert len({worker["Workday_ID"] for worker in workers}) == 1234
    assert {worker["Active"] for worker in workers} == {"0", "1"}
    assert {worker["Manager_ID"] for worker in workers} <= {worker["Workday_ID"] for worker in workers} | {""}
    token = vendors.connect("workday")["access_token"]
    assert vendors.get(path, token, format="json").status_code == 200
    assert vendors.get(path.replace("northwind", "contoso"), token, format="json").status_code == 401
    assert vendors.http.get(path, params={"format": "json"}, auth=("isu-demo", "wrong")).status_code == 401
    assert vendors.http.get(path + "x", params={"format": "json"}, auth=ISU).status_code == 404


def test_soap_pages_and_change_filter(vendors: Vendors) -> None:
    found: list[str] = []
    for page in (1, 2, 3):
        status, answer = _soap(vendors, _workers("", page))
        assert status == 200
        found += [str(one.text) for one in answer.findall(".//wd:Worker_Reference/wd:ID[@wd:type='WID']", WD)]
    assert answer.findtext(".//wd:Total_Pages", namespaces=WD) == "3"
    assert len(set(found)) == 60
    changed = vendors.running.control.records("workday", "workers", change=[found[7]], fields={"Email": "a&b@x.test"})
    assert changed["changed"] == [found[7]]
    criteria = (
        "<w:Request_Criteria><w:Transaction_Log_Criteria_Data><w:Transaction_Date_Range_Data><w:Updated_From>"
        "2026-10-02T00:00:00Z</w:Updated_From></w:Transaction_Date_Range_Data></w:Transaction_Log_Criteria_Data>"
        "</w:Request_Criteria>"
    )
    status, answer = _soap(vendors, _workers(criteria))
    assert answer.xpath("//wd:Email_Address/text()", namespaces=WD) == ["a&b@x.test"]


def test_soap_faults_are_500_whatever_they_are_about(vendors: Vendors) -> None:
    for body, user, code in (
        (_workers(""), "isu-demo@contoso", "authenticationError"),
        ("<w:Terminate_Employee_Request/>", "isu-demo@northwind", "validationError"),
        (_workers("", page=0), "isu-demo@northwind", "validationError"),
    ):
        status, answer = _soap(vendors, body, user)
        assert (status, str(answer.findtext(".//faultcode"))) == (500, f"env:Client.{code}")
    status, answer = _soap(vendors, "<w:Server_Timestamp_Get/>")
    assert (status, answer.findtext(".//wd:Server_Timestamp_Data", namespaces=WD) is not None) == (200, True)


@pytest.mark.parametrize(
    ("kind", "details", "told"),
    [
        ("rate_limited", {"seconds": 3}, ("env:Server", "Too many requests")),
        ("server_error", {"status": 503}, ("env:Server", "The service is unavailable")),
        ("expired_token", {}, ("env:Client.authenticationError", "invalid username or password")),
    ],
)
def test_what_goes_wrong_on_demand_is_a_fault_too(
    kind: str, details: dict[str, int], told: tuple[str, str], vendors: Vendors
) -> None:
    vendors.running.control.fault(kind, host="wd2-impl-services1.workday.com", times=1, **details)
    status, answer = _soap(vendors, _workers(""))
    assert (status, answer.findtext(".//faultcode"), answer.findtext(".//faultstring")) == (500, *told)
    assert _soap(vendors, _workers(""))[0] == 200


def test_too_many_calls_are_a_fault_too(vendors: Vendors) -> None:
    vendors.running.control.limit("workday", requests=1, seconds=60)
    statuses = [_soap(vendors, _workers(""))[0] for _ in range(2)]
    _, answer = _soap(vendors, _workers(""))
    assert (statuses, answer.findtext(".//faultstring")) == ([200, 500], "Too many requests")


def test_rest_is_thin(vendors: Vendors) -> None:
    token = vendors.connect("workday")["access_token"]
    told = vendors.get(f"{HOST}/api/staffing/v6/northwind/workers", token, limit=100, offset=50).json()
    assert (told["total"], len(told["data"])) == (60, 10)
