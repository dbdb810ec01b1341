"""Resend's stand-in: a key is good for one call for a day, and everybody's mailbox can be looked into."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.dev.platform_desk import PlatformDesk, bearer


class Team:
    """A team at Resend, used by hand."""

    def __init__(self, desk: PlatformDesk, opened: dict[str, Any]) -> None:
        self.desk = desk
        self.opened = opened

    def mail(self, to: Any = "reader@example.com", **fields: Any) -> dict[str, Any]:
        return {"from": self.opened["from"], "to": to, "subject": "Tea", "html": "<p>hot</p>", **fields}

    async def send(self, body: Any, key: str | None = None, path: str = "/emails") -> httpx.Response:
        headers = {**bearer(self.opened["apiKey"]), **({"Idempotency-Key": key} if key is not None else {})}
        return await self.desk.http.post(f"{self.desk.platforms.resend.url}{path}", json=body, headers=headers)


@pytest.fixture
async def team(desk: PlatformDesk) -> Team:
    return Team(desk, await desk.open("newsletter"))


async def test_a_mail_is_in_its_readers_mailbox(team: Team) -> None:
    sent = (await team.send(team.mail(["Ann <ann@example.com>", "ben@example.com"]))).json()
    (mail,) = team.desk.platforms.resend.mails_to("ann@example.com")
    assert (mail.id, mail.subject, mail.html, mail.sender) == (sent["id"], "Tea", "<p>hot</p>", team.opened["from"])
    assert len(team.desk.platforms.resend.mails) == 2
    url = f"{team.desk.platforms.resend.url}/emails/{sent['id']}"
    found = await team.desk.http.get(url, headers=bearer(team.opened["apiKey"]))
    assert found.json()["last_event"] == "delivered"


async def test_the_same_key_is_the_same_mail_for_a_day(team: Team) -> None:
    first, second = [(await team.send(team.mail(), "k1")).json() for _ in range(2)]
    assert first == second
    other = await team.send(team.mail(subject="Coffee"), "k1")
    assert (other.status_code, other.json()["name"]) == (409, "invalid_idempotent_request")
    assert len(team.desk.platforms.resend.mails) == 1
    team.desk.clock.advance(by=timedelta(hours=24))
    assert (await team.send(team.mail(), "k1")).json() != first
    assert len(team.desk.platforms.doubles()) == 1


@pytest.mark.parametrize("key", ["", "k" * 257])
async def test_a_key_that_is_none_is_refused(team: Team, key: str) -> None:
    answer = await team.send(team.mail(), key)
    assert (answer.status_code, answer.json()["name"]) == (400, "invalid_idempotency_key")


async def test_a_batch_is_all_or_nothing_and_once_under_its_key(team: Team) -> None:
    readers = [f"reader{number}@example.com" for number in range(100)]
    batch = [team.mail(reader) for reader in readers]
    first, second = [(await team.send(batch, "k1", "/emails/batch")).json() for _ in range(2)]
    assert first == second
    assert len(first["data"]) == len(team.desk.platforms.resend.mails) == 100
    for wrong in ([], [*batch, team.mail()], [team.mail(), team.mail("nobody")], team.mail()):
        assert (await team.send(wrong, "k2", "/emails/batch")).status_code == 422
    later = [team.mail(scheduled_at="tomorrow")]
    assert (await team.send(later, "k2", "/emails/batch")).status_code == 422
    assert len(team.desk.platforms.resend.mails) == 100


async def test_a_reader_who_gets_the_same_letter_twice_is_seen(team: Team) -> None:
    batch = [team.mail("ann@example.com"), team.mail("ben@example.com")]
    await team.send(batch, "k1", "/emails/batch")
    await team.send(batch[1:], "k2", "/emails/batch")
    (double,) = team.desk.platforms.doubles()
    assert double.text == "ben@example.com: Tea"


@pytest.mark.parametrize(
    ("fields", "status", "name"),
    [
        ({"subject": ""}, 422, "missing_required_field"),
        ({"to": []}, 422, "missing_required_field"),
        ({"html": ""}, 422, "missing_required_field"),
        ({"to": "nobody"}, 422, "validation_error"),
        ({"to": ["reader@example.com"] * 51}, 422, "validation_error"),
        ({"from": "tea"}, 422, "validation_error"),
        ({"from": "Tea <tea@elsewhere.example>"}, 403, "validation_error"),
        ({"mood": "good"}, 422, "validation_error"),
    ],
)
async def test_a_mail_that_does_not_fit_is_refused(team: Team, fields: dict[str, Any], status: int, name: str) -> None:
    answer = await team.send(team.mail(**fields))
    assert (answer.status_code, answer.json()["name"], answer.json()["statusCode"]) == (status, name, status)
    assert team.desk.platforms.resend.mails == []


async def test_nobody_sends_without_a_key_of_their_own(team: Team) -> None:
    url = f"{team.desk.platforms.resend.url}/emails"
    unproven = await team.desk.http.post(url, json=team.mail())
    assert (unproven.status_code, unproven.json()["name"]) == (401, "missing_api_key")
    wrong = await team.desk.http.post(url, json=team.mail(), headers=bearer("re_wrong"))
    assert (wrong.status_code, wrong.json()["name"]) == (403, "invalid_api_key")
    form = await team.desk.http.post(url, data=team.mail(), headers=bearer(team.opened["apiKey"]))
    assert form.status_code == 422
