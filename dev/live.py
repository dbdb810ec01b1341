"""`make dev`: the stack in real time, to play with. Data stays in `.local/stack`; Ctrl-C stops everything.

DRUMBEAT_DATA names another folder for the data, DRUMBEAT_ENV another file than `.env`, PORTS the ports' variables;
PLATFORMS=real publishes to the real Bluesky, Discord and Slack.
"""

import asyncio
import logging
import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from dotenv import dotenv_values

from dev.clock import RealClock
from dev.ledger_feed import ledger_events
from dev.person import Person, signed_in
from dev.platforms.connecting import connect
from dev.real_services import WRITING, RealServices, System, read_real_services
from dev.serving import PortInUse, listen
from dev.stack import Ports, Stack, open_stack

ROOT = Path(__file__).parent.parent
DEMO_USER = "demo@drumbeat.local"
FIRST_RUN_IN = timedelta(seconds=3)
A_CALL_TAKES = timedelta(seconds=1.5)

# Port → its variable and the one to take when that is not set. The gateway's to Redis's are those of the vendors' own
# local tools.
PORTS: Mapping[str, tuple[str, int]] = {
    "app": ("PORT", 8000),
    "gateway": ("GATEWAY_PORT", 54321),
    "postgres": ("POSTGRES_PORT", 54322),
    "qstash": ("QSTASH_PORT", 8080),
    "redis": ("REDIS_PORT", 8079),
    "models": ("MODELS_PORT", 8090),
    "openai": ("OPENAI_PORT", 8091),
    "gemini": ("GEMINI_PORT", 8092),
    "own": ("OWN_MODEL_PORT", 8093),
    "platforms": ("PLATFORMS_PORT", 8094),
}


async def run_live() -> int:
    """Runs until cancelled. Raises Misconfigured, PostgresFailed or OSError when it cannot start."""
    # Only the file counts: a key that happens to be in somebody's shell must not cost them money.
    given = dotenv_values(os.environ.get("DRUMBEAT_ENV") or ROOT / ".env")
    real = read_real_services(given, with_platforms=os.environ.get("PLATFORMS") == "real")
    folder = Path(os.environ.get("DRUMBEAT_DATA") or ROOT / ".local" / "stack")
    keep_logs(folder / "app.log")
    async with open_stack(clock=RealClock(), data_dir=folder, ports=choose_ports(os.environ), real=real) as stack:
        for model in stack.models.every():
            model.takes = A_CALL_TAKES
        greet(stack, real, folder)
        with suppress(asyncio.CancelledError):
            await live(stack)
        print("\nStopping …", flush=True)
    return 0


async def live(stack: Stack) -> None:
    """Make the demo user's first schedules, then tell what happens. Ends only by being cancelled, or with an error."""
    async with asyncio.TaskGroup() as doing:
        if stack.deliveries is not None:
            doing.create_task(_watch(stack.deliveries))
        if stack.database is None:
            print("The ledger is on the page: with a real Supabase it is not read from here.", flush=True)
            return
        doing.create_task(tell_ledger(stack, stack.database.owner))
        async with signed_in(stack, DEMO_USER, stack.secrets.demo_password) as person:
            await make_first_schedules(person, stack)


async def _watch(deliveries: asyncio.Task[None]) -> None:
    """QStash's work ends only by a defect; then the stack must not look alive."""
    await asyncio.shield(deliveries)


async def tell_ledger(stack: Stack, dsn: str) -> None:
    async for event in ledger_events(dsn, stack.clock.now):
        print(event, flush=True)


async def make_first_schedules(person: Person, stack: Stack) -> None:
    """One that fires within seconds and is published, one to see the grid, and one for a platform that people post to
    themselves; only for a user who has none yet."""
    if (await person.get("/api/schedules", limit=1, includeDeleted=True))["schedules"]:
        return
    mastodon, webhook, blog = [
        (await connect(stack, person, platform, "demo"))["id"] for platform in ("mastodon", "webhook", "naver_blog")
    ]
    soon = stack.clock.now() + FIRST_RUN_IN
    await person.post(
        "/api/schedule/create",
        name="Hourly note",
        contentType="x_post",
        frequency="hourly",
        startsAt=soon.isoformat(),
        settings={
            "promptType": "auto",
            "topic": "small habits that hold",
            "language": "en",
            "targets": [mastodon, webhook],
        },
    )
    await person.post(
        "/api/schedule/create",
        name="세 시간마다",
        contentType="x_post",
        frequency="3hours",
        timeOfDay="09:00",
        settings={"promptType": "auto", "topic": "꾸준히 쓰는 습관", "language": "ko"},
    )
    await person.post(
        "/api/schedule/create",
        name="주말 블로그",
        contentType="blog_post",
        frequency="weekly",
        timeOfDay="10:00",
        timezone="Asia/Seoul",
        settings={"promptType": "auto", "topic": "차 한 잔의 여유", "language": "ko", "targets": [blog]},
    )


def greet(stack: Stack, real: RealServices, folder: Path) -> None:
    sign_in = "with a user of your Supabase project" if System.SUPABASE in real else ""
    lines = [
        f"\nDrumbeat is at {stack.url}",
        f"  sign in   {sign_in or f'{DEMO_USER}  {stack.secrets.demo_password}'}",
        f"  API       {stack.url}/api/openapi.json",
    ]
    lines += [f"  {system:<9} {_whereabouts(system, stack, real)}" for system in System]
    lines += [f"  data      {_shown(folder)}, log in {_shown(folder / 'app.log')}", "Ctrl-C stops all of it.\n"]
    print("\n".join(lines), flush=True)


def _whereabouts(system: System, stack: Stack, real: RealServices) -> str:
    if system in real:
        return "the real one, as .env says"
    if system in WRITING and real.systems & WRITING:
        return "not asked: another one is real"
    local = {
        System.SUPABASE: stack.urls.gateway,
        System.QSTASH: stack.urls.qstash,
        System.REDIS: stack.urls.redis,
        System.ANTHROPIC: stack.urls.models,
        System.OPENAI: stack.urls.openai,
        System.GEMINI: stack.urls.gemini,
        System.OWN_MODEL: stack.urls.own,
        System.X: stack.platforms.x.url,
        System.RESEND: stack.platforms.resend.url,
        System.PLATFORMS: stack.urls.platforms,
    }
    if system is System.PLATFORMS:
        return f"{local[system]} (stand-ins; what is published is to be seen there)"
    return f"{local[system]} (stand-in)"


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def choose_ports(environment: Mapping[str, str]) -> Ports:
    """A port that was asked for is taken or refused; a usual one that is in use gives way to a free one."""
    return Ports(**{name: choose_port(environment.get(variable), usual) for name, (variable, usual) in PORTS.items()})


def choose_port(wanted: str | None, usual: int) -> int:
    if wanted:
        return int(wanted)
    try:
        listen(usual).close()
    except PortInUse:
        return 0
    return usual


def keep_logs(path: Path) -> None:
    """Log lines of the product and of its server go to a file, so that the terminal shows the ledger."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(message)s"))
    for name in ("drumbeat", "uvicorn"):
        logging.getLogger(name).addHandler(handler)
