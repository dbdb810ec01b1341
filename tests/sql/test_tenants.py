"""One workspace can never see or touch another's rows: Ada tries every function with Bob's ids.

Driven from the catalogue: a new function for people without a case here fails.
"""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass

import asyncpg
import pytest

from tests.sql.callers import Person, Row
from tests.sql.world import FIELDS, HOUR, NOW, World, at

USER_FUNCTIONS = """
select p.proname from pg_proc p
where p.pronamespace = 'public'::regnamespace and has_function_privilege('authenticated', p.oid, 'execute')
order by p.proname
"""


@dataclass(frozen=True, slots=True)
class Belongings:
    """What Bob has."""

    workspace_id: str
    schedule: Row
    deleted: Row
    run: Row
    content: Row
    alert: Row


NEXT = {"next_run_at": NOW + HOUR, "late_at": NOW + 2 * HOUR, "now": NOW}
CREATE = {"fields": FIELDS, **NEXT, "request_hash": "h"}

# Function: what Ada passes, and the code of the refusal. Two entries of one function are two attempts.
ATTEMPTS: dict[str, list[tuple[Callable[[Belongings], Row], str]]] = {
    "create_schedule": [
        (
            lambda bob: {**CREATE, "schedule_id": str(uuid.uuid4()), "workspace_id": bob.workspace_id, "key": "k"},
            "workspace_not_found",
        ),
        (
            lambda bob: {**CREATE, "schedule_id": bob.schedule["id"], "workspace_id": None, "key": None},
            "idempotency_mismatch",
        ),
    ],
    "update_schedule": [
        (
            lambda bob: {**NEXT, "schedule_id": bob.schedule["id"], "revision": 1, "changes": {"name": "mine"}},
            "schedule_not_found",
        ),
    ],
    "pause_schedule": [(lambda bob: {"schedule_id": bob.schedule["id"], "now": NOW}, "schedule_not_found")],
    "resume_schedule": [(lambda bob: {**NEXT, "schedule_id": bob.schedule["id"]}, "schedule_not_found")],
    "delete_schedule": [(lambda bob: {"schedule_id": bob.schedule["id"], "now": NOW}, "schedule_not_found")],
    "restore_schedule": [(lambda bob: {**NEXT, "schedule_id": bob.deleted["id"]}, "schedule_not_found")],
    "get_schedule": [(lambda bob: {"schedule_id": bob.schedule["id"]}, "schedule_not_found")],
    "list_schedules": [
        (
            lambda bob: {"workspace_id": bob.workspace_id, "include_deleted": True, "after": None, "limit": 9},
            "workspace_not_found",
        ),
    ],
    "list_runs": [
        (lambda bob: {"schedule_id": bob.schedule["id"], "after": None, "limit": 9}, "schedule_not_found"),
    ],
    "get_run": [(lambda bob: {"run_id": bob.run["id"]}, "run_not_found")],
    "list_contents": [
        (
            lambda bob: {
                "workspace_id": bob.workspace_id,
                "schedule_id": None,
                "after": None,
                "limit": 9,
                "status": None,
            },
            "workspace_not_found",
        ),
        (
            lambda bob: {
                "workspace_id": None,
                "schedule_id": bob.schedule["id"],
                "after": None,
                "limit": 9,
                "status": None,
            },
            "schedule_not_found",
        ),
    ],
    "get_content": [(lambda bob: {"content_id": bob.content["id"]}, "content_not_found")],
    "approve_content": [(lambda bob: {"content_id": bob.content["id"], "now": NOW}, "content_not_found")],
    "reject_content": [(lambda bob: {"content_id": bob.content["id"], "now": NOW}, "content_not_found")],
    "list_alerts": [
        (lambda bob: {"workspace_id": bob.workspace_id, "after": None, "limit": 9}, "workspace_not_found"),
    ],
    "resolve_alert": [(lambda bob: {"alert_id": bob.alert["id"], "now": NOW}, "alert_not_found")],
    "set_caps": [
        (
            lambda bob: {"workspace_id": bob.workspace_id, "daily": 1, "monthly": 1, "now": NOW},
            "workspace_not_found",
        ),
    ],
    "writing_figures": [
        (
            lambda bob: {
                "workspace_id": bob.workspace_id,
                "content_type": "x_post",
                "quality": "standard",
                "now": NOW,
            },
            "workspace_not_found",
        ),
    ],
}
# Takes no id: what it shows is looked at below.
WITHOUT_IDS = {"list_workspaces"}


async def settle_in(world: World, bob: Person) -> Belongings:
    schedule, deleted = await world.schedule(bob), await world.schedule(bob)
    await bob.call("delete_schedule", schedule_id=deleted["id"], now=NOW)
    done = await world.finish((await world.claim(schedule))["run"])
    raised = await world.service.call(
        "raise_alert", workspace_id=bob.id, schedule_id=schedule["id"], kind="budget_tripped", subject="plan_day",
        details={"cap": "plan_day"}, now=NOW,
    )  # fmt: skip
    return Belongings(bob.id, schedule, deleted, done["run"], done["contents"][0], raised["alert"])


async def everything(world: World, workspace_id: str) -> str:
    """All rows of a workspace, as one text."""
    tables = await world.owner.fetch(
        "select table_name from information_schema.columns where table_schema = 'app' and column_name = 'workspace_id'"
    )
    rows = {
        it["table_name"]: await world.owner.fetchval(
            f"select jsonb_agg(to_jsonb(t) order by to_jsonb(t)) from app.{it['table_name']} t where workspace_id = $1",  # noqa: S608
            workspace_id,
        )
        for it in tables
    }
    return json.dumps(rows, sort_keys=True)


