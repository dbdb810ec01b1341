"""Two at once about publications. As in test_races.py: first with a certain order, then as a crowd."""

import asyncio
import random
import uuid
from collections import Counter
from datetime import datetime, timedelta

import asyncpg
import pytest

from tests.sql.callers import Row
from tests.sql.publishing import (
    LEASE,
    NO_REPLY,
    NOT_TAKEN,
    OUT,
    REFUSED,
    Publishing,
    arm,
    beginning,
    claim,
    claimed,
    claiming,
    content_status,
    publishing,
    sending,
    settle,
    settling,
    stored,
    sweep,
)
from tests.sql.test_races import both
from tests.sql.world import HOUR, MINUTE, NOW, World, contents, measured

AFTER = NOW + LEASE


async def test_two_messages_at_once_give_the_turn_to_one(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    first, second = await both(
        world.service, "claim_publication", claiming(publication, claim_id="one"),
        world.service, claiming(publication, claim_id="two"),
    )  # fmt: skip
    assert (first["outcome"], second["outcome"]) == ("claimed", "busy")


async def test_two_messages_about_two_publications_of_one_account_give_the_turn_to_one(world: World) -> None:
    here = await publishing(world)
    (one,), (two,) = await here.write(), await here.write()
    first, second = await both(
        world.service, "claim_publication", claiming(one, claim_id="one"),
        world.service, claiming(two, claim_id="two"),
    )  # fmt: skip
    assert (first["outcome"], second["outcome"]) == ("claimed", "busy")


async def test_of_a_crowd_one_has_the_account_and_the_index_is_never_met(world: World) -> None:
    here = await publishing(world)
    rows = [row for _ in range(6) for row in await here.write()]
    for _ in range(6):
        answers = await asyncio.gather(*(claim(world, row) for row in rows for _ in range(3)))
        outcomes = Counter(it["outcome"] for it in answers)
        assert outcomes["claimed"] == 1
        assert set(outcomes) <= {"claimed", "busy", "done"}
        (mine,) = (it["publication"] for it in answers if it["outcome"] == "claimed")
        await settle(world, mine, OUT, NOW)
    assert {(await stored(world, row))["status"] for row in rows} == {"published"}


async def test_two_accounts_never_wait_for_each_other(world: World) -> None:
    here = await publishing(world, accounts=2)
    one, other = await here.write()
    async with world.service.transaction() as open_one:
        assert (await open_one.call("claim_publication", **claiming(one)))["outcome"] == "claimed"
        answer = await asyncio.wait_for(claim(world, other), 5)
        assert answer["outcome"] == "claimed"


async def test_a_claim_while_its_schedule_is_paused_finds_it_cancelled(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    _, told = await both(
        here.person, "pause_schedule", {"schedule_id": here.schedule["id"], "now": NOW},
        world.service, claiming(publication), then="claim_publication",
    )  # fmt: skip
    assert (told["outcome"], told["publication"]["reason"]) == ("done", "paused")


async def test_a_pause_while_it_is_claimed_leaves_it_to_its_holder(world: World) -> None:
    here = await publishing(world)
    (publication,), (next_one,) = await here.write(NOW - MINUTE), await here.write()
    first, paused = await both(
        world.service, "claim_publication", claiming(publication),
        here.person, {"schedule_id": here.schedule["id"], "now": NOW}, then="pause_schedule",
    )  # fmt: skip
    assert (first["outcome"], paused["outcome"]) == ("claimed", "paused")
    assert (await stored(world, publication))["status"] == "publishing"
    assert (await stored(world, next_one))["reason"] == "paused"
    assert (await world.service.call("begin_attempt", **beginning(first["publication"])))["outcome"] == "changed"
    assert (await stored(world, publication))["reason"] == "paused", "nothing was sent yet"


async def test_an_edit_while_an_attempt_begins_is_not_sent_half(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    row = await claimed(world, publication)
    async with world.owner.acquire() as connection, connection.transaction():
        await connection.execute("update app.contents set version = 2 where id = $1", publication["content_id"])
        waiting = asyncio.create_task(world.service.call("begin_attempt", **beginning(row)))
        done, _ = await asyncio.wait([waiting], timeout=0.15)
        assert not done, "it waits for whoever changes the content"
    assert (await waiting)["outcome"] == "changed"
    assert (await claimed(world, publication))["attempt"] == 1


async def test_two_outcomes_at_once_leave_one(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    row = await sending(world, publication)
    first, second = await both(
        world.service, "settle_publication", settling(row, OUT),
        world.service, settling(row, {**NOT_TAKEN, "retry_at": NOW.isoformat()}),
    )  # fmt: skip
    assert first["publication"]["status"] == second["publication"]["status"] == "published"


async def test_an_outcome_while_the_next_claim_makes_it_unknown_is_believed(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    row = await sending(world, publication)
    first, second = await both(
        world.service, "claim_publication", claiming(publication, AFTER, "reader"),
        world.service, settling(row, OUT, AFTER), then="settle_publication",
    )  # fmt: skip
    assert (first["outcome"], second["publication"]["status"]) == ("reading", "published")


async def test_removing_an_account_while_a_run_hands_over_to_it_leaves_nothing_waiting(world: World) -> None:
    here = await publishing(world)
    run = (await world.claim_new(here.schedule))["run"]
    targets = [{"item": 0, "account_id": here.account, "publish_at": NOW, "late_at": None}]
    finish = {
        "run_id": run["id"], "fence": run["fence"], "contents": contents(), "measured": measured(), "now": NOW,
        "known": None, "handover": {"status": "pending_publish", "targets": targets},
    }  # fmt: skip
    remove = {"account_id": here.account, "now": NOW}
    _, removed = await both(world.service, "finish_run", finish, here.person, remove, then="remove_account")
    assert removed["outcome"] == "removed"
    (publication,) = await here.of_run(run["id"])
    assert (publication["status"], publication["reason"]) == ("cancelled", "removed")
    assert await content_status(world, publication) == "draft"


async def test_a_run_that_hands_over_to_an_account_while_it_is_removed_leaves_nothing_waiting(world: World) -> None:
    here = await publishing(world)
    run = (await world.claim_new(here.schedule))["run"]
    targets = [{"item": 0, "account_id": here.account, "publish_at": NOW, "late_at": None}]
    finish = {
        "run_id": run["id"], "fence": run["fence"], "contents": contents(), "measured": measured(), "now": NOW,
        "known": None, "handover": {"status": "pending_publish", "targets": targets},
    }  # fmt: skip
    remove = {"account_id": here.account, "now": NOW}
    _, saved = await both(here.person, "remove_account", remove, world.service, finish, then="finish_run")
    assert saved["outcome"] == "succeeded"
    (publication,) = await here.of_run(run["id"])
    assert (publication["status"], publication["reason"]) == ("cancelled", "removed")


async def test_two_presses_of_retry_revive_it_once(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    await here.person.call("void_publication", publication_id=publication["id"], now=NOW)
    press = {"publication_id": publication["id"], "confirm": False, "now": NOW}
    first, second = await both(here.person, "retry_publication", press, here.person, press)
    assert (first["outcome"], second["outcome"]) == ("retried", "unchanged")
    assert first["publication"] == second["publication"]


async def test_two_presses_of_publish_make_one_publication(world: World) -> None:
    here = await publishing(world)
    run = (await world.claim_new(here.schedule))["run"]
    content = (await world.finish(run))["contents"][0]
    press = {"content_id": content["id"], "account_ids": [here.account], "publish_at": None, "now": NOW}
    first, second = await both(here.person, "publish_content", press, here.person, press)
    assert (first["outcome"], second["outcome"]) == ("requested", "unchanged")
    assert first["publications"] == second["publications"]
    assert len(first["publications"]) == 1


async def test_two_accounts_that_put_the_same_content_back_do_not_wait_for_each_other_in_a_circle(
    world: World,
) -> None:
    here = await publishing(world, accounts=2)
    rows = [await claimed(world, row) for row in await here.write()]
    async with world.owner.acquire() as connection, connection.transaction():
        await connection.execute("update app.contents set version = 2")
        both_wait = asyncio.gather(*(world.service.call("begin_attempt", **beginning(row)) for row in rows))
        done, _ = await asyncio.wait([both_wait], timeout=0.3)
        assert not done
    assert [it["outcome"] for it in await both_wait] == ["changed", "changed"]


async def test_a_publication_that_is_made_while_its_content_is_rejected_is_cancelled_with_the_rest(
    world: World,
) -> None:
    here = await publishing(world, accounts=2)
    (publication,) = await here.write(accounts=[here.account])
    publish = {
        "content_id": publication["content_id"], "account_ids": here.accounts, "publish_at": None, "now": NOW,
    }  # fmt: skip
    reject = {"content_id": publication["content_id"], "note": None, "now": NOW}
    made, rejected = await both(here.person, "publish_content", publish, here.person, reject, then="reject_content")
    assert (made["outcome"], rejected["outcome"]) == ("requested", "rejected")
    assert [it["reason"] for it in rejected["publications"]] == ["rejected", "rejected"]


class Chaos:
    """Everybody at once, on a few accounts and schedules: claims, outcomes, deaths, people. A deadlock fails it."""

    def __init__(self, here: Publishing, other: Publishing, rows: list[Row], seed: int) -> None:
        self.world, self.here, self.other, self.rows = here.world, here, other, rows
        self.random = random.Random(seed)  # noqa: S311
        self.in_flight: Counter[str] = Counter()
        self.sent: Counter[str] = Counter()
        self.now = NOW

    async def worker(self, rounds: int) -> None:
        acts = {
            self.publish: 24, self.pause: 1, self.resume: 4, self.retry: 6, self.void: 2, self.publish_again: 4,
            self.mark: 2, self.sweep: 4, self.edit: 4, self.approve: 6, self.reject: 1, self.stop: 1, self.go_on: 4,
            self.write: 1, self.remove: 1,
        }  # fmt: skip
        for _ in range(rounds):
            self.now += timedelta(seconds=self.random.randrange(40))
            (act,) = self.random.choices(list(acts), list(acts.values()))
            try:
                await act()
            except asyncpg.PostgresError as exc:
                if not (exc.sqlstate or "").startswith("PT"):  # a refusal is an answer, a deadlock is none
                    raise

    async def publish(self) -> None:
        got = await claim(self.world, self.random.choice(self.rows), self.now)
        row = got["publication"]
        if got["outcome"] == "reading":
            found = self.sent[row["id"]] > 0
            told: Row = {**OUT, "read": {"outcome": "found"}} if found else {"status": "waiting"}
            await settle(self.world, row, told, self.now)
        elif got["outcome"] == "claimed":
            begun = await self.world.service.call("begin_attempt", **beginning(row, self.now))
            if begun["outcome"] != "begun":
                return
            account = row["account_id"]
            self.in_flight[account] += 1
            assert self.in_flight[account] == 1, "two of an account under way"
            await asyncio.sleep(0)
            fate = self.random.random()
            if fate < 0.7:
                self.sent[row["id"]] += 1
            self.in_flight[account] -= 1
            if fate < 0.5:
                await settle(self.world, row, OUT, self.now)
            elif fate < 0.8:
                unread = {**NO_REPLY, "read_at": self.now.isoformat()}
                await settle(self.world, row, unread, self.now)
            elif fate < 0.9:
                await settle(self.world, row, NOT_TAKEN, self.now)
            else:
                self.now += LEASE  # the holder has died

    async def pause(self) -> None:
        here = self.random.choice((self.here, self.other))
        await here.person.call("pause_schedule", schedule_id=here.schedule["id"], now=self.now)

    async def resume(self) -> None:
        here = self.random.choice((self.here, self.other))
        due_at = self.now + 100 * HOUR
        await here.person.call(
            "resume_schedule", schedule_id=here.schedule["id"], next_run_at=due_at, late_at=due_at + HOUR, now=self.now
        )

    async def retry(self) -> None:
        row = self.random.choice(self.rows)
        await self.here.person.call("retry_publication", publication_id=row["id"], confirm=False, now=self.now)

    async def void(self) -> None:
        row = self.random.choice(self.rows)
        await self.here.person.call("void_publication", publication_id=row["id"], now=self.now)

    async def publish_again(self) -> None:
        row = self.random.choice(self.rows)
        await self.here.person.call(
            "publish_content", content_id=row["content_id"], account_ids=self.here.accounts, publish_at=None,
            now=self.now,
        )  # fmt: skip

    async def mark(self) -> None:
        row = self.random.choice(self.rows)
        await self.here.person.call("mark_published", publication_id=row["id"], url=None, now=self.now)

    async def sweep(self) -> None:
        for found in (await sweep(self.world, self.now))["publications"]:
            await arm(self.world, found, datetime.fromisoformat(found["ready_at"]), str(uuid.uuid4()), self.now)

    async def edit(self) -> None:
        content = await self.content()
        changes = {"body": str(uuid.uuid4()), "verdict": {"passed": True}}
        await self.here.person.call(
            "edit_content", content_id=content["id"], version=content["version"], changes=changes, now=self.now
        )

    async def approve(self) -> None:
        content = await self.content()
        await self.here.person.call("approve_content", content_id=content["id"], version=None, note=None, now=self.now)

    async def reject(self) -> None:
        content = await self.content()
        await self.here.person.call("reject_content", content_id=content["id"], note="no", now=self.now)

    async def content(self) -> Row:
        content_id = self.random.choice(self.rows)["content_id"]
        found: Row = (await self.here.person.call("get_content", content_id=content_id))["content"]
        return found

    async def stop(self) -> None:
        await self.here.person.call("stop_workspace", workspace_id=None, now=self.now)

    async def go_on(self) -> None:
        await self.here.person.call(
            "resume_workspace", workspace_id=None, how=self.random.choice(("catch_up", "spread", "skip")), schedules=[],
            spread=timedelta(minutes=5), now=self.now,
        )  # fmt: skip

    async def write(self) -> None:
        here, claim_id = self.random.choice((self.here, self.other)), str(uuid.uuid4())
        got = await self.world.run_now(here.schedule, key=claim_id, claim_id=claim_id, now=self.now)
        if got["outcome"] != "claimed":
            return
        targets = [
            {"item": 0, "account_id": account, "publish_at": self.now, "late_at": self.now + HOUR}
            for account in here.accounts
        ]
        await self.world.service.call(
            "finish_run", run_id=got["run"]["id"], fence=got["run"]["fence"], contents=contents(), measured=measured(),
            now=self.now, known=None, handover={"status": "pending_publish", "targets": targets},
        )  # fmt: skip
        self.rows += await here.of_run(got["run"]["id"])

    async def remove(self) -> None:
        if len(self.here.accounts) > 2:
            await self.here.person.call("remove_account", account_id=self.here.accounts.pop(), now=self.now)


@pytest.mark.parametrize("seed", range(4))
async def test_a_crowd_of_everybody_never_locks_up_nor_loses_one_nor_sends_one_twice(world: World, seed: int) -> None:
    here = await publishing(world, accounts=4)
    second = Publishing(world, here.person, await world.schedule(here.person), here.accounts)
    rows = [row for _ in range(3) for whose in (here, second) for row in await whose.write(NOW - MINUTE)]
    far = NOW + 1000 * HOUR
    await world.owner.execute("update app.schedules set next_run_at = $1, late_at = $2", far, far + HOUR)
    chaos = Chaos(here, second, rows, seed)
    await asyncio.gather(*(chaos.worker(40) for _ in range(10)))
    await chaos.go_on()
    await settle_everything(chaos)
    for row in chaos.rows:
        after, times = await stored(world, row), chaos.sent[str(row["id"])]
        status = await content_status(world, row)
        assert times <= 1, after
        if after["status"] == "waiting":
            assert status in ("needs_review", "pending_approval"), "for a person"
        elif after["status"] == "unknown":
            assert (after["read_at"], str(after["account_id"]) in here.accounts) == (None, False), "it was removed"
        else:
            assert after["status"] in ("published", "cancelled", "failed"), after
            is_told = after["reads"] and after["reads"][-1]["outcome"] == "voided"
            assert not times or after["status"] == "published" or is_told, after


async def settle_everything(chaos: Chaos) -> None:
    """The sweep alone, until it finds nothing more: every row that is not for a person comes to its end."""
    world = chaos.world
    for _ in range(40):
        chaos.now += LEASE + 2 * MINUTE
        found = (await sweep(world, chaos.now))["publications"]
        for row in found:
            got = await claim(world, row, chaos.now)
            is_out = chaos.sent[got["publication"]["id"]] > 0
            if got["outcome"] in ("reading", "claimed"):
                await settle(world, got["publication"], OUT if is_out else REFUSED, chaos.now)
    assert not found, "the sweep never comes to an end"
