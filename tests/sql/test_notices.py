"""Of what owners are written: each notice is given to one sender at a time, and told once."""

import asyncio
from datetime import datetime, timedelta

from tests.sql.callers import Row
from tests.sql.deciding import approve, asked, edit
from tests.sql.publishing import REFUSED, connect, publishing, sending, settle
from tests.sql.world import HOUR, MINUTE, NOW, World

HOLD = 5 * MINUTE


async def take(world: World, now: datetime = NOW, limit: int = 50, hold: timedelta = HOLD) -> list[Row]:
    notices: list[Row] = (await world.service.call("take_notices", now=now, hold=hold, limit=limit))["notices"]
    return notices


async def tell(world: World, notice: Row, now: datetime = NOW, retry_at: datetime | None = None) -> None:
    await world.service.call(
        "settle_notice", alert_id=notice["id"], is_delivered=retry_at is None, retry_at=retry_at, now=now
    )


async def lose(world: World, account_id: str, now: datetime = NOW) -> None:
    await world.service.call(
        "mark_account", account_id=account_id, version=1, status="needs_reauth", reason="revoked", now=now
    )


async def test_a_matter_is_told_once_however_often_it_comes_up(world: World) -> None:
    ada = await world.person()
    account_id = await connect(world, ada)
    await lose(world, account_id)
    (notice,) = await take(world)
    await tell(world, notice)
    for hours in (1, 24):
        await lose(world, account_id, NOW + hours * HOUR)
        assert await take(world, NOW + hours * HOUR) == []


async def test_of_many_senders_at_once_each_notice_goes_to_one(world: World) -> None:
    ada = await world.person()
    for _ in range(20):
        await lose(world, await connect(world, ada))
    taken = await asyncio.gather(*(take(world, limit=5) for _ in range(8)))
    ids = [it["id"] for notices in taken for it in notices]
    assert (len(ids), len(set(ids))) == (20, 20)


async def test_a_sender_who_dies_holds_a_notice_for_a_while_only(world: World) -> None:
    ada = await world.person()
    await lose(world, await connect(world, ada))
    (first,) = await take(world)
    assert await take(world, NOW + HOLD - MINUTE) == []
    (again,) = await take(world, NOW + HOLD)
    assert (again["id"], first["attempt"], again["attempt"]) == (first["id"], 1, 2)


async def test_a_mail_that_did_not_go_is_tried_when_its_sender_says(world: World) -> None:
    ada = await world.person()
    await lose(world, await connect(world, ada))
    (notice,) = await take(world)
    for _ in range(2):
        await tell(world, notice, retry_at=NOW + HOUR)
    assert await take(world, NOW + HOUR - MINUTE) == []
    (again,) = await take(world, NOW + HOUR)
    await tell(world, again, NOW + HOUR)
    assert await take(world, NOW + 99 * HOUR) == []
    assert await world.owner.fetchval("select notified_at from app.alerts") == NOW + HOUR


async def test_nobody_is_told_of_what_was_dealt_with_before(world: World) -> None:
    ada = await world.person()
    account_id = await connect(world, ada)
    await lose(world, account_id)
    (held,) = await take(world)
    alert_id = await world.owner.fetchval("select id from app.alerts")
    await ada.call("resolve_alert", alert_id=alert_id, now=NOW)
    await tell(world, held, retry_at=NOW + HOUR)
    assert await take(world, NOW + 9 * HOUR) == []


async def test_a_reminder_waits_for_its_time(world: World) -> None:
    press = await publishing(world)
    await world.owner.fetchval(
        "select (app.raise_alert($1, null, 'handed_off', 'later', '{}', $2, p_notify_at => $3)).id",
        press.person.id, NOW, NOW + HOUR,
    )  # fmt: skip
    assert await take(world, NOW + HOUR - MINUTE) == []
    assert len(await take(world, NOW + HOUR)) == 1


async def test_an_earlier_wish_to_be_told_counts_and_a_later_one_does_not(world: World) -> None:
    ada = await world.person()
    for hours in (2, 1, 3):
        await world.owner.fetchval(
            "select (app.raise_alert($1, null, 'handed_off', 's', '{}', $2, p_notify_at => $3)).id",
            ada.id, NOW, NOW + hours * HOUR,
        )  # fmt: skip
    assert len(await take(world, NOW + HOUR)) == 1


async def test_a_notice_says_what_it_is_about_and_goes_to_the_owners_alone(world: World) -> None:
    press, (eve, joe) = await publishing(world), (await world.person(), await world.person())
    await world.join(press.person.id, eve, "owner")
    await world.join(press.person.id, joe, "editor")
    (row,) = await press.write()
    await settle(world, await sending(world, row), REFUSED)
    (notice,) = await take(world, NOW + HOUR)
    assert notice["owners"] == sorted([f"{press.person.id}@test", f"{eve.id}@test"])
    assert (notice["kind"], notice["reviewers"], notice["language"]) == ("publication_failed", [], "ko")
    assert (notice["workspace_name"], notice["schedule_name"], notice["timezone"]) == (
        "Personal", "Morning post", "Asia/Seoul",
    )  # fmt: skip
    assert notice["publication"]["id"] == str(row["id"])
    assert notice["content"]["body"] == "post 0"
    assert notice["account"]["id"] == press.account
    assert "sealed" not in str(notice)


async def test_who_reviews_is_written_to_about_what_waits_for_a_yes(world: World) -> None:
    approval = {"mode": "review", "reviewers": ["rita@client.test", 7, "nonsense", None, "rob@client.test"]}
    press = await publishing(world)
    await world.owner.execute(
        "update app.schedules set settings = settings || jsonb_build_object('approval', $1::jsonb)", approval
    )
    await press.write(NOW + HOUR, status="pending_approval")
    (notice,) = await take(world)
    assert (notice["kind"], notice["reviewers"]) == ("approval_wanted", ["rita@client.test", "rob@client.test"])
    assert notice["content"]["version"] == 1


async def test_settings_that_no_door_would_take_name_no_reviewers_and_break_nothing(world: World) -> None:
    for number, approval in enumerate(["all", 5, {"reviewers": "rita@client.test"}, {"reviewers": {"a": 1}}, [], None]):
        press = await publishing(world)
        await world.owner.execute(
            "update app.schedules set settings = settings || jsonb_build_object('approval', $1::jsonb) "
            "where workspace_id = $2", approval, press.person.id,
        )  # fmt: skip
        await press.write(NOW + HOUR, status="pending_approval")
        (notice,) = await take(world, NOW + number * MINUTE)
        assert notice["reviewers"] == []
        await tell(world, notice)


async def test_a_new_text_is_asked_about_anew_and_the_old_one_no_more(world: World) -> None:
    press, row = await asked(world)
    (old,) = await take(world)
    await tell(world, old)
    await edit(press.person, row)
    (new,) = await take(world, NOW + HOUR)
    assert new["id"] != old["id"]
    assert new["content"]["version"] == 2
    await approve(press.person, row, 2)
    await tell(world, new, retry_at=NOW + HOUR)
    assert await take(world, NOW + 9 * HOUR) == []


async def test_the_operators_alerts_are_nobodys_mail(world: World) -> None:
    await world.owner.fetchval(
        "select (app.raise_alert(null, null, 'model_misconfigured', 'own/writer', '{}', $1, p_notify_at => $1)).id", NOW
    )
    assert await take(world) == []
