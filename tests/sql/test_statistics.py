"""The counters beside a schedule and the day's budget always equal what the ledger adds up to."""

import random
from datetime import datetime

import asyncpg
import pytest

from tests.sql.callers import Person, Row
from tests.sql.world import HOUR, LEASE, MINUTE, NOW, World, model_answer, model_attempt

DRIFT = """
select s.id, s.total_generated, s.total_failed, s.consecutive_failures, s.run_count, counted.*
from app.schedules s cross join lateral (
  select
    (select count(*) from app.contents c where c.schedule_id = s.id) as contents,
    count(*) filter (where r.status = 'failed') as failed,
    count(*) filter (where r.trigger = 'schedule' and r.started_at is not null) as begun
  from app.runs r where r.schedule_id = s.id) counted
where (s.total_generated, s.total_failed, s.run_count) is distinct from (contents, failed, begun)
"""
UNSETTLED = """
select d.*, counted.*
from app.budget_days d cross join lateral (
  select
    coalesce(sum(r.reserved_cost), 0) as reserved,
    coalesce(sum(r.cost) filter (where r.finished_at is not null), 0) as spent,
    coalesce(sum(r.item_count) filter (where r.status in ('running', 'retrying', 'succeeded') or r.cost > 0), 0) as used
  from app.runs r where r.workspace_id = d.workspace_id and r.reserved_day = d.day) counted
where (d.reserved_cost, d.spent_cost, d.runs) is distinct from (reserved, spent, used)
"""
UNBOOKED = """
select r.id, r.cost, r.model_attempts
from app.runs r cross join lateral (
  select coalesce(sum((it ->> 'cost')::bigint), 0) as cost, count(distinct it ->> 'id') as calls
  from jsonb_array_elements(r.model_attempts) as it) told
where r.cost <> told.cost or told.calls <> jsonb_array_length(r.model_attempts)
  or (r.finished_at is null and r.cost > r.reserved_cost)
  or (r.finished_at is not null and exists (select from app.answers a where a.run_id = r.id))
"""


NO_RUN: Row = {"id": "00000000-0000-0000-0000-000000000001", "fence": 0}


