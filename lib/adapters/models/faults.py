"""Whose fault an error answer is, and when the vendor wants to be asked again: what all vendors have in common."""

from collections.abc import Mapping
from datetime import timedelta
from email.utils import parsedate_to_datetime

from lib.errors import ModelFault

LONGEST_RETRY_AFTER = timedelta(days=1)


def fault_of(status: int) -> ModelFault:
    """By HTTP's own classes. A redirect means that the address is not the API's."""
    if status in (401, 402, 403, 404) or 300 <= status < 400:
        return ModelFault.CONFIGURATION
    if status in (408, 409, 429, 499) or status >= 500:
        return ModelFault.TRANSIENT
    return ModelFault.REQUEST


def read_retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """How long the vendor asks to wait: milliseconds, seconds, or a date measured against its own `Date`."""
    try:
        if "retry-after-ms" in headers:
            wait = timedelta(milliseconds=float(headers["retry-after-ms"]))
        elif "retry-after" not in headers:
            return None
        elif headers["retry-after"].strip().replace(".", "", 1).isdigit():
            wait = timedelta(seconds=float(headers["retry-after"]))
        else:
            wait = parsedate_to_datetime(headers["retry-after"]) - parsedate_to_datetime(headers["date"])
    except (ValueError, TypeError, KeyError, OverflowError):
        return None
    return bounded(wait)


def bounded(wait: timedelta) -> timedelta:
    """Whatever they say: not into the past, and not for ever."""
    return min(max(wait, timedelta(0)), LONGEST_RETRY_AFTER)
