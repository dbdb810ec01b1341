"""The doors for people without a login: their link is all they need to show.

POST only, with the link's secret in the body: an address that is previewed, scanned or logged decides nothing.
"""

from fastapi import APIRouter

from lib.pipeline import approve
from lib.web.callers import Outside
from lib.web.documented import BODY, operation_id, refusals
from lib.web.review_answers import LinkRead, LinkUsed
from lib.web.review_wishes import LinkDecision, LinkShown
from lib.web.strict_json import StrictRoute

router = APIRouter(prefix="/api", route_class=StrictRoute, tags=["approval"], generate_unique_id_function=operation_id)


@router.post("/approval/read", responses=refusals(*BODY, 404, 422, 503))
async def read_approval(shown: LinkShown, services: Outside) -> LinkRead:
    """What a link asks for: the text while it can be decided about, else why it cannot."""
    return LinkRead.model_validate(await approve.read_by_link(shown.token, services, services.clock()))


@router.post("/approval/decide", responses=refusals(*BODY, 404, 409, 422, 503))
async def decide_approval(wish: LinkDecision, services: Outside) -> LinkUsed:
    """Approve or reject, once. The same decision again is answered alike; 409 when the link is used for another,
    expired, or void because the text was changed or decided about."""
    row = await approve.decide_by_link(wish.token, wish.decision, wish.note, services, services.clock())
    return LinkUsed.model_validate(row)
