"""Thousands of publications to accounts on all platforms, while replies are lost, platforms throttle, messages come
twice or never, processes die, and people edit, reject, pause and stop. Virtual time, the real product.

What became of it is asked of the platforms' stand-ins, not of the product: what is to be seen twice, and how many calls
of one account were open at once.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from dev.person import Refused
from dev.platforms.every import NOTICES
from dev.platforms.stand_in import Made
from lib.domain.account import Platform
from lib.domain.schedule import ContentType
from lib.pipeline.publish import publish_due
from tests.pipeline.crashes import Death, Process
from tests.simulation.weather import MESSAGE_CHANCES, Trouble, Weather
from tests.stack import World

STEP = timedelta(minutes=10)
CALM = timedelta(hours=3)  # after the last fault: two sweeps would do, but X is looked at for longer
POSTS = (
    Platform.X, Platform.MASTODON, Platform.BLUESKY, Platform.DISCORD, Platform.SLACK, Platform.WEBHOOK,
    Platform.LINKEDIN,
)  # fmt: skip
ARTICLES = (Platform.WORDPRESS, Platform.NEWSLETTER, Platform.NAVER_BLOG)
REVIEW: Mapping[str, Any] = {"mode": "review"}
UNTIL: Mapping[str, Any] = {"mode": "review_until", "minutesBefore": 20, "otherwise": "publish"}
# Five schedules of posts and five of articles, each to one account of each platform: 50 accounts.
SCHEDULES: Sequence[tuple[ContentType, Mapping[str, Any] | None]] = (
    *((kind, None) for kind in (ContentType.X_POST, ContentType.X_POST, ContentType.X_THREAD)),
    (ContentType.X_POST, REVIEW),
    (ContentType.X_POST, UNTIL),
    *((kind, None) for kind in (ContentType.BLOG_POST, ContentType.NEWSLETTER, ContentType.BLOG_POST)),
    (ContentType.BLOG_POST, REVIEW),
    (ContentType.NEWSLETTER, UNTIL),
)
LEAD = timedelta(minutes=40)
SPACING = "PT1M"
READERS = 3  # of each newsletter


@dataclass(slots=True)
class Outcome:
    """What became of all of it. `wrong` has to be empty. `names`: of our accounts, at the platforms."""

    names: dict[str, str] = field(default_factory=dict)
    publications: int = 0
    by_platform: dict[str, Counter[str]] = field(default_factory=dict)
    troubles: Counter[Trouble] = field(default_factory=Counter)
    people: Counter[str] = field(default_factory=Counter)
    deaths: int = 0
    made: int = 0
    repeats: int = 0
    most_in_flight: int = 0
    late: list[timedelta] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


async def publish_much(world: World, publications: int, seed: int) -> Outcome:
    """Let schedules write and publish until there are so many; then let everything settle, and look."""
    chance, outcome = Random(seed), Outcome()  # noqa: S311  a lottery, not a secret
    schedules = await make_schedules(world, outcome, items=5)
    weather = Weather(chance, outcome.troubles)
    for stand_in in world.stack.platforms.every():
        stand_in.script.weather = weather.over(stand_in.platform)
    world.stack.qstash.faults.chances.update(MESSAGE_CHANCES)
    enough_at = None
    while enough_at is None or world.now < enough_at + LEAD:  # what is written last gets its time, too
        if enough_at is None and await count(world) >= publications:
            enough_at = world.now
        weather.storm = chance.choice([*POSTS, *ARTICLES]) if chance.random() < 0.2 else None
        await live(world, schedules, chance, outcome)
    for schedule in schedules:
        await world.change("pause", schedule)
    await settle_down(world, outcome)
    await take_stock(world, outcome)
    return outcome


async def make_schedules(world: World, outcome: Outcome, items: int) -> list[str]:
    """Hourly, each with accounts of its own."""
    made = []
    for number, (kind, approval) in enumerate(SCHEDULES):
        platforms = ARTICLES if kind in (ContentType.BLOG_POST, ContentType.NEWSLETTER) else POSTS
        targets = []
        for platform in platforms:
            targets.append(await world.connect(platform, name=f"{platform}{number}"))
            outcome.names[targets[-1]] = f"{platform}{number}"
            await world.person.post("/api/account/update", accountId=targets[-1], spacing=SPACING)
        settings = {"topic": f"coffee, number {number}", "count": items, "targets": targets}
        if approval:
            settings["approval"] = approval
        made.append(
            await world.create(
                name=f"Line {number}", contentType=kind, settings=settings,
                leadTime=f"PT{LEAD // timedelta(minutes=1)}M",
            )
        )  # fmt: skip
    return made


async def live(world: World, schedules: Sequence[str], chance: Random, outcome: Outcome) -> None:
    """Ten minutes: what is due happens, a process dies, people do what people do."""
    end = world.now + STEP
    for _ in range(chance.choice((0, 1, 2, 3))):
        await die_publishing(world, chance, outcome, end)
    await world.until(end)
    await review(world, chance, outcome)
    if chance.random() < 0.3:
        await change_something(world, chance.choice(schedules), chance, outcome)
    if chance.random() < 0.05:
        await stop_a_while(world, chance, outcome)


async def die_publishing(world: World, chance: Random, outcome: Outcome, end: datetime) -> None:
    """A process takes something up as it becomes due, before its message comes, and does not live to tell of it."""
    coming = await world.ledger.fetch(
        """select p.id, greatest(p.publish_at, p.retry_at) as at
           from app.publications p join app.contents c on c.id = p.content_id
           where p.status = 'waiting' and c.status = 'pending_publish'
             and greatest(p.publish_at, p.retry_at) > $1 and greatest(p.publish_at, p.retry_at) < $2
           order by p.id""",
        world.now,
        end,
    )
    if not coming:
        return
    row = chance.choice(coming)
    await world.until(row["at"] - timedelta(microseconds=1))
    world.skip(to=row["at"])
    process = Process(world, Death(suspension=chance.randint(1, 35)))
    await process.live(publish_due(str(row["id"]), process, world.now))
    outcome.deaths += process.is_dead


async def review(world: World, chance: Random, outcome: Outcome) -> None:
    """Somebody looks at half of what waits for a yes: most of it is fine, some is edited, some rejected."""
    waiting = await world.ledger.fetch(
        "select id, version, title, body, segments from app.contents where status = 'pending_approval' order by id"
    )
    for row in waiting:
        match chance.choices(["wait", "approve", "edit", "reject"], [50, 35, 10, 5])[0]:
            case "approve":
                await ask(world, outcome, "/api/content/approve", contentId=str(row["id"]), version=row["version"])
            case "edit":
                await ask(world, outcome, "/api/content/edit", contentId=str(row["id"]), **edited(row))
            case "reject":
                await ask(world, outcome, "/api/content/reject", contentId=str(row["id"]), note="not now")


def edited(row: Mapping[str, Any]) -> dict[str, Any]:
    if row["segments"]:
        return {"version": row["version"], "segments": [f"{post[:200]}!" for post in json.loads(row["segments"])]}
    return {"version": row["version"], "body": f"{row['body'][:150]}!" if not row["title"] else f"{row['body']}!"}


async def change_something(world: World, schedule: str, chance: Random, outcome: Outcome) -> None:
    match chance.choice(["pause", "edit", "void", "again"]):
        case "pause":
            outcome.people["pause"] += 1
            await world.change("pause", schedule)
            await world.until(world.now + STEP)
            await world.change("resume", schedule)
        case "edit":
            outcome.people["edit a schedule"] += 1
            await world.change("update", schedule, name=f"Line {chance.randint(100, 999)}")
        case "void":
            if row := await one_of(world, chance, "status = 'waiting'"):
                await ask(world, outcome, "/api/publication/void", publicationId=str(row["id"]))
        case "again":
            if row := await one_of(world, chance, "status in ('failed', 'cancelled')"):
                await ask(world, outcome, "/api/publication/retry", publicationId=str(row["id"]))


async def stop_a_while(world: World, chance: Random, outcome: Outcome) -> None:
    """Nothing may become visible while the workspace is stopped."""
    await ask(world, outcome, "/api/workspace/stop")
    before = len(made_by_us(world))
    await world.until(world.now + chance.choice((STEP, 6 * STEP)))
    if (after := len(made_by_us(world))) != before:
        outcome.wrong.append(f"{after - before} became visible while the workspace was stopped")
    held = chance.choice(("skip", "catch_up", "spread"))
    await ask(world, outcome, "/api/workspace/resume", held=held)


async def one_of(world: World, chance: Random, condition: str) -> Mapping[str, Any] | None:
    rows = await world.ledger.fetch(f"select id from app.publications where {condition} order by id")  # noqa: S608
    return chance.choice(rows) if rows else None


async def ask(world: World, outcome: Outcome, path: str, **fields: Any) -> None:
    """What a person asks for may have become impossible meanwhile: then they are told."""
    what = path.removeprefix("/api/")
    try:
        await world.person.post(path, **fields)
    except Refused as exc:
        if " 409 " not in str(exc):
            raise
        what = f"{what} refused"
    outcome.people[what] += 1


async def settle_down(world: World, outcome: Outcome) -> None:
    """All is well from here on; whatever is left is for the sweep, and for people who look."""
    world.stack.platforms.clear()
    world.stack.qstash.faults.clear()
    end = world.now + CALM
    while world.now < end:
        await world.until(world.now + STEP)
        await world.sweep()
    await decide_unknown(world, outcome)
    for _ in range(3):
        await world.until(world.now + STEP)
        await world.sweep()


async def decide_unknown(world: World, outcome: Outcome) -> None:
    """The person who was asked looks at the platform: what is there is marked, what is not is sent again."""
    rows = await world.ledger.fetch(
        """select p.id, p.account_id, a.platform::text, c.title, c.body, c.segments, jsonb_array_length(p.parts) as sent
           from app.publications p join app.accounts a on a.id = p.account_id join app.contents c on c.id = p.content_id
           where p.status = 'unknown' and p.read_at is null order by p.id"""
    )
    for row in rows:
        segments = json.loads(row["segments"]) if row["segments"] else None
        text = segments[row["sent"]] if segments else row["body"]
        stand_in = world.stack.platforms[row["platform"]]
        made_there = stand_in.made_by(outcome.names[str(row["account_id"])])
        found = next((made for made in made_there if plain(text)[:60] in plain(made.text)), None)
        named = {"publicationId": str(row["id"])}
        if found is None:
            await ask(world, outcome, "/api/publication/retry", **named, confirm=True)
        elif segments and row["sent"] < len(segments) - 1:
            where = {"url": found.url} if found.url else {}
            await ask(world, outcome, "/api/publication/continue", **named, number=row["sent"], **where)
        else:
            await ask(world, outcome, "/api/publication/mark-published", **named)


def plain(text: str) -> str:
    """Without what a platform's own form of it adds."""
    return "".join(char for char in text if char.isalnum())


