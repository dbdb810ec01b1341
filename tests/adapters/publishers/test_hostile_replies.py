"""Whatever a platform answers, in whatever shape: no publisher breaks, and what may be out is never called not out."""

import base64
import gzip
import json
import zlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.adapters.publishers import Identified, Part, Publisher
from lib.adapters.publishers.bluesky import Bluesky
from lib.adapters.publishers.discord import Discord
from lib.adapters.publishers.mastodon import Mastodon
from lib.adapters.publishers.newsletter import Newsletter
from lib.adapters.publishers.slack import Slack
from lib.adapters.publishers.waits import LONGEST_WAIT
from lib.adapters.publishers.webhook import Webhook
from lib.adapters.publishers.wire import LONGEST_LINK, MOST_BYTES
from lib.adapters.publishers.wordpress import Wordpress
from lib.adapters.publishers.x import X
from lib.domain.credentials import Grant
from lib.domain.publication import Sent
from lib.errors import PublishFailed, PublishFault
from tests.adapters.publishers.outgoing import ARTICLE, Outgoing
from tests.adapters.publishers.samples import NOW, PATIENCE, POST, THREAD

WHSEC = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
TOKEN = "hooktoken-ABCDEFGHIJKLMNOPQRST"
LONGEST_KEPT = 1_000  # of an id, in the database
type Connect = Callable[[], httpx.AsyncClient]


async def never(*_: object) -> Grant:
    raise AssertionError("nothing is to be renewed")


