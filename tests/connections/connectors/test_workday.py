"""Workday: a report, or Get_Workers; either makes the same of a worker."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Unpack

import msgspec
import pytest

from connections.connectors.workday.envelopes import read_answer
from connections.sdk.errors import AnswerUnreadable, CredentialError, ProviderRejected, ProviderUnavailable
from connections.sdk.http import RequestParts, VendorHttp, VendorResponse
from connections.sdk.instants import write_instant
from tests.connections.connectors.recording import Link, ids_of, mark_of
from tests.sandbox.serving import RunningSandbox

HOST, TENANT = "wd2-impl-services1.workday.com", "northwind"
SECRET = {"host": HOST, "tenant": TENANT, "username": "isu-demo", "password": "workday-demo-secret"}
REPORT = {"reportOwner": "isu-demo", "reportName": "workers"}
FAULT = (
    '<env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/"><env:Body><env:Fault>'
    "<faultcode>env:{}</faultcode><faultstring>Why</faultstring></env:Fault></env:Body></env:Envelope>"
)
WORKERS = (
    '<env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/" xmlns:wd="urn:com.workday/bsvc"><env:Body>'
    "<wd:Get_Workers_Response><wd:Response_Results>{}</wd:Response_Results></wd:Get_Workers_Response>"
    "</env:Body></env:Envelope>"
)
PAGES = "<wd:Total_Pages>{}</wd:Total_Pages>"


@pytest.fixture
def soap(stand_in: RunningSandbox) -> Link:
    """An integration system user who may call Get_Workers."""
    return Link("workday", SECRET)


@pytest.fixture
def report(stand_in: RunningSandbox) -> Link:
    """One for whom a report was made."""
    return Link("workday", SECRET, settings=REPORT)


def workers_of(link: Link, entity: str = "employees", since: object = None) -> dict[str, dict[str, object]]:
    """All workers by their id."""
    return {one.external_id: msgspec.json.decode(one.raw) for page in link.pages(entity, since) for one in page.records}


def test_both_ways_tell_the_same_of_the_same_workers(soap: Link, report: Link) -> None:
    by_soap, by_report = workers_of(soap), workers_of(report)
    assert by_soap.keys() == by_report.keys()
    assert len(by_soap) == 60
    # The sandbox's envelopes hold no organisations.
    names = ("workdayId", "employeeId", "userId", "name", "firstName", "lastName", "email", "businessTitle", "location")
    for name in (*names, "managerId", "isActive", "hireDate", "terminationDate"):
        assert {id: one[name] for id, one in by_soap.items()} == {id: one[name] for id, one in by_report.items()}, name
    assert {one["isActive"] for one in by_soap.values()} == {True, False}


def test_every_page_is_of_one_moment(stand_in: RunningSandbox) -> None:
    stand_in.control.reset(records=350)
    soap = Link("workday", SECRET)
    pages = soap.pages("employees")
    assert len(ids_of(pages)) == len(set(ids_of(pages))) == 350
    assert {page.total for page in pages} == {350}
    moments = {sent.body.partition(b"As_Of_Entry_DateTime>")[2][:20] for sent in soap.sent if sent.body}
    assert moments == {mark_of(pages)["until"].encode()}


def test_approvers_are_those_whom_others_report_to(soap: Link, report: Link) -> None:
    workers = workers_of(soap)
    managers = {one["managerId"] for one in workers.values()} - {None}
    assert workers_of(soap, "approvers").keys() == workers_of(report, "approvers").keys() == managers


def test_an_increment_asks_for_what_was_entered_and_for_what_takes_effect(soap: Link) -> None:
    assert workers_of(soap, since={"until": "2026-11-01T00:00:00Z"}) == {}
    updated, effective = [sent.body or b"" for sent in soap.sent]
    assert b"<bsvc:Updated_From>2026-11-01T00:00:00Z<" in updated
    assert b"<bsvc:Effective_From>2026-11-01T00:00:00Z<" in effective


def test_a_report_takes_its_authors_names_and_prompts(stand_in: RunningSandbox) -> None:
    settings = {**REPORT, "reportColumns": {"name": "Employee_ID"}, "reportChangedPrompt": "Changed_Since"}
    link = Link("workday", SECRET, settings=settings)
    [page] = link.pages("employees")
    first = msgspec.json.decode(page.records[0].raw)
    assert first["name"] == first["Employee_ID"]
    assert workers_of(link, since=page.watermark) == {}
    assert set(link.sent[-1].query) == {"format", "Changed_Since"}


def test_a_report_with_a_row_for_each_job_counts_its_workers(report: Link) -> None:
    rows = [{"WID": "a", "Job": 1}, {"WID": "a", "Job": 2}, {"WID": "b", "Job": 1}]
    report.pages("employees")
    path = report.sent[-1].path
    report.recording.answers[path] = msgspec.json.encode({"Report_Entry": rows})
    [page] = report.pages("employees")
    assert (ids_of([page]), page.total) == (["a", "a", "b"], 2)


@pytest.mark.parametrize(
    ("way", "has_increments"),
    [({}, True), (REPORT, False), ({**REPORT, "reportChangedPrompt": "Changed_Since"}, True)],
    ids=["soap", "report", "report with a prompt"],
)
def test_what_is_read_whole_each_time_has_no_increments(
    stand_in: RunningSandbox, way: dict[str, str], has_increments: bool
) -> None:
    link = Link("workday", SECRET, settings=way)
    assert link.pages("approvers")[-1].watermark is None
    assert (link.pages("employees")[-1].watermark is not None) is has_increments


@pytest.mark.parametrize("more", [{}, {"reportChangedPrompt": "Changed_Since"}])
def test_an_increment_begins_before_the_one_before_was_asked_for(
    stand_in: RunningSandbox, more: dict[str, str]
) -> None:
    """What changes while a report runs, or an answer is under way, belongs to the next increment."""
    link = Link("workday", SECRET, settings={**REPORT, **more} if more else None)
    asked = dt.datetime.now(dt.UTC)
    until = dt.datetime.fromisoformat(mark_of(link.pages("employees"))["until"])
    assert dt.timedelta(seconds=59) <= asked - until <= dt.timedelta(seconds=61)


@dataclass(slots=True)
class _Behind:
    """The way to a Workday whose clock is behind the hub's; without a time it does not tell its clock."""

    http: VendorHttp
    by: dt.timedelta | None

    def request(self, method: str, path: str, **parts: Unpack[RequestParts]) -> VendorResponse:
        answer = self.http.request(method, path, **parts)
        told = {} if self.by is None else {"date": write_instant(dt.datetime.now(dt.UTC) - self.by, "httpdate")}
        return replace(answer, headers={name: answer.headers[name] for name in answer.headers if name != "date"} | told)

    def pause(self, attempt: int) -> None:
        self.http.pause(attempt)

    def filled(self, text: str) -> str:
        return self.http.filled(text)


