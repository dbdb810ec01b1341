"""What is set aside for a run stands on the prices of its whole attempt."""

from datetime import UTC, datetime, timedelta

import pytest

from lib.domain.schedule import ContentType
from lib.domain.writing_settings import Quality
from lib.pipeline.reserve import models_for, worst_costs, worst_of
from lib.pipeline.write import WRITING_TIME
from lib.services import Services
from lib.settings import Settings

DEARER_FROM = datetime(2026, 12, 1, tzinfo=UTC)  # twice as dear


def services_with(**variables: str) -> Services:
    keys = {"GEMINI_API_KEY": "key", "OPENAI_API_KEY": "key"}
    return Services(Settings.from_environment({**keys, **variables}), lambda: DEARER_FROM)


@pytest.mark.parametrize("variables", [{"MODELS": "gemini/gemini-4-argon"}, {"JUDGE_MODEL": "gemini/gemini-4-argon"}])
def test_an_attempt_during_which_a_price_rises_is_reserved_for_at_the_new_price(variables: dict[str, str]) -> None:
    services = services_with(**variables)
    today, then = (worst_costs(services, DEARER_FROM + by)["standard"] for by in (-timedelta(hours=1), timedelta(0)))
    assert today["x_post"]["fixed"] < then["x_post"]["fixed"]
    assert worst_costs(services, DEARER_FROM - WRITING_TIME / 2)["standard"] == then


def test_without_a_change_of_price_the_forecast_and_the_reservation_are_the_same() -> None:
    services = services_with()
    worst = worst_of(ContentType.X_POST, models_for(Quality.PREMIUM, services), services, DEARER_FROM)
    assert worst.as_row() == worst_costs(services, DEARER_FROM)["premium"]["x_post"]
