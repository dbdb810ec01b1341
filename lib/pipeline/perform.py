"""One occurrence, from the knock at the door to the saved content.

The order is the promise: claim it, store the next one, only then do what is slow, with the arming beside it; save the
content and the statistics in one transaction. Whatever dies in between, a redelivery or the sweep goes on from there.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from lib import logs
from lib.domain.plan import CatchUp, Plan, catch_up
from lib.domain.run import LEASE, Claim, ClaimOutcome, Run, RunReason
from lib.domain.schedule import Schedule
from lib.errors import Invalid
from lib.pipeline.arm import arm_schedule, usable_plan
from lib.pipeline.arm_publications import arm_publications
from lib.pipeline.prepare import model_loading
from lib.pipeline.reserve import worst_costs
from lib.pipeline.write import write_run
from lib.services import Services

BUSY_WAIT = timedelta(seconds=20)  # until a schedule that gave way knocks again


class Outcome(StrEnum):
    """What became of a delivery; `web/replies.py` turns it into the status that QStash acts on."""

    DONE = "done"  # performed now
    DUPLICATE = "duplicate"  # performed or ended before
    IN_PROGRESS = "in_progress"  # another delivery is performing it
    STALE = "stale"  # not the occurrence the schedule waits for
    HELD = "held"  # the workspace is stopped
    EARLY = "early"  # came before its time; armed again
    BUSY = "busy"  # gave way to a more important schedule of the workspace; armed again
    SKIPPED = "skipped"  # deliberately not performed; the ledger says why
    MISSED = "missed"  # its time had passed; the ledger says so
    RETRYING = "retrying"  # failed for now
    FAILED = "failed"  # given up; the ledger says why


@dataclass(frozen=True, slots=True)
class Performed:
    """What became of a delivery. `again_at`: when knocking again makes sense, for IN_PROGRESS and RETRYING."""

    outcome: Outcome
    run_id: str | None = None
    reason: RunReason | None = None
    again_at: datetime | None = None


async def perform_occurrence(
    schedule_id: str,
    due_at: datetime,
    services: Services,
    now: datetime,
    *,
    message_id: str | None = None,
    claim_id: str | None = None,
) -> Performed:
    """Perform the occurrence of a schedule at its nominal time, if it is still to be performed.

    Raises Unavailable when the database cannot be reached; then nothing has happened that a redelivery cannot repeat.
    """
    async with model_loading(services):
        claim = await services.store.claim_run(
            schedule_id=schedule_id,
            due_at=due_at,
            claim_id=claim_id or services.new_id(),
            message_id=message_id,
            lease=LEASE,
            worst_costs=worst_costs(services, now),
            now=now,
        )
    with logs.bound(schedule_id=schedule_id, run_id=claim.run.id if claim.run else None):
        logs.info("run.claim", outcome=claim.outcome, reason=claim.reason, due_at=due_at)
        match claim.outcome:
            case ClaimOutcome.STALE | ClaimOutcome.HELD:
                return answer(claim)
            case ClaimOutcome.EARLY:
                await arm_schedule(known(claim), services, now, again=True)
                return answer(claim)
            case ClaimOutcome.BUSY:
                await arm_schedule(known(claim), services, now, again=True, not_before=now + BUSY_WAIT)
                return answer(claim)
            case ClaimOutcome.LATE:
                return await perform_newest(known(claim), services, now, message_id)
        return await carry_on(claim, due_at, services, now)


async def perform_run(run_id: str, services: Services, now: datetime, message_id: str | None = None) -> Performed:
    """Go on with a run that was interrupted, scheduled or manual."""
    async with model_loading(services):
        claim = await services.store.resume_run(
            run_id=run_id,
            claim_id=services.new_id(),
            message_id=message_id,
            lease=LEASE,
            worst_costs=worst_costs(services, now),
            now=now,
        )
    with logs.bound(run_id=run_id, schedule_id=claim.schedule.id if claim.schedule else None):
        logs.info("run.resume", outcome=claim.outcome, reason=claim.reason)
        if claim.schedule is None or claim.outcome in (ClaimOutcome.STALE, ClaimOutcome.HELD):
            return answer(claim)
        return await carry_on(claim, claim.run.due_at if claim.run else None, services, now)


async def carry_on(claim: Claim, due_at: datetime | None, services: Services, now: datetime) -> Performed:
    """The next occurrence is stored before anything slow; armed beside the model's work, or at once without any."""
    schedule = await advance_past(known(claim), due_at, services, now)
    if claim.outcome is not ClaimOutcome.CLAIMED or claim.run is None:
        if claim.reason is not RunReason.SUBSCRIPTION:  # a lapsed one arms nothing; its renewal is found by the sweep
            await arm_schedule(schedule, services, now)
        await arm_publications(claim.publications, services, now)
        return answer(claim)
    arming = asyncio.create_task(arm_schedule(schedule, services, now))
    try:
        written = await write_run(claim, services, now)
    finally:
        await arming
    return Performed(Outcome(written.outcome), claim.run.id, written.reason, written.again_at)


