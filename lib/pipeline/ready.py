"""An account's secrets, opened and fresh: what ends soon is renewed first, by one at a time, and kept before it is
used.

X gives each refresh token once and takes a whole family of tokens back when one comes twice. So whoever renews holds
the account's lock, looks whether somebody else was faster, and stores what it was given by compare-and-set. Without
Redis the lock is nobody's; then the claim of the account's turn is what keeps two from renewing.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol, runtime_checkable

from lib import logs
from lib.adapters.publishers import Publisher, Secrets
from lib.domain.account import Account
from lib.domain.credentials import Grant
from lib.domain.publication import Sealed
from lib.errors import PublishFailed, PublishFault
from lib.pipeline.guarded import guarded
from lib.services import Services

MARGIN = timedelta(minutes=10)  # longer than anything that is sent with it takes
RENEWING_TIME = timedelta(seconds=20)
LOCK_EXPIRY = timedelta(seconds=60)
# Between looks whether somebody else has renewed it.
WAITS: Sequence[timedelta] = (timedelta(milliseconds=300), timedelta(seconds=1), timedelta(seconds=2))


@runtime_checkable
class Renewing(Protocol):
    """A publisher whose accounts' secrets end."""

    async def renew(self, secrets: Secrets, account: Account, now: datetime, within: timedelta) -> Grant:
        """New secrets, all of the account's. Raises PublishFailed; UNAUTHORIZED when only its owner can help."""
        ...


async def ready_secrets(
    account: Account, sealed: Sealed | None, publisher: Publisher, services: Services, now: datetime
) -> Secrets:
    """Raises PublishFailed; nothing is published then."""
    if sealed is None:
        raise PublishFailed(PublishFault.UNAUTHORIZED, "the account has no credentials")
    if is_fresh(sealed, now):
        return opened(account, sealed, services)
    renewed = await renewed_secrets(account, sealed.version, publisher, services, now)
    return renewed or opened(account, sealed, services)


def is_fresh(sealed: Sealed, now: datetime) -> bool:
    return sealed.expires_at is None or sealed.expires_at > now + MARGIN


async def renewed_secrets(
    account: Account, version: int, publisher: Publisher, services: Services, now: datetime
) -> Secrets | None:
    """Newer ones than those of this version: ours, or somebody else's who was faster. None for secrets that cannot be
    renewed. Raises PublishFailed, never UNKNOWN: whatever became of the tokens, nothing was published."""
    if not isinstance(publisher, Renewing):
        return None
    async with services.locks.held(f"account:{account.id}", LOCK_EXPIRY) as is_ours:
        if not is_ours:
            return await wait_for_others(account, version, services)
        newest = await read(account, services)
        if newest.version != version:
            return opened(account, newest, services)
        try:
            renewing = publisher.renew(opened(account, newest, services), account, now, RENEWING_TIME)
            grant = await guarded(renewing, PublishFault.UNSENT)
        except PublishFailed as failure:
            return await others_or_raise(failure, account, version, services)
        return await keep(grant, account, version, services, now)


async def keep(grant: Grant, account: Account, version: int, services: Services, now: datetime) -> Secrets:
    """Stored before they are used; what is stored when somebody else has stored others."""
    box = services.vault.seal(account.id, grant.secrets)
    stored = await services.store.store_credentials(
        account_id=account.id,
        version=version,
        key_id=box.key_id,
        sealed=box.sealed,
        expires_at=grant.expires_at,
        now=now,
    )
    logs.info("account.renewed", account_id=account.id, outcome=stored["outcome"])
    if stored["outcome"] == "stored":
        return grant.secrets
    return opened(account, read_sealed(stored["credentials"]), services)


async def others_or_raise(failure: PublishFailed, account: Account, version: int, services: Services) -> Secrets:
    """A refused refresh token may be one that somebody else has used meanwhile."""
    newest = await read(account, services)
    if newest.version != version:
        return opened(account, newest, services)
    logs.warning("account.not_renewed", account_id=account.id, fault=failure.fault)
    if failure.fault in (PublishFault.UNKNOWN, PublishFault.REFUSED, PublishFault.UNFIT):
        raise PublishFailed(PublishFault.UNSENT, failure.message, reason=failure.reason) from failure
    raise failure


async def wait_for_others(account: Account, version: int, services: Services) -> Secrets:
    for wait in WAITS:
        await asyncio.sleep(wait.total_seconds())
        newest = await read(account, services)
        if newest.version != version:
            return opened(account, newest, services)
    raise PublishFailed(PublishFault.UNSENT, "somebody else is renewing the account's tokens")


async def read(account: Account, services: Services) -> Sealed:
    return read_sealed(await services.store.read_credentials(account.id))


def read_sealed(row: Mapping[str, Any] | None) -> Sealed:
    if not row:
        raise PublishFailed(PublishFault.UNAUTHORIZED, "the account has no credentials")
    return Sealed.from_row(row)


def opened(account: Account, sealed: Sealed, services: Services) -> Secrets:
    """Never for an account as it was before: whoever had it lead to a server of theirs would be shown the new ones."""
    if sealed.settings is not None and sealed.settings != account.settings:
        raise PublishFailed(PublishFault.UNSENT, "the account was connected anew meanwhile")
    return services.vault.open(account.id, sealed.key_id, sealed.sealed)
