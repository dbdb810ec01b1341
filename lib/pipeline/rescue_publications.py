"""The sweep's part for publications: what is due and has no message gets one, or is published in this very call.

Lost, stuck and due ones are all the same to it: each knows when something can next be done about it. Where it publishes
here, workspaces take turns and in each its accounts; one publication of an account at a time, so a platform that hangs
holds up one of the places and nobody else's account.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from lib.pipeline.arm_publications import Waiting, arm, is_near, read_waiting
from lib.pipeline.swept import Swept, each, readable
from lib.services import Services

BATCH = 200
PUBLISHED_AT_ONCE = 16  # most of the time each of them waits for its platform


async def rescue_publications(
    swept: Swept, services: Services, now: datetime, out_of_time: Callable[[], bool]
) -> list[Waiting]:
    """Arm what comes near; what is to be published here is answered. Whatever goes wrong, schedules go on."""
    here: list[Waiting] = []
    steps: Sequence[Callable[[], Awaitable[None]]] = (
        lambda: settle_deadlines(swept, services, now, out_of_time),
        lambda: redrive_letters(swept, services, now, out_of_time),
        lambda: list_publications(here, swept, services, now, out_of_time),
    )
    await each(steps, lambda step: step(), swept, at_once=1)
    return here


async def settle_deadlines(swept: Swept, services: Services, now: datetime, out_of_time: Callable[[], bool]) -> None:
    """What nobody has decided about in time goes out or expires, as its schedule says."""
    more = True
    while more and not out_of_time():
        settled = await services.store.settle_deadlines(now=now, limit=BATCH)
        swept.note("deadlines", settled["settled"])
        more = settled["more"]


async def redrive_letters(swept: Swept, services: Services, now: datetime, out_of_time: Callable[[], bool]) -> None:
    """What was given up for causes that pass goes through the pipeline again."""
    more = True
    while more and not out_of_time():
        driven = await services.store.redrive_dead_letters(now=now, limit=BATCH)
        swept.note("letters_redriven", driven["redriven"])
        swept.note("letters_settled", driven["settled"])
        more = driven["more"]


async def list_publications(
    here: list[Waiting], swept: Swept, services: Services, now: datetime, out_of_time: Callable[[], bool]
) -> None:
    horizon = services.settings.arming_horizon
    after = None
    while True:
        page = await services.store.sweep_publications(now=now, horizon=horizon, after=after, limit=BATCH)
        waiting = [one for one in readable(page["publications"], read_waiting, swept) if one is not None]
        near = [one for one in waiting if is_near(one, horizon, now)]
        armed = 0 if swept.refused else await arm(near, services, now)
        swept.note("publications_armed", armed)
        swept.refused = swept.refused or armed < len(near)
        if swept.refused or not horizon:
            here += [one for one in waiting if one.at <= now]
        after = page["after"]
        if after is None:
            return
        if out_of_time():
            swept.remaining += 1
            return


async def publish_here(
    waiting: Iterable[Waiting], swept: Swept, services: Services, out_of_time: Callable[[], bool]
) -> int:
    """Without messages, publish what is due in this very call, as long as there is time to begin. How many are left."""
    turns = Turns.of(waiting)

    async def work() -> None:
        while not out_of_time() and (line := turns.take()) is not None:
            await each([line.popleft()], lambda one: publish_one(one, swept, services), swept, at_once=1)
            turns.give_back(line)

    await asyncio.gather(*(work() for _ in range(PUBLISHED_AT_ONCE)))
    return turns.left


async def publish_one(one: Waiting, swept: Swept, services: Services) -> None:
    from lib.pipeline.publish import publish_due  # not loaded to arm

    published = await publish_due(one.publication.id, services, services.clock())
    swept.count(f"publications_{published.outcome}")


type Line = deque[Waiting]  # one account's, earliest first


@dataclass(slots=True)
class Turns:
    """Who comes next. A line that is out is worked on: nobody else takes from that account meanwhile."""

    workspaces: deque[deque[Line]] = field(default_factory=deque)
    out: dict[int, deque[Line]] = field(default_factory=dict)

    @classmethod
    def of(cls, waiting: Iterable[Waiting]) -> "Turns":
        accounts: dict[str, dict[str, Line]] = {}
        for one in sorted(waiting, key=lambda it: it.at):
            lines = accounts.setdefault(one.publication.workspace_id, {})
            lines.setdefault(one.publication.account_id, deque()).append(one)
        return cls(deque(deque(lines.values()) for lines in accounts.values()))

    def take(self) -> Line | None:
        """The next account of the next workspace that has one which is not out."""
        for _ in range(len(self.workspaces)):
            workspace = self.workspaces[0]
            self.workspaces.rotate(-1)
            if workspace:
                line = workspace.popleft()
                self.out[id(line)] = workspace
                return line
        return None

    def give_back(self, line: Line) -> None:
        workspace = self.out.pop(id(line))
        if line:
            workspace.append(line)

    @property
    def left(self) -> int:
        lines = [line for workspace in self.workspaces for line in workspace]
        return sum(map(len, lines))
