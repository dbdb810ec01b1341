"""Does an account still work? Its platform is asked, without publishing anything; the account says so from then on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from lib.domain.account import Account, AccountStatus
from lib.domain.platforms import PLATFORMS
from lib.errors import Conflict, Forbidden, PublishFailed, PublishFault
from lib.pipeline.connect import PATIENCE, AccountChanged, news_of, without
from lib.pipeline.guarded import guarded
from lib.pipeline.publications import arm_waiting
from lib.pipeline.ready import is_fresh, opened, read, renewed_secrets
from lib.services import Services

if TYPE_CHECKING:
    from lib.adapters.supabase.user_store import UserStore

# What a platform's word makes of an account that it does not take any more.
LOST: Mapping[PublishFault, AccountStatus] = {
    PublishFault.UNAUTHORIZED: AccountStatus.NEEDS_REAUTH,
    PublishFault.GONE: AccountStatus.DISABLED,
}


async def try_account(account_id: str, user: "UserStore", services: Services, now: datetime) -> AccountChanged:
    """Raises what `connect_account` does for a platform's refusal, Forbidden, and Conflict for one that was removed."""
    found = await user.get_account(account_id)
    refuse_viewers(found["role"])
    account = Account.from_row(found["account"])
    if account.status is AccountStatus.REMOVED:
        raise Conflict("account_removed", "This account was removed.")
    if PLATFORMS[account.platform].is_assisted:
        return AccountChanged("works", account)
    tried = await try_out(account, services, now)
    status = AccountStatus.ACTIVE if tried.failure is None else LOST.get(tried.failure.fault)
    if status is not None:
        reason = without(tried.secrets.values(), tried.failure.reason) if tried.failure else None
        row = await services.store.mark_account(
            account_id=account.id, version=tried.version, status=status, reason=reason, now=now
        )
        before, account = account.status, Account.from_row(row["account"])
        if account.status is AccountStatus.ACTIVE is not before:
            await arm_waiting(account, user, services, now)
    if tried.failure is not None:
        raise news_of(tried.failure, account.platform, tried.secrets)
    return AccountChanged("works", account)


@dataclass(slots=True)
class Tried:
    """What a platform said of the credentials of this version; `failure` none: it takes them."""

    version: int | None = None
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    failure: PublishFailed | None = None


async def try_out(account: Account, services: Services, now: datetime) -> Tried:
    """Ask the platform whose account it is, with what we have of it; renewed first if it ends soon."""
    tried = Tried()
    try:
        publisher = services.publishers[account.platform]
        sealed = await read(account, services)
        tried.version = sealed.version
        if not is_fresh(sealed, now) and await renewed_secrets(account, sealed.version, publisher, services, now):
            sealed = await read(account, services)
            tried.version = sealed.version
        tried.secrets = opened(account, sealed, services)
        await guarded(publisher.identify(tried.secrets, account.settings, PATIENCE), PublishFault.UNSENT)
    except PublishFailed as exc:
        tried.failure = exc
    return tried


def refuse_viewers(role: str) -> None:
    if role not in ("owner", "editor"):
        raise Forbidden("role", f"Your role is {role}; this takes owner or editor.")