async def test_every_function_for_people_is_tried(world: World) -> None:
    functions = {row["proname"] for row in await world.owner.fetch(USER_FUNCTIONS)}
    assert functions == set(ATTEMPTS) | WITHOUT_IDS


@pytest.mark.parametrize("function", ATTEMPTS)
async def test_another_tenants_ids_do_not_exist(world: World, function: str) -> None:
    ada, bob = await world.person(), await world.person()
    belongings = await settle_in(world, bob)
    before = await everything(world, bob.id)
    for arguments, code in ATTEMPTS[function]:
        with pytest.raises(asyncpg.PostgresError) as refusal:
            await ada.call(function, **arguments(belongings))
        assert refusal.value.message == code
        assert refusal.value.sqlstate == ("PT422" if code == "idempotency_mismatch" else "PT404")
    assert await everything(world, bob.id) == before


async def test_another_tenants_id_and_an_unknown_one_are_answered_alike(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    belongings = await settle_in(world, bob)
    unknown = {"id": str(uuid.uuid4())}
    nobody = Belongings(str(uuid.uuid4()), unknown, unknown, unknown, unknown, unknown)
    for function in set(ATTEMPTS) - {"create_schedule"}:
        for arguments, _ in ATTEMPTS[function]:
            answers = []
            for whose in (belongings, nobody):
                with pytest.raises(asyncpg.PostgresError) as refusal:
                    await ada.call(function, **arguments(whose))
                error = refusal.value
                answers.append((error.sqlstate, error.message, error.detail, error.hint))
            assert answers[0] == answers[1]


async def test_nobodys_lists_show_anything_of_anothers(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    await settle_in(world, bob)
    assert [it["id"] for it in (await ada.call("list_workspaces", now=NOW))["workspaces"]] == [ada.id]
    page = {"workspace_id": None, "after": None, "limit": 9}
    assert (await ada.call("list_schedules", include_deleted=True, **page))["schedules"] == []
    assert (await ada.call("list_contents", schedule_id=None, status=None, **page))["contents"] == []
    assert (await ada.call("list_alerts", **page))["alerts"] == []
    figures = await ada.call("writing_figures", workspace_id=None, content_type="x_post", quality="standard", now=NOW)
    assert figures == {"contents": 0, "tokens_in": None, "tokens_out": None, "cost": None}


async def test_a_token_without_a_person_reaches_nothing(world: World) -> None:
    bob = await world.person()
    belongings = await settle_in(world, bob)
    nobody = Person(world.pool, "")
    for function, attempts in ATTEMPTS.items():
        for arguments, _ in attempts:
            with pytest.raises(asyncpg.PostgresError) as refusal:
                await nobody.call(function, **arguments(belongings))
            assert (refusal.value.sqlstate or "")[:4] == "PT40", function
    with pytest.raises(asyncpg.PostgresError, match="unauthenticated"):
        await nobody.call("list_workspaces", now=NOW)


WRITES = [
    "update_schedule", "pause_schedule", "resume_schedule", "delete_schedule", "restore_schedule", "approve_content",
    "reject_content", "resolve_alert", "set_caps",
]  # fmt: skip


async def test_a_viewer_may_look_and_not_touch(world: World) -> None:
    eve, bob = await world.person(), await world.person()
    belongings = await settle_in(world, bob)
    await world.join(bob.id, eve, "viewer")
    before = await everything(world, bob.id)
    for function in (*WRITES, "create_schedule"):
        with pytest.raises(asyncpg.PostgresError, match="role") as refusal:
            await eve.call(function, **ATTEMPTS[function][0][0](belongings))
        assert refusal.value.sqlstate == "PT403", function
    assert await everything(world, bob.id) == before


async def test_an_editor_may_decide_about_content_and_alerts_and_not_about_money(world: World) -> None:
    eve, bob = await world.person(), await world.person()
    belongings = await settle_in(world, bob)
    await world.join(bob.id, eve, "editor")
    for function in ("approve_content", "reject_content", "resolve_alert"):
        assert await eve.call(function, **ATTEMPTS[function][0][0](belongings))
    with pytest.raises(asyncpg.PostgresError, match="role"):
        await eve.call("set_caps", workspace_id=bob.id, daily=1, monthly=None, now=NOW)


async def test_a_viewer_sees_what_the_owner_sees(world: World) -> None:
    eve, bob = await world.person(), await world.person()
    belongings = await settle_in(world, bob)
    await world.join(bob.id, eve, "viewer")
    for function in set(ATTEMPTS) - {*WRITES, "create_schedule"}:
        arguments = ATTEMPTS[function][0][0](belongings)
        seen, whole = await eve.call(function, **arguments), await bob.call(function, **arguments)
        assert {**seen, "role": None} == {**whole, "role": None}
        if function == "get_schedule":
            assert (seen["role"], whole["role"]) == ("viewer", "owner")


async def test_a_person_removed_from_a_workspace_sees_it_no_more(world: World) -> None:
    eve, bob = await world.person(), await world.person()
    belongings = await settle_in(world, bob)
    await world.join(bob.id, eve, "owner")
    assert (await eve.call("get_run", run_id=belongings.run["id"]))["run"]["status"] == "succeeded"
    await world.owner.execute("delete from app.members where user_id = $1 and workspace_id = $2", eve.id, bob.id)
    with pytest.raises(asyncpg.PostgresError, match="run_not_found"):
        await eve.call("get_run", run_id=belongings.run["id"])


async def test_the_service_moves_a_workspaces_own_schedule_only_for_its_members(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    schedule = await world.schedule(bob)
    with pytest.raises(asyncpg.PostgresError, match="schedule_not_found"):
        await world.run_now(schedule, workspace_id=ada.id, user_id=ada.id)
    assert at(schedule["next_run_at"]) == (await world.stored(schedule))["next_run_at"]
