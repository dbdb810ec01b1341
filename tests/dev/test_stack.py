"""The local stack as a whole: what it opens it closes, what it keeps comes back, and its time is everybody's time."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.applications import Starlette

from dev.clock import RealClock, VirtualClock
from dev.person import signed_in
from dev.postgres import Postgres
from dev.serving import GRACE_SECONDS, Line, Trouble, listen, serving, url_of
from dev.stack import Dsns, Ports, Stack, open_stack
from lib.adapters.models import Turn, WritingRequest
from lib.domain.content import SHAPES
from lib.domain.schedule import ContentType
from lib.domain.writing_settings import Quality
from lib.services import Services
from lib.settings import Settings
from tests.conftest import TEMPLATE

START = datetime(2026, 11, 21, 0, 7, 30, tzinfo=UTC)
EVERY_3_HOURS = {
    "name": "Note",
    "contentType": "x_post",
    "frequency": "3hours",
    "timeOfDay": "09:00",
    "timezone": "Asia/Seoul",
}


@pytest.fixture
async def stack(postgres: Postgres) -> AsyncIterator[Stack]:
    await postgres.create_database("stack", TEMPLATE)
    async with open_stack(clock=VirtualClock(START), database=Dsns.of(postgres, "stack")) as stack:
        yield stack
    await postgres.drop_database("stack")


def is_open(url: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", urlsplit(url).port or 0)) == 0


async def test_the_product_finds_everything_by_its_variables_alone(stack: Stack) -> None:
    settings = Settings.from_environment(stack.settings_env())
    assert settings == stack.app.state.services.settings
    assert settings.callback_url == stack.url
    for name in ("supabase_url", "supabase_secret_key", "qstash_token", "redis_url", "redis_token", "cron_secret"):
        assert settings.require(name)
    assert settings.usable_cron_secret


async def test_occurrences_happen_at_their_instants(stack: Stack) -> None:
    async with signed_in(stack, "ada@example.com", "a long password") as ada:
        made = (await ada.post("/api/schedule/create", **EVERY_3_HOURS))["schedule"]
        await stack.advance(timedelta(hours=7))
        runs = await ada.pages(f"/api/schedules/{made['id']}/runs", "runs")
    assert [run["startedAt"] for run in runs] == ["2026-11-21T06:00:00Z", "2026-11-21T03:00:00Z"]
    assert {run["status"] for run in runs} == {"succeeded"}
    assert len(stack.models.anthropic.script.answered) == 2
    assert stack.clock.now() == START + timedelta(hours=7)


async def test_the_sweep_comes_by_itself_and_finds_what_was_lost(stack: Stack) -> None:
    async with signed_in(stack, "ada@example.com", "a long password") as ada:
        made = (await ada.post("/api/schedule/create", **EVERY_3_HOURS))["schedule"]
        for message in stack.qstash.pending():
            if message.schedule_id is None:
                stack.qstash.cancel(message)
        await stack.advance(timedelta(hours=3, minutes=30))
        [run] = await ada.pages(f"/api/schedules/{made['id']}/runs", "runs")
    assert (run["status"], run["dueAt"]) == ("succeeded", "2026-11-21T03:00:00Z")
    assert datetime.fromisoformat(run["startedAt"]) - datetime.fromisoformat(run["dueAt"]) <= timedelta(minutes=20)


async def test_the_product_outlives_every_line_it_depends_on(stack: Stack) -> None:
    async with signed_in(stack, "ada@example.com", "a long password") as ada:
        made = (await ada.post("/api/schedule/create", **EVERY_3_HOURS))["schedule"]
        stack.lines.redis.trouble = Trouble.CUT
        for line in stack.lines.of_models():
            line.trouble = Trouble.FAILING
        await stack.advance(timedelta(hours=3))
        for line in (stack.lines.redis, *stack.lines.of_models()):
            line.trouble = Trouble.NONE
        await stack.advance(timedelta(hours=1))
        [run] = await ada.pages(f"/api/schedules/{made['id']}/runs", "runs")
    assert run["status"] == "succeeded"
    assert run["attempt"] > 1


async def test_every_vendor_of_models_has_its_stand_in(stack: Stack) -> None:
    """The default orders apply as in production; the server of one's own waits to be listed."""
    services = Services(Settings.from_environment(stack.settings_env()), stack.clock.now)
    shape = SHAPES[ContentType.X_POST]
    request = WritingRequest("Write.", (Turn("user", "tea"),), shape.schema, 4_000, shape.effort, stack.clock.now())
    asked = [*services.models.order(Quality.STANDARD), "own/llama-3.3-70b"]
    answers = [await services.models[model].write(request, within=timedelta(seconds=10)) for model in asked]
    await services.close()
    assert [answer.model for answer in answers] == asked
    assert {len(model.script.answered) for model in stack.models.every()} == {1}
    assert not any(model.startswith("own/") for model in services.models.known())


