"""The doors for a person's word on a text: change it, approve it, reject it, or have somebody else decide."""

from fastapi import APIRouter

from lib.domain.approval_link import LONGEST_LIFE
from lib.errors import Invalid
from lib.pipeline import approve, edit
from lib.web.callers import Outside
from lib.web.documented import WRITING, operation_id
from lib.web.people import SignedInPerson
from lib.web.review_answers import LinkMade, Reviewed, reviewed
from lib.web.review_wishes import SHORTEST_LIFE, ApproveWish, EditWish, LinkWish, RejectWish
from lib.web.strict_json import StrictRoute

router = APIRouter(prefix="/api", route_class=StrictRoute, tags=["contents"], generate_unique_id_function=operation_id)


@router.post("/content/edit", responses=WRITING)
async def edit_content(wish: EditWish, person: SignedInPerson, services: Outside) -> Reviewed:
    """Change a text. Every gate looks at it again; what one objects to is kept too, and waits as needs_review. What was
    approved before has to be approved again. 409 when it was changed since `version`, or is being published."""
    if not wish.texts:
        raise Invalid("body", "is needed, or title or segments")
    user, now = services.store.as_user(person.token), services.clock()
    return reviewed(await edit.edit_content(str(wish.content_id), wish.version, wish.texts, user, services, now))


@router.post("/content/approve", responses=WRITING)
async def approve_content(wish: ApproveWish, person: SignedInPerson, services: Outside) -> Reviewed:
    """A text that waits may go out, whatever the gates said: at its time, or as a draft where it has nowhere to go.
    Repeated, it changes nothing."""
    user, now = services.store.as_user(person.token), services.clock()
    return reviewed(await approve.approve_content(str(wish.content_id), wish.version, wish.note, user, services, now))


@router.post("/content/reject", responses=WRITING)
async def reject_content(wish: RejectWish, person: SignedInPerson, services: Outside) -> Reviewed:
    """A text that is not out is never published. Repeated, it changes nothing."""
    user = services.store.as_user(person.token)
    return reviewed(await approve.reject_content(str(wish.content_id), wish.note, user, services.clock()))


@router.post("/content/approval-link", responses=WRITING)
async def make_approval_link(wish: LinkWish, person: SignedInPerson, services: Outside) -> LinkMade:
    """A link by which somebody without a login may approve or reject this version of a text, once. Send it to them; it
    cannot be shown again. An edit makes it void."""
    if not SHORTEST_LIFE <= wish.lasts <= LONGEST_LIFE:
        raise Invalid("lasts", "is out of bounds", f"PT5M to P{LONGEST_LIFE.days}D")
    user, now = services.store.as_user(person.token), services.clock()
    made = await approve.make_link(str(wish.content_id), wish.lasts, user, services, now)
    return LinkMade(url=made.url, expires_at=made.expires_at)
