"""A newsletter through Resend, at the wire."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
import respx

from lib.adapters.publishers.newsletter import Newsletter
from lib.domain.publication import Sent
from lib.domain.schedule import ContentType
from lib.errors import PublishFailed, PublishFault
from tests.adapters.publishers.outgoing import ARTICLE, Outgoing, connect
from tests.adapters.publishers.samples import failure_of

BASE = "https://api.resend.com"
LETTER = replace(ARTICLE, kind=ContentType.NEWSLETTER)
SETTINGS = {"from": "Tea <tea@tea.example>", "to": "ann@mail.example, ben@mail.example\nCho@mail.example"}


def outgoing(**settings: str) -> Outgoing:
    return Outgoing(Newsletter(connect, BASE), {"api_key": "re_abcdef_0123456789"}, **{**SETTINGS, **settings})


def accepting(request: httpx.Request) -> httpx.Response:
    return httpx.Response(
        200, json={"data": [{"id": f"mail-{number}"} for number, _ in enumerate(json.loads(request.content))]}
    )


@pytest.fixture
def wire() -> Iterator[respx.Route]:
    with respx.mock(assert_all_called=False) as router:
        yield router.post(f"{BASE}/emails/batch").mock(side_effect=accepting)


def mails(wire: respx.Route) -> list[dict[str, Any]]:
    return [mail for call in wire.calls for mail in json.loads(call.request.content)]


async def test_each_mail_is_to_one_person(wire: respx.Route) -> None:
    letter = outgoing()
    sent = await letter.send(letter.parts(LETTER)[0])
    assert (sent.external_id.partition("|")[0], sent.url) == ("mail-0", None)
    assert [mail["to"] for mail in mails(wire)] == [["ann@mail.example"], ["ben@mail.example"], ["Cho@mail.example"]]
    assert not any(mail.keys() & {"cc", "bcc"} for mail in mails(wire))


async def test_a_mail_is_html_and_text_with_a_way_to_leave(wire: respx.Route) -> None:
    letter = outgoing()
    await letter.send(letter.parts(LETTER)[0])
    mail = mails(wire)[0]
    assert (mail["from"], mail["subject"]) == ("Tea <tea@tea.example>", "Tea & Rain: 3 Leaves")
    assert "<h1>Why tea</h1>" in mail["html"]
    assert '<a href="https://tea.example/?a=1&amp;b=2">hands</a> &amp; feet' in mail["html"]
    assert "Tea &amp; Rain" in mail["html"]
    assert "warms the hands (https://tea.example/?a=1&b=2) & feet" in mail["text"]
    assert mail["headers"] == {"List-Unsubscribe": "<mailto:tea@tea.example?subject=unsubscribe>"}
    assert "write to tea@tea.example" in mail["text"]
    assert "mailto:tea@tea.example?subject=unsubscribe" in mail["html"]


async def test_the_way_to_leave_may_be_another_address_and_is_told_in_the_letters_language(wire: respx.Route) -> None:
    letter = outgoing(unsubscribe="leave@tea.example")
    await letter.send(letter.parts(replace(LETTER, language="ko-KR"))[0])
    mail = mails(wire)[0]
    assert mail["headers"]["List-Unsubscribe"] == "<mailto:leave@tea.example?subject=unsubscribe>"
    assert "더 받지 않으시려면 leave@tea.example" in mail["text"]
    assert 'lang="ko-KR"' in mail["html"]


async def test_a_call_is_known_by_its_key_and_the_same_when_repeated(wire: respx.Route) -> None:
    letter = outgoing()
    part = letter.parts(LETTER)[0]
    for _ in range(2):
        await letter.send(letter.parts(LETTER)[0])
    first, second = (call.request for call in wire.calls)
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"] == part.key
    assert len(part.key) <= 256
    assert first.content == second.content
    assert first.headers["authorization"] == "Bearer re_abcdef_0123456789"


async def test_a_hundred_go_with_a_call_and_each_person_is_written_to_once(wire: respx.Route) -> None:
    people = [f"reader{number}@mail.example" for number in range(201)]
    letter = outgoing(to=", ".join([*people, people[0].upper(), people[7]]))
    parts = letter.parts(LETTER)
    for part in parts:
        await letter.send(part)
    assert [len(json.loads(call.request.content)) for call in wire.calls] == [100, 100, 1]
    assert [mail["to"][0] for mail in mails(wire)] == people
    assert len({call.request.headers["idempotency-key"] for call in wire.calls}) == 3


async def test_a_reader_who_is_added_at_the_end_moves_nobody(wire: respx.Route) -> None:
    people = [f"reader{number}@mail.example" for number in range(150)]
    before = outgoing(to=",".join(people)).parts(LETTER)
    after = outgoing(to=",".join([*people, "new@mail.example"])).parts(LETTER)
    assert after[0].payload == before[0].payload
    assert after[1].payload["to"] == [*before[1].payload["to"], "new@mail.example"]


@pytest.mark.parametrize("is_marked", [True, False], ids=["sent", "seen by a person"])
async def test_a_list_that_changes_between_two_batches_leaves_nobody_out_and_writes_to_nobody_twice(
    wire: respx.Route, is_marked: bool
) -> None:
    people = [f"reader{number}@mail.example" for number in range(250)]
    letter = outgoing(to=",".join(people))
    sent = await letter.send(letter.parts(LETTER)[0])
    assert len(sent.external_id) < 1000
    if is_marked:
        people = ["new@mail.example", *people[:7], *people[9:120], *people[130:]]
    out = sent if is_marked else Sent("seen")
    changed = Newsletter(connect, BASE)
    parts = changed.parts_after(outgoing(to=",".join(people)).parts(LETTER), [out])
    assert [part.key for part in parts] == [part.key for part in letter.parts(LETTER)]
    for part in parts[1:]:
        await letter.send(part, out)
    reached = [mail["to"][0] for mail in mails(wire)]
    assert len(reached) == len(set(reached))
    assert set(people) <= set(reached)
    assert "reader125@mail.example" not in reached or not is_marked


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"to": ""}, "settings.to"),
        ({"to": "ann@mail.example, ben"}, "settings.to"),
        ({"to": "ann@mail.example <ben@mail.example>"}, "settings.to"),
        ({"from": "Tea"}, "settings.from"),
        ({"from": ""}, "settings.from"),
        ({"unsubscribe": "https://tea.example/leave"}, "settings.unsubscribe"),
    ],
)
def test_settings_that_cannot_be_are_named_and_nobodys_address_is_told(settings: dict[str, str], field: str) -> None:
    with pytest.raises(PublishFailed) as failed:
        outgoing(**settings).parts(LETTER)
    assert failed.value.fault is PublishFault.UNFIT
    assert failed.value.details["field"] == field
    assert "mail.example" not in f"{failed.value} {failed.value.reason}"


@pytest.mark.parametrize("name", ["invalid_idempotent_request", "concurrent_idempotent_requests"])
async def test_a_key_that_resend_has_already_is_not_taken_for_not_sent(wire: respx.Route, name: str) -> None:
    wire.side_effect = None
    wire.respond(409, json={"statusCode": 409, "name": name, "message": "the key was used"})
    failure = await outgoing().failure()
    assert (failure.fault, failure.reason) == (PublishFault.UNKNOWN, "the key was used")


@pytest.mark.parametrize(
    ("status", "name", "fault"),
    [
        (401, "missing_api_key", PublishFault.UNAUTHORIZED),
        (403, "invalid_api_key", PublishFault.UNAUTHORIZED),
        (403, "validation_error", PublishFault.UNAUTHORIZED),  # the domain is not verified
        (400, "validation_error", PublishFault.REFUSED),
        (422, "missing_required_field", PublishFault.REFUSED),
        (422, "invalid_from_address", PublishFault.REFUSED),
        (451, "security_error", PublishFault.REFUSED),
        (429, "rate_limit_exceeded", PublishFault.THROTTLED),
        (429, "daily_quota_exceeded", PublishFault.THROTTLED),
        (500, "application_error", PublishFault.UNKNOWN),
    ],
)
async def test_what_resends_errors_mean(wire: respx.Route, status: int, name: str, fault: PublishFault) -> None:
    wire.side_effect = None
    wire.respond(status, json={"statusCode": status, "name": name, "message": "in their words"})
    failure = await outgoing().failure()
    assert (failure.fault, failure.reason) == (fault, "in their words")


async def test_a_quota_without_an_end_is_looked_at_again_in_an_hour(wire: respx.Route) -> None:
    wire.side_effect = None
    wire.respond(429, json={"name": "monthly_quota_exceeded", "message": "none left"})
    assert (await outgoing().failure()).retry_after == timedelta(hours=1)
    wire.respond(429, headers={"retry-after": "90"}, json={"name": "daily_quota_exceeded", "message": "none left"})
    assert (await outgoing().failure()).retry_after == timedelta(seconds=90)


@pytest.mark.parametrize("answer", [{}, {"data": []}, {"data": [{"id": "mail-1"}]}, {"data": [{}, {}, {}]}, []])
async def test_an_acceptance_that_does_not_name_every_mail_is_unknown(wire: respx.Route, answer: object) -> None:
    wire.side_effect = None
    wire.respond(200, json=answer)
    assert (await outgoing().failure()).fault is PublishFault.UNKNOWN


async def test_the_key_is_proven_by_asking_for_its_domains() -> None:
    with respx.mock:
        respx.get(f"{BASE}/domains").respond(json={"data": [{"name": "tea.example", "status": "verified"}]})
        found = await outgoing(unsubscribe="leave@tea.example").identify()
    assert (found.name, found.external_id) == ("tea@tea.example", "tea@tea.example")
    assert found.settings == {
        "from": "Tea <tea@tea.example>",
        "to": "ann@mail.example, ben@mail.example, Cho@mail.example",
        "unsubscribe": "leave@tea.example",
    }


async def test_a_key_that_may_only_send_is_good_enough() -> None:
    refusal = {"name": "restricted_api_key", "message": "This API key is restricted to only send emails"}
    with respx.mock:
        respx.get(f"{BASE}/domains").respond(401, json=refusal)
        assert (await outgoing().identify()).external_id == "tea@tea.example"


@pytest.mark.parametrize(("status", "name"), [(401, "missing_api_key"), (403, "invalid_api_key")])
async def test_a_key_that_is_none_cannot_be_connected(status: int, name: str) -> None:
    with respx.mock:
        respx.get(f"{BASE}/domains").respond(status, json={"name": name, "message": "no"})
        assert (await outgoing().refusal()).fault is PublishFault.UNAUTHORIZED


async def test_a_sender_whose_domain_is_not_verified_is_told_before_anything_is_written() -> None:
    with respx.mock:
        respx.get(f"{BASE}/domains").respond(json={"data": [{"name": "tea.example", "status": "pending"}]})
        failure = await failure_of(outgoing().identify())
    assert failure.details["field"] == "settings.from"
    assert "not verified" in failure.reason


def test_a_subject_is_one_line() -> None:
    (part,) = outgoing().parts(replace(LETTER, title="Tea\nBcc: everybody@mail.example"))
    assert part.payload["mail"]["subject"] == "Tea Bcc: everybody@mail.example"
