"""The doors for what schedules did, and for having it done now."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query

from lib.pipeline.run_now import run_now
from lib.web.callers import Outside
from lib.web.cursors import cursor_after, read_cursor
from lib.web.documented import READING, WRITING, operation_id
from lib.web.people import SignedInPerson
from lib.web.requests import Key, PageQuery
from lib.web.run_answers import RanAnswer, RunAnswer, RunFound, RunPage, RunWithContents
from lib.web.run_wishes import RunWish
from lib.web.strict_json import StrictRoute

router = APIRouter(prefix="/api", route_class=StrictRoute, tags=["runs"], generate_unique_id_function=operation_id)


@router.post("/schedule/run", responses=WRITING)
async def run_schedule(wish: RunWish, person: SignedInPerson, services: Outside, key: Key = None) -> RanAnswer:
    """Write now and answer with the content: also while paused, within quota and budget; it moves nothing, and stays a
    draft unless `publish` is true. A run that failed is answered too: see `run.status`. With an Idempotency-Key, the
    same key is answered with the same run, or 409 with its id while it is under way."""
    ran = await run_now(
        str(wish.schedule_id),
        key,
        person,
        services,
        services.clock(),
        count=wish.count,
        quality=wish.quality,
        publish=wish.publish,
    )
    return RanAnswer(is_repeated=ran.is_repeated, run=RunWithContents.model_validate(ran.run))


@router.get("/schedules/{scheduleId}/runs", responses=READING)
async def list_runs(
    schedule_id: Annotated[UUID, Path(alias="scheduleId")],
    asked: Annotated[PageQuery, Query()],
    person: SignedInPerson,
    services: Outside,
) -> RunPage:
    """A schedule's history, newest first by nominal time; runs that a person asked for by when they began."""
    found = await services.store.as_user(person.token).list_runs(
        str(schedule_id), read_cursor(asked.cursor, "at"), asked.limit
    )
    return RunPage(
        runs=[RunAnswer.model_validate(row) for row in found["runs"]],
        next_cursor=cursor_after(found, "runs", "at"),
    )


@router.get("/runs/{runId}", responses=READING)
async def get_run(run_id: Annotated[UUID, Path(alias="runId")], person: SignedInPerson, services: Outside) -> RunFound:
    """One run with what it wrote, and every call of a model that it took."""
    found = await services.store.as_user(person.token).get_run(str(run_id))
    return RunFound(run=RunWithContents.model_validate(found["run"]))
