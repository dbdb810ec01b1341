"""What a person does with a schedule: rule → next occurrence → stored as that person → armed.

The database decides who may do what. QStash is told afterwards and may fail: the row is the truth, and the sweep arms
what is not armed.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from lib.domain.account import Account
from lib.domain.approval import check_lead, read_approval
from lib.domain.plan import Plan, plan_after, plan_at
from lib.domain.platforms import PLATFORMS
from lib.domain.recurrence import next_occurrence
from lib.domain.rule_edit import RULE_FIELDS, columns_of, edited_rule, new_rule
from lib.domain.schedule import ContentType, Rule, Schedule
from lib.errors import Invalid
from lib.pipeline.arm import arm_schedule, cancel_message
from lib.pipeline.perform import is_in_time, record_missed
from lib.services import Services

if TYPE_CHECKING:
    from lib.adapters.supabase.user_store import UserStore

LONGEST_LEAD = timedelta(days=1)
SHORTEST_LATENESS = timedelta(minutes=1)
LONGEST_LATENESS = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class ScheduleChanged:
    """What became of a person's wish. `outcome` is the SQL function's own word, e.g. `created` or `unchanged`."""

    outcome: str
    schedule: Schedule


async def create_schedule(
    wish: Mapping[str, Any], key: str | None, request_hash: str, user: "UserStore", services: Services, now: datetime
) -> ScheduleChanged:
    """`wish` has every column a person decides. Repeated with the same key it answers the same schedule.

    Raises Invalid for a rule or settings that cannot be kept or a key used for another wish, LimitReached, Forbidden.
    """
    fields = {name: value for name, value in wish.items() if name not in (*RULE_FIELDS, "workspace_id")}
    rule = new_rule(wish, now)
    check_margins(rule, fields["lateness_limit"], fields["lead_time"], now)
    workspace_id = text_or_none(wish["workspace_id"])
    await check_publishing(fields["settings"], fields["content_type"], fields["lead_time"], workspace_id, user)
    plan = plan_after(rule, now, fields["lateness_limit"])
    row = await user.create_schedule(
        schedule_id=services.new_id(),
        workspace_id=workspace_id,
        fields={**fields, **columns_of(rule)},
        next_run_at=plan.next_run_at,
        late_at=plan.late_at,
        key=key,
        request_hash=request_hash if key else None,
        now=now,
    )
    return await settle(row, services, now)


async def update_schedule(
    schedule_id: str,
    revision: int,
    changes: Mapping[str, Any],
    user: "UserStore",
    services: Services,
    now: datetime,
) -> ScheduleChanged:
    """Raises Conflict when the schedule has another revision by now, and Invalid, NotFound, Forbidden."""
    stored = await read_caught_up(schedule_id, user, services, now)
    rule = edited_rule(stored.rule, changes, now)
    lateness, lead = (changes.get(name, getattr(stored, name)) for name in ("lateness_limit", "lead_time"))
    check_margins(rule, lateness, lead, now)
    if changes.keys() & {"settings", "content_type", "lead_time"}:
        settings, kind = (changes.get(name, getattr(stored, name)) for name in ("settings", "content_type"))
        await check_publishing(settings, kind, lead, stored.workspace_id, user)
    check_runs_left(changes.get("max_runs"), stored)
    moved = rule != stored.rule or changes.get("max_runs", stored.max_runs) != stored.max_runs
    plan = plan_after(rule, now, lateness) if moved else plan_at(rule, stored.next_run_at, lateness)
    row = await user.update_schedule(
        schedule_id=schedule_id,
        revision=revision,
        changes={**changes, **changed_columns(stored.rule, rule)},
        next_run_at=plan.next_run_at,
        late_at=plan.late_at,
        now=now,
    )
    return await settle(row, services, now)


async def pause_schedule(schedule_id: str, user: "UserStore", services: Services, now: datetime) -> ScheduleChanged:
    await read_caught_up(schedule_id, user, services, now)
    return await settle(await user.pause_schedule(schedule_id, now), services, now)


async def delete_schedule(schedule_id: str, user: "UserStore", services: Services, now: datetime) -> ScheduleChanged:
    await read_caught_up(schedule_id, user, services, now)
    return await settle(await user.delete_schedule(schedule_id, now), services, now)


async def resume_schedule(schedule_id: str, user: "UserStore", services: Services, now: datetime) -> ScheduleChanged:
    """Goes on with the first occurrence after now; raises Conflict when there is none left."""
    plan = await plan_from_now(schedule_id, user, now)
    return await settle(await user.resume_schedule(schedule_id, plan.next_run_at, plan.late_at, now), services, now)


async def restore_schedule(schedule_id: str, user: "UserStore", services: Services, now: datetime) -> ScheduleChanged:
    """Undoes a deletion; active again only if it was active then."""
    plan = await plan_from_now(schedule_id, user, now)
    return await settle(await user.restore_schedule(schedule_id, plan.next_run_at, plan.late_at, now), services, now)


async def read_schedule(schedule_id: str, user: "UserStore") -> Schedule:
    """Raises NotFound, also for another workspace's."""
    return Schedule.from_row((await user.get_schedule(schedule_id))["schedule"])


