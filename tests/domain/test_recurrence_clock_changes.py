"""Dated facts: what wall-clock rules do on the days when real zones changed their clocks.

Dates lie in the past where a government may still change its mind. Each can be looked up with `zdump -v <zone>`.
"""

from datetime import UTC, datetime, time, timedelta

import pytest

from lib.domain.recurrence import ClockChange, next_occurrence, occurrences
from lib.domain.recurrence.wall_clock import find_zone, instant_of
from tests.domain.recurrence_rules import custom, daily, monthly, utc, weekly

DAY = timedelta(days=1)

# zone, date, wanted time, when it runs (UTC), what the clock then shows
GAPS = [
    ("America/New_York", "2026-03-08", "02:30", "2026-03-08 07:00", "2026-03-08 03:00"),
    ("Europe/London", "2026-03-29", "01:30", "2026-03-29 01:00", "2026-03-29 02:00"),
    ("Europe/Dublin", "2025-03-30", "01:30", "2025-03-30 01:00", "2025-03-30 02:00"),  # winter is its saving time
    ("Australia/Lord_Howe", "2025-10-05", "02:15", "2025-10-04 15:30", "2025-10-05 02:30"),  # half an hour
    ("Africa/Cairo", "2024-04-26", "00:00", "2024-04-25 22:00", "2024-04-26 01:00"),  # midnight does not exist
    ("Africa/Cairo", "2024-04-26", "00:30", "2024-04-25 22:00", "2024-04-26 01:00"),
    ("America/Santiago", "2025-09-07", "00:30", "2025-09-07 04:00", "2025-09-07 01:00"),
    ("America/Havana", "2025-03-09", "00:00", "2025-03-09 05:00", "2025-03-09 01:00"),
    ("Asia/Beirut", "2024-03-31", "00:59:59", "2024-03-30 22:00", "2024-03-31 01:00"),
    ("America/Sao_Paulo", "2018-11-04", "00:30", "2018-11-04 03:00", "2018-11-04 01:00"),
    ("Asia/Tehran", "2022-03-22", "00:30", "2022-03-21 20:30", "2022-03-22 01:00"),
    ("Africa/Casablanca", "2025-04-06", "02:30", "2025-04-06 02:00", "2025-04-06 03:00"),  # the end of Ramadan
    ("Pacific/Auckland", "2025-09-28", "02:30", "2025-09-27 14:00", "2025-09-28 03:00"),
    ("Pacific/Chatham", "2025-09-28", "03:00", "2025-09-27 14:00", "2025-09-28 03:45"),
    ("Antarctica/Troll", "2025-03-30", "01:10", "2025-03-30 01:00", "2025-03-30 03:00"),  # two hours
    ("Asia/Kathmandu", "1986-01-01", "00:05", "1985-12-31 18:30", "1986-01-01 00:15"),  # a quarter of an hour, once
    ("Asia/Seoul", "1988-05-08", "02:30", "1988-05-07 17:00", "1988-05-08 03:00"),  # for the Olympic Games
    ("America/Caracas", "2016-05-01", "02:45", "2016-05-01 07:00", "2016-05-01 03:00"),
    ("America/Nuuk", "2024-03-30", "23:30", "2024-03-31 01:00", "2024-03-31 00:00"),  # the gap ends on the next date
    ("Asia/Pyongyang", "2018-05-04", "23:45", "2018-05-04 15:00", "2018-05-05 00:00"),
]

