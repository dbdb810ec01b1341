"""What `supabase/` promises: one function per file, history and present agree, and our words are the database's."""

import asyncio
import inspect
import re
import tomllib
from enum import StrEnum
from pathlib import Path

import asyncpg
import pytest

from dev.database import SUPABASE, build_from_schemas, migrate, migration_files, prepare_database, schema_files
from dev.postgres import Postgres
from lib.adapters.supabase import Store, UserStore
from lib.domain.account import AccountStatus, Platform
from lib.domain.alert import AlertKind
from lib.domain.dead_letter import DeadLetterCause, DeadLetterStatus
from lib.domain.publication import PublicationReason, PublicationStatus
from lib.domain.run import ContentStatus, DeadlineAction, RunReason, RunStatus, RunTrigger
from lib.domain.schedule import ContentType, Frequency
from lib.domain.writing_settings import Quality
from tests.databases import Database

FUNCTION_FILES = [path for path in schema_files() if path.parent.name != "schemas"]
WORDS: dict[str, type[StrEnum]] = {
    "account_status": AccountStatus,
    "alert_kind": AlertKind,
    "content_status": ContentStatus,
    "content_type": ContentType,
    "dead_letter_cause": DeadLetterCause,
    "dead_letter_status": DeadLetterStatus,
    "deadline_action": DeadlineAction,
    "frequency": Frequency,
    "platform": Platform,
    "publication_reason": PublicationReason,
    "publication_status": PublicationStatus,
    "quality": Quality,
    "run_reason": RunReason,
    "run_status": RunStatus,
    "run_trigger": RunTrigger,
}

# All that a schema holds, one line each: what two databases must agree on to be the same.
SCHEMA = """
with ours as (select oid, nspname from pg_namespace where nspname in ('app', 'public'))
select 'schema ' || n.nspname || ' ' || coalesce(n.nspacl::text, '') from pg_namespace n join ours using (oid)
union all
select concat_ws(' ', 'relation', c.oid::regclass, c.relkind, c.relrowsecurity, c.relacl::text,
    pg_get_userbyid(c.relowner))
  from pg_class c join ours on ours.oid = c.relnamespace
union all
select concat_ws(' ', 'column', a.attrelid::regclass, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod),
    a.attnotnull, pg_get_expr(d.adbin, d.adrelid))
  from pg_attribute a join pg_class c on c.oid = a.attrelid join ours on ours.oid = c.relnamespace
  left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum where a.attnum > 0
union all
select concat_ws(' ', 'constraint', k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid))
  from pg_constraint k join ours on ours.oid = k.connamespace
union all
select pg_get_indexdef(i.indexrelid) from pg_index i join pg_class c on c.oid = i.indexrelid
  join ours on ours.oid = c.relnamespace
union all
select concat_ws(' ', 'policy', tablename, policyname, permissive, roles, cmd, qual, with_check) from pg_policies
union all
select concat_ws(' ', 'enum', e.enumtypid::regtype, e.enumsortorder, e.enumlabel) from pg_enum e
  join pg_type t on t.oid = e.enumtypid join ours on ours.oid = t.typnamespace
union all
select concat_ws(' ', pg_get_functiondef(p.oid), p.proacl::text, pg_get_userbyid(p.proowner)) from pg_proc p
  join ours on ours.oid = p.pronamespace
union all
select 'plan ' || to_jsonb(p)::text from app.plans p
"""


async def lines(dsn: str, query: str) -> list[str]:
    connection = await asyncpg.connect(dsn)
    try:
        return sorted(row[0] for row in await connection.fetch(query))
    finally:
        await connection.close()


async def test_the_schemas_and_the_migrations_build_the_same_database(database: Database, postgres: Postgres) -> None:
    await prepare_database(postgres.superuser_dsn(), "from_schemas")
    try:
        await build_from_schemas(postgres.owner_dsn("from_schemas"))
        now = await lines(postgres.owner_dsn("from_schemas"), SCHEMA)
        history = await lines(database.owner_dsn, SCHEMA)
    finally:
        await postgres.drop_database("from_schemas")
    assert len(now) > 300
    assert history == now


async def test_migrations_are_applied_once_also_by_two_at_once(postgres: Postgres) -> None:
    await prepare_database(postgres.superuser_dsn(), "raced")
    try:
        dsn = postgres.owner_dsn("raced")
        applied = await asyncio.gather(migrate(dsn), migrate(dsn))
        assert sorted(applied, key=len) == [[], [path.name.split("_")[0] for path in migration_files()]]
        assert await migrate(dsn) == []
    finally:
        await postgres.drop_database("raced")


