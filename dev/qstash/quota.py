"""The plan's attempts per UTC day: every delivery attempt counts, retries and callbacks too."""

from datetime import datetime, timedelta

from dev.qstash.faults import Faults
from dev.qstash.plans import FREE, Plan
from dev.qstash.refusal import Refused
from dev.qstash.store import Table


class Quota:
    """Counts attempts and refuses publishing once the day's are used up; what was accepted is still delivered."""

    def __init__(self, attempts: Table[int], plan: Plan, faults: Faults) -> None:
        self._attempts = attempts
        self._plan = plan
        self._faults = faults

    def count(self, now: datetime) -> None:
        day = _day(now)
        while (oldest := self._attempts.oldest()) is not None and oldest[0] < day:
            self._attempts.pop(oldest[0])
        self._attempts.put(day, self.used(now) + 1)

    def used(self, now: datetime) -> int:
        return self._attempts.get(_day(now)) or 0

    def check(self, now: datetime) -> dict[str, str]:
        """The RateLimit-* headers of a publish answer. Raises Refused (429)."""
        limit = self._plan.daily_attempts
        if self._faults.quota_spent:
            limit = limit if limit is not None else FREE.daily_attempts
            raise self._refusal(limit or 0, now)
        if limit is None:
            return {}
        if self.used(now) >= limit:
            raise self._refusal(limit, now)
        return _headers(limit, limit - self.used(now), now)

    def _refusal(self, limit: int, now: datetime) -> Refused:
        return Refused(429, f"daily ratelimit {limit} exceeded", _headers(limit, 0, now))


def _day(now: datetime) -> str:
    return now.date().isoformat()


def _headers(limit: int, remaining: int, now: datetime) -> dict[str, str]:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return {
        "RateLimit-Limit": str(limit),
        "RateLimit-Remaining": str(remaining),
        "RateLimit-Reset": str(int(midnight.timestamp())),
    }
