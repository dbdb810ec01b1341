"""What was given up and goes on by itself: passing causes are driven again, messages are only hints, ends are told."""

import asyncio

import pytest

from tests.sql.letters import TOO_OFTEN, failed, listed, redrive, replay
from tests.sql.publishing import OUT, alerts, arm, claim, content_status, publishing, sending, stored
from tests.sql.publishing import settle as settle_publication
from tests.sql.test_dead_letters import settle
from tests.sql.world import HOUR, MINUTE, NOW, World, at, refused


async def test_passing_causes_are_driven_again_by_themselves_a_few_times_and_then_wait_for_a_person(
    world: World,
) -> None:
    press, row, _ = await failed(world, TOO_OFTEN)
    now = NOW
    for times in range(1, 4):
        letter = (await listed(press.person, "open"))[0]
        now = at(letter["redrive_at"])
        assert (await redrive(world, now - MINUTE))["redriven"] == 0
        assert await alerts(world) == ([("publication_failed", str(row["id"]))] if times > 1 else [])
        answer = await redrive(world, now)
        assert (answer["redriven"], [it["id"] for it in answer["publications"]]) == (1, [str(row["id"])])
        assert (await redrive(world, now))["redriven"] == 0
        assert (await listed(press.person))[0]["redrives"] == times
        await settle_publication(world, await sending(world, row, now), TOO_OFTEN, now)
    (letter,) = await listed(press.person, "open")
    assert (letter["redrive_at"], letter["redrives"]) == (None, 3)
    assert len(await world.owner.fetch("select from app.alerts where kind = 'publication_failed'")) == 1, "told once"
    assert (await redrive(world, now + 99 * HOUR))["redriven"] == 0


async def test_two_sweeps_at_once_drive_a_letter_once(world: World) -> None:
    press, row, letter = await failed(world, TOO_OFTEN)
    answers = await asyncio.gather(*(redrive(world, at(letter["redrive_at"])) for _ in range(5)))
    assert sum(it["redriven"] for it in answers) == 1
    assert (await stored(world, row))["status"] == "waiting"
    assert [it["redrives"] for it in await listed(press.person)] == [1]


async def test_driving_again_waits_for_no_account_while_it_holds_what_is_to_go_there(world: World) -> None:
    """Whoever has the other account, and wants the content next, would wait for it in a circle."""
    here = await publishing(world, accounts=2)
    one, other = await here.write(NOW - MINUTE)
    (later,) = await here.write(accounts=[str(other["account_id"])])
    await settle_publication(world, await sending(world, one), TOO_OFTEN, NOW)
    await settle_publication(world, await sending(world, other), OUT, NOW)
    await settle_publication(world, await sending(world, later), TOO_OFTEN, NOW + MINUTE)
    async with world.owner.acquire() as connection, connection.transaction():
        await connection.execute("select from app.accounts where id = $1 for no key update", other["account_id"])
        driving = asyncio.create_task(redrive(world, NOW + 2 * HOUR))
        done, _ = await asyncio.wait([driving], timeout=0.15)
        assert not done, "it waits for the account"
        await connection.execute("select from app.contents where id = $1 for no key update", other["content_id"])
    assert (await driving)["redriven"] == 2


async def test_what_is_refused_for_good_is_never_driven_again_by_itself(world: World) -> None:
    press, row, letter = await failed(world)
    assert letter["redrive_at"] is None
    assert (await redrive(world, NOW + 99 * HOUR))["redriven"] == 0
    assert (await stored(world, row))["status"] == "failed"
    del press


@pytest.mark.parametrize("hindrance", ["late", "account", "stopped"])
async def test_what_cannot_be_driven_again_now_waits_for_a_person_and_keeps_no_other_back(
    world: World, hindrance: str
) -> None:
    press, row, _ = await failed(world, TOO_OFTEN, NOW + 2 * HOUR if hindrance == "late" else None)
    _, other, _ = await failed(world, TOO_OFTEN)
    if hindrance == "account":
        await world.owner.execute("update app.accounts set status = 'disabled' where id = $1", press.account)
    elif hindrance == "stopped":
        await world.stop_workspace(press.person.id)
    answer = await redrive(world, NOW + 3 * HOUR)
    assert [it["id"] for it in answer["publications"]] == [str(other["id"])]
    assert (await stored(world, row))["status"] == "failed"
    (kept,) = await listed(press.person, "open")
    assert (kept["redrive_at"] is None) == (hindrance != "stopped")
    assert (("publication_failed", str(row["id"])) in await alerts(world)) == (hindrance != "stopped")