class Story:
    """Random moves on two schedules of one workspace, wrong ones included; `now` only goes forward."""

    def __init__(self, world: World, person: Person, schedules: list[Row], seed: int) -> None:
        self.world = world
        self.person = person
        self.schedules = schedules
        self.chance = random.Random(seed)  # noqa: S311
        self.now = NOW
        self.runs: list[Row] = []
        self.refusals: set[str] = set()
        self.waited_for: set[tuple[str, datetime]] = set()
        self.moves = [
            *[self.deliver] * 4, self.press, *[self.finish] * 3, self.fail, self.rescue, self.stop, *[self.go_on] * 2,
            self.give_up, *[self.record] * 3, self.queue,
        ]  # fmt: skip

    async def step(self, number: int) -> None:
        self.key = str(number)
        self.now += self.chance.choice([MINUTE, 3 * MINUTE, LEASE, HOUR / 2])
        seen = await self.world.stored(self.chance.choice(self.schedules))
        self.schedule = {**seen, "id": str(seen["id"]), "workspace_id": self.person.id, "created_by": self.person.id}
        self.due_at: datetime = seen["next_run_at"] or NOW
        self.following = max(self.now, self.due_at) + self.chance.choice([MINUTE, HOUR])
        try:
            await self.chance.choice(self.moves)()
        except asyncpg.PostgresError as refusal:
            self.refusals.add(str(refusal.sqlstate))
        for schedule in self.schedules:
            if next_run_at := (await self.world.stored(schedule))["next_run_at"]:
                self.waited_for.add((schedule["id"], next_run_at))

    async def deliver(self) -> None:
        if self.chance.random() < 0.7:
            self.now = max(self.now, self.due_at)
        claim = await self.world.claim(self.schedule, self.due_at, self.now, claim_id=self.key)
        self.claimed(claim)
        if claim["outcome"] == "late":
            await self.world.service.call(
                "record_missed", schedule_id=self.schedule["id"], due_at=self.due_at, missed=[self.due_at],
                revision=self.schedule["revision"], next_run_at=self.following,
                late_at=self.following + HOUR / 2, now=self.now,
            )  # fmt: skip
        await self.world.advance(self.schedule, self.following, self.due_at, self.now)

    async def press(self) -> None:
        self.claimed(await self.world.run_now(self.schedule, key=self.key, claim_id=self.key, now=self.now))

    async def finish(self) -> None:
        cost = self.chance.choice([0, 500])
        await self.world.finish(self.some_run(), self.now, items=self.chance.randint(1, 3), cost=cost)

    async def record(self) -> None:
        """Often one that was told before, or of a run that has ended."""
        told = model_attempt(self.chance.choice(["a", "b", self.key]), self.chance.choice([0, 500, 200_000]))
        await self.world.record(self.some_run(), told, model_answer(), self.now)

    async def queue(self) -> None:
        queued = await self.world.queue(self.schedule, self.key, self.now, count=self.chance.randint(1, 4))
        if queued["run"]:
            self.runs.append(queued["run"])

    async def fail(self) -> None:
        cost = self.chance.choice([0, 500])
        await self.world.fail(self.some_run(), self.now, final=self.chance.random() < 0.5, cost=cost)

    async def rescue(self) -> None:
        self.claimed(await self.world.resume(self.some_run(), self.now, claim_id=self.key))

    async def stop(self) -> None:
        verb = self.chance.choice(["pause_schedule", "delete_schedule"])
        await self.person.call(verb, schedule_id=self.schedule["id"], now=self.now)

    async def go_on(self) -> None:
        verb = "restore_schedule" if self.schedule["deleted_at"] else "resume_schedule"
        plan = {"next_run_at": self.following, "late_at": self.following + HOUR / 2, "now": self.now}
        await self.person.call(verb, schedule_id=self.schedule["id"], **plan)

    async def give_up(self) -> None:
        await self.world.service.call(
            "settle_dead_letter", dlq_id=self.key, message_id=None, url=None, status=500, body="",
            schedule_id=self.schedule["id"], due_at=self.due_at, run_id=None, publication_id=None, now=self.now,
        )  # fmt: skip

    def claimed(self, claim: Row) -> None:
        if claim["outcome"] == "claimed":
            self.runs.append(claim["run"])

    def some_run(self) -> Row:
        """More often a late one: the earlier ones have mostly ended."""
        return self.chance.choice((self.runs or [NO_RUN])[-3:])


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_happens_in_whatever_order_the_books_are_right(world: World, seed: int) -> None:
    ada = await world.person()
    story = Story(world, ada, [await world.schedule(ada, lead_time="PT10M") for _ in range(2)], seed)
    for number in range(120):
        await story.step(number)
        assert [dict(row) for row in await world.owner.fetch(DRIFT)] == []
        assert [dict(row) for row in await world.owner.fetch(UNSETTLED)] == []
        assert [dict(row) for row in await world.owner.fetch(UNBOOKED)] == []
    assert {code[:4] for code in story.refusals} <= {"PT40"}
    assert len(story.runs) > 8, "the story was too quiet to show anything"
    for schedule_id, due_at in story.waited_for:
        waiting = (await world.stored({"id": schedule_id}))["next_run_at"] == due_at
        rows = [row for row in await world.ledger({"id": schedule_id}) if row[0] == due_at]
        assert waiting or len(rows) == 1, f"{due_at} was waited for and has disappeared"


async def test_consecutive_failures_count_since_the_last_success(world: World) -> None:
    schedule = await world.schedule(await world.person())
    for n, ok in enumerate([False, False, True, False]):
        run = (await world.run_now(schedule, key=str(n), claim_id=str(n)))["run"]
        await (world.finish(run) if ok else world.fail(run, final=True))
    assert (await world.stored(schedule))["consecutive_failures"] == 1