async def test_only_virtual_time_is_moved(postgres: Postgres) -> None:
    await postgres.create_database("real_time", TEMPLATE)
    async with open_stack(clock=RealClock(), database=Dsns.of(postgres, "real_time")) as stack:
        with pytest.raises(TypeError):
            await stack.advance(timedelta(seconds=1))
        assert stack.deliveries is not None
        assert not stack.deliveries.done()
    assert stack.deliveries.done()
    await postgres.drop_database("real_time")


async def test_a_stack_of_its_own_leaves_nothing_running_and_keeps_its_data(tmp_path: Path) -> None:
    clock = VirtualClock(START)
    async with (
        open_stack(clock=clock, data_dir=tmp_path) as first,
        signed_in(first, "ada@example.com", "a long password") as ada,
    ):
        token = await first.sign_in("ada@example.com", "a long password")
        made = (await ada.post("/api/schedule/create", **EVERY_3_HOURS))["schedule"]
        waiting = {message.id for message in first.qstash.pending()}
    urls = [first.url, *(getattr(first.urls, name) for name in first.urls.__slots__)]
    assert not any(is_open(url) for url in urls)
    assert not (tmp_path / "postgres" / "data" / "postmaster.pid").exists()

    ports = Ports(app=urlsplit(first.url).port or 0, gateway=urlsplit(first.urls.gateway).port or 0)
    async with open_stack(clock=clock, data_dir=tmp_path, ports=ports) as second:
        async with httpx.AsyncClient(base_url=second.url, headers={"Authorization": f"Bearer {token}"}) as http:
            [schedule] = (await http.get("/api/schedules")).json()["schedules"]
        assert schedule["id"] == made["id"]
        assert waiting <= {message.id for message in second.qstash.pending()}
        await second.advance(timedelta(hours=3))
        assert len(second.models.anthropic.script.answered) == 1


async def test_a_taken_port_is_refused_by_name(postgres: Postgres) -> None:
    with listen() as taken:
        taken.listen()
        with pytest.raises(OSError, match="in use"):
            async with open_stack(
                clock=VirtualClock(START),
                database=Dsns.of(postgres, TEMPLATE),
                ports=Ports(app=taken.getsockname()[1]),
            ):
                pass


async def test_a_server_that_stops_does_not_wait_for_requests_that_hang() -> None:
    line, sock = Line(Starlette(), trouble=Trouble.HANGING), listen()
    async with httpx.AsyncClient(base_url=url_of(sock)) as http:
        async with serving(line, sock):
            request = asyncio.create_task(http.get("/"))
            while line.requests == 0:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            stopping_at = time.monotonic()
        assert time.monotonic() - stopping_at < GRACE_SECONDS / 2
        with pytest.raises((httpx.NetworkError, httpx.RemoteProtocolError)):
            await request


async def test_a_failing_line_answers_like_a_proxy_in_front_of_nothing() -> None:
    line, sock = Line(Starlette(), trouble=Trouble.FAILING), listen()
    async with serving(line, sock), httpx.AsyncClient(base_url=url_of(sock)) as http:
        answer = await http.get("/")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "text/html")


async def test_a_slow_line_takes_its_time() -> None:
    line, sock = Line(Starlette(), latency=timedelta(milliseconds=50)), listen()
    async with serving(line, sock), httpx.AsyncClient(base_url=url_of(sock)) as http:
        began_at = time.monotonic()
        await http.get("/")
        assert time.monotonic() - began_at >= 0.05
