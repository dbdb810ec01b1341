"""What happens to the gateway while the database changes, is slow, or goes away."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg
import httpx
import pytest

from dev.clock import VirtualClock
from tests.databases import Database
from tests.dev.gateway import SECRET, open_gateway


@pytest.fixture
async def owner(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.owner_dsn)
    await connection.execute(
        "create function public.counted(p_n int default 1) returns int language sql volatile as $$ select p_n $$; "
        "grant execute on function public.counted(int) to service_role"
    )
    yield connection
    await connection.close()


@pytest.fixture
async def http(database: Database, owner: asyncpg.Connection) -> AsyncIterator[httpx.AsyncClient]:
    clock = VirtualClock(datetime(2026, 11, 21, tzinfo=UTC))
    async with open_gateway(database, clock) as http:
        http.headers["apikey"] = SECRET
        yield http


async def call(http: httpx.AsyncClient, function: str, **arguments: object) -> httpx.Response:
    return await http.post(f"/rest/v1/rpc/{function}", json=arguments)


async def test_a_function_made_later_is_found_at_once(http: httpx.AsyncClient, owner: asyncpg.Connection) -> None:
    assert (await call(http, "later")).json()["code"] == "PGRST202"
    await owner.execute(
        "create function public.later() returns text language sql as $$ select 'here' $$; "
        "grant execute on function public.later() to service_role"
    )
    assert (await call(http, "later")).json() == "here"


async def test_a_changed_function_is_called_as_it_is_now(http: httpx.AsyncClient, owner: asyncpg.Connection) -> None:
    assert (await call(http, "counted", p_n=2)).json() == 2
    await owner.execute(
        "drop function public.counted(int); "
        "create function public.counted(p_n int default 1) returns table (n int) language sql stable "
        "as $$ select p_n $$; grant execute on function public.counted(int) to service_role; "
        "notify pgrst, 'reload schema'"
    )
    async with asyncio.timeout(5):
        while (answer := await call(http, "counted", p_n=2)).json() != [{"n": 2}]:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert answer.status_code == 200


async def test_more_calls_than_connections_wait_their_turn(http: httpx.AsyncClient, owner: asyncpg.Connection) -> None:
    await owner.execute(
        "create function public.slow() returns int language sql volatile as $$ select 1 from pg_sleep(0.05) $$; "
        "grant execute on function public.slow() to service_role"
    )
    answers = await asyncio.gather(*(call(http, "slow") for _ in range(30)))
    assert {answer.status_code for answer in answers} == {200}


async def test_connections_that_the_server_cut_are_replaced(
    http: httpx.AsyncClient, database: Database, owner: asyncpg.Connection
) -> None:
    assert (await call(http, "counted")).is_success
    superuser = await asyncpg.connect(database.superuser_dsn)
    await superuser.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'authenticator'")
    await superuser.close()
    async with asyncio.timeout(5):
        while (answer := await call(http, "counted")).status_code != 200:
            assert answer.status_code == 503, answer.text
            assert answer.headers["retry-after"] == "0"
    assert answer.json() == 1


async def test_a_call_that_was_given_up_leaves_nothing_behind(
    http: httpx.AsyncClient, owner: asyncpg.Connection
) -> None:
    await owner.execute(
        "create table public.written (n int); grant insert, select on public.written to service_role; "
        "create function public.write_slowly() returns void language sql volatile as "
        "$$ insert into public.written values (1); select pg_sleep(5) $$; "
        "grant execute on function public.write_slowly() to service_role"
    )
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await call(http, "write_slowly")
    assert (await call(http, "counted", p_n=3)).json() == 3
    assert await owner.fetchval("select count(*) from public.written") == 0


async def test_tables_are_not_imitated_and_say_so(http: httpx.AsyncClient) -> None:
    assert (await http.get("/rest/v1/written")).status_code == 501
    assert (await http.get("/rest/v1/rpc/counted", params={"select": "n"})).status_code == 501
