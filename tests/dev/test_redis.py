"""The local Redis through Upstash's own client, over real HTTP."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from upstash_redis.asyncio import Redis as Client
from upstash_redis.errors import UpstashError

from dev.clock import VirtualClock
from dev.redis import Redis
from dev.serving import Line, Trouble, listen, serving, url_of

TOKEN = "local-redis-token"


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(datetime(2026, 11, 21, tzinfo=UTC))


@pytest.fixture
def redis(clock: VirtualClock) -> Redis:
    return Redis(clock, TOKEN)


@pytest.fixture
def line(redis: Redis) -> Line:
    return Line(redis.app)


@pytest.fixture
async def url(line: Line) -> AsyncIterator[str]:
    sock = listen()
    async with serving(line, sock):
        yield url_of(sock)


@pytest.fixture
async def client(url: str) -> AsyncIterator[Client]:
    async with Client(url, TOKEN, rest_retries=0) as client:
        yield client


@pytest.fixture
async def http(url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {TOKEN}"}) as http:
        yield http


async def test_texts_of_any_alphabet_come_back_as_they_went_in(client: Client) -> None:
    await client.set("인사", '안녕 "세계" 👋\n\\')
    assert await client.get("인사") == '안녕 "세계" 👋\n\\'


async def test_a_stored_ok_is_told_apart_from_the_status_ok(client: Client, http: httpx.AsyncClient) -> None:
    await client.set("word", "OK")
    answer = await http.post("/", json=["GET", "word"], headers={"Upstash-Encoding": "base64"})
    assert answer.json() == {"result": "T0s="}


async def test_a_lock_is_taken_once_and_expires_by_the_stacks_clock(client: Client, clock: VirtualClock) -> None:
    assert await client.set("lock", "a", nx=True, px=30_000)
    assert not await client.set("lock", "b", nx=True, px=30_000)
    clock.advance(by=timedelta(seconds=29))
    assert await client.pttl("lock") == 1_000
    clock.advance(by=timedelta(seconds=2))
    assert await client.get("lock") is None
    assert await client.set("lock", "b", nx=True, px=30_000)


async def test_the_time_of_redis_is_the_stacks_even_inside_a_script(client: Client, clock: VirtualClock) -> None:
    clock.advance(by=timedelta(days=400))
    told = int((await client.eval("return redis.call('TIME')"))[0])
    assert told == int(clock.now().timestamp())


async def test_a_script_compares_and_deletes(client: Client) -> None:
    release = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end"
    await client.set("lock", "mine")
    assert await client.eval(release, keys=["lock"], args=["another's"]) == 0
    assert await client.eval(release, keys=["lock"], args=["mine"]) == 1


async def test_a_known_script_is_called_by_its_hash_until_redis_is_lost(client: Client, redis: Redis) -> None:
    sha = await client.script_load("return 1")
    assert await client.evalsha(sha) == 1
    redis.flush()
    with pytest.raises(UpstashError, match="NOSCRIPT"):
        await client.evalsha(sha)


async def test_a_pipeline_answers_each_command_and_an_error_stays_its_own(http: httpx.AsyncClient) -> None:
    commands = [["SET", "a", "1"], ["LPUSH", "a", "x"], ["INCR", "a"], ["HSET", "h", "f", 2], ["HGETALL", "h"]]
    answer = await http.post("/pipeline", json=commands)
    assert answer.status_code == 200
    assert answer.json() == [
        {"result": "OK"},
        {"error": "WRONGTYPE Operation against a key holding the wrong kind of value"},
        {"result": 2},
        {"result": 1},
        {"result": ["f", "2"]},
    ]


async def test_a_transaction_happens_as_a_whole(client: Client, http: httpx.AsyncClient) -> None:
    transaction = client.multi()
    transaction.set("n", 1)
    transaction.incr("n")
    assert await transaction.exec() == [True, 2]
    answer = await http.post("/multi-exec", json=[["SET", "n", "9"], ["NO-SUCH-COMMAND"]])
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("EXECABORT")
    assert await client.get("n") == "2"
    assert await client.incr("n") == 3


async def test_the_path_is_a_command_too(http: httpx.AsyncClient) -> None:
    assert (await http.get("/set/k/v?EX=100")).json() == {"result": "OK"}
    assert (await http.post("/set/body", content="a value/with ?signs")).json() == {"result": "OK"}
    assert (await http.get("/get/body")).json() == {"result": "a value/with ?signs"}
    assert (await http.get("/ttl/k")).json() == {"result": 100}


async def test_a_wrong_token_opens_nothing(http: httpx.AsyncClient) -> None:
    for headers in ({"Authorization": "Bearer wrong"}, {"Authorization": "Basic x"}, {"Authorization": ""}):
        answer = await http.post("/", json=["PING"], headers=headers)
        assert (answer.status_code, list(answer.json())) == (401, ["error"])


@pytest.mark.parametrize("body", ["", "[]", "{}", "5", "[null]", "[[1]]", "not json", '["BLPOP", "q", 0]', '["MULTI"]'])
async def test_what_is_no_command_is_answered_with_400(http: httpx.AsyncClient, body: str) -> None:
    answer = await http.post("/", content=body)
    assert (answer.status_code, list(answer.json())) == (400, ["error"])
    assert (await http.post("/", json=["PING"])).json() == {"result": "PONG"}


async def test_all_of_redis_can_be_lost(client: Client, redis: Redis) -> None:
    await client.set("k", "v")
    redis.flush()
    assert await client.get("k") is None


async def test_a_cut_line_is_a_network_error_and_heals(client: Client, line: Line) -> None:
    line.trouble = Trouble.CUT
    with pytest.raises((httpx.NetworkError, httpx.RemoteProtocolError)):
        await client.ping()
    line.trouble = Trouble.NONE
    assert await client.ping() == "PONG"


async def test_a_hanging_line_answers_nothing_until_the_caller_gives_up(client: Client, line: Line) -> None:
    line.trouble = Trouble.HANGING
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await client.ping()
