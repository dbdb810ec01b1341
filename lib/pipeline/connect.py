"""A person connects an account: ask the platform whose it is → seal what proves us → keep it as that person.

Nothing is sealed that the platform has not accepted, and nothing goes to a platform before there is a key to seal it
with. What a platform says against it is the person's own news; what they typed is never repeated.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from lib import logs
from lib.domain.account import Account, Platform
from lib.domain.cadence import read_cadence
from lib.domain.connect_forms import read_form
from lib.domain.credentials import Grant
from lib.domain.platforms import PLATFORMS
from lib.errors import Conflict, DrumbeatError, Invalid, PublishFailed, PublishFault, Unavailable
from lib.pipeline.guarded import guarded
from lib.pipeline.publications import arm_waiting
from lib.services import Services

if TYPE_CHECKING:
    from lib.adapters.publishers import Identified
    from lib.adapters.supabase.user_store import UserStore

PATIENCE = timedelta(seconds=20)  # with a platform, while a person waits
OPERATORS_TIME = timedelta(minutes=15)
LONGEST_NAME = 200
MOST_TRIES = 3  # of keeping it: others may connect the same account at the same time
SHORTEST_SECRET = 4  # anything shorter would be blanked out of ordinary words


@dataclass(frozen=True, slots=True)
class Connecting:
    """What somebody has filled in. `name` none: as the platform calls it."""

    platform: Platform
    workspace_id: str | None
    name: str | None
    credentials: Mapping[str, str] = field(repr=False)
    settings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Proven:
    """What opens an account, accepted by its platform, and whose it is."""

    identified: "Identified"
    grant: Grant


@dataclass(frozen=True, slots=True)
class AccountChanged:
    """What became of a person's wish. `outcome` is the SQL function's own word."""

    outcome: str
    account: Account


async def connect_account(wish: Connecting, user: "UserStore", services: Services, now: datetime) -> AccountChanged:
    """Raises Invalid for what the form or the platform does not take, NotConfigured without a key to seal with,
    Unavailable when the platform cannot be asked, Forbidden."""
    filled = read_form(wish.platform, wish.credentials, wish.settings)
    refuse_without_key(wish.platform, services)
    identified = await identify(wish.platform, filled.credentials, filled.settings, services)
    return await keep(wish, Proven(identified, Grant(filled.credentials, None)), user, services, now)


async def update_account(
    account_id: str, changes: Mapping[str, Any], user: "UserStore", now: datetime
) -> AccountChanged:
    read_cadence(changes.get("cadence", {}), changes.get("spacing", timedelta(0)))
    row = await user.update_account(account_id, changes, now)
    return AccountChanged(row["outcome"], Account.from_row(row["account"]))


async def remove_account(account_id: str, user: "UserStore", now: datetime) -> AccountChanged:
    row = await user.remove_account(account_id, now)
    return AccountChanged(row["outcome"], Account.from_row(row["account"]))


def refuse_without_key(platform: Platform, services: Services) -> None:
    """Raises NotConfigured where there is something to seal and nothing to seal it with."""
    if not PLATFORMS[platform].is_assisted:
        _ = services.vault


async def identify(
    platform: Platform, secrets: Mapping[str, str], settings: Mapping[str, Any], services: Services
) -> "Identified":
    """Whose account it is. Raises Invalid or Unavailable, as `news_of` says."""
    try:
        return await guarded(services.publishers[platform].identify(secrets, settings, PATIENCE), PublishFault.UNSENT)
    except PublishFailed as exc:
        raise news_of(exc, platform, secrets) from None  # what it was raised from may hold what was sent


async def keep(
    wish: Connecting, proven: Proven, user: "UserStore", services: Services, now: datetime
) -> AccountChanged:
    """Store it, as new or in the place of the same one. Secrets are sealed for an account's id, so that comes first."""
    identified = proven.identified
    for _ in range(MOST_TRIES):
        found = await user.find_account(wish.workspace_id, wish.platform, identified.external_id)
        account_id = found["account_id"] or services.new_id()
        row = await user.connect_account(
            account_id=account_id,
            workspace_id=wish.workspace_id,
            platform=wish.platform,
            name=(wish.name or identified.name)[:LONGEST_NAME],
            external_id=identified.external_id,
            settings=identified.settings,
            credentials=sealed(account_id, wish.platform, proven.grant, services),
            now=now,
        )
        account = Account.from_row(row["account"])
        if row["outcome"] == "reconnected":
            await arm_waiting(account, user, services, now)
        if row["outcome"] != "exists":  # somebody has connected it since we looked
            return AccountChanged(row["outcome"], account)
    raise Conflict("account_busy", "Others are connecting the same account; try again.")


def sealed(account_id: str, platform: Platform, grant: Grant, services: Services) -> dict[str, Any] | None:
    """As the database keeps it; none where there is nothing to prove."""
    if PLATFORMS[platform].is_assisted:
        return None
    box = services.vault.seal(account_id, grant.secrets)
    return {"key_id": box.key_id, "sealed": box.sealed, "expires_at": grant.expires_at}


def news_of(failure: PublishFailed, platform: Platform, secrets: Mapping[str, str]) -> DrumbeatError:
    """A platform's refusal as the person who typed is told of it, without anything that they typed."""
    told = without(secrets.values(), failure.reason)
    match failure.fault:
        case PublishFault.UNAUTHORIZED:
            return Invalid("credentials", f"{platform} refuses them{because(told)}")
        case PublishFault.GONE:
            return Invalid("credentials", f"{platform} says that it is not there any more{because(told)}")
        case PublishFault.UNFIT:
            return Invalid(str(failure.details.get("field") or "settings"), told or f"{platform} does not take this")
        case PublishFault.REFUSED:
            return Invalid("credentials", f"{platform} does not take this{because(told)}")
        case PublishFault.CONFIGURATION:
            logs.error("account.misconfigured", platform=platform, message=failure.message)
            return Unavailable(platform, failure.message, OPERATORS_TIME)
    return Unavailable(platform, failure.message, failure.retry_after)


def because(told: str) -> str:
    return f": {told}" if told else ""


def without(secrets: Iterable[str], text: str) -> str:
    """A platform may repeat what it was sent."""
    for secret in sorted(filter(lambda it: len(it) >= SHORTEST_SECRET, secrets), key=len, reverse=True):
        text = text.replace(secret, "…")
    return text
