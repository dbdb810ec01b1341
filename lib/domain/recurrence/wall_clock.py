"""From a wall clock to an instant, also on the days when the clocks change.

One definition covers every case: a wall time happens at *the first instant at which the local clock shows that time
or a later one*. So a time inside a gap happens when the gap ends, a time that comes twice happens the first time, and
later wall times never happen earlier. Nothing here assumes that changes are of one hour, or far from midnight.
"""

from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from lib.errors import Invalid

# Names that a zone database may carry but that mean "this machine", "nothing" or a clock with leap seconds.
NOT_PLACES = ("localtime", "posixrules", "Factory", "posix/", "right/")


@lru_cache(maxsize=1024)  # ZoneInfo's own cache keeps eight zones alive, and a ninth is read from disk again
def find_zone(name: str) -> ZoneInfo:
    """The zone of an IANA name; raises `Invalid` for timezone."""
    try:
        if name.startswith(NOT_PLACES):
            raise ValueError("not a place")
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as exc:  # OSError: a folder of the database, such as "America"
        raise Invalid("timezone", "not a known time zone", "an IANA name such as Asia/Seoul") from exc


def instant_of(wanted: datetime) -> datetime | None:
    """When the clocks of its zone show this local time (UTC), or None if the zone left out the whole date.

    `wanted` has fold 0: of a time that comes twice, the first.
    """
    instant = wanted.astimezone(UTC)
    if instant.astimezone(wanted.tzinfo) == wanted:  # both in one zone, so this compares what the clock shows
        return instant
    return end_of_gap(wanted) if date_exists(wanted) else None


def is_skipped(wanted: datetime) -> bool:
    """Whether the clocks never show this local time."""
    return wanted.astimezone(UTC).astimezone(wanted.tzinfo) != wanted


def is_repeated(wanted: datetime) -> bool:
    """Whether the clocks show this local time twice."""
    first, second = wanted.replace(fold=0).astimezone(UTC), wanted.replace(fold=1).astimezone(UTC)
    return first < second


def date_exists(local: datetime) -> bool:
    """False for dates that a zone jumped over: Samoa had no 30 December 2011."""
    midnight = datetime.combine(local, time.min, local.tzinfo)
    return not is_skipped(midnight) or end_of_gap(midnight).astimezone(local.tzinfo).date() == local.date()


def end_of_gap(skipped: datetime) -> datetime:
    """The first instant after the gap that this local time falls into, to the second."""
    wanted = skipped.replace(microsecond=0)
    before = wanted.replace(fold=1).astimezone(UTC)  # PEP 495: in a gap, fold=1 reads with the later offset
    low, high = 0, round((wanted.replace(fold=0).astimezone(UTC) - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        if (before + timedelta(seconds=middle)).astimezone(wanted.tzinfo) < wanted:
            low = middle
        else:
            high = middle
    return before + timedelta(seconds=high)
