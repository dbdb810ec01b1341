"""Which minutes a cron expression fires at."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dev.qstash.cron import parse_cron

START = datetime(2024, 1, 1)  # noqa: DTZ001  hypothesis wants naive bounds


def firings(expression: str, after: str, count: int) -> list[str]:
    cron, at = parse_cron(expression), datetime.fromisoformat(after).replace(tzinfo=UTC)
    found = []
    for _ in range(count):
        following = cron.next_after(at)
        assert following is not None
        at = following
        found.append(f"{at:%Y-%m-%dT%H:%M}")
    return found


@pytest.mark.parametrize(
    ("expression", "after", "expected"),
    [
        ("*/10 * * * *", "2026-03-02T08:00", ["2026-03-02T08:10", "2026-03-02T08:20"]),
        ("0 9 * * 1", "2026-03-02T09:00", ["2026-03-09T09:00", "2026-03-16T09:00"]),
        ("0 9 * * MON-FRI", "2026-03-06T09:00", ["2026-03-09T09:00", "2026-03-10T09:00"]),
        ("1 1 1 1 1", "2026-01-01T01:01", ["2026-01-05T01:01", "2026-01-12T01:01"]),  # either of day and weekday
        ("30 8,20 31 * *", "2026-03-31T20:30", ["2026-05-31T08:30", "2026-05-31T20:30"]),
        ("0 0 29 2 *", "2026-01-01T00:00", ["2028-02-29T00:00", "2032-02-29T00:00"]),
        ("5-10/5 0 1 jan *", "2026-01-01T00:05", ["2026-01-01T00:10", "2027-01-01T00:05"]),
        ("CRON_TZ=Asia/Seoul 0 9 * * *", "2026-03-02T00:00", ["2026-03-03T00:00", "2026-03-04T00:00"]),
        ("CRON_TZ=Asia/Kathmandu 0 6 * * *", "2026-03-02T00:15", ["2026-03-03T00:15", "2026-03-04T00:15"]),
    ],
)
def test_it_fires_at_the_documented_minutes(expression: str, after: str, expected: list[str]) -> None:
    assert firings(expression, after, len(expected)) == expected


def test_nine_in_paris_stays_nine_in_paris_when_the_clocks_change() -> None:
    expression = "CRON_TZ=Europe/Paris 0 9 * * *"
    assert firings(expression, "2026-03-28T00:00", 2) == ["2026-03-28T08:00", "2026-03-29T07:00"]


def test_a_skipped_minute_does_not_fire_and_a_repeated_one_fires_twice() -> None:
    expression = "CRON_TZ=America/New_York 30 2 * * *"
    assert firings(expression, "2026-03-07T08:00", 1) == ["2026-03-09T06:30"]
    expression = "CRON_TZ=America/New_York 30 1 * * *"
    assert firings(expression, "2026-10-31T12:00", 3) == ["2026-11-01T05:30", "2026-11-01T06:30", "2026-11-02T06:30"]


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "* * * *",
        "* * * * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * * 13 *",
        "* * * * 7",
        "a * * * *",
        "*/0 * * * *",
        "5-1 * * * *",
        "0 0 30 2 *",
        "@daily",
        "CRON_TZ=Mars/Base * * * * *",
        "CRON_TZ=../x * * * * *",
    ],
)
def test_what_is_no_cron_expression_or_never_fires_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_cron(expression)


MINUTES = {"0": {0}, "*/7": set(range(0, 60, 7)), "3,40": {3, 40}, "10-30/5": {10, 15, 20, 25, 30}}
HOURS = {"*": set(range(24)), "5": {5}, "*/6": {0, 6, 12, 18}, "1-3": {1, 2, 3}}
DAYS = {"*": set(range(1, 32)), "1": {1}, "28-31": {28, 29, 30, 31}, "5/10": {5, 15, 25}}
MONTHS = {"*": set(range(1, 13)), "2": {2}, "1-6/2": {1, 3, 5}, "DEC": {12}}
WEEKDAYS = {"*": set(range(7)), "0": {0}, "5,6": {5, 6}, "MON-WED": {1, 2, 3}}


@given(
    st.sampled_from(list(MINUTES)),
    st.sampled_from(list(HOURS)),
    st.sampled_from(list(DAYS)),
    st.sampled_from(list(MONTHS)),
    st.sampled_from(list(WEEKDAYS)),
    st.datetimes(START, START + timedelta(days=1500)),
)
def test_it_finds_the_first_minute_that_a_plain_search_finds(
    minute: str, hour: str, day: str, month: str, weekday: str, after: datetime
) -> None:
    after = after.replace(tzinfo=UTC)

    def fires(at: datetime) -> bool:
        by_day, by_weekday = at.day in DAYS[day], at.isoweekday() % 7 in WEEKDAYS[weekday]
        is_its_day = (by_day or by_weekday) if "*" not in (day, weekday) else (by_day and by_weekday)
        return is_its_day and at.month in MONTHS[month] and at.hour in HOURS[hour] and at.minute in MINUTES[minute]

    found = parse_cron(f"{minute} {hour} {day} {month} {weekday}").next_after(after)
    assert found is not None
    assert found > after
    assert fires(found)
    at = after.replace(second=0, microsecond=0) + timedelta(minutes=1)
    while at < found:
        assert not fires(at)
        # Whole days that cannot fire are stepped over, or the search would take minutes.
        is_day = fires(at.replace(hour=min(HOURS[hour]), minute=min(MINUTES[minute])))
        at = at + timedelta(minutes=1) if is_day else (at + timedelta(days=1)).replace(hour=0, minute=0)


def test_times_only_ever_go_forward() -> None:
    found = firings("CRON_TZ=Australia/Lord_Howe */15 * * * *", "2026-04-04T00:00", 200)
    assert all(a < b for a, b in pairwise(found))
