"""The breakers as all instances share them: over real HTTP, and against the policy that they must agree with."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from starlette.responses import Response

from dev.clock import VirtualClock
from dev.redis import Redis
from dev.serving import Line, Trouble, listen, serving, url_of
from lib.adapters.redis import Breakers, Connection
from lib.adapters.redis.breakers import KEPT, PATIENCE, PREFIX, read_breaker, script
from lib.domain.breaker import CLOSED, Asker, Breaker, Call, Ending, instant, millis, record_call, take_probe
from lib.domain.routing import BreakerState

TOKEN = "local-redis-token"
START = datetime(2026, 12, 1, 9, tzinfo=UTC)
MODELS = ("anthropic/claude-sonnet-5-5", "gemini/gemini-3.8-flash", "own/llama-3.3-70b")
FIRST, SECOND, THIRD = MODELS
LEASE = timedelta(minutes=4)
FAILED = Call(Ending.TRANSIENT, timedelta(seconds=3), timedelta(seconds=25))
DELIVERED = Call(Ending.ACCEPTED, timedelta(seconds=3), timedelta(seconds=25))
LIMITED = Call(Ending.TRANSIENT, timedelta(seconds=1), timedelta(seconds=25), timedelta(seconds=20))

_names = count()


def anyone(*, is_untried: bool = True) -> Asker:
    return Asker(f"asker {next(_names)}", LEASE, is_untried)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(START)


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
async def connection(url: str) -> AsyncIterator[Connection]:
    connection = Connection(url, TOKEN)
    yield connection
    await connection.close()


@pytest.fixture
def breakers(connection: Connection) -> Breakers:
    return Breakers(connection)


async def fail(breakers: Breakers, model: str, times: int, now: datetime) -> None:
    for _ in range(times):
        await breakers.record(model, FAILED, (), anyone(), now)


endings = st.sampled_from(list(Ending))
spans = st.integers(0, 120_000).map(lambda number: timedelta(milliseconds=number))
calls = st.builds(Call, endings, spans, spans, st.none() | st.integers(-10, 4_000).map(lambda s: timedelta(seconds=s)))
askers = st.builds(Asker, st.sampled_from("abcd"), spans, st.booleans())
orders = st.permutations(MODELS).flatmap(lambda order: st.integers(0, 3).map(lambda most: tuple(order[:most])))
# Clocks of several instances: mostly onwards, now and then back.
steps = st.integers(-200_000, 0) | st.integers(-30_000, 3_000) | st.integers(0, 60_000) | st.integers(0, 3_000_000)
events = st.tuples(steps, st.none() | st.tuples(st.sampled_from(MODELS), calls), orders, askers)


@settings(max_examples=120, deadline=None)
@given(st.lists(events, max_size=20))
# A clock that is a minute ahead of the others leaves calls in the window that are not of theirs.
@example(
    [(0, (FIRST, FAILED), (), Asker("a", LEASE, True)), (-70_000, (FIRST, DELIVERED), (), Asker("b", LEASE, True))]
)
def test_the_script_and_the_policy_agree_on_every_history(
    history: list[tuple[int, tuple[str, Call] | None, tuple[str, ...], Asker]],
) -> None:
    clock, board, now = VirtualClock(START), dict[str, Breaker](), instant(START)
    redis = Redis(clock, TOKEN)
    for step, ended, order, asker in history:
        now += step
        then = tuple(model for model in order if not ended or model != ended[0])
        who = (asker.name, millis(asker.lease), int(asker.is_untried))
        if ended is None:
            if not then:
                continue
            keys = [PREFIX + model for model in then]
            told = redis.execute("EVAL", script(), len(keys), *keys, "take", now, *who)
        else:
            model, call = ended
            board[model] = record_call(board.get(model, CLOSED), model, call, asker, now)
            keys = [PREFIX + model for model in (model, *then)]
            wait = "" if call.retry_after is None else millis(call.retry_after)
            spent = (call.ending.value, millis(call.latency), millis(call.expected), wait)
            told = redis.execute("EVAL", script(), len(keys), *keys, "record", now, *who, *spent)
        probe = take_probe(board, then, asker, now)
        assert told[0].decode() == (PREFIX + probe if probe else "")
        for key, state in zip(keys, told[2:], strict=True):
            stored = read_breaker([part.decode() for part in state])
            assert stored == board.get(key.removeprefix(PREFIX), CLOSED)


async def test_what_one_instance_learns_the_others_know(breakers: Breakers, connection: Connection) -> None:
    other = Breakers(connection)
    await fail(breakers, FIRST, 3, START)
    assert await other.take(MODELS, anyone(), START) == SECOND
    [standing] = await other.read([FIRST], START)
    assert (standing.state, standing.calls, standing.success_rate) == (BreakerState.OPEN, 3, 0)


async def test_one_of_fifty_callers_gets_the_probe_and_the_rest_the_fallback(connection: Connection) -> None:
    breakers = Breakers(connection, patience=timedelta(seconds=10))  # all of them in one process, Redis too
    await breakers.record(FIRST, LIMITED, (), anyone(), START)
    due_at = START + timedelta(seconds=20)
    taken = await asyncio.gather(*(breakers.take(MODELS, anyone(), due_at) for _ in range(50)))
    assert sorted(str(model) for model in taken) == [FIRST] + [SECOND] * 49


async def test_a_failed_call_and_the_choice_after_it_are_one_round_trip(breakers: Breakers, line: Line) -> None:
    asker = anyone()
    assert await breakers.take(MODELS, asker, START) == FIRST
    assert await breakers.record(FIRST, FAILED, MODELS[1:], asker, START) == SECOND
    assert await breakers.record(SECOND, DELIVERED, (), asker, START) is None
    assert line.requests == 3


async def test_a_fallback_whose_time_has_come_is_probed_when_the_first_has_failed(breakers: Breakers) -> None:
    await breakers.record(SECOND, LIMITED, (), anyone(), START)
    later, asker = START + timedelta(minutes=1), anyone(is_untried=False)
    assert await breakers.record(FIRST, FAILED, (SECOND,), asker, later) == SECOND
    assert await breakers.record(FIRST, FAILED, (SECOND,), anyone(is_untried=False), later) is None


async def test_reading_changes_nothing(breakers: Breakers, redis: Redis) -> None:
    await fail(breakers, FIRST, 3, START)
    before = redis.execute("HGETALL", PREFIX + FIRST)
    states = await breakers.read(MODELS, START + timedelta(hours=1))
    assert [standing.state for standing in states] == ["half_open", "closed", "closed"]
    assert redis.execute("HGETALL", PREFIX + FIRST) == before
    assert redis.execute("EXISTS", PREFIX + SECOND) == 0


async def test_a_breaker_is_kept_longer_than_it_can_stay_open(
    breakers: Breakers, redis: Redis, clock: VirtualClock
) -> None:
    await breakers.record(FIRST, Call(Ending.CONFIGURATION, *2 * (timedelta(0),)), (), anyone(), START)
    clock.advance(by=KEPT - timedelta(seconds=1))
    assert redis.execute("EXISTS", PREFIX + FIRST) == 1
    clock.advance(by=timedelta(seconds=2))
    assert redis.execute("EXISTS", PREFIX + FIRST) == 0
    assert timedelta(minutes=30) < KEPT


@pytest.mark.parametrize("trouble", [Trouble.CUT, Trouble.FAILING, Trouble.HANGING])
async def test_without_redis_the_same_policy_goes_on_here(breakers: Breakers, line: Line, trouble: Trouble) -> None:
    line.trouble = trouble
    assert await breakers.take(MODELS, anyone(), START) == FIRST
    await fail(breakers, FIRST, 3, START)
    assert await breakers.take(MODELS, anyone(), START) == SECOND
    [standing, *_] = await breakers.read(MODELS, START)
    assert standing.state == BreakerState.OPEN
    due_at = START + timedelta(minutes=1)
    taken = [await breakers.take(MODELS, anyone(), due_at) for _ in range(2)]
    assert taken == [FIRST, SECOND]


async def test_a_redis_that_hangs_costs_no_more_than_the_patience(breakers: Breakers, line: Line) -> None:
    line.trouble = Trouble.HANGING
    loop = asyncio.get_running_loop()
    began = loop.time()
    await breakers.take(MODELS, anyone(), START)
    assert loop.time() - began < 3 * PATIENCE.total_seconds()


async def test_when_redis_is_back_it_is_asked_again(breakers: Breakers, line: Line) -> None:
    line.trouble = Trouble.CUT
    await fail(breakers, FIRST, 3, START)
    line.trouble = Trouble.NONE
    assert await breakers.take(MODELS, anyone(), START) == FIRST
    await fail(breakers, FIRST, 3, START)
    assert await breakers.take(MODELS, anyone(), START) == SECOND


async def test_breakers_need_no_redis_at_all() -> None:
    breakers = Breakers(Connection(None, None))
    await fail(breakers, FIRST, 3, START)
    assert await breakers.take(MODELS, anyone(), START) == SECOND


async def test_a_wrong_token_is_like_no_redis(url: str) -> None:
    breakers = Breakers(another := Connection(url, "another"))
    assert await breakers.take(MODELS, anyone(), START) == FIRST
    await another.close()


async def test_rubbish_in_redis_is_like_no_redis(breakers: Breakers, redis: Redis) -> None:
    redis.execute("HSET", PREFIX + FIRST, "open_until", "soon", "window", "?")
    assert await breakers.take(MODELS, anyone(), START) == FIRST
    redis.execute("SET", PREFIX + SECOND, "text")
    assert await breakers.take(MODELS, anyone(), START) == FIRST


@pytest.mark.parametrize("said", ['[null, "0", null]', '[7, "0", [1]]', '["", "0", ["x"]]', '{"a": 1}', '"OK"', "[]"])
async def test_an_answer_that_cannot_be_read_is_like_no_redis(breakers: Breakers, line: Line, said: str) -> None:
    line.app = Response(f'{{"result": {said}}}', media_type="application/json")
    asker = anyone()
    assert await breakers.take([FIRST], asker, START) == FIRST
    assert await breakers.record(FIRST, DELIVERED, [], asker, START) is None


async def test_a_state_of_another_kind_is_like_no_redis(breakers: Breakers, line: Line) -> None:
    state = ["0", "0", "0", "", "0", None, "0", "0", "0", "0", "0"]
    line.app = Response(json.dumps({"result": [None, "0", state]}), media_type="application/json")
    assert await breakers.take([FIRST], anyone(), START) == FIRST