async def read_caught_up(schedule_id: str, user: "UserStore", services: Services, now: datetime) -> Schedule:
    """The schedule with a ledger row for every due time that was missed: a change cancels just the one it waits for."""
    schedule = await read_schedule(schedule_id, user)
    while schedule.next_run_at is not None and schedule.next_run_at <= now and not is_in_time(schedule, now):
        caught_up = await record_missed(schedule, services, now)
        if caught_up.next_run_at == schedule.next_run_at:
            break  # somebody else is at it
        schedule = caught_up
    return schedule


async def plan_from_now(schedule_id: str, user: "UserStore", now: datetime) -> Plan:
    schedule = await read_schedule(schedule_id, user)
    return plan_after(schedule.rule, now, schedule.lateness_limit)


async def settle(row: Mapping[str, Any], services: Services, now: datetime) -> ScheduleChanged:
    """Take the superseded message back and arm what comes next, side by side; neither can fail the wish."""
    schedule = Schedule.from_row(row["schedule"])
    armed, _ = await asyncio.gather(
        arm_schedule(schedule, services, now), cancel_message(row.get("superseded_message_id"), services)
    )
    if armed and schedule.armed_for != schedule.next_run_at:
        schedule = replace(schedule, armed_for=schedule.next_run_at, armed_at=now, arm_count=schedule.arm_count + 1)
    return ScheduleChanged(row["outcome"], schedule)


def check_margins(rule: Rule, lateness: timedelta | None, lead: timedelta, now: datetime) -> None:
    """How early and how late a run may begin; a lead longer than the interval would begin a run before the last."""
    if lateness is not None and not SHORTEST_LATENESS <= lateness <= LONGEST_LATENESS:
        raise Invalid("latenessLimit", "is out of bounds", "PT1M to P31D")
    if not timedelta(0) <= lead <= LONGEST_LEAD:
        raise Invalid("leadTime", "is out of bounds", "PT0S to P1D")
    first = next_occurrence(rule, now)
    second = next_occurrence(rule, first) if first else None
    if first and second and lead > second - first:
        raise Invalid("leadTime", "is longer than the time between two runs", f"at most {second - first}")


async def check_publishing(
    settings: Mapping[str, Any], kind: ContentType, lead: timedelta, workspace_id: str | None, user: "UserStore"
) -> None:
    """Raises Invalid for targets that are no accounts of the workspace or take no such content, and for an approval
    that the lead leaves no time for."""
    check_lead(read_approval(settings), lead)
    targets = settings.get("targets") or ()
    if not targets:
        return
    found = (await user.list_accounts(workspace_id))["accounts"]
    accounts = {row["id"]: Account.from_row(row) for row in found}
    for at, target in enumerate(targets):
        account = accounts.get(str(target))
        if account is None:
            raise Invalid(f"settings.targets[{at}]", "is no account of this workspace")
        if kind not in PLATFORMS[account.platform].kinds:
            allowed = sorted(PLATFORMS[account.platform].kinds)
            raise Invalid(f"settings.targets[{at}]", f"{account.platform} takes no {kind}", allowed)


def check_runs_left(max_runs: int | None, stored: Schedule) -> None:
    if max_runs is not None and max_runs <= stored.run_count:
        raise Invalid("maxRuns", "have begun already; delete or pause it instead", f"more than {stored.run_count}")


def changed_columns(stored: Rule, rule: Rule) -> dict[str, Any]:
    before, after = columns_of(stored), columns_of(rule)
    return {name: value for name, value in after.items() if value != before[name]}


def text_or_none(value: object) -> str | None:
    return None if value is None else str(value)
