"""A tenth of what `make simulate PUBLICATIONS=10000` does."""

import pytest

from lib.domain.account import Platform
from tests.databases import Database
from tests.simulation.publishing import publish_much, take_stock
from tests.simulation.weather import Trouble
from tests.stack import open_world

PUBLICATIONS, SEED = 1_000, 5


@pytest.mark.timeout(500)
async def test_of_a_thousand_publications_none_goes_out_twice_and_none_is_lost(database: Database) -> None:
    async with open_world(database, settles=False) as world:
        outcome = await publish_much(world, PUBLICATIONS, SEED)
        assert outcome.wrong == []
        assert outcome.publications >= PUBLICATIONS
        assert outcome.most_in_flight == 1
        assert outcome.by_platform.keys() == set(Platform)
        assert outcome.troubles.keys() == set(Trouble)
        assert outcome.deaths
        assert outcome.repeats
        # The stock-taking is able to fail.
        made = world.stack.platforms.slack.made
        made.append(made[0])
        await take_stock(world, outcome)
        assert [it for it in outcome.wrong if it.startswith("twice")]
        made.pop()
