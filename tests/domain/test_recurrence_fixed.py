"""The six fixed frequencies, their bounds, and what follows from an occurrence."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest

from lib.domain.recurrence import ClockChange, anchor_for, due_between, late_at, next_occurrence, occurrences
from lib.domain.schedule import Frequency
from tests.domain.recurrence_rules import NOW, created, daily, make, monthly, utc, weekly

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


def test_the_seeds_example_fires_at_noon_three_and_six() -> None:
    """Every 3 hours at 09:00 in Seoul, created at 09:00."""
    rule = created(make(Frequency.EVERY_3_HOURS, at="09:00"), utc("2024-01-15 00:00"))
    found = occurrences(rule, utc("2024-01-15 00:00"), 3)
    assert [f"{one.local:%R}" for one in found] == ["12:00", "15:00", "18:00"]


@pytest.mark.parametrize(
    ("frequency", "hours"), [(Frequency.HOURLY, 1), (Frequency.EVERY_3_HOURS, 3), (Frequency.EVERY_6_HOURS, 6)]
)
def test_a_grid_counts_elapsed_hours_through_both_clock_changes(frequency: Frequency, hours: int) -> None:
    for around in ("2026-03-08 00:00", "2026-11-01 00:00"):
        rule = make(frequency, "America/New_York", anchor_at=utc("2026-01-05 14:00"))
        found = [one.at for one in occurrences(rule, utc(around), 24)]
        assert {later - earlier for earlier, later in pairwise(found)} == {hours * HOUR}
        assert (found[0] - rule.anchor_at) % (hours * HOUR) == timedelta(0)


def test_a_grid_says_when_its_local_times_shift() -> None:
    rule = make(Frequency.EVERY_6_HOURS, "America/New_York", anchor_at=utc("2026-03-07 14:00"))  # 09:00
    found = occurrences(rule, rule.anchor_at, 4)
    assert [(f"{one.local:%R}", one.note) for one in found] == [
        ("15:00", None),
        ("21:00", None),
        ("04:00", ClockChange.SHIFT),
        ("10:00", None),
    ]


def test_a_start_in_another_season_is_not_a_shift() -> None:
    rule = created(make(Frequency.HOURLY, "America/New_York", starts_at=utc("2027-06-01 09:00")))
    assert occurrences(rule, NOW, 1)[0].note is None


def test_a_grid_is_never_moved_by_a_late_look() -> None:
    rule = make(Frequency.EVERY_3_HOURS, anchor_at=utc("2026-11-21 00:00"))
    assert next_occurrence(rule, utc("2026-11-21 03:00")) == utc("2026-11-21 06:00")
    assert next_occurrence(rule, utc("2026-11-21 05:59:59")) == utc("2026-11-21 06:00")


def test_a_grid_reaches_back_before_an_anchor_that_is_ahead() -> None:
    rule = created(make(Frequency.EVERY_3_HOURS, at="23:00"))  # created at 17:17
    assert [f"{one.local:%R}" for one in occurrences(rule, NOW, 3)] == ["20:00", "23:00", "02:00"]


def test_weekdays_are_iso() -> None:
    for weekday in range(1, 8):
        (found,) = occurrences(weekly("Asia/Seoul", "09:00", weekday), NOW, 1)
        assert found.local.isoweekday() == weekday
        assert timedelta(0) < found.at - NOW <= timedelta(days=7)


def test_today_counts_while_its_time_is_ahead() -> None:
    saturday = weekly("Asia/Seoul", "17:17:34", 6)
    assert next_occurrence(saturday, NOW) == NOW + SECOND
    assert next_occurrence(saturday, NOW + SECOND) == NOW + SECOND + timedelta(days=7)


def test_month_ends_clamp_and_go_back_to_the_wanted_day() -> None:
    found = occurrences(monthly("Asia/Seoul", "09:00", 31), utc("2027-01-01 00:00"), 6)
    assert [f"{one.local:%m-%d}" for one in found] == ["01-31", "02-28", "03-31", "04-30", "05-31", "06-30"]
    assert [one.note is ClockChange.MONTH_END for one in found] == [False, True, False, True, False, True]


@pytest.mark.parametrize(("year", "last"), [(2027, 28), (2028, 29), (2100, 28), (2000, 29)])
def test_the_29th_of_february_is_taken_when_there_is_one(year: int, last: int) -> None:
    (found,) = occurrences(monthly("Asia/Seoul", "09:00", 29), utc(f"{year}-02-01 00:00"), 1)
    assert (found.local.month, found.local.day) == (2, last)
    assert (found.note is ClockChange.MONTH_END) == (last == 28)


def test_a_month_end_inside_a_gap_tells_of_the_gap() -> None:
    """Cairo's clocks went forward at midnight of 30 April 2010."""
    found = occurrences(monthly("Africa/Cairo", "00:30", 31), utc("2010-04-02 00:00"), 1)
    assert [(one.note, f"{one.local:%m-%d %R}") for one in found] == [(ClockChange.GAP, "04-30 01:00")]


def test_no_month_is_left_out() -> None:
    found = occurrences(monthly("Asia/Seoul", "09:00", 31), utc("2027-01-01 00:00"), 24)
    assert [one.local.month for one in found] == [*range(1, 13), *range(1, 13)]


def test_the_year_turns_over() -> None:
    assert next_occurrence(monthly("UTC", "00:00", 31), utc("2026-12-31 00:00")) == utc("2027-01-31 00:00")
    assert next_occurrence(daily("UTC", "00:00"), utc("2026-12-31 00:00")) == utc("2027-01-01 00:00")


