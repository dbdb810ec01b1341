"""What becomes of a publication after a call to its platform, or after its account was read back: decisions, no I/O.

The rule behind all of them: what may be out is never sent again on hope. An unknown outcome is settled by proof: the
platform has it; or it could be asked for exactly this one and has it not; or it is sent again under a key that makes it
once. Where there is no proof to be had, a person decides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from lib.domain.account import AccountStatus
from lib.domain.dead_letter import DeadLetterCause
from lib.domain.platforms import PlatformFacts, Readback
from lib.domain.publication import Publication, PublicationReason, PublicationStatus, Sent
from lib.errors import PublishFailed, PublishFault

# Claims to send. One whose holders die is given up at twelve (release_lapsed.sql): that is our own fault, not its.
MOST_ATTEMPTS = 8
FIRST_WAIT = timedelta(seconds=20)
LONGEST_WAIT = timedelta(minutes=15)
LONGEST_THROTTLE = timedelta(days=1)  # a platform's wish beyond that is asked again then

# How long a platform is given to show what it has accepted, before the first look.
FIRST_LOOK: Mapping[Readback, timedelta] = {
    Readback.KEY: timedelta(minutes=1),
    Readback.RECORD: timedelta(minutes=1),
    Readback.TIMELINE: timedelta(minutes=10),
}
BETWEEN_LOOKS = timedelta(minutes=5)
ENOUGH_LOOKS = 2  # at a timeline that has it not; then a person decides
MOST_LOOKS = 12  # that could not be made
KEY_MARGIN = timedelta(minutes=5)  # a key is not relied on to its last minute


@dataclass(frozen=True, slots=True)
class Settlement:
    """What `settle_publication` is to write; none means that it stays as it is.

    `read_at` none of an unknown one: a person decides. `is_attempt` false: a postponement, which does not count.
    `account` {status, reason} or {throttled_until} of the account, in the same transaction.
    """

    status: PublicationStatus
    reason: PublicationReason | None = None
    parts: Sequence[Sent] | None = None
    cost: int = 0
    publish_at: datetime | None = None
    retry_at: datetime | None = None
    read_at: datetime | None = None
    read: Mapping[str, Any] | None = None
    error: Mapping[str, Any] | None = None
    account: Mapping[str, Any] | None = None
    is_attempt: bool = True
    cause: DeadLetterCause | None = None

    def as_row(self) -> dict[str, Any]:
        """As `settle_publication` takes it. Times are ISO."""
        row: dict[str, Any] = {"status": self.status.value, "cost": self.cost, "is_attempt": self.is_attempt}
        if self.parts is not None:
            row["parts"] = [{"external_id": part.external_id, "url": part.url} for part in self.parts]
            if self.parts:
                # A part may be a step that nobody sees, as a draft.
                url = next((part.url for part in self.parts if part.url), None)
                row |= {"external_id": self.parts[0].external_id, "url": url}
        for name in ("publish_at", "retry_at", "read_at"):
            instant: datetime | None = getattr(self, name)
            if instant is not None:
                row[name] = instant.isoformat()
        for name in ("reason", "cause", "read", "error", "account"):
            value = getattr(self, name)
            if value is not None:
                row[name] = value
        return row


def published(parts: Sequence[Sent], cost: int = 0) -> Settlement:
    """Every part is out."""
    return Settlement(PublicationStatus.PUBLISHED, parts=parts, cost=cost)


def postponed(until: datetime) -> Settlement:
    """Its account does not want anything now: quiet hours, a blackout. It is wanted later instead."""
    return Settlement(PublicationStatus.WAITING, publish_at=until, is_attempt=False)


def handed_off() -> Settlement:
    """A person posts it, and says so."""
    return Settlement(PublicationStatus.HANDED_OFF)


def going_on(parts: Sequence[Sent], now: datetime, cost: int = 0) -> Settlement:
    """Some parts are out; the rest is sent by another attempt, from the first that is not."""
    return Settlement(PublicationStatus.WAITING, parts=parts, retry_at=now, cost=cost)


def decide_failure(
    failure: PublishFailed,
    publication: Publication,
    facts: PlatformFacts,
    attempted_at: datetime,
    now: datetime,
    cost: int = 0,
) -> Settlement:
    """What becomes of a publication one of whose parts could not be sent. `attempted_at`: when that call was begun;
    `cost`: of the parts that this attempt has sent. The parts are written down already, and stay."""
    error = told(failure)
    match failure.fault:
        case PublishFault.UNKNOWN:
            first_look = FIRST_LOOK.get(facts.readback)
            return Settlement(
                PublicationStatus.UNKNOWN,
                PublicationReason.NO_REPLY,
                cost=cost,
                read_at=now + first_look if first_look else None,
                read={"outcome": "no_reply", "attempted_at": attempted_at.isoformat()},
                error=error,
            )
        case PublishFault.REFUSED:
            return _failed(PublicationReason.REFUSED, DeadLetterCause.PLATFORM, error, cost)
        case PublishFault.UNFIT:
            return _failed(PublicationReason.INVALID, DeadLetterCause.PLATFORM, error, cost)
        case PublishFault.GONE:
            account = {"status": AccountStatus.DISABLED.value, "reason": failure.reason or failure.message}
            return _failed(PublicationReason.ACCOUNT, DeadLetterCause.ACCOUNT, error, cost, account)
        case PublishFault.UNAUTHORIZED:
            account = {"status": AccountStatus.NEEDS_REAUTH.value, "reason": failure.reason or failure.message}
            return Settlement(PublicationStatus.WAITING, retry_at=now, cost=cost, error=error, account=account)
        case PublishFault.THROTTLED:
            until = now + _throttle(failure)
            account = {"throttled_until": until.isoformat()}
            # The platform has not looked at it: as often as it likes, until its time is over.
            return Settlement(
                PublicationStatus.WAITING, retry_at=until, cost=cost, error=error, account=account, is_attempt=False
            )
    return _try_again(failure, publication, now, error, cost)


def _try_again(
    failure: PublishFailed, publication: Publication, now: datetime, error: Mapping[str, Any], cost: int
) -> Settlement:
    """Nothing was made: later again, unless that would be too often or too late."""
    if publication.attempt >= MOST_ATTEMPTS:
        return _failed(PublicationReason.ATTEMPTS, DeadLetterCause.ATTEMPTS, error, cost)
    retry_at = now + _wait(failure, publication.attempt)
    if publication.late_at is not None and retry_at >= publication.late_at:
        return _failed(PublicationReason.LATE, DeadLetterCause.ATTEMPTS, error, cost)
    return Settlement(PublicationStatus.WAITING, retry_at=retry_at, cost=cost, error=error)


def may_repeat(publication: Publication, facts: PlatformFacts, now: datetime) -> bool:
    """Whether an unknown one can be sent again under its key: the platform still remembers the first time."""
    since = first_attempt_at(publication)
    return (
        facts.readback is Readback.KEY
        and facts.key_lifetime is not None
        and since is not None
        and now < since + facts.key_lifetime - KEY_MARGIN
    )


def first_attempt_at(publication: Publication) -> datetime | None:
    """When the call of which nobody knows was begun first; repetitions under its key do not count."""
    for read in publication.reads:
        if attempted_at := read.get("attempted_at"):
            return datetime.fromisoformat(attempted_at)
    return publication.attempted_at


def decide_missing(publication: Publication, facts: PlatformFacts, now: datetime) -> Settlement:
    """The account was read back, and it is not there. Also for an unknown one that cannot be read at all."""
    if facts.readback is Readback.RECORD:
        if publication.attempt >= MOST_ATTEMPTS:
            return _failed(PublicationReason.ATTEMPTS, DeadLetterCause.ATTEMPTS, {"code": "missing"}, 0)
        return Settlement(PublicationStatus.WAITING, retry_at=now, read=_look("missing", publication))
    looks = 1 + sum(read.get("outcome") == "missing" for read in publication.reads)
    again = facts.readback is Readback.TIMELINE and looks < ENOUGH_LOOKS
    return _unknown(publication, "missing", now + BETWEEN_LOOKS if again else None)


def decide_too_early(publication: Publication, facts: PlatformFacts, now: datetime) -> Settlement | None:
    """An interrupted one may be looked for before the platform had time to show it: then later; else none."""
    first_look, since = FIRST_LOOK.get(facts.readback), first_attempt_at(publication)
    if first_look is None or since is None or publication.reads or now >= since + first_look:
        return None
    return _unknown(publication, "early", since + first_look)


def decide_unwelcome(publication: Publication, facts: PlatformFacts, allowed_at: datetime) -> Settlement:
    """Its account wants nothing now, and sent again under its key it may come through for the first time: then later,
    while the platform still remembers the key; else a person decides."""
    if may_repeat(publication, facts, allowed_at):
        return _unknown(publication, "early", allowed_at)
    return _unknown(publication, "unread", None)


def decide_unreadable(publication: Publication) -> Settlement:
    """What was sent is not what its content says now, so that it could not be recognised; a person decides."""
    return _unknown(publication, "unread", None)


def decide_unread(failure: PublishFailed, publication: Publication, facts: PlatformFacts, now: datetime) -> Settlement:
    """The account could not be read back, or a repetition under its key did not come through either."""
    error, account = told(failure), None
    match failure.fault:
        case PublishFault.REFUSED if facts.readback is Readback.KEY:
            # Had it been accepted before, the platform would have answered with it.
            return _failed(PublicationReason.REFUSED, DeadLetterCause.PLATFORM, error, 0)
        case PublishFault.UNAUTHORIZED:
            account = {"status": AccountStatus.NEEDS_REAUTH.value, "reason": failure.reason or failure.message}
        case PublishFault.GONE:
            account = {"status": AccountStatus.DISABLED.value, "reason": failure.reason or failure.message}
    looks = 1 + sum(read.get("outcome") == "unread" for read in publication.reads)
    is_over = looks >= MOST_LOOKS or failure.fault is PublishFault.GONE
    settlement = _unknown(publication, "unread", None if is_over else now + _wait(failure, looks))
    return Settlement(
        settlement.status,
        settlement.reason,
        read_at=settlement.read_at,
        read=settlement.read,
        error=error,
        account=account,
    )


def told(failure: PublishFailed) -> dict[str, Any]:
    """As the ledger keeps it; the platform's own words are for the owner, never for logs."""
    return {"fault": failure.fault.value, "code": failure.code, "message": failure.reason or failure.message}


