"""Caps on money hold for every claim together, say which one tripped, and let go when their period turns."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from tests.sql.callers import Person, Row
from tests.sql.test_races import both
from tests.sql.world import (
    HOUR,
    LEASE,
    MINUTE,
    NOW,
    WORST,
    WORST_COSTS,
    World,
    at,
    claim_arguments,
    model_answer,
    model_attempt,
)

TOMORROW = datetime(2026, 11, 22, tzinfo=UTC)
DECEMBER = datetime(2026, 12, 1, tzinfo=UTC)
CAPS = ["plan_day", "plan_month", "workspace_day", "workspace_month", "schedule_day", "schedule_month"]


async def capped(world: World, person: Person, cap: str, most: int, **fields: object) -> Row:
    """A schedule of the person's whose runs this cap is the first to stop."""
    column = "daily_cost" if cap.endswith("day") else "monthly_cost"
    match cap.split("_")[0]:
        case "plan":
            await world.owner.execute(f"update app.plans set {column} = $1 where plan = 'team'", most)  # noqa: S608
        case "workspace":
            daily, monthly = (most, None) if column == "daily_cost" else (None, most)
            await person.call("set_caps", workspace_id=None, daily=daily, monthly=monthly, now=NOW)
        case "schedule":
            fields[f"{column}_cap"] = most
    return await world.schedule(person, **fields)


async def alerts(world: World, person: Person) -> list[Row]:
    found: list[Row] = (await person.call("list_alerts", workspace_id=None, after=None, limit=99))["alerts"]
    return found


async def days_begun(world: World, person: Person) -> None:
    """The days' rows are there already: a claim that has to make its day's waits for others who do, too."""
    for day in (NOW, TOMORROW):
        await world.owner.execute(
            "insert into app.budget_days (workspace_id, day) values ($1, $2)", person.id, day.date()
        )


@pytest.mark.parametrize("cap", CAPS)
async def test_each_cap_stops_a_run_with_its_reason_and_what_it_says(world: World, cap: str) -> None:
    ada = await world.person()
    schedule = await capped(world, ada, cap, 2 * WORST - 1)
    await world.finish((await world.claim(schedule))["run"], cost=WORST)
    await world.advance(schedule, NOW + HOUR)
    claim = await world.claim(schedule, NOW + HOUR, NOW + HOUR)
    assert (claim["outcome"], claim["reason"]) == ("skipped", "budget")
    (error,) = claim["run"]["errors"]
    assert {**error, "message": "", "at": "", "turns_at": ""} == {
        "code": "cap", "cap": cap, "limit": 2 * WORST - 1, "used": WORST, "needed": WORST, "attempt": 0,
        "message": "", "at": "", "turns_at": "",
    }  # fmt: skip
    assert at(error["turns_at"]) == (TOMORROW if cap.endswith("day") else DECEMBER)
    assert error["message"].startswith(f"The {cap.split('_')[0]}'s money of the {cap.split('_')[1]}")


@pytest.mark.parametrize("cap", CAPS)
async def test_a_cap_that_is_less_than_one_run_may_cost_promises_no_better_day(world: World, cap: str) -> None:
    schedule = await capped(world, await world.person(), cap, WORST - 1)
    (error,) = (await world.claim(schedule))["run"]["errors"]
    assert (error["cap"], error["turns_at"]) == (cap, None)


@pytest.mark.parametrize("cap", CAPS)
async def test_a_tripped_cap_lets_the_schedule_run_again_when_its_period_turns(world: World, cap: str) -> None:
    ada = await world.person()
    schedule = await capped(world, ada, cap, WORST)
    turns_at = TOMORROW if cap.endswith("day") else DECEMBER
    await world.finish((await world.claim(schedule))["run"], cost=1)
    for due_at, outcome in ((turns_at - MINUTE, "skipped"), (turns_at, "claimed")):
        waiting = at((await world.owner.fetchval("select app.schedule_json(s) from app.schedules s"))["next_run_at"])
        await world.advance(schedule, due_at, waiting, waiting)
        assert (await world.claim(schedule, due_at, due_at, claim_id=str(due_at)))["outcome"] == outcome


@pytest.mark.parametrize("cap", CAPS)
async def test_of_fifty_claims_that_see_the_last_cent_one_runs(world: World, cap: str) -> None:
    ada = await world.person()
    schedule = await capped(world, ada, cap, WORST)
    await days_begun(world, ada)
    others = [schedule] if cap.startswith("schedule") else [schedule, *[await world.schedule(ada) for _ in range(4)]]
    pressed = [world.run_now(others[n % len(others)], key=str(n), claim_id=str(n)) for n in range(50)]
    answers = await asyncio.gather(*pressed)
    assert Counter(it["outcome"] for it in answers) == {"claimed": 1, "refused": 49}
    assert {it["refusal"]["cap"] for it in answers if it["outcome"] == "refused"} == {cap}
    assert await world.day(ada.id) == (1, WORST, 0)
    (alert,) = await alerts(world, ada)
    assert (alert["count"], alert["details"]["cap"]) == (49, cap)


