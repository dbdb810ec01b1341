"""The doors for a workspace: where one may work, and its limits."""

from fastapi import APIRouter

from lib.web.answers import WorkspaceAnswer, Workspaces
from lib.web.callers import Outside
from lib.web.documented import READING, operation_id
from lib.web.people import SignedInPerson
from lib.web.strict_json import StrictRoute

router = APIRouter(
    prefix="/api", route_class=StrictRoute, tags=["workspaces"], generate_unique_id_function=operation_id
)


@router.get("/workspaces", responses=READING)
async def list_workspaces(person: SignedInPerson, services: Outside) -> Workspaces:
    """Where you may work: role, plan, limits, and what is used of them today. Your own comes first."""
    found = await services.store.as_user(person.token).list_workspaces(services.clock())
    return Workspaces(workspaces=[WorkspaceAnswer.model_validate(row) for row in found["workspaces"]])
