"""What the database does about what went wrong, and what stands still: alerts, notices, dead letters, stopping."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from lib.adapters.supabase.calls import Row


class RecoveryCalls:
    """The service's part."""

    _call: Callable[..., Awaitable[dict[str, Any]]]

    async def raise_alert(
        self,
        *,
        kind: str,
        subject: str,
        details: Row,
        now: datetime,
        workspace_id: str | None = None,
        schedule_id: str | None = None,
    ) -> Row:
        """Without a workspace it is the operator's, and no member sees it."""
        return await self._call(
            "raise_alert",
            workspace_id=workspace_id,
            schedule_id=schedule_id,
            kind=kind,
            subject=subject,
            details=details,
            now=now,
        )

    async def take_notices(self, *, now: datetime, hold: timedelta, limit: int) -> Row:
        """Each is given to one caller at a time, who has `hold` to send it."""
        return await self._call("take_notices", now=now, hold=hold, limit=limit)

    async def settle_notice(
        self, *, alert_id: str, is_delivered: bool, retry_at: datetime | None, now: datetime
    ) -> Row:
        """`retry_at` none: it is done with."""
        return await self._call(
            "settle_notice", alert_id=alert_id, is_delivered=is_delivered, retry_at=retry_at, now=now
        )

    async def settle_dead_letter(
        self,
        *,
        dlq_id: str,
        message_id: str | None,
        url: str,
        status: int,
        body: str,
        schedule_id: str | None,
        due_at: datetime | None,
        run_id: str | None,
        publication_id: str | None,
        now: datetime,
    ) -> Row:
        return await self._call(
            "settle_dead_letter",
            dlq_id=dlq_id,
            message_id=message_id,
            url=url,
            status=status,
            body=body,
            schedule_id=schedule_id,
            due_at=due_at,
            run_id=run_id,
            publication_id=publication_id,
            now=now,
        )

    async def redrive_dead_letters(self, *, now: datetime, limit: int) -> Row:
        """{redriven, settled, publications, more}; the publications can be armed."""
        return await self._call("redrive_dead_letters", now=now, limit=limit)


class UserRecoveryCalls:
    """A person's part."""

    _call: Callable[..., Awaitable[dict[str, Any]]]

    async def list_alerts(self, workspace_id: str | None, after: Row | None, limit: int) -> Row:
        return await self._call("list_alerts", workspace_id=workspace_id, after=after, limit=limit)

    async def resolve_alert(self, alert_id: str, now: datetime) -> Row:
        return await self._call("resolve_alert", alert_id=alert_id, now=now)

    async def list_dead_letters(
        self, workspace_id: str | None, status: str | None, after: Row | None, limit: int
    ) -> Row:
        return await self._call("list_dead_letters", workspace_id=workspace_id, status=status, after=after, limit=limit)

    async def replay_dead_letter(self, letter_id: str, now: datetime) -> Row:
        """With the outcome `run` it is for the caller to queue one, then `mark_replayed`."""
        return await self._call("replay_dead_letter", letter_id=letter_id, now=now)

    async def mark_replayed(self, letter_id: str, run_id: str, now: datetime) -> Row:
        return await self._call("mark_replayed", letter_id=letter_id, run_id=run_id, now=now)

    async def discard_dead_letter(self, letter_id: str, note: str | None, now: datetime) -> Row:
        return await self._call("discard_dead_letter", letter_id=letter_id, note=note, now=now)

    async def stop_workspace(self, workspace_id: str | None, now: datetime) -> Row:
        return await self._call("stop_workspace", workspace_id=workspace_id, now=now)

    async def list_held(self, workspace_id: str | None, now: datetime) -> Row:
        return await self._call("list_held", workspace_id=workspace_id, now=now)

    async def resume_workspace(
        self, workspace_id: str | None, how: str, schedules: Sequence[Row], spread: timedelta, now: datetime
    ) -> Row:
        """`schedules`: what becomes of each that `list_held` has named. Raises Conflict if they have changed since."""
        return await self._call(
            "resume_workspace", workspace_id=workspace_id, how=how, schedules=schedules, spread=spread, now=now
        )
