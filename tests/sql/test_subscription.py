"""A lapsed subscription leaves a row for each occurrence and arms nothing; a renewal arms within one sweep."""

from datetime import datetime

import pytest

from tests.sql.world import HOUR, MINUTE, NOW, World, at, refused


@pytest.mark.parametrize(
    ("status", "period_end", "served"),
    [
        ("active", None, True),
        ("trialing", None, True),
        ("active", NOW + MINUTE, True),
        ("past_due", NOW + MINUTE, True),
        ("canceled", NOW + MINUTE, True),
        ("active", NOW, False),
        ("trialing", NOW - MINUTE, False),
        ("past_due", None, False),
        ("canceled", None, False),
    ],
)
async def test_paid_is_paid_until_the_periods_end(
    world: World, status: str, period_end: datetime | None, served: bool
) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada)
    await world.service.call(
        "set_subscription", workspace_id=ada.id, plan="team", status=status, period_end=period_end, now=NOW - HOUR
    )
    claim = await world.claim(schedule)
    assert (claim["outcome"], claim["reason"]) == (("claimed", None) if served else ("skipped", "subscription"))
    assert await world.ledger(schedule) == [
        (NOW, "running", None) if served else (NOW, "skipped", "subscription"),
    ]


async def test_a_lapsed_workspace_is_not_armed_but_its_overdue_occurrences_are_found(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada)
    await world.lapse(ada.id)
    assert (await world.sweep(NOW - HOUR))["unarmed"] == []
    overdue = (await world.sweep(NOW + 11 * MINUTE))["overdue"]
    assert [(it["id"], it["lapsed"], it["run_status"]) for it in overdue] == [(schedule["id"], True, None)]
    assert (await world.claim(schedule, now=NOW + 11 * MINUTE))["reason"] == "subscription"
    moved = (await world.advance(schedule, NOW + HOUR, now=NOW + 11 * MINUTE))["schedule"]
    assert at(moved["next_run_at"]) == NOW + HOUR
    work = await world.sweep(NOW + 12 * MINUTE)
    assert (work["overdue"], work["unarmed"]) == ([], [])


async def test_a_renewal_is_armed_by_the_next_sweep(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada, NOW + HOUR)
    await world.lapse(ada.id)
    assert (await world.sweep(NOW))["unarmed"] == []
    await world.service.call(
        "set_subscription", workspace_id=ada.id, plan="creator", status="active", period_end=NOW + 24 * HOUR, now=NOW
    )
    unarmed = (await world.sweep(NOW + MINUTE))["unarmed"]
    assert [(it["id"], it["parallelism"]) for it in unarmed] == [(schedule["id"], 5)]


async def test_nothing_is_written_for_an_account_that_was_deleted(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada)
    await world.owner.execute("delete from auth.users where id = $1", ada.id)
    assert (await world.sweep(NOW - MINUTE))["unarmed"] == []
    claim = await world.claim(schedule)
    assert (claim["outcome"], claim["reason"]) == ("skipped", "subscription")


async def test_setting_a_subscription_answers_the_workspace_and_may_be_repeated(world: World) -> None:
    ada = await world.person()
    change = {"workspace_id": ada.id, "plan": "creator", "status": "past_due", "period_end": NOW, "now": NOW}
    first = await world.service.call("set_subscription", **change)
    assert first == await world.service.call("set_subscription", **change)
    workspace = first["workspace"]
    assert (workspace["id"], workspace["plan"], workspace["subscription_status"]) == (ada.id, "creator", "past_due")
    assert at(workspace["period_end"]) == NOW


async def test_a_person_who_never_came_by_gets_their_workspace_with_the_subscription(world: World) -> None:
    ada = await world.person()
    await world.owner.execute("delete from app.workspaces where id = $1", ada.id)
    await world.service.call(
        "set_subscription", workspace_id=ada.id, plan="team", status="active", period_end=None, now=NOW
    )
    (mine,) = (await ada.call("list_workspaces", now=NOW))["workspaces"]
    assert (mine["id"], mine["plan"], mine["role"]) == (ada.id, "team", "owner")


async def test_an_unknown_workspace_plan_or_status_is_refused(world: World) -> None:
    ada = await world.person()
    change = {"workspace_id": ada.id, "plan": "team", "status": "active", "period_end": None, "now": NOW}
    with refused(404, "workspace_not_found"):
        await world.service.call(
            "set_subscription", **{**change, "workspace_id": "00000000-0000-0000-0000-000000000009"}
        )
    with pytest.raises(Exception, match="no plan gold"):
        await world.service.call("set_subscription", **{**change, "plan": "gold"})
    with pytest.raises(Exception, match="invalid input value for enum"):
        await world.service.call("set_subscription", **{**change, "status": "happy"})
