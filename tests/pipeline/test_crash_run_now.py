"""A process may die at any point of "run now": what it had begun is finished, once, and the same key gets the same."""

from collections.abc import Sequence

from lib.domain.person import Person
from lib.pipeline.run_now import run_now
from tests.databases import Database
from tests.pipeline.crashes import Death, Moment, Process
from tests.stack import PASSWORD, World, at, open_world

MARGIN = 8


async def test_a_crash_at_any_await_of_run_now_leaves_a_run_that_the_sweep_finishes(database: Database) -> None:
    async with open_world(database, variables={"LOG_LEVEL": "ERROR"}) as world:
        schedule = await world.create()
        (undisturbed,) = await asked(world, schedule, [Death()])
        deaths = [Death(suspension=number + 1) for number in range(undisturbed.suspensions + MARGIN)]
        processes = await asked(world, schedule, deaths)
        assert sum(process.is_dead for process in processes) >= undisturbed.suspensions - MARGIN
        await everything_is_finished(world, schedule, deaths)


async def test_a_crash_around_any_request_of_run_now_leaves_a_run_that_the_sweep_finishes(database: Database) -> None:
    async with open_world(database, variables={"LOG_LEVEL": "ERROR"}) as world:
        schedule = await world.create()
        (undisturbed,) = await asked(world, schedule, [Death()])
        assert {"request_run", "model", "finish_run"} <= set(undisturbed.requests)
        numbers = range(1, len(undisturbed.requests) + 1)
        deaths = [Death(request=number, moment=moment) for number in numbers for moment in Moment]
        processes = await asked(world, schedule, deaths)
        assert all(process.is_dead for process in processes)
        paid, died_at = world.model_calls, world.now
        await everything_is_finished(world, schedule, deaths)
        saved_later = await world.ledger.fetchval("select count(*) from app.contents where created_at > $1", died_at)
        asked_again = sum("request_run" not in it.requests[:-1] for it in processes)
        assert world.model_calls - paid <= saved_later + asked_again


async def asked(world: World, schedule: str, deaths: Sequence[Death]) -> list[Process]:
    """A person presses the button, each time with a key of its own."""
    person = await signed_in_person(world)
    processes = []
    for death in deaths:
        process = Process(world, death)
        await process.live(run_now(schedule, key_of(death), person, process, world.now))
        processes.append(process)
    return processes


async def everything_is_finished(world: World, schedule: str, deaths: Sequence[Death]) -> None:
    """By the sweep alone; then the same keys are sent again."""
    await world.until(at(8, 55))
    rows = await world.ledger.fetch("select status, attempt from app.runs where trigger = 'manual'")
    assert {row["status"] for row in rows} == {"succeeded"}
    assert max(row["attempt"] for row in rows) <= 2
    begun, paid = len(rows), world.model_calls
    person = await signed_in_person(world)
    services = world.stack.app.state.services
    for death in deaths:
        ran = await run_now(schedule, key_of(death), person, services, world.now)
        assert ran.run["status"] == "succeeded"
        assert len(ran.run["contents"]) == 1
    story = await world.story(schedule)
    assert story == ["now succeeded"] * (len(deaths) + 1)
    assert world.model_calls - paid == len(story) - begun
    stored = await world.schedule(schedule)
    assert (stored["run_count"], stored["total_generated"]) == (0, len(story))


async def signed_in_person(world: World) -> Person:
    token = await world.stack.sign_in("ada@example.com", PASSWORD)
    person: Person = await world.stack.app.state.services.identity.verify(token, world.now)
    return person


def key_of(death: Death) -> str:
    return f"{death}".replace(" ", "-").replace(",", "")