# zone, date, wanted time, when it runs: the first of two; how much later the clock shows that time again
OVERLAPS = [
    ("America/New_York", "2026-11-01", "01:30", "2026-11-01 05:30", 60),
    ("Europe/London", "2026-10-25", "01:30", "2026-10-25 00:30", 60),
    ("Australia/Lord_Howe", "2025-04-06", "01:45", "2025-04-05 14:45", 30),
    ("Africa/Cairo", "2024-10-31", "23:30", "2024-10-31 20:30", 60),
    ("America/Santiago", "2025-04-05", "23:30", "2025-04-06 02:30", 60),
    ("America/Havana", "2025-11-02", "00:30", "2025-11-02 04:30", 60),
    ("Asia/Tehran", "2022-09-21", "23:30", "2022-09-21 19:00", 60),
    ("Africa/Casablanca", "2025-02-23", "02:30", "2025-02-23 01:30", 60),
    ("Pacific/Auckland", "2025-04-06", "02:30", "2025-04-05 13:30", 60),
    ("Pacific/Chatham", "2025-04-06", "03:00", "2025-04-05 13:15", 60),
    ("Antarctica/Troll", "2025-10-26", "02:00", "2025-10-26 00:00", 120),
    ("America/Nuuk", "2024-10-26", "23:30", "2024-10-27 00:30", 60),
    ("America/Caracas", "2007-12-09", "02:45", "2007-12-09 06:45", 30),
]

# zone, the date that was left out, what a daily 09:00 does before and after it (UTC)
MISSING_DATES = [
    ("Pacific/Apia", "2011-12-30", "2011-12-29 19:00", "2011-12-30 19:00"),
    ("Pacific/Fakaofo", "2011-12-30", "2011-12-29 20:00", "2011-12-30 20:00"),
    ("Pacific/Kwajalein", "1993-08-21", "1993-08-20 21:00", "1993-08-21 21:00"),
    ("Pacific/Kiritimati", "1994-12-31", "1994-12-30 19:00", "1994-12-31 19:00"),
]


def three_days(zone: str, date: str, wanted: str) -> list[datetime]:
    """The daily occurrences of the day before, the day itself and the day after."""
    midnight = datetime.fromisoformat(date)
    before = instant_of(datetime.combine(midnight - DAY, time.fromisoformat(wanted), find_zone(zone)))
    assert before is not None
    return [found.at for found in occurrences(daily(zone, wanted), before - timedelta(seconds=1), 3)]


@pytest.mark.parametrize(("zone", "date", "wanted", "runs", "shows"), GAPS)
def test_a_time_that_the_clocks_skip_runs_when_the_gap_ends(
    zone: str, date: str, wanted: str, runs: str, shows: str
) -> None:
    before, on_the_day, after = three_days(zone, date, wanted)
    assert on_the_day == utc(runs)
    assert f"{on_the_day.astimezone(find_zone(zone)):%Y-%m-%d %H:%M}" == shows
    assert f"{before.astimezone(find_zone(zone)):%H:%M:%S}" == f"{after.astimezone(find_zone(zone)):%H:%M:%S}"
    assert f"{after.astimezone(find_zone(zone)):%H:%M:%S}".startswith(wanted)


@pytest.mark.parametrize(("zone", "date", "wanted", "runs", "shows"), GAPS)
def test_a_gap_is_noted_on_its_day_only(zone: str, date: str, wanted: str, runs: str, shows: str) -> None:
    found = occurrences(daily(zone, wanted), utc(runs) - DAY - timedelta(hours=3), 3)
    assert [one.note for one in found if one.at == utc(runs)] == [ClockChange.GAP]
    assert [one.wanted for one in found if one.note] == [datetime.fromisoformat(f"{date} {wanted}")]
    assert [f"{one.local:%Y-%m-%d %H:%M}" for one in found if one.note] == [shows]


@pytest.mark.parametrize(("zone", "date", "wanted", "runs", "again"), OVERLAPS)
def test_a_time_that_comes_twice_runs_the_first_time_only(
    zone: str, date: str, wanted: str, runs: str, again: int
) -> None:
    _, on_the_day, after = three_days(zone, date, wanted)
    first, second = utc(runs), utc(runs) + timedelta(minutes=again)
    assert f"{first.astimezone(find_zone(zone)):%F %R}" == f"{second.astimezone(find_zone(zone)):%F %R}"  # a real one
    assert on_the_day == first
    assert next_occurrence(daily(zone, wanted), first) == after
    assert after > second
    note = occurrences(daily(zone, wanted), first - timedelta(seconds=1), 2)
    assert [one.note for one in note] == [ClockChange.OVERLAP, None]


