"""The doors for what was written; those for a person's word on it are in `review.py`."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query

from lib.web.callers import Outside
from lib.web.content_answers import ContentAnswer, ContentPage
from lib.web.cursors import cursor_after, read_cursor
from lib.web.documented import READING, operation_id
from lib.web.people import SignedInPerson
from lib.web.publication_answers import ContentFound, PublicationAnswer
from lib.web.requests import ContentQuery
from lib.web.strict_json import StrictRoute
from lib.web.wire import text_or_none

router = APIRouter(prefix="/api", route_class=StrictRoute, tags=["contents"], generate_unique_id_function=operation_id)


@router.get("/contents", responses=READING)
async def list_contents(
    asked: Annotated[ContentQuery, Query()], person: SignedInPerson, services: Outside
) -> ContentPage:
    """What was written in a workspace or for one schedule, newest first."""
    found = await services.store.as_user(person.token).list_contents(
        text_or_none(asked.workspace_id),
        text_or_none(asked.schedule_id),
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
    """One text, what became of it at each account, and your role in its workspace."""
    found = await services.store.as_user(person.token).get_content(str(content_id))
    return ContentFound(
        content=ContentAnswer.model_validate(found["content"]),
        publications=[PublicationAnswer.of(row) for row in found["publications"]],
        role=found["role"],
    )