async def test_the_history_has_the_supabase_clis_form(database: Database) -> None:
    columns = await lines(
        database.owner_dsn,
        "select column_name || ' ' || data_type || ' ' || is_nullable from information_schema.columns "
        "where table_schema = 'supabase_migrations' and table_name = 'schema_migrations'",
    )
    assert columns == ["name text YES", "statements ARRAY YES", "version text NO"]
    written = await lines(
        database.owner_dsn, "select version || '_' || name from supabase_migrations.schema_migrations"
    )
    assert written == [path.stem for path in migration_files()]


def test_each_migration_has_a_time_in_its_name_and_ends_by_waking_postgrest() -> None:
    for path in migration_files():
        assert re.fullmatch(r"\d{14}_[a-z0-9_]+\.sql", path.name)
        assert path.read_text().rstrip().endswith("notify pgrst, 'reload schema';")


def test_the_supabase_cli_reads_the_schema_files_in_the_order_that_we_do() -> None:
    config = tomllib.loads((SUPABASE / "config.toml").read_text())
    listed = [path for it in config["db"]["migrations"]["schema_paths"] for path in sorted(SUPABASE.glob(it[2:]))]
    assert listed == schema_files()
    assert all((SUPABASE / it).exists() for it in config["db"]["seed"]["sql_paths"])
    assert (config["api"]["schemas"], config["api"]["auto_expose_new_tables"]) == (["public"], False)


@pytest.mark.parametrize("path", FUNCTION_FILES, ids=lambda path: path.stem)
def test_a_function_has_a_file_of_its_name_a_comment_and_its_own_grants(path: Path) -> None:
    text = path.read_text()
    schema = "app" if path.parent.name.endswith("app") else "public"
    assert re.findall(r"^create function (\w+\.\w+)", text, re.MULTILINE) == [f"{schema}.{path.stem}"]
    assert text.startswith("-- ")
    assert f"\nrevoke execute on function {schema}.{path.stem} from public" in text
    caller = {"60_user": "authenticated", "70_service": "service_role"}.get(path.parent.name)
    granted = f"\ngrant execute on function {schema}.{path.stem} to {caller};\n"
    assert re.findall(r"\ngrant execute .*\n", text) == ([granted] if caller else [])


@pytest.mark.parametrize("path", [*schema_files(), *migration_files()], ids=lambda path: path.stem)
def test_our_sql_never_raises_what_postgrest_would_repeat_for_ever(path: Path) -> None:
    """SQLSTATE 40001: PostgREST before 16 runs the transaction again, without end."""
    code = "\n".join(line for line in path.read_text().splitlines() if not line.startswith("--"))
    assert "40001" not in code
    assert "serialization_failure" not in code.lower()


async def test_every_function_that_writes_is_told_the_time_and_none_has_a_default(database: Database) -> None:
    untold = await lines(
        database.owner_dsn,
        "select proname from pg_proc where pronamespace = 'public'::regnamespace "
        "and (pronargdefaults > 0 or prorettype <> 'jsonb'::regtype "
        "or (provolatile = 'v' and not 'p_now' = any (proargnames)))",
    )
    assert untold == []


async def test_every_function_has_a_method_of_its_name_with_its_arguments(database: Database) -> None:
    functions = await lines(
        database.owner_dsn,
        "select proname || ' ' || array_to_string(proargnames, ' ') from pg_proc "
        "where pronamespace = 'public'::regnamespace",
    )
    assert len(functions) > 30
    for name, *arguments in (line.split() for line in functions):
        method = getattr(Store, name, None) or getattr(UserStore, name)
        taken = set(inspect.signature(method).parameters) - {"self"}
        assert taken == {it.removeprefix("p_") for it in arguments}, name


async def test_every_foreign_key_has_an_index_that_begins_with_it(database: Database) -> None:
    without = await lines(
        database.owner_dsn,
        """
        select k.conrelid::regclass || ' ' || k.conname from pg_constraint k
        where k.contype = 'f' and k.connamespace = 'app'::regnamespace and not exists (
          select from pg_index i where i.indrelid = k.conrelid and i.indpred is null
            and (i.indkey::int2[])[0:cardinality(k.conkey) - 1] operator(pg_catalog.@>) k.conkey)
        """,
    )
    assert without == []


@pytest.mark.parametrize("name", WORDS)
async def test_an_enum_has_the_same_words_here_and_in_the_database(database: Database, name: str) -> None:
    connection = await asyncpg.connect(database.owner_dsn)
    try:
        stored = await connection.fetchval(f"select enum_range(null::app.{name})::text[]")
    finally:
        await connection.close()
    assert stored == [it.value for it in WORDS[name]]


def test_every_enum_value_in_sql_says_what_it_means() -> None:
    text = next(path for path in schema_files() if path.stem == "01_enums").read_text()
    values = re.findall(r"^  '\w+'.*$", text, re.MULTILINE)
    assert len(values) > 30
    assert [line for line in values if not re.search(r"-- \S", line)] == []
