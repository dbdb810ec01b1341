"""Which outside systems are real: a stand-in steps back when `.env` or the environment has the real one's secret.

    system     real when all of these are set                               then also taken from there
    Supabase   SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY, SUPABASE_SECRET_KEY  SUPABASE_JWT_SECRET, …_ACCEPT_HS256
    QStash     QSTASH_TOKEN, both signing keys, and a PUBLIC_URL that       QSTASH_URL
               QStash can reach (a tunnel to this machine)
    Redis      UPSTASH_REDIS_REST_URL, UPSTASH_REDIS_REST_TOKEN
    Anthropic  ANTHROPIC_API_KEY                                            ANTHROPIC_BASE_URL
    OpenAI     OPENAI_API_KEY                                               OPENAI_BASE_URL
    Gemini     GEMINI_API_KEY                                               GEMINI_BASE_URL
    own model  OWN_MODEL_BASE_URL                                           OWN_MODEL_API_KEY, …_PRICE
    X          X_CLIENT_ID, X_CLIENT_SECRET                                 X_URL, X_API_URL
    Resend     NOTICES_RESEND_API_KEY, NOTICES_FROM                         RESEND_URL
    platforms  `make dev PLATFORMS=real`: Bluesky, Discord and Slack        BLUESKY_URL, DISCORD_URL, SLACK_URL

As soon as one of those who write is real, the stand-ins of the others are not asked: their prose is no writing.
Accounts at servers of people's own (WordPress, Mastodon, webhooks) name their addresses themselves, real or not.

Every accepted name of `lib/settings.py` counts. A real Supabase needs our migrations first: `supabase db push`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from lib.settings import is_loopback, names_of


class System(StrEnum):
    """What the product talks to, besides the model of time."""

    SUPABASE = "Supabase"
    QSTASH = "QStash"
    REDIS = "Redis"
    ANTHROPIC = "Anthropic"
    OPENAI = "OpenAI"
    GEMINI = "Gemini"
    OWN_MODEL = "own model"
    X = "X"
    RESEND = "Resend"
    PLATFORMS = "platforms"


# What makes a system real, and what belongs to it besides.
NEEDED: Mapping[System, tuple[str, ...]] = {
    System.SUPABASE: ("supabase_url", "supabase_publishable_key", "supabase_secret_key"),
    System.QSTASH: ("qstash_token", "qstash_current_signing_key", "qstash_next_signing_key"),
    System.REDIS: ("redis_url", "redis_token"),
    System.ANTHROPIC: ("anthropic_api_key",),
    System.OPENAI: ("openai_api_key",),
    System.GEMINI: ("gemini_api_key",),
    System.OWN_MODEL: ("own_model_base_url",),
    System.X: ("x_client_id", "x_client_secret"),
    System.RESEND: ("notices_api_key", "notices_from"),
    System.PLATFORMS: (),
}
BESIDES: Mapping[System, tuple[str, ...]] = {
    System.SUPABASE: ("supabase_jwt_secret", "supabase_accept_hs256"),
    System.QSTASH: ("qstash_url",),
    System.REDIS: (),
    System.ANTHROPIC: ("anthropic_base_url",),
    System.OPENAI: ("openai_base_url",),
    System.GEMINI: ("gemini_base_url",),
    System.OWN_MODEL: ("own_model_api_key", "own_model_price"),
    System.X: ("x_url", "x_api_url"),
    System.RESEND: ("resend_url",),
    System.PLATFORMS: ("bluesky_url", "discord_url", "slack_url"),
}
WRITING = frozenset({System.ANTHROPIC, System.OPENAI, System.GEMINI, System.OWN_MODEL})
# Ours in any case, whoever the others are.
OWN = (
    *("arming_horizon", "cron_secret", "log_level", "vercel_automation_bypass_secret"),
    *("models", "premium_models", "judge_model"),
    *("credentials_keys", "private_targets"),
)
ADDED = "PRIVATE_TARGETS"  # to the stand-ins' own, not instead of them


class Misconfigured(Exception):
    """A real service is only half named; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class RealServices:
    """The systems that are real, and the variables that were given for them and for us."""

    systems: frozenset[System]
    variables: Mapping[str, str]

    def __contains__(self, system: System) -> bool:
        return system in self.systems

    def instead_of(self, stand_ins: Mapping[str, str]) -> dict[str, str]:
        """The stand-ins' variables with the real systems' in their place; nothing stays of a stand-in replaced."""
        gone = self.systems | WRITING if self.systems & WRITING else self.systems
        settings = [setting for system in gone for setting in (*NEEDED[system], *BESIDES[system])]
        replaced = {name for setting in settings for name in names_of(setting)}
        kept = {name: value for name, value in stand_ins.items() if name not in replaced}
        taken = dict(self.variables)
        if ADDED in kept and ADDED in taken:
            taken[ADDED] = f"{kept[ADDED]},{taken[ADDED]}"
        return {**kept, **taken}


ALL_LOCAL = RealServices(frozenset(), {})


def read_real_services(given: Mapping[str, str | None], *, with_platforms: bool = False) -> RealServices:
    """`with_platforms`: those that need no secret of ours are real as well.

    Raises Misconfigured for a system of which only some secrets are set, and for a QStash that cannot reach us.
    """
    values = {name: value for name, value in given.items() if value}
    systems = frozenset(system for system in System if _is_real(system, values))
    if with_platforms:
        systems |= {System.PLATFORMS}
    if System.QSTASH in systems:
        _require_reachable(values)
    settings = [*OWN, *(name for system in systems for name in (*NEEDED[system], *BESIDES[system]))]
    if System.QSTASH in systems:
        settings.append("public_url")
    return RealServices(systems, dict(_taken(settings, values)))


def _is_real(system: System, values: Mapping[str, str]) -> bool:
    """Raises Misconfigured."""
    missing = [names_of(setting) for setting in NEEDED[system] if not _value(setting, values)]
    if len(missing) == len(NEEDED[system]):
        return False
    if missing:
        told = "; ".join(" or ".join(names) for names in missing)
        raise Misconfigured(f"{system} is only half set up, there is no {told}")
    return True


def _require_reachable(values: Mapping[str, str]) -> None:
    public_url = _value("public_url", values)
    if not public_url or is_loopback(public_url):
        raise Misconfigured(
            "the real QStash has to reach this machine: set PUBLIC_URL to a public address that leads here (a tunnel), "
            "or leave QSTASH_TOKEN empty to use the local one"
        )


def _value(setting: str, values: Mapping[str, str]) -> str | None:
    return next((values[name] for name in names_of(setting) if name in values), None)


def _taken(settings: list[str], values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for setting in settings:
        if value := _value(setting, values):
            yield names_of(setting)[0], value