@pytest.mark.parametrize("behind", [dt.timedelta(minutes=7), None])
def test_workdays_clock_may_be_behind(
    stand_in: RunningSandbox, monkeypatch: pytest.MonkeyPatch, behind: dt.timedelta | None
) -> None:
    """What changes there while a report runs is after the mark, be the hub's clock ahead; so is it without a clock."""
    link = Link("workday", SECRET, settings={**REPORT, "reportChangedPrompt": "Changed_Since"})
    link.recording.http = _Behind(link.recording.http, behind)
    ticks = iter([0.0, 30.0])
    monkeypatch.setattr("connections.connectors.workday.report.monotonic", lambda: next(ticks))
    asked = dt.datetime.now(dt.UTC)
    until = dt.datetime.fromisoformat(mark_of(link.pages("employees"))["until"])
    early = (behind or dt.timedelta(minutes=5)) + dt.timedelta(seconds=30)
    assert early - dt.timedelta(seconds=2) <= asked - until <= early + dt.timedelta(seconds=2)


@pytest.mark.parametrize("columns", ["Worker WID", ["Worker WID"], 5])
def test_a_setting_of_another_form_is_named_by_test_and_sync(stand_in: RunningSandbox, columns: object) -> None:
    link = Link("workday", SECRET, settings={**REPORT, "reportColumns": columns})
    for act in (link.connector.check, lambda: workers_of(link)):
        with pytest.raises(ProviderRejected, match="reportColumns") as caught:
            act()
        assert caught.value.code == "SETTING_INVALID"
    assert link.sent == []


def test_what_is_no_report_is_refused_loudly(stand_in: RunningSandbox) -> None:
    with pytest.raises(ProviderRejected):
        workers_of(Link("workday", SECRET, settings={**REPORT, "reportName": "elsewhere"}))


def test_a_bad_login_is_told_as_one_though_soap_says_500(stand_in: RunningSandbox) -> None:
    before = stand_in.control.requests("/wd2")["total"]
    with pytest.raises(CredentialError, match="invalid username or password"):
        Link("workday", SECRET | {"password": "wrong"}).connector.check()
    assert stand_in.control.requests("/wd2")["total"] - before == 1


def test_too_many_requests_may_pass_though_soap_says_500(soap: Link, stand_in: RunningSandbox) -> None:
    stand_in.control.fault("rate_limited", host=HOST, times=100)
    with pytest.raises(ProviderUnavailable, match="Too many requests") as limited:
        soap.pages("employees")
    assert limited.value.retryable
    asked = stand_in.control.requests(f"/{HOST}")["latest"]
    assert len(asked) > 1
    assert {call["status"] for call in asked} == {500}


def test_the_credential_is_proved_by_a_call_without_workers(soap: Link, report: Link) -> None:
    assert soap.connector.check() is None
    assert b"Server_Timestamp_Get" in (soap.sent[-1].body or b"")
    assert report.connector.check() is None
    assert dict(report.sent[-1].query) == {"xsds": ""}
    wrong = Link("workday", SECRET | {"password": "wrong"}, settings=REPORT)
    with pytest.raises(CredentialError):
        wrong.connector.check()


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("Client.authenticationError", CredentialError),
        ("Client.validationError", ProviderRejected),
        ("Server.processing", ProviderUnavailable),
    ],
)
def test_a_fault_says_by_its_code_what_it_is(code: str, error: type[Exception]) -> None:
    with pytest.raises(error, match="Why"):
        read_answer(FAULT.format(code).encode())


@pytest.mark.parametrize("results", ["", PAGES.format(2), "<wd:Total_Pages>x</wd:Total_Pages>"])
def test_a_page_that_lacks_what_it_promises_ends_nothing(soap: Link, results: str) -> None:
    [entity, *_] = soap.connector.config.definition.entities
    soap.recording.answers[entity.path] = WORKERS.format(results).encode()
    with pytest.raises(AnswerUnreadable):
        soap.pages("employees")
    soap.recording.answers[entity.path] = WORKERS.format(PAGES.format(0)).encode()
    assert ids_of(soap.pages("employees")) == []


@pytest.mark.parametrize(
    "body",
    [
        b"<html>maintenance",
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
        b'<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb">]><a>&b;</a>',
    ],
)
def test_no_entity_is_resolved(body: bytes) -> None:
    with pytest.raises(AnswerUnreadable):
        read_answer(body)
