"""Where each text will go out and when is known before anything is saved, and why it was moved."""

from itertools import count
from typing import Any

from dev.person import signed_in
from dev.platforms.connecting import connect as connect_to
from dev.stack import Stack
from tests.web.client import Client

NIGHT = {"timezone": "Asia/Seoul", "quietHours": [{"from": "22:00", "to": "07:00"}]}
RULE = {"frequency": "daily", "timeOfDay": "22:30", "timezone": "Asia/Seoul"}
TEN = {**RULE, "n": 2}


_holders = count(1)


async def connect(client: Client, platform: str) -> str:
    wish = client.stack.platforms[platform].new_account(f"holder{next(_holders)}")
    return str((await client.post("/api/account/connect", wish, status=200))["account"]["id"])


async def preview(client: Client, **rule: Any) -> Any:
    return await client.post("/api/schedule/preview", rule, status=200)


async def test_quiet_hours_move_what_would_go_out_in_them_and_say_so(ada: Client) -> None:
    loud, quiet = await connect(ada, "slack"), await connect(ada, "discord")
    await ada.post("/api/account/update", {"accountId": quiet, "cadence": NIGHT}, status=200)
    shown = await preview(ada, **TEN, settings={"targets": [loud, quiet]})
    assert shown["occurrences"][0]["at"] == "2026-11-21T13:30:00Z"
    assert shown["occurrences"][0]["goesOut"] == [
        {"accountId": loud, "item": 0, "at": "2026-11-21T13:30:00Z", "movedBy": []},
        {"accountId": quiet, "item": 0, "at": "2026-11-21T22:00:00Z", "movedBy": ["quiet_hours"]},
    ]


async def test_the_texts_of_a_run_and_those_of_other_schedules_keep_an_accounts_spacing(ada: Client) -> None:
    account = await connect(ada, "slack")
    await ada.post("/api/account/update", {"accountId": account, "spacing": "PT20M"}, status=200)
    other = await ada.create(
        **{name: it for name, it in TEN.items() if name != "n"}, settings={"topic": "tea", "targets": [account]}
    )
    rule = {**TEN, "settings": {"targets": [account], "count": 2}}
    first = (await preview(ada, **rule))["occurrences"][0]["goesOut"]
    assert [it["at"] for it in first] == ["2026-11-21T13:50:00Z", "2026-11-21T14:10:00Z"]
    assert [it["movedBy"] for it in first] == [["spacing"], ["spacing"]]
    alone = await preview(ada, **rule, scheduleId=other["id"])
    assert alone["occurrences"][0]["goesOut"][0]["at"] == "2026-11-21T13:30:00Z"


async def test_a_deadline_is_shown_with_the_time_that_it_leaves(ada: Client) -> None:
    account = await connect(ada, "slack")
    approval = {"mode": "review_until", "minutesBefore": 30, "otherwise": "skip"}
    shown = await preview(ada, **TEN, leadTime="PT2H", settings={"targets": [account], "approval": approval})
    assert shown["occurrences"][0]["approveBy"] == "2026-11-21T13:00:00Z"
    assert shown["occurrences"][0]["goesOut"][0]["at"] == "2026-11-21T13:30:00Z"


async def test_what_a_platform_charges_is_said_and_a_link_is_dearer(stack: Stack) -> None:
    async with signed_in(stack, "payer@example.com", "a long password") as payer:
        account = str((await connect_to(stack, payer, "x", "payer"))["id"])
        for links, cost in ((None, 30_000), (["https://tea.example.org/"], 400_000)):
            settings = {"targets": [account], "count": 2, **({"links": links} if links else {})}
            shown = await payer.post("/api/schedule/preview", **TEN, settings=settings)
            assert shown["cost"]["publishingRunMicroUsd"] == cost


async def test_another_tenants_account_is_in_no_preview(ada: Client, bob: Client) -> None:
    theirs = await connect(bob, "slack")
    assert (await preview(ada, **TEN, settings={"targets": [theirs]}))["occurrences"][0]["goesOut"] == []
