"""`make demo`: two days of one schedule in seconds, through the front door, and then the books are checked.

A person signs up, connects two accounts, makes a `3hours` schedule in Seoul time that publishes to both, and virtual
time passes: QStash calls the webhook at each occurrence, Claude's stand-in writes, the text goes out, the next one is
armed, the sweep comes every ten minutes. What is printed is what the product's own API says about it; that nothing is
out twice is asked of the platforms.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dev.clock import VirtualClock
from dev.person import Person, signed_in
from dev.platforms.connecting import connect
from dev.stack import Stack, open_stack

START = datetime(2026, 11, 21, 0, 7, 30, tzinfo=UTC)
LASTS = timedelta(days=2)
EVERY = timedelta(hours=3)
ZONE = ZoneInfo("Asia/Seoul")
OCCURRENCES = LASTS // EVERY
A_CALL_TAKES = timedelta(seconds=3.2)
PLATFORMS = ("mastodon", "bluesky")
DEMO = "demo"


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
    published: tuple[str, ...] = PLATFORMS
    is_for_a_person: bool = False  # a gate has objected: it stays here until somebody has said yes


@dataclass(frozen=True, slots=True)
class Books:
    """All that the product says after the two days, how often the model was called, and what the platforms have:
    how much each, how much of that twice, and how many calls of one account at once."""

    schedule: dict[str, Any]
    entries: Sequence[Entry]
    model_calls: int
    now: datetime
    seen: Mapping[str, int]
    doubles: int = 0
    most_in_flight: int = 1


async def run_demo() -> int:
    """The process's exit code: 0 when the books are right."""
    began = time.monotonic()
    async with open_stack(clock=VirtualClock(START), variables={"LOG_LEVEL": "ERROR"}) as stack:
        stack.models.anthropic.takes = A_CALL_TAKES
        async with signed_in(stack, "demo@drumbeat.local", stack.secrets.demo_password) as person:
            targets = [(await connect(stack, person, platform, DEMO))["id"] for platform in PLATFORMS]
            made = await person.post(
                "/api/schedule/create",
                name="Every three hours",
                contentType="x_post",
                frequency="3hours",
                timeOfDay="09:00",
                timezone=ZONE.key,
                settings={"promptType": "auto", "topic": "꾸준히 쓰는 습관", "language": "ko", "targets": targets},
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
    publications = await person.pages("/api/publications", "publications", scheduleId=schedule_id)
    published = {content["runId"]: _published(content["id"], publications) for content in contents}
    for_people = {content["runId"] for content in contents if content["status"] == "needs_review"}
    stand_ins = [stack.platforms[platform] for platform in PLATFORMS]
    entries = [
        replace(
            _entry(run, words.get(run["id"], 0)),
            published=published.get(run["id"], ()),
            is_for_a_person=run["id"] in for_people,
        )
        for run in runs
    ]
    return Books(
        schedule=found["schedule"],
        entries=sorted(entries, key=lambda entry: entry.due_at),
        model_calls=sum(len(model.script.calls) for model in stack.models.every()),
        now=stack.clock.now(),
        seen={stand_in.platform: len(stand_in.made_by(DEMO)) for stand_in in stand_ins},
        doubles=len(stack.platforms.doubles()),
        most_in_flight=max(stand_in.most_in_flight[DEMO] for stand_in in stand_ins),
    )


def _published(content_id: str, publications: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Where it is out, in the order of PLATFORMS."""
    out = {it["platform"] for it in publications if it["contentId"] == content_id and it["status"] == "published"}
    return tuple(platform for platform in PLATFORMS if platform in out)


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
    print(
        f"{'nominal ' + ZONE.key:<20} {'nominal UTC':<18} {'start':<10} {'took':>6}  {'outcome':<12} "
        "words      cost  published"
    )
    for entry in books.entries:
        outcome = f"{entry.status}: {entry.reason}" if entry.reason else entry.status
        print(
            f"{entry.due_at.astimezone(ZONE):%a %d %b %H:%M}     {entry.due_at:%d %b %H:%M} UTC   "
            f"{_since(entry.due_at, entry.started_at):<10} {_lasted(entry):>6}  {outcome:<12} "
            f"{entry.words:>5}  {dollars(entry.cost):>8}  {_told(entry)}"
        )
    print(
        f"\nstatistics: {schedule['totalGenerated']} generated, {schedule['totalFailed']} failed, "
        f"{schedule['runCount']} runs begun, last {schedule['lastRunAt']}, next {schedule['nextRunAt']}, "
        f"armed: {'yes' if schedule['armed']['isArmed'] else 'no'}\n"
        f"together: {sum(entry.words for entry in books.entries)} words, "
        f"{dollars(sum(entry.cost for entry in books.entries))}, {books.model_calls} calls of models\n"
        f"to be seen: {', '.join(f'{count} at {platform}' for platform, count in books.seen.items())}, "
        f"{books.doubles} of them twice; at most {books.most_in_flight} call of an account at once"
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
    yield from _what_is_wrong_outside(books)


def _what_is_wrong_outside(books: Books) -> Iterator[str]:
    """Every text that was written is out once at each platform, as the ledger says and as the platforms say."""
    for entry in books.entries:
        if entry.published != (() if entry.is_for_a_person else PLATFORMS):
            yield f"{entry.due_at:%d %b %H:%M} UTC is out at {' and '.join(entry.published) or 'no platform'} only"
    for platform, count in books.seen.items():
        told = sum(platform in entry.published for entry in books.entries)
        if count != told:
            yield f"{platform} has {count}, the ledger tells of {told}"
    if books.doubles:
        yield f"{books.doubles} texts are to be seen twice"
    if books.most_in_flight > 1:
        yield f"{books.most_in_flight} calls of one account at once"


def first_occurrence() -> datetime:
    """The first point after START of the grid through 09:00 in Seoul."""
    nine = START.astimezone(ZONE).replace(hour=9, minute=0, second=0, microsecond=0)
    steps = (START - nine) // EVERY + 1
    return (nine + steps * EVERY).astimezone(UTC)


def dollars(micros: int) -> str:
    return f"${micros / 1_000_000:.4f}"


def _told(entry: Entry) -> str:
    return "waits for a person" if entry.is_for_a_person else " ".join(entry.published) or "–"


def _since(due_at: datetime, at: datetime | None) -> str:
    return f"+{(at - due_at).total_seconds():.1f} s" if at else "–"


def _lasted(entry: Entry) -> str:
    if entry.started_at is None or entry.finished_at is None:
        return "–"
    return f"{(entry.finished_at - entry.started_at).total_seconds():.1f} s"
