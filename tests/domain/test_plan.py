"""What becomes of due times that have gathered while nobody came."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from lib.domain.plan import MOST_AT_ONCE, Plan, catch_up, plan_after
from lib.domain.recurrence import due_between
from lib.domain.schedule import Frequency, Rule

ANCHOR = datetime(2026, 11, 1, tzinfo=UTC)
EVERY_3_HOURS = Rule(frequency=Frequency.EVERY_3_HOURS, timezone="Asia/Seoul", anchor_at=ANCHOR)
HOURLY = Rule(frequency=Frequency.HOURLY, timezone="Asia/Seoul", anchor_at=ANCHOR)
HOUR = timedelta(hours=1)


def test_an_occurrence_is_late_after_half_its_interval() -> None:
    assert plan_after(EVERY_3_HOURS, ANCHOR, None) == Plan(ANCHOR + 3 * HOUR, ANCHOR + 4.5 * HOUR)


def test_a_generous_limit_ends_where_the_successor_is_due() -> None:
    assert plan_after(EVERY_3_HOURS, ANCHOR, timedelta(days=2)).late_at == ANCHOR + 6 * HOUR


def test_after_an_outage_only_the_newest_is_still_performed() -> None:
    gathered = catch_up(EVERY_3_HOURS, ANCHOR, ANCHOR + 10 * HOUR, None)
    assert gathered.missed == (ANCHOR, ANCHOR + 3 * HOUR, ANCHOR + 6 * HOUR)
    assert gathered.plan == Plan(ANCHOR + 9 * HOUR, ANCHOR + 10.5 * HOUR)


def test_when_even_the_newest_is_late_the_plan_is_the_first_future_one() -> None:
    gathered = catch_up(EVERY_3_HOURS, ANCHOR, ANCHOR + 11 * HOUR, None)
    assert gathered.missed[-1] == ANCHOR + 9 * HOUR
    assert gathered.plan.next_run_at == ANCHOR + 12 * HOUR


def test_nothing_due_leaves_the_plan_as_it_is() -> None:
    gathered = catch_up(EVERY_3_HOURS, ANCHOR + 3 * HOUR, ANCHOR, None)
    assert gathered.missed == ()
    assert gathered.plan.next_run_at == ANCHOR + 3 * HOUR


def test_a_rule_that_has_ended_leaves_no_plan() -> None:
    ended = Rule(frequency=Frequency.HOURLY, timezone="UTC", anchor_at=ANCHOR, ends_at=ANCHOR + 2 * HOUR + HOUR / 2)
    gathered = catch_up(ended, ANCHOR, ANCHOR + 9 * HOUR, None)
    assert len(gathered.missed) == 3
    assert gathered.plan == Plan(None, None)


@given(
    hours=st.integers(0, 3 * MOST_AT_ONCE),
    minutes=st.integers(0, 59),
    limit=st.none() | st.timedeltas(timedelta(minutes=15), timedelta(hours=6)),
)
def test_passes_of_catching_up_lose_and_repeat_no_due_time(hours: int, minutes: int, limit: timedelta | None) -> None:
    now = ANCHOR + hours * HOUR + timedelta(minutes=minutes)
    expected = due_between(HOURLY, ANCHOR, now, 10 * MOST_AT_ONCE)
    missed: list[datetime] = []
    plan = Plan(ANCHOR, ANCHOR)
    for _ in range(hours // MOST_AT_ONCE + 2):
        assert plan.next_run_at is not None
        gathered = catch_up(HOURLY, plan.next_run_at, now, limit)
        missed += gathered.missed
        plan = gathered.plan
        if plan.late_at is not None and now < plan.late_at:
            break
    assert plan.next_run_at is not None
    performed = [plan.next_run_at] if plan.next_run_at <= now else []
    assert missed + performed == list(expected)
