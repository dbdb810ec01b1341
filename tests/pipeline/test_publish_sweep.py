"""What no message comes for is found by the sweep: armed again, or published in its own call."""

from datetime import timedelta

from dev.platforms.script import Failing, Fault
from dev.serving import Trouble
from lib.pipeline.publish import publish_due
from lib.pipeline.rescue import sweep
from tests.databases import Database
from tests.pipeline.crashes import Death, Process
from tests.pipeline.press import Press
from tests.pipeline.taps import Around, Tap
from tests.stack import at, open_world


async def test_a_lost_message_is_sent_again(press: Press) -> None:
    account = await press.connect("mastodon")
    publication = await press.publish(account, at=press.at(9))
    press.lose_messages()
    await press.until(9, 11)
    assert await press.story(publication) == "waiting"
    await press.world.sweep()
    await press.until(9, 12)
    assert await press.story(publication) == "published"


async def test_what_could_not_be_armed_is_armed_by_the_sweep_in_time(press: Press) -> None:
    account = await press.connect("mastodon")
    press.qstash.faults.outage = Trouble.FAILING
    publication = await press.publish(account, at=press.at(9))
    press.qstash.faults.outage = Trouble.NONE
    assert (await press.row(publication))["armed_for"] is None
    assert (await press.world.sweep())["data"]["publications_armed"] == 1
    await press.until(9, 0, 1)
    assert [made.at for made in press.made(account)] == [press.at(9)]


async def test_what_is_armed_is_left_alone(press: Press) -> None:
    account = await press.connect("mastodon")
    publication = await press.publish(account, at=press.at(9))
    assert "publications_armed" not in (await press.world.sweep())["data"]
    assert (await press.row(publication))["arm_count"] == 1


async def test_without_qstash_the_sweep_publishes_what_is_due(press: Press) -> None:
    accounts = [await press.connect(platform) for platform in ("mastodon", "bluesky", "x", "discord")]
    publications = [await press.publish(account, at=press.at(9, minute)) for account in accounts for minute in (0, 1)]
    press.lose_messages()
    press.qstash.faults.outage = Trouble.CUT
    await press.until(9, 12)
    told = await press.world.sweep()
    assert told["data"]["publications_published"] >= 8
    assert [await press.story(it) for it in publications] == ["published"] * 8
    press.qstash.faults.outage = Trouble.NONE


async def test_with_horizon_0_what_the_sweep_writes_it_publishes_too(database: Database) -> None:
    async with open_world(database, with_crons=False, variables={"ARMING_HORIZON": "0"}) as world:
        account = await world.connect("mastodon")
        schedule = await world.create(settings={"targets": [account]})
        await world.until(at(9, 1))
        await world.sweep()
        assert await world.story_of_publications(schedule) in (
            ["09:00 mastodon published"],
            ["09:01 mastodon published"],
        )
        assert world.stack.qstash.pending() == []


async def test_an_unknown_one_is_read_back_though_qstash_takes_no_messages(press: Press) -> None:
    account = await press.connect("x")
    press.fail(account, Fault(Failing.DROP_AFTER))
    publication = await press.publish(account, at=press.at(9))
    press.qstash.faults.outage = Trouble.CUT
    press.world.skip(to=press.at(9))
    await press.knock(publication)
    assert await press.story(publication) == "unknown: no_reply"
    await press.until(9, 20)
    await press.world.sweep()
    assert await press.story(publication) == "published"
    press.qstash.faults.outage = Trouble.NONE


async def test_a_run_whose_publications_were_not_armed_is_armed_by_its_redelivery(database: Database) -> None:
    async with open_world(database, with_crons=False) as world:
        account = await world.connect("mastodon")
        schedule = await world.create(settings={"targets": [account]}, leadTime="PT10M")
        await world.until(at(8, 49))
        gateway = Tap(world.stack.lines.gateway)

        async def cut_qstash() -> None:
            world.stack.qstash.faults.outage = Trouble.CUT

        gateway.at("/finish_run", Around.ANSWERED, cut_qstash)
        await world.until(at(8, 50))
        assert await world.story(schedule) == ["09:00 succeeded"]
        world.stack.qstash.faults.outage = Trouble.NONE
        (row,) = await world.publications(schedule)
        assert row["armed_for"] is None
        await world.knock(schedule, at(9))
        await world.until(at(9, 1))
        assert await world.story_of_publications(schedule) == ["09:00 mastodon published"]


async def test_a_sweep_that_dies_while_publishing_posts_nothing_twice(database: Database) -> None:
    async with open_world(database, with_crons=False, variables={"ARMING_HORIZON": "0"}) as world:
        press = Press(world, Tap(world.stack.lines.gateway), at(0))
        accounts = [await press.connect("bluesky") for _ in range(3)]
        publications = await press.publish_to(accounts, at=at(9))
        world.skip(to=at(9, 1))
        for request in range(1, 20):
            process = Process(world, Death(request=request))
            await process.live(sweep(process, world.now))
            world.skip(to=world.now + timedelta(minutes=6))
        for _ in range(4):
            world.skip(to=world.now + timedelta(minutes=10))
            await world.sweep()
        assert [await press.story(it) for it in publications] == ["published"] * 3
        assert world.stack.platforms.doubles() == []
        assert len(world.stack.platforms.bluesky.made) == 3


async def test_nothing_of_publishing_needs_redis(press: Press) -> None:
    account = await press.connect("x")
    press.world.stack.lines.redis.trouble = Trouble.CUT
    publication = await press.publish(account, at=press.at(12))
    await press.until(12, 1)
    assert await press.story(publication) == "published"
    press.world.stack.lines.redis.trouble = Trouble.NONE


async def test_a_database_that_is_away_costs_a_redelivery(press: Press) -> None:
    account = await press.connect("mastodon")
    publication = await press.publish(account, at=press.at(9))
    press.database.lose("/claim_publication", Around.ANSWERED, times=3)
    await press.until(9, 20)
    assert await press.story(publication) == "published"
    assert len(press.made(account)) == 1


async def test_an_outcome_that_could_not_be_written_down_is_found_by_reading_back(press: Press) -> None:
    account = await press.connect("bluesky")
    publications = [await press.publish(account, at=press.at(9, minute)) for minute in range(3)]
    press.lose_messages()
    press.world.skip(to=press.at(9, 2))
    for publication in publications[:2]:  # the first opens a session
        process = Process(press.world, Death())
        await process.live(publish_due(publication, process, press.world.now))
    dying = Process(press.world, Death(request=process.requests.index("settle_publication") + 1))
    await dying.live(publish_due(publications[2], dying, press.world.now))
    assert dying.is_dead
    assert sorted([await press.story(it) for it in publications]) == ["published", "published", "publishing"]
    await press.until(9, 10)
    await press.world.sweep()
    await press.until(9, 30)
    assert [await press.story(it) for it in publications] == ["published"] * 3
    assert len(press.made(account)) == 3
