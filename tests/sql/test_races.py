"""Two connections at once. The first keeps its transaction open until the second is seen to wait, so that the order is
certain and the lock is proven; then the crowd comes without any order."""

import asyncio
import uuid
from collections import Counter
from typing import Any

from tests.sql.callers import Caller, Row
from tests.sql.world import (
    FIELDS,
    HOUR,
    LEASE,
    MINUTE,
    NOW,
    WORST_COSTS,
    World,
    claim_arguments,
    contents,
    measured,
    refused,
)

WAITING = 0.15


async def both(
    first: Caller, function: str, one: Row, second: Caller, other: Row, *, then: str = ""
) -> tuple[Row, Any]:
    """Answer of the first call, and of the second, which waited for it. An error is returned, not raised."""
    async with first.transaction() as transaction:
        answer = await transaction.call(function, **one)
        waiting = asyncio.create_task(second.call(then or function, **other))
        done, _ = await asyncio.wait([waiting], timeout=WAITING)
        assert not done, "the second call did not wait for the first one's lock"
    return answer, (await asyncio.gather(waiting, return_exceptions=True))[0]


async def test_two_deliveries_at_once_give_the_occurrence_to_one(world: World) -> None:
    schedule = await world.schedule(await world.person())
    first, second = await both(
        world.service, "claim_run", claim_arguments(schedule, claim_id="one"),
        world.service, claim_arguments(schedule, claim_id="two"),
    )  # fmt: skip
    assert (first["outcome"], second["outcome"]) == ("claimed", "in_progress")
    assert second["run"]["fence"] == first["run"]["fence"]


async def test_of_twenty_deliveries_at_once_one_claims(world: World) -> None:
    schedule = await world.schedule(await world.person())
    claims = await asyncio.gather(*(world.claim(schedule, claim_id=str(n)) for n in range(20)))
    assert Counter(it["outcome"] for it in claims) == {"claimed": 1, "in_progress": 19}
    assert len(await world.ledger(schedule)) == 1
    assert (await world.stored(schedule))["run_count"] == 1


async def test_two_rescues_of_an_interrupted_run_give_it_to_one(world: World) -> None:
    schedule = await world.schedule(await world.person())
    run = (await world.claim(schedule))["run"]
    rescue = {"run_id": run["id"], "message_id": None, "lease": LEASE, "now": NOW + LEASE, "worst_costs": WORST_COSTS}
    first, second = await both(
        world.service, "resume_run", {**rescue, "claim_id": "one"}, world.service, {**rescue, "claim_id": "two"}
    )
    assert (first["outcome"], second["outcome"]) == ("claimed", "in_progress")
    assert first["run"]["attempt"] == 2


async def test_a_rescue_and_a_redelivery_at_once_give_it_to_one(world: World) -> None:
    schedule = await world.schedule(await world.person())
    run = (await world.claim(schedule))["run"]
    rescue = {
        "run_id": run["id"],
        "claim_id": "one",
        "message_id": None,
        "lease": LEASE,
        "now": NOW + LEASE,
        "worst_costs": WORST_COSTS,
    }
    first, second = await both(
        world.service, "resume_run", rescue,
        world.service, claim_arguments(schedule, now=NOW + LEASE, claim_id="two"), then="claim_run",
    )  # fmt: skip
    assert (first["outcome"], second["outcome"]) == ("claimed", "in_progress")


async def test_two_presses_of_run_now_with_one_key_run_once(world: World) -> None:
    schedule = await world.schedule(await world.person())
    press = {
        "schedule_id": schedule["id"], "workspace_id": schedule["workspace_id"], "user_id": schedule["created_by"],
        "key": "press", "lease": LEASE, "worst_costs": WORST_COSTS, "count": None,
        "quality": None, "priority": None, "retries": None, "publish": True, "now": NOW,
    }  # fmt: skip
    first, second = await both(
        world.service, "request_run", {**press, "claim_id": "one"}, world.service, {**press, "claim_id": "two"}
    )
    assert (first["outcome"], second["outcome"]) == ("claimed", "in_progress")
    assert second["run"]["id"] == first["run"]["id"]


