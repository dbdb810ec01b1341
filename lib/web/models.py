"""The door for the models that are set up here: who is asked first, and how each of them is doing."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self

from fastapi import APIRouter
from pydantic import Field

from lib.domain.routing import BreakerState, Standing
from lib.domain.writing_settings import Quality
from lib.errors import Invalid, NotConfigured
from lib.services import Services
from lib.web.answers import Answer
from lib.web.callers import Outside
from lib.web.documented import operation_id, refusals
from lib.web.people import SignedInPerson
from lib.web.strict_json import StrictRoute

router = APIRouter(prefix="/api", route_class=StrictRoute, tags=["models"], generate_unique_id_function=operation_id)


class ModelAnswer(Answer):
    """One model, and how it has been doing of late."""

    model: str
    state: BreakerState = Field(description="open: it is not asked before openUntil; half_open: one call tries it.")
    open_until: datetime | None
    success_rate: float | None = Field(description="0 to 1; null when nothing was seen of late.")
    latency_ms: int | None
    calls: int
    is_probing: bool

    @classmethod
    def of(cls, standing: Standing) -> Self:
        latency = None if standing.latency is None else round(standing.latency.total_seconds() * 1000)
        return cls(latency_ms=latency, **{name: getattr(standing, name) for name in SHARED})


SHARED = ("model", "state", "open_until", "success_rate", "calls", "is_probing")


class ModelsAnswer(Answer):
    """`quality`: the models in the order in which they are asked, for each quality."""

    quality: dict[Quality, list[str]]
    judge: str | None = Field(description="The model that gives its opinion of every text; null: none.")
    models: list[ModelAnswer]


@router.get("/models", responses=refusals(401, 503))
async def list_models(person: SignedInPerson, services: Outside) -> ModelsAnswer:
    """Which models write here. A schedule may name those that it wants to be asked first."""
    standings = await services.breakers.read(services.models.known(), services.clock())
    return ModelsAnswer(
        quality={quality: order_of(quality, services) for quality in Quality},
        judge=services.models.judge,
        models=[ModelAnswer.of(standing) for standing in standings],
    )


def order_of(quality: Quality, services: Services) -> list[str]:
    """Empty where no model of this quality is set up."""
    try:
        return list(services.models.order(quality))
    except NotConfigured:
        return []


def refuse_unknown_models(models: Sequence[str], services: Services) -> None:
    """Raises Invalid for the first that is not set up here, naming those that are."""
    known = services.models.known() if models else ()
    for at, model in enumerate(models):
        if model not in known:
            raise Invalid(f"settings.models[{at}]", "is not set up here", list(known))
