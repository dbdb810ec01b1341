"""Have all contents of a run written, some at a time. One that fails takes none of the others with it.

What an earlier attempt has paid for is used again, and each item keeps the angle it was begun with.
"""

import asyncio
from collections.abc import Collection, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lib import logs
from lib.domain.account import Platform
from lib.domain.angles import ANGLES, Angle, choose_angle
from lib.domain.prompts import uses_angle
from lib.domain.recurrence.wall_clock import find_zone
from lib.domain.run import Run
from lib.domain.schedule import Schedule
from lib.domain.writing_settings import WritingSettings
from lib.errors import LimitReached, ModelFailed, ModelFault
from lib.pipeline.generate import DRAFT, Answer, Assignment, Item, write_item
from lib.pipeline.recall import Recalled, recall
from lib.pipeline.route import Work
from lib.services import Services

MOST_AT_ONCE = 5

type Failure = ModelFailed | LimitReached


@dataclass(frozen=True, slots=True)
class Batch:
    """What became of each item. `unbegun` ones were not asked for: the time was up, or no model was to be had."""

    items: Sequence[Item]
    failures: Mapping[int, Failure]
    unbegun: Sequence[int] = ()


async def write_batch(
    run: Run,
    schedule: Schedule,
    settings: WritingSettings,
    answers: Sequence[Answer],
    before: Sequence[Mapping[str, Any]],
    work: Work,
    services: Services,
    platforms: Collection[Platform] = (),
) -> Batch:
    """Write every item of the run that was not refused before. `before`: what was written before, as the claim told it;
    `platforms`: where it is going.

    Raises Invalid when the stored zone cannot be used, LostClaim when another attempt has taken the run over.
    """
    zone = find_zone(schedule.rule.timezone)
    at = (run.due_at or run.created_at).astimezone(zone)  # not now: a later attempt has to say the same
    recalled = recall(before, zone)
    assignment = Assignment(
        kind=schedule.content_type,
        settings=settings,
        name=schedule.name,
        on=at.date(),
        time=at.time(),
        count=run.item_count,
        recent=recalled.recent,
        memory=recalled.memory,
        answers=answers,
        work=work,
        platforms=platforms,
    )
    angles = choose_angles(run, assignment, recalled) if uses_angle(settings) else {}
    refused = refused_before(run)
    line = Line(assignment, services, min(MOST_AT_ONCE, schedule.parallelism))
    paid = {answer.item for answer in answers}
    numbers = [number for number in range(run.item_count) if number not in refused]
    numbers.sort(key=lambda number: number not in paid)  # what is paid for comes first: nothing may keep it back
    await to_the_end(line.write(number, angles.get(number), number in paid) for number in numbers)
    return Batch(
        items=sorted(line.items, key=lambda item: item.number),
        failures={**refused, **line.failures},
        unbegun=line.unbegun,
    )


class Line:
    """Items waiting for their turn. Nothing unpaid is begun once no model can be had, the money is gone or time is
    up, and nothing at all once the run is lost."""

    def __init__(self, assignment: Assignment, services: Services, at_once: int) -> None:
        self._assignment = assignment
        self._services = services
        self._slots = asyncio.Semaphore(at_once)
        self._is_closed = False
        self._is_lost = False
        self.items: list[Item] = []
        self.failures: dict[int, Failure] = {}
        self.unbegun: list[int] = []

    async def write(self, number: int, angle: Angle | None, is_paid: bool) -> None:
        async with self._slots:
            if self._is_lost or not (is_paid or self._is_open):
                self.unbegun.append(number)
                return
            try:
                self.items.append(await write_item(number, angle, self._assignment, self._services))
            except (ModelFailed, LimitReached) as exc:
                logs.warning("item.failed", item=number, code=exc.code)
                self.failures[number] = exc
                self._is_closed = self._is_closed or concerns_all(exc)
            except BaseException as exc:
                # Whatever it is, it is raised on: the door tells of the first, and the lease ends, so the run is found
                # again. Items that are under way are finished: they are paid and have to be booked.
                logs.warning("item.broken", item=number, error=type(exc).__name__)
                self._is_lost = True
                raise

    @property
    def _is_open(self) -> bool:
        return not self._is_closed and self._assignment.work.has_time


async def to_the_end(works: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Each is finished, also when another raises: what is under way is paid for. Then raises what the first raised."""
    for result in await asyncio.gather(*works, return_exceptions=True):
        if isinstance(result, BaseException):
            raise result


def concerns_all(failure: Failure) -> bool:
    """Whether the next item would fail for the same reason: no model answers, or the money is gone."""
    if isinstance(failure, LimitReached):
        return True
    return failure.fault in (ModelFault.TRANSIENT, ModelFault.CONFIGURATION)


def choose_angles(run: Run, assignment: Assignment, recalled: Recalled) -> dict[int, Angle]:
    """An angle for each item, all different; one that was begun with an earlier attempt keeps its own."""
    kept = {it.item: ANGLES[it.angle] for it in assignment.answers if it.angle and it.angle in ANGLES}
    chosen = dict(kept)
    for number in range(run.item_count):
        if number not in chosen:
            taken = {angle.id for angle in chosen.values()}
            chosen[number] = choose_angle(assignment.kind, recalled.used_angles, f"{run.id} {number}", taken)
    return chosen


def refused_before(run: Run) -> dict[int, Failure]:
    """Items that a model has declined to write in an earlier attempt: nobody is asked again."""
    attempts = run.row.get("model_attempts") or ()
    return {
        attempt["item"]: ModelFailed(ModelFault.REFUSED, f"{attempt['model']} declined to write this")
        for attempt in attempts
        if attempt.get("outcome") == ModelFault.REFUSED and attempt.get("step") == DRAFT
    }
