"""Dead letters, as the tests of the SQL functions know them."""

from tests.sql.callers import Person, Row
from tests.sql.publishing import REFUSED, Publishing, publishing, sending
from tests.sql.publishing import settle as settle_publication
from tests.sql.test_dead_letters import settle
from tests.sql.world import HOUR, MINUTE, NOW, World

TOO_OFTEN = {**REFUSED, "reason": "attempts", "cause": "attempts"}


async def failed(world: World, settlement: Row = REFUSED, late_at: object = None) -> tuple[Publishing, Row, Row]:
    """A publication that was given up, and its letter."""
    press = await publishing(world)
    (row,) = await press.write(late_at=late_at)
    await settle_publication(world, await sending(world, row), settlement, NOW)
    return press, row, (await listed(press.person))[0]


async def listed(person: Person, status: str | None = None) -> list[Row]:
    page = await person.call("list_dead_letters", workspace_id=None, status=status, after=None, limit=99)
    letters: list[Row] = page["dead_letters"]
    return letters


async def replay(person: Person, letter: Row, now: object = NOW + MINUTE) -> Row:
    return await person.call("replay_dead_letter", letter_id=letter["id"], now=now)


async def redrive(world: World, now: object, limit: int = 50) -> Row:
    return await world.service.call("redrive_dead_letters", now=now, limit=limit)


async def lost_run(world: World) -> tuple[Person, Row, Row]:
    """An occurrence that nobody performed, whose message was given up; and its letter."""
    ada = await world.person()
    schedule = await world.schedule(ada)
    assert (await settle(world, schedule, NOW + HOUR))["outcome"] == "failed"
    return ada, schedule, (await listed(ada))[0]
