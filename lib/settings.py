"""Every variable the product reads, typed. The only module that touches the environment.

Each setting lists all the names under which the hosts and their marketplaces inject it; the first that is set and not
empty wins. Nothing is required here: a door or client that needs a missing setting stays closed and says which names
were looked for (`NotConfigured`).
"""

import base64
import math
import os
import re
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any, Self
from urllib.parse import urlsplit

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from lib.domain.pricing import Price
from lib.domain.vendor import split_model
from lib.errors import NotConfigured

# Printed in Upstash's documentation of its development server: anybody can sign with them.
PUBLIC_DEV_SIGNING_KEYS = frozenset(
    {
        "sig_7kYjw48mhY7kAjqNGcy6cr29RJ6r",
        "sig_5ZB6DVzB1wjE8S6rZ7eenA8Pdnhs",
        "sig_7GVPjvuwsfqF65iC8fSrs1dfYruM",
        "sig_5NoELc3EFnZn4DVS5bDs2Nk4b7Ua",
        "sig_6jWGaWRxHsw4vMSPJprXadyvrybF",
        "sig_7qHbvhmahe5GwfePDiS5Lg3pi6Qx",
        "sig_5T8FcSsynBjn9mMLBsXhpacRovJf",
        "sig_7GFR4YaDshFcqsxWRZpRB161jguD",
    }
)
SHORTEST_CRON_SECRET = 16
KEY_BYTES = 32
KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
DEAREST_OWN_PRICE = 10_000  # USD a million tokens: more is a slip of the finger


def names(*accepted: str) -> Any:
    return Field(default=None, validation_alias=AliasChoices(*accepted))