def test_both_bounds_are_inclusive() -> None:
    start, end = utc("2026-12-01 00:00"), utc("2026-12-03 00:00")  # 09:00 in Seoul
    rule = daily("Asia/Seoul", "09:00", starts_at=start, ends_at=end)
    assert [one.at for one in occurrences(rule, NOW, 9)] == [start, utc("2026-12-02 00:00"), end]
    assert next_occurrence(rule, end) is None
    inside = daily("Asia/Seoul", "09:00", starts_at=start + SECOND, ends_at=end - SECOND)
    assert [one.at for one in occurrences(inside, NOW, 9)] == [utc("2026-12-02 00:00")]


def test_a_start_with_a_fraction_of_a_second_still_starts_on_time() -> None:
    start = utc("2026-12-01 00:00:00.250")
    assert next_occurrence(daily("Asia/Seoul", "09:00", starts_at=start), NOW) == utc("2026-12-01 00:00")
    rule = created(make(Frequency.HOURLY, starts_at=start))
    assert next_occurrence(rule, NOW) == utc("2026-12-01 00:00")


def test_the_first_run_of_a_grid_is_at_its_start() -> None:
    start = utc("2026-11-25 04:34:56")
    rule = created(make(Frequency.EVERY_6_HOURS, at="09:00", starts_at=start))
    assert [one.at for one in occurrences(rule, NOW, 2)] == [start, start + 6 * HOUR]


def test_nothing_is_promised_for_more_than_five_years_ahead() -> None:
    assert next_occurrence(daily("UTC", "09:00", starts_at=NOW + timedelta(days=1829)), NOW) is not None
    assert next_occurrence(daily("UTC", "09:00", starts_at=NOW + timedelta(days=1831)), NOW) is None


def test_answers_are_in_utc_whatever_the_question_is_in() -> None:
    seoul = timezone(9 * HOUR)
    for rule in (daily("Asia/Seoul", "09:00"), make(Frequency.HOURLY, anchor_at=NOW.astimezone(seoul))):
        found = next_occurrence(rule, NOW.astimezone(seoul))
        assert found == next_occurrence(rule, NOW)
        assert found is not None
        assert found.tzinfo is UTC


def test_a_question_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no zone"):
        next_occurrence(daily("UTC", "09:00"), NOW.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("at", "starts_at", "anchor"),
    [
        ("09:00", None, "2026-11-21 00:00"),  # 09:00 of the local date, though it is past
        ("23:00", None, "2026-11-21 14:00"),
        (None, None, "2026-11-21 08:17"),  # the minute of creation
        ("09:00", "2026-11-30 01:02:03.5", "2026-11-30 01:02:03"),  # the start wins
    ],
)
def test_the_anchor_is_the_start_or_the_time_of_day_or_the_minute_of_creation(
    at: str | None, starts_at: str | None, anchor: str
) -> None:
    rule = make(Frequency.EVERY_3_HOURS, at=at, starts_at=utc(starts_at) if starts_at else None)
    assert anchor_for(rule, NOW) == utc(anchor)


def test_the_anchor_is_of_the_local_date() -> None:
    rule = make(Frequency.EVERY_3_HOURS, "Pacific/Kiritimati", "09:00")
    assert anchor_for(rule, utc("2026-11-21 12:00")) == utc("2026-11-21 19:00")  # it is the 22nd there


def test_due_times_are_listed_from_the_first_to_now() -> None:
    rule = make(Frequency.EVERY_3_HOURS, anchor_at=utc("2026-11-21 00:00"))
    first = utc("2026-11-21 03:00")
    assert due_between(rule, first, first + 6 * HOUR, 10) == (first, first + 3 * HOUR, first + 6 * HOUR)
    assert due_between(rule, first, first + 6 * HOUR - SECOND, 10) == (first, first + 3 * HOUR)
    assert due_between(rule, first, first, 10) == (first,)
    assert due_between(rule, first, first - SECOND, 10) == ()


def test_the_list_of_due_times_is_bounded_and_begins_with_the_oldest() -> None:
    rule = make(Frequency.HOURLY, anchor_at=utc("2026-01-01 00:00"))
    first = utc("2026-01-01 00:00")
    assert due_between(rule, first, utc("2026-11-01 00:00"), 3) == (first, first + HOUR, first + 2 * HOUR)
    assert due_between(rule, first, utc("2026-11-01 00:00"), 0) == ()


def test_an_occurrence_kept_from_before_an_edit_is_still_listed_first() -> None:
    """Its own time may be one that the rule in force no longer gives."""
    rule = daily("UTC", "09:00")
    assert due_between(rule, utc("2026-11-20 03:00"), utc("2026-11-20 10:00"), 5) == (
        utc("2026-11-20 03:00"),
        utc("2026-11-20 09:00"),
    )


@pytest.mark.parametrize(
    ("following", "limit", "expected"),
    [
        (1, None, 0.5),  # hourly: half the interval
        (3, None, 1.5),
        (24, None, 6),  # at most six hours
        (12, None, 6),
        (None, None, 6),
        (24, 10, 10),  # its own limit
        (3, 10, 3),  # never past the following one
        (None, 10, 10),
        (3, 0, 0),
    ],
)
def test_an_occurrence_is_late_after_its_limit_or_when_the_following_is_due(
    following: float | None, limit: float | None, expected: float
) -> None:
    due = datetime(2026, 11, 21, 9, tzinfo=UTC)
    found = late_at(
        due,
        None if following is None else due + following * HOUR,
        None if limit is None else limit * HOUR,
    )
    assert found == due + expected * HOUR
