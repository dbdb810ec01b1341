"""The doors for the stop button: everything of a workspace stands still, and goes on."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from lib.domain.resumption import LONGEST_SPREAD, SHORTEST_SPREAD, USUAL_SPREAD, Resume
from lib.errors import Invalid
from lib.pipeline import stop
from lib.web.answers import Answer
from lib.web.callers import Outside
from lib.web.documented import READING, WRITING, operation_id
from lib.web.people import SignedInPerson
from lib.web.strict_json import StrictRoute
from lib.web.wire import Duration, Wire, iso_duration, text_or_none

router = APIRouter(
    prefix="/api", route_class=StrictRoute, tags=["workspaces"], generate_unique_id_function=operation_id
)


class WorkspaceNamed(Wire):
    """Which workspace."""

    workspace_id: UUID | None = Field(None, description="Left out: your personal workspace.")


class ResumeWish(WorkspaceNamed):
    """How it goes on."""

    held: Resume = Field(
        description=(
            "skip: nothing of what was held happens. catch_up: the newest of each schedule happens now, if it is not "
            "too late; publications go out. spread: the same, one after another."
        )
    )
    spread: Duration = Field(USUAL_SPREAD, description="Between one and the next, PT1M to P1D; for spread only.")


class StoppedWorkspace(Answer):
    """A workspace, and since when it is stopped."""

    id: str
    name: str
    paused_at: datetime | None


class Stopped(Answer):
    """`stopped`, or `unchanged` when it was so already."""

    outcome: str
    workspace: StoppedWorkspace


class Held(Answer):
    """What waits while the workspace is stopped."""

    workspace: StoppedWorkspace
    schedules: int = Field(description="That have an occurrence due.")
    runs: int = Field(description="That were interrupted, or wait to be begun.")
    publications: int = Field(description="That are due.")


class WentOn(Answer):
    """`resumed`, or `unchanged` when it was not stopped; and what became of what was held."""

    outcome: str
    workspace: StoppedWorkspace
    started: int = Field(description="Schedules that begin what was held, now or in their turn.")
    skipped: int = Field(description="Occurrences that were skipped; the ledger has a row for each.")
    missed: int = Field(description="Occurrences that are too late; the ledger has a row for each.")
    publications: int = Field(description="That go on.")


@router.get("/workspace/held", responses=READING)
async def list_held(asked: Annotated[WorkspaceNamed, Query()], person: SignedInPerson, services: Outside) -> Held:
    """What would go on, or be skipped, if the workspace went on now."""
    held = await services.store.as_user(person.token).list_held(text_or_none(asked.workspace_id), services.clock())
    return Held(
        workspace=StoppedWorkspace.model_validate(held["workspace"]),
        schedules=len(held["schedules"]),
        runs=held["runs"],
        publications=held["publications"],
    )


@router.post("/workspace/stop", responses=WRITING)
async def stop_workspace(named: WorkspaceNamed, person: SignedInPerson, services: Outside) -> Stopped:
    """From now on nothing of the workspace is begun: nothing is written, nothing is published. What is just being
    written or sent is finished. Repeated, it changes nothing."""
    user = services.store.as_user(person.token)
    return Stopped.model_validate(await stop.stop_workspace(text_or_none(named.workspace_id), user, services.clock()))


@router.post("/workspace/resume", responses=WRITING)
async def resume_workspace(wish: ResumeWish, person: SignedInPerson, services: Outside) -> WentOn:
    """The workspace goes on. Each occurrence that was held gets its row in the ledger or is performed: none is lost.
    Repeated, it changes nothing."""
    if not SHORTEST_SPREAD <= wish.spread <= LONGEST_SPREAD:
        raise Invalid("spread", "is out of bounds", f"{iso_duration(SHORTEST_SPREAD)} to P1D")
    user, now = services.store.as_user(person.token), services.clock()
    went_on = await stop.resume_workspace(text_or_none(wish.workspace_id), wish.held, wish.spread, user, services, now)
    return WentOn(
        outcome=went_on.outcome,
        workspace=StoppedWorkspace.model_validate(went_on.workspace),
        started=went_on.started,
        skipped=went_on.skipped,
        missed=went_on.missed,
        publications=went_on.publications,
    )
