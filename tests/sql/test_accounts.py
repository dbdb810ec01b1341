"""Where a workspace publishes to: connected, connected again, changed, removed. Never with what proves us."""

import asyncio
import json
import uuid

import asyncpg
import pytest

from tests.sql.callers import Person, Row
from tests.sql.publishing import OUT, claim, connect, content_status, publishing, sending, settle, stored
from tests.sql.world import HOUR, MINUTE, NOW, World, refused

SEALED = {"key_id": "k1", "sealed": "1.c2VhbGVk", "expires_at": None}


async def connecting(person: Person, account_id: str | None = None, **changed: object) -> Row:
    arguments: Row = {
        "account_id": account_id or str(uuid.uuid4()), "workspace_id": None, "platform": "mastodon",
        "name": "@ada@mastodon.test", "external_id": "mastodon.test/1", "settings": {"url": "https://mastodon.test"},
        "credentials": SEALED, "now": NOW,
    }  # fmt: skip
    return await person.call("connect_account", **{**arguments, **changed})


async def credentials(world: World) -> list[tuple[str, str, int]]:
    rows = await world.owner.fetch("select account_id, sealed, version from app.credentials order by account_id")
    return [(str(row["account_id"]), row["sealed"], row["version"]) for row in rows]


async def actions(world: World) -> list[str]:
    rows = await world.owner.fetch("select action from app.audit_log where action like 'account.%' order by at, action")
    return [row["action"] for row in rows]


async def test_an_account_is_connected_once_however_often_that_is_said(world: World) -> None:
    ada = await world.person()
    account_id = str(uuid.uuid4())
    first, again = await connecting(ada, account_id), await connecting(ada, account_id)
    assert first == again
    assert (first["outcome"], first["account"]["id"], first["account"]["status"]) == ("connected", account_id, "active")
    assert first["account"]["spacing"] == 0
    assert await credentials(world) == [(account_id, SEALED["sealed"], 1)]
    assert await actions(world) == ["account.connect"]


async def test_no_answer_holds_what_proves_us(world: World) -> None:
    ada = await world.person()
    account_id = str(uuid.uuid4())
    answers = [await connecting(ada, account_id)]
    answers.append(await ada.call("list_accounts", workspace_id=None))
    answers.append(await ada.call("get_account", account_id=account_id))
    answers.append(
        await ada.call("find_account", workspace_id=None, platform="mastodon", external_id="mastodon.test/1")
    )
    answers.append(await ada.call("update_account", account_id=account_id, changes={"name": "mine"}, now=NOW))
    answers.append(await ada.call("remove_account", account_id=account_id, now=NOW))
    for answer in answers:
        assert SEALED["sealed"] not in json.dumps(answer)
        assert "credentials" not in json.dumps(answer)
    log = await world.owner.fetchval("select jsonb_agg(to_jsonb(l)) from app.audit_log l")
    assert SEALED["sealed"] not in json.dumps(log)


async def test_the_same_account_under_another_id_is_named_and_nothing_is_written(world: World) -> None:
    ada = await world.person()
    account_id = (await connecting(ada))["account"]["id"]
    other = await connecting(ada, credentials={**SEALED, "sealed": "for another id"})
    assert (other["outcome"], other["account"]["id"]) == ("exists", account_id)
    assert await credentials(world) == [(account_id, SEALED["sealed"], 1)]
    found = await ada.call("find_account", workspace_id=None, platform="mastodon", external_id="mastodon.test/1")
    assert found == {"account_id": account_id}


async def test_of_many_that_connect_the_same_account_at_once_one_does(world: World) -> None:
    ada = await world.person()
    answers = await asyncio.gather(*(connecting(ada) for _ in range(10)))
    assert sorted(it["outcome"] for it in answers) == ["connected", *["exists"] * 9]
    assert len({it["account"]["id"] for it in answers}) == 1


