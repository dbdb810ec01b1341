"""A row that cannot be used ends its own schedule at the worst, never the sweep on which all others live."""

from datetime import timedelta

from tests.databases import Database
from tests.pipeline.conftest import Day
from tests.stack import open_world

GONE = "Mars/Olympus"  # a name that an update of the time zone database has taken out


async def lose_zone(day: Day, schedule: str) -> None:
    await day.world.write("update app.schedules set timezone = $2 where id = $1", schedule, GONE)


async def test_an_occurrence_that_is_late_gets_its_row_although_its_zone_is_gone(day: Day) -> None:
    schedule = await day.world.create(frequency="daily")
    other = await day.world.create()
    await lose_zone(day, schedule)
    day.world.skip(to=day.at(23))
    await day.world.sweep()
    assert await day.world.story(schedule) == ["09:00 missed: late"]
    assert (await day.world.schedule(schedule))["finished_at"] is not None
    assert (await day.world.schedule(other))["next_run_at"] > day.at(22)


async def test_a_schedule_whose_zone_is_gone_is_still_shown_and_can_be_mended(day: Day) -> None:
    schedule = await day.world.create(frequency="3hours", startsAt=day.at(9).isoformat())
    await lose_zone(day, schedule)
    (shown,) = (await day.world.person.get("/api/schedules"))["schedules"]
    assert shown["timezone"] == GONE
    assert GONE in shown["sentence"]["en"]
    assert (await day.world.change("pause", schedule))["outcome"] == "paused"
    await day.world.change("update", schedule, timezone="Asia/Seoul")
    resumed = (await day.world.change("resume", schedule))["schedule"]
    assert "Asia/Seoul" in resumed["sentence"]["ko"]
    assert resumed["nextRunAt"] is not None


async def test_a_row_that_this_release_cannot_read_does_not_end_the_sweep(database: Database) -> None:
    """A newer release has stored a word that the one that still runs does not know."""
    async with open_world(database, with_crons=False) as world:
        newer = await world.create(name="newer", priority=9)
        ours = await world.create(name="ours")
        await world.write("alter type app.frequency add value 'fortnightly'")
        await world.write("update app.schedules set frequency = 'fortnightly' where id = $1", newer)
        await world.write("update app.schedules set armed_for = null, armed_at = null")
        world.skip(to=world.now + timedelta(minutes=45))
        assert (await world.sweep())["data"]["failed"] == 1
        await world.until(world.now + timedelta(minutes=1))
        assert await world.story(ours) == ["09:00 succeeded"]
        await world.write("update app.schedules set frequency = 'hourly' where id = $1", newer)
