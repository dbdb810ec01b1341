"""Making schedules and looking at them, through the front door."""

import pytest

from dev.serving import Trouble
from tests.web.client import Client, wish


async def test_a_created_schedule_says_when_it_runs_next_and_that_a_message_stands_ready(ada: Client) -> None:
    schedule = await ada.create()
    assert schedule["nextRunAt"] == "2026-11-21T06:00:00Z"  # 15:00 in Seoul
    assert schedule["lateAt"] == "2026-11-21T07:30:00Z"
    assert schedule["armed"] == {"isArmed": True, "at": "2026-11-21T03:04:05Z"}
    assert (schedule["status"], schedule["isActive"], schedule["revision"]) == ("active", True, 1)
    assert schedule["label"] == {"ko": "3시간마다", "en": "Every 3 hours"}
    assert ada.stack.qstash.next_due_at() is not None


async def test_the_body_of_older_clients_is_taken_as_it_is(ada: Client) -> None:
    older = {
        "name": "마케팅 콘텐츠 자동 생성",
        "content_type": "x_post",
        "frequency": "3hours",
        "time_of_day": "09:00",
        "settings": {"promptType": "custom", "customPrompt": "사용자 커스텀 프롬프트..."},
    }
    schedule = (await ada.post("/api/schedule/create", older, status=201))["schedule"]
    assert schedule["name"] == older["name"]
    assert schedule["timezone"] == "Asia/Seoul"
    assert schedule["settings"] == older["settings"]


async def test_the_answer_gives_back_every_field_as_it_was_sent(ada: Client) -> None:
    sent = wish(
        frequency="monthly",
        timeOfDay="08:30",
        dayOfMonth=31,
        timezone="Europe/Berlin",
        startsAt="2026-12-01T00:00:00Z",
        endsAt="2027-12-01T00:00:00Z",
        maxRuns=7,
        latenessLimit="PT90M",
        leadTime="PT10M",
        priority=9,
        dailyCostCapMicroUsd=500_000,
        monthlyCostCapMicroUsd=9_000_000,
        settings={
            "promptType": "auto",
            "topic": "tea",
            "neverSay": ["coffee"],
            "language": "ko",
            "links": ["https://tea.example.org/shop"],
            "count": 5,
            "quality": "premium",
            "models": ["openai/gpt-6.1-sol"],
        },
    )
    schedule = await ada.create(**sent)
    assert {name: schedule[name] for name in sent} == sent
    assert schedule["nextRunAt"] == "2026-12-31T07:30:00Z"


@pytest.mark.parametrize(
    ("fields", "next_run_at"),
    [
        ({"frequency": "hourly", "timeOfDay": None}, "2026-11-21T04:04:00Z"),
        ({"frequency": "6hours"}, "2026-11-21T06:00:00Z"),
        ({"frequency": "daily"}, "2026-11-22T00:00:00Z"),
        ({"frequency": "weekly"}, "2026-11-28T00:00:00Z"),  # the weekday of today, whose 09:00 is past
        ({"frequency": "weekly", "weekday": 1}, "2026-11-23T00:00:00Z"),
        ({"frequency": "monthly"}, "2026-12-21T00:00:00Z"),
        ({"frequency": "custom", "timeOfDay": None, "rrule": "FREQ=HOURLY;INTERVAL=4"}, "2026-11-21T07:04:00Z"),
        ({"frequency": "custom", "rrule": "FREQ=WEEKLY;BYDAY=TU,TH"}, "2026-11-24T00:00:00Z"),
        ({"startsAt": "2026-11-30T12:34:00+09:00"}, "2026-11-30T03:34:00Z"),
    ],
)
async def test_each_frequency_begins_with_its_first_occurrence_from_now(
    ada: Client, fields: dict[str, object], next_run_at: str
) -> None:
    assert (await ada.create(**fields))["nextRunAt"] == next_run_at


async def test_the_same_request_with_the_same_key_makes_one_schedule(ada: Client) -> None:
    first = await ada.post("/api/schedule/create", wish(), key="once", status=201)
    again = await ada.post("/api/schedule/create", wish(), key="once", status=200)
    assert (first["outcome"], again["outcome"]) == ("created", "repeated")
    assert again["schedule"]["id"] == first["schedule"]["id"]
    assert len((await ada.get("/api/schedules"))["schedules"]) == 1


async def test_another_spelling_of_the_same_request_is_the_same_request(ada: Client) -> None:
    await ada.post("/api/schedule/create", wish(), key="once", status=201)
    snake = {"name": "Tea", "content_type": "x_post", "frequency": "3hours", "time_of_day": "09:00"}
    await ada.post("/api/schedule/create", snake, key="once", status=200)


async def test_a_key_that_was_used_for_another_request_is_refused_by_name(ada: Client) -> None:
    await ada.post("/api/schedule/create", wish(), key="once", status=201)
    error = await ada.refused(422, "/api/schedule/create", wish(name="Coffee"), key="once")
    assert error["details"]["field"] == "Idempotency-Key"


async def test_two_people_may_use_the_same_key(ada: Client, bob: Client) -> None:
    await ada.post("/api/schedule/create", wish(), key="once", status=201)
    await bob.post("/api/schedule/create", wish(), key="once", status=201)


async def test_the_plan_limits_the_number_of_schedules_and_says_so(ada: Client) -> None:
    for number in range(5):
        await ada.create(name=f"schedule {number}")
    error = await ada.refused(403, "/api/schedule/create", wish())
    assert error["code"] == "plan_limit"
    assert error["details"] == {"plan": "free", "limit": 5, "used": 5}


async def test_the_list_is_paged_newest_first_without_gaps_or_repeats(ada: Client) -> None:
    made = [(await ada.create(name=f"schedule {number}"))["id"] for number in range(5)]
    seen, cursor = [], {}
    for _ in range(3):
        page = await ada.get("/api/schedules", limit=2, **cursor)
        seen += [schedule["id"] for schedule in page["schedules"]]
        cursor = {"cursor": page["nextCursor"]}
    assert cursor == {"cursor": None}
    assert len(seen) == 5
    assert set(seen) == set(made)


async def test_deleted_schedules_are_listed_only_when_asked_for(ada: Client) -> None:
    schedule = await ada.create()
    await ada.post("/api/schedule/delete", {"scheduleId": schedule["id"]})
    assert (await ada.get("/api/schedules"))["schedules"] == []
    (found,) = (await ada.get("/api/schedules", includeDeleted="true"))["schedules"]
    assert (found["status"], found["isActive"]) == ("deleted", False)


@pytest.mark.parametrize("trouble", [Trouble.CUT, Trouble.FAILING])
async def test_publishing_trouble_never_fails_the_request(ada: Client, trouble: Trouble) -> None:
    ada.stack.qstash.faults.outage = trouble
    try:
        schedule = await ada.create()
    finally:
        ada.stack.qstash.faults.clear()
    assert schedule["armed"] == {"isArmed": False, "at": None}
    assert schedule["nextRunAt"] == "2026-11-21T06:00:00Z"


async def test_what_is_too_far_away_is_left_to_the_sweep(ada: Client) -> None:
    schedule = await ada.create(startsAt="2026-12-20T00:00:00Z")
    assert schedule["armed"]["isArmed"] is False
