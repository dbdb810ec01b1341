"""A day's runs and money are reserved before work begins and settled after it, to the micro-dollar."""

from datetime import timedelta

from tests.sql.world import HOUR, MINUTE, NOW, WORST, World, at


async def limit(world: World, **limits: int) -> None:
    for name, value in limits.items():
        await world.owner.execute(f"update app.plans set {name} = $1 where plan = 'team'", value)  # noqa: S608


async def test_a_run_beyond_the_days_quota_is_skipped_with_its_reason(world: World) -> None:
    ada = await world.person()
    await limit(world, runs_a_day=1)
    schedules = [await world.schedule(ada) for _ in range(2)]
    claims = [await world.claim(it) for it in schedules]
    assert [(it["outcome"], it["reason"]) for it in claims] == [("claimed", None), ("skipped", "quota")]
    assert await world.ledger(schedules[1]) == [(NOW, "skipped", "quota")]
    skipped = await world.stored(schedules[1])
    assert (skipped["run_count"], skipped["total_failed"]) == (0, 0)
    assert (await world.advance(schedules[1], NOW + HOUR))["outcome"] == "advanced"


async def test_a_run_whose_worst_case_is_beyond_the_days_money_is_skipped_with_its_reason(world: World) -> None:
    ada = await world.person()
    await limit(world, daily_cost=2 * WORST - 1)
    schedules = [await world.schedule(ada) for _ in range(2)]
    claims = [await world.claim(it) for it in schedules]
    assert [(it["outcome"], it["reason"]) for it in claims] == [("claimed", None), ("skipped", "budget")]
    assert await world.day(ada.id) == (1, WORST, 0)


async def test_what_a_run_did_not_use_is_there_for_the_next(world: World) -> None:
    ada = await world.person()
    await limit(world, daily_cost=2 * WORST - 1)
    schedules = [await world.schedule(ada) for _ in range(3)]
    await world.finish((await world.claim(schedules[0]))["run"], cost=WORST - 1)
    claimed = await world.claim(schedules[1])
    assert claimed["outcome"] == "claimed"
    await world.finish(claimed["run"], cost=1)
    assert (await world.claim(schedules[2]))["reason"] == "budget"
    assert await world.day(ada.id) == (2, 0, WORST)


async def test_the_next_utc_day_begins_with_nothing_used(world: World) -> None:
    ada = await world.person()
    await limit(world, runs_a_day=1)
    tomorrow = NOW.replace(hour=0) + timedelta(days=1)
    schedules = [await world.schedule(ada, due_at) for due_at in (NOW, tomorrow - MINUTE, tomorrow)]
    claims = [await world.claim(it, at(it["next_run_at"]), at(it["next_run_at"])) for it in schedules]
    assert [it["reason"] for it in claims] == [None, "quota", None]


async def test_each_content_type_reserves_its_own_worst_case(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada, content_type="blog_post")
    await world.claim(
        schedule, worst_costs={"standard": {"x_post": {"fixed": 1, "byte": 0}, "blog_post": {"fixed": 77, "byte": 0}}}
    )
    assert await world.day(ada.id) == (1, 77, 0)


async def test_one_workspace_never_uses_anothers_day(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    await limit(world, runs_a_day=1)
    first, second = await world.schedule(ada), await world.schedule(bob)
    assert (await world.claim(first))["outcome"] == "claimed"
    assert (await world.claim(second))["outcome"] == "claimed"
    assert (await world.day(ada.id), await world.day(bob.id)) == ((1, WORST, 0), (1, WORST, 0))


async def test_a_repeated_claim_reserves_nothing_more(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada)
    for claim_id in ("a", "a", "b"):
        await world.claim(schedule, claim_id=claim_id)
    assert await world.day(ada.id) == (1, WORST, 0)


async def test_after_every_ending_the_day_holds_exactly_what_was_measured(world: World) -> None:
    ada = await world.person()
    endings = [("finish", 11), ("finish", 0), ("fail", 7), ("fail", 0), ("pause", 0), ("delete", 5)]
    for ending, cost in endings:
        schedule = await world.schedule(ada)
        run = (await world.claim(schedule, claim_id=schedule["id"]))["run"]
        match ending:
            case "finish":
                await world.finish(run, cost=cost)
            case "fail":
                await world.fail(run, final=True, cost=cost)
            case "pause" | "delete":
                await world.fail(run, cost=cost)
                await ada.call(f"{ending}_schedule", schedule_id=schedule["id"], now=NOW + MINUTE)
                assert (await world.resume(run, NOW + 2 * MINUTE))["outcome"] == "skipped"
    assert await world.day(ada.id) == (4, 0, 11 + 7 + 5), "a failure or a skip that cost nothing gives its place back"
