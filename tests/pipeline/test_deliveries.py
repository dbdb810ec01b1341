"""Messages that come twice, late, early, out of order, or not at all change nothing but latency."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from dev.models.script import Failing, Fault
from tests.pipeline.conftest import Day
from tests.pipeline.taps import Around
from tests.stack import GENERATE

UNDISTURBED = ["09:00 succeeded", "10:00 succeeded"]


async def test_a_second_delivery_of_the_same_occurrence_is_skipped(day: Day) -> None:
    schedule = await day.world.create()
    await day.until(9, 1)
    paid = day.world.model_calls
    answer = await day.world.knock(schedule, day.at(9))
    assert (answer.status_code, answer.json()["outcome"]) == (200, "duplicate")
    assert day.world.model_calls == paid
    assert await day.world.story(schedule) == UNDISTURBED[:1]


async def test_of_many_deliveries_at_once_one_performs(day: Day) -> None:
    schedule = await day.world.create()
    day.world.skip(to=day.at(9))
    paid = day.world.model_calls
    answers = await asyncio.gather(*(day.world.knock(schedule, day.at(9)) for _ in range(12)))
    outcomes = Counter(answer.json()["outcome"] for answer in answers)
    assert outcomes["done"] == 1
    assert outcomes.total() == outcomes["done"] + outcomes["in_progress"] + outcomes["duplicate"]
    assert day.world.model_calls == paid + 1
    await day.until(10, 5)
    assert await day.world.story(schedule) == UNDISTURBED


@pytest.mark.parametrize("after", [timedelta(0), timedelta(minutes=3), timedelta(hours=2)])
async def test_what_qstash_delivers_twice_is_performed_once(day: Day, after: timedelta) -> None:
    schedule = await day.world.create()
    day.world.stack.qstash.faults.duplicate_next(after=after, to=GENERATE)
    await day.until(11, 5)
    assert await day.world.story(schedule) == [*UNDISTURBED, "11:00 succeeded"]


async def test_a_redelivery_while_the_lease_lives_is_told_to_wait_for_its_end(day: Day) -> None:
    schedule = await day.world.create()
    day.world.skip(to=day.at(9))

    async def redeliver() -> None:
        day.world.skip(to=day.at(9, 1))
        answer = await day.world.knock(schedule, day.at(9))
        assert (answer.status_code, answer.json()["outcome"]) == (503, "in_progress")
        assert answer.headers["retry-after"] == "300"  # the lease of 360 s, begun a minute ago

    day.model.at("/messages", Around.ASKING, redeliver)
    assert (await day.world.knock(schedule, day.at(9))).json()["outcome"] == "done"
    await day.until(10, 5)
    assert await day.world.story(schedule) == UNDISTURBED


@pytest.mark.parametrize("is_known", [True, False], ids=["known since arming", "to be reckoned"])
async def test_the_next_occurrence_is_stored_before_the_model_is_asked(day: Day, is_known: bool) -> None:
    schedule = await day.world.create()
    if not is_known:
        await day.world.write("update app.schedules set following_run_at = null, following_late_at = null")
    stored = []

    async def look() -> None:
        stored.append((await day.world.schedule(schedule))["next_run_at"])

    day.model.at("/messages", Around.ASKING, look)
    await day.until(9, 1)
    assert stored == [day.at(10)]
    assert (await day.world.schedule(schedule))["armed_for"] == day.at(10)


async def test_a_late_message_is_performed_inside_the_limit(day: Day) -> None:
    schedule = await day.world.create()
    day.world.stack.qstash.faults.delay_next(timedelta(minutes=29), to=GENERATE)
    await day.until(10, 5)
    assert await day.world.story(schedule) == UNDISTURBED
    assert (await day.world.runs(schedule))[0]["started_at"] == day.at(9, 29)


async def test_a_message_after_the_limit_finds_its_occurrence_missed_and_the_chain_goes_on(day: Day) -> None:
    schedule = await day.world.create()
    day.world.stack.qstash.faults.delay_next(timedelta(minutes=30), to=GENERATE)
    await day.until(10, 5)
    assert await day.world.story(schedule) == ["09:00 missed: late", "10:00 succeeded"]


async def test_after_a_long_sleep_only_the_newest_is_performed(day: Day) -> None:
    schedule = await day.world.create()
    paid = day.world.model_calls
    day.world.stack.qstash.faults.delay_next(timedelta(hours=4, minutes=10), to=GENERATE)
    await day.until(14, 5)
    late = [f"{hour:02}:00 missed: late" for hour in range(9, 13)]
    assert await day.world.story(schedule) == [*late, "13:00 succeeded", "14:00 succeeded"]
    assert day.world.model_calls == paid + 2


async def test_a_message_for_what_is_not_waited_for_is_stale_and_leaves_no_row(day: Day) -> None:
    schedule = await day.world.create()
    for hour, minute in ((8, 0), (9, 30), (10, 0)):
        answer = await day.world.knock(schedule, day.at(hour, minute))
        assert (answer.status_code, answer.json()["outcome"]) == (200, "stale")
    assert await day.world.story(schedule) == []
    assert (await day.world.knock("00000000-0000-0000-0000-000000000000", day.at(9))).json()["outcome"] == "stale"
    await day.until(10, 5)
    assert await day.world.story(schedule) == UNDISTURBED


async def test_messages_out_of_order_are_performed_in_the_ledgers_order(day: Day) -> None:
    schedule = await day.world.create()
    day.world.skip(to=day.at(10))
    assert (await day.world.knock(schedule, day.at(10))).json()["outcome"] == "stale"  # 09:00 has no row yet
    assert (await day.world.knock(schedule, day.at(9))).json()["outcome"] == "done"  # 09:00 is late: 10:00 in its place
    assert await day.world.story(schedule) == ["09:00 missed: late", "10:00 succeeded"]


async def test_a_message_more_than_a_minute_early_is_armed_again_and_performs_at_its_time(day: Day) -> None:
    schedule = await day.world.create()
    day.world.skip(to=day.at(8, 58, 59))
    answer = await day.world.knock(schedule, day.at(9))
    assert (answer.status_code, answer.json()["outcome"]) == (200, "early")
    assert await day.world.story(schedule) == []
    assert (await day.world.schedule(schedule))["arm_count"] == 2
    await day.until(10, 5)
    assert await day.world.story(schedule) == UNDISTURBED
    assert (await day.world.runs(schedule))[0]["started_at"] == day.at(9)


async def test_a_lead_time_begins_the_run_that_much_before_and_no_earlier(day: Day) -> None:
    schedule = await day.world.create(leadTime="PT20M")
    day.world.skip(to=day.at(8, 38))
    assert (await day.world.knock(schedule, day.at(9))).json()["outcome"] == "early"
    await day.until(9, 50)
    assert await day.world.story(schedule) == UNDISTURBED
    assert [run["started_at"] for run in await day.world.runs(schedule)] == [day.at(8, 40), day.at(9, 40)]


async def test_a_lost_message_is_replaced_by_the_sweep(day: Day) -> None:
    schedule = await day.world.create()
    day.world.stack.qstash.faults.drop_next(to=GENERATE)
    await day.until(9, 10)
    assert (await day.world.sweep())["data"]["processed"] == 0  # it may still be on its way
    await day.until(9, 11)
    assert (await day.world.sweep())["data"]["armed"] == 1
    await day.until(10, 5)
    assert await day.world.story(schedule) == UNDISTURBED


async def test_a_lost_answer_is_delivered_again_and_nothing_is_done_twice(day: Day) -> None:
    schedule = await day.world.create()
    paid = day.world.model_calls
    day.world.stack.qstash.faults.lose_reply_next(times=2, to=GENERATE)
    await day.until(10, 5)
    assert await day.world.story(schedule) == UNDISTURBED
    assert day.world.model_calls == paid + 2


async def test_a_message_that_qstash_took_without_our_knowing_does_no_harm(day: Day) -> None:
    day.world.stack.qstash.faults.lose_publish_reply_next()
    schedule = await day.world.create()
    assert (await day.world.schedule(schedule))["armed_for"] is None
    assert (await day.world.sweep())["data"]["armed"] == 1  # the same deduplication id: still one message
    assert len([it for it in day.world.stack.qstash.pending() if schedule.encode() in it.body]) == 1
    await day.until(10, 5)
    assert await day.world.story(schedule) == UNDISTURBED


async def test_a_passing_failure_of_the_model_ends_the_lease_and_is_tried_again(day: Day) -> None:
    schedule = await day.world.create()
    day.world.stack.models.anthropic.script.fail(Fault(Failing.STATUS, 529), Fault(Failing.STATUS, 429))
    day.world.skip(to=day.at(9))
    answer = await day.world.knock(schedule, day.at(9))
    assert (answer.status_code, answer.json()["outcome"]) == (503, "retrying")
    assert answer.headers["retry-after"] == "20"
    (run,) = await day.world.runs(schedule)
    assert (run["status"], run["lease_until"], run["retry_at"]) == ("retrying", None, day.at(9, 0, 20))
    await day.until(10, 5)
    assert await day.world.story(schedule) == UNDISTURBED
    assert (await day.world.runs(schedule))[0]["attempt"] == 3


async def test_a_final_failure_is_answered_as_done_with_and_the_chain_goes_on(day: Day) -> None:
    schedule = await day.world.create()
    day.world.stack.models.anthropic.script.fail(Fault(Failing.REFUSAL))
    await day.until(10, 5)
    assert await day.world.story(schedule) == ["09:00 failed: refused", "10:00 succeeded"]
    assert day.world.stack.qstash.dead_letters() == []


async def test_unusable_settings_fail_their_run_and_not_the_chain(day: Day) -> None:
    schedule = await day.world.create()
    await day.world.write("update app.schedules set settings = '{\"language\": 7}' where id = $1", schedule)
    await day.until(9, 5)
    await day.world.write("update app.schedules set settings = '{}' where id = $1", schedule)
    await day.until(10, 5)
    assert await day.world.story(schedule) == ["09:00 failed: invalid", "10:00 succeeded"]
