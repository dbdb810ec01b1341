"""What nobody but the author should read is in no log line, no ledger row and no refusal, however a run goes wrong."""

import json
import logging
import traceback
from collections.abc import AsyncIterator, Iterator

import pytest

from dev.models.script import Failing, Fault
from tests.databases import Clones
from tests.pipeline.conftest import Day, days_in, says
from tests.stack import World, open_world

TOLD = {
    "topic": "secret-topic of our shop",
    "voice": "secret-voice",
    "audience": "secret-audience",
    "examples": ["secret-example"],
    "keywords": ["secret-keyword"],
    "neverSay": ["secret-phrase", "game changer"],
    "links": ["https://secret-link.shop/x"],
}
TEXT = "secret-text: a game changer called secret-phrase, at https://secret-other.shop/x " * 2
JUDGE = "openai/gpt-6-luna"
WRONG: dict[str, tuple[Fault, ...]] = {
    "keys": tuple(Fault(Failing.STATUS, status) for status in (401, 403, 404)),
    "requests": tuple(Fault(Failing.STATUS, status) for status in (400, 413, 422)),
    "outages": tuple(Fault(Failing.STATUS, status) for status in (429, 500, 529)),
    "answers": (Fault(Failing.HALF), Fault(Failing.WRONG_SHAPE), Fault(Failing.NO_JSON), Fault(Failing.CUT_SHORT)),
    "silence": (Fault(Failing.DROP), Fault(Failing.EMPTY)),
    "refusals": (Fault(Failing.REFUSAL),),
    "gates": (says(text=TEXT), says(text=TEXT)),
    "prose": (Fault(says=f"Here it is: {TEXT}"), Fault(says=json.dumps({"text": [TEXT]}))),
}


@pytest.fixture(scope="module")
async def judged_world(clones: Clones) -> AsyncIterator[World]:
    database = await clones.take()
    async with open_world(database, with_crons=False, variables={"JUDGE_MODEL": JUDGE}) as world:
        yield world
    await database.drop()


@pytest.fixture
async def day(judged_world: World) -> AsyncIterator[Day]:
    async for day in days_in(judged_world):
        yield day


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """All loggers, ours also when some test before has taken it away from the root."""
    logger = logging.getLogger("drumbeat")
    caplog.set_level("DEBUG", logger="drumbeat")
    logger.addHandler(caplog.handler)
    yield caplog
    logger.removeHandler(caplog.handler)


@pytest.mark.parametrize("how", WRONG)
async def test_nothing_of_the_author_and_no_secret_gets_out_whatever_goes_wrong(
    day: Day, how: str, logged: pytest.LogCaptureFixture
) -> None:
    world = day.world
    schedule = await world.create(name="secret-name", settings=TOLD)
    for model in (world.stack.models.anthropic, world.stack.models.gemini, world.stack.models.openai):
        model.script.fail(*WRONG[how])
    await world.change("run", schedule)
    await day.until(9, 30)
    await world.sweep()
    lines = "\n".join(
        record.getMessage() + "".join(traceback.format_exception(*record.exc_info) if record.exc_info else ())
        for record in logged.records
        if record.name.startswith(("drumbeat", "lib", "uvicorn.error"))
    )
    rows = await world.ledger.fetch(
        "select to_jsonb(r)::text as row from app.runs r where r.schedule_id = $1", schedule
    )
    alerts = await world.ledger.fetch("select to_jsonb(a)::text as row from app.alerts a")
    told = "\n".join([lines, *(it["row"] for it in (*rows, *alerts))])
    assert "model.answered" in lines
    assert "secret-" not in told
    assert "game changer" not in told
    for name, value in secrets(world).items():
        assert value not in told, name


def secrets(world: World) -> dict[str, str]:
    settings = world.stack.app.state.services.settings
    found = {name: getattr(it, "get_secret_value", lambda: "")() for name, it in settings}
    found = {name: value for name, value in found.items() if len(value) >= 6}
    assert {"anthropic_api_key", "openai_api_key", "gemini_api_key"} <= found.keys()
    return found