async def test_what_would_be_too_late_by_then_is_not_driven_again_and_told_at_once(world: World) -> None:
    _, row, letter = await failed(world, TOO_OFTEN, NOW + HOUR)
    assert letter["redrive_at"] is None
    assert await alerts(world) == [("publication_failed", str(row["id"]))]


async def test_a_message_about_a_publication_is_only_a_hint(world: World) -> None:
    press = await publishing(world)
    (row,) = await press.write(late_at=NOW + HOUR)
    await arm(world, row, NOW, "msg")
    about = {"publication_id": row["id"], "schedule_id": None, "due_at": None}
    assert (await settle(world, None, NOW, **about))["outcome"] == "waiting"
    assert (await stored(world, row))["armed_for"] is None, "the sweep sends another message"
    await sending(world, row, NOW + MINUTE)
    assert (await settle(world, None, NOW + MINUTE, "dlq 2", **about))["outcome"] == "closed"
    assert (await stored(world, row))["status"] == "publishing"
    assert {it["letter_status"] for it in await listed(press.person)} == {"settled"}
    assert {it["publication_id"] for it in await listed(press.person)} == {str(row["id"])}


async def test_a_publication_whose_messages_were_given_up_too_late_has_one_open_letter(world: World) -> None:
    press = await publishing(world)
    (row,) = await press.write(late_at=NOW + HOUR)
    about = {"publication_id": row["id"], "schedule_id": None, "due_at": None}
    for _ in range(2):
        assert (await settle(world, None, NOW + HOUR, **about))["outcome"] == "failed"
    publication = await stored(world, row)
    assert (publication["status"], publication["reason"]) == ("failed", "delivery")
    assert await content_status(world, row) == "draft"
    (letter,) = await listed(press.person, "open")
    assert (letter["cause"], letter["publication_id"]) == ("delivery", str(row["id"]))
    assert (await replay(press.person, letter, NOW + HOUR))["outcome"] == "replayed"
    assert (await claim(world, row, NOW + HOUR))["outcome"] == "claimed"


async def test_of_a_publication_that_a_person_decides_about_a_message_says_nothing(world: World) -> None:
    press = await publishing(world)
    (row,) = await press.write(late_at=NOW + HOUR)
    settlement = {"status": "unknown", "reason": "no_reply", "read": {"outcome": "no_reply"}}
    await settle_publication(world, await sending(world, row), settlement)
    about = {"publication_id": row["id"], "schedule_id": None, "due_at": None}
    assert (await settle(world, None, NOW + 9 * HOUR, **about))["outcome"] == "closed"
    assert (await stored(world, row))["status"] == "unknown"


async def test_what_goes_on_by_itself_is_not_replayed_and_its_letter_says_how_it_ended(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada)
    assert (await settle(world, schedule, NOW + MINUTE))["outcome"] == "waiting"
    (letter,) = await listed(ada)
    with refused(409, "not_ended"):
        await replay(ada, letter)
    assert (await redrive(world, NOW + MINUTE))["settled"] == 0
    await world.finish((await world.claim(schedule, now=NOW + MINUTE))["run"])
    assert (await redrive(world, NOW + 2 * MINUTE))["settled"] == 1
    (letter,) = await listed(ada)
    assert (letter["letter_status"], letter["outcome"]) == ("settled", "closed")
    with refused(409, "nothing_to_replay"):
        await replay(ada, letter)


async def test_what_went_on_by_itself_and_failed_after_all_waits_for_a_person(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada)
    run = (await world.claim(schedule))["run"]
    assert (await settle(world, schedule, NOW + 7 * MINUTE))["outcome"] == "waiting"
    again = (await world.resume(run, NOW + 8 * MINUTE))["run"]
    await world.fail(again, NOW + 9 * MINUTE, final=True)
    assert (await redrive(world, NOW + HOUR))["settled"] == 1
    (letter,) = await listed(ada, "open")
    assert letter["outcome"] == "failed"
    assert (await replay(ada, letter))["outcome"] == "run"


async def test_a_message_that_nobody_can_read_is_poison(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada)
    await settle(world, schedule, NOW, status=489, due_at=NOW - HOUR)
    (letter,) = await listed(ada, "open")
    assert (letter["cause"], letter["outcome"]) == ("poison", "closed")
    assert "body" not in letter
    with refused(409, "nothing_to_replay"):
        await replay(ada, letter)
    await ada.call("discard_dead_letter", letter_id=letter["id"], note=None, now=NOW)
