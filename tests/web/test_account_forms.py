"""What is filled in about an account is checked before anybody is asked, and what cannot be used is named."""

from typing import Any

import httpx
import pytest

from lib.app import create_app
from lib.settings import Settings
from tests.web.client import Client

CONNECT = "/api/account/connect"


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({}, "platform"),
        ({"platform": "myspace"}, "platform"),
        ({"platform": None}, "platform"),
        ({"platform": "x"}, "platform"),
        ({"platform": "mastodon"}, "credentials.token"),
        ({"platform": "mastodon", "credentials": {"token": "t"}}, "settings.server"),
        ({"platform": "mastodon", "credentials": {"token": "  "}}, "credentials.token"),
        ({"platform": "mastodon", "credentials": {"token": None}}, "credentials.token"),
        ({"platform": "mastodon", "credentials": {"token": 5}}, "credentials.token"),
        ({"platform": "mastodon", "credentials": {"token": "t" * 501}}, "credentials.token"),
        ({"platform": "mastodon", "credentials": "t"}, "credentials"),
        ({"platform": "mastodon", "credentials": None}, "credentials"),
        ({"platform": "mastodon", "credentials": {"token": "t", "password": "p"}}, "credentials"),
        ({"platform": "mastodon", "credentials": {str(n): "x" for n in range(11)}}, "credentials"),
        ({"platform": "mastodon", "credentials": {"token": "t"}, "settings": {"token": "t"}}, "settings.server"),
        ({"platform": "newsletter", "credentials": {"apiKey": "a", "api_key": "b"}}, "credentials.apiKey"),
        ({"platform": "newsletter", "credentials": {"apiKey": "a"}, "settings": {"from": "x"}}, "settings.to"),
        (
            {"platform": "newsletter", "credentials": {"apiKey": "a"}, "settings": {"from": "x", "to": "y@z.org"}},
            "settings.from",
        ),
        (
            {"platform": "newsletter", "credentials": {"apiKey": "a"}, "settings": {"from": "x", "to": "y" * 12_001}},
            "settings.to",
        ),
        ({"platform": "naver_blog", "settings": {"blog": "my blog"}}, "settings.blog"),
        ({"platform": "slack", "name": ""}, "name"),
        ({"platform": "slack", "name": "x" * 201}, "name"),
        ({"platform": "slack", "workspaceId": "mine"}, "workspaceId"),
        ({"platform": "slack", "workspaceId": None, "workspace_id": None}, "workspaceId"),
        ({"platform": "slack", "surprise": 1}, "surprise"),
    ],
)
async def test_a_form_that_cannot_be_used_names_the_field(anybody: Client, wish: dict[str, Any], field: str) -> None:
    error = await anybody.refused(422, CONNECT, wish)
    assert error["details"]["field"] == field
    assert (await anybody.get("/api/accounts"))["accounts"] == []


async def test_a_fields_other_spelling_is_taken_too(ada: Client) -> None:
    wish = ada.stack.platforms["newsletter"].new_account("snake")
    wish["credentials"]["api_key"] = wish["credentials"].pop("apiKey")
    assert (await ada.post(CONNECT, wish))["outcome"] == "connected"


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:1/hook", "https://127.0.0.1/hook", "https://[::1]/", "https://169.254.169.254/latest"]
)
async def test_nobody_is_led_into_our_own_network(ada: Client, address: str) -> None:
    secret = ada.stack.platforms["webhook"].new_account("inward")["credentials"]["secret"]
    await ada.refused(422, CONNECT, {"platform": "webhook", "credentials": {"url": address, "secret": secret}})
    wish = {"username": "ada", "password": "abcd efgh"}
    await ada.refused(422, CONNECT, {"platform": "wordpress", "credentials": wish, "settings": {"site": address}})


