"""The database as the service: what only the secret key may do."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from lib.adapters.supabase.account_calls import AccountCalls
from lib.adapters.supabase.calls import LONG_PATIENCE, Calls, Row, held, legacy_bearer
from lib.adapters.supabase.review_calls import ReviewCalls
from lib.adapters.supabase.user_store import UserStore
from lib.domain.run import Claim
from lib.domain.schedule import Schedule

if TYPE_CHECKING:
    import httpx

    from lib.domain.budget import WorstCosts


class Store(AccountCalls, ReviewCalls):
    """What only the service may do, with the secret key. See each function's comment in `supabase/schemas`."""

    def __init__(
        self, url: str, secret_key: str, publishable_key: str | None, http: "Callable[[], httpx.AsyncClient]"
    ) -> None:
        self._url = url
        self._publishable_key = publishable_key
        self._http = http
        # The key goes into `apikey` alone: an opaque sb_secret_ key in Authorization is not a JWT and is refused.
        self._call = Calls(url, {"apikey": secret_key, **legacy_bearer(secret_key)}, http).call

    def as_user(self, token: str) -> UserStore:
        """The same database, seen by the person to whom this access token belongs."""
        key = self._publishable_key or ""
        return UserStore(Calls(self._url, {"apikey": key, "Authorization": f"Bearer {token}"}, self._http))

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
            now=now,
        )
        return Claim.from_row(row)

    async def advance_schedule(
        self,
        *,
        schedule_id: str,
        due_at: datetime,
        revision: int,
        next_run_at: datetime | None,
        late_at: datetime | None,
        now: datetime,
    ) -> Schedule:
        row = await self._call(
            "advance_schedule",
            schedule_id=schedule_id,
            due_at=due_at,
            revision=revision,
            next_run_at=next_run_at,
            late_at=late_at,
            now=now,
        )
        return Schedule.from_row(row["schedule"])

    async def record_missed(
        self,
        *,
        schedule_id: str,
        due_at: datetime,
        revision: int,
        missed: Sequence[datetime],
        next_run_at: datetime | None,
        late_at: datetime | None,
        now: datetime,
    ) -> Schedule:
        """The schedule as it is afterwards, also when somebody else had moved it on before us."""
        row = await self._call(
            "record_missed",
            schedule_id=schedule_id,
            due_at=due_at,
            revision=revision,
            missed=missed,
            next_run_at=next_run_at,
            late_at=late_at,
            now=now,
        )
        return Schedule.from_row(row["schedule"])

    async def mark_armed(self, armed: Sequence[Row], now: datetime) -> int:
        row = await self._call("mark_armed", armed=armed, now=now)
        return int(row["armed"])

    async def record_attempt(self, *, run_id: str, fence: int, attempt: Row, answer: Row | None, now: datetime) -> None:
        """Raises LostClaim when a newer attempt holds the run, or it has ended. The attempt is booked all the same."""
        row = await self._call("record_attempt", run_id=run_id, fence=fence, attempt=attempt, answer=answer, now=now)
        held(row)

    async def finish_run(
        self, *, run_id: str, fence: int, contents: Sequence[Row], measured: Row, now: datetime, known: Row
    ) -> Row:
        """`known`: {since, ids} of what the writer was told of. With the outcome `outdated` nothing is saved, and
        `recalled` is what it has yet to be told of. Raises LostClaim as `record_attempt` does."""
        row = await self._call(
            "finish_run",
            LONG_PATIENCE,
            run_id=run_id,
            fence=fence,
            contents=contents,
            measured=measured,
            now=now,
            known=known,
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

    async def sweep_work(self, *, now: datetime, horizon: timedelta, after: Row | None, limit: int) -> Row:
        return await self._call("sweep_work", now=now, horizon=horizon, after=after, limit=limit)

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
            now=now,
        )

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

    async def set_subscription(
        self, *, workspace_id: str, plan: str, status: str, period_end: datetime | None, now: datetime
    ) -> Row:
        return await self._call(
            "set_subscription", workspace_id=workspace_id, plan=plan, status=status, period_end=period_end, now=now
        )
