"""What a message about a publication is told."""

from datetime import timedelta

import pytest

from tests.sql.publishing import (
    LEASE,
    NO_REPLY,
    NOT_TAKEN,
    OUT,
    begin,
    claim,
    claimed,
    content_status,
    publishing,
    record,
    sending,
    settle,
    stored,
)
from tests.sql.world import HOUR, MINUTE, NOW, World, at, contents

SECOND = timedelta(seconds=1)


async def test_what_is_due_is_claimed_sent_and_out(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    got = await claim(world, publication)
    assert got["outcome"] == "claimed"
    assert (got["publication"]["status"], got["publication"]["attempt"]) == ("publishing", 1)
    assert (got["publication"]["platform"], at(got["publication"]["ready_at"])) == ("x", NOW + LEASE)
    assert (got["account"]["id"], got["content"]["body"], got["language"]) == (here.account, "post 0", "ko")
    assert got["credentials"] == {"key_id": "k1", "sealed": "sealed", "version": 1, "expires_at": None}
    row = got["publication"]
    assert (await begin(world, row))["outcome"] == "begun"
    assert (await record(world, row, 0))["outcome"] == "recorded"
    assert (await begin(world, row, NOW + MINUTE))["outcome"] == "begun"
    parts = [{"external_id": "part-0"}, {"external_id": "part-1"}]
    settled = await settle(world, row, {**OUT, "parts": parts})
    assert settled["outcome"] == "settled"
    assert (settled["publication"]["status"], settled["publication"]["external_id"]) == ("published", "part-0")
    assert [it["external_id"] for it in settled["publication"]["parts"]] == ["part-0", "part-1"]
    assert settled["publication"]["cost"] == 10 + OUT["cost"]
    assert await content_status(world, publication) == "published"
    account = await world.owner.fetchrow("select * from app.accounts where id = $1", here.account)
    assert account["last_published_at"] == NOW + MINUTE
    assert at(settled["publication"]["published_at"]) == (await stored(world, publication))["finished_at"]
    assert (await claim(world, publication, NOW + MINUTE))["outcome"] == "done"


async def test_a_claim_of_nothing_is_stale(world: World) -> None:
    assert await claim(world, {"id": "00000000-0000-0000-0000-000000000000"}) == {"outcome": "stale"}


async def test_the_same_claim_again_gets_the_same_fence_until_it_begins(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    first = await claim(world, publication, claim_id="one")
    assert await claim(world, publication, NOW + MINUTE, claim_id="one") == first
    await begin(world, first["publication"])
    again = await claim(world, publication, NOW + MINUTE, claim_id="one")
    assert (again["outcome"], at(again["again_at"])) == ("busy", NOW + LEASE), "it may be out already"


async def test_no_lease_is_longer_than_a_poison_publication_may_block_its_account(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    got = await world.service.call(
        "claim_publication", publication_id=publication["id"], claim_id="one", lease=HOUR, now=NOW
    )
    assert at(got["publication"]["lease_until"]) == NOW + timedelta(minutes=5)


async def test_one_of_an_account_is_under_way_at_a_time_and_other_accounts_go_on(world: World) -> None:
    here = await publishing(world, accounts=2)
    mine, others = await here.write(NOW - MINUTE)
    (later,) = await here.write(accounts=[str(mine["account_id"])])
    await claimed(world, mine)
    busy = await claim(world, later)
    assert (busy["outcome"], at(busy["again_at"])) == ("busy", NOW + LEASE)
    assert busy["account"]["id"] == str(mine["account_id"])
    await claimed(world, others)


async def test_a_message_gets_the_accounts_earliest_that_is_ready(world: World) -> None:
    here = await publishing(world)
    (late,), (early,), (future,) = [await here.write(NOW + wait) for wait in (-MINUTE, -HOUR, HOUR)]
    got = await claim(world, late)
    assert (got["outcome"], got["publication"]["id"]) == ("claimed", str(early["id"]))
    await settle(world, got["publication"], OUT, NOW)
    assert (await claim(world, future))["publication"]["id"] == str(late["id"]), "whoever asks"


async def test_of_two_for_the_same_instant_the_order_is_the_same_for_everybody(world: World) -> None:
    here = await publishing(world)
    rows = [row for _ in range(3) for row in await here.write()]
    first = min(rows, key=lambda row: str(row["id"]))
    assert (await claim(world, rows[-1]))["publication"]["id"] == str(first["id"])


async def test_what_is_not_due_waits_for_its_time(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write(NOW + HOUR)
    early = await claim(world, publication, NOW + HOUR - SECOND)
    assert (early["outcome"], at(early["again_at"])) == ("waiting", NOW + HOUR)
    assert (early["publication"]["attempt"], early["account"]["id"]) == (0, here.account)
    await claimed(world, publication, NOW + HOUR)


async def test_a_failed_attempt_waits_for_its_retry_and_keeps_its_place(world: World) -> None:
    here = await publishing(world)
    (first,), (second,) = await here.write(NOW - MINUTE), await here.write(NOW)
    row = await sending(world, first)
    await settle(world, row, {**NOT_TAKEN, "retry_at": NOW + HOUR})
    waiting = await claim(world, first, NOW + MINUTE)
    assert waiting["publication"]["id"] == str(second["id"]), "it is stepped over while it waits"
    await settle(world, waiting["publication"], {**NOT_TAKEN, "retry_at": NOW + HOUR}, NOW + MINUTE)
    assert (await claim(world, second, NOW + HOUR))["publication"]["id"] == str(first["id"])


async def test_what_waits_for_a_yes_is_stepped_over(world: World) -> None:
    here = await publishing(world)
    (unapproved,) = await here.write(NOW - HOUR, status="pending_approval")
    (unread,) = await here.write(NOW - HOUR, rows=[{**contents()[0], "verdict": {"passed": False}}])
    for waiting in (unapproved, unread):
        told = await claim(world, waiting)
        assert (told["outcome"], told["again_at"]) == ("waiting", None), "for a person"
    (approved,) = await here.write(NOW)
    for waiting in (unapproved, unread):
        got = await claim(world, waiting)
        assert (got["outcome"], got["publication"]["id"]) == ("claimed", str(approved["id"]))
        await settle(world, got["publication"], {"status": "waiting"}, NOW)


@pytest.mark.parametrize("status", ["rejected", "expired"])
async def test_nothing_that_was_refused_is_claimed_and_it_ends(world: World, status: str) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    await world.owner.execute(
        "update app.contents set status = $2::text::app.content_status where id = $1", publication["content_id"], status
    )
    assert (await claim(world, publication))["outcome"] == "done"
    row = await stored(world, publication)
    assert (row["status"], row["reason"], row["attempt"]) == ("cancelled", status, 0)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("is_active = false", "paused"),
        ("deleted_at = now()", "deleted"),
        ("deleted_at = now(), is_active = false", "deleted"),
    ],
)
async def test_nothing_of_a_paused_or_deleted_schedule_is_claimed_and_it_ends(
    world: World, change: str, reason: str
) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    await world.owner.execute(
        f"update app.schedules set next_run_at = null, late_at = null, {change} where id = $1",  # noqa: S608
        here.schedule["id"],
    )
    assert (await claim(world, publication))["outcome"] == "done"
    row = await stored(world, publication)
    assert (row["status"], row["reason"]) == ("cancelled", reason)
    assert await content_status(world, publication) == "draft"


async def test_what_the_last_occurrence_of_a_finished_schedule_wrote_still_goes_out(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    await world.owner.execute(
        "update app.schedules set next_run_at = null, late_at = null, is_active = false, finished_at = $2 "
        "where id = $1",
        here.schedule["id"], NOW,
    )  # fmt: skip
    await claimed(world, publication)


@pytest.mark.parametrize("status", ["needs_reauth", "disabled"])
async def test_an_account_that_cannot_be_used_waits_for_a_person(world: World, status: str) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    await world.owner.execute(
        "update app.accounts set status = $2::text::app.account_status where id = $1", here.account, status
    )
    told = await claim(world, publication)
    assert (told["outcome"], told["again_at"]) == ("waiting", None)
    await world.owner.execute("update app.accounts set status = 'active' where id = $1", here.account)
    await claimed(world, publication)


async def test_nothing_of_a_stopped_workspace_is_claimed_nor_ends(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write(late_at=NOW + MINUTE)
    await world.stop_workspace(here.person.id)
    assert (await claim(world, publication, NOW + HOUR))["outcome"] == "held"
    assert (await stored(world, publication))["status"] == "waiting", "nothing becomes late while it is stopped"
    await world.stop_workspace(here.person.id, None)
    await claimed(world, publication)


async def test_a_throttled_account_waits_for_the_platform_and_others_do_not(world: World) -> None:
    here = await publishing(world, accounts=2)
    mine, other = await here.write()
    row = await sending(world, mine)
    until = NOW + HOUR
    told = {
        **NOT_TAKEN, "is_attempt": False, "retry_at": until.isoformat(),
        "account": {"throttled_until": until.isoformat()},
    }  # fmt: skip
    await settle(world, row, told)
    assert (await stored(world, mine))["attempt"] == 0, "the platform has not looked at it"
    (next_one,) = await here.write(NOW + MINUTE, accounts=[str(mine["account_id"])])
    wait = await claim(world, next_one, NOW + MINUTE)
    assert (wait["outcome"], at(wait["again_at"])) == ("throttled", until)
    await claimed(world, other, NOW + MINUTE)
    assert (await claim(world, next_one, until))["publication"]["id"] == str(mine["id"])


async def test_a_shorter_throttle_does_not_shorten_a_longer_one(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    row = await sending(world, publication)
    await world.owner.execute("update app.accounts set throttled_until = $2 where id = $1", here.account, NOW + HOUR)
    await settle(world, row, {**NOT_TAKEN, "account": {"throttled_until": (NOW + MINUTE).isoformat()}})
    wait = await claim(world, publication, NOW + 2 * MINUTE)
    assert (wait["outcome"], at(wait["again_at"])) == ("throttled", NOW + HOUR)


async def test_the_accounts_spacing_is_kept_between_publications_and_not_inside_one(world: World) -> None:
    here = await publishing(world)
    await world.owner.execute("update app.accounts set spacing = '30 minutes' where id = $1", here.account)
    (first,), (second,) = await here.write(NOW - MINUTE), await here.write(NOW)
    row = await sending(world, first)
    await record(world, row, 0, NOW)
    await settle(world, row, {**NOT_TAKEN, "retry_at": NOW.isoformat()}, NOW)
    await world.owner.execute("update app.accounts set last_published_at = $2 where id = $1", here.account, NOW)
    row = await sending(world, first)
    await settle(world, row, OUT, NOW + MINUTE)
    wait = await claim(world, second, NOW + 2 * MINUTE)
    assert (wait["outcome"], at(wait["again_at"])) == ("throttled", NOW + 31 * MINUTE)
    await claimed(world, second, NOW + 31 * MINUTE)


@pytest.mark.parametrize(
    ("account", "approved", "ended"),
    [
        ("active", True, ("failed", "late")),
        ("needs_reauth", True, ("failed", "account")),
        ("active", False, ("cancelled", "expired")),
    ],
)
async def test_what_comes_too_late_is_given_up_for_the_reason_that_it_waited(
    world: World, account: str, approved: bool, ended: tuple[str, str]
) -> None:
    here = await publishing(world)
    status = "pending_publish" if approved else "pending_approval"
    (publication,) = await here.write(late_at=NOW + HOUR, status=status)
    (next_one,) = await here.write(NOW + MINUTE)
    await world.owner.execute(
        "update app.accounts set status = $2::text::app.account_status where id = $1", here.account, account
    )
    got = await claim(world, next_one, NOW + HOUR)
    assert got["outcome"] == ("claimed" if account == "active" else "waiting")
    assert got["publication"]["id"] == str(next_one["id"])
    row = await stored(world, publication)
    assert ((row["status"], row["reason"]), row["finished_at"]) == (ended, NOW + HOUR)
    assert await content_status(world, publication) == ("draft" if approved else "expired")
    letters = await world.owner.fetch("select cause, redrive_at from app.dead_letters")
    assert [(it["cause"], it["redrive_at"]) for it in letters] == (
        [("account" if account != "active" else "attempts", None)] if approved else []
    ), "what is late is never driven again by itself"


async def test_an_unknown_one_is_stepped_over_and_only_its_own_message_reads_it_back(world: World) -> None:
    here = await publishing(world)
    (lost,), (next_one,) = await here.write(NOW - MINUTE), await here.write(NOW)
    row = await sending(world, lost)
    await settle(world, row, {**NO_REPLY, "read_at": (NOW + 10 * MINUTE).isoformat()})
    early = await claim(world, lost, NOW + MINUTE)
    assert (early["outcome"], early["publication"]["id"]) == ("claimed", str(next_one["id"]))
    busy = await claim(world, lost, NOW + MINUTE * 5)
    assert busy["outcome"] == "waiting", "nothing else is ready, and its own time has not come"
    assert at(busy["again_at"]) == NOW + 10 * MINUTE
    await settle(world, early["publication"], OUT, NOW + MINUTE)
    got = await claim(world, lost, NOW + 10 * MINUTE, claim_id="reader")
    assert (got["outcome"], got["publication"]["status"]) == ("reading", "unknown")
    assert got["publication"]["fence"] > row["fence"]
    assert at(got["publication"]["lease_until"]) == NOW + 10 * MINUTE + LEASE
    assert (got["content"]["id"], got["credentials"]["sealed"]) == (str(lost["content_id"]), "sealed")
    assert await claim(world, lost, NOW + 11 * MINUTE, claim_id="reader") == got
    assert (await claim(world, lost, NOW + 11 * MINUTE))["outcome"] == "busy"


async def test_nothing_is_sent_while_an_account_is_read_back_and_the_other_way_round(world: World) -> None:
    here = await publishing(world)
    (lost,) = await here.write(NOW - MINUTE)
    row = await sending(world, lost)
    await settle(world, row, {**NO_REPLY, "read_at": NOW.isoformat()}, NOW)
    reading = await claim(world, lost)
    assert reading["outcome"] == "reading"
    (next_one,) = await here.write(NOW)
    assert (await claim(world, next_one))["outcome"] == "busy", "reading may send again under its key"
    await settle(world, reading["publication"], {**NO_REPLY, "read_at": NOW.isoformat()}, NOW)
    await claimed(world, next_one)
    assert (await claim(world, lost))["outcome"] == "busy"


async def test_what_nobody_can_read_back_waits_for_a_person(world: World) -> None:
    here = await publishing(world)
    (lost,) = await here.write()
    await settle(world, await sending(world, lost), NO_REPLY)
    told = await claim(world, lost, NOW + HOUR)
    assert (told["outcome"], told["again_at"]) == ("waiting", None)


async def test_a_deadline_that_nobody_has_used_to_object_lets_it_out_by_its_own_message(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write(
        NOW + HOUR, status="pending_approval", approve_by=NOW + 55 * MINUTE, on_deadline="publish"
    )
    early = await claim(world, publication, NOW + 54 * MINUTE)
    assert (early["outcome"], at(early["again_at"])) == ("waiting", NOW + HOUR)
    await claimed(world, publication, NOW + HOUR)
    assert await content_status(world, publication) == "pending_publish"
    assert (await begin(world, (await stored(world, publication)), NOW + HOUR))["outcome"] == "begun"


async def test_a_deadline_by_which_nobody_has_said_yes_ends_it_by_its_own_message(world: World) -> None:
    here = await publishing(world, accounts=2)
    first, second = await here.write(
        NOW + HOUR, status="pending_approval", approve_by=NOW + 55 * MINUTE, on_deadline="skip"
    )
    assert (await claim(world, first, NOW + HOUR))["outcome"] == "done"
    for publication in (first, second):
        row = await stored(world, publication)
        assert (row["status"], row["reason"]) == ("cancelled", "expired")
    assert await content_status(world, first) == "expired"
