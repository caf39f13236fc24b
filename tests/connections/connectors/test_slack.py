"""Slack: messages channel by channel with the answers in threads, and what may not be read left out."""

import logging

import msgspec
import pytest

from connections.sdk.errors import CredentialError
from tests.connections.connectors.conftest import Connect
from tests.connections.connectors.recording import Link, ids_of, mark_of
from tests.connections.connectors.specifications import problems
from tests.sandbox.serving import RunningSandbox


def connected(connect: Connect) -> Link:
    """A connected workspace."""
    return connect("slack", lambda told: told["team"]["id"])


@pytest.fixture
def slack(connect: Connect) -> Link:
    """A workspace with sixty messages in its first channel, six in the others."""
    return connected(connect)


def messages_of(slack: Link, since: object = None) -> dict[str, dict[str, object]]:
    """All messages by their id."""
    return {
        one.external_id: msgspec.json.decode(one.raw) for page in slack.pages("messages", since) for one in page.records
    }


def test_messages_of_all_channels_and_threads_are_read_once(connect: Connect, sandbox: RunningSandbox) -> None:
    sandbox.control.reset(records=450)
    slack = connected(connect)
    pages = slack.pages("messages")
    ids = ids_of(pages)
    assert len(ids) == len(set(ids))
    channels = {id.partition(":")[0] for id in ids}
    [first, *_] = sorted(channels)
    own = [id for id in ids if id.startswith(first)]
    # Every sixteenth message has two answers, which stand in no history.
    assert len(own) == 450 + 2 * (450 // 16)
    assert all(page.cursor is None or page.watermark is None for page in pages)
    assert set(mark_of(pages)) == channels


def test_an_id_is_made_of_channel_and_ts_and_no_digit_is_lost(slack: Link) -> None:
    for id, message in messages_of(slack).items():
        assert isinstance(message["ts"], str)
        assert (message["id"], id) == (id, f"{message['channel']}:{message['ts']}")


def test_an_increment_asks_each_channel_for_what_is_newer(slack: Link, sandbox: RunningSandbox) -> None:
    marks = mark_of(slack.pages("messages"))
    assert messages_of(slack, marks) == {}
    sandbox.control.records("slack", "messages", add=3, fields={"text": "New"})
    new = messages_of(slack, marks)
    assert [message["text"] for message in new.values()] == ["New"] * 3
    histories = [sent.query for sent in slack.sent if sent.path == "/conversations.history"]
    assert {query["oldest"] for query in histories[-len(marks) :]} == set(marks.values())


def test_a_channel_that_cannot_be_read_is_told_and_left_out(slack: Link, caplog: pytest.LogCaptureFixture) -> None:
    channel = slack.pages("channels")[0].records[-1].external_id
    cursor = {"channels": [channel], "latest": {"C1": "1.000001"}}
    with caplog.at_level(logging.WARNING, "connections.connectors.slack.messages"):
        [page] = slack.pages("messages", {"C2": "2.000002"}, cursor)
    assert (page.records, page.cursor) == ([], None)
    assert page.watermark == {"C1": "1.000001", "C2": "2.000002"}
    assert f"the history of channel {channel} is left out: not_in_channel" in caplog.text


def test_a_failure_in_a_good_status_is_an_error(slack: Link, sandbox: RunningSandbox) -> None:
    sandbox.control.end_tokens(vendor="slack", state="revoked", kind="all")
    with pytest.raises(CredentialError) as refused:
        slack.connector.check()
    assert refused.value.code == "token_revoked"


def test_channels_and_people_are_plain_lists(slack: Link) -> None:
    assert len(ids_of(slack.pages("channels"))) == 8
    assert len(ids_of(slack.pages("users"))) == 60
    account = slack.connector.check()
    assert account is not None
    assert account.id == slack.connector.config.account_id


def test_every_request_agrees_with_the_specification(slack: Link) -> None:
    slack.connector.check()
    for entity in ("channels", "users"):
        slack.pages(entity)
    slack.pages("messages", mark_of(slack.pages("messages")))
    # The specification is of the time when the token stood among the parameters, but for auth.test.
    wrong = {}
    for sent in slack.sent:
        token = {} if sent.path == "/auth.test" else {"token": "x"}
        wrong[sent.path] = problems("slack", sent.method, sent.path, query={**sent.query, **token})
    assert {path: found for path, found in wrong.items() if found} == {}
    assert {"/conversations.history", "/conversations.replies", "/users.list"} <= set(wrong)


def test_the_specification_refuses_what_slack_does_not_have() -> None:
    assert problems("slack", "GET", "/conversations.history", query={"token": "x", "since": "1"})
