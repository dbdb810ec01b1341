"""The doors for what was written, and for a person's word on it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query

from lib.web.callers import Outside
from lib.web.content_answers import ContentAnswer, ContentFound, ContentPage, Reviewed
from lib.web.cursors import cursor_after, read_cursor
from lib.web.documented import READING, WRITING, operation_id
from lib.web.people import SignedInPerson
from lib.web.requests import ContentNamed, ContentQuery
from lib.web.strict_json import StrictRoute

router = APIRouter(prefix="/api", route_class=StrictRoute, tags=["contents"], generate_unique_id_function=operation_id)


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
        asked.status,
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


@router.post("/content/approve", responses=WRITING)
async def approve_content(named: ContentNamed, person: SignedInPerson, services: Outside) -> Reviewed:
    """A text that waits for review may go on as a draft, whatever the gates said. Repeated, it changes nothing."""
    return Reviewed.model_validate(
        await services.store.as_user(person.token).approve_content(str(named.content_id), services.clock())
    )


@router.post("/content/reject", responses=WRITING)
async def reject_content(named: ContentNamed, person: SignedInPerson, services: Outside) -> Reviewed:
    """A text that waits for review, or a draft, is never published. Repeated, it changes nothing."""
    return Reviewed.model_validate(
        await services.store.as_user(person.token).reject_content(str(named.content_id), services.clock())
    )
