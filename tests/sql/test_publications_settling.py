"""What became of an attempt is written down once, believed whenever it is true, and never guessed."""

import pytest

from tests.sql.publishing import (
    LEASE,
    NO_REPLY,
    NOT_TAKEN,
    OUT,
    REFUSED,
    alerts,
    begin,
    claim,
    claimed,
    content_status,
    publishing,
    record,
    sending,
    settle,
    stored,
    swept,
)
from tests.sql.world import HOUR, MINUTE, NOW, World, at

AFTER = NOW + LEASE  # the lease is over


async def test_a_repeated_outcome_is_answered_the_same_and_counts_nothing_twice(world: World) -> None:
    here = await publishing(world)
    for settlement in (OUT, REFUSED, NO_REPLY, {**NOT_TAKEN, "retry_at": (NOW + HOUR).isoformat(), "cost": 7}):
        (publication,) = await here.write(NOW)
        row = await sending(world, publication)
        first = await settle(world, row, settlement)
        assert first["outcome"] == "settled"
        assert await settle(world, row, settlement, NOW + 2 * MINUTE) == first, settlement["status"]
        assert first["publication"]["cost"] == settlement.get("cost", 0)


async def test_a_refusal_is_final_with_the_platforms_own_words_a_letter_and_one_notice(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    row = await sending(world, publication)
    settled = (await settle(world, row, REFUSED))["publication"]
    assert (settled["status"], settled["reason"], at(settled["finished_at"])) == ("failed", "refused", NOW + MINUTE)
    assert settled["errors"][-1]["message"] == "no such thing here"
    letter = await world.owner.fetchrow("select * from app.dead_letters where publication_id = $1", publication["id"])
    assert (letter["cause"], letter["letter_status"], letter["redrive_at"]) == ("platform", "open", None)
    assert letter["history"][-1]["message"] == "no such thing here"
    assert await alerts(world) == [("publication_failed", str(publication["id"]))]
    assert await content_status(world, publication) == "draft", "a person may do something about it"
    assert (await claim(world, publication, NOW + HOUR))["outcome"] == "done"


async def test_what_was_tried_too_often_is_driven_again_later_and_later_and_not_for_ever(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    given_up = {**NOT_TAKEN, "status": "failed", "reason": "attempts", "cause": "attempts"}
    waits = []
    for turn in range(4):
        row = await claimed(world, await stored(world, publication), NOW)
        await settle(world, row, given_up, NOW)
        redrive_at = await world.owner.fetchval(
            "select redrive_at from app.dead_letters where publication_id = $1 and letter_status = 'open'",
            publication["id"],
        )
        waits.append(redrive_at and (redrive_at - NOW) // HOUR)
        await world.owner.execute(
            "update app.dead_letters set letter_status = 'replayed', redrives = $2, redrive_at = null "
            "where publication_id = $1 and letter_status = 'open'", publication["id"], turn + 1,
        )  # fmt: skip
        await world.owner.execute(
            "update app.publications set status = 'waiting', reason = null, finished_at = null where id = $1",
            publication["id"],
        )
        await world.owner.execute(
            "update app.contents set status = 'pending_publish' where id = $1", publication["content_id"]
        )
    assert waits == [1, 4, 16, None]


async def test_only_the_newest_twenty_errors_are_kept(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    for turn in range(22):
        row = await claimed(world, publication)
        await settle(world, row, {**NOT_TAKEN, "error": {"code": f"e{turn}"}}, NOW)
    errors = (await stored(world, publication))["errors"]
    assert [it["code"] for it in errors] == [f"e{turn}" for turn in range(2, 22)]
    assert errors[-1]["attempt"] == 22


async def test_a_postponement_is_no_attempt_and_moves_its_time(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    row = await claimed(world, publication)
    told = {"status": "waiting", "is_attempt": False, "publish_at": (NOW + HOUR).isoformat()}
    settled = (await settle(world, row, told))["publication"]
    assert (settled["status"], settled["attempt"], at(settled["ready_at"])) == ("waiting", 0, NOW + HOUR)


async def test_what_a_person_has_to_post_is_handed_off_with_a_notice_until_they_have(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write(late_at=NOW + HOUR)
    row = await claimed(world, publication)
    await settle(world, row, {"status": "handed_off"})
    assert await alerts(world) == [("handed_off", str(publication["id"]))]
    told = await claim(world, publication, NOW + 2 * HOUR)
    assert (told["outcome"], told["again_at"]) == ("waiting", None)
    assert (await stored(world, publication))["status"] == "handed_off", "it does not become late with its person"
    await here.person.call("mark_published", publication_id=publication["id"], url="https://blog.test/1", now=NOW)
    assert await alerts(world) == []


async def test_a_lapsed_lease_with_nothing_sent_waits_again_a_little_longer_each_time(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write(NOW - MINUTE)
    (behind,) = await here.write(NOW)
    await claimed(world, publication)
    got = await claim(world, publication, AFTER)
    assert got["publication"]["id"] == str(behind["id"]), "a poisonous one does not keep the others waiting"
    row = await stored(world, publication)
    assert (row["status"], row["attempt"], row["retry_at"]) == ("waiting", 1, AFTER + MINUTE)
    await settle(world, got["publication"], OUT, AFTER)
    row = await claimed(world, publication, AFTER + MINUTE)
    await claim(world, publication, AFTER + MINUTE + LEASE)
    assert (await stored(world, publication))["retry_at"] == AFTER + MINUTE + LEASE + 4 * MINUTE


async def test_one_on_which_every_holder_dies_is_given_up(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    now = NOW
    for _ in range(12):
        await claimed(world, publication, now)
        now += LEASE
        await claim(world, publication, now)
        row = await stored(world, publication)
        now = row["retry_at"] or now
    assert (row["status"], row["reason"], row["attempt"]) == ("failed", "attempts", 12)
    assert await alerts(world) == [], "it is driven again by itself first"
    assert await content_status(world, publication) == "draft"


@pytest.mark.parametrize("wait", [LEASE, LEASE + MINUTE, 30 * HOUR])
async def test_a_lapsed_lease_with_something_sent_is_unknown_and_never_waits_again_by_itself(
    world: World, wait: object
) -> None:
    here = await publishing(world)
    (publication,) = await here.write(late_at=NOW + HOUR)
    await sending(world, publication)
    now = NOW + wait  # type: ignore[operator]
    assert str(publication["id"]) in await swept(world, now + 2 * MINUTE)
    got = await claim(world, publication, now, claim_id="reader")
    assert got["outcome"] == "reading"
    row = await stored(world, publication)
    assert (row["status"], row["reason"], row["attempted_at"], row["read_at"]) == ("unknown", "interrupted", NOW, now)
    for later in (LEASE, HOUR, 50 * HOUR):
        await claim(world, publication, now + later)
        assert (await stored(world, publication))["status"] == "unknown"


async def test_a_part_that_was_written_down_is_no_attempt_under_way(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    row = await sending(world, publication)
    await record(world, row, 0)
    await claim(world, publication, AFTER)
    row = await stored(world, publication)
    assert (row["status"], len(row["parts"]), row["external_id"], row["cost"]) == ("waiting", 1, "part-0", 10)


async def test_a_part_told_again_is_written_down_once(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    row = await sending(world, publication)
    first = await record(world, row, 0)
    again = await record(world, row, 0, NOW + 2 * MINUTE)
    assert (first["outcome"], again) == ("recorded", first)
    assert len((await stored(world, publication))["parts"]) == 1


async def test_a_part_is_never_lost_again(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    row = await sending(world, publication)
    await record(world, row, 0)
    await begin(world, row, NOW + MINUTE)
    await settle(world, row, {**NOT_TAKEN, "parts": []})
    assert len((await stored(world, publication))["parts"]) == 1
    settled = (await settle(world, await sending(world, publication), OUT))["publication"]
    assert [it["external_id"] for it in settled["parts"]] == ["part-0"]
    assert settled["url"] == "https://x.test/0"


@pytest.mark.parametrize("truth", [OUT, REFUSED, {**NOT_TAKEN, "retry_at": (NOW + HOUR).isoformat()}])
@pytest.mark.parametrize("is_being_read", [False, True])
async def test_the_outcome_of_the_very_call_that_nobody_knew_of_is_kept(
    world: World, truth: dict[str, object], is_being_read: bool
) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    mine = await sending(world, publication)
    (other,) = await here.write(NOW - HOUR)
    got = await claim(world, other, AFTER)
    assert (await stored(world, publication))["status"] == "unknown"
    await settle(world, got["publication"], OUT, AFTER)
    reader = (await claim(world, publication, AFTER))["publication"] if is_being_read else None
    answer = await settle(world, mine, truth, AFTER + MINUTE)
    assert answer["outcome"] == ("lost" if is_being_read else "settled")
    assert answer["publication"]["status"] == truth["status"]
    assert answer["publication"]["lease_until"] is None
    if reader:
        after = await settle(world, reader, {**NO_REPLY, "read": {"outcome": "missing"}}, AFTER + MINUTE)
        assert after["publication"]["status"] == truth["status"], "whoever read cannot make it unknown again"


async def test_a_late_holder_who_knows_nothing_either_does_not_disturb_whoever_reads(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    mine = await sending(world, publication)
    reader = (await claim(world, publication, AFTER))["publication"]
    assert (await settle(world, mine, NO_REPLY, AFTER))["outcome"] == "lost"
    row = await stored(world, publication)
    assert (row["status"], row["fence"], row["lease_until"]) == ("unknown", reader["fence"], AFTER + LEASE)
    assert (await settle(world, reader, OUT, AFTER))["publication"]["status"] == "published"


async def test_that_it_is_out_is_true_whoever_says_so_and_ends_every_other_try(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    mine = await sending(world, publication)
    reader = (await claim(world, publication, AFTER))["publication"]
    await settle(world, reader, {"status": "waiting", "read": {"outcome": "missing"}}, AFTER)
    next_one = await claimed(world, publication, AFTER)
    answer = await settle(world, mine, OUT, AFTER)
    assert (answer["outcome"], answer["publication"]["status"]) == ("lost", "published")
    assert (await begin(world, next_one, AFTER))["outcome"] == "lost", "so it is not sent twice"
    await settle(world, next_one, NOT_TAKEN, AFTER)
    assert (await stored(world, publication))["status"] == "published"


async def test_that_it_is_out_already_is_noted_when_it_is_just_being_sent_again(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    mine = await sending(world, publication)
    reader = (await claim(world, publication, AFTER))["publication"]
    await settle(world, reader, {"status": "waiting", "read": {"outcome": "missing"}}, AFTER)
    next_one = await sending(world, publication, AFTER)
    await settle(world, mine, {**OUT, "external_id": "post-1"}, AFTER)
    row = await stored(world, publication)
    assert (row["status"], row["errors"][-1]["code"], row["errors"][-1]["message"]) == (
        "publishing", "out_already", "post-1",
    )  # fmt: skip
    assert (await settle(world, next_one, OUT, AFTER))["publication"]["status"] == "published"


async def test_a_part_that_nobody_knew_of_is_written_down_late_and_the_rest_goes_on(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    mine = await sending(world, publication)
    await claim(world, publication, AFTER)
    assert (await stored(world, publication))["status"] == "unknown"
    late = await record(world, mine, 0, AFTER)
    assert late["outcome"] == "lost", "whoever told it must stop"
    row = await stored(world, publication)
    assert (row["status"], len(row["parts"]), row["cost"], row["attempted_at"]) == ("waiting", 1, 10, None)
    assert (await claimed(world, publication, AFTER))["parts"][0]["external_id"] == "part-0"


async def test_nobody_else_may_begin_record_or_settle(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    old = await claimed(world, publication)
    await claim(world, publication, AFTER)
    await world.owner.execute("update app.publications set retry_at = null where id = $1", publication["id"])
    new = await sending(world, publication, AFTER)
    assert (await begin(world, old, AFTER))["outcome"] == "lost"
    assert (await record(world, old, 0, AFTER))["outcome"] == "lost"
    assert (await settle(world, old, REFUSED, AFTER))["outcome"] == "lost"
    row = await stored(world, publication)
    assert (row["status"], row["fence"], row["parts"]) == ("publishing", new["fence"], [])


async def test_nothing_is_begun_after_the_lease(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    row = await claimed(world, publication)
    assert (await begin(world, row, AFTER))["outcome"] == "lost"
    assert (await stored(world, publication))["attempted_at"] is None


async def test_a_begun_attempt_told_again_is_the_same(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    row = await claimed(world, publication)
    first = await begin(world, row)
    assert (first["outcome"], first["publication"]["version"]) == ("begun", 1)
    assert await begin(world, row) == first


async def test_what_a_second_call_meets_is_held_against_the_credentials_it_was_made_with(world: World) -> None:
    """The session was refused, renewed, and refused again."""
    here = await publishing(world)
    (publication,) = await here.write()
    row = await claimed(world, publication)
    await begin(world, row)
    again = await begin(world, row, NOW + MINUTE)
    assert again["outcome"] == "begun"
    assert (await stored(world, publication))["attempted_at"] == NOW + MINUTE


@pytest.mark.parametrize(
    ("change", "ends_as"),
    [
        ("update app.contents set version = 2", "waiting"),
        ("update app.contents set status = 'needs_review'", "waiting"),
        ("update app.contents set status = 'rejected'", "cancelled"),
        ("update app.accounts set status = 'needs_reauth'", "waiting"),
        ("update app.workspaces set paused_at = '2026-11-21'", "waiting"),
        ("update app.schedules set is_active = false, next_run_at = null, late_at = null", "cancelled"),
        ("update app.schedules set deleted_at = '2026-11-21', next_run_at = null, late_at = null", "cancelled"),
        ("update app.publications set late_at = '2026-11-21'", "waiting"),
    ],
)
async def test_what_has_changed_since_the_claim_is_not_sent(world: World, change: str, ends_as: str) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    row = await claimed(world, publication)
    await world.owner.execute(change)
    answer = await begin(world, row)
    assert answer["outcome"] == "changed"
    ended = answer["publication"]
    assert (ended["status"], ended["attempt"], ended["lease_until"]) == (ends_as, 0, None)
    assert (await begin(world, row))["outcome"] == "lost"


async def test_a_thread_whose_beginning_is_out_is_not_left_half_by_a_pause(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    row = await sending(world, publication)
    await record(world, row, 0)
    await here.person.call("pause_schedule", schedule_id=here.schedule["id"], now=NOW)
    assert (await begin(world, row, NOW + MINUTE))["outcome"] == "begun"


@pytest.mark.parametrize(("status", "kind"), [("needs_reauth", "unauthorized"), ("disabled", "gone")])
async def test_a_lost_account_is_one_notice_however_many_it_keeps_back(world: World, status: str, kind: str) -> None:
    here = await publishing(world)
    (publication,), (behind,) = await here.write(NOW - MINUTE, late_at=NOW + HOUR), await here.write(late_at=NOW + HOUR)
    row = await sending(world, publication)
    told = {**NOT_TAKEN, "account": {"status": status, "reason": kind}}
    await settle(world, row, told)
    account = await world.owner.fetchrow("select status, status_reason from app.accounts where id = $1", here.account)
    assert tuple(account) == (status, kind)
    assert (await claim(world, behind, NOW + MINUTE))["outcome"] == "waiting"
    await claim(world, behind, NOW + HOUR)
    assert [(await stored(world, it))["reason"] for it in (publication, behind)] == ["account", "account"]
    assert await alerts(world) == [("account_lost", here.account)]
    letters = await world.owner.fetch("select cause from app.dead_letters where letter_status = 'open'")
    assert [it["cause"] for it in letters] == ["account", "account"]


async def test_an_account_that_was_connected_again_meanwhile_is_not_judged_by_its_old_credentials(
    world: World,
) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    row = await sending(world, publication)
    await world.owner.execute("update app.credentials set updated_at = $1, version = 2", NOW + MINUTE)
    await settle(world, row, {**NOT_TAKEN, "account": {"status": "needs_reauth", "reason": "expired"}}, NOW + MINUTE)
    assert await world.owner.fetchval("select status from app.accounts where id = $1", here.account) == "active"


async def test_what_may_be_out_of_a_removed_account_waits_for_a_person_with_a_notice(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    await sending(world, publication)
    await here.person.call("remove_account", account_id=here.account, now=NOW)
    await claim(world, publication, AFTER)
    row = await stored(world, publication)
    assert (row["status"], row["read_at"]) == ("unknown", None)
    assert await alerts(world) == [("publication_unknown", str(publication["id"]))]


async def test_what_was_to_be_read_back_is_a_persons_once_its_account_is_removed(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    row = await sending(world, publication)
    await settle(world, row, {**NO_REPLY, "read_at": (NOW + HOUR).isoformat()})
    assert await alerts(world) == []
    await here.person.call("remove_account", account_id=here.account, now=NOW)
    assert (await stored(world, publication))["read_at"] is None
    assert await alerts(world) == [("publication_unknown", str(publication["id"]))]


async def test_what_would_wait_for_a_removed_account_is_cancelled(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    row = await sending(world, publication)
    await here.person.call("remove_account", account_id=here.account, now=NOW)
    settled = (await settle(world, row, {**NOT_TAKEN, "retry_at": (NOW + HOUR).isoformat()}))["publication"]
    assert (settled["status"], settled["reason"]) == ("cancelled", "removed")
    assert await content_status(world, publication) == "draft"


async def test_reads_are_those_since_it_became_unknown(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    row = await sending(world, publication)
    await settle(world, row, {**NO_REPLY, "read_at": NOW.isoformat()}, NOW)
    reader = (await claim(world, publication))["publication"]
    assert reader["reads"] == [{"at": reader["reads"][0]["at"], "outcome": "no_reply"}]
    await settle(world, reader, {"status": "waiting", "read": {"outcome": "missing"}}, NOW)
    assert [it["outcome"] for it in (await stored(world, publication))["reads"]] == ["no_reply", "missing"]
    row = await sending(world, publication)
    again = (await settle(world, row, {**NO_REPLY, "read": {"outcome": "no_reply"}}, NOW))["publication"]
    assert [it["outcome"] for it in again["reads"]] == ["no_reply"]


async def test_a_reading_may_send_again_under_its_key_and_when_it_was_tried_first_is_kept(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    row = await sending(world, publication)
    await settle(world, row, {**NO_REPLY, "read_at": NOW.isoformat()}, NOW)
    reader = (await claim(world, publication, NOW + HOUR))["publication"]
    assert (await begin(world, reader, NOW + HOUR))["outcome"] == "begun"
    assert (await stored(world, publication))["attempted_at"] == NOW
    assert (await begin(world, reader, NOW + HOUR, version=2))["outcome"] == "changed"


@pytest.mark.parametrize("how", ["deleted", "paused", "late", "stopped"])
async def test_what_nobody_wants_any_more_is_not_sent_again_under_its_key_either(world: World, how: str) -> None:
    """It may not have come through the first time."""
    here = await publishing(world)
    (publication,) = await here.write(late_at=NOW + HOUR)
    row = await sending(world, publication)
    await settle(world, row, {**NO_REPLY, "read_at": NOW.isoformat()}, NOW)
    now = NOW + (HOUR if how == "late" else MINUTE)
    reader = (await claim(world, publication, now))["publication"]
    schedule = {"schedule_id": here.schedule["id"], "now": NOW}
    if how == "deleted":
        await here.person.call("delete_schedule", **schedule)
    elif how == "paused":
        await here.person.call("pause_schedule", **schedule)
    elif how == "stopped":
        await world.stop_workspace(here.person.id)
    assert (await begin(world, reader, now))["outcome"] == "changed"
    after = await stored(world, publication)
    assert (after["status"], after["lease_until"]) == ("unknown", None)
    is_told = ("publication_unknown", str(publication["id"])) in await alerts(world)
    assert (after["read_at"] is None) == is_told == (how != "stopped"), "the stop ends some time"


async def test_an_unknown_one_that_only_a_person_can_settle_is_one_notice_until_they_do(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    await settle(world, await sending(world, publication), NO_REPLY)
    assert await alerts(world) == [("publication_unknown", str(publication["id"]))]
    await here.person.call("mark_published", publication_id=publication["id"], url=None, now=NOW + MINUTE)
    assert await alerts(world) == []
    assert await content_status(world, publication) == "published"


async def test_one_on_which_every_reader_dies_is_a_persons_and_keeps_no_other_waiting(world: World) -> None:
    here = await publishing(world)
    (publication,), now = await here.write(), NOW
    await settle(world, await sending(world, publication), {**NO_REPLY, "read_at": NOW.isoformat()}, NOW)
    for minutes in (1, 4, 9, 16):
        assert (await claim(world, publication, now))["outcome"] == "reading"
        now += LEASE
        assert at((await claim(world, publication, now))["again_at"]) == now + minutes * MINUTE
        (other,) = await here.write(now)
        await settle(world, await sending(world, other, now), OUT, now)
        now += minutes * MINUTE
    assert (await claim(world, publication, now))["outcome"] == "reading"
    now += LEASE
    assert (await claim(world, publication, now))["outcome"] == "waiting"
    row = await stored(world, publication)
    assert (row["status"], row["read_at"], row["lease_until"]) == ("unknown", None, None)
    assert await alerts(world) == [("publication_unknown", str(publication["id"]))]
