"""The sweep: finds what was lost and puts it back. The loop lives on this even if no message ever arrives.

Overdue occurrences are advanced past, written off as missed, or armed again; unarmed ones that come near are armed;
runs whose lease ran out are resumed. Where QStash takes no messages, or none are wanted (horizon 0), the sweep performs
what is due itself until its time is up; publications likewise (`rescue_publications.py`). Two sweeps at once do no
harm: every step is a compare-and-set.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any

from lib import logs
from lib.domain.message import continuation_message, run_message
from lib.domain.schedule import Schedule
from lib.pipeline.arm import arm_schedules, is_near, publish
from lib.pipeline.perform import Outcome, advance_past, is_in_time, perform_occurrence, perform_run, record_missed
from lib.pipeline.rescue_publications import publish_here, rescue_publications
from lib.pipeline.swept import Swept, each, readable
from lib.services import Services

BATCH = 200
MOST_TURNS = 20  # a sweep and its continuations
STEPS_AT_ONCE = 8
PERFORMED_AT_ONCE = 4
# New work begins only this long: what is begun may write for 240 s, and the host ends us after 300 s.
STARTING_TIME = timedelta(seconds=45)
LISTING_TIME = STARTING_TIME / 2  # for further pages, while something waits to be performed here


@dataclass(frozen=True, slots=True)
class Interrupted:
    """A run whose lease ran out, or whose next attempt is due."""

    run_id: str
    fence: int
    workspace_id: str
    parallelism: int
    priority: int

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "Interrupted":
        return cls(row["run_id"], row["fence"] or 0, row["workspace_id"], row["parallelism"], row["priority"])


@dataclass(frozen=True, slots=True)
class Overdue:
    """A schedule whose occurrence nobody performed in time.

    `begun`: its ledger row exists, only the next is not stored. `lapsed`: its workspace's subscription has ended, so
    the occurrence only gets its row.
    """

    schedule: Schedule
    begun: bool
    lapsed: bool

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "Overdue":
        return cls(Schedule.from_row(row), row["run_status"] is not None, row["lapsed"])


async def sweep(services: Services, now: datetime, after: Mapping[str, Any] | None = None) -> Swept:
    """Go through the work list, the most important first, until it is empty or the time is up.

    What is to be performed here waits until the list is known: else one workspace's pages would keep others waiting.
    """
    swept = Swept(after=after)

    def has_taken(span: timedelta) -> bool:
        return services.clock() - now > span

    while True:
        work = await services.store.sweep_work(
            now=now, horizon=services.settings.arming_horizon, after=swept.after, limit=BATCH
        )
        await rescue(work, swept, services, now)
        swept.after = work["after"]
        if swept.after is None:
            break
        if has_taken(LISTING_TIME if swept.here else STARTING_TIME):
            swept.remaining += 1
            break
    due = await rescue_publications(swept, services, now, lambda: has_taken(LISTING_TIME))
    left = sum(
        await asyncio.gather(
            perform_here(swept, services, now, lambda: has_taken(STARTING_TIME)),
            publish_here(due, swept, services, lambda: has_taken(STARTING_TIME)),
        )
    )
    if swept.here and not has_taken(STARTING_TIME):  # what was written just now may be due as well
        due = await rescue_publications(swept, services, services.clock(), lambda: has_taken(STARTING_TIME))
        left += await publish_here(due, swept, services, lambda: has_taken(STARTING_TIME))
    if not has_taken(STARTING_TIME):
        await tell_people(swept, services)
    if left:  # from the beginning: the list is shorter by what was done
        swept.after = None
        swept.remaining += left
    logs.info("sweep.done", **swept.did, failed=swept.failed, remaining=swept.remaining)
    return swept


async def tell_people(swept: Swept, services: Services) -> None:
    """Mail about what needs somebody, what this sweep has come upon included."""
    from lib.pipeline.notices import send_notices  # not for a cold webhook

    swept.note("notices", await send_notices(services, services.clock()))


async def continue_later(swept: Swept, turn: int, services: Services, now: datetime) -> None:
    """Ask for the rest of a sweep that ran out of time; not after a refused publish, and not for ever."""
    if swept.remaining and not swept.refused and turn < MOST_TURNS:
        await publish([continuation_message(swept.after or {}, turn + 1, now)], services)


async def rescue(work: Mapping[str, Any], swept: Swept, services: Services, now: datetime) -> None:
    """Put one batch of the work list right, but for what has to be performed here."""
    overdue = readable(work["overdue"], Overdue.from_row, swept)
    unarmed = readable(work["unarmed"], Schedule.from_row, swept)
    interrupted = readable(work["interrupted"], Interrupted.from_row, swept)
    settled = await each(overdue, lambda one: settle(one, swept, services, now), swept, STEPS_AT_ONCE)
    standing = [schedule for schedule in settled if schedule is not None]
    near = [one for one in (*standing, *unarmed) if is_near(one, services.settings.arming_horizon, now)]
    armed = await arm_schedules(near, services, now)
    swept.count("armed", armed)
    resumed = await resume(interrupted, swept, services)
    swept.refused = swept.refused or armed < len(near)
    if swept.refused or not services.settings.arming_horizon:
        swept.here += [one for one in standing if one.next_run_at is not None and one.next_run_at <= now]
        swept.here += [] if resumed else interrupted


async def settle(overdue: Overdue, swept: Swept, services: Services, now: datetime) -> Schedule | None:
    """Bring one overdue schedule to where it should stand; none when nothing is to be armed for it."""
    schedule = overdue.schedule
    if overdue.begun:
        swept.count("advanced")
        return await advance_past(schedule, schedule.next_run_at, services, now)
    if not is_in_time(schedule, now):
        swept.count("missed")
        return await record_missed(schedule, services, now)
    if overdue.lapsed and schedule.next_run_at is not None:
        await perform_occurrence(schedule.id, schedule.next_run_at, services, now)
        swept.count("skipped")
        return None
    return schedule


async def resume(interrupted: Sequence[Interrupted], swept: Swept, services: Services) -> bool:
    """Ask for interrupted runs to be gone on with; whether QStash took all of them."""
    if not interrupted:
        return True
    if not services.settings.arming_horizon:
        return False
    messages = [run_message(one.run_id, one.fence, one.workspace_id, one.parallelism) for one in interrupted]
    sent = await publish(messages[:100], services)
    sent += await publish(messages[100:], services) if messages[100:] else []
    taken = sum(message_id is not None for message_id in sent)
    swept.count("resumed", taken)
    swept.refused = swept.refused or taken < len(messages)
    return taken == len(messages)


async def perform_here(swept: Swept, services: Services, now: datetime, out_of_time: Callable[[], bool]) -> int:
    """Without messages, perform what is due in this very call, as long as there is time to begin. How many are left.

    What gives way to something more important is tried once more when that is done.
    """
    left, gave_way = 0, list[Schedule | Interrupted]()

    async def perform(one: Schedule | Interrupted) -> None:
        nonlocal left
        if out_of_time():
            left += 1
            return
        if isinstance(one, Interrupted):
            performed = await perform_run(one.run_id, services, now)
        else:
            performed = await perform_occurrence(one.id, one.next_run_at or now, services, now)
        if performed.outcome is Outcome.BUSY:
            gave_way.append(one)
            return
        if performed.outcome is Outcome.RETRYING:
            swept.failed += 1
        swept.count("performed")

    await each(in_turns(swept.here), perform, swept, PERFORMED_AT_ONCE)
    again, gave_way = gave_way, []
    await each(again, perform, swept, PERFORMED_AT_ONCE)
    return left + len(gave_way)


def in_turns(waiting: Sequence[Schedule | Interrupted]) -> list[Schedule | Interrupted]:
    """One of each workspace, then the next of each: nobody waits for all that somebody else has, however important.

    A workspace's own go by their priority.
    """
    queues: dict[str, list[Schedule | Interrupted]] = {}
    for one in sorted(waiting, key=lambda it: -it.priority):
        queues.setdefault(one.workspace_id, []).append(one)
    rounds = zip_longest(*queues.values())
    return [one for turn in rounds for one in turn if one is not None]
