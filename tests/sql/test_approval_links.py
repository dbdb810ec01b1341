"""A link decides once, about the version it was made for; used, expired or void it says so, and shows nothing."""

import asyncio
import json
import uuid

import asyncpg
import pytest

from tests.sql.callers import Person, Row
from tests.sql.deciding import approve, asked, audited, edit, reject, until
from tests.sql.publishing import claim, content_status, publishing, sending
from tests.sql.world import HOUR, MINUTE, NOW, World, refused


async def linked(person: Person, row: Row, link_id: str | None = None, lasts: object = HOUR) -> str:
    made = await person.call(
        "create_approval_link", link_id=link_id or str(uuid.uuid4()), content_id=row["content_id"],
        expires_at=NOW + lasts, now=NOW,
    )  # fmt: skip
    link: Row = made["link"]
    assert (link["content_id"], link["version"]) == (str(row["content_id"]), 1)
    return str(link["id"])


async def look(world: World, link_id: str, now: object = NOW + MINUTE) -> Row:
    return await world.service.call("read_approval_link", link_id=link_id, now=now)


async def press_it(
    world: World, link_id: str, decision: str = "approve", now: object = NOW + MINUTE, note: str | None = None
) -> Row:
    return await world.service.call("use_approval_link", link_id=link_id, decision=decision, note=note, now=now)


@pytest.mark.parametrize(("decision", "outcome", "status"), [
    ("approve", "approved", "pending_publish"), ("reject", "rejected", "rejected"),
])  # fmt: skip
async def test_a_link_decides_and_the_same_press_again_is_answered_alike(
    world: World, decision: str, outcome: str, status: str
) -> None:
    press, row = await asked(world)
    link_id = await linked(press.person, row)
    for now in (NOW + MINUTE, NOW + 9 * HOUR):
        answer = await press_it(world, link_id, decision, now, note="from the client")
        assert (answer["outcome"], answer["content"]["status"]) == (outcome, status)
        assert answer["content"]["decision_note"] == "from the client"
    assert [it["id"] for it in answer["publications"]] == [str(row["id"])]
    (noted,) = await audited(world, f"content.{decision}")
    assert (noted["user_id"], noted["detail"]) == (None, {"version": 1, "link": link_id})
    with refused(409, "link_used"):
        await press_it(world, link_id, "reject" if decision == "approve" else "approve")
    seen = await look(world, link_id)
    assert (seen["state"], seen["decision"], seen["content"]) == ("used", decision, None)


async def test_when_many_press_at_once_it_decides_once(world: World) -> None:
    press = await publishing(world)
    for n in range(4):
        (row,) = await press.write(NOW + HOUR, now=NOW + n * MINUTE, status="pending_approval")
        link_id = await linked(press.person, row)
        said = await asyncio.gather(
            *(press_it(world, link_id, ("approve", "reject")[it % 2]) for it in range(10)), return_exceptions=True
        )
        outcomes = {it["outcome"] for it in said if isinstance(it, dict)}
        assert len(outcomes) == 1
        assert sum(isinstance(it, asyncpg.PostgresError) for it in said) == 5
    decided = await world.owner.fetchval(
        "select count(*) from app.audit_log where action in ('content.approve', 'content.reject')"
    )
    assert decided == 4


async def test_a_link_and_a_person_at_once_decide_once(world: World) -> None:
    press = await publishing(world)
    for n in range(5):
        (row,) = await press.write(NOW + HOUR, now=NOW + n * MINUTE, status="pending_approval")
        link_id = await linked(press.person, row)
        by_link, by_person = await asyncio.gather(
            press_it(world, link_id), reject(press.person, row), return_exceptions=True
        )
        status = await content_status(world, row)
        # What was approved may still be taken back; what was rejected stays so.
        assert status == "rejected"
        assert isinstance(by_person, dict)
        assert isinstance(by_link, dict) or by_link.message == "link_decided"


async def test_reading_shows_the_text_alone_and_decides_nothing(world: World) -> None:
    press, row = await asked(world, **until("skip"))
    link_id = await linked(press.person, row)
    for _ in range(2):
        seen = await look(world, link_id)
    assert (seen["state"], seen["decision"]) == ("open", None)
    assert seen["content"]["body"] == "post 0"
    assert not {"workspace_id", "schedule_id", "meta", "verdict", "decided_by"} & set(seen["content"])
    assert press.person.id not in json.dumps(seen)
    assert await content_status(world, row) == "pending_approval"


