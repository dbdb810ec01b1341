"""A person may call the functions past our doors, with their own token and arguments that no door would pass: nothing
comes in that a reader could not hold, and nobody dates what they do."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest

from tests.sql.callers import Person, Row
from tests.sql.tenants import ATTEMPTS, OWN, WITHOUT_IDS, WRITES, account_of, settle_in
from tests.sql.world import FIELDS, HOUR, MINUTE, NOW, World, refused

# As JSON would bring them: asyncpg would not send such values by itself.
UNREADABLE: list[Row] = [
    {"anchor_at": "infinity"},
    {"anchor_at": "0001-01-01T00:00:00Z"},
    {"starts_at": "-infinity"},
    {"starts_at": "0044-03-15 00:00:00 BC"},
    {"ends_at": "20000-01-01T00:00:00Z"},
    {"time_of_day": "24:00"},
    {"lateness_limit": "1000000 years"},
    {"lead_time": "100 years"},
    {"lead_time": "-1 hour"},
    {"daily_cost_cap": 0},
    {"monthly_cost_cap": -5},
    {"daily_cost_cap": 10**15},
    {"settings": {"topic": 10**4000}},  # as text Python would not even read one of 5,000 digits
    {"settings": {"topics": [{"weight": -(10**30)}]}},
]


def deep(levels: int) -> Any:
    return [deep(levels - 1)] if levels else "coffee"


async def create(person: Person, *, next_run_at: datetime = NOW + HOUR, now: datetime = NOW, **fields: Any) -> Row:
    return await person.call(
        "create_schedule",
        schedule_id=str(uuid.uuid4()),
        workspace_id=None,
        fields={**FIELDS, **fields},
        next_run_at=next_run_at,
        late_at=next_run_at,
        key=None,
        request_hash=None,
        now=now,
    )


@pytest.mark.parametrize("fields", UNREADABLE, ids=lambda fields: str(fields)[:60])
async def test_a_value_that_no_reader_can_hold_is_refused(world: World, fields: Row) -> None:
    ada = await world.person()
    with pytest.raises(asyncpg.CheckViolationError):
        await create(ada, **fields)
    schedule = (await create(ada))["schedule"]
    with pytest.raises(asyncpg.CheckViolationError):
        await ada.call(
            "update_schedule", schedule_id=schedule["id"], revision=1, changes=fields, next_run_at=NOW + HOUR,
            late_at=NOW + HOUR, now=NOW,
        )  # fmt: skip


async def test_settings_are_refused_when_they_are_nested_too_deeply_to_be_read(world: World) -> None:
    ada = await world.person()
    assert (await create(ada, settings={"topics": deep(18)}))["outcome"] == "created"
    with pytest.raises(asyncpg.CheckViolationError):
        await create(ada, settings={"topics": deep(19)})
    with pytest.raises(asyncpg.CheckViolationError):
        await create(ada, settings={"topics": deep(500)})


@pytest.mark.parametrize("name", ["next_run_at", "late_at"])
@pytest.mark.parametrize("moment", ["infinity", "20000-01-01T00:00:00Z"])
async def test_nothing_waits_for_a_time_that_no_reader_can_hold(world: World, name: str, moment: str) -> None:
    ada = await world.person()
    given = {"next_run_at": NOW + HOUR, "late_at": NOW + HOUR, name: moment}
    async with ada.transaction() as transaction:
        with pytest.raises(asyncpg.CheckViolationError):
            await transaction.connection.fetchval(
                "select public.create_schedule("
                "$1, null, $2, $3::text::timestamptz, $4::text::timestamptz, null, null, $5)",
                uuid.uuid4(), FIELDS, str(given["next_run_at"]), str(given["late_at"]), NOW,
            )  # fmt: skip


@pytest.mark.parametrize("next_run_at", [NOW, NOW - timedelta(days=20_000)])
async def test_what_has_passed_is_never_waited_for_anew(world: World, next_run_at: datetime) -> None:
    ada = await world.person()
    with pytest.raises(asyncpg.InvalidParameterValueError):
        await create(ada, next_run_at=next_run_at)
    schedule = (await create(ada))["schedule"]
    past = {"schedule_id": schedule["id"], "next_run_at": next_run_at, "late_at": next_run_at + HOUR, "now": NOW}
    with pytest.raises(asyncpg.InvalidParameterValueError):
        await ada.call("update_schedule", revision=1, changes={"time_of_day": "10:00"}, **past)
    await ada.call("pause_schedule", schedule_id=schedule["id"], now=NOW)
    with pytest.raises(asyncpg.InvalidParameterValueError):
        await ada.call("resume_schedule", **past)
    await ada.call("delete_schedule", schedule_id=schedule["id"], now=NOW)
    with pytest.raises(asyncpg.InvalidParameterValueError):
        await ada.call("restore_schedule", **past)


@pytest.mark.parametrize("away", [-timedelta(days=9000), -2 * MINUTE, HOUR + 2 * MINUTE, timedelta(days=9000)])
async def test_nobody_dates_what_they_do_outside_the_life_of_their_token(world: World, away: timedelta) -> None:
    ada = await world.person()
    belongings = await settle_in(world, ada)
    ada.claims |= {"iat": int(NOW.timestamp()), "exp": int((NOW + HOUR).timestamp())}
    for function in (*WRITES, *OWN, *WITHOUT_IDS):
        arguments = ATTEMPTS[function][0][0](belongings) if function in ATTEMPTS else {}
        with pytest.raises(asyncpg.InvalidParameterValueError, match="p_now"):
            await ada.call(function, **{**arguments, "now": NOW + away})


async def test_a_clock_that_differs_by_a_minute_is_no_reason_to_refuse(world: World) -> None:
    ada = await world.person()
    ada.claims |= {"iat": int(NOW.timestamp()), "exp": int((NOW + HOUR).timestamp())}
    for moment in (NOW - MINUTE, NOW + HOUR + MINUTE):
        assert (await create(ada, next_run_at=moment + HOUR, now=moment))["outcome"] == "created"


async def test_a_token_without_its_times_changes_nothing(world: World) -> None:
    ada = await world.person()
    del ada.claims["iat"]
    with pytest.raises(asyncpg.InvalidParameterValueError):
        await create(ada)


HUGE: list[Any] = [{"big": 10**300}, {"big": -(10**300)}, {"deep": deep(20)}]


@pytest.mark.parametrize("value", HUGE)
async def test_an_account_holds_nothing_that_no_reader_could_hold(world: World, value: Any) -> None:
    ada = await world.person()
    arguments = account_of(None, str(uuid.uuid4()))
    with pytest.raises(asyncpg.CheckViolationError):
        await ada.call("connect_account", **{**arguments, "settings": value})
    account_id = (await ada.call("connect_account", **arguments))["account"]["id"]
    with pytest.raises(asyncpg.CheckViolationError):
        await ada.call("update_account", account_id=account_id, changes={"cadence": value}, now=NOW)


@pytest.mark.parametrize("changes", [
    {"body": "x" * 300_000},
    {"title": "x" * 300_000},
    {"segments": {"not": "a list"}},
    {"segments": ["one", 2]},
    {"segments": deep(20)},
    *({"body": "x", "verdict": it} for it in HUGE),
    *({"body": "x", "score_parts": it} for it in HUGE),
])  # fmt: skip
async def test_an_edit_holds_nothing_that_no_reader_could_hold(world: World, changes: Row) -> None:
    ada = await world.person()
    content = (await settle_in(world, ada)).content
    with pytest.raises(asyncpg.InvalidParameterValueError):
        await ada.call("edit_content", content_id=content["id"], version=1, changes=changes, now=NOW)


async def test_a_workspace_has_no_end_of_accounts_to_show(world: World) -> None:
    ada = await world.person()
    await world.owner.execute(
        "insert into app.accounts (id, workspace_id, platform, name, external_id, created_at, updated_at) "
        "select gen_random_uuid(), $1, 'discord', 'n', n::text, $2, $2 from generate_series(1, 200) n", ada.id, NOW,
    )  # fmt: skip
    with refused(403, "account_limit"):
        await ada.call("connect_account", **account_of(None, str(uuid.uuid4())))
