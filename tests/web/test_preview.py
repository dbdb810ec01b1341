"""What a rule would do and cost, before it is saved."""

from typing import Any

import pytest

from tests.web.client import Client


async def preview(client: Client, **rule: object) -> Any:
    return await client.post("/api/schedule/preview", rule, status=200)


async def test_a_preview_lists_the_next_runs_in_utc_and_local_time(ada: Client) -> None:
    shown = await preview(ada, frequency="daily", timeOfDay="09:00", timezone="America/New_York", n=3)
    assert [(it["at"], it["local"]) for it in shown["occurrences"]] == [
        ("2026-11-21T14:00:00Z", "2026-11-21T09:00:00-05:00"),
        ("2026-11-22T14:00:00Z", "2026-11-22T09:00:00-05:00"),
        ("2026-11-23T14:00:00Z", "2026-11-23T09:00:00-05:00"),
    ]
    assert shown["label"] == {"ko": "매일", "en": "Daily"}
    assert "09:00" in shown["sentence"]["ko"]
    assert "09:00" in shown["sentence"]["en"]


async def test_ten_runs_are_listed_unless_told_otherwise(ada: Client) -> None:
    assert len((await preview(ada, frequency="hourly"))["occurrences"]) == 10
    assert len((await preview(ada, frequency="hourly", n=50))["occurrences"]) == 50
    assert len((await preview(ada, frequency="hourly", maxRuns=4))["occurrences"]) == 4


async def test_a_clock_change_is_explained_in_both_languages(ada: Client) -> None:
    """Berlin's clocks jump from 02:00 to 03:00 on 28 March 2027."""
    shown = await preview(
        ada, frequency="daily", timeOfDay="02:30", timezone="Europe/Berlin", startsAt="2027-03-27T12:00:00Z", n=2
    )
    moved, ordinary = shown["occurrences"]
    assert (moved["at"], moved["note"]["kind"]) == ("2027-03-28T01:00:00Z", "gap")
    assert moved["note"]["ko"] != moved["note"]["en"]
    assert ordinary["note"] is None


async def test_a_short_month_is_explained(ada: Client) -> None:
    shown = await preview(ada, frequency="monthly", dayOfMonth=31, timeOfDay="09:00", n=3)
    assert [it["note"] and it["note"]["kind"] for it in shown["occurrences"]] == ["month_end", None, None]


@pytest.mark.parametrize(
    ("rule", "a_day", "a_month"),
    [
        ({"frequency": "hourly"}, 24, 720),
        ({"frequency": "3hours"}, 8, 240),
        ({"frequency": "daily", "timeOfDay": "09:00", "timezone": "UTC"}, 1, 30),
        ({"frequency": "weekly", "timeOfDay": "09:00"}, 1, 5),
        ({"frequency": "hourly", "maxRuns": 7}, 7, 7),
        ({"frequency": "custom", "rrule": "FREQ=DAILY;BYHOUR=9,18;BYMINUTE=0"}, 2, 60),
    ],
)
async def test_quota_is_forecast_from_the_first_run_on(
    ada: Client, rule: dict[str, object], a_day: int, a_month: int
) -> None:
    quota = (await preview(ada, **rule))["quota"]
    assert (quota["runsADay"], quota["runsAMonth"], quota["plan"]) == (a_day, a_month, "free")


async def test_cost_is_forecast_for_the_kind_of_content(ada: Client) -> None:
    post = (await preview(ada, frequency="daily", timeOfDay="09:00", contentType="x_post"))["cost"]
    blog = (await preview(ada, frequency="daily", timeOfDay="09:00", contentType="blog_post"))["cost"]
    assert 0 < post["typicalRunMicroUsd"] < post["worstRunMicroUsd"]
    assert post["typicalRunMicroUsd"] < blog["typicalRunMicroUsd"]
    assert post["typicalMonthMicroUsd"] == 30 * post["typicalRunMicroUsd"]


async def test_every_text_of_a_run_is_counted_and_paid(ada: Client) -> None:
    one, three = [await preview(ada, frequency="hourly", settings={"count": count}) for count in (1, 3)]
    assert (one["quota"]["textsADay"], three["quota"]["textsADay"]) == (24, 72)
    for name in ("typicalRunMicroUsd", "typicalMonthMicroUsd"):
        assert three["cost"][name] == 3 * one["cost"][name]
    assert three["cost"]["typicalTextMicroUsd"] == one["cost"]["typicalTextMicroUsd"]
    assert (one["quota"]["fits"], three["quota"]["fits"]) == (True, False)


async def test_premium_costs_more_and_so_does_a_dear_model_of_ones_own_choice(ada: Client) -> None:
    async def typical(**settings: object) -> int:
        return int((await preview(ada, frequency="hourly", settings=settings))["cost"]["typicalTextMicroUsd"])

    assert await typical() < await typical(quality="premium")
    assert await typical() < await typical(models=["anthropic/claude-opus-5-5"])


async def test_the_forecast_says_whether_it_was_measured(ada: Client) -> None:
    await ada.subscribe("team")
    cost = (await preview(ada, frequency="daily", timeOfDay="09:00"))["cost"]
    assert (cost["basis"], cost["measuredTexts"]) == ("typical", 0)
    schedule = await ada.create(settings={"count": 10})
    run = (await ada.post("/api/schedule/run", {"scheduleId": schedule["id"]}))["run"]
    cost = (await preview(ada, frequency="daily", timeOfDay="09:00"))["cost"]
    assert (cost["basis"], cost["measuredTexts"]) == ("measured", 10)
    assert cost["typicalTextMicroUsd"] == -(-run["costMicroUsd"] // 10)


async def test_the_day_on_which_the_months_money_ends_is_told(ada: Client) -> None:
    rule = {"frequency": "hourly", "settings": {"quality": "premium", "count": 20}, "contentType": "blog_post"}
    ends_on = (await preview(ada, **rule))["cost"]["endsOn"]
    assert ends_on == "2026-11-21"
    assert (await preview(ada, frequency="weekly", timeOfDay="09:00"))["cost"]["endsOn"] is None


async def test_a_rule_that_the_plan_does_not_bear_is_told_beforehand(ada: Client) -> None:
    assert (await preview(ada, frequency="daily", timeOfDay="09:00"))["quota"]["fits"] is True
    dear = await preview(ada, frequency="hourly", contentType="blog_post")
    assert dear["quota"]["fits"] is False
    for number in range(5):
        await ada.create(name=f"schedule {number}")
    full = await preview(ada, frequency="daily", timeOfDay="09:00")
    assert (full["quota"]["fits"], full["quota"]["usage"]["schedules"]) == (False, 5)


async def test_a_preview_saves_nothing(ada: Client) -> None:
    await preview(ada, frequency="daily", timeOfDay="09:00")
    assert (await ada.get("/api/schedules"))["schedules"] == []


async def test_the_first_run_of_a_preview_is_the_one_of_the_schedule_made_from_it(ada: Client) -> None:
    rule = {"frequency": "6hours", "timeOfDay": "05:30", "timezone": "Asia/Kathmandu"}
    shown = await preview(ada, **rule)
    assert (await ada.create(**rule))["nextRunAt"] == shown["occurrences"][0]["at"]