async def perform_newest(
    schedule: Schedule, services: Services, now: datetime, message_id: str | None = None
) -> Performed:
    """Of the due times that have gathered the newest may still be performed; the older ones were missed."""
    caught_up = await record_missed(schedule, services, now)
    due_at = caught_up.next_run_at
    if due_at is not None and due_at <= now and due_at != schedule.next_run_at and is_in_time(caught_up, now):
        return await perform_occurrence(caught_up.id, due_at, services, now, message_id=message_id)
    await arm_schedule(caught_up, services, now)
    return Performed(Outcome.MISSED, reason=RunReason.LATE)


async def record_missed(schedule: Schedule, services: Services, now: datetime) -> Schedule:
    """Write down what was missed up to now; the schedule as it stands afterwards. Its next_run_at is late already."""
    due_at = schedule.next_run_at
    if due_at is None:
        return schedule
    gathered = usable_catch_up(schedule, due_at, now)
    if gathered.plan.next_run_at == due_at:
        # Late by the limit that was stored with it, though not by the rule that an edit has given the schedule since.
        gathered = CatchUp((due_at,), usable_plan(schedule, due_at))
    logs.warning("run.missed", schedule_id=schedule.id, count=len(gathered.missed), first=due_at)
    return await services.store.record_missed(
        schedule_id=schedule.id,
        due_at=due_at,
        revision=schedule.revision,
        missed=gathered.missed,
        next_run_at=gathered.plan.next_run_at,
        late_at=gathered.plan.late_at,
        now=now,
    )


def usable_catch_up(schedule: Schedule, due_at: datetime, now: datetime) -> CatchUp:
    """Of a stored rule that cannot be used any more only `due_at` is known: it was missed, and its schedule ends."""
    try:
        return catch_up(schedule.rule, due_at, now, schedule.lateness_limit)
    except Invalid as exc:
        logs.error("schedule.unusable", schedule_id=schedule.id, message=exc.message)
        return CatchUp((due_at,), Plan(None, None))


async def advance_past(schedule: Schedule, due_at: datetime | None, services: Services, now: datetime) -> Schedule:
    """Store the occurrence after `due_at`, unless somebody has done so; the schedule as it stands afterwards."""
    if due_at is None or schedule.next_run_at != due_at:
        return schedule
    plan = usable_plan(schedule, due_at)
    return await services.store.advance_schedule(
        schedule_id=schedule.id,
        due_at=due_at,
        revision=schedule.revision,
        next_run_at=plan.next_run_at,
        late_at=plan.late_at,
        now=now,
    )


def is_in_time(schedule: Schedule, now: datetime) -> bool:
    return schedule.late_at is not None and now < schedule.late_at


def known(claim: Claim) -> Schedule:
    if claim.schedule is None:
        raise ValueError(f"claim_run answered {claim.outcome} without the schedule")
    return claim.schedule


def answer(claim: Claim) -> Performed:
    """The outcome of a claim that is not ours to perform."""
    run: Run | None = claim.run
    return Performed(Outcome(claim.outcome), run.id if run else None, claim.reason, run.lease_until if run else None)