async def take_stock(world: World, outcome: Outcome) -> None:
    platforms = world.stack.platforms
    outcome.made = len(made_by_us(world))
    outcome.repeats = sum(sum(it.repeats.values()) for it in platforms.every())
    outcome.most_in_flight = max(
        at_once for it in platforms.every() for name, at_once in it.most_in_flight.items() if name != NOTICES
    )
    if outcome.most_in_flight > 1:
        outcome.wrong.append(f"{outcome.most_in_flight} calls of one account at once")
    doubles = [it for it in platforms.doubles() if it.account != NOTICES]
    outcome.wrong += [f"twice at {it.account}: {it.external_ids}" for it in doubles]
    rows = await world.ledger.fetch(
        """select p.*, p.status::text, p.reason::text, a.platform::text, a.status::text as account_status,
             c.status::text as content_status, c.decided_at
           from app.publications p join app.accounts a on a.id = p.account_id join app.contents c on c.id = p.content_id
           order by a.id, p.publish_at, p.id"""
    )
    outcome.publications = len(rows)
    for row in rows:
        told = row["status"] + (f": {row['reason']}" if row["reason"] else "")
        outcome.by_platform.setdefault(row["platform"], Counter())[told] += 1
        if problem := lost(row):
            outcome.wrong.append(f"{row['id']} at {outcome.names[str(row['account_id'])]}: {problem}")
        if row["published_at"] and row["requested_by"] is None and row["reads"] == "[]":
            outcome.late.append(max(row["published_at"] - row["publish_at"], timedelta(0)))
    outcome.wrong += unknown_to_us(world, outcome, rows)
    outcome.wrong += out_of_order(rows)


