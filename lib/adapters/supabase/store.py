"""The database as the service: what only the secret key may do."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from lib.adapters.supabase.account_calls import AccountCalls
from lib.adapters.supabase.calls import Calls, Row, legacy_bearer
from lib.adapters.supabase.publication_calls import PublicationCalls
from lib.adapters.supabase.recovery_calls import RecoveryCalls
from lib.adapters.supabase.review_calls import ReviewCalls
from lib.adapters.supabase.run_calls import RunCalls
from lib.adapters.supabase.user_store import UserStore
from lib.domain.schedule import Schedule

if TYPE_CHECKING:
    import httpx


class Store(AccountCalls, PublicationCalls, RecoveryCalls, ReviewCalls, RunCalls):
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

    async def sweep_work(self, *, now: datetime, horizon: timedelta, after: Row | None, limit: int) -> Row:
        return await self._call("sweep_work", now=now, horizon=horizon, after=after, limit=limit)

    async def set_subscription(
        self, *, workspace_id: str, plan: str, status: str, period_end: datetime | None, now: datetime
    ) -> Row:
        return await self._call(
            "set_subscription", workspace_id=workspace_id, plan=plan, status=status, period_end=period_end, now=now
        )
