"""When a failed message is tried again (https://upstash.com/docs/qstash/features/retry)."""

import math
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from dev.qstash.durations import parse_go_duration
from dev.qstash.expression import ExpressionError, evaluate_delay
from dev.qstash.message import Message, Reply

LONGEST_DELAY = timedelta(days=1)
# A destination may steer; the first of these headers that reads counts.
_STEERING = ("Retry-After", "X-RateLimit-Reset", "X-RateLimit-Reset-Requests", "X-RateLimit-Reset-Tokens")


def may_retry(message: Message, reply: Reply) -> bool:
    """Every failure may be retried, 4xx too, but for 489 with its header."""
    is_final = reply.status == 489 and (reply.header("Upstash-NonRetryable-Error") or "").lower() == "true"
    return not is_final and message.retried < message.options.retries


def retry_delay(message: Message, reply: Reply, now: datetime) -> timedelta:
    """The destination's wish, else the publisher's expression, else the default."""
    for name in _STEERING:
        wish = _wish(reply.header(name), now)
        if wish is not None and wish <= LONGEST_DELAY:
            return wish
    if message.options.retry_delay is not None:
        try:
            return evaluate_delay(message.options.retry_delay, message.retried)
        except ExpressionError:  # no value for just this count, such as 1000 / (2 - retried)
            return default_delay(message.retried + 1)
    return default_delay(message.retried + 1)


def default_delay(attempt: int) -> timedelta:
    """e^2.5n seconds before retry n = 1, 2, …: 12 s, 2m28s, 30m8s, 6h7m6s, then a day."""
    return min(LONGEST_DELAY, timedelta(seconds=math.floor(math.exp(2.5 * min(attempt, 5)))))


def _wish(value: str | None, now: datetime) -> timedelta | None:
    """Seconds, a Go duration or an HTTP date; none for anything else."""
    if value is None:
        return None
    for read in (_seconds, parse_go_duration):
        try:
            return read(value)
        except (ValueError, OverflowError):
            continue
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(timedelta(0), at - now)


def _seconds(value: str) -> timedelta:
    seconds = float(value)
    if not seconds >= 0:
        raise ValueError("negative, or not a number")
    return timedelta(seconds=seconds)
