"""What people look at: lists page by page, one thing at a time, and where they may work."""

import uuid

from tests.sql.callers import Person, Row
from tests.sql.publishing import NO_REPLY, REFUSED, publishing, sending, settle
from tests.sql.world import FIELDS, HOUR, LEASE, MINUTE, NOW, WORST, World, at, contents


async def pages(person: Person, function: str, name: str, cursor: str, **arguments: object) -> list[list[Row]]:
    """Every page of two; the cursor is {cursor: its time, id}."""
    found, after = [], None
    for _ in range(10):
        page = await person.call(function, after=after, limit=2, **arguments)
        found.append(page[name])
        if not page["more"]:
            break
        last = page[name][-1]
        after = {"id": last["id"], cursor: last.get(cursor) or last["due_at"] or last["created_at"]}
    return found


async def test_schedules_come_newest_first_each_once(world: World) -> None:
    ada = await world.person()
    made = []
    for n in range(5):
        made.append(str(uuid.uuid4()))
        await ada.call(
            "create_schedule", schedule_id=made[-1], workspace_id=None, fields=FIELDS, next_run_at=NOW + HOUR,
            late_at=NOW + HOUR, key=None, request_hash=None, now=NOW + (n // 2) * MINUTE,
        )  # fmt: skip
    listed = await pages(ada, "list_schedules", "schedules", "created_at", workspace_id=None, include_deleted=False)
    assert [len(page) for page in listed] == [2, 2, 1]
    flat = [it for page in listed for it in page]
    assert sorted(it["id"] for it in flat) == sorted(made)
    assert [it["created_at"] for it in flat] == sorted((it["created_at"] for it in flat), reverse=True)


async def test_a_deleted_schedule_is_listed_only_when_asked_for(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada)
    await ada.call("delete_schedule", schedule_id=schedule["id"], now=NOW)
    page = {"workspace_id": None, "after": None, "limit": 10}
    assert (await ada.call("list_schedules", include_deleted=False, **page))["schedules"] == []
    (deleted,) = (await ada.call("list_schedules", include_deleted=True, **page))["schedules"]
    assert at(deleted["deleted_at"]) == NOW
    assert (await ada.call("get_schedule", schedule_id=schedule["id"]))["schedule"] == deleted


async def test_runs_come_newest_first_by_nominal_time_with_manual_ones_between(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada)
    for hours in range(3):
        due_at = NOW + hours * HOUR
        await world.finish((await world.claim(schedule, due_at, due_at))["run"], now=due_at)
        await world.run_now(schedule, key=str(hours), now=due_at + HOUR / 2)
        await world.advance(schedule, due_at + HOUR, due_at, due_at)
    listed = await pages(ada, "list_runs", "runs", "at", schedule_id=schedule["id"])
    assert [[it["trigger"] for it in page] for page in listed] == [["manual", "schedule"]] * 3
    times = [at(it["due_at"] or it["created_at"]) for page in listed for it in page]
    assert times == sorted(times, reverse=True)


async def test_contents_come_newest_first_for_a_workspace_or_one_schedule(world: World) -> None:
    ada = await world.person()
    schedules = [await world.schedule(ada) for _ in range(2)]
    for n, schedule in enumerate(schedules):
        claim = await world.claim(schedule, claim_id=str(n))
        await world.finish(claim["run"], now=NOW + n * MINUTE, items=2 + n)
    everything: Row = {"workspace_id": ada.id, "schedule_id": None, "status": None}
    listed = await pages(ada, "list_contents", "contents", "created_at", **everything)
    assert [len(page) for page in listed] == [2, 2, 1]
    assert [it["schedule_id"] for page in listed for it in page] == [schedules[1]["id"]] * 3 + [schedules[0]["id"]] * 2
    page = {**everything, "after": None, "limit": 10}
    of_one = await ada.call("list_contents", **{**page, "schedule_id": schedules[0]["id"]})
    assert {it["schedule_id"] for it in of_one["contents"]} == {schedules[0]["id"]}
    assert (await ada.call("list_contents", **{**page, "status": "rejected"}))["contents"] == []
    content = of_one["contents"][0]
    assert (await ada.call("get_content", content_id=content["id"]))["content"] == content


async def test_a_run_is_shown_with_what_it_wrote(world: World) -> None:
    ada = await world.person()
    done = await world.finish((await world.claim(await world.schedule(ada)))["run"], items=3)
    shown = (await ada.call("get_run", run_id=done["run"]["id"]))["run"]
    assert shown == {**done["run"], "contents": done["contents"]}
    assert [it["item"] for it in shown["contents"]] == [0, 1, 2]


async def test_a_page_has_between_one_and_two_hundred_rows(world: World) -> None:
    ada = await world.person()
    for _ in range(3):
        await world.schedule(ada)
    page = {"workspace_id": None, "include_deleted": False, "after": None}
    sizes = [len((await ada.call("list_schedules", limit=limit, **page))["schedules"]) for limit in (-5, 0, 1, 10**9)]
    assert sizes == [1, 1, 1, 3]


NOTHING_WAITS = {"needs_review": 0, "pending_approval": 0, "to_decide": 0, "dead_letters": 0}


async def test_a_person_sees_their_workspaces_with_role_plan_limits_and_use(world: World) -> None:
    ada, bob = await world.person(plan="free"), await world.person(plan="team")
    await world.join(bob.id, ada, "viewer")
    await world.finish((await world.claim(await world.schedule(ada)))["run"], cost=7)
    await world.claim(await world.schedule(ada), claim_id="second")
    mine, other = (await ada.call("list_workspaces", now=NOW + LEASE))["workspaces"]
    assert (mine["id"], mine["name"], mine["role"], mine["plan"]) == (ada.id, "Personal", "owner", "free")
    assert (mine["subscription_status"], mine["period_end"], mine["paused_at"]) == ("active", None, None)
    assert mine["limits"] == {
        "plan": "free", "max_schedules": 5, "runs_a_day": 30, "parallelism": 1, "daily_cost": 500_000,
        "monthly_cost": 5_000_000,
    }  # fmt: skip
    spent = 7 + WORST
    assert mine["usage"] == {
        "schedules": 2, "runs_today": 2, "cost_today": spent, "cost_month": spent, "cost_last_7_days": spent,
        **NOTHING_WAITS,
    }  # fmt: skip
    assert (other["id"], other["role"], other["usage"]["schedules"]) == (bob.id, "viewer", 0)
    tomorrow = (await ada.call("list_workspaces", now=NOW + 24 * HOUR))["workspaces"][0]
    assert tomorrow["usage"] == {
        "schedules": 2, "runs_today": 0, "cost_today": 0, "cost_month": spent, "cost_last_7_days": spent,
        **NOTHING_WAITS,
    }  # fmt: skip
    in_december = (await ada.call("list_workspaces", now=NOW + 10 * 24 * HOUR))["workspaces"][0]["usage"]
    assert (in_december["cost_month"], in_december["cost_last_7_days"]) == (0, 0)


async def test_a_person_sees_how_much_waits_for_them(world: World) -> None:
    press = await publishing(world)
    await press.write(NOW, now=NOW - 5 * MINUTE, rows=[{**contents()[0], "verdict": {"passed": False}}])
    await press.write(NOW + HOUR, now=NOW - 4 * MINUTE, status="pending_approval")
    for n, settlement in enumerate([NO_REPLY, {**NO_REPLY, "read_at": NOW + HOUR}, {"status": "handed_off"}, REFUSED]):
        (row,) = await press.write(NOW, now=NOW + n * MINUTE)
        await settle(world, await sending(world, row, NOW + n * MINUTE), settlement, NOW + n * MINUTE)
    (mine,) = (await press.person.call("list_workspaces", now=NOW + HOUR))["workspaces"]
    assert {it: mine["usage"][it] for it in NOTHING_WAITS} == {
        "needs_review": 1, "pending_approval": 1, "to_decide": 2, "dead_letters": 1,
    }  # fmt: skip