def lost(row: Mapping[str, Any]) -> str | None:
    """Why it is neither at its end nor waiting for a named person."""
    match row["status"]:
        case "published" | "failed" | "cancelled" | "handed_off":
            return None
        case "unknown":
            return None if row["read_at"] is None else "is still to be read back"
        case "waiting":
            is_asked = (
                row["content_status"] in ("pending_approval", "needs_review") or row["account_status"] != "active"
            )
            return None if is_asked else "still waits, and for nobody"
    return f"is {row['status']}"


def unknown_to_us(world: World, outcome: Outcome, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """What is to be seen and what the ledger has no publication of: sent against somebody's word, or forgotten."""
    seen = Counter(it.account for it in made_by_us(world))
    known, in_doubt = Counter[str](), Counter[str]()
    for row in rows:
        name = outcome.names[str(row["account_id"])]
        known[name] += seen_of(row)
        # One part may be out of which nobody has told us: a person has said so, or has given it up.
        is_in_doubt = row["reads"] != "[]" or row["status"] == "unknown"
        in_doubt[name] += is_in_doubt * (READERS if row["platform"] == Platform.NEWSLETTER else 1)
    return [
        f"{seen[name]} to be seen at {name}, {known[name]} in the ledger, {in_doubt[name]} in doubt"
        for name in seen
        if not known[name] <= seen[name] <= known[name] + in_doubt[name]
    ]


def seen_of(row: Mapping[str, Any]) -> int:
    """How many things its parts are: an article is a draft first, a newsletter one batch of three mails."""
    parts = len(json.loads(row["parts"]))
    match row["platform"]:
        case Platform.WORDPRESS:
            return parts // 2
        case Platform.NEWSLETTER:
            return parts * READERS
    return parts


def made_by_us(world: World) -> list[Made]:
    """What publications are to be seen, without the mails to owners."""
    return [made for it in world.stack.platforms.every() for made in it.made if made.account != NOTICES]


def out_of_order(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Of an account's publications that nothing was in the way of, a later one that went out before an earlier one."""
    wrong, last = [], dict[str, tuple[datetime, str]]()
    for row in rows:
        is_smooth = row["status"] == "published" and row["attempt"] == 1 and json.loads(row["errors"]) == []
        was_waited_for = row["requested_by"] or (row["decided_at"] or row["publish_at"]) > row["publish_at"]
        if not is_smooth or was_waited_for:
            continue
        at, before = last.get(row["account_id"], (row["published_at"], ""))
        if row["published_at"] < at:
            wrong.append(f"{row['id']} ({row['platform']}) went out before {before}, which was earlier")
        last[row["account_id"]] = (max(at, row["published_at"]), str(row["id"]))
    return wrong


async def count(world: World) -> int:
    found = await world.ledger.fetchval("select count(*) from app.publications")
    return int(found)
