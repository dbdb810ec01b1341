"""How schedules go on after their workspace was stopped: every due time gets a row or stands, and no two at once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.domain.plan import Plan, plan_at
from lib.domain.recurrence import due_between
from lib.domain.resumption import FOR_EVER, Resume, plan_resumption
from lib.domain.schedule import Frequency, Schedule

ANCHOR = datetime(2026, 11, 1, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
NAMES = {Frequency.HOURLY: HOUR, Frequency.EVERY_3_HOURS: 3 * HOUR, Frequency.EVERY_6_HOURS: 6 * HOUR}


def schedule(
    number: int = 0, frequency: Frequency = Frequency.HOURLY, due_at: datetime = ANCHOR, **fields: Any
) -> Schedule:
    row: dict[str, Any] = {
        **dict.fromkeys(Schedule.__slots__),
        **dict.fromkeys(("time_of_day", "weekday", "day_of_month", "rrule", "starts_at", "ends_at")),
        "id": f"schedule {number}",
        "content_type": "x_post",
        "frequency": frequency,
        "timezone": "UTC",
        "anchor_at": ANCHOR.isoformat(),
        "next_run_at": due_at.isoformat(),
        "late_at": (due_at + HOUR / 2).isoformat(),
        "lead_time": 0,
        "revision": 1,
        "created_at": ANCHOR.isoformat(),
        "updated_at": ANCHOR.isoformat(),
        **fields,
    }
    return Schedule.from_row(row)


def test_skipping_leaves_nothing_that_is_due() -> None:
    (resumed,) = plan_resumption([schedule()], Resume.SKIP, MINUTE, ANCHOR + 2 * HOUR + MINUTE)
    assert resumed.skipped == [ANCHOR, ANCHOR + HOUR, ANCHOR + 2 * HOUR]
    assert (resumed.missed, resumed.start_at) == ((), None)
    assert resumed.plan.next_run_at == ANCHOR + 3 * HOUR


def test_catching_up_performs_the_newest_and_only_if_its_limit_is_not_over() -> None:
    soon, late = ANCHOR + 2 * HOUR + MINUTE, ANCHOR + 2 * HOUR + 40 * MINUTE
    (resumed,) = plan_resumption([schedule()], Resume.CATCH_UP, MINUTE, soon)
    assert resumed.missed == [ANCHOR, ANCHOR + HOUR]
    assert (resumed.plan.next_run_at, resumed.start_at) == (ANCHOR + 2 * HOUR, soon)
    (resumed,) = plan_resumption([schedule()], Resume.CATCH_UP, MINUTE, late)
    assert resumed.missed == [ANCHOR, ANCHOR + HOUR, ANCHOR + 2 * HOUR]
    assert (resumed.plan.next_run_at, resumed.start_at) == (ANCHOR + 3 * HOUR, None)


def test_what_is_spread_begins_one_after_another_and_may_be_that_late() -> None:
    now = ANCHOR + MINUTE
    held = [schedule(number, Frequency.EVERY_3_HOURS) for number in range(4)]
    resumed = plan_resumption(held, Resume.SPREAD, 50 * MINUTE, now)
    assert [it.start_at for it in resumed] == [now + number * 50 * MINUTE for number in range(4)]
    assert all(it.plan.next_run_at == ANCHOR for it in resumed)
    for it in resumed:
        assert it.start_at
        assert it.plan.late_at
        assert it.start_at < it.plan.late_at <= ANCHOR + 3 * HOUR


def test_what_would_begin_after_its_successor_is_missed_and_takes_no_slot() -> None:
    now = ANCHOR + MINUTE
    held = [schedule(0), schedule(1), schedule(2), schedule(3, Frequency.EVERY_6_HOURS)]
    resumed = plan_resumption(held, Resume.SPREAD, 40 * MINUTE, now)
    assert [it.start_at for it in resumed] == [now, now + 40 * MINUTE, None, now + 80 * MINUTE]
    assert (resumed[2].missed, resumed[2].plan.next_run_at) == ([ANCHOR], ANCHOR + HOUR)


def test_whose_successor_comes_first_goes_first() -> None:
    now = ANCHOR + MINUTE
    slow, quick = schedule(0, Frequency.EVERY_6_HOURS), schedule(1)
    assert [it.start_at for it in plan_resumption([slow, quick], Resume.SPREAD, 10 * MINUTE, now)] == [
        now + 10 * MINUTE,
        now,
    ]


def test_the_last_occurrence_of_a_rule_has_no_successor_to_make_room_for() -> None:
    ended = schedule(ends_at=(ANCHOR + HOUR / 2).isoformat())
    others = [schedule(number) for number in range(1, 5)]
    resumed = plan_resumption([*others, ended], Resume.SPREAD, 20 * MINUTE, ANCHOR + MINUTE)
    assert resumed[-1].start_at == ANCHOR + MINUTE + 60 * MINUTE


@pytest.mark.parametrize("how", Resume)
def test_a_rule_that_cannot_be_used_any_more_ends_its_schedule_with_a_row(how: Resume) -> None:
    broken = schedule(frequency=Frequency.CUSTOM, rrule="FREQ=NEVER")
    (resumed,) = plan_resumption([broken], how, MINUTE, ANCHOR + HOUR)
    assert [*resumed.skipped, *resumed.missed] == [ANCHOR]
    assert resumed.plan == Plan(None, None)


def test_what_is_not_due_yet_is_left_alone() -> None:
    assert plan_resumption([schedule(due_at=ANCHOR + HOUR)], Resume.SKIP, MINUTE, ANCHOR) == []


@given(
    how=st.sampled_from(Resume),
    spread=st.timedeltas(MINUTE, timedelta(days=1)),
    held=st.lists(st.tuples(st.sampled_from(sorted(NAMES)), st.integers(0, 40)), max_size=12),
    minutes=st.integers(0, 60 * 24 * 40),
)
def test_no_due_time_is_lost_and_none_is_counted_twice(
    how: Resume, spread: timedelta, held: list[tuple[Frequency, int]], minutes: int
) -> None:
    now = ANCHOR + minutes * MINUTE
    schedules = [
        schedule(number, frequency, ANCHOR + steps * NAMES[frequency]) for number, (frequency, steps) in enumerate(held)
    ]
    begun = []
    for it in plan_resumption(schedules, how, spread, now):
        first, next_run_at = it.schedule.next_run_at, it.plan.next_run_at
        assert first
        assert next_run_at
        told = [*it.skipped, *it.missed]
        assert told == list(due_between(it.schedule.rule, first, next_run_at - timedelta(microseconds=1), 10_000))
        assert not (it.skipped if how is not Resume.SKIP else it.missed)
        assert (next_run_at <= now) == (it.start_at is not None)
        usual = plan_at(it.schedule.rule, next_run_at, None)
        assert usual.late_at
        assert it.plan.late_at
        assert it.plan.late_at >= usual.late_at
        if it.start_at:
            begun.append(it.start_at)
            assert it.start_at < it.plan.late_at < FOR_EVER
    if how is Resume.SPREAD:
        assert sorted(begun) == [now + number * spread for number in range(len(begun))]
