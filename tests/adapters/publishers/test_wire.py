"""One call to a platform: what is sure afterwards, above all whether something may have been made."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
import respx

from lib.adapters.publishers.waits import LONGEST_WAIT, bounded, read_reset, read_retry_after
from lib.adapters.publishers.wire import MOST_BYTES, Call, Complaint, Reply, ask, json_call
from lib.domain.account import Platform
from lib.errors import PublishFault
from tests.adapters.publishers.samples import NOW, PATIENCE, SECRET, account, everything_told, failure_of, target

URL = "https://platform.example/posts"
CREATE = json_call(
    "somewhere", "POST", URL, {"text": "x"}, creates=True, headers={"authorization": SECRET}, secrets=(SECRET,)
)
LOOK = Call("somewhere", "GET", URL)
SOON = timedelta(milliseconds=300)
type Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as client:
        yield client


@asynccontextmanager
async def server(answer: Answer) -> AsyncIterator[str]:
    """A server that does with each connection what it is told to."""
    tasks = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        tasks.add(task)
        try:
            await answer(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            tasks.discard(task)
            writer.transport.abort() if writer.is_closing() else writer.close()

    running = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{running.sockets[0].getsockname()[1]}/posts"
    finally:
        running.close()
        for task in tasks:
            task.cancel()


async def read_request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    return head + await reader.readexactly(length)


def at(url: str, creates: bool = True) -> Call:
    return json_call("somewhere", "POST", url, {"text": "x"}, creates=creates)


async def test_a_2xx_is_given_back_with_its_body(http: httpx.AsyncClient) -> None:
    with respx.mock:
        respx.post(URL).respond(201, json={"id": "7"}, headers={"X-Thing": "y"})
        reply = await ask(http, CREATE, now=NOW, within=PATIENCE)
    assert (reply.status, reply.said, reply.headers["x-thing"]) == (201, {"id": "7"}, "y")


@pytest.mark.parametrize(
    ("status", "fault"),
    [
        (301, PublishFault.REFUSED),
        (400, PublishFault.REFUSED),
        (401, PublishFault.UNAUTHORIZED),
        (403, PublishFault.REFUSED),
        (404, PublishFault.REFUSED),
        (408, PublishFault.UNKNOWN),
        (422, PublishFault.REFUSED),
        (425, PublishFault.UNSENT),
        (429, PublishFault.THROTTLED),
        (500, PublishFault.UNKNOWN),
        (502, PublishFault.UNKNOWN),
        (503, PublishFault.UNKNOWN),
        (504, PublishFault.UNKNOWN),
    ],
)
async def test_a_status_says_whether_something_may_be_out(
    status: int, fault: PublishFault, http: httpx.AsyncClient
) -> None:
    with respx.mock:
        respx.post(URL).respond(status, headers={"location": "https://elsewhere.example"})
        failed = await failure_of(ask(http, CREATE, now=NOW, within=PATIENCE))
    assert (failed.fault, failed.details["status"]) == (fault, status)


@pytest.mark.parametrize("status", [408, 500, 503])
async def test_a_look_that_failed_leaves_nothing_unknown(status: int, http: httpx.AsyncClient) -> None:
    with respx.mock:
        respx.get(URL).respond(status)
        failed = await failure_of(ask(http, LOOK, now=NOW, within=PATIENCE))
    assert failed.fault is PublishFault.UNSENT


@pytest.mark.parametrize(
    "broken",
    [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol],
)
async def test_without_a_connection_nothing_was_sent(broken: type[Exception], http: httpx.AsyncClient) -> None:
    with respx.mock:
        respx.post(URL).mock(side_effect=broken)
        failed = await failure_of(ask(http, CREATE, now=NOW, within=PATIENCE))
    assert failed.fault is PublishFault.UNSENT


@pytest.mark.parametrize(
    "broken",
    [
        *(httpx.WriteError, httpx.WriteTimeout, httpx.ReadError, httpx.ReadTimeout),
        *(httpx.RemoteProtocolError, httpx.DecodingError, ConnectionResetError),
    ],
)
async def test_after_the_first_byte_nobody_knows(broken: type[Exception], http: httpx.AsyncClient) -> None:
    with respx.mock:
        respx.post(URL).mock(side_effect=broken("lost"))
        failed = await failure_of(ask(http, CREATE, now=NOW, within=PATIENCE))
    assert failed.fault is PublishFault.UNKNOWN


async def test_a_port_where_nobody_listens_gets_nothing(http: httpx.AsyncClient) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/posts"
        failed = await failure_of(ask(http, at(url), now=NOW, within=PATIENCE))
    assert failed.fault is PublishFault.UNSENT


async def test_a_connection_that_does_not_open_in_time_is_not_unknown(http: httpx.AsyncClient) -> None:
    """A queue that is full takes no more connections: it hangs there until the time is up."""
    with socket.socket() as full, socket.socket() as one, socket.socket() as two:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for other in (one, two):
            other.setblocking(False)
            other.connect_ex(full.getsockname())
        await asyncio.sleep(0.05)
        url = f"http://127.0.0.1:{full.getsockname()[1]}/posts"
        failed = await failure_of(ask(http, at(url), now=NOW, within=SOON))
    assert failed.fault is PublishFault.UNSENT


async def test_tls_that_does_not_come_about_is_not_unknown(http: httpx.AsyncClient) -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with server(say_nothing) as url:
        failed = await failure_of(ask(http, at(url.replace("http", "https", 1)), now=NOW, within=SOON))
    assert failed.fault is PublishFault.UNSENT


@pytest.mark.parametrize(
    ("event", "fault"),
    [
        ("connection.start_tls.started", PublishFault.UNSENT),
        ("http11.send_request_headers.started", PublishFault.UNKNOWN),
    ],
)
async def test_a_deadline_that_strikes_knows_how_far_the_call_had_got(event: str, fault: PublishFault) -> None:
    class Hanging(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            await request.extensions["trace"]("connection.connect_tcp.started", {})
            await request.extensions["trace"](event, {})
            await asyncio.sleep(60)
            raise AssertionError

    async with httpx.AsyncClient(transport=Hanging()) as http:
        failed = await failure_of(ask(http, CREATE, now=NOW, within=SOON))
    assert failed.fault is fault


async def test_an_answer_that_does_not_come_in_time_is_unknown(http: httpx.AsyncClient) -> None:
    taken: list[bytes] = []

    async def take_and_hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        taken.append(await read_request(reader))
        await reader.read()

    async with server(take_and_hang) as url:
        failed = await failure_of(ask(http, at(url), now=NOW, within=SOON))
    assert failed.fault is PublishFault.UNKNOWN
    assert taken[0].endswith(b'{"text": "x"}')


async def test_a_connection_cut_after_the_request_is_unknown(http: httpx.AsyncClient) -> None:
    async def take_and_cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.transport.abort()

    async with server(take_and_cut) as url:
        failed = await failure_of(ask(http, at(url), now=NOW, within=PATIENCE))
    assert failed.fault is PublishFault.UNKNOWN


@pytest.mark.parametrize("head", ["HTTP/1.1 201 Created", "HTTP/1.1 403 Forbidden"])
async def test_half_an_answer_is_unknown_whatever_it_began_with(head: str, http: httpx.AsyncClient) -> None:
    async def say_half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(f'{head}\r\ncontent-length: 40\r\n\r\n{{"id": '.encode())
        await writer.drain()

    async with server(say_half) as url:
        failed = await failure_of(ask(http, at(url), now=NOW, within=PATIENCE))
    assert failed.fault is PublishFault.UNKNOWN


async def test_a_deadline_holds_for_an_answer_that_comes_in_drops(http: httpx.AsyncClient) -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 201 Created\r\ncontent-length: 9999\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)

    began = asyncio.get_running_loop().time()
    async with server(drip) as url:
        failed = await failure_of(ask(http, at(url), now=NOW, within=SOON))
    assert failed.fault is PublishFault.UNKNOWN
    assert asyncio.get_running_loop().time() - began < 2


async def test_an_endless_answer_is_not_read_to_its_end(http: httpx.AsyncClient) -> None:
    sent = 0

    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await read_request(reader)
        writer.write(b"HTTP/1.1 201 Created\r\n\r\n")
        while True:
            writer.write(b"x" * 65_536)
            await writer.drain()
            sent += 65_536

    async with server(flood) as url:
        failed = await failure_of(ask(http, at(url), now=NOW, within=timedelta(seconds=20)))
    assert failed.fault is PublishFault.UNKNOWN
    assert sent < 20 * MOST_BYTES


async def test_each_call_has_a_connection_of_its_own(http: httpx.AsyncClient) -> None:
    """One that was kept may be closed by now, and a request on it would be lost without a trace."""
    connections = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while True:
            await read_request(reader)
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
            await writer.drain()

    async with server(answer) as url:
        for _ in range(3):
            await ask(http, at(url), now=NOW, within=PATIENCE)
    assert connections == 3


async def test_without_time_nothing_is_sent(http: httpx.AsyncClient) -> None:
    with respx.mock(assert_all_called=False) as router:
        route = router.post(URL).respond(201)
        failed = await failure_of(ask(http, CREATE, now=NOW, within=timedelta(0)))
    assert failed.fault is PublishFault.UNSENT
    assert not route.called


@pytest.mark.parametrize("token", ["s3cr3t\nline", "s3cr3t-열쇠"])
async def test_a_token_that_no_header_may_have_is_refused_without_being_told(
    token: str, http: httpx.AsyncClient
) -> None:
    headers = {"authorization": f"Bearer {token}"}

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)

    async with server(answer) as url:
        call = json_call("somewhere", "POST", url, {}, creates=True, headers=headers, secrets=(token,))
        failed = await failure_of(ask(http, call, now=NOW, within=PATIENCE))
    assert failed.fault is PublishFault.UNAUTHORIZED
    assert "s3cr3t" not in everything_told(failed)


async def test_what_proves_us_is_in_nothing_that_is_raised(http: httpx.AsyncClient) -> None:
    def complain(reply: Reply, now: datetime) -> Complaint:
        return Complaint(reply.text)

    with respx.mock:
        respx.post(URL).respond(400, text=f"bad\ntoken {SECRET}\x1b[0m")
        failed = await failure_of(ask(http, CREATE, now=NOW, within=PATIENCE, read_complaint=complain))
        respx.post(URL).mock(side_effect=httpx.ReadError(f"with {SECRET}"))
        lost = await failure_of(ask(http, CREATE, now=NOW, within=PATIENCE))
    assert failed.reason == "bad token … [0m"
    assert SECRET not in everything_told(failed) + everything_told(lost)


async def test_the_platforms_words_stay_out_of_the_message(http: httpx.AsyncClient) -> None:
    with respx.mock:
        respx.post(URL).respond(400, json={"error": "your words"})
        failed = await failure_of(
            ask(http, CREATE, now=NOW, within=PATIENCE, read_complaint=lambda reply, _: Complaint(reply.said["error"]))
        )
    assert failed.message == "somewhere: answered with status 400"
    assert failed.reason == "your words"


async def test_a_complaint_that_knows_better_than_the_status_is_heard(http: httpx.AsyncClient) -> None:
    complaint = Complaint("gone", PublishFault.GONE, timedelta(seconds=9), {"code": 10015})
    with respx.mock:
        respx.post(URL).respond(404, headers={"retry-after": "3"})
        failed = await failure_of(ask(http, CREATE, now=NOW, within=PATIENCE, read_complaint=lambda *_: complaint))
    assert (failed.fault, failed.retry_after) == (PublishFault.GONE, timedelta(seconds=9))
    assert failed.details == {"status": 404, "code": 10015}


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("30", timedelta(seconds=30)),
        ("0.5", timedelta(seconds=0.5)),
        (format_datetime(NOW + timedelta(minutes=2), usegmt=True), timedelta(minutes=2)),
        (format_datetime(NOW - timedelta(minutes=2), usegmt=True), timedelta(0)),
        ("-5", timedelta(0)),
        ("99999999999999", LONGEST_WAIT),
        ("nan", None),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_against_our_now(value: str, wait: timedelta | None) -> None:
    assert read_retry_after({"retry-after": value}, NOW) == wait


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        (str(int(NOW.timestamp()) + 90), timedelta(seconds=90)),
        ("2026-11-21T12:05:00.000Z", timedelta(minutes=5)),
        ("2026-11-21T21:05:00+09:00", timedelta(minutes=5)),
        ("2026-11-22", timedelta(hours=12)),
        ("0", timedelta(0)),
        ("inf", None),
        ("tomorrow", None),
        (None, None),
    ],
)
def test_a_reset_is_an_epoch_or_a_timestamp(value: str | None, wait: timedelta | None) -> None:
    assert read_reset(value, NOW) == wait


async def test_without_a_now_the_replys_own_date_counts(http: httpx.AsyncClient) -> None:
    date = datetime(2030, 1, 1, tzinfo=UTC)
    headers = {"date": format_datetime(date, usegmt=True), "x-reset": str(int(date.timestamp()) + 60)}

    def complain(reply: Reply, now: datetime) -> Complaint:
        return Complaint(retry_after=read_reset(reply.headers["x-reset"], now))

    with respx.mock:
        respx.get(URL).respond(429, headers=headers)
        failed = await failure_of(ask(http, LOOK, within=PATIENCE, read_complaint=complain))
        respx.get(URL).respond(429, headers={"x-reset": headers["x-reset"]})
        undated = await failure_of(ask(http, LOOK, within=PATIENCE, read_complaint=complain))
    assert failed.retry_after == timedelta(minutes=1)
    assert undated.retry_after == timedelta(0)


def test_nobody_makes_us_wait_for_ever() -> None:
    assert bounded(1e18) == LONGEST_WAIT


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b'"text"', b"\xff", b"[" * 100_000])
def test_what_is_no_json_object_says_nothing(body: bytes) -> None:
    assert Reply(200, {}, body).said == {}


def test_a_json_body_is_sent_as_such() -> None:
    assert CREATE.content is not None
    assert json.loads(CREATE.content) == {"text": "x"}
    assert CREATE.headers["content-type"] == "application/json"


def test_what_is_sent_and_answered_does_not_show_itself() -> None:
    shown = repr(CREATE) + repr(Reply(200, {"set-cookie": SECRET}, SECRET.encode()))
    shown += repr(target(account(Platform.X), {"token": SECRET}))
    assert SECRET not in shown
    assert URL not in shown
