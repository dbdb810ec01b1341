"""`python -m dev.operate crons|subscription|migrate|key|reseal`: what an operator does to the real services, by `make`.

Goes by the variables of `.env` and the environment, which wins; the local stack is not needed for it.
"""

import asyncio
import base64
import os
import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
from dotenv import dotenv_values
from pydantic import ValidationError

from dev.database import migrate
from lib.clock import utc_now
from lib.errors import DrumbeatError, Invalid, NotConfigured
from lib.pipeline.install_crons import JOBS, install_crons
from lib.pipeline.reseal import reseal
from lib.services import Services
from lib.settings import KEY_BYTES, Settings

ENV_FILE = Path(__file__).parents[1] / ".env"
# POSTGRES_URL of Supabase's marketplace goes through a pooler, which a migration's lock does not survive.
DATABASE_NAMES = ("DATABASE_URL", "POSTGRES_URL_NON_POOLING")
USAGE = """usage: make crons
       make subscription WORKSPACE=… PLAN=creator [STATUS=active|trialing|past_due|canceled] [UNTIL=2027-01-31]
       make migrate DATABASE_URL=postgresql://…
       make key
       make reseal"""


def main(arguments: list[str]) -> int:
    try:
        print(asyncio.run(operate(arguments)))
    except (DrumbeatError, ValidationError, asyncpg.PostgresError, OSError) as exc:
        print(f"{arguments[0]}: {exc}", file=sys.stderr)
        return 1
    return 0


async def operate(arguments: list[str]) -> str:
    """Does what is asked and says what was done."""
    match arguments:
        case ["crons"]:
            return await put_crons_on_qstash()
        case ["subscription", workspace, plan, status, until] if workspace and plan:
            return await subscribe(workspace, plan, status or "active", end_of(until))
        case ["migrate"]:
            return await migrate_database()
        case ["key"]:
            return new_key(utc_now())
        case ["reseal"]:
            return await reseal_credentials()
        case _:
            raise SystemExit(USAGE)


async def put_crons_on_qstash() -> str:
    services = Services(Settings.from_environment(variables()), utc_now)
    try:
        await install_crons(services)
    finally:
        await services.close()
    return "\n".join(f"QStash calls {services.settings.callback_url}{job.path} at '{job.cron}' UTC" for job in JOBS)


async def subscribe(workspace: str, plan: str, status: str, until: datetime | None) -> str:
    """What a billing system does at each change: it calls `set_subscription` with the secret key."""
    services = Services(Settings.from_environment(variables()), utc_now)
    try:
        answer = await services.store.set_subscription(
            workspace_id=workspace, plan=plan, status=status, period_end=until, now=utc_now()
        )
    finally:
        await services.close()
    now_stored = answer["workspace"]
    paid_until = now_stored["period_end"] or "further notice"
    return f"{now_stored['id']}: {now_stored['plan']}, {now_stored['subscription_status']}, until {paid_until}"


async def migrate_database() -> str:
    given = variables()
    dsn = next((given[name] for name in DATABASE_NAMES if given.get(name)), None)
    if dsn is None:
        raise NotConfigured("database", DATABASE_NAMES)
    applied = await migrate(dsn)
    return f"applied {', '.join(applied)}" if applied else "nothing to apply: the database is up to date"


def new_key(now: datetime) -> str:
    """One pair for CREDENTIALS_KEYS. Its id is a day, so that two of them tell which is older."""
    return f"{now:%Y%m%d}-{secrets.token_hex(2)}:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}"


async def reseal_credentials() -> str:
    services = Services(Settings.from_environment(variables()), utc_now)
    try:
        resealed = await reseal(services, utc_now())
    finally:
        await services.close()
    told = f"accounts sealed anew under {services.vault.key_id}: {resealed.done}"
    if resealed.changed:
        told += f"; {resealed.changed} were changed meanwhile: run it again"
    if resealed.unopened:
        told += f"; {resealed.unopened} do not open: put their key back, or have the accounts connected again"
    return told if not resealed.is_complete else f"{told}; no other key is needed any more"


def end_of(until: str) -> datetime | None:
    """A day (it ends as that day begins, UTC) or a moment with its offset; empty: no end. Raises Invalid."""
    if not until:
        return None
    try:
        moment = datetime.fromisoformat(until)
    except ValueError as exc:
        raise Invalid("UNTIL", f"{until} is neither a day (2027-01-31) nor a moment (2027-01-31T09:00+09:00)") from exc
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def variables() -> dict[str, str]:
    filed = dotenv_values(ENV_FILE) if ENV_FILE.exists() else {}
    return {name: value for name, value in {**filed, **os.environ}.items() if value}


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