async def test_at_midnight_two_days_cannot_both_take_the_months_last_cent(world: World) -> None:
    ada = await world.person()
    await capped(world, ada, "workspace_month", WORST)
    await days_begun(world, ada)
    schedules = [await world.schedule(ada) for _ in range(20)]
    moments = [TOMORROW - MINUTE, TOMORROW]
    pressed = [world.run_now(it, now=moments[n % 2], claim_id=str(n)) for n, it in enumerate(schedules)]
    outcomes = Counter(it["outcome"] for it in await asyncio.gather(*pressed))
    assert outcomes == {"claimed": 1, "refused": 19}


@pytest.mark.parametrize("moments", [(NOW, NOW), (TOMORROW - MINUTE, TOMORROW)])
async def test_a_claim_waits_for_the_one_that_is_just_taking_the_money(
    world: World, moments: tuple[datetime, datetime]
) -> None:
    ada = await world.person()
    await capped(world, ada, "workspace_month", 2 * WORST - 1)
    await days_begun(world, ada)
    schedules = [await world.schedule(ada, due_at) for due_at in moments]
    first, second = await both(
        world.service, "claim_run", claim_arguments(schedules[0], moments[0], moments[0]),
        world.service, claim_arguments(schedules[1], moments[1], moments[1]),
    )  # fmt: skip
    assert (first["outcome"], second["outcome"], second["reason"]) == ("claimed", "skipped", "budget")


async def test_another_attempt_waits_for_the_one_that_is_just_taking_the_money(world: World) -> None:
    ada = await world.person()
    await capped(world, ada, "workspace_month", 2 * WORST)
    interrupted, schedule = await world.schedule(ada), await world.schedule(ada, TOMORROW)
    run = (await world.claim(interrupted))["run"]
    await world.fail(run, cost=1)
    resume = {
        "run_id": run["id"], "claim_id": "again", "message_id": None, "lease": LEASE, "worst_costs": WORST_COSTS,
        "now": NOW + 5 * MINUTE,
    }  # fmt: skip
    first, second = await both(
        world.service, "claim_run", claim_arguments(schedule, TOMORROW, TOMORROW), world.service, resume,
        then="resume_run",
    )  # fmt: skip
    assert (first["outcome"], second["outcome"], second["reason"]) == ("claimed", "failed", "budget")


async def test_the_narrowest_owner_of_a_cap_is_asked_last(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada, daily_cost_cap=1, monthly_cost_cap=1)
    for cap in reversed(CAPS):
        if not cap.startswith("schedule"):
            await capped(world, ada, cap, 1) if cap.startswith("plan") else await ada.call(
                "set_caps", workspace_id=None, monthly=1, daily=1 if cap == "workspace_day" else None, now=NOW
            )
        refusal = (await world.run_now(schedule, key=cap, claim_id=cap))["refusal"]
        assert refusal["cap"] == ("schedule_day" if cap == "schedule_month" else cap)
    await world.owner.execute("update app.plans set runs_a_day = 0")
    refusal = (await world.run_now(schedule))["refusal"]
    assert {**refusal, "turns_at": ""} == {"cap": "plan_quota", "limit": 0, "used": 0, "needed": 1, "turns_at": ""}


async def test_runs_that_succeed_use_a_cap_up_as_well(world: World) -> None:
    ada = await world.person()
    schedule = await capped(world, ada, "schedule_day", 10 * WORST)
    outcomes = []
    for n in range(20):
        claim = await world.run_now(schedule, key=str(n), claim_id=str(n))
        outcomes.append(claim["outcome"])
        if claim["run"]:
            await world.finish(claim["run"], cost=WORST)
    assert outcomes == ["claimed"] * 10 + ["refused"] * 10


async def test_a_schedules_cap_is_no_other_schedules_cap(world: World) -> None:
    ada = await world.person()
    capped_one = await capped(world, ada, "schedule_month", WORST)
    other = await world.schedule(ada)
    assert (await world.claim(other))["outcome"] == "claimed"
    assert (await world.claim(capped_one))["outcome"] == "claimed"


