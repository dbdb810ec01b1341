"""sweep_work: what was lost or comes near, nothing else, the most important first, page by page."""

from datetime import timedelta

from tests.sql.callers import Row
from tests.sql.world import HOUR, LEASE, MINUTE, NOW, World, at

NO_HORIZON = timedelta(0)


def ids(items: list[Row]) -> list[str]:
    return [it["id"] for it in items]


async def test_an_occurrence_is_overdue_after_ten_minutes(world: World) -> None:
    schedule = await world.schedule(await world.person())
    await world.arm(schedule)
    assert (await world.sweep(NOW + 10 * MINUTE))["overdue"] == []
    (overdue,) = (await world.sweep(NOW + 10 * MINUTE + MINUTE / 60))["overdue"]
    assert (overdue["id"], overdue["run_status"], overdue["lapsed"]) == (schedule["id"], None, False)
    assert {**overdue, "run_status": 0, "lapsed": 0, "cursor": 0}.items() >= {
        "next_run_at": schedule["next_run_at"], "parallelism": 20, "workspace_paused_at": None, "lead_time": 0,
    }.items()  # fmt: skip


async def test_a_message_sent_again_is_given_ten_minutes_more(world: World) -> None:
    schedule = await world.schedule(await world.person())
    await world.arm(schedule, now=NOW + 15 * MINUTE)
    assert (await world.sweep(NOW + 25 * MINUTE))["overdue"] == []
    assert ids((await world.sweep(NOW + 26 * MINUTE))["overdue"]) == [schedule["id"]]


async def test_without_messages_everything_due_is_overdue_at_once_and_nothing_is_to_be_armed(world: World) -> None:
    ada = await world.person()
    due, coming = await world.schedule(ada, NOW), await world.schedule(ada, NOW + MINUTE)
    await world.arm(due, now=NOW)
    work = await world.sweep(NOW, NO_HORIZON)
    assert (ids(work["overdue"]), work["unarmed"]) == ([due["id"]], [])
    assert coming["id"] not in ids(work["overdue"])


async def test_an_overdue_occurrence_that_was_begun_says_so(world: World) -> None:
    schedule = await world.schedule(await world.person())
    await world.finish((await world.claim(schedule))["run"])
    (overdue,) = (await world.sweep(NOW + HOUR))["overdue"]
    assert overdue["run_status"] == "succeeded"


async def test_unarmed_are_those_that_come_within_the_horizon_and_have_no_message(world: World) -> None:
    ada = await world.person()
    near = await world.schedule(ada, NOW + HOUR)
    await world.schedule(ada, NOW + 2 * HOUR)
    armed = await world.schedule(ada, NOW + HOUR)
    await world.arm(armed)
    assert ids((await world.sweep(NOW, HOUR))["unarmed"]) == [near["id"]]
    await world.claim(armed, NOW + HOUR, NOW + HOUR)
    await world.advance(armed, NOW + HOUR + MINUTE, NOW + HOUR)
    work = await world.sweep(NOW, 1.5 * HOUR)
    assert set(ids(work["unarmed"])) == {near["id"], armed["id"]}, "moving on disarms"


async def test_an_occurrence_is_armed_when_its_lead_comes_within_the_horizon(world: World) -> None:
    ada = await world.person()
    early = await world.schedule(ada, NOW + 3 * HOUR, lead_time="2 hours")
    await world.schedule(ada, NOW + 3 * HOUR)
    assert ids((await world.sweep(NOW, HOUR))["unarmed"]) == [early["id"]]


async def test_no_schedule_is_overdue_and_unarmed_at_once(world: World) -> None:
    ada = await world.person()
    for minutes in range(8, 13):
        await world.schedule(ada, NOW - minutes * MINUTE)
    work = await world.sweep(NOW)
    assert (len(work["overdue"]), len(work["unarmed"])) == (2, 3)


async def test_paused_deleted_and_finished_schedules_are_left_alone(world: World) -> None:
    ada = await world.person()
    for verb in ("pause", "delete"):
        schedule = await world.schedule(ada)
        await ada.call(f"{verb}_schedule", schedule_id=schedule["id"], now=NOW)
    finished = await world.schedule(ada)
    await world.finish((await world.claim(finished))["run"])
    await world.advance(finished, None)
    work = await world.sweep(NOW + 24 * HOUR)
    assert (work["overdue"], work["unarmed"], work["interrupted"]) == ([], [], [])


