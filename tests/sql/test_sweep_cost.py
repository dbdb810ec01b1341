"""What a sweep costs follows what is overdue or near, not how many schedules there are."""

from dataclasses import dataclass

from tests.sql.callers import Caller, Row
from tests.sql.world import HOUR, NOW, World, claim_arguments

MANY = 20_000
READS = """
select relname, coalesce(seq_tup_read, 0) as scanned, coalesce(idx_tup_fetch, 0) as fetched
from pg_stat_xact_user_tables where schemaname = 'app' and relname = any ($1::text[]) order by relname
"""


async def fill(world: World, overdue: int, unarmed: int) -> None:
    """MANY schedules, nearly all armed and due in the next days; and as many ended runs."""
    ada = await world.person()
    await world.owner.execute(
        """
        insert into app.schedules (
          id, workspace_id, name, content_type, frequency, timezone, anchor_at, priority, next_run_at, late_at,
          armed_for, armed_at, created_at, updated_at)
        select gen_random_uuid(), $1::uuid, 'n', 'x_post', 'daily', 'UTC', $2, n % 10, due, due + interval '1 hour',
          case when n > $4 + $5 or n <= $4 then due end, case when n > $4 + $5 or n <= $4 then due end, $2, $2
        from (
          select n, $2::timestamptz + case when n <= $4 then interval '-5 hours' else interval '1 minute' * n end as due
          from generate_series(1, $3::int) n) numbered
        """,
        ada.id, NOW, MANY, overdue, unarmed,
    )  # fmt: skip
    await world.owner.execute(
        "insert into app.runs (workspace_id, schedule_id, trigger, due_at, status, reason, revision, created_at, "
        "finished_at) select workspace_id, id, 'schedule', created_at, 'missed', 'late', 1, created_at, created_at "
        "from app.schedules"
    )
    await world.owner.execute("analyze app.schedules, app.runs")


@dataclass
class Cost:
    """Rows read by a call, by table."""

    scanned: dict[str, int]  # from end to end
    fetched: dict[str, int]  # through an index


async def cost_of(
    caller: Caller, function: str, *, tables: tuple[str, ...] = ("schedules", "runs", "contents"), **arguments: object
) -> tuple[Row, Cost]:
    async with caller.transaction() as transaction:
        # The counters may still hold what earlier transactions of the connection have read.
        before = await transaction.fetch(READS, list(tables))
        answer = await transaction.call(function, **arguments)
        after = await transaction.fetch(READS, list(tables))
    pairs = list(zip(before, after, strict=True))
    return answer, Cost(
        {it["relname"]: it["scanned"] - was["scanned"] for was, it in pairs},
        {it["relname"]: it["fetched"] - was["fetched"] for was, it in pairs},
    )


async def test_a_sweep_of_twenty_thousand_schedules_reads_only_what_it_answers(world: World) -> None:
    await fill(world, overdue=40, unarmed=25)
    work, cost = await cost_of(world.service, "sweep_work", now=NOW, horizon=24 * 6 * HOUR, after=None, limit=200)
    assert (len(work["overdue"]), len(work["unarmed"]), work["after"]) == (40, 25, None)
    assert cost.scanned == {"contents": 0, "runs": 0, "schedules": 0}
    assert 65 <= cost.fetched["schedules"] <= 200
    assert cost.fetched["runs"] <= 200


async def test_a_later_page_costs_no_more_than_the_first(world: World) -> None:
    await fill(world, overdue=1000, unarmed=0)
    after, costs = None, []
    for _ in range(5):
        work, cost = await cost_of(world.service, "sweep_work", now=NOW, horizon=24 * HOUR, after=after, limit=100)
        after = work["after"]
        costs.append(cost.fetched["schedules"])
        assert cost.scanned["schedules"] == 0
    assert 100 <= max(costs) <= 10 * 100, costs
    assert costs == sorted(costs, reverse=True), "each page begins where the last one ended"


async def test_the_history_of_a_schedule_is_read_through_its_index_however_long_it_is(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada)
    await world.owner.execute(
        "insert into app.runs (workspace_id, schedule_id, trigger, due_at, status, reason, revision, created_at, "
        "finished_at) select $1, $2, 'schedule', $3::timestamptz - interval '1 hour' * n, 'missed', 'late', 1, $3, $3 "
        "from generate_series(1, 5000) n", ada.id, schedule["id"], NOW,
    )  # fmt: skip
    await world.owner.execute("analyze app.runs")
    after = {"at": (NOW - 4000 * HOUR).isoformat(), "id": "ffffffff-ffff-ffff-ffff-ffffffffffff"}
    page, cost = await cost_of(ada, "list_runs", schedule_id=schedule["id"], after=after, limit=20)
    assert (len(page["runs"]), page["more"]) == (20, True)
    assert cost.scanned["runs"] == 0
    assert 20 <= cost.fetched["runs"] <= 50


async def test_looking_for_somebody_more_important_costs_what_is_due_and_not_what_there_is(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada, priority=0)
    await world.owner.execute(
        """
        insert into app.schedules (
          id, workspace_id, name, content_type, frequency, timezone, anchor_at, priority, next_run_at, late_at,
          armed_for, armed_at, created_at, updated_at)
        select gen_random_uuid(), $1::uuid, 'n', 'x_post', 'daily', 'UTC', $2, 9, due, due + interval '1 hour', due,
          due, $2, $2
        from (select $2::timestamptz + interval '1 minute' * n as due from generate_series(1, $3::int) n) numbered
        """,
        ada.id, NOW, MANY,
    )  # fmt: skip
    await world.owner.execute(
        "insert into app.runs (workspace_id, schedule_id, trigger, due_at, status, reason, revision, created_at, "
        "finished_at, reserved_day) select workspace_id, id, 'schedule', created_at, 'missed', 'late', 1, created_at, "
        "created_at, '2026-11-21' from app.schedules"
    )
    await world.owner.execute("analyze app.schedules, app.runs")
    claim, cost = await cost_of(world.service, "claim_run", **claim_arguments(schedule))
    assert claim["outcome"] == "claimed"
    assert (cost.scanned["schedules"], cost.scanned["runs"]) == (0, 0)
    assert cost.fetched["schedules"] + cost.fetched["runs"] <= 30
