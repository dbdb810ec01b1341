"""What is set aside for a run: the most that the models which are set up now can cost, as the database takes it."""

from collections.abc import Sequence
from datetime import datetime

from lib.domain.budget import WorstCost, WorstCosts, worst_cost
from lib.domain.pricing import Price
from lib.domain.run import LEASE
from lib.domain.schedule import ContentType
from lib.domain.writing_settings import Quality
from lib.errors import NotConfigured
from lib.services import Services

CHOSEN = "chosen"  # the settings name models of their own: any that is set up


def worst_costs(services: Services, now: datetime) -> WorstCosts:
    """Where no model is set up nothing is set aside: nothing can be spent, and the run tells why."""
    orders = {quality.value: models_for(quality, services) for quality in Quality}
    return {
        name: {kind.value: worst.as_row() for kind, worst in worst_by_kind(order, services, now).items()}
        for name, order in {**orders, CHOSEN: services.models.known()}.items()
    }


def worst_of(kind: ContentType, order: Sequence[str], services: Services, now: datetime) -> WorstCost:
    """The most that one content can cost when these models may be asked."""
    return worst_by_kind(order, services, now)[kind]


def worst_by_kind(order: Sequence[str], services: Services, now: datetime) -> dict[ContentType, WorstCost]:
    prices = [dearest_of_attempt(model, services, now) for model in order]
    judge = dearest_of_attempt(services.models.judge, services, now) if services.models.judge else None
    return {kind: worst_cost(kind, prices, judge) for kind in ContentType}


def dearest_of_attempt(model: str, services: Services, now: datetime) -> Price:
    """What its tokens cost at most in an attempt that begins now."""
    writer = services.models[model]
    first, last = writer.price_at(now), writer.price_at(now + LEASE)  # one that changes meanwhile is reserved for
    if first == last:
        return first
    return Price(
        fresh_in=max(first.fresh_in, last.fresh_in),
        cache_written=max(first.cache_written, last.cache_written),
        cache_read=max(first.cache_read, last.cache_read),
        out=max(first.out, last.out),
    )


def models_for(quality: Quality, services: Services, chosen: Sequence[str] = ()) -> Sequence[str]:
    """The models to ask, most wanted first; empty when none is set up."""
    try:
        return services.models.order(quality, chosen)
    except NotConfigured:
        return ()


def require_models(services: Services, quality: Quality | None) -> None:
    """Raises NotConfigured when nobody could write: better said before a run has begun. `quality` none: any."""
    if quality is not None or not services.models.known():
        services.models.order(quality or Quality.STANDARD)
