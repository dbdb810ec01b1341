"""What the database does about runs: who may perform one, and what became of it."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from lib.adapters.supabase.calls import LONG_PATIENCE, Row, held
from lib.domain.run import Claim

if TYPE_CHECKING:
    from lib.domain.budget import WorstCosts


class RunCalls:
    """The service's part: from the claim of an occurrence to what was written."""

    _call: Callable[..., Awaitable[dict[str, Any]]]

    async def claim_run(
        self,
        *,
        schedule_id: str,
        due_at: datetime,
        claim_id: str,
        message_id: str | None,
        lease: timedelta,
        worst_costs: "WorstCosts",
        now: datetime,
    ) -> Claim:
        row = await self._call(
            "claim_run",
            schedule_id=schedule_id,
            due_at=due_at,
            claim_id=claim_id,
            message_id=message_id,
            lease=lease,
            worst_costs=worst_costs,
            now=now,
        )
        return Claim.from_row(row)

    async def resume_run(
        self,
        *,
        run_id: str,
        claim_id: str,
        message_id: str | None,
        lease: timedelta,
        worst_costs: "WorstCosts",
        now: datetime,
    ) -> Claim:
        row = await self._call(
            "resume_run",
            run_id=run_id,
            claim_id=claim_id,
            message_id=message_id,
            lease=lease,
            worst_costs=worst_costs,
            now=now,
        )
        return Claim.from_row(row)

    async def request_run(
        self,
        *,
        schedule_id: str,
        workspace_id: str,
        user_id: str,
        key: str,
        claim_id: str,
        lease: timedelta,
        worst_costs: "WorstCosts",
        count: int | None,
        quality: str | None,
        priority: int | None,
        retries: int | None,
        publish: bool,
        now: datetime,
    ) -> Claim:
        row = await self._call(
            "request_run",
            schedule_id=schedule_id,
            workspace_id=workspace_id,
            user_id=user_id,
            key=key,
            claim_id=claim_id,
            lease=lease,
            worst_costs=worst_costs,
            count=count,
            quality=quality,
            priority=priority,
            retries=retries,
            publish=publish,
            now=now,
        )
        return Claim.from_row(row)

    async def queue_run(
        self,
        *,
        schedule_id: str,
        workspace_id: str,
        user_id: str,
        key: str,
        worst_costs: "WorstCosts",
        count: int | None,
        quality: str | None,
        priority: int | None,
        retries: int | None,
        publish: bool,
        now: datetime,
    ) -> Claim:
        row = await self._call(
            "queue_run",
            schedule_id=schedule_id,
            workspace_id=workspace_id,
            user_id=user_id,
            key=key,
            worst_costs=worst_costs,
            count=count,
            quality=quality,
            priority=priority,
            retries=retries,
            publish=publish,
            now=now,
        )
        return Claim.from_row(row)

    async def record_attempt(self, *, run_id: str, fence: int, attempt: Row, answer: Row | None, now: datetime) -> None:
        """Raises LostClaim when a newer attempt holds the run, or it has ended. The attempt is booked all the same."""
        row = await self._call("record_attempt", run_id=run_id, fence=fence, attempt=attempt, answer=answer, now=now)
        held(row)

    async def finish_run(
        self,
        *,
        run_id: str,
        fence: int,
        contents: Sequence[Row],
        measured: Row,
        now: datetime,
        known: Row,
        handover: Row | None,
    ) -> Row:
        """`known`: {since, ids} of what the writer was told of. With the outcome `outdated` nothing is saved, and
        `recalled` is what it has yet to be told of. `handover` as `Handover.as_row` gives it; none: they stay drafts.
        Raises LostClaim as `record_attempt` does."""
        row = await self._call(
            "finish_run",
            LONG_PATIENCE,
            run_id=run_id,
            fence=fence,
            contents=contents,
            measured=measured,
            now=now,
            known=known,
            handover=handover,
        )
        return held(row)

    async def fail_run(
        self,
        *,
        run_id: str,
        fence: int,
        final: bool,
        reason: str,
        error: Row,
        measured: Row,
        retry_at: datetime | None,
        now: datetime,
    ) -> Row:
        """Raises LostClaim as `record_attempt` does."""
        row = await self._call(
            "fail_run",
            LONG_PATIENCE,
            run_id=run_id,
            fence=fence,
            final=final,
            reason=reason,
            error=error,
            measured=measured,
            retry_at=retry_at,
            now=now,
        )
        return held(row)
