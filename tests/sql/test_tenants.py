"""One workspace can never see or touch another's rows: Ada tries every function with Bob's ids.

Driven from the catalogue: a new function for people without a case here fails.
"""

import json

import asyncpg
import pytest

from tests.sql.callers import Person
from tests.sql.tenants import ATTEMPTS, MAKES, OWN, WITHOUT_IDS, WRITES, Belongings, settle_in
from tests.sql.world import NOW, World, at

USER_FUNCTIONS = """
select p.proname from pg_proc p
where p.pronamespace = 'public'::regnamespace and has_function_privilege('authenticated', p.oid, 'execute')
order by p.proname
"""


# An id that is somebody else's is taken, whoever it belongs to.
TAKEN = {"idempotency_mismatch": "PT422", "account_mismatch": "PT409"}


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
        assert refusal.value.sqlstate == TAKEN.get(code, "PT404")
    assert await everything(world, bob.id) == before


async def test_another_tenants_id_and_an_unknown_one_are_answered_alike(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    belongings = await settle_in(world, bob)
    for function in set(ATTEMPTS) - MAKES:
        for arguments, _ in ATTEMPTS[function]:
            answers = []
            for whose in (belongings, Belongings.nobodys()):
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


async def test_a_viewer_may_look_and_not_touch(world: World) -> None:
    eve, bob = await world.person(), await world.person()
    belongings = await settle_in(world, bob)
    await world.join(bob.id, eve, "viewer")
    before = await everything(world, bob.id)
    for function in WRITES:
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
    for function in set(ATTEMPTS) - {*WRITES, *OWN}:
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
