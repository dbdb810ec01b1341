"""What proves us to a platform: only the service reads it, sealed; of two who renew it the second notices."""

import asyncio
import uuid

import asyncpg
import pytest

from tests.sql.callers import Person, Row
from tests.sql.publishing import connect
from tests.sql.world import HOUR, MINUTE, NOW, World, refused


async def store(world: World, account_id: str, version: int, sealed: str, now: object = NOW) -> Row:
    return await world.service.call(
        "store_credentials", account_id=account_id, version=version, key_id="k1", sealed=sealed,
        expires_at=NOW + 2 * HOUR, now=now,
    )  # fmt: skip


async def reseal(world: World, account_id: str, version: int, sealed: str = "new") -> Row:
    return await world.service.call(
        "reseal_credentials", account_id=account_id, version=version, old_key_id="k1", key_id="k2", sealed=sealed,
        now=NOW,
    )  # fmt: skip


async def read(world: World, account_id: str) -> Row:
    return await world.service.call("read_credentials", account_id=account_id)


@pytest.mark.parametrize("table", ["credentials", "oauth_states", "approval_links"])
async def test_no_person_reads_a_row_of_it_whoever_they_are(world: World, table: str) -> None:
    ada = await world.person()
    await connect(world, ada)
    for caller in (ada, world.anon, world.service):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with caller.transaction() as transaction:
                await transaction.fetch(f"select * from app.{table}")  # noqa: S608


async def test_what_is_renewed_is_stored_once_and_a_repetition_is_answered_alike(world: World) -> None:
    account_id = await connect(world, await world.person())
    for _ in range(2):
        answer = await store(world, account_id, 1, "renewed")
        assert (answer["outcome"], answer["credentials"]["version"]) == ("stored", 2)
    assert (await read(world, account_id))["sealed"] == "renewed"
    assert await read(world, str(uuid.uuid4())) == {}


async def test_of_many_who_renew_at_once_one_stores_and_the_others_learn_it(world: World) -> None:
    account_id = await connect(world, await world.person())
    answers = await asyncio.gather(*(store(world, account_id, 1, f"renewed by {n}") for n in range(10)))
    assert sorted(it["outcome"] for it in answers) == [*["stale"] * 9, "stored"]
    winner = next(it["credentials"] for it in answers if it["outcome"] == "stored")
    assert all(it["credentials"] == winner for it in answers)
    assert winner["version"] == 2


async def test_nothing_is_stored_for_an_account_that_was_removed_meanwhile(world: World) -> None:
    ada = await world.person()
    account_id = await connect(world, ada)
    await ada.call("remove_account", account_id=account_id, now=NOW)
    assert await store(world, account_id, 1, "renewed") == {"outcome": "stale", "credentials": None}
    assert await read(world, account_id) == {}


async def test_another_key_seals_the_same_secrets_and_keeps_their_version(world: World) -> None:
    account_id = await connect(world, await world.person())
    for _ in range(2):
        assert (await reseal(world, account_id, 1))["outcome"] == "resealed"
    sealed = await read(world, account_id)
    assert (sealed["key_id"], sealed["sealed"], sealed["version"]) == ("k2", "new", 1)


async def test_who_renews_while_another_key_seals_can_still_store_what_comes_only_once(world: World) -> None:
    """X gives a refresh token once: had the resealing raised the version, it would be lost."""
    account_id = await connect(world, await world.person())
    await reseal(world, account_id, 1)
    assert (await store(world, account_id, 1, "renewed"))["outcome"] == "stored"
    assert (await reseal(world, account_id, 1, "older"))["outcome"] == "stale"
    assert (await read(world, account_id))["sealed"] == "renewed"


async def test_all_that_another_key_has_sealed_is_found_page_by_page(world: World) -> None:
    ada = await world.person()
    accounts = sorted([await connect(world, ada) for _ in range(5)])
    await reseal(world, accounts[2], 1)
    seen: list[str] = []
    after, more = None, True
    while more:
        page = await world.service.call("list_credentials", key_id="k2", after=after, limit=2)
        seen += [it["account_id"] for it in page["credentials"]]
        after, more = seen[-1], page["more"]
    assert seen == [*accounts[:2], *accounts[3:]]


def beginning(person: Person, state_hash: str, **changed: object) -> Row:
    return {
        "state_hash": state_hash, "workspace_id": None, "platform": "x", "key_id": "k1", "sealed": "verifier",
        "expires_at": NOW + 10 * MINUTE, "now": NOW, **changed,
    }  # fmt: skip


async def test_what_was_begun_is_given_out_once_to_whoever_began_it(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    for _ in range(2):
        assert (await ada.call("begin_connection", **beginning(ada, "s")))["outcome"] == "begun"
    with refused(404, "connection_not_found"):
        await bob.call("take_connection", state_hash="s", now=NOW + MINUTE)
    taken = await ada.call("take_connection", state_hash="s", now=NOW + MINUTE)
    assert taken == {"workspace_id": ada.id, "platform": "x", "key_id": "k1", "sealed": "verifier"}
    repeated = await ada.call("take_connection", state_hash="s", now=NOW + MINUTE)
    assert repeated == taken, "the same call, whose answer was lost"
    with refused(404, "connection_not_found"):
        await ada.call("take_connection", state_hash="s", now=NOW + 2 * MINUTE)


async def test_of_many_who_come_back_with_the_same_state_one_goes_on(world: World) -> None:
    ada = await world.person()
    await ada.call("begin_connection", **beginning(ada, "s"))
    answers = await asyncio.gather(
        *(ada.call("take_connection", state_hash="s", now=NOW + n * MINUTE / 60) for n in range(10)),
        return_exceptions=True,
    )
    assert sum(isinstance(it, dict) for it in answers) == 1


async def test_what_was_begun_too_long_ago_or_never_is_not_ended(world: World) -> None:
    ada = await world.person()
    await ada.call("begin_connection", **beginning(ada, "s"))
    for state_hash, now in (("s", NOW + 10 * MINUTE), ("unknown", NOW)):
        with refused(404, "connection_not_found"):
            await ada.call("take_connection", state_hash=state_hash, now=now)


async def test_nobody_takes_over_a_connection_that_another_has_begun(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    await ada.call("begin_connection", **beginning(ada, "s"))
    with refused(409, "state_taken"):
        await bob.call("begin_connection", **beginning(bob, "s"))


async def test_who_may_only_look_meanwhile_does_not_end_what_they_began(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    await world.join(bob.id, ada, "editor")
    await ada.call("begin_connection", **beginning(ada, "s", workspace_id=bob.id))
    await world.owner.execute(
        "update app.members set role = 'viewer' where user_id = $1 and workspace_id = $2", ada.id, bob.id
    )
    with refused(403, "role"):
        await ada.call("take_connection", state_hash="s", now=NOW)
