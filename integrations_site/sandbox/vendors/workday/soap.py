"""SOAP Get_Workers of Human_Resources: pages, the transaction log's change filter, and faults with HTTP 500."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

import msgspec
from lxml import etree

from integrations_site.sandbox.clock import parse_instant
from integrations_site.sandbox.data import Table
from integrations_site.sandbox.messages import Request, Response
from integrations_site.sandbox.paging import page_of
from integrations_site.sandbox.vendors.workday.shapes import is_active

_WD = "urn:com.workday/bsvc"
_DEFAULT, _MOST = 100, 999
_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?><env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/">'
    "<env:Body>%s</env:Body></env:Envelope>"
)
_FAULT = "<env:Fault><faultcode>env:%s</faultcode><faultstring>%s</faultstring></env:Fault>"

_REFUSALS = {
    401: ("Client.authenticationError", "invalid username or password"),
    429: ("Server", "Too many requests"),
}
_UNAVAILABLE = ("Server", "The service is unavailable")


class SoapFault(Exception):
    """What Workday answers with a fault: `code` begins with whose fault it is (SOAP 1.1, 4.4.1)."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Call:
    """A SOAP call: its operation, who makes it, and its texts by the name of their element."""

    operation: str
    username: str
    password: str
    texts: dict[str, str]