async def test_an_expired_link_says_so_and_decides_nothing(world: World) -> None:
    press, row = await asked(world)
    link_id = await linked(press.person, row, lasts=HOUR)
    assert (await look(world, link_id, NOW + HOUR - MINUTE))["state"] == "open"
    seen = await look(world, link_id, NOW + HOUR)
    assert (seen["state"], seen["content"]) == ("expired", None)
    with refused(409, "link_expired"):
        await press_it(world, link_id, now=NOW + HOUR)
    assert await content_status(world, row) == "pending_approval"


async def test_an_edit_makes_links_to_the_old_text_void(world: World) -> None:
    press, row = await asked(world)
    link_id = await linked(press.person, row)
    await edit(press.person, row)
    seen = await look(world, link_id)
    assert (seen["state"], seen["content"]) == ("void", None)
    with refused(409, "link_void"):
        await press_it(world, link_id)
    assert await content_status(world, row) == "pending_approval"


async def test_an_edit_and_a_press_at_once_never_approve_what_nobody_has_read(world: World) -> None:
    press = await publishing(world)
    for n in range(6):
        (row,) = await press.write(NOW + HOUR, now=NOW + n * MINUTE, status="pending_approval")
        link_id = await linked(press.person, row)
        pressed, _ = await asyncio.gather(press_it(world, link_id), edit(press.person, row), return_exceptions=True)
        if isinstance(pressed, dict):
            assert pressed["content"]["version"] == 1
        assert await content_status(world, row) == "pending_approval", "the new text waits for its own yes"


async def test_what_somebody_else_has_decided_is_not_decided_by_a_link(world: World) -> None:
    press, row = await asked(world, **until("skip"))
    link_id = await linked(press.person, row)
    await approve(press.person, row)
    assert (await look(world, link_id))["state"] == "decided"
    with refused(409, "link_decided"):
        await press_it(world, link_id, "reject")


async def test_after_the_deadline_a_link_decides_nothing(world: World) -> None:
    press, row = await asked(world, **until("publish", NOW + HOUR))
    link_id = await linked(press.person, row, lasts=9 * HOUR)
    assert (await look(world, link_id, NOW + HOUR))["state"] == "decided"
    with refused(409, "link_decided"):
        await press_it(world, link_id, "reject", NOW + HOUR)


async def test_a_link_is_made_only_where_there_is_something_to_decide(world: World) -> None:
    press = await publishing(world)
    (row,) = await press.write()
    with refused(409, "content_status"):
        await linked(press.person, row)
    await sending(world, row)
    with refused(409, "content_status"):
        await linked(press.person, row)
    for call in (look, press_it):
        with refused(404, "link_not_found"):
            await call(world, str(uuid.uuid4()))


async def test_a_link_made_twice_under_one_id_is_one_and_no_other_contents(world: World) -> None:
    press, row = await asked(world)
    (other,) = await press.write(NOW + HOUR, now=NOW + MINUTE, status="pending_approval")
    link_id = await linked(press.person, row)
    assert await linked(press.person, row, link_id) == link_id
    with refused(409, "link_taken"):
        await linked(press.person, other, link_id)
    assert len(await audited(world, "content.link")) == 1


async def test_a_reviewers_link_is_to_the_version_they_were_written_about(world: World) -> None:
    press, row = await asked(world)
    link = {"link_id": str(uuid.uuid4()), "content_id": row["content_id"], "version": 1, "expires_at": NOW + HOUR}
    first = await world.service.call("add_approval_link", **link, now=NOW)
    again = await world.service.call("add_approval_link", **{**link, "expires_at": NOW + 9 * HOUR}, now=NOW + MINUTE)
    assert first == again
    await edit(press.person, row)
    assert (await look(world, link["link_id"]))["state"] == "void"
    assert (await claim(world, row, NOW + 2 * HOUR))["outcome"] == "waiting"


async def test_nothing_but_yes_and_no_can_be_said(world: World) -> None:
    press, row = await asked(world)
    link_id = await linked(press.person, row)
    for decision in ("publish", "", None):
        with pytest.raises(asyncpg.InvalidParameterValueError):
            await press_it(world, link_id, decision)
