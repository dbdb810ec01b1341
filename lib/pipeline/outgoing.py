"""A claimed publication made ready to go: its parts as its platform takes them, and its account's secrets open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol, runtime_checkable

from lib.adapters.publishers import Part, Publisher, Target
from lib.domain.account import Account
from lib.domain.platforms import PLATFORMS, PlatformFacts, price_of
from lib.domain.publication import Post, Publication, PublicationClaim, Sent
from lib.errors import LostClaim, NotConfigured, PublishFailed, PublishFault, Unavailable
from lib.pipeline.guarded import guarded
from lib.pipeline.ready import is_fresh, ready_secrets, renewed_secrets
from lib.services import Services

SHORTEST_CALL = timedelta(seconds=5)  # with less time left, none is begun


@runtime_checkable
class Regrouping(Protocol):
    """A publisher for whom what is left to send depends on what is out already."""

    def parts_after(self, parts: Sequence[Part], sent: Sequence[Sent]) -> Sequence[Part]:
        """`parts` anew, once these are out: as many, whatever is in them, and then what is left."""
        ...


@dataclass(slots=True)
class Outgoing:
    """What is sent, or looked for, and where; `target.sent` is out already. `deadline_at`: for all calls together.

    `renewable`: the version of the credentials, as long as they may be renewed when the platform refuses them.
    """

    publication: Publication
    publisher: Publisher
    version: int  # of the content
    parts: Sequence[Part]
    target: Target
    deadline_at: datetime
    renewable: int | None

    @property
    def account(self) -> Account:
        return self.target.account

    @property
    def facts(self) -> PlatformFacts:
        return PLATFORMS[self.account.platform]

    @property
    def sent(self) -> tuple[Sent, ...]:
        return self.target.sent

    @property
    def next(self) -> Part | None:
        """The first part that is not out yet."""
        return self.parts[len(self.sent)] if len(self.sent) < len(self.parts) else None

    def add(self, sent: Sent) -> None:
        self.target = replace(self.target, sent=(*self.sent, sent))

    def cost_of(self, part: Part) -> int:
        """Micro-USD."""
        return price_of(self.account.platform, has_link=part.has_link)

    def time_for_a_call(self, now: datetime) -> timedelta | None:
        """None when too little is left to begin one."""
        left = self.deadline_at - now
        return min(self.facts.call_time, left) if left >= SHORTEST_CALL else None

    async def send(self, part: Part, now: datetime, within: timedelta, *, broken: PublishFault) -> Sent:
        """`broken`: what a mistake of ours means; it may have come after the platform has accepted the part."""
        return await guarded(self.publisher.send(part, self.target, now, within), broken)

    async def find(self, part: Part, since: datetime, within: timedelta) -> Sent | None:
        """`since`: when it was attempted."""
        return await guarded(self.publisher.find(part, self.target, since, within), PublishFault.UNSENT)

    async def renewed_after(self, failure: PublishFailed, services: Services) -> PublishFailed | None:
        """None when the platform has refused a session that could be renewed: nothing was made, and it can be asked
        again, once. Else the failure that counts."""
        if failure.fault is not PublishFault.UNAUTHORIZED or self.renewable is None:
            return failure
        version, self.renewable = self.renewable, None
        try:
            secrets = await renewed_secrets(self.account, version, self.publisher, services, services.clock())
        except PublishFailed as another:
            return another
        except (NotConfigured, Unavailable) as exc:
            return PublishFailed(PublishFault.UNSENT, exc.message)
        if secrets is None:
            return failure
        self.target = replace(self.target, secrets=secrets)
        return None


async def prepare(claim: PublicationClaim, services: Services, now: datetime, deadline_at: datetime) -> Outgoing:
    """Raises PublishFailed: nothing is sent then."""
    publication, account, content = known(claim)
    post = Post.from_row(publication.id, content, claim.language)
    try:
        publisher = services.publishers[account.platform]
        # A content that breaks us is tried again, later and less often each time; its account's others go on.
        parts = await guarded(_parts_of(publisher, post, account, publication.parts), PublishFault.UNSENT)
        secrets = await ready_secrets(account, claim.credentials, publisher, services, now)
    except NotConfigured as exc:
        raise PublishFailed(PublishFault.CONFIGURATION, exc.message) from exc
    target = Target(account, secrets, publication.parts)
    renewable = claim.credentials.version if claim.credentials and is_fresh(claim.credentials, now) else None
    return Outgoing(publication, publisher, post.version, parts, target, deadline_at, renewable)


async def begin_attempt(outgoing: Outgoing, services: Services, now: datetime) -> None:
    """From here on, whoever finds the lease ended without an outcome knows that this part may be out.

    Raises LostClaim, also when what is to be sent has been edited, stopped or taken back since it was claimed.
    """
    begun = await services.store.begin_attempt(
        publication_id=outgoing.publication.id,
        fence=outgoing.publication.fence or 0,
        version=outgoing.version,
        now=now,
    )
    if begun["outcome"] != "begun":
        raise LostClaim("changed", "It is not to be sent as it was claimed.")


async def _parts_of(publisher: Publisher, post: Post, account: Account, sent: Sequence[Sent]) -> Sequence[Part]:
    parts = publisher.parts_of(post, account)
    return publisher.parts_after(parts, sent) if sent and isinstance(publisher, Regrouping) else parts


def known(claim: PublicationClaim) -> tuple[Publication, Account, Mapping[str, Any]]:
    if claim.publication is None or claim.account is None or claim.content is None:
        raise ValueError(f"claim_publication answered {claim.outcome} without the publication, its account or content")
    return claim.publication, claim.account, claim.content
