"""Durations and times on the wire: `1d10h30m` in requests to QStash, Go's `6m5.5s` in a destination's headers."""

import re
from datetime import datetime, timedelta

_UNITS = {
    "ns": 1e-9,
    "us": 1e-6,
    "µs": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
    "d": 86400.0,
}
_ASKED = re.compile(r"(\d+)([smhd])")
_GO = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)")


def parse_duration(text: str) -> timedelta:
    """`90`, `90s`, `1d10h30m`: a bare number is seconds. Raises ValueError."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return _bounded(float(text))
    return _sum(_ASKED, text)


def parse_go_duration(text: str) -> timedelta:
    """Go's `time.ParseDuration`, without signs. Raises ValueError."""
    return _sum(_GO, text.strip())


def milliseconds(at: datetime) -> int:
    """QStash's unix time."""
    return int(at.timestamp() * 1000)


def _sum(pattern: re.Pattern[str], text: str) -> timedelta:
    parts = pattern.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"not a duration: {text!r}")
    return _bounded(sum(float(number) * _UNITS[unit] for number, unit in parts))


def _bounded(seconds: float) -> timedelta:
    try:
        return timedelta(seconds=seconds)
    except OverflowError as exc:
        raise ValueError("a duration beyond all bounds") from exc
