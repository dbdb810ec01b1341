"""The doors for a person's schedules. Each reads the request, makes one call as that person, and answers."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from lib.pipeline import schedules
from lib.pipeline.preview import preview_rule
from lib.web.callers import Outside
from lib.web.cursors import cursor_after, read_cursor
from lib.web.documented import READING, WRITING, operation_id
from lib.web.forecast import PreviewAnswer
from lib.web.models import refuse_unknown_models
from lib.web.people import SignedInPerson
from lib.web.requests import Key, ScheduleNamed, ScheduleQuery
from lib.web.schedule_answers import Outcome, ScheduleAnswer, ScheduleFound, SchedulePage
from lib.web.schedule_wishes import PreviewWish, ScheduleChanges, ScheduleWish
from lib.web.strict_json import StrictRoute
from lib.web.wire import text_or_none

router = APIRouter(prefix="/api", route_class=StrictRoute, tags=["schedules"], generate_unique_id_function=operation_id)

ScheduleId = Annotated[UUID, Path(alias="scheduleId")]


@router.post("/schedule/create", status_code=201, responses={200: {"model": Outcome}, **WRITING})
async def create_schedule(
    wish: ScheduleWish, response: Response, person: SignedInPerson, services: Outside, key: Key = None
) -> Outcome:
    """Make a schedule. 201: made now. 200: this Idempotency-Key has made it before; the schedule as it is now."""
    refuse_unknown_models(wish.settings.models, services)
    changed = await schedules.create_schedule(
        wish.fields(), key, wish.hash(), services.store.as_user(person.token), services, services.clock()
    )
    if changed.outcome == "repeated":
        response.status_code = 200
    return outcome_of(changed)


@router.post("/schedule/update", responses=WRITING)
async def update_schedule(wish: ScheduleChanges, person: SignedInPerson, services: Outside) -> Outcome:
    """Change a schedule. Needs the revision you saw; 409 tells the present one. Name and settings take effect at the
    next run; a new rule moves the next run unless that one is due already."""
    if "settings" in wish.model_fields_set:
        refuse_unknown_models(wish.settings.models, services)
    changed = await schedules.update_schedule(
        str(wish.schedule_id),
        wish.revision,
        wish.changes(),
        services.store.as_user(person.token),
        services,
        services.clock(),
    )
    return outcome_of(changed)


@router.post("/schedule/pause", responses=WRITING)
async def pause_schedule(named: ScheduleNamed, person: SignedInPerson, services: Outside) -> Outcome:
    """Stop it until it is resumed; the run it waited for is in the history as skipped."""
    user = services.store.as_user(person.token)
    return outcome_of(await schedules.pause_schedule(str(named.schedule_id), user, services, services.clock()))


@router.post("/schedule/resume", responses=WRITING)
async def resume_schedule(named: ScheduleNamed, person: SignedInPerson, services: Outside) -> Outcome:
    """Go on with the first occurrence from now."""
    user = services.store.as_user(person.token)
    return outcome_of(await schedules.resume_schedule(str(named.schedule_id), user, services, services.clock()))


@router.post("/schedule/delete", responses=WRITING)
async def delete_schedule(named: ScheduleNamed, person: SignedInPerson, services: Outside) -> Outcome:
    """Put it into the bin, from which restore takes it."""
    user = services.store.as_user(person.token)
    return outcome_of(await schedules.delete_schedule(str(named.schedule_id), user, services, services.clock()))


@router.post("/schedule/restore", responses=WRITING)
async def restore_schedule(named: ScheduleNamed, person: SignedInPerson, services: Outside) -> Outcome:
    """Take it out of the bin: active if it was active, paused if it was paused."""
    user = services.store.as_user(person.token)
    return outcome_of(await schedules.restore_schedule(str(named.schedule_id), user, services, services.clock()))


@router.post("/schedule/preview", responses=WRITING)
async def preview_schedule(wish: PreviewWish, person: SignedInPerson, services: Outside) -> PreviewAnswer:
    """The next runs of a rule, what they cost and whether the plan allows them. Saves nothing."""
    refuse_unknown_models(wish.settings.models, services)
    shown = await preview_rule(
        wish.rule(),
        wish.content_type,
        wish.max_runs,
        wish.n,
        text_or_none(wish.workspace_id),
        services.store.as_user(person.token),
        services,
        services.clock(),
        wish.settings.stored(),
        wish.lead_time,
        text_or_none(wish.schedule_id),
    )
    return PreviewAnswer.of(shown)


@router.get("/schedules", responses=READING)
async def list_schedules(
    asked: Annotated[ScheduleQuery, Query()], person: SignedInPerson, services: Outside
) -> SchedulePage:
    """A workspace's schedules, newest first."""
    found = await services.store.as_user(person.token).list_schedules(
        text_or_none(asked.workspace_id),
        asked.include_deleted,
        read_cursor(asked.cursor, "created_at"),
        asked.limit,
    )
    return SchedulePage(
        schedules=[ScheduleAnswer.of_row(row) for row in found["schedules"]],
        next_cursor=cursor_after(found, "schedules", "created_at"),
    )


@router.get("/schedules/{scheduleId}", responses=READING)
async def get_schedule(schedule_id: ScheduleId, person: SignedInPerson, services: Outside) -> ScheduleFound:
    """One schedule, also from the bin, and your role in its workspace."""
    found = await services.store.as_user(person.token).get_schedule(str(schedule_id))
    return ScheduleFound(schedule=ScheduleAnswer.of_row(found["schedule"]), role=found["role"])


def outcome_of(changed: schedules.ScheduleChanged) -> Outcome:
    return Outcome(outcome=changed.outcome, schedule=ScheduleAnswer.of(changed.schedule))
