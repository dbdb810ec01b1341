"""A changed, paused or deleted schedule never runs from an old message, nor does one use a live occurrence up."""

import pytest

from lib.pipeline.reserve import worst_costs
from tests.pipeline.conftest import Day
from tests.pipeline.taps import Around

UNDISTURBED = ["09:00 succeeded", "10:00 succeeded"]


async def outcome(day: Day, schedule: str, hour: int, minute: int = 0, *, revision: int = 1) -> str:
    """What an old message for this time, coming now, is answered."""
    answer = await day.world.knock(schedule, day.at(hour, minute), revision)
    assert answer.status_code == 200
    return str(answer.json()["outcome"])


async def test_paused_and_resumed_before_it_is_due_it_runs_once_though_the_old_message_comes_first(day: Day) -> None:
    schedule = await day.world.create()
    await day.until(8, 50)
    await day.world.change("pause", schedule)
    await day.until(8, 55)
    await day.world.change("resume", schedule)
    day.world.skip(to=day.at(9))
    assert await outcome(day, schedule, 9) == "done"
    await day.until(10, 5)  # the new message, too
    assert await day.world.story(schedule) == UNDISTURBED


@pytest.mark.parametrize("verbs", [("pause", "resume"), ("delete", "restore")])
async def test_stopped_when_the_old_message_comes_it_runs_once_resumed(day: Day, verbs: tuple[str, str]) -> None:
    stop, go_on = verbs
    schedule = await day.world.create()
    await day.until(8, 50)
    await day.world.change(stop, schedule)
    day.world.skip(to=day.at(8, 59, 30))
    assert await outcome(day, schedule, 9) == "duplicate"  # its row says why
    await day.world.change(go_on, schedule)
    assert await outcome(day, schedule, 9) == "done"
    await day.until(10, 5)
    assert await day.world.story(schedule) == UNDISTURBED


@pytest.mark.parametrize("verbs", [("pause", "resume"), ("delete", "restore")])
async def test_stopped_over_its_time_it_waits_for_the_next_whatever_old_messages_come(
    day: Day, verbs: tuple[str, str]
) -> None:
    stop, go_on = verbs
    reason = {"pause": "paused", "delete": "deleted"}[stop]
    schedule = await day.world.create()
    await day.until(8, 50)
    await day.world.change(stop, schedule)
    await day.until(9, 5)
    assert await outcome(day, schedule, 9) == "duplicate"
    await day.world.change(go_on, schedule)
    assert await outcome(day, schedule, 9) == "duplicate"
    await day.until(10, 5)
    assert await day.world.story(schedule) == [f"09:00 skipped: {reason}", "10:00 succeeded"]


async def test_edited_there_and_back_it_runs_once_from_whichever_message_comes(day: Day) -> None:
    schedule = await day.world.create(frequency="daily", timeOfDay="09:00")
    await day.world.change("update", schedule, timeOfDay="10:00")
    await day.world.change("update", schedule, timeOfDay="09:00")
    day.world.skip(to=day.at(9))
    assert [await outcome(day, schedule, 9, revision=revision) for revision in (1, 3, 2)] == [
        "done",
        "duplicate",
        "duplicate",
    ]
    await day.until(10, 5)
    assert await outcome(day, schedule, 10, revision=2) == "duplicate"
    assert await day.world.story(schedule) == ["09:00 succeeded", "10:00 skipped: superseded"]


async def test_an_edit_of_what_is_due_and_not_begun_applies_after_it(day: Day) -> None:
    schedule = await day.world.create()
    day.world.skip(to=day.at(9, 2))  # its message is late
    await day.world.change("update", schedule, timeOfDay="09:30")
    await day.until(9, 35)
    assert await day.world.story(schedule) == ["09:00 succeeded", "09:30 succeeded"]


@pytest.mark.parametrize(("verb", "ends"), [("pause", "09:00 skipped: paused"), ("delete", "09:00 skipped: deleted")])
async def test_begun_and_interrupted_it_is_not_gone_on_with_once_stopped(day: Day, verb: str, ends: str) -> None:
    schedule = await interrupted(day)
    await day.world.change(verb, schedule)
    day.world.skip(to=day.at(9, 10))
    assert await outcome(day, schedule, 9) == "skipped"
    assert (await day.world.story(schedule))[0] == ends
    assert await day.world.contents(schedule) == 0


@pytest.mark.parametrize("change", [{"timeOfDay": "09:20"}, {"name": "Coffee"}, {"frequency": "daily"}])
async def test_begun_and_interrupted_it_is_gone_on_with_though_edited(day: Day, change: dict[str, str]) -> None:
    schedule = await interrupted(day)
    await day.world.change("update", schedule, **change)
    day.world.skip(to=day.at(9, 10))
    assert await outcome(day, schedule, 9) == "done"
    runs = await day.world.runs(schedule)
    assert (runs[0]["status"], runs[0]["attempt"]) == ("succeeded", 2)


async def test_an_edit_right_after_the_claim_is_followed_by_its_own_next_occurrence(day: Day) -> None:
    """Claimed early by the lead time; the edit keeps 09:00, so only the revision tells that its rule is another one."""
    schedule = await day.world.create(leadTime="PT20M")
    await day.world.write("update app.schedules set following_run_at = null, following_late_at = null")

    async def edit() -> None:
        await day.world.change("update", schedule, frequency="daily")

    day.database.at("/claim_run", Around.ANSWERED, edit)
    await day.until(9, 15)
    await day.world.sweep()
    await day.until(10, 5)
    assert await day.world.story(schedule) == UNDISTURBED[:1]
    assert (await day.world.schedule(schedule))["next_run_at"] == day.at(24 + 9)


async def interrupted(day: Day) -> str:
    """A schedule whose 09:00 was claimed by somebody who then died: its lease lives until 09:06."""
    schedule = await day.world.create()
    day.world.skip(to=day.at(9))
    services = day.world.stack.app.state.services
    await services.store.claim_run(
        schedule_id=schedule,
        due_at=day.at(9),
        claim_id="gone",
        message_id=None,
        lease=day.at(9, 6) - day.at(9),
        worst_costs=worst_costs(services, day.world.now),
        now=day.world.now,
    )
    assert await day.world.story(schedule) == ["09:00 running"]
    return schedule


async def test_a_finished_schedule_that_an_edit_gives_a_future_runs_again(day: Day) -> None:
    schedule = await day.world.create(maxRuns=1)
    await day.until(9, 5)
    assert await outcome(day, schedule, 10) == "stale"
    await day.world.change("update", schedule, maxRuns=2)
    await day.until(11, 5)
    assert await day.world.story(schedule) == UNDISTURBED
