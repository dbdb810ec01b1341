"""A year of one daily schedule that nobody looks after: models fail, write nonsense, repeat themselves and say what
was forbidden; its owner asks for more now and then, by every way there is. Virtual time, the real product.

Every day has one lot, drawn from the seed, so that a seed lives through the same year again.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from random import Random
from typing import Any

from dev.models.script import Failing, Fault, Script
from lib.domain.draft import read_draft
from lib.domain.gates import examine
from lib.domain.schedule import ContentType
from lib.domain.similarity import MOST_LIKE, Memory, Remembered, memorable
from lib.domain.writing_settings import read_settings
from tests.stack import World

FORBIDDEN = "synergy"
SWEEPS_A_DAY = 4  # enough for one schedule, and a year has many days
SETTINGS: Mapping[str, Any] = {
    "promptType": "auto",
    "topic": "specialty coffee for small offices",
    "voice": "warm, dry humour",
    "audience": "people who run an office kitchen",
    "language": "en",
    "neverSay": [FORBIDDEN],
}


class Lot(StrEnum):
    """What a day brings."""

    CALM = "calm"  # everything works
    OVERLOADED = "overloaded"  # the first model answers 529 all day
    ALL_DOWN = "all_down"  # no model answers at first
    NONSENSE = "nonsense"  # the first model answers in another shape all day
    REFUSED = "refused"  # the model declines
    REPEATED = "repeated"  # an earlier post again, slightly other, and again when asked to rewrite
    FORBIDDEN = "forbidden"  # says what its owner never says
    FOREIGN = "foreign"  # another language, even after the rewrite
    UNFILLED = "unfilled"  # a placeholder is left in the text
    LINKED = "linked"  # a link that its owner did not give
    RUN_NOW = "run_now"  # its owner presses "run now"
    BATCH = "batch"  # its owner asks for three at once
    QUEUED = "queued"  # a program asks for two, through the API


ODDS = {Lot.CALM: 55, Lot.OVERLOADED: 6, Lot.NONSENSE: 3, Lot.REPEATED: 6, Lot.RUN_NOW: 4, Lot.BATCH: 3, Lot.QUEUED: 3}
RARE = 2  # every other one
SAID = {
    Lot.FORBIDDEN: f"Real {FORBIDDEN} starts at the machine: grind for number {{n}}, pour, and let the talk begin.",
    Lot.FOREIGN: "사무실 커피는 {n}번째 잔부터 맛이 정해집니다. 물을 먼저 데우고 원두는 그다음에 갈아 보세요.",
    Lot.UNFILLED: "Cup {n} of the day: [insert your favourite roast here], a clean filter and two minutes of patience.",
    Lot.LINKED: "Our list of {n} things to clean this week is at https://coffee-{n}.shop/list and worth a look.",
}


@dataclass(slots=True)
class Year:
    """What became of it."""

    days: int
    lots: Counter[Lot] = field(default_factory=Counter)
    runs: Counter[str] = field(default_factory=Counter)
    contents: Counter[str] = field(default_factory=Counter)
    gates: Counter[str] = field(default_factory=Counter)
    models: Counter[str] = field(default_factory=Counter)
    cost: int = 0
    most_like: int = 0
    slipped: list[str] = field(default_factory=list)


async def live_through(world: World, days: int, seed: int) -> Year:
    """Let the days pass, and look at every content anew: `slipped` holds what should have been kept back."""
    chance, year = Random(seed), Year(days)  # noqa: S311  a lottery, not a secret
    schedule = await world.create(name="Coffee", frequency="daily", timeOfDay="09:00", settings=dict(SETTINGS))
    lots = chance.choices(list(Lot), [ODDS.get(lot, RARE) for lot in Lot], k=days)
    year.lots.update(lots)
    for number, lot in enumerate(lots):
        await prepare(world, lot, number, schedule, chance)
        for _ in range(SWEEPS_A_DAY):
            await world.until(world.now + timedelta(days=1) / SWEEPS_A_DAY)
            await world.sweep()
        for script in scripts(world):
            script.faults.clear()
        await ask_for_more(world, lot, schedule)
    await world.settle()
    await take_stock(world, year, schedule)
    return year


def scripts(world: World) -> list[Script]:
    models = world.stack.models
    return [models.anthropic.script, models.gemini.script, models.openai.script]


async def prepare(world: World, lot: Lot, number: int, schedule: str, chance: Random) -> None:
    """Script the models for the day."""
    first, *others = scripts(world)
    match lot:
        case Lot.OVERLOADED:
            first.fail(*[Fault(Failing.STATUS, status=529)] * 20)
        case Lot.ALL_DOWN:
            for script in (first, *others):
                script.fail(*[Fault(Failing.STATUS, status=503)] * 2)
        case Lot.NONSENSE:
            first.fail(*[Fault(Failing.WRONG_SHAPE)] * 20)
        case Lot.REFUSED:
            first.fail(Fault(Failing.REFUSAL))
        case Lot.REPEATED:
            if bodies := await bodies_of(world, schedule):
                again = f"{chance.choice(bodies)} Again!"[:270]
                first.fail(*[saying(again)] * chance.choice((1, 2)))
        case Lot.FORBIDDEN | Lot.FOREIGN | Lot.UNFILLED | Lot.LINKED:
            first.fail(*[saying(SAID[lot].format(n=number))] * chance.choice((1, 2)))


def saying(text: str) -> Fault:
    return Fault(says=json.dumps({"text": text}))


async def bodies_of(world: World, schedule: str) -> list[str]:
    rows = await world.ledger.fetch(
        "select body from app.contents where schedule_id = $1 and status = 'draft' order by created_at, item", schedule
    )
    return [row["body"] for row in rows]


async def ask_for_more(world: World, lot: Lot, schedule: str) -> None:
    match lot:
        case Lot.RUN_NOW:
            await world.change("run", schedule)
        case Lot.BATCH:
            await world.change("run", schedule, count=3)
        case Lot.QUEUED:
            await world.person.post("/api/automation/workflow", action="generate_content", scheduleId=schedule, count=2)
            await world.until(world.now + timedelta(minutes=5))


async def take_stock(world: World, year: Year, schedule: str) -> None:
    """Every content is examined again, with what was written before it, as no path of the product does."""
    settings, memory = read_settings(SETTINGS), Memory()
    rows = await world.ledger.fetch(
        """select c.id, c.body, c.status, c.verdict, c.created_at from app.contents c
           where c.schedule_id = $1 order by c.created_at, c.run_id, c.item""",
        schedule,
    )
    # Siblings of a batch are compared in the order in which they were done, which nobody knows afterwards: of a pair
    # that is too much alike one has to be kept back, whichever.
    for row in rows:
        draft = read_draft(ContentType.X_POST, {"text": row["body"]})
        verdict, text = examine(draft, settings, memory), memorable(draft)
        told = json.loads(row["verdict"])
        year.contents[row["status"]] += 1
        year.gates.update({objection["gate"] for objection in told["objections"]})
        if row["status"] == "draft":
            if not verdict.passed:
                year.slipped.append(f"{row['created_at']}: {[str(it) for it in verdict.objections]}")
            year.most_like = max(year.most_like, verdict.likeness.percent if verdict.likeness else 0)
            memory.add(Remembered(str(row["id"]), row["created_at"].date(), text))
        elif told["passed"]:
            year.slipped.append(f"{row['created_at']}: kept back without an objection")
    for row in await world.runs(schedule):
        year.runs[row["status"] + (f": {row['reason']}" if row["reason"] else "")] += 1
        year.cost += row["cost"]
        attempts = json.loads(row["model_attempts"])
        year.models.update(it["model"] for it in attempts if it["outcome"] in ("accepted", "rejected"))
    if year.most_like > MOST_LIKE:
        year.slipped.append(f"two contents are {year.most_like} % alike; {MOST_LIKE} % are allowed")
