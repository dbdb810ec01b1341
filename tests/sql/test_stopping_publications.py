"""What becomes of publications that were held while their workspace was stopped."""

import asyncio

from tests.sql.callers import Row
from tests.sql.publishing import OUT, Publishing, claim, content_status, publishing, settle, stored
from tests.sql.stopped import AGAIN, NEXT, SPREAD, go_on, stop
from tests.sql.world import HOUR, MINUTE, NOW, World, at


async def four(world: World) -> tuple[Publishing, list[Row]]:
    """Three publications of one account that are held, and one that is ahead; each late half an hour after its time."""
    press = await publishing(world)
    rows = [
        (await press.write(when, late_at=when + HOUR / 2, now=NOW - (3 - n) * MINUTE))[0]
        for n, when in enumerate([NOW, NOW + MINUTE, NOW + HOUR, NEXT])
    ]
    await stop(press.person, NOW - MINUTE / 2)
    return press, rows


async def test_publications_that_are_due_are_cancelled_and_those_ahead_stand(world: World) -> None:
    press, rows = await four(world)
    answer = await go_on(press.person)
    assert answer["publications"] == []
    now = [await stored(world, it) for it in rows]
    assert [(it["status"], it["reason"]) for it in now] == [("cancelled", "stopped")] * 3 + [("waiting", None)]
    assert await content_status(world, rows[0]) == "draft"


async def test_publications_that_are_caught_up_go_out_in_their_order_and_none_is_late_for_the_stop(
    world: World,
) -> None:
    press, rows = await four(world)
    answer = await go_on(press.person, how="catch_up")
    assert [it["id"] for it in answer["publications"]] == [str(it["id"]) for it in rows[:3]]
    for row in rows[:3]:
        sent = await claim(world, row, AGAIN + MINUTE)
        assert (sent["outcome"], sent["publication"]["id"]) == ("claimed", str(row["id"]))
        await settle(world, sent["publication"], OUT, AGAIN + MINUTE)


async def test_publications_that_are_spread_go_out_one_after_another_of_each_account(world: World) -> None:
    press, rows = await four(world)
    answer = await go_on(press.person, how="spread")
    times = [(it["id"], at(it["publish_at"]), at(it["late_at"])) for it in answer["publications"]]
    assert times == [
        (str(row["id"]), AGAIN + n * SPREAD, AGAIN + n * SPREAD + HOUR / 2) for n, row in enumerate(rows[:3])
    ]
    assert (await stored(world, rows[3]))["publish_at"] == NEXT


async def test_an_accounts_own_spacing_is_kept_when_it_is_spread(world: World) -> None:
    press, _ = await four(world)
    await world.owner.execute("update app.accounts set spacing = '1 hour'")
    answer = await go_on(press.person, how="spread")
    assert [at(it["publish_at"]) for it in answer["publications"]] == [AGAIN + n * HOUR for n in range(3)]


async def test_what_is_never_late_does_not_become_so_by_a_stop(world: World) -> None:
    press = await publishing(world)
    (row,) = await press.write(NOW, now=NOW - MINUTE)
    await stop(press.person, NOW - MINUTE / 2)
    await go_on(press.person, how="spread")
    assert (await stored(world, row))["late_at"] is None


async def test_going_on_and_claiming_at_once_lose_nothing_and_do_nothing_twice(world: World) -> None:
    for _ in range(4):
        press, rows = await four(world)
        schedule = await world.schedule(press.person, AGAIN)
        answer, *claims = await asyncio.gather(
            go_on(press.person),
            *(claim(world, it, AGAIN) for it in rows[:3]),
            *(world.claim(schedule, AGAIN, AGAIN, claim_id=str(n)) for n in range(3)),
        )
        assert answer["outcome"] == "resumed"
        assert {it["outcome"] for it in claims} <= {"held", "done", "stale", "duplicate"}
        assert {(await stored(world, it))["status"] for it in rows[:3]} == {"cancelled"}
        assert await world.ledger(schedule) == [(AGAIN, "skipped", "stopped")]
