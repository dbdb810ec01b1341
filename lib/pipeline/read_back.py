"""Settle an unknown outcome by proof: look whether the platform has it, or send it again under the key that makes it
once. Where neither proves anything, a person decides; nothing is ever sent again on hope.
"""

from datetime import datetime

from lib import logs
from lib.domain.cadence import first_allowed, read_cadence
from lib.domain.platforms import PLATFORMS, PlatformFacts, Readback
from lib.domain.publication import Publication, PublicationClaim, Sent
from lib.domain.publishing import (
    Settlement,
    decide_missing,
    decide_too_early,
    decide_unread,
    decide_unreadable,
    decide_unwelcome,
    first_attempt_at,
    going_on,
    may_repeat,
    published,
)
from lib.errors import PublishFailed, PublishFault
from lib.pipeline.outgoing import Outgoing, begin_attempt, known, prepare
from lib.services import Services


async def read_back(claim: PublicationClaim, services: Services, now: datetime, deadline_at: datetime) -> Settlement:
    """What is to be written of a claimed publication that may be out or not."""
    publication, account, content = known(claim)
    facts = PLATFORMS[account.platform]
    early = decide_too_early(publication, facts, now)
    if early is not None:
        return early
    if publication.row["version"] != content["version"]:
        return decide_unreadable(publication)
    if not can_be_asked(publication, facts, now):
        return decide_missing(publication, facts, now)
    allowed_at = first_allowed(read_cadence(account.cadence, account.spacing), now)
    if facts.readback is Readback.KEY and allowed_at > now:
        return decide_unwelcome(publication, facts, allowed_at)
    try:
        outgoing = await prepare(claim, services, now, deadline_at)
        found = await ask(outgoing, services)
    except PublishFailed as failure:
        return decide_unread(failure, publication, facts, services.clock())
    logs.info("publication.read", readback=facts.readback, is_found=found is not None)
    if found is None:
        return decide_missing(publication, facts, services.clock())
    return settle_found(outgoing, found, services.clock())


def can_be_asked(publication: Publication, facts: PlatformFacts, now: datetime) -> bool:
    """Whether an answer would prove anything."""
    match facts.readback:
        case Readback.RECORD | Readback.TIMELINE:
            return True
        case Readback.KEY:
            return may_repeat(publication, facts, now)
        case Readback.NONE:
            return False


async def ask(outgoing: Outgoing, services: Services) -> Sent | None:
    """The part that nobody knows of, as the platform has it; none if it has it not. Raises PublishFailed."""
    try:
        return await ask_once(outgoing, services)
    except PublishFailed as failure:
        final = await outgoing.renewed_after(failure, services)
        if final is not None:
            raise final from None
    return await ask_once(outgoing, services)


async def ask_once(outgoing: Outgoing, services: Services) -> Sent | None:
    part, now = outgoing.next, services.clock()
    within = outgoing.time_for_a_call(now)
    if part is None or within is None:
        raise PublishFailed(PublishFault.UNSENT, "there is nothing to look for, or no time")
    if outgoing.facts.readback is Readback.KEY:  # made once, however often it is sent
        await begin_attempt(outgoing, services, now)
        return await outgoing.send(part, now, within, broken=PublishFault.UNSENT)
    return await outgoing.find(part, first_attempt_at(outgoing.publication) or now, within)


def settle_found(outgoing: Outgoing, found: Sent, now: datetime) -> Settlement:
    """It is out: the end, or the rest goes on from there."""
    cost = outgoing.cost_of(outgoing.parts[len(outgoing.sent)])
    outgoing.add(found)
    return published(outgoing.sent, cost) if outgoing.next is None else going_on(outgoing.sent, now, cost)