@pytest.mark.parametrize(("zone", "date", "before", "after"), MISSING_DATES)
def test_a_date_that_a_zone_left_out_has_no_occurrence(zone: str, date: str, before: str, after: str) -> None:
    assert next_occurrence(daily(zone, "09:00"), utc(before) - timedelta(seconds=1)) == utc(before)
    assert next_occurrence(daily(zone, "09:00"), utc(before)) == utc(after)
    assert instant_of(datetime.fromisoformat(date).replace(tzinfo=find_zone(zone))) is None


def test_a_weekly_schedule_skips_the_friday_that_samoa_left_out() -> None:
    friday = weekly("Pacific/Apia", "09:00", 5)
    found = occurrences(friday, utc("2011-12-24 00:00"), 2)
    assert [f"{one.local:%F}" for one in found] == ["2012-01-06", "2012-01-13"]


def test_a_monthly_schedule_skips_the_30th_that_samoa_left_out() -> None:
    thirtieth = monthly("Pacific/Apia", "09:00", 30)
    found = occurrences(thirtieth, utc("2011-11-30 00:00"), 2)
    assert [f"{one.local:%F}" for one in found] == ["2011-11-30", "2012-01-30"]


def test_kathmandu_and_seoul_are_ordinary() -> None:
    assert next_occurrence(daily("Asia/Kathmandu", "09:00"), utc("2026-11-21 00:00")) == utc("2026-11-21 03:15")
    assert next_occurrence(daily("Asia/Seoul", "09:00"), utc("2026-11-20 23:59:59")) == utc("2026-11-21 00:00")
    assert next_occurrence(daily("Asia/Seoul", "09:00"), utc("2026-11-21 00:00")) == utc("2026-11-22 00:00")


def test_weekly_monthly_and_custom_share_the_rule_for_gaps() -> None:
    runs, before = utc("2026-03-08 07:00"), utc("2026-03-07 12:00")  # Sunday 02:30 in New York
    for rule in (
        weekly("America/New_York", "02:30", 7),
        monthly("America/New_York", "02:30", 8),
        custom("FREQ=WEEKLY;BYDAY=SU", "America/New_York", "02:30"),
        custom("FREQ=DAILY;BYHOUR=2;BYMINUTE=30", "America/New_York"),
    ):
        (found,) = occurrences(rule, before, 1)
        assert (found.at, found.note) == (runs, ClockChange.GAP)


def test_weekly_monthly_and_custom_share_the_rule_for_overlaps() -> None:
    runs, before = utc("2026-11-01 05:30"), utc("2026-10-31 12:00")  # Sunday 01:30 in New York
    for rule in (
        weekly("America/New_York", "01:30", 7),
        monthly("America/New_York", "01:30", 1),
        custom("FREQ=MONTHLY;BYDAY=1SU", "America/New_York", "01:30"),
    ):
        found = occurrences(rule, before, 2)
        assert (found[0].at, found[0].note) == (runs, ClockChange.OVERLAP)
        assert found[1].at - runs > timedelta(days=6)


def test_two_times_in_one_gap_run_once() -> None:
    rule = custom("FREQ=DAILY;BYHOUR=2,3;BYMINUTE=0", "America/New_York")
    found = occurrences(rule, utc("2026-03-08 00:00"), 3)
    assert [one.at for one in found] == [utc("2026-03-08 07:00"), utc("2026-03-09 06:00"), utc("2026-03-09 07:00")]


def test_between_the_two_passes_of_a_repeated_hour_nothing_is_due() -> None:
    rule = daily("America/New_York", "01:30")
    for minutes in (0, 15, 30, 59, 61):
        after = utc("2026-11-01 05:30") + timedelta(minutes=minutes)
        assert next_occurrence(rule, after) == utc("2026-11-02 06:30")


def test_a_note_of_a_zone_is_never_given_on_ordinary_days() -> None:
    found = occurrences(daily("America/New_York", "02:30"), utc("2026-03-08 12:00"), 200)
    assert {one.note for one in found} == {None}
    assert all(one.at.tzinfo is UTC for one in found)
