"""What publishing costs follows what is to be done, not how much was or will be published."""

import pytest

from tests.sql.callers import Row
from tests.sql.publishing import LEASE, Publishing, arm, claiming, connect, publishing
from tests.sql.test_sweep_cost import cost_of
from tests.sql.world import HOUR, NOW, World

MANY = 20_000
TABLES = ("accounts", "contents", "publications", "schedules", "workspaces")


async def fill(here: Publishing, publication: Row, account_id: str, columns: str) -> None:
    """MANY of an account, each with a content of its own; `columns` are values for n = 1, 2, 3 …"""
    await here.world.owner.execute(
        """
        with written as (
          insert into app.contents (workspace_id, schedule_id, run_id, item, kind, body, status, created_at)
          select c.workspace_id, c.schedule_id, c.run_id, n, 'x_post', 'post', 'pending_publish', c.created_at
          from app.contents c, generate_series(1, $2::int) n where c.id = $1
          returning id, item)
        insert into app.publications (
          workspace_id, schedule_id, content_id, account_id, created_at,
          status, reason, publish_at, finished_at, armed_for, armed_at)
        select $3::uuid, $4::uuid, w.id, $5::uuid, $6, COLUMNS
        from (select id, item as n, $6::timestamptz as now from written) w
        """.replace("COLUMNS", columns),
        publication["content_id"], MANY, here.person.id, here.schedule["id"], account_id, NOW,
    )  # fmt: skip
    await here.world.owner.execute("analyze app.publications, app.contents, app.accounts")


WAITING = "'waiting', null, now - interval '1 second' * n, null, null::timestamptz, null"
DONE = "'published', null, now - interval '1 minute' * n, now, null, null"
AHEAD = (
    "'waiting', null, now + interval '1 day' + interval '1 minute' * n, null, "
    "now + interval '1 day' + interval '1 minute' * n, now"
)


@pytest.mark.parametrize("columns", [DONE, AHEAD])
async def test_a_sweep_reads_what_it_answers_whatever_was_or_will_be_published(world: World, columns: str) -> None:
    here = await publishing(world)
    (publication,) = await here.write(NOW)
    await fill(here, publication, here.account, columns)
    found, cost = await cost_of(
        world.service, "sweep_publications", tables=TABLES, now=NOW, horizon=24 * 20 * HOUR, after=None, limit=200
    )
    assert [it["id"] for it in found["publications"]] == [str(publication["id"])]
    assert cost.scanned["publications"] == cost.scanned["contents"] == 0
    assert sum(cost.fetched.values()) <= 60, cost.fetched


async def test_a_later_page_of_the_sweep_costs_no_more_than_the_first(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write(NOW)
    await fill(here, publication, here.account, WAITING)
    after, costs = None, []
    for _ in range(5):
        found, cost = await cost_of(
            world.service, "sweep_publications", tables=TABLES, now=NOW, horizon=HOUR, after=after, limit=100
        )
        after = found["after"]
        assert len(found["publications"]) == 100
        assert cost.scanned["publications"] == 0
        costs.append(cost.fetched["publications"])
    assert max(costs) <= 12 * 100, costs


async def test_what_only_a_person_can_move_on_is_looked_at_a_bounded_number_at_a_time(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write(NOW)
    await fill(here, publication, here.account, WAITING)
    await world.owner.execute(
        "update app.contents set status = 'needs_review' where id <> $1", publication["content_id"]
    )
    found, after, costs = [], None, []
    while True:
        page, cost = await cost_of(
            world.service, "sweep_publications", tables=TABLES, now=NOW, horizon=HOUR, after=after, limit=200
        )
        found += [it["id"] for it in page["publications"]]
        costs.append(cost.fetched["publications"])
        after = page["after"]
        if after is None:
            break
    assert found == [str(publication["id"])]
    assert max(costs) <= 2 * 10 * 200
    assert len(costs) == MANY // 2000 + 1


async def test_a_claim_looks_at_what_is_in_front_of_it(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write(NOW - HOUR)
    await fill(here, publication, here.account, WAITING)
    got, cost = await cost_of(world.service, "claim_publication", tables=TABLES, **claiming(publication))
    assert got["outcome"] == "claimed"
    assert (cost.scanned["publications"], cost.scanned["contents"]) == (0, 0)
    assert cost.fetched["publications"] <= 60, cost.fetched


@pytest.mark.parametrize("columns", [DONE, AHEAD])
async def test_a_claim_reads_its_accounts_earliest_and_not_all_of_it(world: World, columns: str) -> None:
    here = await publishing(world)
    (publication,) = await here.write(NOW)
    await fill(here, publication, here.account, columns)
    got, cost = await cost_of(world.service, "claim_publication", tables=TABLES, **claiming(publication))
    assert got["outcome"] == "claimed"
    assert cost.scanned["publications"] == cost.scanned["contents"] == 0
    assert cost.fetched["publications"] <= 60, cost.fetched


async def test_what_one_account_has_waiting_does_not_make_anothers_claim_dearer(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write(NOW)
    await fill(here, publication, await connect(world, here.person), WAITING)
    await arm(world, publication, NOW, "msg")
    got, cost = await cost_of(world.service, "claim_publication", tables=TABLES, **claiming(publication, NOW + LEASE))
    assert got["publication"]["id"] == str(publication["id"])
    assert cost.scanned["publications"] == 0
    assert cost.fetched["publications"] <= 60, cost.fetched
