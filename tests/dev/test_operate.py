"""The operator's verbs, run as `make` runs them, against the wire of the local stack."""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import httpx
import jwt
import pytest

from dev.clock import VirtualClock
from dev.database import prepare_database
from dev.operate import end_of
from dev.person import signed_in
from dev.platforms.connecting import connect
from dev.postgres import Postgres
from dev.stack import Dsns, open_stack
from lib.errors import Invalid
from lib.pipeline.install_crons import JOBS
from lib.settings import read_keys
from tests.databases import Database

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)


async def operate(*arguments: str, **variables: str) -> tuple[int | None, str]:
    """Exit status and everything that was said."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "dev.operate", *arguments),
        cwd=ROOT,
        env=variables,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode, said.decode()


async def test_a_subscription_is_set_for_the_workspace_and_said(database: Database) -> None:
    dsns = Dsns.of(database.postgres, database.name)
    async with open_stack(clock=VirtualClock(NOW), database=dsns, with_crons=False) as stack:
        token = await stack.sign_up("ada@example.com", "a long password")
        person = jwt.decode(token, options={"verify_signature": False})["sub"]
        status, said = await operate("subscription", person, "team", "", "2027-01-31", **stack.variables)
        connection = await asyncpg.connect(database.owner_dsn)
        stored = await connection.fetchrow(
            "select plan, subscription_status, period_end from app.workspaces where id = $1", person
        )
        await connection.close()
    assert (status, said) == (0, f"{person}: team, active, until 2027-01-31T00:00:00+00:00\n")
    assert tuple(stored) == ("team", "active", datetime(2027, 1, 31, tzinfo=UTC))


async def test_an_unknown_plan_is_refused(database: Database) -> None:
    dsns = Dsns.of(database.postgres, database.name)
    async with open_stack(clock=VirtualClock(NOW), database=dsns, with_crons=False) as stack:
        token = await stack.sign_up("ada@example.com", "a long password")
        person = jwt.decode(token, options={"verify_signature": False})["sub"]
        status, said = await operate("subscription", person, "gold", "", "", **stack.variables)
    assert status == 1
    assert "there is no plan gold" in said


async def test_installing_the_crons_twice_leaves_one_of_each(database: Database) -> None:
    dsns = Dsns.of(database.postgres, database.name)
    async with open_stack(clock=VirtualClock(NOW), database=dsns, with_crons=False) as stack:
        said = [await operate("crons", **stack.variables) for _ in range(2)]
        headers = {"authorization": f"Bearer {stack.variables['QSTASH_TOKEN']}"}
        async with httpx.AsyncClient(base_url=stack.variables["QSTASH_URL"], headers=headers) as qstash:
            schedules = (await qstash.get("/v2/schedules")).json()
    assert [status for status, _ in said] == [0, 0]
    assert sorted(one["scheduleId"] for one in schedules) == sorted(job.schedule_id for job in JOBS)


async def test_a_new_key_can_be_used_as_it_is_printed() -> None:
    printed = [(await operate("key"))[1].strip() for _ in range(2)]
    keys = read_keys(",".join(printed))
    assert len(keys) == len(set(keys.values())) == 2
    assert {len(key) for key in keys.values()} == {32}


async def test_after_a_new_key_accounts_are_sealed_under_it_and_it_is_said_which_can_go(database: Database) -> None:
    dsns = Dsns.of(database.postgres, database.name)
    async with open_stack(clock=VirtualClock(NOW), database=dsns, with_crons=False) as stack:
        async with signed_in(stack, "ada@example.com", "a long password") as person:
            await connect(stack, person, "discord", "tea")
        new = (await operate("key"))[1].strip()
        keys = f"{new},{stack.variables['CREDENTIALS_KEYS']}"
        variables = {**stack.variables, "CREDENTIALS_KEYS": keys}
        status, said = await operate("reseal", **variables)
        again = await operate("reseal", **variables)
        old_alone = await operate("reseal", **stack.variables)
    key_id = new.partition(":")[0]
    assert (status, said) == (0, f"accounts sealed anew under {key_id}: 1; no other key is needed any more\n")
    assert again[1].startswith(f"accounts sealed anew under {key_id}: 0;")
    assert "1 do not open" in old_alone[1]


async def test_migrating_twice_applies_nothing_twice(postgres: Postgres) -> None:
    await prepare_database(postgres.superuser_dsn(), "empty")
    first = await operate("migrate", DATABASE_URL=postgres.owner_dsn("empty"))
    second = await operate("migrate", DATABASE_URL=postgres.owner_dsn("empty"))
    assert first[0] == second[0] == 0
    assert first[1].startswith("applied 2")
    assert second[1] == "nothing to apply: the database is up to date\n"


@pytest.mark.parametrize(
    ("arguments", "missing"), [(("crons",), "QSTASH_TOKEN"), (("migrate",), "DATABASE_URL, POSTGRES_URL_NON_POOLING")]
)
async def test_what_is_not_configured_is_named(arguments: tuple[str, ...], missing: str) -> None:
    empty = dict.fromkeys(("QSTASH_TOKEN", "DATABASE_URL", "POSTGRES_URL_NON_POOLING"), "")
    status, said = await operate(*arguments, **empty)
    assert status == 1
    assert f"looked for {missing}" in said


async def test_without_what_it_needs_the_usage_is_shown() -> None:
    status, said = await operate("subscription", "", "", "", "")
    assert status == 1
    assert said.startswith("usage: make crons")


def test_a_day_ends_a_subscription_as_it_begins() -> None:
    assert end_of("2027-01-31") == datetime(2027, 1, 31, tzinfo=UTC)
    assert end_of("2027-01-31T09:00+09:00") == datetime(2027, 1, 31, tzinfo=UTC)
    assert end_of("") is None
    with pytest.raises(Invalid, match="UNTIL"):
        end_of("tomorrow")
