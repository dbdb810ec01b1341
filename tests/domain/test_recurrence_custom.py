"""Custom rules: what RFC 5545 gives, what the schedule adds, and where COUNT and UNTIL end them."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from lib.domain.recurrence import ClockChange, due_between, next_occurrence, occurrences
from lib.domain.recurrence.custom import find_firings, read_plan
from lib.domain.schedule import Rule
from tests.domain.recurrence_rules import NOW, created, custom, utc

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def local_times(rule: Rule, n: int, after: datetime = NOW) -> list[str]:
    return [f"{one.local:%F %R}" for one in occurrences(rule, after, n)]


FIRES = [
    ("FREQ=DAILY", ["2026-11-22", "2026-11-23", "2026-11-24"]),
    ("FREQ=DAILY;INTERVAL=2", ["2026-11-23", "2026-11-25", "2026-11-27"]),
    ("FREQ=WEEKLY", ["2026-11-28", "2026-12-05"]),  # the weekday of creation: Saturday
    ("FREQ=WEEKLY;BYDAY=MO,TH", ["2026-11-23", "2026-11-26", "2026-11-30"]),
    ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", ["2026-11-30", "2026-12-14"]),
    ("FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=SU,SA", ["2026-11-29", "2026-12-05", "2026-12-13"]),
    ("FREQ=WEEKLY;BYDAY=SA,MO;BYSETPOS=1;WKST=SA", ["2026-11-28", "2026-12-05"]),
    (
        "FREQ=WEEKLY;BYDAY=TU,FR;BYSETPOS=-1",
        ["2026-11-27", "2026-12-04", "2026-12-11", "2026-12-18"],
    ),
    (
        "FREQ=WEEKLY;BYDAY=MO,FR;BYSETPOS=-1;BYMONTH=12,1",
        ["2026-12-04", "2026-12-11", "2026-12-18", "2026-12-25", "2027-01-01"],
    ),
    (
        "FREQ=WEEKLY;BYDAY=MO,FR;BYSETPOS=1;BYMONTH=12,1",
        ["2026-12-04", "2026-12-07", "2026-12-14", "2026-12-21", "2026-12-28", "2027-01-04"],
    ),
    ("FREQ=MONTHLY", ["2026-12-21", "2027-01-21"]),
    ("FREQ=MONTHLY;BYMONTHDAY=-1", ["2026-11-30", "2026-12-31", "2027-01-31", "2027-02-28"]),
    ("FREQ=MONTHLY;BYMONTHDAY=31", ["2026-12-31", "2027-01-31", "2027-03-31"]),  # RFC 5545 does not clamp
    ("FREQ=MONTHLY;BYDAY=2TU,-1FR", ["2026-11-27", "2026-12-08", "2026-12-25"]),
    ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", ["2026-11-30", "2026-12-31", "2027-01-29"]),
    ("FREQ=MONTHLY;BYDAY=MO,2TU;BYMONTH=12", ["2026-12-07", "2026-12-08", "2026-12-14"]),  # either will do
    ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", ["2027-08-13", "2028-10-13"]),
    ("FREQ=YEARLY", ["2027-11-21", "2028-11-21"]),
    ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", ["2028-02-29", "2032-02-29"]),
    ("FREQ=YEARLY;INTERVAL=5", ["2031-11-21", "2036-11-21"]),
    ("FREQ=YEARLY;BYYEARDAY=366", ["2028-12-31", "2032-12-31"]),
    ("FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO", ["2026-12-28"]),  # and again in 2032
    ("FREQ=YEARLY;BYWEEKNO=1;BYDAY=SU", ["2027-01-10"]),
    ("FREQ=YEARLY;BYWEEKNO=1;BYDAY=SU;WKST=SU", ["2027-01-03"]),  # four days of the week from Sunday on lie in 2027
    ("FREQ=YEARLY;BYDAY=1MO,-1MO", ["2026-12-28", "2027-01-04", "2027-12-27"]),
]
TIMES = [
    ("RRULE:freq=daily;byhour=8,20;", ["21 20:00", "22 08:00", "22 20:00"]),
    ("FREQ=DAILY;BYHOUR=8;BYMINUTE=30;BYSECOND=0", ["22 08:30", "23 08:30"]),
    ("FREQ=DAILY;BYMINUTE=30", ["22 09:30", "23 09:30"]),
    ("FREQ=HOURLY;BYHOUR=10,20", ["21 20:00", "22 10:00", "22 20:00"]),
    ("FREQ=HOURLY;INTERVAL=5", ["21 19:00", "22 00:00", "22 05:00"]),  # through 09:00
    ("FREQ=HOURLY;INTERVAL=12;BYDAY=SU", ["22 09:00", "22 21:00", "29 09:00"]),
    ("FREQ=HOURLY;BYMINUTE=45", ["21 17:45", "21 18:45"]),
    ("FREQ=HOURLY;BYMONTH=11;BYMONTHDAY=23", ["23 00:00", "23 01:00"]),
]


@pytest.mark.parametrize(("rrule", "dates"), FIRES)
def test_a_rule_created_on_saturday_21_november_2026_fires_on(rrule: str, dates: list[str]) -> None:
    assert local_times(created(custom(rrule, "Asia/Seoul", "09:00")), len(dates)) == [f"{day} 09:00" for day in dates]


@pytest.mark.parametrize(("rrule", "times"), TIMES)
def test_a_rule_created_with_nine_oclock_fires_at(rrule: str, times: list[str]) -> None:
    found = local_times(created(custom(rrule, "Asia/Seoul", "09:00")), len(times))
    assert found == [f"2026-11-{at}" for at in times]


def test_without_any_time_the_minute_of_creation_counts_except_with_byhour() -> None:
    assert local_times(created(custom("FREQ=DAILY", "Asia/Seoul")), 1) == ["2026-11-22 17:17"]
    assert local_times(created(custom("FREQ=DAILY;BYHOUR=9", "Asia/Seoul")), 1) == ["2026-11-22 09:00"]
    start = custom("FREQ=DAILY;BYHOUR=9", "Asia/Seoul", starts_at=utc("2026-12-01 00:15"))
    assert local_times(created(start), 1) == ["2026-12-01 09:15"]


def test_hours_of_the_clock_stay_on_the_clock_and_elapsed_hours_do_not() -> None:
    clock = custom("FREQ=HOURLY;BYHOUR=9,21", "America/New_York", "09:00")
    elapsed = custom("FREQ=HOURLY;INTERVAL=12", "America/New_York", anchor_at=utc("2026-03-07 14:00"))
    after = utc("2026-03-07 15:00")
    assert local_times(clock, 3, after) == ["2026-03-07 21:00", "2026-03-08 09:00", "2026-03-08 21:00"]
    assert local_times(elapsed, 3, after) == ["2026-03-07 21:00", "2026-03-08 10:00", "2026-03-08 22:00"]
    assert occurrences(elapsed, after, 2)[1].note is ClockChange.SHIFT


def test_a_filter_on_days_is_one_of_local_days() -> None:
    rule = custom("FREQ=HOURLY;INTERVAL=6;BYDAY=SU", "Asia/Seoul", anchor_at=utc("2026-11-21 15:00"))  # Sunday 00:00
    assert local_times(rule, 5) == [
        "2026-11-22 00:00",
        "2026-11-22 06:00",
        "2026-11-22 12:00",
        "2026-11-22 18:00",
        "2026-11-29 00:00",
    ]


@pytest.mark.parametrize(
    "rrule",
    [
        "FREQ=DAILY",
        "FREQ=DAILY;INTERVAL=2",
        "FREQ=WEEKLY;BYDAY=SA,SU",
        "FREQ=HOURLY;INTERVAL=7",
        "FREQ=HOURLY;BYDAY=SU",
    ],
)
@pytest.mark.parametrize("at", ["09:00", "23:00", None])
def test_count_is_the_number_of_runs_from_creation_on(rrule: str, at: str | None) -> None:
    """Also when the time of day is already past on the day of creation."""
    rule, endless = (created(custom(text, "Asia/Seoul", at)) for text in (f"{rrule};COUNT=3", rrule))
    found = [one.at for one in occurrences(rule, NOW, 9)]
    assert found == [one.at for one in occurrences(endless, NOW, 3)]
    assert next_occurrence(rule, found[-1]) is None
    assert due_between(rule, found[0], NOW + 900 * DAY, 9) == tuple(found)


def test_count_begins_after_the_creation_even_in_the_very_second() -> None:
    rule = created(custom("FREQ=DAILY;COUNT=2", "Asia/Seoul", "17:17:33"))
    assert [one.at for one in occurrences(rule, NOW, 9)] == [NOW + DAY, NOW + 2 * DAY]
    assert next_occurrence(rule, NOW - 9 * DAY) == NOW + DAY


def test_count_goes_on_counting_where_it_was_when_asked_late() -> None:
    rule = created(custom("FREQ=DAILY;COUNT=400", "Asia/Seoul", "09:00"))  # into a second year
    last = utc("2026-11-22 00:00") + 399 * DAY
    assert next_occurrence(rule, last - HOUR) == last
    assert next_occurrence(rule, last) is None


def test_count_does_not_count_what_a_gap_merged_or_a_zone_left_out() -> None:
    merged = custom("FREQ=DAILY;BYHOUR=2,3;COUNT=3", "America/New_York", anchor_at=utc("2026-03-08 05:00"))
    assert local_times(merged, 9, merged.anchor_at) == ["2026-03-08 03:00", "2026-03-09 02:00", "2026-03-09 03:00"]
    samoa = custom("FREQ=DAILY;COUNT=2", "Pacific/Apia", "09:00", anchor_at=utc("2011-12-29 12:00"))
    assert local_times(samoa, 9, samoa.anchor_at) == ["2011-12-29 09:00", "2011-12-31 09:00"]


@pytest.mark.parametrize(
    ("until", "last"),
    [
        ("20261125", "2026-11-25"),  # through that local date
        ("20261125T090000", "2026-11-25"),  # local time, inclusive
        ("20261125T085959", "2026-11-24"),
        ("20261125T000000Z", "2026-11-25"),  # UTC: 09:00 in Seoul
        ("20261124T235959Z", "2026-11-24"),
        ("99981231", None),
    ],
)
def test_until_is_inclusive_and_may_be_a_date_local_or_utc(until: str, last: str | None) -> None:
    found = local_times(created(custom(f"FREQ=DAILY;UNTIL={until}", "Asia/Seoul", "09:00")), 9)
    assert len(found) == (9 if last is None else int(last[-2:]) - 21)
    assert last is None or found[-1] == f"{last} 09:00"


def test_until_ends_a_grid_too() -> None:
    rule = created(custom("FREQ=HOURLY;INTERVAL=6;UNTIL=20261122T150000", "Asia/Seoul", "09:00"))
    assert local_times(rule, 9) == ["2026-11-21 21:00", "2026-11-22 03:00", "2026-11-22 09:00", "2026-11-22 15:00"]


def test_the_bounds_of_the_schedule_hold_for_custom_rules() -> None:
    rule = custom(
        "FREQ=DAILY", "Asia/Seoul", "09:00", starts_at=utc("2026-12-01 01:00"), ends_at=utc("2026-12-04 00:00")
    )
    assert local_times(created(rule), 9) == ["2026-12-02 09:00", "2026-12-03 09:00", "2026-12-04 09:00"]


def test_a_rule_that_has_run_for_decades_is_still_in_phase() -> None:
    found = next_occurrence(custom("FREQ=DAILY;INTERVAL=3", "UTC", anchor_at=utc("1970-01-01 09:00")), NOW)
    assert found is not None
    assert (found - utc("1970-01-01 09:00")) % (3 * DAY) == timedelta(0)
    assert found - NOW <= 3 * DAY


@pytest.mark.parametrize("rrule", ["FREQ=DAILY", "FREQ=HOURLY;INTERVAL=24", "FREQ=HOURLY;INTERVAL=24;BYMONTH=11,12"])
def test_a_search_ends_at_its_horizon(rrule: str) -> None:
    plan = read_plan(custom(rrule, "UTC", anchor_at=utc("2026-12-01 09:00")))
    found = [firing.at for firing in find_firings(plan, utc("2026-12-24 09:00"), utc("2026-12-27 09:00"))]
    assert found == [utc("2026-12-25 09:00"), utc("2026-12-26 09:00"), utc("2026-12-27 09:00")]


def test_hours_elapse_evenly_through_a_change_of_the_clocks() -> None:
    rule = custom("FREQ=HOURLY;INTERVAL=5", "America/New_York", anchor_at=utc("2026-01-01 00:00"))
    found = [one.at for one in occurrences(rule, utc("2026-03-01 00:00"), 200)]
    assert {later - earlier for earlier, later in pairwise(found)} == {5 * HOUR}
    assert (found[0] - rule.anchor_at) % (5 * HOUR) == timedelta(0)