async def test_two_workspaces_may_have_the_same_account(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    assert {(await connecting(it))["outcome"] for it in (ada, bob)} == {"connected"}


async def test_connected_again_it_has_new_credentials_works_again_and_keeps_its_owners_wishes(world: World) -> None:
    ada = await world.person()
    account_id = (await connecting(ada))["account"]["id"]
    wishes = {"name": "Our Mastodon", "spacing": "600 seconds", "cadence": {"timezone": "Asia/Seoul"}}
    await ada.call("update_account", account_id=account_id, changes=wishes, now=NOW)
    await world.service.call(
        "mark_account", account_id=account_id, version=1, status="needs_reauth", reason="revoked", now=NOW + MINUTE
    )
    fresh = {**SEALED, "sealed": "fresh"}
    for now in (NOW + HOUR, NOW + HOUR + MINUTE):
        answer = await connecting(ada, account_id, credentials=fresh, settings={"url": "https://new.test"}, now=now)
        account = answer["account"]
        assert (answer["outcome"], account["status"], account["status_reason"]) == ("reconnected", "active", None)
        assert (account["name"], account["spacing"], account["cadence"]) == ("Our Mastodon", 600, wishes["cadence"])
        assert account["settings"] == {"url": "https://new.test"}
    assert await credentials(world) == [(account_id, "fresh", 2)]
    assert await world.owner.fetchval("select count(*) from app.alerts where resolved_at is null") == 0


async def test_where_people_post_themselves_nothing_proves_us(world: World) -> None:
    ada = await world.person()
    assert (await connecting(ada, platform="naver_blog", credentials=None))["outcome"] == "connected"
    assert await credentials(world) == []


async def test_an_owner_changes_only_what_is_theirs_to_change(world: World) -> None:
    ada = await world.person()
    account_id = (await connecting(ada))["account"]["id"]
    changes = {"name": "Ours", "spacing": "3600 seconds"}
    outcomes = [
        (await ada.call("update_account", account_id=account_id, changes=changes, now=NOW))["outcome"] for _ in range(2)
    ]
    assert outcomes == ["updated", "unchanged"]
    for field in ("status", "external_id", "workspace_id", "throttled_until", "settings", "id"):
        with pytest.raises(asyncpg.InvalidParameterValueError, match=f"unknown field {field}"):
            await ada.call("update_account", account_id=account_id, changes={field: None}, now=NOW)
    for value in ("-1 seconds", "8 days"):
        with pytest.raises(asyncpg.CheckViolationError):
            await ada.call("update_account", account_id=account_id, changes={"spacing": value}, now=NOW)
    assert await actions(world) == ["account.connect", "account.update"]


async def test_a_removed_account_is_forgotten_by_name_and_secret_and_what_waits_for_it_is_cancelled(
    world: World,
) -> None:
    press = await publishing(world, accounts=2)
    rows = await press.write()
    for _ in range(2):
        answer = await press.person.call("remove_account", account_id=press.account, now=NOW + MINUTE)
        assert (answer["outcome"], answer["account"]["status"]) == ("removed", "removed")
    there, elsewhere = sorted(rows, key=lambda it: str(it["account_id"]) != press.account)
    cancelled = await stored(world, there)
    assert (cancelled["status"], cancelled["reason"]) == ("cancelled", "removed")
    assert (await stored(world, elsewhere))["status"] == "waiting"
    assert await content_status(world, there) == "pending_publish", "it still goes to the other one"
    assert [it[0] for it in await credentials(world)] == [press.accounts[1]]
    listed = (await press.person.call("list_accounts", workspace_id=None))["accounts"]
    assert [it["id"] for it in listed] == [press.accounts[1]]
    assert await actions(world) == ["account.remove"]


async def test_what_may_be_out_already_outlives_its_account(world: World) -> None:
    press = await publishing(world)
    (row,) = await press.write()
    under_way = await sending(world, row)
    await press.person.call("remove_account", account_id=press.account, now=NOW + MINUTE)
    assert (await stored(world, row))["status"] == "publishing"
    await settle(world, under_way, OUT)
    assert (await stored(world, row))["status"] == "published"


async def test_what_waits_for_a_removed_account_alone_is_a_draft_again(world: World) -> None:
    press = await publishing(world)
    (row,) = await press.write(NOW + HOUR)
    await press.person.call("remove_account", account_id=press.account, now=NOW)
    assert await content_status(world, row) == "draft"


async def test_a_removed_account_can_be_connected_as_a_new_one_only(world: World) -> None:
    ada = await world.person()
    account_id = (await connecting(ada))["account"]["id"]
    await ada.call("remove_account", account_id=account_id, now=NOW)
    with refused(409, "account_removed"):
        await connecting(ada, account_id)
    with refused(409, "account_removed"):
        await ada.call("update_account", account_id=account_id, changes={"name": "x"}, now=NOW)
    assert (await connecting(ada))["outcome"] == "connected"
    assert await world.owner.fetchval("select count(*) from app.accounts") == 2


async def test_removing_and_claiming_at_once_never_leave_anything_waiting(world: World) -> None:
    press = await publishing(world)
    for _ in range(5):
        account_id = await connect(world, press.person)
        rows = await press.write(accounts=[account_id])
        await asyncio.gather(press.person.call("remove_account", account_id=account_id, now=NOW), claim(world, rows[0]))
        assert (await stored(world, rows[0]))["status"] in ("publishing", "cancelled")


async def test_a_platforms_word_about_an_account_is_told_its_owner_once(world: World) -> None:
    ada = await world.person()
    account_id = (await connecting(ada))["account"]["id"]
    told = {"account_id": account_id, "version": 1, "status": "needs_reauth", "reason": "invalid_grant"}
    for now in (NOW, NOW + MINUTE):
        answer = await world.service.call("mark_account", **told, now=now)
        assert (answer["outcome"], answer["account"]["status"]) == ("marked", "needs_reauth")
        assert answer["account"]["status_reason"] == "invalid_grant"
    alerts = await world.owner.fetch("select kind, subject, count, notify_at from app.alerts")
    assert [tuple(it.values()) for it in alerts] == [("account_lost", account_id, 2, NOW)]
    await world.service.call("mark_account", **{**told, "status": "active"}, now=NOW + HOUR)
    assert await world.owner.fetchval("select count(*) from app.alerts where resolved_at is null") == 0


async def test_credentials_that_were_connected_since_are_not_judged_by_those_before(world: World) -> None:
    ada = await world.person()
    account_id = (await connecting(ada))["account"]["id"]
    await connecting(ada, account_id, credentials={**SEALED, "sealed": "fresh"}, now=NOW + MINUTE)
    answer = await world.service.call(
        "mark_account", account_id=account_id, version=1, status="disabled", reason="gone", now=NOW + HOUR
    )
    assert (answer["outcome"], answer["account"]["status"]) == ("stale", "active")
