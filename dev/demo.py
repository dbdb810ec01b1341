"""`make demo`: two days of one schedule in seconds, through the front door, and then the books are checked.

A person signs up, makes a `3hours` schedule in Seoul time, and virtual time passes: QStash calls the webhook at each
occurrence, Claude's stand-in writes, the next one is armed, the sweep comes every ten minutes. What is printed is what
the product's own API says about it.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dev.clock import VirtualClock
from dev.person import Person, signed_in
from dev.stack import Stack, open_stack

START = datetime(2026, 11, 21, 0, 7, 30, tzinfo=UTC)
LASTS = timedelta(days=2)
EVERY = timedelta(hours=3)
ZONE = ZoneInfo("Asia/Seoul")
OCCURRENCES = LASTS // EVERY
A_CALL_TAKES = timedelta(seconds=3.2)


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the ledger, with the words that were written and the calls of models. Cost in micro-USD."""

    due_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    status: str
    reason: str | None
    words: int
    cost: int
    calls: int


@dataclass(frozen=True, slots=True)
class Books:
    """All that the product says after the two days, and how often the model was called."""

    schedule: dict[str, Any]
    entries: Sequence[Entry]
    model_calls: int
    now: datetime


async def run_demo() -> int:
    """The process's exit code: 0 when the books are right."""
    began = time.monotonic()
    async with open_stack(clock=VirtualClock(START), variables={"LOG_LEVEL": "ERROR"}) as stack:
        stack.models.anthropic.takes = A_CALL_TAKES
        async with signed_in(stack, "demo@drumbeat.local", stack.secrets.demo_password) as person:
            made = await person.post(
                "/api/schedule/create",
                name="Every three hours",
                contentType="x_post",
                frequency="3hours",
                timeOfDay="09:00",
                timezone=ZONE.key,
                settings={"promptType": "auto", "topic": "꾸준히 쓰는 습관", "language": "ko"},
            )
            await stack.advance(LASTS)
            books = await read_books(stack, person, made["schedule"]["id"])
    show(books)
    wrong = list(what_is_wrong(books))
    for problem in wrong:
        print(f"WRONG: {problem}")
    verdict = f"{len(wrong)} things are wrong" if wrong else "the books are right"
    print(f"\n{LASTS.days} days in {time.monotonic() - began:.0f} s: {verdict}.")
    return 1 if wrong else 0


async def read_books(stack: Stack, person: Person, schedule_id: str) -> Books:
    found = await person.get(f"/api/schedules/{schedule_id}")
    runs = await person.pages(f"/api/schedules/{schedule_id}/runs", "runs")
    contents = await person.pages("/api/contents", "contents", scheduleId=schedule_id)
    words = {content["runId"]: 0 for content in contents}
    for content in contents:
        words[content["runId"]] += content["wordCount"]
    return Books(
        schedule=found["schedule"],
        entries=sorted((_entry(run, words.get(run["id"], 0)) for run in runs), key=lambda entry: entry.due_at),
        model_calls=sum(len(model.script.calls) for model in stack.models.every()),
        now=stack.clock.now(),
    )


def _entry(run: dict[str, Any], words: int) -> Entry:
    return Entry(
        due_at=datetime.fromisoformat(run["dueAt"]),
        started_at=datetime.fromisoformat(run["startedAt"]) if run["startedAt"] else None,
        finished_at=datetime.fromisoformat(run["finishedAt"]) if run["finishedAt"] else None,
        status=run["status"],
        reason=run["reason"],
        words=words,
        cost=run["costMicroUsd"],
        calls=len(run["modelAttempts"]),
    )


def show(books: Books) -> None:
    schedule = books.schedule
    print(f"{schedule['name']} ({schedule['sentence']['en']})\n")
    print(f"{'nominal ' + ZONE.key:<20} {'nominal UTC':<18} {'start':<10} {'took':>6}  {'outcome':<20} words      cost")
    for entry in books.entries:
        outcome = f"{entry.status}: {entry.reason}" if entry.reason else entry.status
        print(
            f"{entry.due_at.astimezone(ZONE):%a %d %b %H:%M}     {entry.due_at:%d %b %H:%M} UTC   "
            f"{_since(entry.due_at, entry.started_at):<10} {_lasted(entry):>6}  {outcome:<20} "
            f"{entry.words:>5}  {dollars(entry.cost):>8}"
        )
    print(
        f"\nstatistics: {schedule['totalGenerated']} generated, {schedule['totalFailed']} failed, "
        f"{schedule['runCount']} runs begun, last {schedule['lastRunAt']}, next {schedule['nextRunAt']}, "
        f"armed: {'yes' if schedule['armed']['isArmed'] else 'no'}\n"
        f"together: {sum(entry.words for entry in books.entries)} words, "
        f"{dollars(sum(entry.cost for entry in books.entries))}, {books.model_calls} calls of models"
    )


def what_is_wrong(books: Books) -> Iterator[str]:
    """Every disagreement between what should have happened, the ledger, the statistics and the model's own count."""
    schedule, entries = books.schedule, books.entries
    due = [entry.due_at for entry in entries]
    wanted = [first_occurrence() + EVERY * n for n in range(OCCURRENCES)]
    if due != wanted:
        missing, extra = sorted(set(wanted) - set(due)), sorted(set(due) - set(wanted))
        twice = len(due) - len(set(due))
        yield f"the ledger has {len(due)} rows: {len(missing)} missing, {len(extra)} not due, {twice} twice"
    for entry in entries:
        if entry.status != "succeeded":
            yield f"{entry.due_at:%d %b %H:%M} UTC is {entry.status} ({entry.reason})"
        elif entry.words == 0 or entry.cost == 0:
            yield f"{entry.due_at:%d %b %H:%M} UTC has {entry.words} words for {dollars(entry.cost)}"
        elif entry.started_at is None or not timedelta(0) <= entry.started_at - entry.due_at < timedelta(minutes=1):
            yield f"{entry.due_at:%d %b %H:%M} UTC began at {entry.started_at}"
    succeeded = sum(entry.status == "succeeded" for entry in entries)
    if schedule["totalGenerated"] != succeeded:
        yield f"the statistics say {schedule['totalGenerated']} generated, the ledger {succeeded}"
    if schedule["runCount"] != len(entries) or schedule["totalFailed"] != 0:
        yield f"the statistics say {schedule['runCount']} runs and {schedule['totalFailed']} failures"
    if schedule["nextRunAt"] is None or datetime.fromisoformat(schedule["nextRunAt"]) <= books.now:
        yield f"the next occurrence is {schedule['nextRunAt']}, now is {books.now.isoformat()}"
    told = sum(entry.calls for entry in entries)
    if books.model_calls != told:
        yield f"the models were called {books.model_calls} times, the ledger tells of {told}"


def first_occurrence() -> datetime:
    """The first point after START of the grid through 09:00 in Seoul."""
    nine = START.astimezone(ZONE).replace(hour=9, minute=0, second=0, microsecond=0)
    steps = (START - nine) // EVERY + 1
    return (nine + steps * EVERY).astimezone(UTC)


def dollars(micros: int) -> str:
    return f"${micros / 1_000_000:.4f}"


def _since(due_at: datetime, at: datetime | None) -> str:
    return f"+{(at - due_at).total_seconds():.1f} s" if at else "–"


def _lasted(entry: Entry) -> str:
    if entry.started_at is None or entry.finished_at is None:
        return "–"
    return f"{(entry.finished_at - entry.started_at).total_seconds():.1f} s"