class Settings(BaseModel):
    """Immutable; build it with `Settings.from_environment()`."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    # Where QStash reaches us. In production the shortest production domain; on previews the branch's own URL.
    public_url: str | None = names("PUBLIC_URL", "NEXT_PUBLIC_URL")
    # How far ahead an occurrence gets its message; 0 = none, the sweep performs what is due. ISO 8601 or seconds.
    arming_horizon: timedelta = Field(default=timedelta(days=6), ge=timedelta(0), validation_alias="ARMING_HORIZON")
    cron_secret: SecretStr | None = names("CRON_SECRET")
    log_level: str = Field(default="INFO", validation_alias="LOG_LEVEL")

    qstash_url: str = Field(default="https://qstash.upstash.io", validation_alias="QSTASH_URL")
    qstash_token: SecretStr | None = names("QSTASH_TOKEN")
    qstash_current_signing_key: SecretStr | None = names("QSTASH_CURRENT_SIGNING_KEY")
    qstash_next_signing_key: SecretStr | None = names("QSTASH_NEXT_SIGNING_KEY")

    redis_url: str | None = names("UPSTASH_REDIS_REST_URL", "KV_REST_API_URL")
    redis_token: SecretStr | None = names("UPSTASH_REDIS_REST_TOKEN", "KV_REST_API_TOKEN")

    supabase_url: str | None = names("SUPABASE_URL", "NEXT_PUBLIC_SUPABASE_URL")
    supabase_publishable_key: SecretStr | None = names(
        "SUPABASE_PUBLISHABLE_KEY",
        "SUPABASE_ANON_KEY",
        "NEXT_PUBLIC_SUPABASE_PUBLISHABLE_KEY",
        "NEXT_PUBLIC_SUPABASE_ANON_KEY",
    )
    supabase_secret_key: SecretStr | None = names("SUPABASE_SECRET_KEY", "SUPABASE_SERVICE_ROLE_KEY")
    # Only for projects that still sign with HS256. The marketplace injects the secret everywhere, so it counts only
    # together with the switch: otherwise whoever learns a retired secret could sign in as anybody.
    supabase_jwt_secret: SecretStr | None = names("SUPABASE_JWT_SECRET")
    supabase_accept_hs256: bool = Field(default=False, validation_alias="SUPABASE_ACCEPT_HS256")

    # In which header the host tells a visitor's address; only one that visitors cannot set themselves.
    client_ip_header: str | None = names("CLIENT_IP_HEADER")

    # Which models write, most wanted first; those whose vendor has no key are left out. Each is `vendor/name`.
    models: tuple[str, ...] = Field(
        default=("anthropic/claude-sonnet-5-5", "gemini/gemini-3.8-flash", "openai/gpt-6.1-terra"),
        validation_alias="MODELS",
    )
    premium_models: tuple[str, ...] = Field(
        default=("anthropic/claude-opus-5-5", "openai/gpt-6.1-sol", "gemini/gemini-4-argon"),
        validation_alias="PREMIUM_MODELS",
    )
    # Gives an opinion of each draft; nobody does when this is not set.
    judge_model: str | None = names("JUDGE_MODEL")

    anthropic_api_key: SecretStr | None = names("ANTHROPIC_API_KEY")
    anthropic_base_url: str = Field(default="https://api.anthropic.com", validation_alias="ANTHROPIC_BASE_URL")
    openai_api_key: SecretStr | None = names("OPENAI_API_KEY")
    openai_base_url: str = Field(default="https://api.openai.com/v1", validation_alias="OPENAI_BASE_URL")
    gemini_api_key: SecretStr | None = names("GEMINI_API_KEY", "GOOGLE_API_KEY")
    gemini_base_url: str = Field(
        default="https://generativelanguage.googleapis.com", validation_alias="GEMINI_BASE_URL"
    )
    # A server of the operator's that speaks OpenAI's chat dialect; many need no key.
    own_model_base_url: str | None = names("OWN_MODEL_BASE_URL")
    own_model_api_key: SecretStr | None = names("OWN_MODEL_API_KEY")
    # "in/out" in USD a million tokens; without it the dearest known price counts.
    own_model_price: Price | None = names("OWN_MODEL_PRICE")

    # `id:key, id:key …`, each 32 bytes in base64: accounts' credentials are sealed under the first, opened under all.
    credentials_keys: SecretStr | None = names("CREDENTIALS_KEYS")
    # Our own app at X, for accounts that people connect: developer.x.com.
    x_client_id: str | None = names("X_CLIENT_ID")
    x_client_secret: SecretStr | None = names("X_CLIENT_SECRET")
    x_url: str = Field(default="https://x.com", validation_alias="X_URL")
    x_api_url: str = Field(default="https://api.x.com", validation_alias="X_API_URL")
    bluesky_url: str = Field(default="https://bsky.social", validation_alias="BLUESKY_URL")
    discord_url: str = Field(default="https://discord.com", validation_alias="DISCORD_URL")
    slack_url: str = Field(default="https://hooks.slack.com", validation_alias="SLACK_URL")
    resend_url: str = Field(default="https://api.resend.com", validation_alias="RESEND_URL")
    # Origins that people's accounts may be at although they are private or without TLS, as http://10.0.0.5:8080.
    private_targets: tuple[str, ...] | None = names("PRIVATE_TARGETS")
    # How owners and reviewers are written to; nobody is when these are not set.
    notices_api_key: SecretStr | None = names("NOTICES_RESEND_API_KEY", "RESEND_API_KEY")
    notices_from: str | None = names("NOTICES_FROM")

    # Sent with our messages so that QStash passes Vercel's deployment protection.
    vercel_automation_bypass_secret: SecretStr | None = names("VERCEL_AUTOMATION_BYPASS_SECRET")
    vercel_env: str | None = names("VERCEL_ENV")
    vercel_project_production_url: str | None = names("VERCEL_PROJECT_PRODUCTION_URL")
    vercel_branch_url: str | None = names("VERCEL_BRANCH_URL")
    vercel_url: str | None = names("VERCEL_URL")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Read the process's environment, or the one given. Empty values count as unset; blanks and quotes go.

        Raises pydantic.ValidationError naming the variable, never its value.
        """
        given = os.environ if environment is None else environment
        tidy = {name: value.strip().strip("\"'") for name, value in given.items()}
        return cls.model_validate({name: value for name, value in tidy.items() if value})

    @field_validator(
        *("public_url", "qstash_url", "redis_url", "supabase_url"),
        *("anthropic_base_url", "openai_base_url", "gemini_base_url", "own_model_base_url"),
        *("x_url", "x_api_url", "bluesky_url", "discord_url", "slack_url", "resend_url"),
    )
    @classmethod
    def _absolute(cls, url: str | None) -> str | None:
        if url is None:
            return None
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
            raise ValueError("must be an absolute http(s) URL")
        return url.rstrip("/")

    @field_validator("models", "premium_models", mode="before")
    @classmethod
    def _order(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        order = tuple(dict.fromkeys(model.strip() for model in value.split(",") if model.strip()))
        if not order:
            raise ValueError("must name at least one model")
        for model in order:
            split_model(model)
        return order

    @field_validator("judge_model")
    @classmethod
    def _model(cls, value: str | None) -> str | None:
        if value is not None:
            split_model(value)
        return value

    @field_validator("own_model_price", mode="before")
    @classmethod
    def _price(cls, value: object) -> object:
        return read_price(value) if isinstance(value, str) else value

    @field_validator("private_targets", mode="before")
    @classmethod
    def _origins(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        origins = tuple(it.strip().rstrip("/") for it in value.split(",") if it.strip())
        for origin in origins:
            parts = urlsplit(origin)
            if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query:
                raise ValueError("must be origins such as http://10.0.0.5:8080")
        return origins

    @field_validator("credentials_keys")
    @classmethod
    def _keys(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            read_keys(value.get_secret_value())
        return value

    @field_validator("arming_horizon", mode="before")
    @classmethod
    def _seconds(cls, value: object) -> object:
        return int(value) if isinstance(value, str) and value.isdigit() else value

    @model_validator(mode="after")
    def _refuse_public_dev_keys(self) -> Self:
        keys = {key.get_secret_value() for key in self._signing_keys() if key}
        here = is_loopback(self.qstash_url) and is_loopback(self.callback_url or "http://localhost")
        if keys & PUBLIC_DEV_SIGNING_KEYS and not here:
            raise ValueError(
                "QSTASH_CURRENT_SIGNING_KEY/QSTASH_NEXT_SIGNING_KEY are the publicly printed development keys; "
                "they are accepted only while QSTASH_URL and PUBLIC_URL point at this machine"
            )
        return self

    @property
    def callback_url(self) -> str | None:
        """The public base URL without trailing slash.

        A production deployment's own VERCEL_URL is behind deployment protection, so its domain comes first
        (vercel.com/docs/deployment-protection).
        """
        if self.public_url:
            return self.public_url
        production = self.vercel_project_production_url if self.vercel_env == "production" else None
        host = production or self.vercel_branch_url or self.vercel_url
        return f"https://{host}" if host else None

    @property
    def signing_keys(self) -> tuple[str, ...]:
        """QStash's current key, then the next; empty when none is configured."""
        return tuple(key.get_secret_value() for key in self._signing_keys() if key)

    def _signing_keys(self) -> tuple[SecretStr | None, SecretStr | None]:
        return self.qstash_current_signing_key, self.qstash_next_signing_key

    @property
    def usable_cron_secret(self) -> str | None:
        """The cron secret, unless it is too short to keep anybody out."""
        secret = self.cron_secret.get_secret_value() if self.cron_secret else ""
        return secret if len(secret) >= SHORTEST_CRON_SECRET else None

    @property
    def sealing_keys(self) -> Mapping[str, bytes]:
        """Keys for accounts' credentials by their id, the one to seal with first; empty when none is configured."""
        return read_keys(self.credentials_keys.get_secret_value()) if self.credentials_keys else {}

    def require(self, setting: str) -> str:
        """The value of a setting as text; raises NotConfigured with the names that were looked for."""
        value = self.callback_url if setting == "public_url" else getattr(self, setting)
        if value is None:
            raise NotConfigured(setting, names_of(setting))
        return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def names_of(setting: str) -> tuple[str, ...]:
    """All variable names under which a setting is accepted."""
    alias = Settings.model_fields[setting].validation_alias
    return tuple(str(name) for name in alias.choices) if isinstance(alias, AliasChoices) else (str(alias),)


def read_keys(text: str) -> Mapping[str, bytes]:
    """From "id:base64,id:base64". Raises ValueError, never with a key in it."""
    keys: dict[str, bytes] = {}
    for entry in filter(None, (it.strip() for it in text.split(","))):
        name, _, encoded = entry.partition(":")
        try:
            key = base64.b64decode(encoded.strip(), validate=True)
        except ValueError:
            key = b""
        if not KEY_ID.fullmatch(name) or len(key) != KEY_BYTES or name in keys:
            raise ValueError("must be id:key pairs, each id once and each key 32 bytes in base64, as `make key` prints")
        keys[name] = key
    return keys


def read_price(text: str) -> Price:
    """From "0.5/1.5": USD for a million tokens in and out. Raises ValueError."""
    try:
        fresh_in, out = (_nano_a_token(part) for part in text.split("/"))
    except (ValueError, ArithmeticError) as exc:
        raise ValueError("must be two prices in USD a million tokens, in/out, as in 0.5/1.5") from exc
    return Price(fresh_in=fresh_in, cache_written=fresh_in, cache_read=fresh_in, out=out)


def _nano_a_token(dollars_a_million: str) -> int:
    price = Decimal(dollars_a_million)
    if not 0 <= price <= DEAREST_OWN_PRICE:
        raise ValueError("out of range")
    return math.ceil(price * 1_000)


def is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host == "localhost" or host == "::1" or host.startswith("127.")
