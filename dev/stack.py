"""The whole product on this machine: Postgres, the vendors' stand-ins and the app, on one clock, in one process.

    async with open_stack(clock=VirtualClock(start)) as stack:
        token = await stack.sign_up("ada@example.com", "a long password")
        …                                  # the product's HTTP API is at stack.url
        await stack.advance(timedelta(days=2))

Everything is served on loopback by real HTTP servers, so that what is seen here is what ships.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
from fastapi import FastAPI

from dev.clock import StackClock, VirtualClock
from dev.database import migrate, prepare_database
from dev.platforms.every import Platforms
from dev.postgres import Postgres
from dev.qstash import UNLIMITED, Plan, QStash
from dev.real_services import ALL_LOCAL, RealServices, System
from dev.redis import Redis
from dev.secrets import LocalSecrets
from dev.serving import Line, listen, serving, url_of
from dev.stand_ins import Dsns, Lines, Models, Ports, Urls, open_stand_ins
from lib.app import create_app
from lib.pipeline.install_crons import install_crons
from lib.settings import Settings

__all__ = ["ALL_FREE", "Dsns", "Ports", "Stack", "open_stack"]

DATABASE = "drumbeat"
ALL_FREE = Ports()


@dataclass(frozen=True, slots=True)
class Stack:
    """An open stack. `url` is the product's; `deliveries` is QStash's work in real time, which never ends by itself."""

    clock: StackClock
    url: str
    app: FastAPI
    line: Line
    urls: Urls
    lines: Lines
    qstash: QStash
    redis: Redis
    models: Models
    platforms: Platforms
    secrets: LocalSecrets
    database: Dsns | None
    variables: Mapping[str, str]
    deliveries: asyncio.Task[None] | None

    def settings_env(self) -> dict[str, str]:
        """The variables that this stack's app was started with."""
        return dict(self.variables)

    async def advance(self, by: timedelta) -> None:
        """Let virtual time pass event by event: what QStash has to deliver is delivered at its instant.

        Raises TypeError on a stack with real time.
        """
        if not isinstance(self.clock, VirtualClock):
            raise TypeError("only virtual time can be moved")
        end = self.clock.now() + by
        while (at := self.qstash.next_due_at()) is not None and at <= end:
            self.clock.advance(to=at)
            await self.qstash.run_due()
        self.clock.advance(to=end)

    async def sign_up(self, email: str, password: str) -> str:
        """A new user's access token. Raises httpx.HTTPStatusError when refused."""
        return await self._token("signup", {"email": email, "password": password})

    async def sign_in(self, email: str, password: str) -> str:
        """A fresh access token; each lasts an hour of the stack's time. Raises httpx.HTTPStatusError when refused."""
        return await self._token("token?grant_type=password", {"email": email, "password": password})

    async def _token(self, path: str, given: Mapping[str, str]) -> str:
        headers = {"apikey": self.variables["SUPABASE_PUBLISHABLE_KEY"]}
        async with httpx.AsyncClient(base_url=self.variables["SUPABASE_URL"], headers=headers, timeout=30) as http:
            answer = await http.post(f"/auth/v1/{path}", json=given)
        answer.raise_for_status()
        return str(answer.json()["access_token"])


@asynccontextmanager
async def open_stack(
    *,
    clock: StackClock,
    data_dir: Path | None = None,
    ports: Ports = ALL_FREE,
    database: Dsns | None = None,
    real: RealServices = ALL_LOCAL,
    qstash_plan: Plan = UNLIMITED,
    with_crons: bool = True,
    variables: Mapping[str, str] | None = None,
) -> AsyncIterator[Stack]:
    """Start everything, and stop it again at the end of the block.

    Without `data_dir` nothing is kept. `database`: an already migrated one instead of a Postgres of the stack's own.
    `real`: the systems that are not ours. `with_crons`: QStash calls the sweep every ten minutes. `variables` override
    the app's. Raises PortInUse.
    """
    async with AsyncExitStack() as opened:
        folder = data_dir or Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="drumbeat-")))
        secrets = LocalSecrets.kept_in(folder / "secrets.json")
        sock = opened.enter_context(listen(ports.app))
        if database is None and System.SUPABASE not in real:
            database = await _open_database(opened, folder / "postgres", ports.postgres)
        stand_ins = await opened.enter_async_context(
            open_stand_ins(
                clock=clock,
                folder=folder,
                is_kept=data_dir is not None,
                ports=ports,
                database=database,
                secrets=secrets,
                plan=qstash_plan,
            )
        )
        local = {"PUBLIC_URL": url_of(sock), "CRON_SECRET": secrets.cron_secret, **stand_ins.variables()}
        environment = {**real.instead_of(local), **(variables or {})}
        app = create_app(Settings.from_environment(environment), clock=clock.now)
        line = Line(app)
        await opened.enter_async_context(serving(line, sock))
        if with_crons and System.QSTASH not in real:
            await install_crons(app.state.services)
        deliveries = None
        if not isinstance(clock, VirtualClock):
            deliveries = await opened.enter_async_context(_delivering(stand_ins.qstash))
        yield Stack(
            clock=clock,
            url=url_of(sock),
            app=app,
            line=line,
            urls=stand_ins.urls,
            lines=stand_ins.lines,
            qstash=stand_ins.qstash,
            redis=stand_ins.redis,
            models=stand_ins.models,
            platforms=stand_ins.platforms,
            secrets=secrets,
            database=database,
            variables=environment,
            deliveries=deliveries,
        )


async def _open_database(opened: AsyncExitStack, folder: Path, port: int) -> Dsns:
    """Our own Postgres with the database as the migrations make it; a newer checkout's migrations are applied."""
    postgres = await opened.enter_async_context(Postgres(folder, port))
    await prepare_database(postgres.superuser_dsn(), DATABASE)
    await migrate(postgres.owner_dsn(DATABASE))
    return Dsns.of(postgres, DATABASE)


@asynccontextmanager
async def _delivering(qstash: QStash) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(qstash.serve())
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
