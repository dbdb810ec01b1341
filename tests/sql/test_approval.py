"""A yes and a no are about one version of a content, and decide once."""

import asyncio

from tests.sql.deciding import OBJECTED, WANTED, approve, asked, audited, edit, reject
from tests.sql.publishing import OUT, claim, claimed, content_status, publishing, settle, stored
from tests.sql.world import HOUR, MINUTE, NOW, World, contents, refused


async def test_nothing_goes_out_before_somebody_has_said_yes_and_then_it_does(world: World) -> None:
    press, row = await asked(world)
    assert (await claim(world, row, NOW + 2 * HOUR))["outcome"] == "waiting"
    for _ in range(2):
        answer = await approve(press.person, row)
        assert (answer["outcome"], answer["content"]["status"]) == ("approved", "pending_publish")
        assert [it["id"] for it in answer["publications"]] == [str(row["id"])]
    assert (await claim(world, row, NOW + 2 * HOUR))["outcome"] == "claimed"
    (noted,) = await audited(world, "content.approve")
    assert (str(noted["user_id"]), noted["detail"]) == (press.person.id, {"version": 1})


async def test_a_yes_to_another_version_than_there_is_counts_for_none(world: World) -> None:
    press, row = await asked(world)
    await edit(press.person, row)
    for version in (1, 3):
        with refused(409, "content_version"):
            await approve(press.person, row, version)
    assert await content_status(world, row) == "pending_approval"
    assert (await approve(press.person, row, 2))["content"]["version"] == 2


async def test_a_yes_makes_nothing_late_that_was_waiting_for_it(world: World) -> None:
    press = await publishing(world)
    rows = [{**contents()[0], "verdict": OBJECTED}]
    (row,) = await press.write(NOW + HOUR, late_at=NOW + 3 * HOUR, rows=rows)
    assert await content_status(world, row) == "needs_review"
    await approve(press.person, row, now=NOW + 2 * HOUR)
    assert (await claim(world, row, NOW + 9 * HOUR))["outcome"] == "claimed"


async def test_what_a_gate_objects_to_is_a_draft_after_a_yes_where_it_goes_nowhere(world: World) -> None:
    press = await publishing(world)
    done = await world.finish((await world.claim_new(press.schedule, NOW))["run"])
    await world.owner.execute("update app.contents set status = 'needs_review'")
    row = {"content_id": done["contents"][0]["id"]}
    assert (await approve(press.person, row))["content"]["status"] == "draft"


async def test_a_no_is_final_cancels_what_waits_and_its_note_is_for_colleagues(world: World) -> None:
    press = await publishing(world, accounts=2)
    rows = await press.write(**WANTED)
    for _ in range(2):
        answer = await reject(press.person, rows[0], "not our tone")
        assert (answer["outcome"], answer["content"]["status"]) == ("rejected", "rejected")
        assert {(it["status"], it["reason"]) for it in answer["publications"]} == {("cancelled", "rejected")}
    assert answer["content"]["decision_note"] == "not our tone"
    with refused(409, "content_status"):
        await approve(press.person, rows[0])
    with refused(409, "content_status"):
        await edit(press.person, rows[0])
    assert len(await audited(world, "content.reject")) == 1


async def test_what_was_approved_can_be_taken_back_until_it_is_sent(world: World) -> None:
    press = await publishing(world)
    first, second = (await press.write(now=NOW))[0], (await press.write(now=NOW + MINUTE))[0]
    assert (await reject(press.person, first))["outcome"] == "rejected"
    await claimed(world, second, NOW + MINUTE)
    with refused(409, "content_status"):
        await reject(press.person, second, now=NOW + MINUTE)


async def test_taking_back_and_claiming_at_once_end_in_one_of_both(world: World) -> None:
    press = await publishing(world)
    for n in range(6):
        now = NOW + n * MINUTE
        (row,) = await press.write(now, now=now)
        said, answer = await asyncio.gather(
            reject(press.person, row, now=now), claim(world, row, now), return_exceptions=True
        )
        publication, content = await stored(world, row), await content_status(world, row)
        if isinstance(said, dict):
            assert (publication["status"], content) == ("cancelled", "rejected")
        else:
            assert (said.message, publication["status"], content) == ("content_status", "publishing", "pending_publish")
            await settle(world, answer["publication"], OUT, now)
