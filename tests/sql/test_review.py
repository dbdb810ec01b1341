"""What a gate objects to waits for a person; only they let it go on."""

import json
from typing import Any

import asyncpg
import pytest

from tests.sql.callers import Person, Row
from tests.sql.world import MINUTE, NOW, PASSED, World, contents, measured, refused

OBJECTED = {"passed": False, "objections": [{"gate": "limits", "where": "text", "message": "is too long"}]}


async def written(world: World, person: Person, **changed: Any) -> Row:
    run = (await world.claim(await world.schedule(person), claim_id=str(changed)))["run"]
    rows = [{**contents()[0], **changed}]
    done = await world.service.call(
        "finish_run",
        run_id=run["id"],
        fence=run["fence"],
        contents=rows,
        measured=measured(),
        now=NOW,
        known=None,
        handover=None,
    )
    content: Row = done["contents"][0]
    return content


async def test_a_verdict_that_says_passed_makes_a_draft(world: World) -> None:
    content = await written(world, await world.person(), verdict=PASSED, score=77, angle="myth")
    assert (content["status"], content["verdict"], content["score"]) == ("draft", PASSED, 77)
    assert content["angle"] == "myth"


@pytest.mark.parametrize(
    "verdict",
    [OBJECTED, {}, None, {"passed": None}, {"passed": "yes"}, {"passed": 1}, [], "passed", {"objections": []}],
)
async def test_without_a_verdict_that_says_passed_it_waits_for_a_person(world: World, verdict: Any) -> None:
    content = await written(world, await world.person(), verdict=verdict)
    assert content["status"] == "needs_review"


async def test_a_content_without_the_key_waits_for_a_person_and_cannot_name_its_own_status(world: World) -> None:
    ada = await world.person()
    run = (await world.claim(await world.schedule(ada)))["run"]
    row = {**contents()[0], "status": "published"}
    del row["verdict"]
    done = await world.service.call(
        "finish_run",
        run_id=run["id"],
        fence=run["fence"],
        contents=[row],
        measured=measured(),
        now=NOW,
        known=None,
        handover=None,
    )
    assert (done["contents"][0]["status"], done["contents"][0]["verdict"]) == ("needs_review", {})


async def test_what_was_paid_for_is_saved_although_its_evidence_is_out_of_bounds(world: World) -> None:
    content = await written(world, await world.person(), memory="m" * 5_000, angle="a" * 500, score=300)
    assert (len(content["angle"]), content["score"]) == (100, 100)
    assert await world.owner.fetchval("select length(memory) from app.contents") == 2_000


async def test_a_person_lets_it_go_on_and_again_is_answered_the_same(world: World) -> None:
    ada = await world.person()
    content = await written(world, ada, verdict=OBJECTED)
    for _ in range(2):
        answer = await ada.call("approve_content", content_id=content["id"], version=1, note=None, now=NOW + MINUTE)
        assert (answer["outcome"], answer["content"]["status"]) == ("approved", "draft")
    assert answer["content"]["verdict"] == OBJECTED, "the evidence stays"
    noted = await world.owner.fetch("select target, user_id from app.audit_log where action = 'content.approve'")
    assert [(str(it["target"]), str(it["user_id"])) for it in noted] == [(content["id"], ada.id)]


@pytest.mark.parametrize("verdict", [OBJECTED, PASSED])
async def test_a_person_says_no_and_that_is_final(world: World, verdict: Row) -> None:
    ada = await world.person()
    content = await written(world, ada, verdict=verdict)
    for _ in range(2):
        answer = await ada.call("reject_content", content_id=content["id"], note=None, now=NOW + MINUTE)
        assert (answer["outcome"], answer["content"]["status"]) == ("rejected", "rejected")
    with refused(409, "content_status"):
        await ada.call("approve_content", content_id=content["id"], version=1, note=None, now=NOW + MINUTE)


@pytest.mark.parametrize("status", ["published", "expired"])
async def test_what_is_out_or_has_expired_is_not_decided_any_more(world: World, status: str) -> None:
    ada = await world.person()
    content = await written(world, ada)
    await world.owner.execute(f"update app.contents set status = '{status}'")  # noqa: S608
    for function, version in (("approve_content", {"version": 1}), ("reject_content", {})):
        with pytest.raises(asyncpg.PostgresError) as refusal:
            await ada.call(function, content_id=content["id"], note=None, now=NOW, **version)
        assert (refusal.value.sqlstate, json.loads(refusal.value.hint or "")["status"]) == ("PT409", status)


async def test_what_later_texts_are_compared_with_is_not_shown(world: World) -> None:
    ada = await world.person()
    content = await written(world, ada)
    page = await ada.call("list_contents", workspace_id=None, schedule_id=None, after=None, limit=9, status=None)
    one = await ada.call("get_content", content_id=content["id"])
    run = await ada.call("get_run", run_id=content["run_id"])
    for shown in (content, page["contents"][0], one["content"], run["run"]["contents"][0]):
        assert "memory" not in shown
        assert shown["verdict"] == PASSED
