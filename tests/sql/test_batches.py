"""A run of several contents: what it wants, what it may cost, and which places of the day's quota it uses."""

from typing import Any

import asyncpg
import pytest

from tests.sql.callers import Row
from tests.sql.world import HOUR, NOW, WORST, World, model_attempt, worst_costs_of

DEARER = {"standard": worst_costs_of(1), "premium": worst_costs_of(7), "chosen": worst_costs_of(50)}


async def quota(world: World, contents_a_day: int) -> None:
    await world.owner.execute("update app.plans set runs_a_day = $1 where plan = 'team'", contents_a_day)


async def test_a_batch_uses_a_place_of_the_quota_for_each_content(world: World) -> None:
    ada = await world.person()
    await quota(world, 7)
    schedules = [await world.schedule(ada, settings={"count": 4}) for _ in range(2)]
    claims = [await world.claim(it) for it in schedules]
    assert [(it["outcome"], it["reason"]) for it in claims] == [("claimed", None), ("skipped", "quota")]
    assert await world.day(ada.id) == (4, 4 * WORST, 0)
    (error,) = claims[1]["run"]["errors"]
    assert (error["code"], error["limit"], error["used"], error["needed"]) == ("quota", 7, 4, 4)
    assert (await world.run_now(schedules[1], count=3))["outcome"] == "claimed", "what is left serves a smaller one"
    assert await world.day(ada.id) == (7, 7 * WORST, 0)


@pytest.mark.parametrize("late_cost", [0, 9])
async def test_a_batch_that_cost_nothing_gives_all_its_places_back(world: World, late_cost: int) -> None:
    ada = await world.person()
    run = (await world.claim(await world.schedule(ada, settings={"count": 5})))["run"]
    await world.fail(run, final=True)
    assert await world.day(ada.id) == (0, 0, 0)
    await world.record(run, model_attempt("late", late_cost))
    assert await world.day(ada.id) == (5 if late_cost else 0, 0, late_cost)


@pytest.mark.parametrize(
    ("count", "wanted"),
    [(1, 1), (20, 20), (21, 1), (0, 1), (-3, 1), (2.5, 1), ("5", 1), (True, 1), (None, 1), ([5], 1), (10**15, 1)],
)
async def test_a_count_that_no_reader_would_take_counts_as_one(world: World, count: Any, wanted: int) -> None:
    schedule = await world.schedule(await world.person(), settings={"count": count})
    run = (await world.claim(schedule))["run"]
    assert (run["item_count"], run["worst_cost"]) == (wanted, wanted * WORST)


@pytest.mark.parametrize(
    ("settings", "order", "worst"),
    [
        ({}, "standard", 1),
        ({"quality": "premium"}, "premium", 7),
        ({"quality": ["premium"]}, "standard", 1),
        ({"quality": "best"}, "standard", 1),
        ({"models": ["own/writer"]}, "standard", 50),
        ({"models": [], "quality": "premium"}, "premium", 7),
        ({"models": "own/writer"}, "standard", 1),
    ],
)
async def test_quality_and_chosen_models_decide_which_prices_hold(
    world: World, settings: Row, order: str, worst: int
) -> None:
    schedule = await world.schedule(await world.person(), settings=settings)
    run = (await world.claim(schedule, worst_costs=DEARER))["run"]
    assert (run["quality"], run["worst_cost"]) == (order, worst)


async def test_every_byte_of_the_settings_counts_as_the_prompt_holds_it(world: World) -> None:
    ada = await world.person()
    prices = {"standard": worst_costs_of(10, byte=1_000_000)}  # a thousand micro-USD a byte
    for topic, longer in (("tea", 3), ("차", 3), ("<&>", 4 + 5 + 4)):
        empty = (await world.claim(await world.schedule(ada, settings={"topic": ""}), worst_costs=prices))["run"]
        run = (await world.claim(await world.schedule(ada, settings={"topic": topic}), worst_costs=prices))["run"]
        assert run["worst_cost"] - empty["worst_cost"] == 1_000 * longer
        assert empty["worst_cost"] == 10 + 1_000 * len('{"topic": ""}')


async def test_a_part_of_a_micro_dollar_is_a_whole_one_for_each_content(world: World) -> None:
    schedule = await world.schedule(await world.person(), settings={"count": 3})
    run = (await world.claim(schedule, worst_costs={"standard": worst_costs_of(0, byte=1)}))["run"]
    assert run["worst_cost"] == 3


@pytest.mark.parametrize(
    "worst_costs",
    [
        {},
        {"premium": worst_costs_of(1)},
        {"standard": {"blog_post": {"fixed": 1, "byte": 1}}},
        {"standard": worst_costs_of(-1)},
        {"standard": worst_costs_of(1, byte=-1)},
        {"standard": {"x_post": {"fixed": 1}}},
        {"standard": {"x_post": {"byte": 1}}},
        {"standard": {"x_post": 1}},
        {"x_post": 1},
    ],
)
async def test_without_a_price_nothing_is_claimed(world: World, worst_costs: Row) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada)
    with pytest.raises(asyncpg.InvalidParameterValueError):
        await world.claim(schedule, worst_costs=worst_costs)
    with pytest.raises(asyncpg.InvalidParameterValueError):
        await world.run_now(schedule, worst_costs=worst_costs)
    run = (await world.claim(schedule))["run"]
    with pytest.raises(asyncpg.InvalidParameterValueError):
        await world.resume(run, NOW + HOUR / 4, worst_costs=worst_costs)


async def test_a_person_may_want_another_count_quality_and_priority_this_once(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada, priority=3, settings={"count": 2, "quality": "premium"})
    as_it_says = (await world.run_now(schedule, worst_costs=DEARER))["run"]
    other = await world.run_now(
        schedule, key="other", claim_id="other", worst_costs=DEARER, count=5, quality="standard", priority=9, retries=0
    )
    wanted = [
        tuple(it[name] for name in ("item_count", "quality", "priority", "retries", "worst_cost"))
        for it in (as_it_says, other["run"])
    ]
    assert wanted == [(2, "premium", 3, None, 14), (5, "standard", 9, 0, 5)]


@pytest.mark.parametrize(
    "wanted", [{"count": 0}, {"count": 21}, {"priority": 10}, {"retries": 12}, {"quality": "best"}]
)
async def test_what_cannot_be_wanted_is_refused(world: World, wanted: Row) -> None:
    schedule = await world.schedule(await world.person())
    for ask in (world.run_now, world.queue):
        with pytest.raises((asyncpg.DataError, asyncpg.CheckViolationError)):
            await ask(schedule, **wanted)
    assert await world.ledger(schedule) == []


async def test_another_attempt_is_about_as_many_contents_as_the_first(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada, settings={"count": 3})
    run = (await world.claim(schedule))["run"]
    await ada.call(
        "update_schedule", schedule_id=schedule["id"], revision=1, changes={"settings": {"count": 9}},
        next_run_at=NOW + HOUR, late_at=NOW + 2 * HOUR, now=NOW,
    )  # fmt: skip
    again = (await world.resume(run, NOW + HOUR / 4))["run"]
    assert (again["item_count"], again["reserved_cost"]) == (3, 3 * WORST)
    assert await world.day(ada.id) == (3, 3 * WORST, 0)
