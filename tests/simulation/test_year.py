"""A tenth of a year; `make simulate` lives through a whole one."""

import pytest

from tests.databases import Database
from tests.simulation.year import Lot, Year, live_through, take_stock
from tests.stack import World, open_world

DAYS = 37
SEED = 33  # brings every way to ask for a text, and most of what models do wrong
WAYS = (Lot.CALM, Lot.RUN_NOW, Lot.BATCH, Lot.QUEUED)
TRAPS = (Lot.REPEATED, Lot.FORBIDDEN, Lot.FOREIGN, Lot.UNFILLED, Lot.LINKED)


@pytest.mark.timeout(300)
async def test_a_tenth_of_a_year_repeats_nothing_and_goes_round_no_gate(database: Database) -> None:
    async with open_world(database, with_crons=False) as world:
        year = await live_through(world, DAYS, SEED)
        assert not year.slipped
        assert all(year.lots[lot] for lot in WAYS)
        assert sum(year.lots[lot] > 0 for lot in TRAPS) >= 4
        assert year.contents["draft"] >= DAYS
        assert year.contents["needs_review"]
        assert {"duplicate", "never_say"} <= year.gates.keys()
        assert len(year.models) >= 2
        await notices_what_slipped(world)


async def notices_what_slipped(world: World) -> None:
    """The stock-taking is able to fail."""
    found = await world.ledger.fetchrow(
        "select id, schedule_id from app.contents where status = 'needs_review' order by created_at desc limit 1"
    )
    assert found is not None
    await world.write("update app.contents set status = 'draft' where id = $1", found["id"])
    spoilt = Year(DAYS)
    await take_stock(world, spoilt, str(found["schedule_id"]))
    assert spoilt.slipped
    await world.write("update app.contents set status = 'needs_review' where id = $1", found["id"])
