"""Our database on a plain Postgres: what a hosted Supabase project brings along, then our migrations.

The superuser lays the ground (`prepare_database`); the migrations run as `drumbeat_owner`, who like the hosted
`postgres` is no superuser, so that what works here works there.
"""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

import asyncpg

HOSTED = Path(__file__).parent / "hosted"
SUPABASE = Path(__file__).parent.parent / "supabase"
OWNER = "drumbeat_owner"

# The Supabase CLI's own table: what we apply, `supabase migration list` counts as applied, and the other way round.
HISTORY = """
create schema if not exists supabase_migrations;
create table if not exists supabase_migrations.schema_migrations (
  version text not null primary key,
  statements text[],
  name text
);
"""
# Any number will do, as long as nobody else in the database locks the same one.
MIGRATION_LOCK = 7_302_026


async def prepare_database(superuser_dsn: str, name: str) -> None:
    """Create the roles, the database and its schema `auth` where they are missing. Safe to repeat.

    The roles get the password of `superuser_dsn`.
    """
    password = unquote(urlsplit(superuser_dsn).password or "")
    connection = await asyncpg.connect(superuser_dsn)
    try:
        quoted = await connection.fetchval("select quote_literal($1::text)", password)
        await connection.execute((HOSTED / "roles.sql").read_text().replace(":password", quoted))
        if not await connection.fetchval("select true from pg_database where datname = $1", name):
            await connection.execute(f'create database "{name}" owner {OWNER}')
    finally:
        await connection.close()
    await execute(with_database(superuser_dsn, name), (HOSTED / "database.sql").read_text())


async def migrate(owner_dsn: str) -> list[str]:
    """Apply the migrations that are not in the history yet, each in a transaction; returns their versions."""
    connection = await asyncpg.connect(owner_dsn)
    applied = []
    try:
        await connection.execute("select pg_advisory_lock($1)", MIGRATION_LOCK)
        await connection.execute(HISTORY)
        rows = await connection.fetch("select version from supabase_migrations.schema_migrations")
        known = {row["version"] for row in rows}
        for path in migration_files():
            version, _, name = path.stem.partition("_")
            if version not in known:
                async with connection.transaction():
                    await connection.execute(path.read_text())
                    await connection.execute(
                        "insert into supabase_migrations.schema_migrations (version, statements, name) "
                        "values ($1, $2, $3)",
                        version,
                        [path.read_text()],
                        name,
                    )
                applied.append(version)
    finally:
        await connection.close()
    return applied


async def build_from_schemas(owner_dsn: str) -> None:
    """The same database from `supabase/schemas`, without history: to compare with what the migrations build."""
    for path in schema_files():
        await execute(owner_dsn, path.read_text())


def migration_files() -> Sequence[Path]:
    return sorted((SUPABASE / "migrations").glob("*.sql"))


def schema_files() -> Sequence[Path]:
    """Tables first, then functions, as `config.toml` lists them."""
    folders = [SUPABASE / "schemas", *sorted(it for it in (SUPABASE / "schemas").iterdir() if it.is_dir())]
    return [path for folder in folders for path in sorted(folder.glob("*.sql"))]


async def execute(dsn: str, sql: str) -> None:
    """Run a script on a connection of its own."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


def with_database(dsn: str, name: str) -> str:
    """The same server, another database."""
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{name}"))


async def create_database(superuser_dsn: str, name: str, template: str | None = None) -> None:
    """A new database of the owner's; with a template a copy of that, which nobody may be connected to."""
    connection = await asyncpg.connect(superuser_dsn)
    try:
        source = f' template "{template}"' if template else ""
        await connection.execute(f'create database "{name}" owner {OWNER}{source}')
    finally:
        await connection.close()


async def drop_database(superuser_dsn: str, name: str) -> None:
    """Also when somebody is still connected."""
    connection = await asyncpg.connect(superuser_dsn)
    try:
        await connection.execute(f'drop database if exists "{name}" with (force)')
    finally:
        await connection.close()
