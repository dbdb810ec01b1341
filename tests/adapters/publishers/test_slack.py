"""A channel at Slack, at the wire."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
import respx

from lib.adapters.publishers.slack import Slack
from lib.errors import PublishFailed, PublishFault
from tests.adapters.publishers.outgoing import ARTICLE, CALLING, Outgoing, connect
from tests.adapters.publishers.samples import THREAD

BASE = "https://hooks.slack.com"
URL = f"{BASE}/services/T012AB/B345CD/abcdefGHIJKL012345678901"


def outgoing(url: str = URL) -> Outgoing:
    return Outgoing(Slack(connect, BASE), {"url": url})


@pytest.fixture
def wire() -> Iterator[respx.Route]:
    with respx.mock(assert_all_called=False) as router:
        yield router.post(URL).respond(text="ok")


async def test_a_post_is_shown_as_it_was_written_and_calls_nobody(wire: respx.Route) -> None:
    channel = outgoing()
    part = channel.parts(CALLING)[0]
    sent = await channel.send(part)
    assert (sent.external_id, sent.url) == (part.key, None)
    assert json.loads(wire.calls.last.request.content) == {
        "text": "Tea &lt;3 &amp; *rain*, @everyone &lt;!channel&gt;",
        "mrkdwn": False,
    }


async def test_an_article_is_one_message_under_its_bold_title_without_markdowns_marks() -> None:
    (part,) = outgoing().parts(ARTICLE)
    assert part.payload == {
        "text": "*Tea &amp; Rain: 3 Leaves*\n\nWhy tea\n\n"
        "It warms the hands (https://tea.example/?a=1&amp;b=2) &amp; feet.\n\n• green\n• black"
    }


async def test_a_thread_is_a_message_for_each_of_its_posts(wire: respx.Route) -> None:
    channel = outgoing()
    for part in channel.parts(THREAD):
        await channel.send(part)
    assert [json.loads(call.request.content)["text"] for call in wire.calls] == list(THREAD.segments)


@pytest.mark.parametrize("body", ["a" * 40_001, "&" * 39_000])
def test_what_slack_would_cut_is_not_sent(body: str) -> None:
    with pytest.raises(PublishFailed) as failed:
        outgoing().parts(replace(ARTICLE, body=body))
    assert failed.value.fault is PublishFault.UNFIT


@pytest.mark.parametrize(
    ("status", "word", "fault"),
    [
        (404, "no_service", PublishFault.GONE),
        (404, "channel_not_found", PublishFault.GONE),
        (410, "channel_is_archived", PublishFault.GONE),
        (403, "team_disabled", PublishFault.GONE),
        (400, "invalid_payload", PublishFault.REFUSED),
        (400, "msg_too_long", PublishFault.REFUSED),
        (403, "invalid_token", PublishFault.UNAUTHORIZED),
        (403, "action_prohibited", PublishFault.UNAUTHORIZED),
        (403, "posting_to_general_channel_denied", PublishFault.UNAUTHORIZED),
        (500, "rollup_error", PublishFault.UNKNOWN),
        (429, "rate_limited", PublishFault.THROTTLED),
    ],
)
async def test_slacks_one_word_says_what_may_be_done(
    wire: respx.Route, status: int, word: str, fault: PublishFault
) -> None:
    wire.respond(status, text=word)
    failure = await outgoing().failure()
    assert (failure.fault, failure.reason) == (fault, word)


async def test_anything_but_ok_is_looked_at_by_a_person(wire: respx.Route) -> None:
    wire.respond(200, text="<html>Welcome</html>")
    assert (await outgoing().failure()).fault is PublishFault.UNKNOWN


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.slack.com.evil.example/services/T012AB/B345CD/abcdefGHIJKL",
        "https://evil.example/services/T012AB/B345CD/abcdefGHIJKL",
        "http://hooks.slack.com/services/T012AB/B345CD/abcdefGHIJKL",
        "https://hooks.slack.com/triggers/T012AB/123/abcdefGHIJKL",
        "https://hooks.slack.com/services/T012AB/B345CD/../x",
    ],
)
async def test_an_address_anywhere_else_is_never_called(url: str) -> None:
    with respx.mock:
        assert (await outgoing(url).refusal()).fault is PublishFault.UNAUTHORIZED
        assert (await outgoing(url).failure()).fault is PublishFault.UNAUTHORIZED


@pytest.mark.parametrize("word", ["no_text", "invalid_payload"])
async def test_a_working_one_is_known_by_refusing_a_message_without_text(wire: respx.Route, word: str) -> None:
    wire.respond(400, text=word)
    found = await outgoing().identify()
    assert found.external_id == "T012AB/B345CD"
    assert "abcdef" not in f"{found}"
    assert json.loads(wire.calls.last.request.content) == {"text": ""}


@pytest.mark.parametrize(
    ("status", "word", "fault"),
    [
        (404, "no_service", PublishFault.GONE),
        (403, "invalid_token", PublishFault.UNAUTHORIZED),
        (500, "rollup_error", PublishFault.UNSENT),
    ],
)
async def test_one_that_does_not_work_cannot_be_connected(
    wire: respx.Route, status: int, word: str, fault: PublishFault
) -> None:
    wire.respond(status, text=word)
    assert (await outgoing().refusal()).fault is fault
