"""Which models are set up, in which order they are asked, and what an operator is told who set them up wrongly."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from lib.adapters.models.configured import Models
from lib.domain.pricing import PRICES, Price, price_of
from lib.domain.vendor import Vendor, split_model
from lib.domain.writing_settings import Quality
from lib.errors import NotConfigured
from lib.services import Services
from lib.settings import Settings

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ALL_KEYS = {"ANTHROPIC_API_KEY": "a", "OPENAI_API_KEY": "o", "GEMINI_API_KEY": "g"}
OWN = {"OWN_MODEL_BASE_URL": "http://127.0.0.1:11434/v1"}


def models_of(variables: Mapping[str, str]) -> Models:
    return Services(Settings.from_environment(variables), lambda: NOW).models


def test_each_quality_has_its_order() -> None:
    models = models_of(ALL_KEYS)
    standard = ("anthropic/claude-sonnet-5-5", "gemini/gemini-3.8-flash", "openai/gpt-6.1-terra")
    premium = ("anthropic/claude-opus-5-5", "openai/gpt-6.1-sol", "gemini/gemini-4-argon")
    assert models.order(Quality.STANDARD) == standard
    assert models.order(Quality.PREMIUM) == premium
    assert models.known() == (*standard, *premium)


def test_models_whose_vendor_has_no_key_are_left_out() -> None:
    models = models_of({"GOOGLE_API_KEY": "g"})
    assert models.order(Quality.STANDARD) == ("gemini/gemini-3.8-flash",)
    assert models.known() == ("gemini/gemini-3.8-flash", "gemini/gemini-4-argon")


def test_a_schedules_own_choice_comes_first_and_the_others_stay_behind_it() -> None:
    models = models_of(ALL_KEYS)
    chosen = ("openai/gpt-6.1-sol", "anthropic/claude-sonnet-5-5")
    assert models.order(Quality.STANDARD, chosen) == (*chosen, "gemini/gemini-3.8-flash", "openai/gpt-6.1-terra")


def test_only_what_the_operator_listed_can_be_chosen() -> None:
    """Or anybody could have the operator pay for any model, or ask for ones that are not there."""
    models = models_of({"ANTHROPIC_API_KEY": "a"})
    chosen = ("anthropic/claude-fable-5-2", "openai/gpt-6.1-sol", "nobody/nothing")
    assert models.order(Quality.STANDARD, chosen) == ("anthropic/claude-sonnet-5-5",)


def test_without_any_key_the_names_are_told_that_would_do() -> None:
    with pytest.raises(NotConfigured) as refused:
        models_of({}).order(Quality.STANDARD)
    needed = ("ANTHROPIC_API_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY", "OPENAI_API_KEY")
    assert refused.value.looked_for == needed


def test_a_model_of_ones_own_is_set_up_by_its_address_and_its_place_in_an_order() -> None:
    order = {"MODELS": "own/llama-3.3-70b, anthropic/claude-sonnet-5-5"}
    assert models_of(OWN | ALL_KEYS | order).order(Quality.STANDARD)[0] == "own/llama-3.3-70b"
    assert "own/llama-3.3-70b" not in models_of(ALL_KEYS | order).known()
    assert not any(model.startswith("own/") for model in models_of(OWN | ALL_KEYS).known())


def test_a_writer_is_made_once_and_knows_its_name_and_price() -> None:
    models = models_of(OWN | ALL_KEYS | {"OWN_MODEL_PRICE": "0.5/1.5"})
    for model in (*models.known(), "own/llama-3.3-70b"):
        assert models[model] is models[model]
        assert models[model].model == model
    assert models["openai/gpt-6.1-terra"].price_at(NOW) == price_of("gpt-6.1-terra", NOW)
    assert models["own/llama-3.3-70b"].price_at(NOW) == Price(500, 500, 500, 1_500)


def test_a_writer_without_a_key_is_not_made() -> None:
    with pytest.raises(NotConfigured) as refused:
        models_of({})["openai/gpt-6.1-terra"]
    assert refused.value.looked_for == ("OPENAI_API_KEY",)


def test_a_judge_who_cannot_be_reached_is_none() -> None:
    judge = {"JUDGE_MODEL": "openai/gpt-6-luna"}
    assert models_of(ALL_KEYS).judge is None
    assert models_of(ALL_KEYS | judge).judge == "openai/gpt-6-luna"
    assert models_of({"ANTHROPIC_API_KEY": "a"} | judge).judge is None


def test_every_vendor_can_be_made() -> None:
    every = {"MODELS": ",".join(f"{vendor}/some-model" for vendor in Vendor)}
    models = models_of(OWN | ALL_KEYS | every)
    assert [split_model(models[model].model)[0] for model in models.known()[: len(Vendor)]] == list(Vendor)


def test_every_model_of_the_default_orders_has_a_known_price() -> None:
    models = models_of(ALL_KEYS)
    assert all(models[model].price_at(NOW).is_known for model in models.known())


async def test_only_a_model_that_is_set_up_is_prepared() -> None:
    await models_of(ALL_KEYS).prepare("gemini/gemini-3.8-flash")
    with pytest.raises(NotConfigured):
        await models_of({}).prepare("gemini/gemini-3.8-flash")


@pytest.mark.parametrize("variable", ["MODELS", "PREMIUM_MODELS", "JUDGE_MODEL"])
@pytest.mark.parametrize(
    "value", ["claude-sonnet-5-5", "antropic/claude-sonnet-5-5", "openai/", "openai/gpt 6", "openai/../x", "OpenAI/x"]
)
def test_a_model_that_is_none_is_refused_with_the_variables_name(variable: str, value: str) -> None:
    told = refusal({variable: value})
    assert variable in told
    assert "vendor/name" in told
    assert "anthropic, openai, gemini, own" in told


def test_an_order_without_a_model_is_refused() -> None:
    assert "MODELS" in refusal({"MODELS": " , "})


def test_a_model_named_twice_is_asked_once() -> None:
    order = "openai/gpt-6-luna,anthropic/claude-haiku-5-5,openai/gpt-6-luna"
    assert Settings.from_environment({"MODELS": order}).models == ("openai/gpt-6-luna", "anthropic/claude-haiku-5-5")


@pytest.mark.parametrize("text", ["0.5", "0.5/1.5/2", "cheap/dear", "-1/2", "nan/1", "inf/1", "99999/1", "/", "$1/$2"])
def test_a_price_that_is_none_is_refused_with_the_variables_name(text: str) -> None:
    told = refusal({"OWN_MODEL_PRICE": text})
    assert "OWN_MODEL_PRICE" in told
    assert "0.5/1.5" in told


def test_a_price_is_never_rounded_down() -> None:
    assert Settings.from_environment({"OWN_MODEL_PRICE": "0.0001 / 0"}).own_model_price == Price(1, 1, 1, 0)


@pytest.mark.parametrize("url", ["api.openai.com", "http://", "http://127.0.0.1:99999", "http://[::1", "ftp://x"])
@pytest.mark.parametrize("variable", ["OPENAI_BASE_URL", "GEMINI_BASE_URL", "ANTHROPIC_BASE_URL", "OWN_MODEL_BASE_URL"])
def test_an_address_that_is_none_is_refused_with_the_variables_name(variable: str, url: str) -> None:
    assert variable in refusal({variable: url})


def test_no_name_has_two_prices_at_once() -> None:
    changes = [(change.model, change.valid_from) for change in PRICES]
    assert len(changes) == len(set(changes))


@pytest.mark.parametrize(
    ("name", "before", "after", "turns_at"),
    [
        ("gemini-4-argon", 2_000, 4_000, datetime(2026, 12, 1, tzinfo=UTC)),
        ("gemini-3.8-flash", 750, 1_500, datetime(2027, 1, 1, tzinfo=UTC)),
    ],
)
def test_an_announced_price_holds_from_its_day(name: str, before: int, after: int, turns_at: datetime) -> None:
    writer: Any = models_of(ALL_KEYS)[f"gemini/{name}"]
    assert writer.price_at(NOW).fresh_in == before
    assert writer.price_at(turns_at).fresh_in == after
    assert writer.price_at(turns_at).out == 2 * writer.price_at(NOW).out


def refusal(variables: Mapping[str, str]) -> str:
    with pytest.raises(ValidationError) as refused:
        Settings.from_environment(variables)
    return str(refused.value)
