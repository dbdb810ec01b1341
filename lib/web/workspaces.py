"""The doors for a workspace: what one may do there, what may be spent, and what needs somebody."""

from typing import Annotated

from fastapi import APIRouter, Query

from lib.web.callers import Outside
from lib.web.cursors import cursor_after, read_cursor
from lib.web.documented import READING, WRITING, operation_id
from lib.web.people import SignedInPerson
from lib.web.requests import AlertNamed, AlertQuery, CapsWish
from lib.web.strict_json import StrictRoute
from lib.web.wire import text_or_none
from lib.web.workspace_answers import AlertAnswer, AlertPage, AlertResolved, CapsSet, WorkspaceAnswer, Workspaces

router = APIRouter(
    prefix="/api", route_class=StrictRoute, tags=["workspaces"], generate_unique_id_function=operation_id
)


@router.get("/workspaces", responses=READING)
async def list_workspaces(person: SignedInPerson, services: Outside) -> Workspaces:
    """Where you may work: role, plan, limits, and what is used of them. Your own comes first."""
    found = await services.store.as_user(person.token).list_workspaces(services.clock())
    return Workspaces(workspaces=[WorkspaceAnswer.model_validate(row) for row in found["workspaces"]])


@router.post("/workspace/caps", responses=WRITING)
async def set_caps(wish: CapsWish, person: SignedInPerson, services: Outside) -> CapsSet:
    """Limit what a workspace may spend in a day and a month, within its plan; takes an owner. What a run could cost at
    most must fit, or it is skipped and the schedule goes on with the next one."""
    set_now = await services.store.as_user(person.token).set_caps(
        text_or_none(wish.workspace_id),
        wish.daily_cost_cap,
        wish.monthly_cost_cap,
        services.clock(),
    )
    return CapsSet.model_validate(set_now)


@router.get("/alerts", responses=READING)
async def list_alerts(asked: Annotated[AlertQuery, Query()], person: SignedInPerson, services: Outside) -> AlertPage:
    """What the members of a workspace should know of, newest first."""
    found = await services.store.as_user(person.token).list_alerts(
        text_or_none(asked.workspace_id), read_cursor(asked.cursor, "first_at"), asked.limit
    )
    return AlertPage(
        alerts=[AlertAnswer.model_validate(row) for row in found["alerts"]],
        next_cursor=cursor_after(found, "alerts", "first_at"),
    )


@router.post("/alert/resolve", responses=WRITING)
async def resolve_alert(named: AlertNamed, person: SignedInPerson, services: Outside) -> AlertResolved:
    """It is dealt with. Should it come up again there is a new one, but not for the same cap's same day or month."""
    resolved = await services.store.as_user(person.token).resolve_alert(str(named.alert_id), services.clock())
    return AlertResolved.model_validate(resolved)
