"""How many next occurrences a second, against croniter, cronsim and dateutil.

Ours answers a question that stands alone, "the first one after this instant, in UTC", as the webhook asks it. The
others are given their favourite way: one object, built beforehand, that goes from one occurrence to the next; dateutil
is also asked our question, of a rule that began with the stretch. All work in New York's zone. They first have to agree
on a stretch without clock changes: elsewhere their rules differ from ours. Rounds take turns; the best of each counts.
`python -m benchmarks.recurrence` runs this alone.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time
from itertools import islice, takewhile
from time import perf_counter
from zoneinfo import ZoneInfo

from croniter import croniter
from cronsim import CronSim
from dateutil import rrule

from benchmarks import Row
from lib.domain.recurrence import next_occurrence
from lib.domain.schedule import Frequency, Rule

ZONE = ZoneInfo("America/New_York")
BEGIN, END = datetime(2026, 11, 2, 12, tzinfo=UTC), datetime(2027, 3, 13, 12, tzinfo=UTC)  # no clock change within
LOCAL = BEGIN.astimezone(ZONE)
ANCHOR = datetime(2026, 11, 2, 5, 17, tzinfo=UTC)  # 00:17 in New York, where cron's steps begin
GOAL = 100_000
ROUNDS = 5
OURS, THEIRS = 4_000, 300  # occurrences in a round


@dataclass(frozen=True, slots=True)
class Case:
    """One frequency in three spellings."""

    rule: Rule
    cron: str
    rfc: Callable[[], rrule.rrule]


def rule(frequency: Frequency, at: time | None = None, **fields: int) -> Rule:
    return Rule(frequency, ZONE.key, ANCHOR, at, **fields)  # type: ignore[arg-type]


def every_hours(step: int) -> rrule.rrule:
    return rrule.rrule(rrule.HOURLY, interval=step, dtstart=ANCHOR.astimezone(ZONE))


def at_nine(freq: int, **fields: int) -> rrule.rrule:
    return rrule.rrule(freq, dtstart=LOCAL, byhour=9, byminute=0, bysecond=0, **fields)  # type: ignore[arg-type]


NINE = time(9)
CASES = {
    "hourly": Case(rule(Frequency.HOURLY), "17 * * * *", lambda: every_hours(1)),
    "3hours": Case(rule(Frequency.EVERY_3_HOURS), "17 */3 * * *", lambda: every_hours(3)),
    "6hours": Case(rule(Frequency.EVERY_6_HOURS), "17 */6 * * *", lambda: every_hours(6)),
    "daily": Case(rule(Frequency.DAILY, NINE), "0 9 * * *", lambda: at_nine(rrule.DAILY)),
    "weekly": Case(rule(Frequency.WEEKLY, NINE, weekday=3), "0 9 * * 3", lambda: at_nine(rrule.WEEKLY, byweekday=2)),
    "monthly": Case(
        rule(Frequency.MONTHLY, NINE, day_of_month=31), "0 9 L * *", lambda: at_nine(rrule.MONTHLY, bymonthday=-1)
    ),
}


def by_ours(case: Case) -> Iterator[datetime]:
    at = BEGIN
    while found := next_occurrence(case.rule, at):
        at = found
        yield at


def by_croniter(case: Case) -> Iterator[datetime]:
    walk = croniter(case.cron, LOCAL)
    while True:
        yield walk.get_next(datetime).astimezone(UTC)


def by_cronsim(case: Case) -> Iterator[datetime]:
    return (at.astimezone(UTC) for at in CronSim(case.cron, LOCAL))


def by_dateutil(case: Case) -> Iterator[datetime]:
    return (at for at in (local.astimezone(UTC) for local in case.rfc()) if at > BEGIN)


def by_asking_dateutil(case: Case) -> Iterator[datetime]:
    rules, at = case.rfc(), LOCAL
    while found := rules.after(at):
        at = found
        yield at.astimezone(UTC)


RIVALS = {
    "croniter": by_croniter,
    "cronsim": by_cronsim,
    "dateutil": by_dateutil,
    "dateutil, asked": by_asking_dateutil,
}


def run() -> list[Row]:
    for name, case in CASES.items():
        check_agreement(name, case)
    return [row for name, case in CASES.items() for row in compared(name, case)]


def check_agreement(name: str, case: Case) -> None:
    ours = list(takewhile(lambda at: at < END, by_ours(case)))
    assert len(ours) >= 4, name
    for rival, walk in RIVALS.items():
        theirs = list(takewhile(lambda at: at < END, walk(case)))
        assert ours == theirs, f"{name}: {rival} and we disagree"


def compared(name: str, case: Case) -> list[Row]:
    best = {walk: 0.0 for walk in (by_ours, *RIVALS.values())}
    for _ in range(ROUNDS):
        for walk in best:
            best[walk] = max(best[walk], rate(walk(case), OURS if walk is by_ours else THEIRS))
    ours = best[by_ours]
    rows: list[Row] = []
    for rival, walk in RIVALS.items():
        goal, met = (f"≥ {GOAL:,}/s", ours >= GOAL) if not rows else ("", None)
        what = f"next occurrence, {name}" if not rows else ""
        rows.append(Row(what, f"{ours:,.0f}/s", f"{rival} {best[walk]:,.0f}/s", ours / best[walk], goal, met))
    return rows


def rate(walk: Iterator[datetime], n: int) -> float:
    """Occurrences a second, the first left out: it pays for setting up."""
    next(walk)
    begun = perf_counter()
    found = sum(1 for _ in islice(walk, n))
    assert found == n
    return n / (perf_counter() - begun)


if __name__ == "__main__":
    from benchmarks.__main__ import main

    raise SystemExit(main(["recurrence"]))
