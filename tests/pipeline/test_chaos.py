"""Everything goes wrong at once, at random, for hours: the ledger is sound all the same."""

import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from dev.models.script import Failing, Fault
from dev.person import Refused
from dev.qstash.faults import Fault as Delivery
from dev.serving import Trouble
from tests.databases import Database
from tests.pipeline.taps import Around, Tap
from tests.stack import World, at, open_world

SCHEDULES = 12
HOURS = 6
CHANCES = {
    Delivery.DUPLICATE: 0.08,
    Delivery.DROP: 0.08,
    Delivery.DELAY: 0.08,
    Delivery.REORDER: 0.05,
    Delivery.LOSE_REPLY: 0.08,
}
ACTS: Sequence[tuple[str, dict[str, Any]]] = (
    ("pause", {}),
    *[("resume", {})] * 2,
    ("delete", {}),
    *[("restore", {})] * 2,
    ("run", {}),
    ("update", {"name": "another"}),
    ("update", {"timeOfDay": "09:20"}),
    ("update", {"timeOfDay": "09:00"}),
    ("update", {"frequency": "hourly"}),
    ("update", {"latenessLimit": "PT10M"}),
    ("update", {"maxRuns": None}),
)
REFUSALS = re.compile("not_found|finished|deleted|subscription|lost_claim|model_|in_progress|unavailable")
FREQUENCIES = ("hourly", "hourly", "3hours", "daily")


@pytest.mark.parametrize(("seed", "horizon"), [(1, "P6D"), (2, "P6D"), (3, "0")])
async def test_whatever_goes_wrong_together_the_ledger_is_sound(database: Database, seed: int, horizon: str) -> None:
    async with open_world(database, variables={"LOG_LEVEL": "CRITICAL", "ARMING_HORIZON": horizon}) as world:
        chaos = Chaos(world, Random(seed))  # noqa: S311  misfortune must repeat
        for number in range(SCHEDULES):
            await chaos.create(number)
        world.stack.qstash.faults.chances = dict(CHANCES)
        world.stack.qstash.faults.spread = timedelta(minutes=15)
        while world.now < at(8, 30) + timedelta(hours=HOURS):
            await world.until(world.now + timedelta(minutes=chaos.random.uniform(0.5, 9)))
            await chaos.strike()
        await chaos.everything_works()
        await world.settle()
        assert await world.ledger.fetchval("select count(*) from app.runs where status = 'succeeded'") > 0


class Chaos:
    """One source of misfortune and of people who cannot make up their minds."""

    def __init__(self, world: World, random: Random) -> None:
        self.world = world
        self.random = random
        self.schedules: list[str] = []
        self.database = Tap(world.stack.lines.gateway)

    async def create(self, number: int) -> None:
        self.schedules.append(
            await self.world.create(
                name=f"{number}",
                frequency=self.random.choice(FREQUENCIES),
                timeOfDay=f"09:{self.random.choice((0, 0, 7, 30)):02}",
                priority=self.random.randrange(10),
                leadTime=self.random.choice(("PT0S", "PT0S", "PT10M")),
                maxRuns=self.random.choice((None, None, None, 3)),
            )
        )

    async def strike(self) -> None:
        blow: Callable[[], Awaitable[None]] = self.random.choice(
            (
                self.model_fails,
                self.line_breaks,
                self.calls_are_lost,
                self.everything_works,
                self.time_is_slept_through,
                self.workspace_is_stopped,
                self.bill_is_not_paid,
                *[self.person_acts] * 6,
            )
        )
        await blow()

    async def model_fails(self) -> None:
        how = self.random.choice((Failing.STATUS, Failing.DROP, Failing.NO_JSON, Failing.REFUSAL))
        slow = timedelta(seconds=self.random.choice((0, 30, 200, 400)))
        self.world.stack.models.anthropic.script.fail(*[Fault(how, 529, slow=slow)] * self.random.randrange(1, 4))

    async def line_breaks(self) -> None:
        stack = self.world.stack
        trouble = self.random.choice((Trouble.CUT, Trouble.FAILING))
        line = self.random.choice((stack.line, stack.lines.gateway, stack.lines.redis, stack.lines.models, None))
        if line is None:
            stack.qstash.faults.outage = trouble
        else:
            line.trouble = trouble

    async def calls_are_lost(self) -> None:
        function = self.random.choice(("claim_run", "resume_run", "advance_schedule", "mark_armed", "record_missed"))
        self.database.lose(f"/{function}", self.random.choice(list(Around)), times=self.random.choice((1, 3)))

    async def everything_works(self) -> None:
        stack = self.world.stack
        for line in (stack.line, stack.lines.gateway, stack.lines.redis, stack.lines.models):
            line.trouble = Trouble.NONE
        stack.qstash.faults.outage = Trouble.NONE
        await self.world.write(
            "update app.workspaces set paused_at = null, subscription_status = 'active', period_end = null"
        )

    async def time_is_slept_through(self) -> None:
        self.world.skip(to=self.world.now + timedelta(minutes=self.random.choice((5, 40, 150))))

    async def workspace_is_stopped(self) -> None:
        await self.world.write("update app.workspaces set paused_at = $1", self.world.now)

    async def bill_is_not_paid(self) -> None:
        await self.world.write(
            "update app.workspaces set subscription_status = 'canceled', period_end = $1", self.world.now
        )

    async def person_acts(self) -> None:
        await self.everything_works()
        schedule = self.random.choice(self.schedules)
        verb, fields = self.random.choice(ACTS)
        try:
            await self.world.change(verb, schedule, **fields)
        except Refused as refused:
            if not REFUSALS.search(str(refused)):
                raise
