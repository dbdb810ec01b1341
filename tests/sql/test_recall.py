"""What a claim recalls, and writing_figures: what was written before, and what it took."""

from datetime import timedelta

import asyncpg
import pytest

from tests.sql.callers import Person, Row
from tests.sql.test_sweep_cost import cost_of
from tests.sql.world import HOUR, MINUTE, NOW, World, claim_arguments, contents, model_attempt

DAY = timedelta(days=1)


async def plant(world: World, schedule: Row, count: int, kind: str = "x_post", ago: timedelta = timedelta(0)) -> None:
    """Contents of one run, one a minute, the newest at NOW - ago."""
    run = (await world.run_now(schedule, key=f"{kind} {ago} {count}", claim_id=f"{schedule['id']} {kind} {ago}"))["run"]
    await world.owner.execute(
        """
        insert into app.contents (workspace_id, schedule_id, run_id, item, kind, body, memory, angle, created_at)
        select $1, $2, $3, n, $4::text::app.content_type, 'body ' || n || repeat(' tea', 100), 'memory ' || n,
          'angle ' || n, $5::timestamptz - interval '1 minute' * n
        from generate_series(0, $6::int - 1) n
        """,
        schedule["workspace_id"], schedule["id"], run["id"], kind, NOW - ago, count,
    )  # fmt: skip


async def recall(world: World, schedule: Row, kinds: tuple[str, ...] = ("x_post",), most: int = 2000) -> list[Row]:
    found: list[Row] = await world.owner.fetchval(
        "select app.recall_contents($1, $2::text[]::app.content_type[], $3)", schedule["id"], list(kinds), most
    )
    return found


async def test_the_whole_workspace_is_remembered_the_newest_first(world: World) -> None:
    ada = await world.person()
    schedule, other = await world.schedule(ada), await world.schedule(ada)
    await plant(world, schedule, 2, ago=HOUR)
    await plant(world, other, 1)
    found = await recall(world, schedule)
    assert [(it["memory"], it.get("angle"), "title" in it) for it in found] == [
        ("memory 0", None, False), ("memory 0", "angle 0", True), ("memory 1", "angle 1", True),
    ]  # fmt: skip
    assert len(found[1]["title"]) == 120, "a text without a title is known by its beginning"


async def test_another_workspace_is_never_remembered(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    mine, theirs = await world.schedule(ada), await world.schedule(bob)
    await plant(world, theirs, 3)
    await plant(world, mine, 1)
    assert [it["memory"] for it in await recall(world, mine)] == ["memory 0"]
    assert await recall(world, {"id": "00000000-0000-0000-0000-000000000001"}) == []


async def test_only_the_platforms_that_are_asked_for_are_remembered(world: World) -> None:
    schedule = await world.schedule(await world.person())
    await plant(world, schedule, 2, "x_post")
    await plant(world, schedule, 1, "x_thread", HOUR)
    await plant(world, schedule, 1, "blog_post")
    assert len(await recall(world, schedule, ("x_post", "x_thread"))) == 3
    assert len(await recall(world, schedule, ("linkedin_post",))) == 0


async def test_what_has_no_memory_is_left_out_and_what_was_rejected_is_not(world: World) -> None:
    schedule = await world.schedule(await world.person())
    await plant(world, schedule, 3)
    await world.owner.execute("update app.contents set memory = null where item = 0")
    await world.owner.execute("update app.contents set status = 'rejected' where item = 1")
    assert [it["memory"] for it in await recall(world, schedule)] == ["memory 1", "memory 2"]


async def test_a_schedules_own_newest_are_there_however_much_the_others_wrote(world: World) -> None:
    ada = await world.person()
    seldom, busy = await world.schedule(ada), await world.schedule(ada)
    await plant(world, seldom, 40, ago=30 * DAY)
    await plant(world, busy, 50)
    found = await recall(world, seldom, most=20)
    own = [it for it in found if "title" in it]
    assert (len(found), len(own), own[0]["angle"], own[-1]["angle"]) == (50, 30, "angle 0", "angle 29")
    assert len(await recall(world, busy, most=20)) == 30


async def test_never_more_than_two_thousand_and_read_through_an_index(world: World) -> None:
    ada = await world.person()
    schedule, other = await world.schedule(ada), await world.schedule(ada)
    await plant(world, schedule, 40)
    await plant(world, other, 6_000, ago=HOUR)
    await plant(world, other, 6_000, "blog_post")
    await world.owner.execute("analyze app.contents")
    answer, cost = await cost_of(world.service, "claim_run", **claim_arguments(schedule, NOW, NOW))
    assert len(answer["recalled"]) == 2_000
    assert cost.scanned["contents"] == 0
    assert cost.fetched["contents"] <= 2_100


async def done(world: World, schedule: Row, key: str, items: int, cost: int, **wanted: object) -> None:
    run = (await world.run_now(schedule, key=key, claim_id=key, count=items, **wanted))["run"]
    told = {"model_attempts": [model_attempt(key, cost, tokens_in=100, tokens_out=50)]}
    await world.service.call(
        "finish_run",
        run_id=run["id"],
        fence=run["fence"],
        contents=contents(items),
        measured=told,
        now=NOW,
        known=None,
        handover=None,
    )


async def figures(person: Person, quality: str = "standard", kind: str = "x_post", now: object = NOW + HOUR) -> Row:
    return await person.call("writing_figures", workspace_id=None, content_type=kind, quality=quality, now=now)


async def test_what_a_content_takes_is_measured_for_each_content(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    schedule = await world.schedule(ada)
    await done(world, schedule, "batch", 3, 900)
    await done(world, schedule, "single", 1, 101)
    await done(world, schedule, "dear", 1, 5_000, quality="premium")
    await done(world, await world.schedule(bob), "bob's", 1, 99_999)
    assert await figures(ada) == {"contents": 4, "tokens_in": 50, "tokens_out": 25, "cost": 251}
    assert await figures(ada, "premium") == {"contents": 1, "tokens_in": 100, "tokens_out": 50, "cost": 5_000}
    nothing = {"contents": 0, "tokens_in": None, "tokens_out": None, "cost": None}
    assert await figures(ada, kind="blog_post") == nothing
    assert await figures(ada, now=NOW + 31 * DAY) == nothing, "what is long ago tells little"


async def test_figures_of_what_is_unknown_are_refused(world: World) -> None:
    ada = await world.person()
    for kind, quality in (("tiktok", "standard"), ("x_post", "best")):
        with pytest.raises(asyncpg.InvalidTextRepresentationError):
            await figures(ada, quality, kind)


async def test_a_batch_of_which_a_part_failed_is_measured_by_what_there_is(world: World) -> None:
    ada = await world.person()
    run = (await world.run_now(await world.schedule(ada), count=4))["run"]
    told = {"model_attempts": [model_attempt("one", 300, tokens_in=3, tokens_out=3)], "items_failed": 1}
    await world.service.call(
        "finish_run",
        run_id=run["id"],
        fence=run["fence"],
        contents=contents(3),
        measured=told,
        now=NOW + MINUTE,
        known=None,
        handover=None,
    )
    assert await figures(ada) == {"contents": 3, "tokens_in": 1, "tokens_out": 1, "cost": 100}