def read_call(body: bytes) -> Call:
    """The call in an envelope. Raises SoapFault."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError:
        raise SoapFault("Client.validationError", "Validation error occurred. The body is no XML") from None
    texts = {etree.QName(one).localname: (one.text or "").strip() for one in root.iter() if isinstance(one.tag, str)}
    found = root.find("{*}Body/*")
    if found is None:
        raise SoapFault("Client.validationError", "Validation error occurred. The envelope has no body")
    return Call(etree.QName(found).localname, texts.get("Username", ""), texts.get("Password", ""), texts)


def fault(error: SoapFault) -> Response:
    """500, whatever it is about."""
    return _answer(_FAULT % (error.code, escape(str(error))), status=500)


def as_fault(refusal: Response) -> Response:
    """What the other addresses would say with a status of its own: 500, too. Headers stay as they are."""
    answer = fault(SoapFault(*_REFUSALS.get(refusal.status, _UNAVAILABLE)))
    answer.headers += refusal.headers
    return answer


def server_timestamp(now: str) -> Response:
    """The cheapest answer there is."""
    data = f"<wd:Server_Timestamp_Data>{now}</wd:Server_Timestamp_Data>"
    return _answer(f'<wd:Server_Timestamp xmlns:wd="{_WD}">{data}</wd:Server_Timestamp>')


def get_workers(request: Request, call: Call, table: Table) -> Response:
    """One page. Raises SoapFault."""
    try:
        page, count = int(call.texts.get("Page") or 1), int(call.texts.get("Count") or _DEFAULT)
        found = _select(call.texts, table)
    except ValueError:
        raise SoapFault("Client.validationError", "Validation error occurred. Invalid number, date or time") from None
    if page < 1 or not 1 <= count <= _MOST:
        raise SoapFault(
            "Client.validationError", f"Validation error occurred. Page begins with 1, Count is 1 to {_MOST}"
        )
    chosen = page_of(request, found, (page - 1) * count, count)
    results = (
        f"<wd:Response_Results><wd:Total_Results>{len(found)}</wd:Total_Results>"
        f"<wd:Total_Pages>{-(-len(found) // count)}</wd:Total_Pages><wd:Page_Results>{len(chosen)}</wd:Page_Results>"
        f"<wd:Page>{page}</wd:Page></wd:Response_Results>"
    )
    personal, employment = _is_wanted(call, "Personal_Information"), _is_wanted(call, "Employment_Information")
    workers = "".join(_worker(table, index, personal, employment) for index in chosen)
    data = f"<wd:Response_Data>{workers}</wd:Response_Data>" if workers else ""
    return _answer(f'<wd:Get_Workers_Response xmlns:wd="{_WD}">{results}{data}</wd:Get_Workers_Response>')


def _answer(content: str, *, status: int = 200) -> Response:
    return Response(status, (_ENVELOPE % content).encode(), content_type="text/xml; charset=utf-8")


def _is_wanted(call: Call, group: str) -> bool:
    """Parts of a worker come where they are asked for, or where nothing is."""
    return "Response_Group" not in call.texts or call.texts.get(f"Include_{group}", "").lower() in ("1", "true")


def _select(texts: dict[str, str], table: Table) -> Sequence[int]:
    """Those who were there at As_Of_Entry_DateTime and fit the criteria. Raises ValueError."""
    bounds: list[tuple[Callable[[int], int], float, float]] = []
    if as_of := texts.get("As_Of_Entry_DateTime"):
        bounds.append((table.created, 0, parse_instant(as_of)))
    for kind, clock in (("Updated", table.updated), ("Effective", table.created)):
        since, until = texts.get(f"{kind}_From"), texts.get(f"{kind}_Through")
        if since or until:
            bounds.append((clock, parse_instant(since or "0"), parse_instant(until) if until else float("inf")))
    active_alone = texts.get("Exclude_Inactive_Workers", "").lower() in ("1", "true")
    if not bounds and not active_alone:
        return table.live()
    return [
        index
        for index in table.live()
        if (not active_alone or is_active(index)) and all(low <= clock(index) <= high for clock, low, high in bounds)
    ]


def _worker(table: Table, index: int, personal: bool, employment: bool) -> str:
    told = msgspec.json.decode(table.record(index), type=dict[str, str])
    xml = {name: escape(value) for name, value in told.items()}
    reference = (
        f"<wd:Worker_Reference wd:Descriptor={quoteattr(told['Full_Name'])}>"
        f'<wd:ID wd:type="WID">{xml["Workday_ID"]}</wd:ID>'
        f'<wd:ID wd:type="Employee_ID">{xml["Employee_ID"]}</wd:ID></wd:Worker_Reference>'
    )
    ids = f"<wd:Worker_ID>{xml['Employee_ID']}</wd:Worker_ID><wd:User_ID>{xml['User_ID']}</wd:User_ID>"
    parts = (_personal(told, xml) if personal else "") + (_employment(xml) if employment else "")
    return f"<wd:Worker>{reference}<wd:Worker_Data>{ids}{parts}</wd:Worker_Data></wd:Worker>"


def _personal(told: dict[str, str], xml: dict[str, str]) -> str:
    return (
        "<wd:Personal_Data><wd:Name_Data><wd:Preferred_Name_Data>"
        f"<wd:Name_Detail_Data wd:Formatted_Name={quoteattr(told['Full_Name'])}>"
        f"<wd:First_Name>{xml['First_Name']}</wd:First_Name><wd:Last_Name>{xml['Last_Name']}</wd:Last_Name>"
        "</wd:Name_Detail_Data></wd:Preferred_Name_Data></wd:Name_Data><wd:Contact_Data><wd:Email_Address_Data>"
        f'<wd:Email_Address>{xml["Email"]}</wd:Email_Address><wd:Usage_Data wd:Public="1">'
        '<wd:Type_Data wd:Primary="1"><wd:Type_Reference><wd:ID wd:type="Communication_Usage_Type_ID">WORK</wd:ID>'
        "</wd:Type_Reference></wd:Type_Data></wd:Usage_Data></wd:Email_Address_Data></wd:Contact_Data>"
        "</wd:Personal_Data>"
    )


def _employment(xml: dict[str, str]) -> str:
    ended = xml["Termination_Date"]
    termination = f"<wd:Termination_Date>{ended}</wd:Termination_Date>" if ended else ""
    manager = ""
    if xml["Manager_ID"]:
        tag = "wd:Manager_as_of_last_detected_manager_change_Reference"
        manager = f'<{tag}><wd:ID wd:type="WID">{xml["Manager_ID"]}</wd:ID></{tag}>'
    return (
        f'<wd:Employment_Data><wd:Worker_Job_Data wd:Primary_Job="1"><wd:Position_Data>'
        f"<wd:Business_Title>{xml['Business_Title']}</wd:Business_Title>"
        f"<wd:Business_Site_Summary_Data><wd:Name>{xml['Location']}</wd:Name></wd:Business_Site_Summary_Data>"
        f"{manager}</wd:Position_Data></wd:Worker_Job_Data><wd:Worker_Status_Data><wd:Active>{xml['Active']}</wd:Active>"
        f"<wd:Hire_Date>{xml['Hire_Date']}</wd:Hire_Date>{termination}</wd:Worker_Status_Data></wd:Employment_Data>"
    )
