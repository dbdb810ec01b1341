"""Send a claimed publication, part by part: each attempt is durable before its call, each accepted part right after."""

from datetime import datetime

from lib.adapters.publishers import Part
from lib.domain.platforms import PLATFORMS
from lib.domain.publication import PublicationClaim
from lib.domain.publishing import Settlement, decide_failure, going_on, published
from lib.errors import PublishFailed, PublishFault
from lib.pipeline.outgoing import Outgoing, begin_attempt, known, prepare
from lib.services import Services


async def send(claim: PublicationClaim, services: Services, now: datetime, deadline_at: datetime) -> Settlement:
    """Send what is not out yet. Raises LostClaim as soon as the claim is somebody else's: then nothing more is sent."""
    publication, account, _ = known(claim)
    try:
        outgoing = await prepare(claim, services, now, deadline_at)
    except PublishFailed as failure:
        return decide_failure(failure, publication, PLATFORMS[account.platform], now, services.clock())
    return await send_parts(outgoing, services)


async def send_parts(outgoing: Outgoing, services: Services) -> Settlement:
    """One after the other, until one fails or the time is up. What a part costs is written down with it."""
    while (part := outgoing.next) is not None:
        now = services.clock()
        within = outgoing.time_for_a_call(now)
        if within is None:
            return going_on(outgoing.sent, now)
        await begin_attempt(outgoing, services, now)
        try:
            sent = await outgoing.send(part, now, within, broken=PublishFault.UNKNOWN)
        except PublishFailed as failure:
            final = await outgoing.renewed_after(failure, services)
            if final is None:
                continue
            return decide_failure(final, outgoing.publication, outgoing.facts, now, services.clock())
        outgoing.add(sent)
        if outgoing.next is None:
            return published(outgoing.sent, outgoing.cost_of(part))
        await record_part(outgoing, part, services)
    return published(outgoing.sent)


async def record_part(outgoing: Outgoing, part: Part, services: Services) -> None:
    sent = outgoing.sent[-1]
    await services.store.record_part(
        publication_id=outgoing.publication.id,
        fence=outgoing.publication.fence or 0,
        number=part.number,
        part={"external_id": sent.external_id, "url": sent.url},
        cost=outgoing.cost_of(part),
        now=services.clock(),
    )
