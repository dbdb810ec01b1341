"""The page is told where one can publish to: what each form asks for, what a platform takes, promises and costs."""

from typing import Any

import httpx
import pytest

from dev.stack import Stack
from lib.app import create_app
from lib.domain.account import Platform
from lib.domain.platforms import PLATFORMS
from lib.settings import Settings
from tests.web.client import Client


@pytest.fixture(scope="module")
async def told(anybody: Client) -> dict[str, Any]:
    return {it["platform"]: it for it in (await anybody.get("/api/platforms"))["platforms"]}


def test_every_platform_is_told_of_and_can_be_connected_here(told: dict[str, Any]) -> None:
    assert set(told) == {it.value for it in Platform}
    assert all(it["isConfigured"] for it in told.values())


def test_what_it_takes_and_costs_is_what_publishing_goes_by(told: dict[str, Any]) -> None:
    for platform, facts in PLATFORMS.items():
        it = told[platform]
        assert set(it["kinds"]) == facts.kinds
        assert (it["costMicroUsd"], it["costWithLinkMicroUsd"]) == (facts.cost, facts.cost_with_link)
        assert (it["readback"], it["isAssisted"]) == (facts.readback, facts.is_assisted)
        assert all(it["promise"][language] for language in ("ko", "en"))
    assert (told["x"]["costMicroUsd"], told["x"]["costWithLinkMicroUsd"]) == (15_000, 200_000)


def test_x_is_connected_at_x_and_the_others_by_a_form(told: dict[str, Any]) -> None:
    for platform, it in told.items():
        assert it["connect"] == ("oauth" if platform == "x" else "form")
        assert bool(it["fields"]) == (platform != "x")


def test_a_form_says_of_each_field_where_it_goes_and_whether_it_may_be_seen(told: dict[str, Any]) -> None:
    fields = {it["name"]: it for it in told["newsletter"]["fields"]}
    assert set(fields) == {"apiKey", "from", "to", "unsubscribe"}
    assert (fields["apiKey"]["in"], fields["apiKey"]["isSecret"]) == ("credentials", True)
    assert (fields["to"]["in"], fields["to"]["isSecret"]) == ("settings", False)
    assert (fields["to"]["isRequired"], fields["unsubscribe"]["isRequired"]) == (True, False)
    assert fields["apiKey"]["label"] == "account.newsletter.apiKey"
    labels = [field["label"] for it in told.values() for field in it["fields"]]
    assert len(set(labels)) == len(labels)


def test_whatever_is_secret_is_sealed(told: dict[str, Any]) -> None:
    for it in told.values():
        assert all(field["in"] == "credentials" for field in it["fields"] if field["isSecret"])


@pytest.mark.parametrize(
    ("missing", "closed"),
    [
        ({"X_CLIENT_ID"}, {"x"}),
        ({"CREDENTIALS_KEYS"}, {it.value for it, facts in PLATFORMS.items() if not facts.is_assisted}),
    ],
)
async def test_what_is_not_set_up_is_told_as_such(
    stack: Stack, anybody: Client, missing: set[str], closed: set[str]
) -> None:
    variables = {name: value for name, value in stack.settings_env().items() if name not in missing}
    app = create_app(Settings.from_environment(variables), clock=stack.clock.now)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url=stack.url, headers=anybody.http.headers
    ) as http:
        told = (await http.get("/api/platforms")).json()["platforms"]
    assert {it["platform"] for it in told if not it["isConfigured"]} == closed
    await app.state.services.close()
