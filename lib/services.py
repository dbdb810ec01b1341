"""Everything outside that the product talks to, made at first use and closed at the end.

Each is a property: a door that never needs a model never loads one, and a missing setting closes only the doors that
need it (`NotConfigured` names the variables that were looked for).
"""

import uuid
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from lib.clock import Clock
from lib.loops import PerLoop
from lib.settings import Settings, names_of

if TYPE_CHECKING:
    import httpx
    from pydantic import SecretStr

    from lib.adapters.identity import Identity
    from lib.adapters.models.configured import Access, Models
    from lib.adapters.notify import Notifier
    from lib.adapters.oauth import OAuth
    from lib.adapters.publishers.configured import Publishers
    from lib.adapters.qstash import Queue
    from lib.adapters.redis import Breakers, Connection, Locks
    from lib.adapters.supabase import Store
    from lib.adapters.vault import Vault
    from lib.domain.vendor import Vendor

    Connect = Callable[[], httpx.AsyncClient]


class Services:
    """Passed down from the door. `connect` opens the pool of our own calls; by default one to the real network."""

    def __init__(self, settings: Settings, clock: Clock, connect: "Connect | None" = None) -> None:
        self.settings = settings
        self.clock = clock
        self._http: PerLoop[httpx.AsyncClient] = PerLoop(connect or open_pool, lambda client: client.aclose())
        self._outward: PerLoop[httpx.AsyncClient] = PerLoop(self._open_outward, lambda client: client.aclose())

    @cached_property
    def store(self) -> "Store":
        from lib.adapters.supabase import Store

        publishable = self.settings.supabase_publishable_key
        return Store(
            self.settings.require("supabase_url"),
            self.settings.require("supabase_secret_key"),
            revealed(publishable),
            self._http.get,
        )

    @cached_property
    def identity(self) -> "Identity":
        from lib.adapters.identity import Identity

        secret = self.settings.supabase_jwt_secret if self.settings.supabase_accept_hs256 else None
        return Identity(
            self.settings.require("supabase_url"),
            self.settings.require("supabase_publishable_key"),
            self._http.get,
            revealed(secret),
            revealed(self.settings.supabase_secret_key),
        )

    @cached_property
    def queue(self) -> "Queue":
        from lib.adapters.qstash import Queue

        return Queue(
            self.settings.qstash_url,
            self.settings.require("qstash_token"),
            self.settings.require("public_url"),
            self._http.get,
            revealed(self.settings.vercel_automation_bypass_secret),
        )

    @cached_property
    def locks(self) -> "Locks":
        from lib.adapters.redis import Locks

        return Locks(self.redis, self.new_id)

    @cached_property
    def breakers(self) -> "Breakers":
        from lib.adapters.redis import Breakers

        return Breakers(self.redis)

    @cached_property
    def redis(self) -> "Connection":
        from lib.adapters.redis import Connection

        return Connection(self.settings.redis_url, revealed(self.settings.redis_token))

    @cached_property
    def models(self) -> "Models":
        from lib.adapters.models.configured import Models
        from lib.domain.writing_settings import Quality

        orders = {Quality.STANDARD: self.settings.models, Quality.PREMIUM: self.settings.premium_models}
        return Models(orders, self.settings.judge_model, accesses_of(self.settings), self._http.get)

    @cached_property
    def vault(self) -> "Vault":
        from lib.adapters.vault import Vault

        return Vault(self.settings.sealing_keys)

    @cached_property
    def publishers(self) -> "Publishers":
        from lib.adapters.publishers.configured import Publishers, Reach

        reach = Reach(
            http=self._http.get,
            outward=self._outward.get,
            refresh=lambda platform, secrets, now, within: self.oauth[platform].refresh(secrets, now, within),
            x_url=self.settings.x_url,
            x_api_url=self.settings.x_api_url,
            bluesky_url=self.settings.bluesky_url,
            discord_url=self.settings.discord_url,
            slack_url=self.settings.slack_url,
            resend_url=self.settings.resend_url,
            clock=self.clock,
        )
        return Publishers(reach)

    @cached_property
    def oauth(self) -> "OAuth":
        from lib.adapters.oauth import OAuth, Registration
        from lib.domain.account import Platform

        x = Registration(
            client_id=self.settings.x_client_id or "",
            client_secret=revealed(self.settings.x_client_secret) or "",
            needs=names_of("x_client_id"),
            site_url=self.settings.x_url,
            api_url=self.settings.x_api_url,
        )
        return OAuth({Platform.X: x}, self._http.get)

    @cached_property
    def notifier(self) -> "Notifier | None":
        """None when nobody is to be written to: the page alone tells then."""
        key, sender = self.settings.notices_api_key, self.settings.notices_from
        if key is None or sender is None:
            return None
        from lib.adapters.notify import Notifier

        return Notifier(self.settings.resend_url, key.get_secret_value(), sender, self._http.get)

    def new_id(self) -> str:
        return str(uuid.uuid4())

    async def close(self) -> None:
        """Close what was opened in the running loop."""
        if "models" in self.__dict__:
            await self.models.close()
        if "redis" in self.__dict__:
            await self.redis.close()
        await self._outward.close()
        await self._http.close()

    def _open_outward(self) -> "httpx.AsyncClient":
        from lib.adapters.egress import open_outward_pool

        return open_outward_pool(self.settings.private_targets or ())


def open_pool() -> "httpx.AsyncClient":
    """One pool for all our own calls.

    HTTP/1.1 with short keep-alive: an instance may be frozen between two requests, and supabase's users know the
    `Server disconnected` of idle HTTP/2 connections (supabase-py#1064). No redirects: none of our vendors needs one.
    """
    import httpx

    return httpx.AsyncClient(
        timeout=httpx.Timeout(15, connect=3),
        limits=httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=10),
        follow_redirects=False,
    )


def accesses_of(settings: Settings) -> "dict[Vendor, Access]":
    """How each vendor of models is reached, and what has to be set before it is."""
    from lib.adapters.models.configured import Access
    from lib.domain.vendor import Vendor

    def with_key(key: str, base_url: str) -> Access:
        secret: SecretStr | None = getattr(settings, key)
        return Access(names_of(key), secret is not None, base_url, revealed(secret) or "")

    return {
        Vendor.ANTHROPIC: with_key("anthropic_api_key", settings.anthropic_base_url),
        Vendor.OPENAI: with_key("openai_api_key", settings.openai_base_url),
        Vendor.GEMINI: with_key("gemini_api_key", settings.gemini_base_url),
        Vendor.OWN: Access(
            needs=names_of("own_model_base_url"),
            is_open=settings.own_model_base_url is not None,
            base_url=settings.own_model_base_url or "",
            api_key=revealed(settings.own_model_api_key) or "",
            price=settings.own_model_price,
        ),
    }


def revealed(secret: "SecretStr | None") -> str | None:
    return secret.get_secret_value() if secret else None