async def test_two_claimants_finishing_at_once_save_the_content_once(world: World) -> None:
    schedule = await world.schedule(await world.person())
    run = (await world.claim(schedule))["run"]
    finish = {
        "run_id": run["id"],
        "fence": run["fence"],
        "contents": contents(),
        "measured": measured(5),
        "now": NOW,
        "known": None,
        "handover": None,
    }
    first, second = await both(world.service, "finish_run", finish, world.service, finish)
    assert first == second
    assert (await world.stored(schedule))["total_generated"] == 1


async def test_of_two_runs_that_are_saved_at_once_the_second_is_told_of_the_first(world: World) -> None:
    ada = await world.person()
    one, other = [(await world.claim(await world.schedule(ada)))["run"] for _ in range(2)]
    row = {**contents()[0], "memory": "the kettle is filled early"}
    finish, again = [
        {
            "run_id": run["id"], "fence": run["fence"], "contents": [row], "measured": measured(5), "now": NOW,
            "known": {"since": NOW - HOUR, "ids": []}, "handover": None,
        }
        for run in (one, other)
    ]  # fmt: skip
    first, second = await both(world.service, "finish_run", finish, world.service, again)
    assert (first["outcome"], second["outcome"]) == ("succeeded", "outdated")
    (told,) = second["recalled"]
    assert (told["id"], told["memory"]) == (first["contents"][0]["id"], row["memory"])
    known = {"since": NOW - HOUR, "ids": [told["id"]]}
    assert (await world.service.call("finish_run", **{**again, "known": known}))["outcome"] == "succeeded"
    assert (await world.service.call("finish_run", **{**again, "known": known}))["outcome"] == "succeeded", "told again"


