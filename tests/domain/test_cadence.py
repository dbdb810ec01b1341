"""Quiet hours, blackout dates and spacing are known before, and hold on the days when the clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.domain.cadence import Cadence, Moved, first_allowed, read_cadence, slot
from lib.errors import Invalid

SEOUL, NEW_YORK = ZoneInfo("Asia/Seoul"), ZoneInfo("America/New_York")
NIGHT = {"from": "22:00", "to": "07:00"}
ZONES = ["UTC", "Asia/Seoul", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Pacific/Apia"]


def seoul(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 12, day, hour, minute, tzinfo=SEOUL)


def cadence(spacing: timedelta = timedelta(0), **said: Any) -> Cadence:
    return read_cadence({"timezone": "Asia/Seoul", **said}, spacing)


def test_nothing_said_allows_everything() -> None:
    assert slot(read_cadence({}), seoul(1, 3)).at == seoul(1, 3)


def test_what_falls_into_quiet_hours_goes_out_when_they_end() -> None:
    quiet = cadence(quietHours=[NIGHT])
    for wanted, goes_out in (
        (seoul(1, 21, 59), seoul(1, 21, 59)), (seoul(1, 22), seoul(2, 7)), (seoul(2, 6, 59), seoul(2, 7)),
        (seoul(2, 7), seoul(2, 7)),
    ):  # fmt: skip
        assert first_allowed(quiet, wanted) == goes_out
    assert slot(quiet, seoul(1, 23)).moved_by == (Moved.QUIET_HOURS,)


def test_quiet_hours_of_some_weekdays_are_those_of_the_evening_they_begin_on() -> None:
    friday = cadence(quietHours=[{**NIGHT, "days": [5]}])  # 4 December 2026 is a Friday
    assert first_allowed(friday, seoul(5, 3)) == seoul(5, 7)
    assert first_allowed(friday, seoul(4, 3)) == seoul(4, 3)


def test_nothing_goes_out_on_a_blackout_date_and_quiet_hours_after_it_still_count() -> None:
    closed = cadence(quietHours=[NIGHT], blackoutDates=["2026-12-25", {"from": "2026-12-26", "to": "2026-12-27"}])
    moved = slot(closed, seoul(24, 23))
    assert moved.at == seoul(28, 7)
    assert set(moved.moved_by) == {Moved.QUIET_HOURS, Moved.BLACKOUT}


def test_two_of_an_account_keep_their_distance_on_both_sides() -> None:
    spaced = cadence(timedelta(minutes=30))
    taken = [seoul(1, 9), seoul(1, 9, 40)]
    assert slot(spaced, seoul(1, 8, 20), taken).at == seoul(1, 8, 20)
    assert slot(spaced, seoul(1, 8, 45), taken).at == seoul(1, 10, 10)
    assert slot(spaced, seoul(1, 8, 45), taken).moved_by == (Moved.SPACING,)
    assert slot(spaced, seoul(1, 10, 10), taken).at == seoul(1, 10, 10)


def test_a_gap_in_the_clocks_ends_quiet_hours_with_the_gap() -> None:
    """New York, 8 March 2026: there is no 02:30."""
    quiet = read_cadence({"timezone": "America/New_York", "quietHours": [{"from": "23:00", "to": "02:30"}]})
    assert first_allowed(quiet, datetime(2026, 3, 8, 1, tzinfo=NEW_YORK)) == datetime(2026, 3, 8, 7, tzinfo=UTC)


@given(
    zone=st.sampled_from(ZONES),
    begins=st.times(),
    ends=st.times(),
    days=st.sets(st.integers(1, 7), min_size=1, max_size=6),
    blackouts=st.lists(st.dates(date(2026, 1, 1), date(2027, 12, 31)), max_size=5),
    wanted=st.timedeltas(timedelta(0), timedelta(days=729)).map(lambda since: datetime(2026, 1, 1, tzinfo=UTC) + since),
    spacing=st.timedeltas(timedelta(0), timedelta(hours=5)),
    taken=st.lists(st.timedeltas(timedelta(hours=-9), timedelta(hours=9)), max_size=8),
)
def test_a_slot_is_never_early_never_in_quiet_hours_and_never_too_close(
    zone: str, begins: time, ends: time, days: set[int], blackouts: list[date], wanted: datetime,
    spacing: timedelta, taken: list[timedelta],
) -> None:  # fmt: skip
    given_hours = {"from": f"{begins:%H:%M}", "to": f"{ends:%H:%M}", "days": sorted(days)}
    said = {"timezone": zone, "quietHours": [given_hours], "blackoutDates": [str(day) for day in blackouts]}
    limits = read_cadence(said, spacing)
    others = [wanted + away for away in taken]
    found = slot(limits, wanted, others)
    assert found.at >= wanted
    assert (found.at == wanted) == (found.moved_by == ())
    assert first_allowed(limits, found.at) == found.at
    assert found.at.astimezone(ZoneInfo(zone)).date() not in blackouts
    assert all(abs(other - found.at) >= spacing for other in others)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"timezone": "Mars/Base"}, "cadence.timezone"),
        ({"quiet_hours": []}, "cadence.quiet_hours"),
        ({"quietHours": "always"}, "cadence.quietHours"),
        ({"quietHours": [{"from": "25:00", "to": "07:00"}]}, "cadence.quietHours[0].from"),
        ({"quietHours": [{"from": "22:00"}]}, "cadence.quietHours[0].to"),
        ({"quietHours": [{**NIGHT, "days": [0]}]}, "cadence.quietHours[0].days"),
        ({"quietHours": [{**NIGHT, "days": [True]}]}, "cadence.quietHours[0].days"),
        ({"quietHours": [NIGHT] * 15}, "cadence.quietHours"),
        ({"quietHours": [{"from": "00:00", "to": "00:00"}]}, "cadence.quietHours"),
        ({"blackoutDates": ["2026-13-01"]}, "cadence.blackoutDates[0]"),
        ({"blackoutDates": [{"from": "2026-12-02", "to": "2026-12-01"}]}, "cadence.blackoutDates[0].to"),
    ],
)
def test_a_cadence_that_cannot_be_kept_is_refused_by_field(said: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_cadence(said)
    assert refused.value.field == field


def test_quiet_hours_that_leave_no_time_of_the_week_are_refused() -> None:
    with pytest.raises(Invalid, match="no time of the week"):
        cadence(quietHours=[{"from": "22:00", "to": "21:30"}, {"from": "21:00", "to": "22:30"}])
