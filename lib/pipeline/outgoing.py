"""A claimed publication made ready to go: its parts as its platform takes them, and its account's secrets open."""

import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from lib import logs
from lib.adapters.publishers import Part, Publisher, Secrets, Target
from lib.domain.account import Account, Platform
from lib.domain.platforms import PLATFORMS, PlatformFacts
from lib.domain.publication import Post, Publication, PublicationClaim, Sent
from lib.errors import NotConfigured, PublishFailed, PublishFault, Unavailable
from lib.pipeline.ready import is_fresh, ready_secrets, renewed_secrets
from lib.services import Services

# One call. Behind a webhook somebody's own work may be done before it answers (seed 002 grants a minute).
CALL_TIME = timedelta(seconds=30)
WEBHOOK_TIME = timedelta(seconds=60)
SHORTEST_CALL = timedelta(seconds=5)  # with less time left, none is begun


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
        return self.facts.cost_with_link if part.has_link else self.facts.cost

    def time_for_a_call(self, now: datetime) -> timedelta | None:
        """None when too little is left to begin one."""
        longest = WEBHOOK_TIME if self.account.platform is Platform.WEBHOOK else CALL_TIME
        left = self.deadline_at - now
        return min(longest, left) if left >= SHORTEST_CALL else None

    async def send(
        self, part: Part, services: Services, now: datetime, within: timedelta, *, broken: PublishFault
    ) -> Sent:
        """`broken`: what a mistake of ours means; it may have come after the platform has accepted the part."""
        return await self._ask(lambda target: self.publisher.send(part, target, now, within), broken, services, now)

    async def find(
        self, part: Part, services: Services, now: datetime, within: timedelta, *, since: datetime
    ) -> Sent | None:
        """`since`: when it was attempted."""
        return await self._ask(
            lambda target: self.publisher.find(part, target, since, within), PublishFault.UNSENT, services, now
        )

    async def _ask[T](
        self, call: Callable[[Target], Awaitable[T]], broken: PublishFault, services: Services, now: datetime
    ) -> T:
        """A session that the platform refuses before its time is renewed, once, and asked again: nothing was made."""
        try:
            return await guarded(call(self.target), broken)
        except PublishFailed as failure:
            if failure.fault is not PublishFault.UNAUTHORIZED or self.renewable is None:
                raise
            secrets = await self._renew(self.renewable, services, now)
            if secrets is None:
                raise
        self.target, self.renewable = replace(self.target, secrets=secrets), None
        return await guarded(call(self.target), broken)

    async def _renew(self, version: int, services: Services, now: datetime) -> Secrets | None:
        """Whatever goes wrong with it, nothing was made: raises no other error than PublishFailed."""
        try:
            return await renewed_secrets(self.account, version, self.publisher, services, now)
        except (NotConfigured, Unavailable) as exc:
            raise PublishFailed(PublishFault.UNSENT, exc.message) from exc


async def prepare(claim: PublicationClaim, services: Services, now: datetime, deadline_at: datetime) -> Outgoing:
    """Raises PublishFailed: nothing is sent then."""
    publication, account, content = known(claim)
    post = Post.from_row(publication.id, content, claim.language)
    try:
        publisher = services.publishers[account.platform]
        # A content that breaks us is tried again, later and less often each time; its account's others go on.
        parts = await guarded(_parts_of(publisher, post, account), PublishFault.UNSENT)
        secrets = await ready_secrets(account, claim.credentials, publisher, services, now)
    except NotConfigured as exc:
        raise PublishFailed(PublishFault.CONFIGURATION, exc.message) from exc
    target = Target(account, secrets, publication.parts)
    renewable = claim.credentials.version if claim.credentials and is_fresh(claim.credentials, now) else None
    return Outgoing(publication, publisher, post.version, parts, target, deadline_at, renewable)


async def _parts_of(publisher: Publisher, post: Post, account: Account) -> Sequence[Part]:
    return publisher.parts_of(post, account)


async def guarded[T](work: Awaitable[T], fault: PublishFault) -> T:
    """Whatever else than PublishFailed goes wrong in a publisher is a mistake of ours: it counts as this fault.

    Logged without the exception's own words, which may quote what was to be published.
    """
    try:
        return await work
    except PublishFailed:
        raise
    except Exception as exc:  # noqa: BLE001  also our mistakes leave the other publications alone
        frame = traceback.extract_tb(exc.__traceback__)[-1]
        logs.error("publication.broken", error=type(exc).__name__, at=f"{frame.name}:{frame.lineno}")
        raise PublishFailed(fault, f"went wrong on our side ({type(exc).__name__})") from None


def known(claim: PublicationClaim) -> tuple[Publication, Account, Mapping[str, Any]]:
    if claim.publication is None or claim.account is None or claim.content is None:
        raise ValueError(f"claim_publication answered {claim.outcome} without the publication, its account or content")
    return claim.publication, claim.account, claim.content
