"""The database as a signed-in person: called with their own token, so that `auth.uid()` and membership decide."""

from collections.abc import Sequence
from datetime import datetime

from lib.adapters.supabase.account_calls import UserAccountCalls
from lib.adapters.supabase.calls import Calls, Row
from lib.adapters.supabase.publication_calls import UserPublicationCalls
from lib.adapters.supabase.recovery_calls import UserRecoveryCalls
from lib.adapters.supabase.review_calls import UserReviewCalls


class UserStore(UserAccountCalls, UserPublicationCalls, UserRecoveryCalls, UserReviewCalls):
    """What a signed-in person may do. Every answer is limited to the workspaces they are a member of."""

    def __init__(self, calls: Calls) -> None:
        self._call = calls.call

    async def list_workspaces(self, now: datetime) -> Row:
        return await self._call("list_workspaces", now=now)

    async def set_caps(self, workspace_id: str | None, daily: int | None, monthly: int | None, now: datetime) -> Row:
        return await self._call("set_caps", workspace_id=workspace_id, daily=daily, monthly=monthly, now=now)

    async def writing_figures(self, workspace_id: str | None, content_type: str, quality: str, now: datetime) -> Row:
        return await self._call(
            "writing_figures", workspace_id=workspace_id, content_type=content_type, quality=quality, now=now
        )

    async def list_targets(self, workspace_id: str | None, account_ids: Sequence[str], schedule_id: str | None) -> Row:
        return await self._call(
            "list_targets", workspace_id=workspace_id, account_ids=account_ids, schedule_id=schedule_id
        )

    async def create_schedule(
        self,
        *,
        schedule_id: str,
        workspace_id: str | None,
        fields: Row,
        next_run_at: datetime | None,
        late_at: datetime | None,
        key: str | None,
        request_hash: str | None,
        now: datetime,
    ) -> Row:
        return await self._call(
            "create_schedule",
            schedule_id=schedule_id,
            workspace_id=workspace_id,
            fields=fields,
            next_run_at=next_run_at,
            late_at=late_at,
            key=key,
            request_hash=request_hash,
            now=now,
        )

    async def update_schedule(
        self,
        *,
        schedule_id: str,
        revision: int,
        changes: Row,
        next_run_at: datetime | None,
        late_at: datetime | None,
        now: datetime,
    ) -> Row:
        return await self._call(
            "update_schedule",
            schedule_id=schedule_id,
            revision=revision,
            changes=changes,
            next_run_at=next_run_at,
            late_at=late_at,
            now=now,
        )

    async def pause_schedule(self, schedule_id: str, now: datetime) -> Row:
        return await self._call("pause_schedule", schedule_id=schedule_id, now=now)

    async def resume_schedule(
        self, schedule_id: str, next_run_at: datetime | None, late_at: datetime | None, now: datetime
    ) -> Row:
        return await self._call(
            "resume_schedule", schedule_id=schedule_id, next_run_at=next_run_at, late_at=late_at, now=now
        )

    async def delete_schedule(self, schedule_id: str, now: datetime) -> Row:
        return await self._call("delete_schedule", schedule_id=schedule_id, now=now)

    async def restore_schedule(
        self, schedule_id: str, next_run_at: datetime | None, late_at: datetime | None, now: datetime
    ) -> Row:
        return await self._call(
            "restore_schedule", schedule_id=schedule_id, next_run_at=next_run_at, late_at=late_at, now=now
        )

    async def get_schedule(self, schedule_id: str) -> Row:
        return await self._call("get_schedule", schedule_id=schedule_id)

    async def list_schedules(
        self, workspace_id: str | None, include_deleted: bool, after: Row | None, limit: int
    ) -> Row:
        return await self._call(
            "list_schedules", workspace_id=workspace_id, include_deleted=include_deleted, after=after, limit=limit
        )

    async def list_runs(self, schedule_id: str, after: Row | None, limit: int) -> Row:
        return await self._call("list_runs", schedule_id=schedule_id, after=after, limit=limit)

    async def get_run(self, run_id: str) -> Row:
        return await self._call("get_run", run_id=run_id)

    async def list_contents(
        self, workspace_id: str | None, schedule_id: str | None, after: Row | None, limit: int, status: str | None
    ) -> Row:
        return await self._call(
            "list_contents",
            workspace_id=workspace_id,
            schedule_id=schedule_id,
            after=after,
            limit=limit,
            status=status,
        )

    async def get_content(self, content_id: str) -> Row:
        return await self._call("get_content", content_id=content_id)