async def test_what_others_write_elsewhere_or_wrote_long_ago_outdates_nothing(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    row = {**contents()[0], "memory": "the kettle is filled early"}
    for person, kind, at in ((bob, "x_post", NOW), (ada, "blog_post", NOW), (ada, "x_post", NOW - 2 * HOUR)):
        run = (await world.run_now(await world.schedule(person), key=f"{kind} {at}", claim_id=f"{kind} {at}"))["run"]
        await world.service.call(
            "finish_run", run_id=run["id"], fence=run["fence"], contents=[{**row, "kind": kind}], measured=measured(),
            now=at, known=None, handover=None,
        )  # fmt: skip
    run = (await world.claim(await world.schedule(ada)))["run"]
    saved = await world.service.call(
        "finish_run", run_id=run["id"], fence=run["fence"], contents=[row], measured=measured(), now=NOW,
        known={"since": NOW - HOUR, "ids": []}, handover=None,
    )  # fmt: skip
    assert saved["outcome"] == "succeeded"


async def test_finishing_while_a_rescue_takes_over_is_a_lost_claim(world: World) -> None:
    schedule = await world.schedule(await world.person())
    run = (await world.claim(schedule))["run"]
    rescue = {
        "run_id": run["id"],
        "claim_id": "two",
        "message_id": None,
        "lease": LEASE,
        "now": NOW + LEASE,
        "worst_costs": WORST_COSTS,
    }
    finish = {
        "run_id": run["id"],
        "fence": run["fence"],
        "contents": contents(),
        "measured": measured(5),
        "now": NOW,
        "known": None,
        "handover": None,
    }
    first, second = await both(world.service, "resume_run", rescue, world.service, finish, then="finish_run")
    assert first["outcome"] == "claimed"
    assert second["outcome"] == "lost"
    assert (await world.stored(schedule))["total_generated"] == 0


async def test_finishing_and_failing_at_once_leave_one_end(world: World) -> None:
    schedule = await world.schedule(await world.person())
    run = (await world.claim(schedule))["run"]
    finish = {
        "run_id": run["id"],
        "fence": run["fence"],
        "contents": contents(),
        "measured": measured(5),
        "now": NOW,
        "known": None,
        "handover": None,
    }
    fail = {
        "run_id": run["id"], "fence": run["fence"], "final": True, "reason": "model", "error": {}, "measured": {},
        "retry_at": None, "now": NOW,
    }  # fmt: skip
    first, second = await both(world.service, "finish_run", finish, world.service, fail, then="fail_run")
    assert first["outcome"] == "succeeded"
    assert second["outcome"] == "lost"
    stored = await world.stored(schedule)
    assert (stored["total_generated"], stored["total_failed"]) == (1, 0)


async def test_two_workers_moving_a_schedule_on_move_it_once(world: World) -> None:
    schedule = await world.schedule(await world.person())
    await world.claim(schedule)
    advance = {
        "schedule_id": schedule["id"], "due_at": NOW, "revision": 1, "next_run_at": NOW + HOUR,
        "late_at": NOW + 2 * HOUR, "now": NOW,
    }  # fmt: skip
    first, second = await both(world.service, "advance_schedule", advance, world.service, advance)
    assert (first["outcome"], second["outcome"]) == ("advanced", "stale")
    assert second["schedule"] == first["schedule"]


async def test_a_claim_while_the_person_pauses_finds_it_paused(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada)
    _, claim = await both(
        ada, "pause_schedule", {"schedule_id": schedule["id"], "now": NOW},
        world.service, claim_arguments(schedule), then="claim_run",
    )  # fmt: skip
    assert claim["outcome"] == "duplicate"
    assert await world.ledger(schedule) == [(NOW, "skipped", "paused")]


def creation(workspace_id: str | None, key: str | None, request_hash: str | None) -> Row:
    return {
        "schedule_id": str(uuid.uuid4()), "workspace_id": workspace_id, "fields": FIELDS, "next_run_at": NOW,
        "late_at": NOW + HOUR, "key": key, "request_hash": request_hash, "now": NOW - HOUR,
    }  # fmt: skip


async def test_two_creations_with_one_key_make_one_schedule(world: World) -> None:
    ada = await world.person()
    first, second = await both(ada, "create_schedule", creation(None, "k", "h"), ada, creation(None, "k", "h"))
    assert (first["outcome"], second["outcome"]) == ("created", "repeated")
    assert second["schedule"] == first["schedule"]


async def test_two_creations_at_once_cannot_both_have_the_plans_last_place(world: World) -> None:
    ada = await world.person(plan="free")
    for _ in range(4):
        await ada.call("create_schedule", **creation(None, None, None))
    _, second = await both(ada, "create_schedule", creation(None, None, None), ada, creation(None, None, None))
    with refused(403, "plan_limit"):
        raise second


async def test_a_restore_and_a_creation_at_once_cannot_both_have_the_plans_last_place(world: World) -> None:
    ada = await world.person(plan="free")
    deleted = (await ada.call("create_schedule", **creation(None, None, None)))["schedule"]
    await ada.call("delete_schedule", schedule_id=deleted["id"], now=NOW - MINUTE)
    for _ in range(4):
        await ada.call("create_schedule", **creation(None, None, None))
    restore = {"schedule_id": deleted["id"], "next_run_at": NOW + HOUR, "late_at": NOW + 2 * HOUR, "now": NOW}
    _, second = await both(ada, "restore_schedule", restore, ada, creation(None, None, None), then="create_schedule")
    with refused(403, "plan_limit"):
        raise second


async def test_a_person_who_comes_in_by_many_doors_at_once_has_one_workspace(world: World) -> None:
    ada = await world.person()
    await world.owner.execute("delete from app.workspaces where id = $1", ada.id)
    answers = await asyncio.gather(*(ada.call("list_workspaces", now=NOW) for _ in range(8)))
    assert all([it["id"] for it in answer["workspaces"]] == [ada.id] for answer in answers)


async def test_a_crowd_of_claims_never_passes_quota_or_budget(world: World) -> None:
    ada = await world.person(plan="free")  # 30 runs, 500,000 micro-USD a day
    schedules = [await world.schedule(ada) for _ in range(5)]
    await world.owner.execute("update app.plans set daily_cost = 350000 where plan = 'free'")
    pressed = [world.run_now(schedules[n % 5], key=str(n), claim_id=str(n)) for n in range(20)]
    outcomes = Counter((it["outcome"], it["reason"]) for it in await asyncio.gather(*pressed))
    assert outcomes == {("claimed", None): 3, ("refused", "budget"): 17}
    assert await world.day(ada.id) == (3, 300_000, 0)
