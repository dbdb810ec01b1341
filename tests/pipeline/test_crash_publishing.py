"""A process that publishes may die at any point: the post goes out once, or a person is asked where nobody can know."""

import json
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import count

import pytest

from lib.pipeline.publish import publish_due
from tests.databases import Database
from tests.pipeline.crashes import Death, Moment, Process
from tests.pipeline.press import PUBLISH, Press
from tests.pipeline.taps import Tap
from tests.stack import Row, World, at, open_world

DUE = at(9)
MARGIN = 8  # the network splits an answer into more or fewer pieces from run to run
# One of each kind of reading back. SURE: whatever happens, it can be proven what became of it.
SURE = ("mastodon", "bluesky")
UNSURE = ("x", "discord")
THREADS = ("bluesky", "x")
AWAITING = ("x",)
NUMBERS = count(1)


class Rescue(StrEnum):
    """Who comes after the crash."""

    REDELIVERY = "redelivery"  # QStash's own message, retried
    SWEEP = "sweep"  # the message is lost for ever
    SWEEP_ALONE = "sweep_alone"  # there are no messages at all: horizon 0


# Every platform and every rescue, not each with each: a history is half a minute.
WAYS = [
    ("mastodon", Rescue.REDELIVERY),
    ("bluesky", Rescue.SWEEP),
    ("x", Rescue.SWEEP_ALONE),
    ("discord", Rescue.SWEEP),
]


@dataclass(frozen=True, slots=True)
class Crash:
    """A process that was to publish, and how it died."""

    death: Death
    publication: str
    process: Process


@pytest.mark.parametrize(("platform", "rescue"), WAYS)
async def test_a_crash_around_any_request_never_posts_twice_and_never_loses_a_post(
    database: Database, platform: str, rescue: Rescue
) -> None:
    async with opened(database, rescue) as world:
        crashes = await crashed_around_requests(world, platform, "x_post")
        assert all(crash.process.is_dead for crash in crashes[1:])
        await all_is_well(world, platform, crashes, rescue)


@pytest.mark.parametrize("platform", AWAITING)
async def test_a_crash_at_any_await_never_posts_twice_and_never_loses_a_post(database: Database, platform: str) -> None:
    async with opened(database, Rescue.SWEEP) as world:
        (undisturbed,) = await crashed(world, platform, "x_post", [Death()])
        deaths = [Death(suspension=number + 1) for number in range(undisturbed.process.suspensions + MARGIN)]
        crashes = await crashed(world, platform, "x_post", deaths)
        assert all(crash.process.is_dead for crash in crashes[: -2 * MARGIN])
        await all_is_well(world, platform, [undisturbed, *crashes], Rescue.SWEEP)


@pytest.mark.parametrize("platform", THREADS)
async def test_a_crash_around_any_request_leaves_a_thread_that_goes_on_where_it_stopped(
    database: Database, platform: str
) -> None:
    async with opened(database, Rescue.SWEEP) as world:
        crashes = await crashed_around_requests(world, platform, "x_thread")
        await all_is_well(world, platform, crashes, Rescue.SWEEP)


def opened(database: Database, rescue: Rescue) -> AbstractAsyncContextManager[World]:
    horizon = "0" if rescue is Rescue.SWEEP_ALONE else "P6D"
    start = DUE - timedelta(minutes=10)
    return open_world(database, start=start, variables={"ARMING_HORIZON": horizon, "LOG_LEVEL": "CRITICAL"})


async def crashed_around_requests(world: World, platform: str, kind: str) -> list[Crash]:
    """One that lives, and one for each moment of each of its requests."""
    (undisturbed,) = await crashed(world, platform, kind, [Death()])
    numbers = range(1, len(undisturbed.process.requests) + 1)
    deaths = [Death(request=number, moment=moment) for number in numbers for moment in Moment]
    return [undisturbed, *await crashed(world, platform, kind, deaths)]


async def crashed(world: World, platform: str, kind: str, deaths: Sequence[Death]) -> list[Crash]:
    """Each of these processes publishes the same text at an account of its own, at 09:00."""
    press = Press(world, Tap(world.stack.lines.gateway), at(0))
    accounts = [await world.connect(platform, f"{platform}{next(NUMBERS)}") for _ in deaths]
    publications = await press.publish_to(accounts, kind=kind, at=DUE)
    world.skip(to=DUE)
    crashes = []
    for publication, death in zip(publications, deaths, strict=True):
        process = Process(world, death)
        await process.live(publish_due(publication, process, world.now))
        crashes.append(Crash(death, publication, process))
    return crashes


async def all_is_well(world: World, platform: str, crashes: Sequence[Crash], rescue: Rescue) -> None:
    """After the rescue: each is out, and once; or may be out, and a person is asked."""
    if rescue is Rescue.SWEEP:
        world.stack.qstash.faults.drop_next(times=len(crashes), to=PUBLISH)
    await world.until(at(11))
    stand_in = world.stack.platforms[platform]
    assert stand_in.doubles() == []
    rows = {str(row["id"]): row for row in await world.ledger.fetch("select * from app.publications")}
    wrong = [told for crash in crashes if (told := complaint(crash, rows[crash.publication], platform))]
    assert not wrong, "\n".join(wrong)
    parts = sum(len(json.loads(row["parts"])) for row in rows.values())
    asked = sum(row["status"] == "unknown" for row in rows.values())
    assert parts <= len(stand_in.made) <= parts + asked
    assert max(stand_in.most_in_flight.values()) == 1


def complaint(crash: Crash, row: Row, platform: str) -> str:
    """Empty when all is well."""
    may_ask = platform in UNSURE and "begin_attempt" in crash.process.requests
    if row["status"] == "published" or (may_ask and row["status"] == "unknown" and row["read_at"] is None):
        return ""
    return f"{crash.death}: {row['status']} {row['reason']}, after {crash.process.requests}"