async def test_a_stopped_workspace_is_left_out_of_every_list(world: World) -> None:
    ada = await world.person()
    await world.schedule(ada)
    await world.schedule(ada, NOW + 2 * HOUR)
    await world.run_now(await world.schedule(ada, NOW + 99 * HOUR))
    before = await world.sweep(NOW + HOUR)
    assert [len(before[name]) for name in ("overdue", "unarmed", "interrupted")] == [1, 2, 1]
    await world.stop_workspace(ada.id)
    after = await world.sweep(NOW + HOUR)
    assert [len(after[name]) for name in ("overdue", "unarmed", "interrupted")] == [0, 0, 0]


async def test_a_run_is_interrupted_a_minute_after_its_lease_or_when_its_retry_has_come(world: World) -> None:
    ada = await world.person(plan="creator")
    leased = (await world.claim(await world.schedule(ada, priority=1)))["run"]
    failed = (await world.claim(await world.schedule(ada, priority=8)))["run"]
    await world.fail(failed, retry_at=NOW + LEASE)
    assert (await world.sweep(NOW + LEASE))["interrupted"] == []
    early = (await world.sweep(NOW + LEASE + MINUTE))["interrupted"]
    assert [it["run_id"] for it in early] == [failed["id"]]
    both = (await world.sweep(NOW + LEASE + 2 * MINUTE))["interrupted"]
    assert [(it["run_id"], it["priority"], it["fence"]) for it in both] == [
        (failed["id"], 8, failed["fence"]),
        (leased["id"], 1, leased["fence"]),
    ]
    assert {(it["workspace_id"], it["parallelism"]) for it in both} == {(ada.id, 5)}


async def test_higher_priority_comes_first_then_what_was_due_first(world: World) -> None:
    ada = await world.person()
    made = [
        (await world.schedule(ada, NOW - hours * HOUR, priority=priority))["id"]
        for priority, hours in [(0, 9), (9, 1), (5, 2), (5, 3), (9, 2)]
    ]
    found = ids((await world.sweep(NOW))["overdue"])
    assert found == [made[4], made[1], made[3], made[2], made[0]]


async def test_pages_hold_everything_once_in_order_although_work_is_done_in_between(world: World) -> None:
    ada = await world.person()
    for n in range(7):
        await world.schedule(ada, NOW - (n % 3) * HOUR, priority=n % 4)
        await world.schedule(ada, NOW + (n % 3 + 2) * HOUR, priority=n % 4)
        run = (await world.run_now(await world.schedule(ada, NOW + 999 * HOUR, priority=n % 4)))["run"]
        assert run["status"] == "running"
    now = NOW + HOUR
    whole = await world.sweep(now)
    assert [len(whole[name]) for name in ("overdue", "unarmed", "interrupted")] == [7, 7, 7]
    assert whole["after"] is None

    pages, after = [], None
    for _ in range(10):
        page = await world.sweep(now, after=after, limit=3)
        pages.append(page)
        for item in page["unarmed"]:
            await world.arm({**item, "next_run_at": at(item["next_run_at"])}, now=now)
        after = page["after"]
        if after is None:
            break
    assert [len(page["overdue"]) for page in pages] == [3, 3, 1]
    for name in ("overdue", "unarmed", "interrupted"):
        assert [it["id"] for page in pages for it in page[name]] == ids(whole[name])


async def test_a_list_that_has_ended_is_not_read_again_on_later_pages(world: World) -> None:
    ada = await world.person()
    for _ in range(3):
        await world.schedule(ada)
    await world.schedule(ada, NOW + 2 * HOUR)
    first = await world.sweep(NOW + HOUR, limit=2)
    assert (len(first["overdue"]), len(first["unarmed"]), list(first["after"])) == (2, 1, ["overdue"])
    second = await world.sweep(NOW + HOUR, after=first["after"], limit=2)
    assert (len(second["overdue"]), second["unarmed"], second["after"]) == (1, [], None)
