"""The doors for what schedules did and wrote: runs, contents, and the workspaces they belong to."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query

from lib.pipeline.run_now import run_now
from lib.web.answers import WorkspaceAnswer, Workspaces
from lib.web.callers import Outside
from lib.web.cursors import cursor_after, read_cursor
from lib.web.documented import READING, WRITING, operation_id
from lib.web.people import SignedInPerson
from lib.web.requests import ContentQuery, Key, PageQuery, RunWish
from lib.web.run_answers import (
    ContentAnswer,
    ContentFound,
    ContentPage,
    RanAnswer,
    RunAnswer,
    RunFound,
    RunPage,
    RunWithContents,
)
from lib.web.strict_json import StrictRoute

router = APIRouter(prefix="/api", route_class=StrictRoute, tags=["contents"], generate_unique_id_function=operation_id)


@router.post("/schedule/run", responses=WRITING)
async def run_schedule(wish: RunWish, person: SignedInPerson, services: Outside, key: Key = None) -> RanAnswer:
    """Write now and answer with the content: also while paused, within quota and budget; it stays a draft and moves
    nothing. A run that failed is answered too: see `run.status`. With an Idempotency-Key, the same key is answered with
    the same run, or 409 with its id while it is under way."""
    ran = await run_now(str(wish.schedule_id), key, person, services, services.clock())
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
    """One run with what it wrote."""
    found = await services.store.as_user(person.token).get_run(str(run_id))
    return RunFound(run=RunWithContents.model_validate(found["run"]))


@router.get("/contents", responses=READING)
async def list_contents(
    asked: Annotated[ContentQuery, Query()], person: SignedInPerson, services: Outside
) -> ContentPage:
    """What was written in a workspace or for one schedule, newest first."""
    found = await services.store.as_user(person.token).list_contents(
        str(asked.workspace_id) if asked.workspace_id else None,
        str(asked.schedule_id) if asked.schedule_id else None,
        read_cursor(asked.cursor, "created_at"),
        asked.limit,
    )
    return ContentPage(
        contents=[ContentAnswer.model_validate(row) for row in found["contents"]],
        next_cursor=cursor_after(found, "contents", "created_at"),
    )


@router.get("/contents/{contentId}", responses=READING)
async def get_content(
    content_id: Annotated[UUID, Path(alias="contentId")], person: SignedInPerson, services: Outside
) -> ContentFound:
    """One text."""
    found = await services.store.as_user(person.token).get_content(str(content_id))
    return ContentFound(content=ContentAnswer.model_validate(found["content"]))


@router.get("/workspaces", responses=READING)
async def list_workspaces(person: SignedInPerson, services: Outside) -> Workspaces:
    """Where you may work: role, plan, limits, and what is used of them today. Your own comes first."""
    found = await services.store.as_user(person.token).list_workspaces(services.clock())
    return Workspaces(workspaces=[WorkspaceAnswer.model_validate(row) for row in found["workspaces"]])
