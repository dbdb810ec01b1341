"""One publication, from the knock at the door to what became of it.

The order is the promise: claim the account's turn, make its session ready, write each attempt down before the platform
is called and each part as soon as it is accepted. Whatever dies in between, what may be out is never sent again on
hope: the lease ends, and who comes next reads the account back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from lib import logs
from lib.domain.account import Account
from lib.domain.cadence import first_allowed, read_cadence
from lib.domain.platforms import PLATFORMS
from lib.domain.publication import (
    PUBLISHING_LEASE,
    Publication,
    PublicationClaim,
    PublicationClaimOutcome,
)
from lib.domain.publishing import Settlement, handed_off, postponed
from lib.domain.schedule import moment
from lib.errors import LostClaim, PublishFault
from lib.pipeline.arm_publications import Waiting, arm, due_at, is_near
from lib.pipeline.outgoing import known
from lib.pipeline.read_back import read_back
from lib.pipeline.send import send
from lib.services import Services

# For everything that a message has us send, < the host's 300 s and the lease, with 60 s of clock skew allowed for.
SENDING_TIME = timedelta(seconds=240)
STARTING_TIME = timedelta(seconds=60)  # another publication of the account is begun only this long
MOST_TURNS = 5  # publications for one message: those that its account has kept waiting longer go first


class PublishOutcome(StrEnum):
    """What became of a message about a publication; `web/replies.py` turns it into the status that QStash acts on."""

    PUBLISHED = "published"  # it is out
    HANDED_OFF = "handed_off"  # a person has been given it to post
    WAITING = "waiting"  # not now: again at `again_at`, or when a person has done something
    UNKNOWN = "unknown"  # may be out or not: read back at `again_at`, or a person decides
    FAILED = "failed"  # given up; the ledger says why
    CANCELLED = "cancelled"  # nobody wants it any more: it was taken back while it was ours
    BUSY = "busy"  # another one of its account is under way, or goes first
    HELD = "held"  # the workspace is stopped
    DONE = "done"  # ended before
    STALE = "stale"  # there is no such publication


@dataclass(frozen=True, slots=True)
class Published:
    """What was done. `publication_id`: of the one that was acted on, which may be an earlier one of the same account.

    `again_at`: when something can next be done about it; `is_left`: no message stands for then, so that this one had
    better come again.
    """

    outcome: PublishOutcome
    publication_id: str
    again_at: datetime | None = None
    is_left: bool = False


async def publish_due(
    publication_id: str, services: Services, now: datetime, message_id: str | None = None
) -> Published:
    """Do what a message asks for: publish this one, and before it what its account has kept waiting longer.

    Raises Unavailable when the database cannot be reached; then nothing has happened that a redelivery cannot repeat.
    """
    turn_at, deadline_at = now, now + SENDING_TIME
    for _ in range(MOST_TURNS):
        published = await publish_next(publication_id, services, turn_at, deadline_at, message_id)
        if published is not None and published.publication_id == publication_id:
            return published
        turn_at = services.clock()
        if turn_at - now > STARTING_TIME:
            break
    return Published(PublishOutcome.BUSY, publication_id, turn_at, is_left=True)


async def publish_next(
    publication_id: str, services: Services, now: datetime, deadline_at: datetime, message_id: str | None = None
) -> Published | None:
    """Act on the account's earliest publication that is ready, or on this one if it is to be read back.

    None when it is not ours any more: somebody has taken it over, or changed what it says.
    """
    claim = await services.store.claim_publication(
        publication_id=publication_id,
        claim_id=services.new_id(),
        lease=PUBLISHING_LEASE,
        now=now,
    )
    with logs.bound(**ids_of(claim, publication_id)):
        logs.info("publication.claim", outcome=claim.outcome, again_at=claim.again_at)
        if claim.outcome not in (PublicationClaimOutcome.CLAIMED, PublicationClaimOutcome.READING):
            return await step_back(claim, publication_id, message_id, services, now)
        try:
            settlement = await settlement_of(claim, services, now, deadline_at)
            return await settle(claim, settlement, services)
        except LostClaim:
            logs.warning("publication.lost")
            return None


async def settlement_of(
    claim: PublicationClaim, services: Services, now: datetime, deadline_at: datetime
) -> Settlement:
    """Send it, or read it back; what the database is to be told of that."""
    _, account, _ = known(claim)
    if claim.outcome is PublicationClaimOutcome.READING:
        return await read_back(claim, services, now, deadline_at)
    allowed_at = first_allowed(read_cadence(account.cadence, account.spacing), now)
    if allowed_at > now:
        return postponed(allowed_at)
    if PLATFORMS[account.platform].is_assisted:
        return handed_off()
    return await send(claim, services, now, deadline_at)


async def settle(claim: PublicationClaim, settlement: Settlement, services: Services) -> Published:
    """Write down what became of it, and ask to be called when it goes on. Raises LostClaim."""
    publication, account, _ = known(claim)
    now = services.clock()
    settled = await services.store.settle_publication(
        publication_id=publication.id, fence=publication.fence or 0, settlement=settlement.as_row(), now=now
    )
    publication = Publication.from_row(settled["publication"])
    tell(publication, settlement)
    return await go_on_later(publication, account, services, now)


async def go_on_later(publication: Publication, account: Account, services: Services, now: datetime) -> Published:
    """Where it stands now, armed for when it goes on by itself."""
    outcome = PublishOutcome(publication.status)
    at = due_at(publication)
    if at is None:
        return Published(outcome, publication.id)
    return Published(outcome, publication.id, at, is_left=not await wait_until(at, publication, account, services, now))


async def wait_until(
    at: datetime, publication: Publication, account: Account, services: Services, now: datetime
) -> bool:
    """Ask for a message then. False when QStash took none; what is beyond the horizon is the sweep's."""
    waiting = Waiting(publication, account.platform, at)
    return not is_near(waiting, services.settings.arming_horizon, now) or await arm([waiting], services, now) == 1