@dataclass(frozen=True)
class Answer:
    """The same for whatever is asked."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, _: httpx.Request) -> httpx.Response:
        return httpx.Response(self.status, headers=self.headers, stream=httpx.ByteStream(self.body))


@dataclass(frozen=True)
class Case:
    """`first`: what is out before the second part."""

    make: Callable[[Connect], Publisher]
    secrets: Mapping[str, str]
    settings: Mapping[str, str]
    first: str
    reads: bool = False

    def outgoing(self, answer: Answer) -> Outgoing:
        def connect() -> httpx.AsyncClient:
            return httpx.AsyncClient(transport=httpx.MockTransport(answer))

        return Outgoing(self.make(connect), self.secrets, **self.settings)

    def parts(self, outgoing: Outgoing) -> list[Part]:
        kind = ARTICLE if isinstance(outgoing.publisher, Wordpress | Newsletter | Webhook) else THREAD
        return outgoing.parts(kind)


CASES: Mapping[str, Case] = {
    "x": Case(lambda to: X(to, "https://api.x.test", "https://x.test", never), {"access_token": TOKEN}, {}, "7", True),
    "bluesky": Case(
        lambda to: Bluesky(to, to, "https://bsky.test"),
        {"identifier": "tea.bsky.test", "password": "abcd-efgh-ijkl", "access_jwt": TOKEN, "refresh_jwt": f"{TOKEN}2"},
        {},
        "at://did:plc:tea/app.bsky.feed.post/3k|bafy",
        True,
    ),
    "mastodon": Case(Mastodon, {"token": TOKEN}, {"server": "https://tea.test"}, "7"),
    "wordpress": Case(
        Wordpress, {"username": "editor", "password": "abcd EFGH 1234"}, {"site": "https://blog.test"}, "7", True
    ),
    "discord": Case(
        lambda to: Discord(to, "https://discord.test"),
        {"url": f"https://discord.test/api/webhooks/1234/{TOKEN}"},
        {},
        "7",
    ),
    "slack": Case(
        lambda to: Slack(to, "https://slack.test"),
        {"url": "https://slack.test/services/T012/B345/abcdefghijklmnop"},
        {},
        "seen",
    ),
    "newsletter": Case(
        lambda to: Newsletter(to, "https://resend.test"),
        {"api_key": "re_abcdef_0123456789"},
        {"from": "Tea <tea@tea.example>", "to": "ann@mail.example"},
        "mail",
    ),
    "webhook": Case(
        lambda to: Webhook(to, lambda: NOW), {"url": f"https://hooks.test/in/{TOKEN}", "secret": WHSEC}, {}, "seen"
    ),
}
NAMES = (
    *("data", "id", "uri", "cid", "url", "link", "status", "slug", "meta", "next_token", "text", "entities", "urls"),
    *("expanded_url", "did", "handle", "accessJwt", "refreshJwt", "value", "acct", "username", "name", "capabilities"),
    *("publish_posts", "guild_id", "channel_id", "error", "error_description", "message", "code", "errors", "_errors"),
    *("detail", "title", "type", "period", "reset_date", "retry_after", "reason", "statusCode"),
)
DEEP: Any = "deep"
for _ in range(600):
    DEEP = {"errors": [DEEP], "a": DEEP} if _ % 100 == 0 else {"_errors": DEEP}
SHAPES: tuple[Any, ...] = (
    *(None, True, 0, -1, 3, 1e300, float("nan"), float("inf"), 10**400, "", "x", "\0", "\ud800", "1", "\n", "at://"),
    *(
        [],
        [None],
        [1],
        ["x"],
        [[]],
        [{}],
        {},
        {"": None},
        "y" * 50_000,
        [{"id": None}],
        [{"id": {}}],
        "https://[",
        DEEP,
    ),
    *(
        "Daily",
        "Monthly",
        "0001-01-01",
        "9999-12-31T23:59:59+00:00",
        "no_text",
        {"urls": [None, {"url": ""}]},
        "a.W10.c",
    ),
    *("a.bnVsbA.c", f"a.{base64.urlsafe_b64encode(b'[' * 9_000).decode()}.c"),
)
HEADERS: tuple[Mapping[str, str], ...] = (
    {},
    {"date": "Sat, 21 Nov 2026 12:00:00 GMT"},
    {"date": "never", "retry-after": "nan", "ratelimit-reset": "inf", "x-ratelimit-reset": "-1e308"},
    {"date": "Mon, 01 Jan 0001 00:00:00 +2359", "retry-after": "Fri, 31 Dec 9999 23:59:59 -2359"},
    {"x-rate-limit-reset": "1e308", "x-rate-limit-remaining": "0", "retry-after": "9" * 5_000},
    {"content-encoding": "gzip"},
    {"content-encoding": "br, gzip", "content-type": "text/plain; charset=nonsense"},
)
STATUSES = (200, 201, 204, 301, 400, 401, 402, 403, 404, 409, 410, 422, 429, 500, 503)


def body_of(shape: object) -> bytes:
    return json.dumps(shape).encode()


values = st.recursive(
    st.sampled_from(SHAPES) | st.text(max_size=9) | st.integers() | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6),
    max_leaves=12,
)
objects = st.dictionaries(st.sampled_from(NAMES), values, min_size=1, max_size=8)
bodies = (
    (objects | st.lists(objects, max_size=2) | values).map(body_of)
    | st.binary(max_size=50)
    | st.sampled_from([b"[" * 100_000, b'{"a":' * 50_000, b"\xff\xfe", b"ok", b"<html>", b"null", b""])
)
replies = st.builds(Answer, st.sampled_from(STATUSES), bodies, st.sampled_from(HEADERS))


def is_sound(sent: Sent) -> bool:
    """It can be kept, and shown."""
    return (
        0 < len(sent.external_id) <= LONGEST_KEPT
        and sent.external_id.isprintable()
        and (sent.url is None or (len(sent.url) <= LONGEST_LINK and sent.url.startswith(("https://", "http://"))))
    )


async def outcome_of[T](work: Awaitable[T], case: Case) -> T | PublishFailed:
    """What came of it; of a failure nothing is too long, or shows what must not be seen."""
    try:
        return await work
    except PublishFailed as exc:
        failure = exc
    assert len(failure.reason) <= 1_000
    assert failure.reason.isprintable()
    assert failure.retry_after is None or timedelta(0) <= failure.retry_after <= LONGEST_WAIT
    told = f"{failure!r} {failure.reason} {failure.details}"
    assert not any(secret in told for name, secret in case.secrets.items() if name not in ("username", "identifier"))
    return failure


async def assert_survives(case: Case, answer: Answer) -> None:
    outgoing = case.outgoing(answer)
    identified = await outcome_of(outgoing.identify(), case)
    if isinstance(identified, Identified):
        assert 0 < len(identified.external_id) <= 500
        assert identified.external_id.isprintable()
        assert len(json.dumps(dict(identified.settings))) <= 16_384
    for part in case.parts(outgoing)[:2]:
        before = (Sent(case.first),) * part.number
        sent = await outcome_of(outgoing.send(part, *before), case)
        if isinstance(sent, Sent):
            assert is_sound(sent)
        elif answer.status < 300:
            # But where the platform says itself that it has something else there, or has left it unseen.
            is_sure = "something else" in sent.message or "may not publish" in sent.reason
            assert sent.fault is PublishFault.UNKNOWN or is_sure
        if case.reads:
            found = await outcome_of(outgoing.find(part, *before), case)
            if isinstance(found, PublishFailed):
                assert found.fault is not PublishFault.UNKNOWN
            else:
                assert found is None or is_sound(found)


@pytest.mark.parametrize("name", CASES)
@given(answer=replies)
@settings(max_examples=40, deadline=None)
async def test_no_reply_breaks_a_publisher(name: str, answer: Answer) -> None:
    await assert_survives(CASES[name], answer)


@pytest.mark.parametrize("name", CASES)
async def test_no_value_where_another_is_expected_breaks_a_publisher(name: str) -> None:
    for shape in SHAPES:
        for said in (shape, {it: shape for it in NAMES}, {"data": {it: shape for it in NAMES}}, {"data": [shape]}):
            for status in (200, 403):
                await assert_survives(CASES[name], Answer(status, body_of(said)))


@pytest.mark.parametrize("name", CASES)
async def test_what_was_sent_and_answered_with_nonsense_is_unknown(name: str) -> None:
    for body in (b"", b"null", b"[]", b"{}", b'{"data": [null]}', b"<html>It works!</html>", b"[" * 50_000):
        outgoing = CASES[name].outgoing(Answer(200, body))
        part = CASES[name].parts(outgoing)[0]
        if name == "webhook":  # there every 2xx says that it was taken
            assert await outgoing.send(part) == Sent(part.key)
            continue
        with pytest.raises(PublishFailed) as failed:
            await outgoing.send(part)
        assert failed.value.fault is PublishFault.UNKNOWN, body


@pytest.mark.parametrize("packed_once", [True, False])
async def test_a_reply_that_unpacks_to_more_than_memory_is_not_read(packed_once: bool) -> None:
    body = gzip.compress(bytes(20 * MOST_BYTES))
    encoding = "gzip"
    if not packed_once:
        body, encoding = gzip.compress(body), "gzip, gzip"
    assert len(body) < MOST_BYTES
    answer = Answer(200, body, {"content-encoding": encoding})
    outgoing = CASES["mastodon"].outgoing(answer)
    with pytest.raises(PublishFailed) as failed:
        await outgoing.send(outgoing.parts(POST)[0])
    assert failed.value.fault is PublishFault.UNKNOWN


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
async def test_a_reply_that_was_packed_all_the_same_is_read(encoding: str, pack: Callable[[bytes], bytes]) -> None:
    body = pack(b'{"id": "7", "url": "https://tea.test/@tea/7"}')
    answer = Answer(200, body, {"content-encoding": encoding})
    outgoing = CASES["mastodon"].outgoing(answer)
    assert await outgoing.send(outgoing.parts(POST)[0]) == Sent("7", "https://tea.test/@tea/7")


async def test_a_site_that_answers_with_another_post_does_not_have_it_written_over() -> None:
    """A plugin that drops `slug` from the query lists the newest posts."""
    others = [{"id": 3, "slug": "our-best-post", "status": "publish", "link": "https://blog.test/our-best-post"}]
    outgoing = CASES["wordpress"].outgoing(Answer(200, body_of(others)))
    with pytest.raises(PublishFailed) as failed:
        await outgoing.find(outgoing.parts()[0])
    assert failed.value.fault is PublishFault.UNSENT


@pytest.mark.parametrize("written", ["seen", "../users/1?password=mine", "7/revisions", "", "\u0667"])
async def test_a_draft_s_number_never_leads_elsewhere_in_the_site_s_api(written: str) -> None:
    """Whoever may say "the draft is there" past our doors says it with this."""
    asked = list[httpx.Request]()

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"id": 1, "status": "publish"})

    publisher = Wordpress(lambda: httpx.AsyncClient(transport=httpx.MockTransport(answer)))
    outgoing = Outgoing(publisher, CASES["wordpress"].secrets, **CASES["wordpress"].settings)
    _, release = outgoing.parts()
    for work in (outgoing.send(release, Sent(written)), outgoing.find(release, Sent(written))):
        with pytest.raises(PublishFailed) as failed:
            await work
        assert failed.value.fault is PublishFault.REFUSED
    assert asked == []


async def test_a_receiver_that_repeats_its_secret_path_does_not_have_it_shown() -> None:
    case = replace(
        CASES["webhook"], secrets={"url": f"https://hooks.test/in/{TOKEN}?key=k%2Fey-12345", "secret": WHSEC}
    )
    for words in (f"Cannot POST /in/{TOKEN}", f"no such key: k/ey-12345, {TOKEN}", "bad key k%2Fey-12345"):
        answer = Answer(404, body_of({"message": words}))
        with pytest.raises(PublishFailed) as failed:
            await case.outgoing(answer).identify()
        told = failed.value.reason
        assert "…" in told
        assert not any(it in told for it in (TOKEN, "ey-12345"))


@pytest.mark.parametrize("name", ["bluesky", "x"])
async def test_a_look_that_is_answered_with_nonsense_proves_nothing(name: str) -> None:
    outgoing = CASES[name].outgoing(Answer(200, b'{"meta": 1, "value": []}'))
    with pytest.raises(PublishFailed) as failed:
        await outgoing.publisher.find(outgoing.parts(POST)[0], outgoing.target(), NOW, PATIENCE)
    assert failed.value.fault is PublishFault.UNSENT
