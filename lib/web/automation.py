"""The door for other programs: have something written by and by, without waiting for it."""

from uuid import UUID

from fastapi import APIRouter

from lib.domain.person import Person
from lib.domain.schedule import Schedule
from lib.errors import Invalid
from lib.pipeline.queue_now import queue_now
from lib.services import Services
from lib.web.callers import Outside
from lib.web.cursors import cursor_after, read_cursor
from lib.web.documented import WRITING, operation_id
from lib.web.people import SignedInPerson
from lib.web.requests import Key
from lib.web.run_answers import QueuedAnswer, RunAnswer
from lib.web.run_wishes import WorkflowWish
from lib.web.schedule_answers import ScheduleStatus, status_of
from lib.web.strict_json import StrictRoute
from lib.web.wire import text_or_none

router = APIRouter(prefix="/api", route_class=StrictRoute, tags=["runs"], generate_unique_id_function=operation_id)
PAGE = 100


@router.post("/automation/workflow", status_code=202, responses=WRITING)
async def start_workflow(
    wish: WorkflowWish, person: SignedInPerson, services: Outside, key: Key = None
) -> QueuedAnswer:
    """`generate_content`: write `count` texts for a schedule, within quota and budget, and answer at once with the run
    that will; GET /api/runs/{runId} tells how it goes. The same Idempotency-Key is answered with the same run."""
    schedule_id = text_or_none(wish.schedule_id)
    queued = await queue_now(
        schedule_id or await only_active_schedule(wish.workspace_id, person, services),
        key,
        person,
        services,
        services.clock(),
        count=wish.count,
        quality=wish.quality,
        priority=wish.priority,
        retries=wish.retries,
        publish=wish.publish,
    )
    return QueuedAnswer(is_repeated=queued.is_repeated, run=RunAnswer.model_validate(queued.run))


async def only_active_schedule(workspace_id: UUID | None, person: Person, services: Services) -> str:
    """Raises Invalid unless the workspace has exactly one."""
    user = services.store.as_user(person.token)
    active: list[str] = []
    cursor: str | None = None
    while len(active) < 2:
        after = read_cursor(cursor, "created_at")
        page = await user.list_schedules(text_or_none(workspace_id), False, after, PAGE)
        schedules = map(Schedule.from_row, page["schedules"])
        active += [it.id for it in schedules if status_of(it) is ScheduleStatus.ACTIVE]
        cursor = cursor_after(page, "schedules", "created_at")
        if cursor is None:
            break
    if len(active) != 1:
        number = "several active schedules" if active else "no active schedule"
        raise Invalid("scheduleId", f"is needed: the workspace has {number}")
    return active[0]
