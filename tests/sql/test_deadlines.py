"""What happens when nobody has decided about a content in time."""

import asyncio

import pytest

from tests.sql.deciding import approve, asked, audited, edit, settled, until
from tests.sql.publishing import alerts, content_status, publishing, stored
from tests.sql.world import HOUR, MINUTE, NOW, World, at


@pytest.mark.parametrize(("on_deadline", "content", "publication"), [
    ("publish", "pending_publish", ("waiting", None)),
    ("skip", "expired", ("cancelled", "expired")),
])  # fmt: skip
async def test_a_missed_deadline_does_what_the_schedule_says(
    world: World, on_deadline: str, content: str, publication: tuple[str, str | None]
) -> None:
    press, row = await asked(world, **until(on_deadline))
    assert (await settled(world, NOW + HOUR - MINUTE))["settled"] == 0
    answer = await settled(world, NOW + HOUR)
    assert answer["settled"] == 1
    assert [it["id"] for it in answer["publications"]] == ([str(row["id"])] if on_deadline == "publish" else [])
    assert (await settled(world, NOW + HOUR))["settled"] == 0
    after = await stored(world, row)
    assert (await content_status(world, row), (after["status"], after["reason"])) == (content, publication)
    (noted,) = await audited(world, "content.deadline")
    assert (noted["user_id"], noted["detail"]) == (None, {"version": 1, "on_deadline": on_deadline})
    assert await alerts(world) == []
    del press


async def test_whoever_decides_in_time_decides(world: World) -> None:
    press, row = await asked(world, **until("skip"))
    await approve(press.person, row, now=NOW + HOUR - MINUTE)
    assert (await settled(world, NOW + 9 * HOUR))["settled"] == 0
    assert await content_status(world, row) == "pending_publish"


async def test_a_yes_and_the_deadline_at_once_decide_once(world: World) -> None:
    press = await publishing(world)
    for n in range(5):
        now = NOW + n * MINUTE
        (row,) = await press.write(now + HOUR, now=now, **until("skip", now))
        said, _ = await asyncio.gather(approve(press.person, row, now=now), settled(world, now), return_exceptions=True)
        await settled(world, now)
        expected = "pending_publish" if isinstance(said, dict) else "expired"
        assert await content_status(world, row) == expected
    decisions = await world.owner.fetchval(
        "select count(*) from app.audit_log where action in ('content.approve', 'content.deadline')"
    )
    assert decisions == 5


async def test_an_edit_after_the_deadlines_time_is_decided_by_a_person_alone(world: World) -> None:
    press, row = await asked(world, **until("publish"))
    assert at((await edit(press.person, row))["content"]["approve_by"]) == NOW + HOUR, "still ahead: it stands"
    await approve(press.person, row, 2)
    content = (await edit(press.person, row, 2, NOW + 2 * HOUR, body="later"))["content"]
    assert (content["status"], content["approve_by"]) == ("pending_approval", None)
    assert (await settled(world, NOW + 9 * HOUR))["settled"] == 0


async def test_a_stopped_workspace_misses_no_deadline(world: World) -> None:
    press, row = await asked(world, **until("skip"))
    await world.stop_workspace(press.person.id)
    assert (await settled(world, NOW + 2 * HOUR))["settled"] == 0
    await world.stop_workspace(press.person.id, None)
    assert (await settled(world, NOW + 2 * HOUR))["settled"] == 1
    assert await content_status(world, row) == "expired"


async def test_deadlines_come_in_pages_the_most_overdue_first(world: World) -> None:
    press = await publishing(world)
    rows = [(await press.write(NOW + 9 * HOUR, now=NOW + n * MINUTE, **until("skip", NOW + HOUR - n * MINUTE)))[0]
            for n in range(3)]  # fmt: skip
    pages = [await settled(world, NOW + HOUR, 2), await settled(world, NOW + HOUR, 2)]
    assert [(it["settled"], it["more"]) for it in pages] == [(2, True), (1, False)]
    assert {await content_status(world, it) for it in rows} == {"expired"}
