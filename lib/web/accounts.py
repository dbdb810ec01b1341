"""The doors for a workspace's accounts. What proves us to a platform comes in here, and never goes out again."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query

from lib.domain.account import Account
from lib.pipeline import connect, connect_by_oauth
from lib.pipeline.try_account import try_account
from lib.web.account_answers import AccountAnswer, AccountFound, AccountOutcome, Accounts, ConnectionBegun
from lib.web.account_wishes import AccountChanges, AccountNamed, AccountQuery, BeginWish, ConnectWish
from lib.web.callers import Outside
from lib.web.documented import READING, WRITING, operation_id
from lib.web.people import SignedInPerson
from lib.web.strict_json import StrictRoute
from lib.web.wire import text_or_none

router = APIRouter(prefix="/api", route_class=StrictRoute, tags=["accounts"], generate_unique_id_function=operation_id)


@router.get("/accounts", responses=READING)
async def list_accounts(asked: Annotated[AccountQuery, Query()], person: SignedInPerson, services: Outside) -> Accounts:
    """Where a workspace publishes to."""
    found = await services.store.as_user(person.token).list_accounts(text_or_none(asked.workspace_id))
    return Accounts(accounts=[AccountAnswer.of(Account.from_row(row)) for row in found["accounts"]])


@router.get("/accounts/{accountId}", responses=READING)
async def get_account(
    account_id: Annotated[UUID, Path(alias="accountId")], person: SignedInPerson, services: Outside
) -> AccountFound:
    """One account, also one that was removed, and your role in its workspace."""
    found = await services.store.as_user(person.token).get_account(str(account_id))
    return AccountFound(account=AccountAnswer.of(Account.from_row(found["account"])), role=found["role"])


@router.post("/account/connect", responses=WRITING)
async def connect_account(wish: ConnectWish, person: SignedInPerson, services: Outside) -> AccountOutcome:
    """Connect an account by its form; takes an owner or editor. The platform is asked whose it is, and nothing is
    published. The same account again is connected anew: its credentials are replaced, and it is active."""
    changed = await connect.connect_account(
        connect.Connecting(
            wish.platform,
            text_or_none(wish.workspace_id),
            wish.name,
            wish.credentials,
            wish.settings,
        ),
        services.store.as_user(person.token),
        services,
        services.clock(),
    )
    return outcome_of(changed)


@router.post("/account/begin", responses=WRITING)
async def begin_connection(wish: BeginWish, person: SignedInPerson, services: Outside) -> ConnectionBegun:
    """Connect an account at the platform itself: send the browser to `url`. It comes back to
    `/?account=connected`, `refused` or `expired`; only whoever began it, in the session they have here, ends it."""
    begun = await connect_by_oauth.begin_connection(
        wish.platform,
        text_or_none(wish.workspace_id),
        services.store.as_user(person.token),
        services,
        services.clock(),
    )
    return ConnectionBegun(url=begun.url, expires_at=begun.expires_at)


@router.post("/account/test", responses=WRITING)
async def test_account(named: AccountNamed, person: SignedInPerson, services: Outside) -> AccountOutcome:
    """Ask the platform whether the account still works, without publishing anything. If it does not, the account says
    so from then on, and so does the refusal."""
    user = services.store.as_user(person.token)
    return outcome_of(await try_account(str(named.account_id), user, services, services.clock()))


@router.post("/account/update", responses=WRITING)
async def update_account(wish: AccountChanges, person: SignedInPerson, services: Outside) -> AccountOutcome:
    """Change its name and when it may be published to. What is on its way is moved only where it would go out at a
    time that is not allowed any more."""
    user = services.store.as_user(person.token)
    return outcome_of(await connect.update_account(str(wish.account_id), wish.changes(), user, services.clock()))


@router.post("/account/remove", responses=WRITING)
async def remove_account(named: AccountNamed, person: SignedInPerson, services: Outside) -> AccountOutcome:
    """Forget its credentials and cancel what waits for it. Schedules that name it go on without it."""
    user = services.store.as_user(person.token)
    return outcome_of(await connect.remove_account(str(named.account_id), user, services.clock()))


def outcome_of(changed: connect.AccountChanged) -> AccountOutcome:
    return AccountOutcome(outcome=changed.outcome, account=AccountAnswer.of(changed.account))
