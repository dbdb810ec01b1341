"""What each plan of QStash allows (https://upstash.com/pricing/qstash, as of August 2026)."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Plan:
    """Limits; none means there is none. Sizes in bytes; one delivery attempt is one of `daily_attempts`."""

    name: str
    daily_attempts: int | None
    max_delay: timedelta | None
    message_size: int
    max_timeout: timedelta
    schedules: int | None
    parallelism: int
    dead_letter_retention: timedelta
    queues: int
    queue_parallelism: int
    url_groups: int


MEGABYTE = 1024 * 1024

FREE = Plan(
    name="free",
    daily_attempts=1_000,
    max_delay=timedelta(days=7),
    message_size=1 * MEGABYTE,
    max_timeout=timedelta(minutes=15),
    schedules=10,
    parallelism=10,
    dead_letter_retention=timedelta(days=3),
    queues=10,
    queue_parallelism=2,
    url_groups=1,
)

PAY_AS_YOU_GO = Plan(
    name="payg",
    daily_attempts=None,
    max_delay=timedelta(days=365),
    message_size=10 * MEGABYTE,
    max_timeout=timedelta(hours=2),
    schedules=1_000,
    parallelism=100,
    dead_letter_retention=timedelta(days=7),
    queues=100,
    queue_parallelism=10,
    url_groups=100,
)

UNLIMITED = Plan(
    name="unlimited",
    daily_attempts=None,
    max_delay=None,
    message_size=50 * MEGABYTE,
    max_timeout=timedelta(hours=12),
    schedules=None,
    parallelism=1_000,
    dead_letter_retention=timedelta(days=90),
    queues=1_000,
    queue_parallelism=1_000,
    url_groups=1_000,
)

PLANS = {plan.name: plan for plan in (FREE, PAY_AS_YOU_GO, UNLIMITED)}
