"""Which models write here: who is asked first, how they are doing, and whom a schedule may name."""

import pytest

from dev.models.script import Failing, Fault
from tests.web.client import Client, wish

STANDARD = ["anthropic/claude-sonnet-5-5", "gemini/gemini-3.8-flash", "openai/gpt-6.1-terra"]
PREMIUM = ["anthropic/claude-opus-5-5", "openai/gpt-6.1-sol", "gemini/gemini-4-argon"]


async def test_the_order_of_each_quality_is_told(ada: Client) -> None:
    told = await ada.get("/api/models")
    assert told["quality"] == {"standard": STANDARD, "premium": PREMIUM}
    assert told["judge"] is None
    assert {it["model"]: it["state"] for it in told["models"]} == dict.fromkeys([*STANDARD, *PREMIUM], "closed")


async def test_a_model_whose_key_is_wrong_is_open_and_says_until_when(ada: Client) -> None:
    ada.stack.models.openai.script.fail(Fault(Failing.STATUS, 401))
    schedule = await ada.create(settings={"models": ["openai/gpt-6.1-sol"]})
    run = (await ada.post("/api/schedule/run", {"scheduleId": schedule["id"]}))["run"]
    outcomes = [(it["model"], it["outcome"]) for it in run["modelAttempts"]]
    assert outcomes == [("openai/gpt-6.1-sol", "configuration"), (STANDARD[0], "accepted")]
    assert run["contents"][0]["model"] == STANDARD[0]
    standing = {it["model"]: it for it in (await ada.get("/api/models"))["models"]}
    assert standing["openai/gpt-6.1-sol"]["state"] == "open"
    assert standing["openai/gpt-6.1-sol"]["openUntil"] is not None
    assert standing[STANDARD[0]]["latencyMs"] is not None


async def test_a_schedule_names_the_models_it_wants_asked_first(ada: Client) -> None:
    schedule = await ada.create(settings={"models": ["gemini/gemini-4-argon", STANDARD[2]], "quality": "premium"})
    assert schedule["settings"]["models"] == ["gemini/gemini-4-argon", STANDARD[2]]
    run = (await ada.post("/api/schedule/run", {"scheduleId": schedule["id"]}))["run"]
    assert (run["quality"], run["contents"][0]["model"]) == ("premium", "gemini/gemini-4-argon")


@pytest.mark.parametrize("path", ["/api/schedule/create", "/api/schedule/preview"])
async def test_one_that_is_not_set_up_is_refused_naming_those_that_are(anybody: Client, path: str) -> None:
    settings = {"models": [STANDARD[0], "own/llama-3.3-70b"]}
    body = wish(settings=settings) if path.endswith("create") else {"frequency": "hourly", "settings": settings}
    error = await anybody.refused(422, path, body)
    assert error["details"] == {"field": "settings.models[1]", "allowed": [*STANDARD, *PREMIUM]}


async def test_an_edit_of_something_else_does_not_ask_for_the_models(ada: Client) -> None:
    schedule = await ada.create(settings={"models": STANDARD[:1]})
    body = {"scheduleId": schedule["id"], "revision": 1}
    await ada.refused(422, "/api/schedule/update", {**body, "settings": {"models": ["own/gone"]}})
    assert (await ada.update(schedule, name="Coffee"))["settings"] == schedule["settings"]
