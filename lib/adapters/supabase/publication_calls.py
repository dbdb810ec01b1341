"""What the database does about publications: whose turn it is, what became of each, what a person wants of it."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from lib.adapters.supabase.calls import LONG_PATIENCE, Row, held
from lib.domain.publication import PublicationClaim


class PublicationCalls:
    """The service's part: from the claim of an account's turn to what became of it."""

    _call: Callable[..., Awaitable[dict[str, Any]]]

    async def claim_publication(
        self, *, publication_id: str, claim_id: str, lease: timedelta, now: datetime
    ) -> PublicationClaim:
        row = await self._call(
            "claim_publication", publication_id=publication_id, claim_id=claim_id, lease=lease, now=now
        )
        return PublicationClaim.from_row(row)

    async def begin_attempt(self, *, publication_id: str, fence: int, version: int, now: datetime) -> Row:
        """`outcome` begun, or changed: then nothing may be sent. Raises LostClaim when another claim holds it."""
        row = await self._call("begin_attempt", publication_id=publication_id, fence=fence, version=version, now=now)
        return held(row)

    async def record_part(
        self, *, publication_id: str, fence: int, number: int, part: Row, cost: int, now: datetime
    ) -> Row:
        """A part that is out, not the last. Raises LostClaim as `begin_attempt` does; what is true is kept then too."""
        row = await self._call(
            "record_part",
            LONG_PATIENCE,
            publication_id=publication_id,
            fence=fence,
            number=number,
            part=part,
            cost=cost,
            now=now,
        )
        return held(row)

    async def settle_publication(self, *, publication_id: str, fence: int, settlement: Row, now: datetime) -> Row:
        """`settlement` as `domain/publishing.py` gives it. Raises LostClaim as `record_part` does."""
        row = await self._call(
            "settle_publication",
            LONG_PATIENCE,
            publication_id=publication_id,
            fence=fence,
            settlement=settlement,
            now=now,
        )
        return held(row)

    async def mark_publications_armed(self, armed: Sequence[Row], now: datetime) -> int:
        """`armed`: {publication_id, armed_for, message_id} of each."""
        row = await self._call("mark_publications_armed", armed=armed, now=now)
        return int(row["armed"])

    async def sweep_publications(self, *, now: datetime, horizon: timedelta, after: Row | None, limit: int) -> Row:
        return await self._call("sweep_publications", now=now, horizon=horizon, after=after, limit=limit)


class UserPublicationCalls:
    """A person's part."""

    _call: Callable[..., Awaitable[dict[str, Any]]]

    async def list_publications(
        self,
        workspace_id: str | None,
        schedule_id: str | None,
        content_id: str | None,
        account_id: str | None,
        status: str | None,
        after: Row | None,
        limit: int,
    ) -> Row:
        return await self._call(
            "list_publications",
            workspace_id=workspace_id,
            schedule_id=schedule_id,
            content_id=content_id,
            account_id=account_id,
            status=status,
            after=after,
            limit=limit,
        )

    async def get_publication(self, publication_id: str) -> Row:
        return await self._call("get_publication", publication_id=publication_id)

    async def publish_content(
        self, content_id: str, account_ids: Sequence[str] | None, publish_at: datetime | None, now: datetime
    ) -> Row:
        """`account_ids` none: the targets of its schedule; `publish_at` none: now."""
        return await self._call(
            "publish_content", content_id=content_id, account_ids=account_ids, publish_at=publish_at, now=now
        )

    async def retry_publication(self, publication_id: str, confirm: bool, now: datetime) -> Row:
        return await self._call("retry_publication", publication_id=publication_id, confirm=confirm, now=now)

    async def void_publication(self, publication_id: str, now: datetime) -> Row:
        return await self._call("void_publication", publication_id=publication_id, now=now)

    async def continue_publication(self, publication_id: str, number: int, part: Row, now: datetime) -> Row:
        return await self._call(
            "continue_publication", publication_id=publication_id, number=number, part=part, now=now
        )

    async def mark_published(self, publication_id: str, url: str | None, now: datetime) -> Row:
        return await self._call("mark_published", publication_id=publication_id, url=url, now=now)
