"""The stand-ins behind a webhook: Discord, Slack and a receiver of Standard Webhooks."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.dev.platform_desk import PlatformDesk


async def test_discord_answers_with_the_message_only_when_it_is_waited_for(desk: PlatformDesk) -> None:
    opened = await desk.open("discord")
    answer = await desk.http.post(opened["url"], json={"content": "tea"})
    assert (answer.status_code, answer.content) == (204, b"")
    message = (await desk.publish("discord", opened, "more tea")).json()
    assert message["content"] == "more tea"
    found = await desk.http.get(f"{opened['url']}/messages/{message['id']}")
    assert found.json()["id"] == message["id"]
    webhook = (await desk.http.get(opened["url"])).json()
    assert (webhook["type"], webhook["name"]) == (1, "ada")


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"content": ""}, 50006),
        ({"flags": 4}, 50006),
        ({"content": "x" * 2001}, 50035),
        ({"content": ["tea"]}, 50035),
        ({"embeds": [{"title": "t"}] * 11}, 50035),
        ({"embeds": [{"title": "x" * 257}]}, 50035),
        ({"embeds": [{"description": "x" * 4097}]}, 50035),
        ({"embeds": [{"description": "x" * 3001}] * 2}, 50035),
        ({"content": "tea", "username": "Discord"}, 50035),
    ],
)
async def test_discord_refuses_what_does_not_fit(desk: PlatformDesk, message: dict[str, Any], code: int) -> None:
    opened = await desk.open("discord")
    answer = await desk.http.post(f"{opened['url']}?wait=true", json=message)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert desk.platforms.discord.made == []


async def test_discord_knows_its_webhooks_and_their_tokens(desk: PlatformDesk) -> None:
    url = (await desk.open("discord"))["url"]
    wrong = await desk.http.post(f"{url}x", json={"content": "tea"})
    assert (wrong.status_code, wrong.json()["code"]) == (401, 50027)
    desk.platforms.discord.remove("ada")
    gone = await desk.http.post(url, json={"content": "tea"})
    assert (gone.status_code, gone.json()) == (404, {"message": "Unknown Webhook", "code": 10015})
    assert (await desk.http.post(url, data={"content": "tea"})).is_error


async def test_discord_tells_how_long_to_wait(desk: PlatformDesk) -> None:
    opened = await desk.open("discord")
    desk.platforms.discord.moment = 0
    answers = [await desk.publish("discord", opened, f"tea {number}") for number in range(31)]
    assert [answer.status_code for answer in answers] == [200] * 30 + [429]
    assert answers[-1].json()["retry_after"] == 60.0
    assert answers[-1].headers["x-ratelimit-remaining"] == "0"
    desk.clock.advance(by=timedelta(minutes=1))
    assert (await desk.publish("discord", opened)).is_success


@pytest.mark.parametrize(
    ("more", "is_pinging"),
    [({}, True), ({"allowed_mentions": {"parse": []}}, False), ({"allowed_mentions": {"parse": ["everyone"]}}, True)],
)
async def test_a_message_that_rings_everybody_is_seen(
    desk: PlatformDesk, more: dict[str, Any], is_pinging: bool
) -> None:
    opened = await desk.open("discord")
    await desk.http.post(opened["url"], json={"content": "tea @everyone", **more})
    assert [made.is_pinging for made in desk.platforms.discord.made] == [is_pinging]


async def test_slack_says_ok_and_nothing_else(desk: PlatformDesk) -> None:
    opened = await desk.open("slack")
    answer = await desk.publish("slack", opened, "tea &amp; &lt;cake&gt;")
    assert (answer.status_code, answer.text) == (200, "ok")
    await desk.http.post(opened["url"], json={"text": "<!channel> tea"})
    await desk.http.post(opened["url"], data={"payload": json.dumps({"text": "by form"})})
    assert [made.is_pinging for made in desk.platforms.slack.made] == [False, True, False]


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        ({}, 400, "no_text"),
        ([], 400, "invalid_payload"),
        ({"text": 7}, 400, "invalid_payload"),
        ({"text": "x" * 40_001}, 400, "msg_too_long"),
        ({"blocks": [{"type": "divider"}] * 51}, 400, "invalid_blocks"),
        ({"blocks": [{"text": "tea"}]}, 400, "invalid_blocks"),
        (
            {"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3_001}}]},
            400,
            "invalid_blocks",
        ),
    ],
)
async def test_slack_refuses_in_plain_words(desk: PlatformDesk, body: Any, status: int, told: str) -> None:
    opened = await desk.open("slack")
    answer = await desk.http.post(opened["url"], json=body)
    assert (answer.status_code, answer.text) == (status, told)
    assert answer.headers["content-type"].startswith("text/plain")
    assert desk.platforms.slack.made == []


async def test_slack_knows_its_webhooks(desk: PlatformDesk) -> None:
    url = (await desk.open("slack"))["url"]
    said = [(await desk.http.post(it, json={"text": "tea"})).text for it in (f"{url}x", url.replace("T0LOCAL", "T1"))]
    assert said == ["invalid_token", "no_team"]
    desk.platforms.slack.remove("ada")
    gone = await desk.publish("slack", {"url": url})
    assert (gone.status_code, gone.text) == (404, "no_service")


async def test_a_webhook_id_is_taken_once(desk: PlatformDesk) -> None:
    opened = await desk.open("webhook")
    for _ in range(2):
        assert (await desk.publish("webhook", opened, key="msg_1")).is_success
    assert [made.external_id for made in desk.platforms.receiver.made] == ["msg_1"]
    assert (await desk.publish("webhook", opened, "other tea", key="msg_1")).status_code == 409
    assert desk.platforms.doubles() == []
    await desk.publish("webhook", opened, key="msg_2")
    assert len(desk.platforms.doubles()) == 1


@pytest.mark.parametrize("wrong", ["secret", "body", "id", "early", "late", "unsigned", "dotted"])
async def test_a_hook_that_does_not_verify_is_refused(desk: PlatformDesk, wrong: str) -> None:
    opened = await desk.open("webhook")
    body = json.dumps({"type": "post.published", "timestamp": "2026-11-23T09:00:30Z", "data": {"text": "tea"}})
    secret = (await desk.open("webhook", "ben"))["secret"] if wrong == "secret" else opened["secret"]
    age = {"early": timedelta(minutes=-6), "late": timedelta(minutes=6)}.get(wrong, timedelta(0))
    headers = desk.signed({"secret": secret}, "msg.1" if wrong == "dotted" else "msg_1", body, age)
    match wrong:
        case "body":
            body = body.replace("tea", "coffee")
        case "id":
            headers["webhook-id"] = "msg_2"
        case "unsigned":
            del headers["webhook-signature"]
    answer = await desk.http.post(opened["url"], content=body, headers=headers)
    assert answer.status_code == 401
    assert desk.platforms.receiver.made == []


@pytest.mark.parametrize(
    "body",
    [
        "tea",
        "[]",
        json.dumps({"type": "t", "timestamp": "now", "data": {}}),
        json.dumps({"type": "t", "timestamp": "2026-11-23T09:00:30Z", "data": "tea"}),
        json.dumps({"timestamp": "2026-11-23T09:00:30Z", "data": {}}),
    ],
)
async def test_a_hook_of_another_shape_is_refused(desk: PlatformDesk, body: str) -> None:
    opened = await desk.open("webhook")
    answer = await desk.http.post(opened["url"], content=body, headers=desk.signed(opened, "msg_1", body))
    assert answer.status_code == 400


async def test_while_a_secret_is_rotated_either_signature_will_do(desk: PlatformDesk) -> None:
    old, new = await desk.open("webhook"), await desk.open("webhook")
    body = json.dumps({"type": "t", "timestamp": "2026-11-23T09:00:30Z", "data": {}})
    signatures = [desk.signed(it, "msg_1", body)["webhook-signature"] for it in (old, new)]
    desk.platforms.receiver.holders["ada"].keys.discard(old["secret"])
    headers = {**desk.signed(new, "msg_1", body), "webhook-signature": " ".join(signatures)}
    assert (await desk.http.post(new["url"], content=body, headers=headers)).is_success
