"""Everything of a workspace stands still, and goes on: what was held meanwhile is skipped, caught up or spread.

While it is stopped, deliveries are answered `held` and nothing is armed. Going on is one transaction in the database;
arming what stands comes after it, and what is not armed then the sweep finds.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from lib import logs
from lib.domain.resumption import Resume, Resumed, plan_resumption
from lib.domain.schedule import Schedule
from lib.errors import Conflict
from lib.pipeline.arm import arm_schedule, arm_schedules
from lib.pipeline.arm_publications import arm_publications
from lib.services import Services

if TYPE_CHECKING:
    from lib.adapters.supabase.user_store import UserStore

ARMED_AT_ONCE = 8
MOST_TRIES = 3


@dataclass(frozen=True, slots=True)
class WentOn:
    """`workspace` is its row. What became of what was held, in numbers: schedules that begin something now or soon,
    due times that got a row, publications that go on."""

    outcome: str
    workspace: Mapping[str, Any]
    started: int
    skipped: int
    missed: int
    publications: int


async def stop_workspace(workspace_id: str | None, user: "UserStore", now: datetime) -> Mapping[str, Any]:
    """From now on nothing of it begins; what is being written or sent is finished. {outcome, workspace}."""
    stopped = await user.stop_workspace(workspace_id, now)
    logs.warning("workspace.stop", workspace_id=stopped["workspace"]["id"], outcome=stopped["outcome"])
    return stopped


async def resume_workspace(
    workspace_id: str | None, how: Resume, spread: timedelta, user: "UserStore", services: Services, now: datetime
) -> WentOn:
    """Every due time that was held has a row afterwards, or is about to be performed. Repeated, it changes nothing.

    Raises Conflict when schedules are changed again and again meanwhile, NotFound, Forbidden.
    """
    planned, row = await go_on(workspace_id, how, spread, user, now)
    logs.info("workspace.resume", workspace_id=row["workspace"]["id"], outcome=row["outcome"], how=how)
    if row["outcome"] == "resumed":
        await arm_what_stands(planned, row["schedules"], services, now)
        await arm_publications(row["publications"], services, now)
    return WentOn(
        outcome=row["outcome"],
        workspace=row["workspace"],
        started=sum(it.start_at is not None for it in planned),
        skipped=sum(len(it.skipped) for it in planned),
        missed=sum(len(it.missed) for it in planned),
        publications=len(row["publications"]),
    )


async def go_on(
    workspace_id: str | None, how: Resume, spread: timedelta, user: "UserStore", now: datetime
) -> tuple[Sequence[Resumed], Mapping[str, Any]]:
    """All or nothing; planned anew when somebody has changed a schedule between the plan and its writing."""
    for tries_left in reversed(range(MOST_TRIES)):
        held = await user.list_held(workspace_id, now)
        planned = plan_resumption([Schedule.from_row(row) for row in held["schedules"]], how, spread, now)
        try:
            return planned, await user.resume_workspace(workspace_id, how, [it.as_row() for it in planned], spread, now)
        except Conflict as exc:
            if exc.code != "schedules_changed" or not tries_left:
                raise
    raise AssertionError("unreachable")


async def arm_what_stands(
    planned: Sequence[Resumed], rows: Sequence[Mapping[str, Any]], services: Services, now: datetime
) -> None:
    """Arm each for its start: told to the database as armed then, it is left alone by the sweep until then."""
    start_at = {it.schedule.id: it.start_at for it in planned}
    schedules = [Schedule.from_row(row) for row in rows]
    await arm_schedules([it for it in schedules if start_at.get(it.id) is None], services, now)
    slots = asyncio.Semaphore(ARMED_AT_ONCE)

    async def arm(schedule: Schedule, at: datetime) -> None:
        async with slots:
            await arm_schedule(schedule, services, at, again=True, not_before=at)

    due = [(it, at) for it in schedules if (at := start_at.get(it.id)) is not None]
    await asyncio.gather(*(arm(schedule, at) for schedule, at in due))
