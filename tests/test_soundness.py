"""The checks of what is published can fail: each is shown a ledger, or a platform, in which its mistake was made."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import asyncpg
import pytest

from dev.platforms.wire import fingerprint
from tests.databases import Database
from tests.soundness import PATIENCE, assert_ledger_sound
from tests.soundness_of_publishing import WRONG_PUBLICATIONS, assert_published_once
from tests.stack import World, at, open_world

# How each mistake is made, in a ledger of two contents of one schedule, each out at the same two accounts.
MISTAKES: Mapping[str, Sequence[str]] = {
    "a publication that nobody ends": [
        "update app.publications set status = 'publishing', fence = 1, lease_until = '{past}', {open}"
        " where id = '{one}'"
    ],
    "a publication that could go out and does not": [
        "update app.publications set status = 'waiting', {open} where id = '{one}'",
        "delete from app.publications where account_id = '{account}' and id <> '{one}'",
    ],
    "a publication that waits although its time has passed": [
        "update app.publications set status = 'waiting', late_at = '{past}', {open} where id = '{one}'"
    ],
    "a publication that waits although nobody wants it": [
        "update app.publications set status = 'waiting', {open} where id = '{one}'",
        "update app.accounts set status = 'removed', removed_at = '{past}'",
    ],
    "an unknown publication that nobody looks for": [
        "update app.publications set status = 'unknown', reason = 'no_reply', read_at = '{past}', {open}"
        " where id = '{one}'"
    ],
    "a publication without its reason, or with a wrong one": [
        "update app.publications set status = 'failed', reason = 'voided' where id = '{one}'"
    ],
    "a publication that is out without a time, or without a part that the platform has or a person who says so": [
        "update app.publications set parts = '[]' where id = '{one}'"
    ],
    "a part that two publications have": [
        """update app.publications set parts = '[{{"external_id": "1"}}]' where account_id = '{account}'"""
    ],
    "a publication of another version than the one that stands there": ["update app.contents set version = 2"],
    "a publication that went out although no gate and nobody had said yes": [
        "update app.contents set verdict = '{{}}'"
    ],
    "a content that is out and whose publications are not, or the other way round": [
        "update app.contents set status = 'draft'"
    ],
    "a content on its way without anything on its way": ["update app.contents set status = 'pending_publish'"],
    "a content that is on no way, and something of it is": [
        "update app.publications set status = 'waiting', {open}",
        "update app.contents set status = 'rejected'",
    ],
    "a content whose deadline has passed without a decision": [
        "update app.contents set status = 'pending_approval', approve_by = '{past}', on_deadline = 'skip'"
    ],
    "a publication that was given up without a dead letter": [
        "update app.publications set status = 'failed', reason = 'refused' where id = '{one}'"
    ],
    "an open dead letter of a publication that was not given up": [
        "insert into app.dead_letters (publication_id, outcome, created_at) values ('{one}', 'failed', '{past}')"
    ],
    "something that waits for a person who was not told": [
        "update app.publications set status = 'handed_off', {open} where id = '{one}'"
    ],
    "an account that cannot be used, and nobody was told": ["update app.accounts set status = 'needs_reauth'"],
    "a removed account whose secrets are still there": [
        "update app.accounts set status = 'removed', removed_at = '{past}'"
    ],
    "rows of two workspaces in one publication": [
        """insert into app.workspaces
           select (jsonb_populate_record(w, '{{"id": "{another}"}}')).* from app.workspaces w""",
        "update app.publications set workspace_id = '{another}' where id = '{one}'",
    ],
}


@asynccontextmanager
async def undone(ledger: asyncpg.Connection) -> AsyncIterator[None]:
    """What is done meanwhile is taken back."""
    transaction = ledger.transaction()
    await transaction.start()
    try:
        yield
    finally:
        await transaction.rollback()


async def test_every_mistake_in_the_ledger_of_publications_is_found(database: Database) -> None:
    assert MISTAKES.keys() == WRONG_PUBLICATIONS.keys()
    async with open_world(database) as world:
        names = await two_texts_at_two_accounts(world)
        for mistake, statements in MISTAKES.items():
            async with undone(world.ledger):
                for statement in statements:
                    await world.ledger.execute(statement.format(**names))
                with pytest.raises(AssertionError, match=f"{mistake}: "):
                    await assert_ledger_sound(world.ledger, world.now)
        await assert_ledger_sound(world.ledger, world.now)


async def two_texts_at_two_accounts(world: World) -> dict[str, str]:
    targets = [await world.connect(platform) for platform in ("mastodon", "discord")]
    schedule = await world.create(frequency="daily", settings={"topic": "tea", "count": 2, "targets": targets})
    await world.until(at(12))
    assert (
        await world.story_of_publications(schedule)
        == ["09:00 discord published"] * 2 + ["09:00 mastodon published"] * 2
    )
    one = (await world.publications(schedule))[-1]
    return {
        "one": str(one["id"]),
        "account": str(one["account_id"]),
        "another": "00000000-0000-4000-8000-000000000000",
        "open": "finished_at = null, published_at = null",
        "past": (world.now - 2 * PATIENCE).isoformat(),
    }


async def test_every_disagreement_between_ledger_and_platforms_is_found(database: Database) -> None:
    async with open_world(database) as world:
        await two_texts_at_two_accounts(world)
        mastodon, ledger = world.stack.platforms.mastodon, world.ledger
        await assert_published_once(world.stack.platforms, ledger)

        lost = mastodon.made.pop()
        await complains(world, ledger, "and not there at mastodon")
        mastodon.made.append(lost)

        mastodon.keep(mastodon.holders["tea"], "coffee", fingerprint("coffee"), url=None)
        await complains(world, ledger, "unknown to the ledger")
        mastodon.made.pop()

        mastodon.made.append(mastodon.made[0])
        await complains(world, ledger, "twice at tea")
        mastodon.made.pop()

        mastodon.most_in_flight["tea"] = 2
        await complains(world, ledger, "2 calls of tea at once")
        mastodon.most_in_flight["tea"] = 1


async def complains(world: World, ledger: asyncpg.Connection, sentence: str) -> None:
    with pytest.raises(AssertionError, match=sentence):
        await assert_published_once(world.stack.platforms, ledger)
