"""What was given up goes through the pipeline again, once however often that is asked; or is put away with a note."""

import asyncio
import uuid

import asyncpg
import pytest

from tests.sql.letters import failed, listed, lost_run, replay
from tests.sql.publishing import OUT, REFUSED, alerts, claimed, content_status, publishing, sending, stored
from tests.sql.publishing import settle as settle_publication
from tests.sql.world import HOUR, MINUTE, NOW, World, refused


async def test_what_a_platform_has_refused_can_be_sent_again_when_its_cause_is_mended(world: World) -> None:
    press, row, letter = await failed(world)
    assert (letter["letter_status"], letter["cause"], letter["publication_id"]) == ("open", "platform", str(row["id"]))
    answer = await replay(press.person, letter)
    assert (answer["outcome"], answer["publication"]["status"]) == ("replayed", "waiting")
    assert answer["dead_letter"]["letter_status"] == "replayed"
    assert [it["event"] for it in answer["dead_letter"]["history"]] == ["failed", "replayed"]
    assert answer["dead_letter"]["history"][1]["by"] == press.person.id
    assert await alerts(world) == []
    await settle_publication(world, await sending(world, row, NOW + MINUTE), OUT)
    assert await content_status(world, row) == "published"


async def test_a_replay_that_is_repeated_sends_nothing_twice(world: World) -> None:
    press, row, letter = await failed(world)
    answers = await asyncio.gather(*(replay(press.person, letter) for _ in range(8)))
    assert sorted(it["outcome"] for it in answers) == ["replayed", *["unchanged"] * 7]
    await settle_publication(world, await sending(world, row, NOW + MINUTE), OUT)
    again = await replay(press.person, letter, NOW + HOUR)
    assert (again["outcome"], again["publication"]["status"]) == ("unchanged", "published")
    assert await world.owner.fetchval("select count(*) from app.audit_log where action = 'dead_letter.replay'") == 1


async def test_what_fails_again_is_another_open_letter(world: World) -> None:
    press, row, letter = await failed(world)
    await replay(press.person, letter)
    await settle_publication(world, await sending(world, row, NOW + MINUTE), REFUSED)
    assert [it["letter_status"] for it in await listed(press.person)] == ["open", "replayed"]
    assert [it["id"] for it in await listed(press.person, "replayed")] == [letter["id"]]


async def test_a_replay_and_a_retry_at_once_let_it_wait_once(world: World) -> None:
    press, row, letter = await failed(world)
    retry = press.person.call("retry_publication", publication_id=row["id"], confirm=False, now=NOW + MINUTE)
    answers = await asyncio.gather(replay(press.person, letter), retry, return_exceptions=True)
    assert (await stored(world, row))["status"] == "waiting"
    assert any(isinstance(it, dict) for it in answers)
    assert [it["letter_status"] for it in await listed(press.person)] == ["replayed"]


async def test_what_cannot_be_sent_now_is_refused_and_stays_open(world: World) -> None:
    press, _, letter = await failed(world)
    await world.service.call(
        "mark_account", account_id=press.account, version=1, status="needs_reauth", reason="revoked", now=NOW
    )
    with refused(409, "account_status"):
        await replay(press.person, letter)
    assert [it["letter_status"] for it in await listed(press.person)] == ["open"]


async def test_what_is_put_away_has_a_note_and_is_not_replayed_any_more(world: World) -> None:
    press, _, letter = await failed(world)
    for outcome in ("discarded", "unchanged"):
        answer = await press.person.call(
            "discard_dead_letter", letter_id=letter["id"], note="an old joke", now=NOW + MINUTE
        )
        assert (answer["outcome"], answer["dead_letter"]["note"]) == (outcome, "an old joke")
    assert await alerts(world) == []
    with refused(409, "dead_letter_status"):
        await replay(press.person, letter)
    assert await world.owner.fetchval("select count(*) from app.audit_log where action = 'dead_letter.discard'") == 1


async def test_what_went_through_again_is_not_put_away(world: World) -> None:
    press, _, letter = await failed(world)
    await replay(press.person, letter)
    with refused(409, "dead_letter_status"):
        await press.person.call("discard_dead_letter", letter_id=letter["id"], note=None, now=NOW + HOUR)


async def test_an_occurrence_is_replayed_by_a_run_of_its_own_and_keeps_its_end(world: World) -> None:
    ada, schedule, letter = await lost_run(world)
    assert (letter["letter_status"], letter["cause"]) == ("open", "delivery")
    for _ in range(2):
        assert (await replay(ada, letter))["outcome"] == "run"
        queued = await world.queue(schedule, key=f"replay-{letter['id']}", now=NOW + HOUR)
    for outcome in ("replayed", "unchanged"):
        marked = await ada.call("mark_replayed", letter_id=letter["id"], run_id=queued["run"]["id"], now=NOW + HOUR)
        assert (marked["outcome"], marked["dead_letter"]["letter_status"]) == (outcome, "replayed")
    assert (await replay(ada, letter))["outcome"] == "unchanged"
    assert await world.ledger(schedule) == [(NOW, "failed", "delivery"), (None, "retrying", None)]


async def test_only_the_run_that_was_made_for_it_ends_a_letter(world: World) -> None:
    ada, schedule, letter = await lost_run(world)
    other = (await world.queue(schedule, key="another", now=NOW + HOUR))["run"]
    for run_id in (other["id"], str(uuid.uuid4())):
        with refused(404, "run_not_found"):
            await ada.call("mark_replayed", letter_id=letter["id"], run_id=run_id, now=NOW)


async def test_what_was_given_up_comes_in_pages_newest_first(world: World) -> None:
    press = await publishing(world)
    for n in range(5):
        (row,) = await press.write(NOW + n * MINUTE, now=NOW + n * MINUTE)
        under_way = await claimed(world, row, NOW + n * MINUTE)
        await settle_publication(world, under_way, REFUSED, NOW + n * MINUTE)
    seen: list[str] = []
    after, more = None, True
    while more:
        page = await press.person.call("list_dead_letters", workspace_id=None, status="open", after=after, limit=2)
        seen += [it["created_at"] for it in page["dead_letters"]]
        last, more = page["dead_letters"][-1], page["more"]
        after = {"created_at": last["created_at"], "id": last["id"]}
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == 5
    with pytest.raises(asyncpg.InvalidTextRepresentationError):
        await listed(press.person, "lost")
