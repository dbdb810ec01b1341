"""An edit is a new version, which nobody has approved; what may be out already is not edited."""

import asyncio

import asyncpg
import pytest

from tests.sql.deciding import OBJECTED, approve, asked, audited, content_of, edit, reject
from tests.sql.publishing import OUT, alerts, begin, claim, claimed, publishing, sending, settle
from tests.sql.world import HOUR, MINUTE, NOW, World, refused


@pytest.mark.parametrize("stage", ["sending", "published", "half out"])
async def test_what_may_be_out_already_is_neither_edited_nor_taken_back(world: World, stage: str) -> None:
    press = await publishing(world)
    (row,) = await press.write()
    under_way = await sending(world, row)
    if stage == "published":
        await settle(world, under_way, OUT)
    elif stage == "half out":
        part = {"external_id": "1", "url": None}
        await settle(world, under_way, {"status": "waiting", "parts": [part]}, NOW)
    for decide in (reject, edit):
        with refused(409, "content_status"):
            await decide(press.person, row)
    assert (await content_of(world, row))["version"] == 1


async def test_an_edit_is_a_new_version_that_wants_a_new_yes(world: World) -> None:
    press, row = await asked(world)
    await approve(press.person, row)
    for _ in range(2):
        answer = await edit(press.person, row)
        content = answer["content"]
        assert (answer["outcome"], content["version"], content["status"]) == ("edited", 2, "pending_approval")
        assert (content["body"], content["decided_at"], content["decided_by"]) == ("another post", None, None)
    assert (await claim(world, row, NOW + 2 * HOUR))["outcome"] == "waiting"
    assert await alerts(world) == [("approval_wanted", str(row["content_id"]))]
    assert (await content_of(world, row))["memory"] == "another post"
    assert len(await audited(world, "content.edit")) == 1


async def test_where_nobody_is_asked_an_edit_that_passes_the_gates_goes_out(world: World) -> None:
    press = await publishing(world)
    (row,) = await press.write(NOW + HOUR)
    assert (await edit(press.person, row))["content"]["status"] == "pending_publish"
    claimed_one = await claim(world, row, NOW + HOUR)
    assert (claimed_one["outcome"], claimed_one["content"]["body"]) == ("claimed", "another post")


@pytest.mark.parametrize("verdict", [OBJECTED, {}, None, "passed", {"passed": 1}])
async def test_an_edit_without_a_verdict_that_says_passed_waits_for_a_person(world: World, verdict: object) -> None:
    press = await publishing(world)
    (row,) = await press.write(NOW + HOUR)
    assert (await edit(press.person, row, verdict=verdict))["content"]["status"] == "needs_review"
    assert (await claim(world, row, NOW + HOUR))["outcome"] == "waiting"


async def test_of_two_who_edit_the_same_version_one_is_told_that_it_has_changed(world: World) -> None:
    press, row = await asked(world)
    answers = await asyncio.gather(*(edit(press.person, row, body=f"by {n}") for n in range(8)), return_exceptions=True)
    won = [it for it in answers if isinstance(it, dict)]
    assert len(won) == 1
    lost = [it for it in answers if isinstance(it, asyncpg.PostgresError)]
    assert {it.message for it in lost} == {"content_version"}
    assert (await content_of(world, row))["version"] == 2


async def test_an_edit_that_changes_no_text_is_none(world: World) -> None:
    press, row = await asked(world)
    answer = await edit(press.person, row, body="post 0")
    assert (answer["outcome"], answer["content"]["version"]) == ("unchanged", 1)


@pytest.mark.parametrize("field", ["status", "created_at", "decided_by", "workspace_id", "run_id", "meta"])
async def test_an_edit_changes_texts_and_what_the_gates_say_and_nothing_else(world: World, field: str) -> None:
    press, row = await asked(world)
    with pytest.raises(asyncpg.InvalidParameterValueError, match=f"unknown field {field}"):
        await edit(press.person, row, **{field: None})


async def test_a_text_that_was_edited_after_its_claim_is_not_sent_as_it_was(world: World) -> None:
    press = await publishing(world)
    (row,) = await press.write()
    for _ in range(5):
        version = (await content_of(world, row))["version"]
        answer = await claim(world, row)
        done = await asyncio.gather(
            edit(press.person, row, version, body=f"version {version}"),
            begin(world, answer["publication"], version=version),
            return_exceptions=True,
        )
        assert isinstance(done[0], asyncpg.PostgresError), "it was claimed: nobody edits it now"
        assert done[1]["outcome"] == "begun"
        await settle(world, answer["publication"], {"status": "waiting", "is_attempt": False}, NOW)
        await edit(press.person, row, version, body=f"version {version}")


async def test_an_edit_is_compared_with_everything_but_itself(world: World) -> None:
    press = await publishing(world)
    (row,), (other,) = await press.write(), await press.write(now=NOW + MINUTE)
    found = await press.person.call("recall_contents", content_id=row["content_id"])
    assert [it["id"] for it in found["recalled"]] == [str(other["content_id"])]
    assert found["platforms"] == ["x"]


async def test_who_was_given_the_old_text_to_post_is_given_the_new_one(world: World) -> None:
    press = await publishing(world)
    (row,) = await press.write()
    await settle(world, await claimed(world, row), {"status": "handed_off"})
    assert await alerts(world) == [("handed_off", str(row["id"]))]
    await edit(press.person, row)
    assert await alerts(world) == []
    answer = await claim(world, row, NOW + HOUR)
    assert (answer["outcome"], answer["content"]["version"]) == ("claimed", 2)


async def test_a_text_that_was_given_to_a_person_is_not_too_late_because_it_was_edited(world: World) -> None:
    press = await publishing(world)
    (row,) = await press.write(late_at=NOW + HOUR)
    await settle(world, await claimed(world, row), {"status": "handed_off"})
    await edit(press.person, row, now=NOW + 2 * HOUR)
    answer = await claim(world, row, NOW + 2 * HOUR)
    assert (answer["outcome"], answer["content"]["version"]) == ("claimed", 2)
