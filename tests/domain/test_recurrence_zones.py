"""Properties that hold in every zone of the database, looked for where they could break: near changes of the clocks."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.domain.recurrence import ClockChange, Occurrence, next_occurrence, occurrences
from lib.domain.recurrence.wall_clock import NOT_PLACES, find_zone
from lib.domain.schedule import Frequency, Rule
from tests.domain.recurrence_rules import make, utc

ZONES = sorted(name for name in available_timezones() if not name.startswith(NOT_PLACES))
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
thorough = settings(max_examples=400, deadline=None, database=None)


def changes(zone: ZoneInfo, year: int) -> list[datetime]:
    """The instants at which the zone's offset changes in a year, to the second; found by bisection of its weeks."""
    found = []
    weeks = [datetime(year, 1, 1, tzinfo=UTC) + week * timedelta(days=7) for week in range(54)]
    for low, high in pairwise(weeks):
        if low.astimezone(zone).utcoffset() != high.astimezone(zone).utcoffset():
            before, after = low, high
            while after - before > SECOND:
                middle = before + timedelta(seconds=(after - before) // SECOND // 2)
                same = middle.astimezone(zone).utcoffset() == low.astimezone(zone).utcoffset()
                before, after = (middle, after) if same else (before, middle)
            found.append(after)
    return found


def shown(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None)


def is_first_at_or_past(instant: datetime, wanted: datetime, zone: ZoneInfo) -> bool:
    """The definition: no instant of the day and night before shows the wanted time or a later one, this one does."""
    earlier = [instant - SECOND, *(instant - minutes * timedelta(minutes=7) for minutes in range(1, 24 * 60 // 7))]
    return shown(instant, zone) >= wanted and all(shown(one, zone) < wanted for one in earlier)


@st.composite
def near_changes(draw: st.DrawFn) -> tuple[str, datetime, time]:
    """A zone, an instant, and a wanted time of day: near a change of that zone's clocks if it has one in that year."""
    name, year = draw(st.sampled_from(ZONES)), draw(st.integers(1971, 2037))
    zone = find_zone(name)
    found = changes(zone, year)
    mostly = draw(st.integers(0, 9)) > 0
    if found and mostly:
        change = found[draw(st.integers(0, len(found) - 1))]
        after = change - timedelta(seconds=draw(st.integers(0, 40 * 3600)))
        wall = shown(change, zone) + timedelta(minutes=draw(st.integers(-150, 150)))
        return name, after, wall.time()
    after = datetime(year, 1, 1, tzinfo=UTC) + timedelta(seconds=draw(st.integers(0, 365 * 86400)))
    return name, after, draw(st.times()).replace(microsecond=0)


def check_all(rule: Rule, after: datetime, found: tuple[Occurrence, ...]) -> None:
    """What every wall-clock rule keeps."""
    zone = find_zone(rule.timezone)
    assert found
    assert all(one < other for one, other in pairwise([after, *(one.at for one in found)]))
    for one in found:
        assert one.wanted is not None
        assert one.wanted.time() == rule.time_of_day
        assert is_first_at_or_past(one.at, one.wanted, zone)
        assert (shown(one.at, zone) != one.wanted) == (one.note is ClockChange.GAP)
        twice = shown(one.at, zone) in (shown(one.at + hours * timedelta(minutes=5), zone) for hours in range(1, 300))
        assert twice <= (one.note is ClockChange.OVERLAP)
    wanted = [one.wanted.date() for one in found if one.wanted]
    assert len(set(wanted)) == len(wanted)


def has_date(day: date, zone: ZoneInfo) -> bool:
    """Whether any quarter of an hour around that date shows it."""
    around = datetime.combine(day, time(12), UTC) - DAY - DAY / 2
    return any(shown(around + step * timedelta(minutes=15), zone).date() == day for step in range(4 * 24 * 3))


@thorough
@given(near_changes())
def test_a_daily_rule_runs_once_for_each_local_date_and_never_goes_back(drawn: tuple[str, datetime, time]) -> None:
    name, after, wanted = drawn
    rule = Rule(Frequency.DAILY, name, after, time_of_day=wanted)
    found = occurrences(rule, after, 4)
    check_all(rule, after, found)
    today = shown(after, find_zone(name)).date()
    for one, other in pairwise([today, *(one.wanted.date() for one in found if one.wanted)]):
        between = [one + step * DAY for step in range(1, (other - one).days)]
        assert not any(has_date(day, find_zone(name)) for day in between)  # the zone left it out


@thorough
@given(near_changes(), st.integers(1, 7))
def test_a_weekly_rule_runs_on_its_weekday_only(drawn: tuple[str, datetime, time], weekday: int) -> None:
    name, after, wanted = drawn
    rule = Rule(Frequency.WEEKLY, name, after, time_of_day=wanted, weekday=weekday)
    found = occurrences(rule, after, 3)
    check_all(rule, after, found)
    assert {one.wanted.isoweekday() for one in found if one.wanted} == {weekday}
    assert found[0].at - after <= timedelta(days=15)  # a fortnight only where the zone left the date out


@thorough
@given(near_changes(), st.integers(1, 31))
def test_a_monthly_rule_runs_on_its_day_or_on_the_last(drawn: tuple[str, datetime, time], day: int) -> None:
    name, after, wanted = drawn
    rule = Rule(Frequency.MONTHLY, name, after, time_of_day=wanted, day_of_month=day)
    found = occurrences(rule, after, 4)
    check_all(rule, after, found)
    for one in found:
        assert one.wanted is not None
        is_last = (one.wanted + DAY).month != one.wanted.month
        assert one.wanted.day == day or (one.wanted.day < day and is_last)


@thorough
@given(near_changes(), st.sampled_from([Frequency.HOURLY, Frequency.EVERY_3_HOURS, Frequency.EVERY_6_HOURS]))
def test_a_grid_does_not_know_of_clocks(drawn: tuple[str, datetime, time], frequency: Frequency) -> None:
    name, after, _ = drawn
    here, elsewhere = make(frequency, name), make(frequency, "UTC")
    assert [one.at for one in occurrences(here, after, 9)] == [one.at for one in occurrences(elsewhere, after, 9)]


RULES: list[Callable[[str, time], Rule]] = [
    lambda zone, at: Rule(Frequency.HOURLY, zone, utc("2026-01-01 00:07")),
    lambda zone, at: Rule(Frequency.DAILY, zone, utc("2026-01-01 00:00"), at),
    lambda zone, at: Rule(Frequency.WEEKLY, zone, utc("2026-01-01 00:00"), at, weekday=7),
    lambda zone, at: Rule(Frequency.MONTHLY, zone, utc("2026-01-01 00:00"), at, day_of_month=31),
    lambda zone, at: Rule(Frequency.CUSTOM, zone, utc("2026-01-01 00:00"), at, rrule="FREQ=DAILY;BYDAY=SA,SU,MO"),
    lambda zone, at: Rule(Frequency.CUSTOM, zone, utc("2026-01-01 00:00"), rrule="FREQ=DAILY;BYHOUR=0,1,2,3,22,23"),
    lambda zone, at: Rule(Frequency.CUSTOM, zone, utc("2026-01-01 00:00"), rrule="FREQ=HOURLY;INTERVAL=5;BYDAY=SU"),
]


@thorough
@given(near_changes(), st.sampled_from(RULES), st.floats(0, 1))
def test_asking_in_steps_or_in_between_gives_the_same_answers(
    drawn: tuple[str, datetime, time], build: Callable[[str, time], Rule], part: float
) -> None:
    name, after, wanted = drawn
    rule = build(name, wanted)
    first, second, third = (one.at for one in occurrences(rule, after, 3))
    assert next_occurrence(rule, after) == first
    assert next_occurrence(rule, first) == second
    assert next_occurrence(rule, second) == third
    between = first + (second - first) * part
    if between < second:
        assert next_occurrence(rule, between) == second
    assert next_occurrence(rule, first - timedelta(microseconds=1)) == first


@pytest.mark.parametrize("year", [2011, 2025])
def test_every_change_of_every_zone_is_passed_through_once_a_day(year: int) -> None:
    """Not drawn but all: the times just before, at, inside and after each change. Zones alike in it are tried once."""
    seen: dict[tuple[datetime, datetime, datetime], str] = {}
    for name in ZONES:
        zone = find_zone(name)
        for change in changes(zone, year):
            seen.setdefault((change, shown(change - SECOND, zone), shown(change, zone)), name)
    assert len(seen) > 50
    for (change, before, after), name in seen.items():
        for wall in {before, after, after - SECOND, before + SECOND, before + (after - before) / 2}:
            rule = Rule(Frequency.DAILY, name, change, time_of_day=wall.time().replace(microsecond=0))
            check_all(rule, change - 2 * DAY, occurrences(rule, change - 2 * DAY, 4))