def _unknown(publication: Publication, outcome: str, read_at: datetime | None) -> Settlement:
    reason = publication.reason or PublicationReason.NO_REPLY
    return Settlement(PublicationStatus.UNKNOWN, reason, read_at=read_at, read=_look(outcome, publication))


def _look(outcome: str, publication: Publication) -> dict[str, Any]:
    since = first_attempt_at(publication)
    return {"outcome": outcome, **({"attempted_at": since.isoformat()} if since else {})}


def _failed(
    reason: PublicationReason,
    cause: DeadLetterCause,
    error: Mapping[str, Any],
    cost: int,
    account: Mapping[str, Any] | None = None,
) -> Settlement:
    return Settlement(PublicationStatus.FAILED, reason, cause=cause, error=error, cost=cost, account=account)


def _wait(failure: PublishFailed, attempt: int) -> timedelta:
    if failure.fault is PublishFault.CONFIGURATION:
        return LONGEST_WAIT  # for an operator to act
    backoff = min(FIRST_WAIT * (1 << min(max(attempt - 1, 0), 10)), LONGEST_WAIT)
    return min(max(failure.retry_after or timedelta(0), backoff), LONGEST_WAIT)


def _throttle(failure: PublishFailed) -> timedelta:
    return min(max(failure.retry_after or timedelta(minutes=1), timedelta(seconds=1)), LONGEST_THROTTLE)
