"""Should a table ever be exposed, its policies still show members their own rows and nobody anything else."""

import asyncpg
import pytest

from tests.sql.tenants import settle_in
from tests.sql.test_grants import FOR_NOBODY
from tests.sql.world import NOW, World, model_answer, model_attempt

TABLES = "select relname, relrowsecurity from pg_class where relnamespace = 'app'::regnamespace and relkind = 'r'"


async def test_every_table_has_row_security_and_one_policy_for_reading(world: World) -> None:
    tables = await world.owner.fetch(TABLES)
    assert len(tables) >= 9
    assert all(it["relrowsecurity"] for it in tables)
    policies = await world.owner.fetch("select tablename, cmd, roles, qual from pg_policies where schemaname = 'app'")
    assert sorted(it["tablename"] for it in policies) == sorted({it["relname"] for it in tables} - FOR_NOBODY)
    for policy in policies:
        assert (policy["cmd"], policy["roles"]) == ("SELECT", ["authenticated"])
        # A bare auth.uid() would be called for every row.
        assert policy["qual"] == "true" or "( SELECT auth.uid() AS uid)" in policy["qual"]


async def test_a_member_reads_rows_of_their_workspaces_and_no_others(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    for person in (ada, bob):
        await settle_in(world, person)
    await world.service.call(
        "raise_alert", workspace_id=None, schedule_id=None, kind="model_misconfigured", subject="own/writer",
        details={}, now=NOW,
    )  # fmt: skip
    async with ada.transaction() as transaction:
        for table in await world.owner.fetch(TABLES):
            name = table["relname"]
            if name in FOR_NOBODY:
                continue
            rows = await transaction.fetch(f"select to_jsonb(t) as row from app.{name} t")  # noqa: S608
            assert rows, name
            if name != "plans":
                whose = {it["row"]["id" if name == "workspaces" else "workspace_id"] for it in rows}
                assert whose == {ada.id}, name


async def test_nobody_reads_what_is_still_being_written(world: World) -> None:
    ada = await world.person()
    run = (await world.claim(await world.schedule(ada)))["run"]
    await world.record(run, model_attempt("one"), model_answer())
    assert await world.owner.fetchval("select count(*) from app.answers") == 1
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with ada.transaction() as transaction:
            await transaction.fetch("select * from app.answers")


async def test_an_invited_member_reads_both_workspaces(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    await world.schedule(bob)
    await world.join(bob.id, ada, "viewer")
    async with ada.transaction() as transaction:
        assert len(await transaction.fetch("select id from app.schedules")) == 1
        assert len(await transaction.fetch("select id from app.workspaces")) == 2
        assert {str(it["user_id"]) for it in await transaction.fetch("select user_id from app.members")} == {ada.id}


async def test_a_person_can_write_no_row_directly(world: World) -> None:
    ada = await world.person()
    await world.schedule(ada)
    for statement in (
        "update app.workspaces set plan = 'team'",
        "insert into app.members values (auth.uid(), auth.uid(), 'owner', '2026-01-01')",
        "delete from app.runs",
        "truncate app.audit_log",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with ada.transaction() as transaction:
                await transaction.connection.execute(statement)


@pytest.mark.parametrize("role", ["anon", "service"])
async def test_the_other_roles_do_not_reach_the_tables_at_all(world: World, role: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="denied for schema app"):
        async with getattr(world, role).transaction() as transaction:
            await transaction.fetch("select id from app.schedules")
