"""Slack: messages channel by channel with the answers in threads, and what may not be read left out."""

import msgspec
import pytest

from connections.sdk.errors import AnswerUnreadable, CredentialError, ProviderRejected
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


def test_a_channel_that_cannot_be_read_is_told_and_left_out(slack: Link) -> None:
    channel = slack.pages("channels")[0].records[-1].external_id
    cursor = {"position": {"channels": [channel], "is_listed": True, "latest": {"C1": "1.000001"}}}
    [page] = slack.pages("messages", {"C2": "2.000002"}, cursor)
    assert (page.records, page.cursor, page.kept_back) == ([], None, [f"{channel}:"])
    assert page.watermark == {"C1": "1.000001", "C2": "2.000002"}
    [notice] = page.notices
    assert notice.startswith(f"Channel {channel} is left out: the app is not a member of it")


@pytest.mark.parametrize("since", [None, {"C1": "1.000001"}], ids=["full", "increment"])
@pytest.mark.parametrize("lost", ["/conversations.history", "/conversations.replies"])
def test_of_a_channel_that_is_lost_while_it_is_read_nothing_is_known(
    connect: Connect, sandbox: RunningSandbox, lost: str, since: dict[str, str] | None
) -> None:
    """Its newest messages were read, which says nothing of the older ones."""
    sandbox.control.reset(records=450)
    slack = connected(connect)
    places = [page.cursor["position"] for page in slack.pages("messages", since) if page.cursor and page.records]
    place = next(place for place in places if lost.endswith("history") or place.get("threads"))
    channel = place["channels"][0]
    assert channel in place["latest"]
    slack.recording.refusals |= {"/conversations.history": "not_in_channel", "/conversations.replies": "is_archived"}
    rest = slack.pages("messages", since and {**since, channel: "1.000001"}, {"position": place})
    assert f"{channel}:" in {begin for page in rest for begin in page.kept_back}
    assert mark_of(rest).get(channel) == ("1.000001" if since else None)
    assert sum(sent.path == lost for sent in slack.sent[-len(rest) :]) >= 1


def test_of_a_thread_that_is_gone_nothing_is_kept(slack: Link) -> None:
    slack.recording.refusals["/conversations.replies"] = "thread_not_found"
    place = {"channels": ["C1"], "is_listed": True, "threads": ["1.000001"], "has_ended": True}
    [page] = slack.pages("messages", None, {"position": place})
    assert (page.kept_back, len(page.notices)) == ((), 1)


def test_an_answer_that_its_channel_shows_too_is_read_with_the_history(slack: Link) -> None:
    slack.recording.answers["/conversations.replies"] = (
        b'{"ok": true, "messages": [{"ts": "1.000001", "reply_count": 2}, {"ts": "2.000002"},'
        b' {"ts": "3.000003", "subtype": "thread_broadcast"}]}'
    )
    place = {"channels": ["C1"], "is_listed": True, "threads": ["1.000001"], "has_ended": True}
    assert ids_of(slack.pages("messages", None, {"position": place})) == ["C1:2.000002"]


def test_a_run_says_how_many_channels_are_not_read(slack: Link) -> None:
    pages = slack.pages("messages")
    members = {sent.query["channel"] for sent in slack.sent if "channel" in sent.query}
    others = {record.external_id for record in slack.pages("channels")[0].records} - members
    assert {f"{id}:" for id in others} == {begin for page in pages for begin in page.kept_back} != set()
    [told] = {notice for page in pages for notice in page.notices if notice.startswith("Channels")}
    assert f"not read: {8 - len(members)}," in told


@pytest.mark.parametrize(
    "body",
    [
        b'{"ok": true}',
        b'{"ok": true, "messages": null}',
        b'{"ok": true, "messages": [], "has_more": true}',
        b'{"ok": true, "messages": [], "has_more": true, "response_metadata": {"next_cursor": ""}}',
    ],
)
def test_an_answer_that_lacks_what_it_promises_ends_no_channel(slack: Link, body: bytes) -> None:
    slack.recording.answers["/conversations.history"] = body
    with pytest.raises(AnswerUnreadable):
        slack.pages("messages")
    assert sum(sent.path == "/conversations.history" for sent in slack.sent) == 3


def test_a_cursor_that_comes_again_ends_the_run(slack: Link) -> None:
    body = b'{"ok": true, "messages": [{"ts": "1.000001"}], "response_metadata": {"next_cursor": "again"}}'
    slack.recording.answers["/conversations.history"] = body
    with pytest.raises(ProviderRejected) as refused:
        slack.pages("messages")
    assert refused.value.code == "PAGING_REPEATS"
    assert len(slack.sent) < 10


def test_a_private_channel_without_its_permission_is_left_out_and_any_other_is_an_error(slack: Link) -> None:
    slack.recording.refusals["/conversations.history"] = "missing_scope"
    place = {"channels": ["C1"], "is_listed": True}
    [page] = slack.pages("messages", None, {"position": {**place, "private": ["C1"]}})
    assert "private channels" in page.notices[0]
    with pytest.raises(ProviderRejected):
        slack.pages("messages", None, {"position": place})


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
    judged = []
    for sent in slack.sent:
        token = {} if sent.path == "/auth.test" else {"token": "x"}
        judged.append((sent, problems("slack", sent.method, sent.path, query={**sent.query, **token})))
    assert [(sent, found) for sent, found in judged if found] == []
    assert {"/conversations.history", "/conversations.replies", "/users.list"} <= {sent.path for sent in slack.sent}


def test_the_specification_refuses_what_slack_does_not_have() -> None:
    assert problems("slack", "GET", "/conversations.history", query={"token": "x", "since": "1"})
