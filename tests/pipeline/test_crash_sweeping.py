"""A sweep may die at any request: what it had not put right yet, the next one does."""

from dataclasses import dataclass

import pytest

from dev.serving import Trouble
from lib.pipeline.perform import perform_occurrence
from lib.pipeline.rescue import sweep
from lib.pipeline.run_now import run_now
from tests.pipeline.conftest import Day
from tests.pipeline.crashes import Death, Moment, Process
from tests.pipeline.test_crash_run_now import signed_in_person
from tests.stack import World

DEATHS = [Death(), *(Death(request=number, moment=moment) for number in range(1, 11) for moment in Moment)]


@dataclass(frozen=True, slots=True)
class Troubles:
    """One schedule of each kind that a sweep can find, at 09:15."""

    lost: str  # its message was lost
    late: str  # and so late that it is missed
    behind: str  # three more were missed before
    begun: str  # its process died right after the claim
    manual: str  # somebody who ran it by hand died over it
    unarmed: str  # created while QStash was away

    async def stories(self, world: World) -> dict[str, list[str]]:
        return {name: await world.story(getattr(self, name)) for name in self.__slots__}


REPAIRED = {
    "lost": ["09:00 succeeded", "10:00 succeeded"],
    "late": ["09:00 missed: late", "10:00 succeeded"],
    "behind": ["06:00 missed: late", "07:00 missed: late", "08:00 missed: late", "09:00 succeeded", "10:00 succeeded"],
    "begun": ["09:00 succeeded", "10:00 succeeded"],
    "manual": ["09:00 succeeded", "now succeeded", "10:00 succeeded"],
    "unarmed": ["10:00 succeeded"],
}


@pytest.mark.parametrize("death", DEATHS, ids=str)
async def test_what_a_sweep_that_died_left_undone_the_next_one_does(day: Day, death: Death) -> None:
    world = day.world
    troubles = await prepare(day)
    process = Process(world, death)
    await process.live(sweep(process, world.now))
    if death.request == 0:
        assert {"sweep_work", "record_missed", "batch", "mark_armed"} <= set(process.requests)
        assert len(process.requests) <= DEATHS[-1].request
    for minute in (25, 35, 45, 55):
        await day.until(9, minute)
        await world.sweep()
    await day.until(10, 5)
    assert await troubles.stories(world) == REPAIRED


async def prepare(day: Day) -> Troubles:
    world = day.world
    lost, late, behind, begun, manual = [
        await world.create(name=name, **({"latenessLimit": "PT5M"} if name == "late" else {}))
        for name in ("lost", "late", "behind", "begun", "manual")
    ]
    await world.write(
        """update app.schedules set next_run_at = next_run_at - interval '3 hours', armed_for = null,
             late_at = late_at - interval '3 hours', created_at = created_at - interval '3 hours',
             following_run_at = null, following_late_at = null
           where id = $1""",
        behind,
    )
    await day.until(8, 59)
    lose_all_messages(world, but=manual)
    await day.until(9)
    claimed = Process(world, Death(request=1, moment=Moment.AFTER))
    await claimed.live(perform_occurrence(begun, day.at(9), claimed, world.now))
    world.skip(to=day.at(9, 1))
    pressed = Process(world, Death(request=3))
    await pressed.live(run_now(manual, "key", await signed_in_person(world), pressed, world.now))
    assert pressed.requests == ["get_schedule", "request_run", "model"]
    world.skip(to=day.at(9, 15))
    world.stack.qstash.faults.outage = Trouble.FAILING
    unarmed = await world.create(name="unarmed")
    world.stack.qstash.faults.outage = Trouble.NONE
    return Troubles(lost, late, behind, begun, manual, unarmed)


def lose_all_messages(world: World, *, but: str) -> None:
    for message in world.stack.qstash.pending():
        if but.encode() not in message.body:
            world.stack.qstash.cancel(message)
