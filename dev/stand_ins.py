"""The vendors' stand-ins on their addresses, and the variables by which the product finds them."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from starlette.applications import Starlette

from dev.clock import StackClock
from dev.gateway import SigningKeys, create_gateway
from dev.models.anthropic import Anthropic
from dev.models.chat import Chat
from dev.models.gemini import Gemini
from dev.models.openai import OpenAI
from dev.models.stand_in import StandIn
from dev.platforms.every import NOTICES_FROM, PlatformLines, Platforms, make_platforms
from dev.platforms.memory import recall, remember
from dev.postgres import Postgres
from dev.qstash import Plan, QStash, create_qstash
from dev.redis import Redis
from dev.secrets import LocalSecrets
from dev.serving import Line, listen, serving, url_of


@dataclass(frozen=True, slots=True)
class Ports:
    """Loopback ports; 0 picks a free one."""

    app: int = 0
    gateway: int = 0
    qstash: int = 0
    redis: int = 0
    models: int = 0
    openai: int = 0
    gemini: int = 0
    own: int = 0
    platforms: int = 0
    postgres: int = 0


@dataclass(frozen=True, slots=True)
class Dsns:
    """One migrated database, for those who connect to it."""

    owner: str
    authenticator: str
    auth: str

    @classmethod
    def of(cls, postgres: Postgres, name: str) -> "Dsns":
        return cls(postgres.owner_dsn(name), postgres.authenticator_dsn(name), postgres.auth_dsn(name))


@dataclass(frozen=True, slots=True)
class Urls:
    """Where the stand-ins are, real or not. `models` is Anthropic's, which was the first."""

    gateway: str
    qstash: str
    redis: str
    models: str
    openai: str
    gemini: str
    own: str
    platforms: str


@dataclass(frozen=True, slots=True)
class Lines:
    """The ways to the stand-ins: each can be cut, hang, fail or be slow. QStash has faults of its own; `platforms` are
    many ways on one port."""

    gateway: Line
    redis: Line
    models: Line
    openai: Line
    gemini: Line
    own: Line
    platforms: PlatformLines

    def of_models(self) -> tuple[Line, ...]:
        """The ways to everybody who writes."""
        return self.models, self.openai, self.gemini, self.own


@dataclass(frozen=True, slots=True)
class Models:
    """One stand-in for each vendor of models."""

    anthropic: Anthropic
    openai: OpenAI
    gemini: Gemini
    own: Chat

    def every(self) -> tuple[StandIn, ...]:
        return self.anthropic, self.openai, self.gemini, self.own


@dataclass(frozen=True, slots=True)
class StandIns:
    urls: Urls
    lines: Lines
    qstash: QStash
    redis: Redis
    models: Models
    platforms: Platforms
    secrets: LocalSecrets

    def variables(self) -> dict[str, str]:
        """What `lib.settings` reads to find each of them."""
        return {
            "SUPABASE_URL": self.urls.gateway,
            "SUPABASE_PUBLISHABLE_KEY": self.secrets.publishable_key,
            "SUPABASE_SECRET_KEY": self.secrets.secret_key,
            "QSTASH_URL": self.urls.qstash,
            "QSTASH_TOKEN": self.qstash.token,
            "QSTASH_CURRENT_SIGNING_KEY": self.qstash.keys.current,
            "QSTASH_NEXT_SIGNING_KEY": self.qstash.keys.next,
            "UPSTASH_REDIS_REST_URL": self.urls.redis,
            "UPSTASH_REDIS_REST_TOKEN": self.secrets.redis_token,
            "ANTHROPIC_API_KEY": self.secrets.anthropic_key,
            "ANTHROPIC_BASE_URL": self.urls.models,
            "OPENAI_API_KEY": self.secrets.openai_key,
            "OPENAI_BASE_URL": f"{self.urls.openai}/v1",
            "GEMINI_API_KEY": self.secrets.gemini_key,
            "GEMINI_BASE_URL": self.urls.gemini,
            "OWN_MODEL_API_KEY": self.secrets.own_model_key,
            "OWN_MODEL_BASE_URL": f"{self.urls.own}/v1",
            "CREDENTIALS_KEYS": self.secrets.credentials_keys,
            "X_CLIENT_ID": self.secrets.x_client_id,
            "X_CLIENT_SECRET": self.secrets.x_client_secret,
            "X_URL": self.platforms.x.url,
            "X_API_URL": self.platforms.x.url,
            "BLUESKY_URL": self.platforms.bluesky.url,
            "DISCORD_URL": self.platforms.discord.url,
            "SLACK_URL": self.platforms.slack.url,
            "RESEND_URL": self.platforms.resend.url,
            "PRIVATE_TARGETS": self.urls.platforms,
            "NOTICES_RESEND_API_KEY": self.secrets.resend_key,
            "NOTICES_FROM": NOTICES_FROM,
        }


@asynccontextmanager
async def open_stand_ins(
    *,
    clock: StackClock,
    folder: Path,
    is_kept: bool,
    ports: Ports,
    database: Dsns | None,
    secrets: LocalSecrets,
    plan: Plan,
) -> AsyncIterator[StandIns]:
    """Serve them while the block runs. Without a database the gateway answers 404: somebody else's is used.
    `is_kept`: QStash remembers its messages over a restart, and the platforms their accounts.

    Raises PortInUse.
    """
    async with AsyncExitStack() as opened:
        sockets = {name: opened.enter_context(listen(getattr(ports, name))) for name in Urls.__slots__}
        urls = Urls(**{name: url_of(sock) for name, sock in sockets.items()})
        state_file = folder / "qstash.sqlite" if is_kept else None
        qstash = create_qstash(clock.now, plan=plan, state_file=state_file, spend=clock.spend)
        redis = Redis(clock, secrets.redis_token)
        models = Models(
            anthropic=Anthropic(clock, secrets.anthropic_key),
            openai=OpenAI(clock, secrets.openai_key),
            gemini=Gemini(clock, secrets.gemini_key),
            own=Chat(clock, secrets.own_model_key),
        )
        platforms = make_platforms(clock, urls.platforms, secrets)
        if is_kept:
            recall(platforms, folder / "platforms.json")
            opened.callback(remember, platforms, folder / "platforms.json")
        gateway = Starlette()
        if database is not None:
            gateway = create_gateway(
                dsn=database.authenticator,
                auth_dsn=database.auth,
                url=urls.gateway,
                signing_keys=SigningKeys.kept_in(folder / "signing_keys.json"),
                publishable_key=secrets.publishable_key,
                secret_key=secrets.secret_key,
                clock=clock,
            )
        lines = Lines(
            gateway=Line(gateway),
            redis=Line(redis.app),
            models=Line(models.anthropic.app),
            openai=Line(models.openai.app),
            gemini=Line(models.gemini.app),
            own=Line(models.own.app),
            platforms=PlatformLines.to(platforms),
        )
        await opened.enter_async_context(qstash)
        for name in Lines.__slots__:
            await opened.enter_async_context(serving(getattr(lines, name), sockets[name]))
        await opened.enter_async_context(serving(qstash.app, sockets["qstash"]))
        yield StandIns(urls, lines, qstash, redis, models, platforms, secrets)