async def test_another_workspaces_money_is_never_counted(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    for person in (ada, bob):
        schedule = await capped(world, person, "workspace_month", WORST)
        assert (await world.claim(schedule, claim_id=person.id))["outcome"] == "claimed"


async def test_one_alert_a_cap_and_period_also_when_somebody_has_resolved_it(world: World) -> None:
    ada = await world.person()
    schedule = await capped(world, ada, "schedule_day", 1)
    await world.run_now(schedule)
    (first,) = await alerts(world, ada)
    assert (first["kind"], first["count"], first["schedule_id"]) == ("budget_tripped", 1, schedule["id"])
    assert first["subject"] == f"schedule_day {schedule['id']} 2026-11-21"
    await ada.call("resolve_alert", alert_id=first["id"], now=NOW)
    await world.run_now(schedule, now=NOW + HOUR)
    (same,) = await alerts(world, ada)
    assert (same["id"], same["count"], at(same["last_at"])) == (first["id"], 2, NOW + HOUR)
    await world.run_now(schedule, now=TOMORROW)
    newest, other = await alerts(world, ada)
    assert (newest["count"], newest["resolved_at"], other["id"]) == (1, None, first["id"])


async def test_a_caps_alert_is_its_workspaces_own(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    await world.run_now(await capped(world, ada, "workspace_day", 1))
    assert (len(await alerts(world, ada)), await alerts(world, bob)) == (1, [])


async def test_an_owner_sets_changes_and_lifts_the_caps(world: World) -> None:
    ada = await world.person()
    for daily, monthly, outcome in ((5, 9, "set"), (5, 9, "unchanged"), (None, 9, "set"), (None, None, "set")):
        answer = await ada.call("set_caps", workspace_id=ada.id, daily=daily, monthly=monthly, now=NOW)
        workspace = answer["workspace"]
        assert (answer["outcome"], workspace["daily_cost_cap"], workspace["monthly_cost_cap"]) == (
            outcome, daily, monthly,
        )  # fmt: skip
        (shown,) = (await ada.call("list_workspaces", now=NOW))["workspaces"]
        assert (shown["daily_cost_cap"], shown["monthly_cost_cap"]) == (daily, monthly)
    noted = await world.owner.fetch("select action from app.audit_log where workspace_id = $1", ada.id)
    assert [it["action"] for it in noted] == ["workspace.caps"] * 3


async def test_a_person_gives_a_schedule_its_caps_and_takes_them_away(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada, daily_cost_cap=7)
    assert (schedule["daily_cost_cap"], schedule["monthly_cost_cap"]) == (7, None)
    changed = await ada.call(
        "update_schedule", schedule_id=schedule["id"], revision=1, next_run_at=NOW, late_at=NOW + HOUR,
        changes={"daily_cost_cap": None, "monthly_cost_cap": 9}, now=NOW - HOUR,
    )  # fmt: skip
    after = changed["schedule"]
    assert (changed["outcome"], after["revision"], after["next_run_at"]) == ("updated", 1, schedule["next_run_at"])
    assert (after["daily_cost_cap"], after["monthly_cost_cap"]) == (None, 9)


async def test_an_attempt_that_no_cap_has_room_for_is_not_begun_and_says_so(world: World) -> None:
    ada = await world.person()
    schedule = await capped(world, ada, "schedule_month", WORST + 70_000)
    run = (await world.claim(schedule))["run"]
    await world.fail(run, cost=80_000)
    claim = await world.resume(run, NOW + 5 * MINUTE)
    assert (claim["outcome"], claim["reason"]) == ("failed", "budget")
    assert [(it["code"], it.get("cap"), it.get("needed")) for it in claim["run"]["errors"]] == [
        ("overloaded", None, None), ("cap", "schedule_month", 80_000),
    ]  # fmt: skip
    assert len(await alerts(world, ada)) == 1
    assert await world.day(ada.id) == (1, 0, 80_000)


async def test_with_answers_in_hand_a_run_goes_on_with_the_money_it_holds(world: World) -> None:
    ada = await world.person()
    schedule = await capped(world, ada, "workspace_day", WORST)
    run = (await world.claim(schedule))["run"]
    await world.record(run, model_attempt("one", 80_000), model_answer())
    claim = await world.resume(run, NOW + LEASE)
    assert claim["outcome"] == "claimed"
    assert (claim["run"]["reserved_cost"], claim["run"]["cost"]) == (WORST, 80_000), "20,000 are left to spend"
    assert [it["fields"] for it in claim["answers"]] == [{"text": "post 0"}]


async def test_what_is_reserved_for_another_attempt_follows_the_schedule_as_it_is_now(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada)
    dearer = {"standard": {"x_post": {"fixed": WORST, "byte": 0}, "blog_post": {"fixed": 5 * WORST, "byte": 0}}}
    run = (await world.claim(schedule, worst_costs=dearer))["run"]
    await ada.call(
        "update_schedule", schedule_id=schedule["id"], revision=1, changes={"content_type": "blog_post"},
        next_run_at=NOW + HOUR, late_at=NOW + 2 * HOUR, now=NOW + MINUTE,
    )  # fmt: skip
    again = (await world.resume(run, NOW + LEASE, worst_costs=dearer))["run"]
    assert (again["worst_cost"], again["reserved_cost"]) == (5 * WORST, 5 * WORST)
    cheaper = {"standard": {"blog_post": {"fixed": 10, "byte": 0}}}
    third = (await world.resume(run, NOW + 2 * LEASE, worst_costs=cheaper, claim_id="third"))["run"]
    assert (third["worst_cost"], third["reserved_cost"]) == (10, 10)
    assert await world.day(ada.id) == (1, 10, 0)


async def test_a_day_and_a_month_are_utcs_wherever_the_schedule_lives(world: World) -> None:
    ada = await world.person()
    before, after = TOMORROW - timedelta(seconds=1), TOMORROW
    schedule = await capped(world, ada, "workspace_day", WORST, timezone="Pacific/Kiritimati")
    for n, (moment, outcome) in enumerate([(before, "claimed"), (before, "refused"), (after, "claimed")]):
        assert (await world.run_now(schedule, key=str(n), claim_id=str(n), now=moment))["outcome"] == outcome
