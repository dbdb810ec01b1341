"""What the database does about a person's word on a content: edits, approval, links for people without a login."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from lib.adapters.supabase.calls import Row


class ReviewCalls:
    """The service's part."""

    _call: Callable[..., Awaitable[dict[str, Any]]]

    async def add_approval_link(
        self, *, link_id: str, content_id: str, version: int, expires_at: datetime, now: datetime
    ) -> Row:
        return await self._call(
            "add_approval_link",
            link_id=link_id,
            content_id=content_id,
            version=version,
            expires_at=expires_at,
            now=now,
        )

    async def read_approval_link(self, *, link_id: str, now: datetime) -> Row:
        return await self._call("read_approval_link", link_id=link_id, now=now)

    async def use_approval_link(self, *, link_id: str, decision: str, note: str | None, now: datetime) -> Row:
        """Raises Conflict for a link that does not decide any more; its details say why."""
        return await self._call("use_approval_link", link_id=link_id, decision=decision, note=note, now=now)

    async def settle_deadlines(self, *, now: datetime, limit: int) -> Row:
        return await self._call("settle_deadlines", now=now, limit=limit)


class UserReviewCalls:
    """A person's part."""

    _call: Callable[..., Awaitable[dict[str, Any]]]

    async def recall_contents(self, content_id: str) -> Row:
        return await self._call("recall_contents", content_id=content_id)

    async def edit_content(self, content_id: str, version: int, changes: Row, now: datetime) -> Row:
        """Raises Conflict when somebody has changed it since `version`."""
        return await self._call("edit_content", content_id=content_id, version=version, changes=changes, now=now)

    async def approve_content(self, content_id: str, version: int | None, note: str | None, now: datetime) -> Row:
        """`version` none: whatever it is now."""
        return await self._call("approve_content", content_id=content_id, version=version, note=note, now=now)

    async def reject_content(self, content_id: str, note: str | None, now: datetime) -> Row:
        return await self._call("reject_content", content_id=content_id, note=note, now=now)

    async def create_approval_link(self, link_id: str, content_id: str, expires_at: datetime, now: datetime) -> Row:
        return await self._call(
            "create_approval_link", link_id=link_id, content_id=content_id, expires_at=expires_at, now=now
        )
