"""The doors for what goes out: what became of it, and what a person may do about it.

QStash knocks at POST /api/content/publish, which is in `webhooks.py`.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query

from lib.pipeline import publications
from lib.web.callers import Outside
from lib.web.content_answers import ContentAnswer
from lib.web.cursors import cursor_after, read_cursor
from lib.web.documented import READING, WRITING, operation_id
from lib.web.people import SignedInPerson
from lib.web.publication_answers import (
    ContentPublished,
    PublicationAnswer,
    PublicationFound,
    PublicationOutcome,
    PublicationPage,
)
from lib.web.publication_wishes import (
    ContinueWish,
    MarkWish,
    PublicationNamed,
    PublicationQuery,
    PublishWish,
    RetryWish,
)
from lib.web.strict_json import StrictRoute
from lib.web.wire import text_or_none

router = APIRouter(
    prefix="/api", route_class=StrictRoute, tags=["publications"], generate_unique_id_function=operation_id
)


@router.get("/publications", responses=READING)
async def list_publications(
    asked: Annotated[PublicationQuery, Query()], person: SignedInPerson, services: Outside
) -> PublicationPage:
    """What goes, went or did not go out of a workspace, newest first."""
    found = await services.store.as_user(person.token).list_publications(
        text_or_none(asked.workspace_id),
        text_or_none(asked.schedule_id),
        text_or_none(asked.content_id),
        text_or_none(asked.account_id),
        asked.status,
        read_cursor(asked.cursor, "created_at"),
        asked.limit,
    )
    return PublicationPage(
        publications=[PublicationAnswer.of(row) for row in found["publications"]],
        next_cursor=cursor_after(found, "publications", "created_at"),
    )


@router.get("/publications/{publicationId}", responses=READING)
async def get_publication(
    publication_id: Annotated[UUID, Path(alias="publicationId")], person: SignedInPerson, services: Outside
) -> PublicationFound:
    """One publication with its newest failures and every look for it, its text, and your role in its workspace."""
    found = await services.store.as_user(person.token).get_publication(str(publication_id))
    return PublicationFound(
        publication=PublicationAnswer.of(found["publication"]),
        content=ContentAnswer.model_validate(found["content"]),
        role=found["role"],
    )


@router.post("/publication/create", responses=WRITING)
async def publish_content(wish: PublishWish, person: SignedInPerson, services: Outside) -> ContentPublished:
    """Publish a text by and by, at the first time that each account allows. Where it failed or was cancelled it is
    tried again; where it waits, is out or may be, it stays as it is: nothing goes out twice to one account."""
    published = await publications.publish_content(
        str(wish.content_id),
        None if wish.account_ids is None else list(map(str, wish.account_ids)),
        wish.publish_at,
        services.store.as_user(person.token),
        services,
        services.clock(),
    )
    return ContentPublished(
        outcome=published.outcome,
        content=ContentAnswer.model_validate(published.content),
        publications=[PublicationAnswer.of(row) for row in published.publications],
    )


@router.post("/publication/retry", responses=WRITING)
async def retry_publication(wish: RetryWish, person: SignedInPerson, services: Outside) -> PublicationOutcome:
    """Send one again that has failed, was cancelled or is unknown; an unknown one only with `confirm: true`. A thread
    goes on at the first post that is not out."""
    user = services.store.as_user(person.token)
    return outcome_of(
        await publications.retry_publication(str(wish.publication_id), wish.confirm, user, services, services.clock())
    )


@router.post("/publication/continue", responses=WRITING)
async def continue_publication(wish: ContinueWish, person: SignedInPerson, services: Outside) -> PublicationOutcome:
    """Of an unknown thread the post that nobody knew of is out: send the rest. Repeated, it changes nothing."""
    user = services.store.as_user(person.token)
    return outcome_of(
        await publications.continue_publication(
            str(wish.publication_id), wish.number, wish.url, user, services, services.clock()
        )
    )


@router.post("/publication/void", responses=WRITING)
async def void_publication(named: PublicationNamed, person: SignedInPerson, services: Outside) -> PublicationOutcome:
    """Take one back that is not out: it will not be published unless somebody retries it. For one that may be out
    nobody looks any further."""
    user = services.store.as_user(person.token)
    return outcome_of(await publications.void_publication(str(named.publication_id), user, services, services.clock()))


@router.post("/publication/mark-published", responses=WRITING)
async def mark_published(wish: MarkWish, person: SignedInPerson, services: Outside) -> PublicationOutcome:
    """It is out, says a person: one that was handed to them, or an unknown one that they have found there."""
    user = services.store.as_user(person.token)
    return outcome_of(await publications.mark_published(str(wish.publication_id), wish.url, user, services.clock()))


def outcome_of(changed: publications.PublicationChanged) -> PublicationOutcome:
    return PublicationOutcome(outcome=changed.outcome, publication=PublicationAnswer.of(changed.row))
