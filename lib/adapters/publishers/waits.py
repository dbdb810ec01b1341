"""How long a platform wants us to wait, in every way that platforms say so."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST_WAIT = timedelta(days=31)


def date_of(headers: Mapping[str, str]) -> datetime:
    """When a reply was made, by the platform's clock; without one everything that it names counts as past."""
    try:
        return _aware(parsedate_to_datetime(headers["date"]))
    except (KeyError, ValueError, TypeError):
        return datetime.max.replace(tzinfo=UTC)


def read_retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """`Retry-After`, in seconds or as a date."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    seconds = _number(value)
    if seconds is not None:
        return bounded(seconds)
    try:
        return bounded((_aware(parsedate_to_datetime(value)) - now).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None


def read_reset(value: str | None, now: datetime) -> timedelta | None:
    """How long until the instant that a rate header names: seconds since 1970, or ISO 8601."""
    if not value:
        return None
    epoch = _number(value.strip())
    if epoch is not None:
        return bounded(epoch - now.timestamp())
    try:
        return bounded((_aware(datetime.fromisoformat(value.strip())) - now).total_seconds())
    except (ValueError, OverflowError):
        return None


def bounded(seconds: float) -> timedelta:
    """Whatever they say: not into the past, and not for ever; what is no number is no time."""
    return timedelta(seconds=min(max(0.0, seconds), LONGEST_WAIT.total_seconds()))


def _number(value: str) -> float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _aware(instant: datetime) -> datetime:
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