async def step_back(
    claim: PublicationClaim, publication_id: str, message_id: str | None, services: Services, now: datetime
) -> Published:
    """Nothing of the account can be done now. What waits for a time gets a message for then, unless it has one."""
    publication, account, at = claim.publication, claim.account, claim.again_at
    match claim.outcome:
        case PublicationClaimOutcome.THROTTLED | PublicationClaimOutcome.WAITING:
            outcome = PublishOutcome.WAITING
        case _:
            outcome = PublishOutcome(claim.outcome)
            return Published(outcome, publication_id, at, is_left=outcome is PublishOutcome.BUSY)
    if publication is None or account is None or at is None:
        return Published(outcome, publication_id)
    stands = has_message(publication, at, message_id) or await wait_until(at, publication, account, services, now)
    return Published(outcome, publication_id, at, is_left=not stands)


def has_message(publication: Publication, at: datetime, message_id: str | None) -> bool:
    """Whether another message than the one that has come stands for this instant."""
    row = publication.row
    return moment(row["armed_for"]) == at and row["armed_message_id"] != message_id


def tell(publication: Publication, settlement: Settlement) -> None:
    """One line for the operator: never the platform's words, which may quote what was published."""
    error = settlement.error or {}
    if error.get("fault") == PublishFault.CONFIGURATION:
        logs.error("publication.misconfigured", platform=publication.row["platform"])
    log = logs.warning if error else logs.info
    log(
        f"publication.{publication.status}",
        reason=publication.reason,
        attempt=publication.attempt,
        parts=len(publication.parts),
        fault=error.get("fault"),
        again_at=due_at(publication),
    )


def ids_of(claim: PublicationClaim, publication_id: str) -> Mapping[str, str]:
    publication = claim.publication
    if publication is None:
        return {"publication_id": publication_id}
    return {"publication_id": publication.id, "account_id": publication.account_id}
