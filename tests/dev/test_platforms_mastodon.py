"""Mastodon's stand-in: the same key is the same status for an hour, and what does not fit is refused."""

from datetime import timedelta
from typing import Any

import pytest

from tests.dev.platform_desk import PlatformDesk, bearer


async def test_the_same_key_is_the_same_status_for_an_hour(desk: PlatformDesk) -> None:
    opened = await desk.open("mastodon")
    first, second = [(await desk.publish("mastodon", opened, key="k1")).json() for _ in range(2)]
    assert first["id"] == second["id"]
    assert len(desk.platforms.mastodon.made) == 1
    desk.clock.advance(by=timedelta(hours=1))
    await desk.publish("mastodon", opened, key="k1")
    assert len(desk.platforms.doubles()) == 1


async def test_a_key_is_its_accounts_own(desk: PlatformDesk) -> None:
    for name in ("ada", "ben"):
        await desk.publish("mastodon", await desk.open("mastodon", name), key="k1")
    assert len(desk.platforms.mastodon.made) == 2
    assert desk.platforms.doubles() == []


@pytest.mark.parametrize(
    ("fields", "status", "told"),
    [
        ({"status": "x" * 501}, 422, "character limit of 500"),
        ({"status": "x" * 480, "spoiler_text": "x" * 21}, 422, "character limit"),
        ({"status": "  "}, 422, "can't be blank"),
        ({"status": "tea", "visibility": "everybody"}, 422, "Visibility"),
        ({"status": "tea", "media_ids": ["1"]}, 422, "Media"),
        ({"status": "tea", "in_reply_to_id": "7"}, 404, "does not appear to exist"),
    ],
)
async def test_a_status_that_does_not_fit_is_refused(
    desk: PlatformDesk, fields: dict[str, Any], status: int, told: str
) -> None:
    opened = await desk.open("mastodon")
    answer = await desk.http.post(f"{opened['server']}/api/v1/statuses", json=fields, headers=bearer(opened["token"]))
    assert (answer.status_code, told in answer.json()["error"]) == (status, True)
    assert desk.platforms.mastodon.made == []


@pytest.mark.parametrize(
    "text",
    [
        "x" * 476 + " https://example.com/" + "y" * 200,  # a link is 23 characters
        "x" * 495 + " @ada@a-very-long-server-name.example",
        "👩‍👩‍👧‍👦" * 500,
        "글" * 500,
    ],
)
async def test_length_is_counted_as_the_server_does(desk: PlatformDesk, text: str) -> None:
    opened = await desk.open("mastodon")
    assert (await desk.publish("mastodon", opened, text)).is_success
    assert (await desk.publish("mastodon", opened, f"z{text}")).status_code == 422


async def test_forms_are_read_as_well(desk: PlatformDesk) -> None:
    opened = await desk.open("mastodon")
    url, headers = f"{opened['server']}/api/v1/statuses", bearer(opened["token"])
    assert (await desk.http.post(url, data={"status": "tea"}, headers=headers)).is_success
    assert (await desk.http.post(url, content="status=tea", headers=headers)).status_code == 422
    headers["Content-Type"] = "application/json"
    assert (await desk.http.post(url, content="{", headers=headers)).status_code == 400


async def test_a_thread_and_the_timeline(desk: PlatformDesk) -> None:
    opened = await desk.open("mastodon")
    url, headers = f"{opened['server']}/api/v1", bearer(opened["token"])
    first = (await desk.publish("mastodon", opened, "one")).json()
    fields = {"status": "two", "in_reply_to_id": first["id"], "language": "en"}
    second = (await desk.http.post(f"{url}/statuses", json=fields, headers=headers)).json()
    me = (await desk.http.get(f"{url}/accounts/verify_credentials", headers=headers)).json()
    assert me["acct"] == "ada"
    shown = (await desk.http.get(f"{url}/accounts/{me['id']}/statuses", headers=headers)).json()
    assert [it["id"] for it in shown] == [second["id"], first["id"]]
    assert shown[0]["in_reply_to_id"] == first["id"]
    assert (await desk.http.get(f"{url}/statuses/{first['id']}", headers=headers)).json() == shown[1]
    assert (await desk.http.get(f"{url}/statuses/7", headers=headers)).status_code == 404


async def test_a_revoked_token_says_so(desk: PlatformDesk) -> None:
    opened = await desk.open("mastodon")
    desk.platforms.mastodon.revoke("ada")
    answer = await desk.publish("mastodon", opened)
    assert (answer.status_code, answer.json()) == (401, {"error": "The access token was revoked"})
    answer = await desk.publish("mastodon", {**opened, "token": "never"})
    assert (answer.status_code, answer.json()) == (401, {"error": "The access token is invalid"})


async def test_three_hundred_calls_in_five_minutes(desk: PlatformDesk) -> None:
    opened = await desk.open("mastodon")
    desk.platforms.mastodon.moment = 0
    for number in range(300):
        assert (await desk.publish("mastodon", opened, f"tea {number}")).is_success
    answer = await desk.publish("mastodon", opened, "one more")
    assert (answer.status_code, answer.headers["x-ratelimit-reset"]) == (429, "2026-11-23T09:05:30.000Z")
    desk.clock.advance(by=timedelta(minutes=5))
    assert (await desk.publish("mastodon", opened, "one more")).is_success
