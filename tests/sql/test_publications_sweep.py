"""Whatever is left behind is found: by the sweep, or it waits for a person who has been told."""

from datetime import timedelta

import pytest

from tests.sql.publishing import (
    HORIZON,
    LEASE,
    NO_REPLY,
    arm,
    claim,
    claimed,
    publishing,
    sending,
    settle,
    stored,
    sweep,
    swept,
)
from tests.sql.world import HOUR, MINUTE, NOW, World, at

SECOND = timedelta(seconds=1)
NEVER = timedelta(0)  # no messages are used


async def test_what_waits_within_the_horizon_without_a_message_is_found(world: World) -> None:
    here = await publishing(world)
    (near,), (far,) = await here.write(NOW + HORIZON), await here.write(NOW + HORIZON + SECOND)
    assert await swept(world, NOW) == [str(near["id"])]
    await arm(world, near, near["publish_at"], "msg")
    assert await swept(world, NOW) == []
    assert await swept(world, NOW + SECOND) == [str(far["id"])]


async def test_a_message_is_counted_once_and_another_one_again(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    for message_id, count in (("one", 1), ("one", 1), ("two", 2)):
        assert await arm(world, publication, NOW, message_id) == 1
        row = await stored(world, publication)
        assert (row["arm_count"], row["armed_message_id"], row["armed_for"]) == (count, message_id, NOW)


async def test_what_has_ended_is_not_armed(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    await here.person.call("void_publication", publication_id=publication["id"], now=NOW)
    assert await arm(world, publication, NOW, "msg") == 0


async def test_a_message_that_does_not_come_is_missed_after_ten_minutes(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write(NOW + HOUR)
    await arm(world, publication, NOW + HOUR, "msg")
    assert await swept(world, NOW + HOUR + 10 * MINUTE) == []
    assert await swept(world, NOW + HOUR + 10 * MINUTE + SECOND) == [str(publication["id"])]
    await arm(world, publication, NOW + HOUR, "again", NOW + HOUR + 11 * MINUTE)
    assert await swept(world, NOW + HOUR + 21 * MINUTE) == [], "the new one may still be on its way"


async def test_a_later_retry_wants_a_later_message(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    await arm(world, publication, NOW, "msg")
    row = await claimed(world, publication)
    await settle(world, row, {"status": "waiting", "retry_at": (NOW + HOUR).isoformat()})
    (found,) = (await sweep(world, NOW + MINUTE))["publications"]
    assert at(found["ready_at"]) == NOW + HOUR
    await arm(world, publication, NOW + HOUR, "msg 2")
    assert await swept(world, NOW + MINUTE) == []


async def test_a_message_for_later_than_it_is_ready_stands_for_it(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    await arm(world, publication, NOW + 3 * HOUR, "when the platform takes something again")
    assert await swept(world, NOW + 3 * HOUR) == []
    assert await swept(world, NOW + 3 * HOUR + 11 * MINUTE) == [str(publication["id"])]


@pytest.mark.parametrize("column", ["throttled_until", "last_published_at"])
async def test_an_account_that_takes_nothing_now_is_not_asked_by_every_sweep(world: World, column: str) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    await arm(world, publication, NOW, "msg")
    await world.owner.execute("update app.accounts set spacing = '1 hour'")
    if column == "throttled_until":
        await world.owner.execute("update app.accounts set throttled_until = $1", NOW + HOUR)
    else:
        await world.owner.execute("update app.accounts set last_published_at = $1", NOW)
    assert await swept(world, NOW + HOUR) == []
    assert await swept(world, NOW + HOUR + 11 * MINUTE) == [str(publication["id"])]


async def test_whoever_died_while_sending_is_found_a_minute_after_the_lease(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    await sending(world, publication)
    assert await swept(world, NOW + LEASE + MINUTE) == []
    (found,) = (await sweep(world, NOW + LEASE + MINUTE + SECOND))["publications"]
    assert (found["id"], at(found["ready_at"])) == (str(publication["id"]), NOW + LEASE)
    await arm(world, publication, NOW + LEASE, "msg", NOW + LEASE + 2 * MINUTE)
    assert await swept(world, NOW + LEASE + 3 * MINUTE) == []


@pytest.mark.parametrize("account", ["needs_reauth", "disabled"])
async def test_a_lapsed_lease_is_found_also_where_nothing_can_be_sent(world: World, account: str) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    await sending(world, publication)
    await world.owner.execute("update app.accounts set status = $1::text::app.account_status", account)
    await world.stop_workspace(here.person.id)
    assert await swept(world, NOW + HOUR) == [str(publication["id"])]
    assert (await claim(world, publication, NOW + HOUR))["outcome"] == "held"
    assert (await stored(world, publication))["status"] == "unknown", "that is no publishing"


async def test_what_is_to_be_read_back_is_found_when_its_time_comes(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    read_at = NOW + HOUR
    await settle(world, await sending(world, publication), {**NO_REPLY, "read_at": read_at.isoformat()})
    assert await swept(world, NOW + MINUTE) == [str(publication["id"])]
    await arm(world, publication, read_at, "msg", NOW + MINUTE)
    assert await swept(world, read_at) == []
    assert await swept(world, read_at + 11 * MINUTE) == [str(publication["id"])]
    await claim(world, publication, read_at + 11 * MINUTE)
    assert await swept(world, read_at + 12 * MINUTE) == [], "somebody is looking"
    assert await swept(world, read_at + 11 * MINUTE + LEASE + SECOND) == [str(publication["id"])]


@pytest.mark.parametrize("account", ["active", "needs_reauth"])
@pytest.mark.parametrize("status", ["pending_publish", "pending_approval"])
async def test_what_waits_in_vain_is_found_when_its_time_has_passed(world: World, account: str, status: str) -> None:
    here = await publishing(world)
    (publication,) = await here.write(late_at=NOW + HOUR, status=status)
    await arm(world, publication, NOW, "msg")
    await world.owner.execute("update app.accounts set status = $1::text::app.account_status", account)
    assert await swept(world, NOW + HOUR - SECOND) == (
        [str(publication["id"])] if (account, status) == ("active", "pending_publish") else []
    )
    assert await swept(world, NOW + HOUR) == [str(publication["id"])]
    await claim(world, publication, NOW + HOUR)
    assert (await stored(world, publication))["finished_at"] == NOW + HOUR
    assert await swept(world, NOW + HOUR) == []


@pytest.mark.parametrize("change", [
    "update app.contents set status = 'needs_review'", "update app.accounts set status = 'needs_reauth'",
    "update app.workspaces set paused_at = '2026-11-21'",
])  # fmt: skip
async def test_what_only_a_person_can_move_on_is_left_alone(world: World, change: str) -> None:
    here = await publishing(world)
    await here.write()
    await world.owner.execute(change)
    assert await swept(world, NOW + HOUR) == []


@pytest.mark.parametrize("change", [
    "update app.contents set status = 'rejected'",
    "update app.accounts set status = 'removed', removed_at = '2026-11-21'",
    "update app.schedules set is_active = false, next_run_at = null, late_at = null",
])  # fmt: skip
async def test_what_nobody_wants_any_more_is_found_and_ends(world: World, change: str) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    await world.owner.execute(change)
    assert await swept(world, NOW + HOUR) == [str(publication["id"])]
    await claim(world, publication, NOW + HOUR)
    assert (await stored(world, publication))["status"] == "cancelled"
    assert await swept(world, NOW + HOUR) == []


async def test_without_messages_everything_that_is_due_is_found_and_nothing_else(world: World) -> None:
    here = await publishing(world)
    (due,) = await here.write(NOW)
    await here.write(NOW + SECOND)
    assert await swept(world, NOW, NEVER) == [str(due["id"])]


async def test_the_oldest_come_first_in_pages_that_leave_none_out(world: World) -> None:
    here = await publishing(world, accounts=3)
    rows = [row for turn in range(4) for row in await here.write(NOW - turn * MINUTE, late_at=NOW + HOUR)]
    dying = await claimed(world, rows[-1])
    found, after, pages = [], None, 0
    now = NOW + LEASE + 2 * MINUTE
    while True:
        page = await sweep(world, now, after=after, limit=3)
        ready = [it["ready_at"] for it in page["publications"]]
        assert ready == sorted(ready)
        found += [it["id"] for it in page["publications"]]
        pages += 1
        after = page["after"]
        if after is None:
            break
    assert sorted(found) == sorted(str(row["id"]) for row in rows)
    assert dying["id"] in found
    assert pages >= 4


async def test_two_sweeps_at_once_find_the_same_and_write_nothing(world: World) -> None:
    here = await publishing(world)
    await here.write()
    before = await world.owner.fetch("select to_jsonb(p) from app.publications p")
    assert await sweep(world, NOW) == await sweep(world, NOW)
    assert await world.owner.fetch("select to_jsonb(p) from app.publications p") == before