async def test_without_a_key_to_seal_with_nothing_is_asked_of_the_platform(
    ada: Client, capfd: pytest.CaptureFixture[str]
) -> None:
    stack, stand_in = ada.stack, ada.stack.platforms["mastodon"]
    variables = {name: value for name, value in stack.settings_env().items() if name != "CREDENTIALS_KEYS"}
    app = create_app(Settings.from_environment(variables), clock=stack.clock.now)
    wish = stand_in.new_account("keyless")
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url=stack.url, headers=ada.http.headers
    ) as http:
        replies = [await http.post(CONNECT, json=wish), await http.post("/api/account/begin", json={"platform": "x"})]
    for reply in replies:
        assert (reply.status_code, reply.json()["error"]["code"]) == (503, "not_configured")
        assert "CREDENTIALS_KEYS" not in reply.text
    assert stand_in.calls["keyless"] == 0
    await app.state.services.close()


@pytest.fixture(scope="module")
async def somewhere(anybody: Client) -> Any:
    """An account of anybody's."""
    wish = {"platform": "naver_blog", "settings": {"blog": "https://blog.naver.com/somewhere"}}
    return (await anybody.post(CONNECT, wish))["account"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"spacing": "P8D"}, "spacing"),
        ({"spacing": 5}, "spacing"),
        ({"spacing": None}, "spacing"),
        ({"cadence": None}, "cadence"),
        ({"cadence": []}, "cadence"),
        ({"cadence": {"timezone": "Mars/Olympus"}}, "cadence.timezone"),
        ({"cadence": {"quietHours": [{"from": "22:00"}]}}, "cadence.quietHours[0].to"),
        ({"cadence": {"quietHours": [{"from": "22", "to": "23:00"}]}}, "cadence.quietHours[0].from"),
        ({"cadence": {"quietHours": [{"from": "22:00", "to": "23:00", "days": [8]}]}}, "cadence.quietHours[0].days[0]"),
        ({"cadence": {"quietHours": [{"from": "22:00", "to": "23:00", "days": []}]}}, "cadence.quietHours[0].days"),
        ({"cadence": {"quietHours": [{"from": "00:00", "to": "00:00"}]}}, "cadence.quietHours"),
        ({"cadence": {"quietHours": [{"from": "01:00", "to": "02:00"}] * 15}}, "cadence.quietHours"),
        ({"cadence": {"quiet_hours": [], "quietHours": []}}, "cadence.quietHours"),
        ({"cadence": {"blackoutDates": ["2026-02-30"]}}, "cadence.blackoutDates[0]"),
        ({"cadence": {"blackoutDates": ["2026-12-25", 5]}}, "cadence.blackoutDates[1]"),
        ({"cadence": {"blackoutDates": [{"from": "2026-12-25", "to": "2026-12-24"}]}}, "cadence.blackoutDates[0].to"),
        ({"cadence": {"blackoutDates": ["2026-12-25"] * 101}}, "cadence.blackoutDates"),
        ({"cadence": {"surprise": 1}}, "cadence.surprise"),
        ({"status": "active"}, "status"),
        ({"settings": {}}, "settings"),
        ({"credentials": {}}, "credentials"),
        ({"accountId": "x"}, "accountId"),
    ],
)
async def test_a_change_that_cannot_be_made_names_the_field(
    anybody: Client, somewhere: Any, changes: dict[str, Any], field: str
) -> None:
    error = await anybody.refused(422, "/api/account/update", {"accountId": somewhere["id"], **changes})
    assert error["details"]["field"] == field
    assert (await anybody.get(f"/api/accounts/{somewhere['id']}"))["account"] == somewhere


@pytest.mark.parametrize("verb", ["test", "update", "remove"])
@pytest.mark.parametrize("value", ["", "x", 5, None, [], "../1"])
async def test_what_is_no_id_is_refused_by_name(anybody: Client, verb: str, value: object) -> None:
    error = await anybody.refused(422, f"/api/account/{verb}", {"accountId": value})
    assert error["details"]["field"] == "accountId"
