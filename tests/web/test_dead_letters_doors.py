"""What exhausted its retries is seen by its people, goes through the pipeline again once, or is put away."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from dev.platforms.script import Failing, Fault
from dev.serving import Trouble
from lib.domain.message import GENERATE, Message
from tests.web.client import Client

LIST, REPLAY, MANY, DISCARD = (
    "/api/dead-letters",
    "/api/dead-letter/replay",
    "/api/dead-letter/replay-many",
    "/api/dead-letter/discard",
)
NOBODYS = "00000000-0000-4000-8000-000000000000"
REFUSED = Fault(Failing.STATUS, status=400, says='{"message": "Cannot send an empty message", "code": 50006}')
SOON = timedelta(seconds=30)


async def connect(client: Client, name: str) -> str:
    wish = client.stack.platforms.new_account("discord", name)
    return str((await client.post("/api/account/connect", wish))["account"]["id"])


async def letters(client: Client, **query: Any) -> list[Any]:
    return list((await client.get(LIST, **query))["deadLetters"])


async def refused_publication(client: Client, name: str) -> Any:
    """The letter of something that Discord has refused for good."""
    schedule = await client.create(settings={"topic": "tea", "targets": [await connect(client, name)]})
    client.stack.platforms["discord"].script.fail(REFUSED, account=name)
    await client.post("/api/schedule/run", {"scheduleId": schedule["id"], "publish": True})
    await client.stack.advance(SOON)
    (letter,) = await letters(client, status="open")
    return letter


async def unperformed_run(client: Client) -> Any:
    """The letter of an occurrence whose message never got through, and whose time has passed."""
    account = await connect(client, client.email)
    schedule = await client.create(latenessLimit="PT2M", settings={"topic": "tea", "targets": [account]})
    due_at = datetime.fromisoformat(schedule["nextRunAt"])
    await client.stack.advance(due_at - client.stack.clock.now() - SOON)
    client.stack.line.trouble = Trouble.FAILING
    await client.stack.advance(timedelta(minutes=3, seconds=30))  # four tries
    client.stack.line.trouble = Trouble.NONE
    await client.sign_in_again()
    for _ in range(30):
        await client.stack.advance(timedelta(seconds=20))
        if found := await letters(client, status="open"):
            break
    (letter,) = found
    return letter


async def poison(client: Client) -> Any:
    """The letter of a message about ada's schedule that nobody can read."""
    schedule = await client.create()
    message = Message(GENERATE, {"scheduleId": schedule["id"], "timestamp": "soon"}, f"poison-{schedule['id']}", "x", 1)
    await client.stack.app.state.services.queue.publish(message)
    await client.stack.advance(SOON)
    (letter,) = await letters(client, status="open")
    return letter


async def test_a_refusal_is_told_with_its_cause_and_the_platforms_words(ada: Client) -> None:
    letter = await refused_publication(ada, "told")
    assert (letter["cause"], letter["status"], letter["outcome"]) == ("platform", "open", "failed")
    assert letter["history"][-1]["event"] == "failed"
    assert "empty message" in letter["history"][-1]["message"]
    assert letter["redriveAt"] is None
    publication = (await ada.get(f"/api/publications/{letter['publicationId']}"))["publication"]
    assert (publication["status"], publication["reason"]) == ("failed", "refused")


async def test_a_publication_is_replayed_once_and_goes_out(ada: Client) -> None:
    letter = await refused_publication(ada, "replayed")
    named = {"deadLetterId": letter["id"]}
    replayed = await ada.post(REPLAY, named)
    assert (replayed["outcome"], replayed["deadLetter"]["status"]) == ("replayed", "replayed")
    assert (await ada.post(REPLAY, named))["outcome"] == "unchanged"
    await ada.stack.advance(SOON)
    publication = (await ada.get(f"/api/publications/{letter['publicationId']}"))["publication"]
    assert publication["status"] == "published"
    assert (await ada.post(REPLAY, named))["outcome"] == "unchanged"
    await ada.stack.advance(SOON)
    assert ada.stack.platforms.doubles() == []
    assert await letters(ada, status="open") == []


async def test_an_occurrence_is_replayed_as_one_run_however_often_it_is_asked(ada: Client) -> None:
    letter = await unperformed_run(ada)
    assert (letter["cause"], letter["outcome"]) == ("delivery", "failed")
    named = {"deadLetterId": letter["id"]}
    replayed = await ada.post(REPLAY, named)
    assert (replayed["outcome"], replayed["deadLetter"]["history"][-1]["event"]) == ("replayed", "replayed")
    assert (await ada.post(REPLAY, named))["outcome"] == "unchanged"
    await ada.stack.advance(SOON)
    runs = [run for run in await ada.runs(letter["scheduleId"]) if run["trigger"] == "manual"]
    assert [(run["id"], run["status"]) for run in runs] == [
        (replayed["deadLetter"]["history"][-1]["runId"], "succeeded")
    ]
    (publication,) = (await ada.get("/api/publications", scheduleId=letter["scheduleId"]))["publications"]
    assert publication["status"] == "published", "it goes where the occurrence would have gone"
    failed = next(run for run in await ada.runs(letter["scheduleId"]) if run["dueAt"] == letter["dueAt"])
    assert (failed["status"], failed["reason"]) == ("failed", "delivery")


async def test_what_nobody_can_read_has_nothing_to_replay_and_can_be_put_away(ada: Client) -> None:
    letter = await poison(ada)
    assert letter["cause"] == "poison"
    named = {"deadLetterId": letter["id"]}
    assert (await ada.refused(409, REPLAY, named))["code"] == "nothing_to_replay"
    discarded = await ada.post(DISCARD, {**named, "note": "a test of ours"})
    assert (discarded["outcome"], discarded["deadLetter"]["note"]) == ("discarded", "a test of ours")
    assert (await ada.post(DISCARD, named))["outcome"] == "unchanged"
    assert (await ada.refused(409, REPLAY, named))["code"] == "dead_letter_status"
    assert [it["id"] for it in await letters(ada, status="discarded")] == [letter["id"]]


async def test_of_many_each_is_answered_by_itself(ada: Client) -> None:
    unreadable = await poison(ada)
    await ada.post(DISCARD, {"deadLetterId": unreadable["id"]})
    refused = await refused_publication(ada, "one of many")
    ids = [unreadable["id"], NOBODYS, refused["id"], refused["id"]]
    replays = (await ada.post(MANY, {"deadLetterIds": ids}))["replays"]
    assert [(it["deadLetterId"], it["outcome"], (it["error"] or {}).get("code")) for it in replays] == [
        (unreadable["id"], "refused", "dead_letter_status"),
        (NOBODYS, "refused", "dead_letter_not_found"),
        (refused["id"], "replayed", None),
    ]
    again = (await ada.post(MANY, {"deadLetterIds": [refused["id"]]}))["replays"]
    assert [it["outcome"] for it in again] == ["unchanged"]


async def test_what_went_through_again_is_not_put_away(ada: Client) -> None:
    letter = await refused_publication(ada, "gone on")
    await ada.post(REPLAY, {"deadLetterId": letter["id"]})
    assert (await ada.refused(409, DISCARD, {"deadLetterId": letter["id"]}))["code"] == "dead_letter_status"


async def test_anothers_letters_look_like_ones_that_are_not_there(ada: Client, bob: Client) -> None:
    letter = await poison(ada)
    await bob.sign_in_again()
    assert await letters(bob) == []
    await bob.refused(404, f"{LIST}?workspaceId={(await ada.workspace())['id']}")
    for path in (REPLAY, DISCARD):
        real = await bob.refused(404, path, {"deadLetterId": letter["id"]})
        assert real == await bob.refused(404, path, {"deadLetterId": NOBODYS})
    (replay,) = (await bob.post(MANY, {"deadLetterIds": [letter["id"]]}))["replays"]
    assert (replay["outcome"], replay["error"]["code"]) == ("refused", "dead_letter_not_found")
    assert (await letters(ada, status="open"))[0]["id"] == letter["id"]


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        (REPLAY, {"deadLetterId": "x"}, "deadLetterId"),
        (MANY, {"deadLetterIds": []}, "deadLetterIds"),
        (MANY, {"deadLetterIds": [NOBODYS] * 51}, "deadLetterIds"),
        (MANY, {"deadLetterIds": ["x"]}, "deadLetterIds[0]"),
        (DISCARD, {"deadLetterId": NOBODYS, "note": "x" * 2001}, "note"),
        (f"{LIST}?status=lost", None, "status"),
    ],
)
async def test_what_cannot_be_used_is_refused_by_its_name(anybody: Client, path: str, body: Any, field: str) -> None:
    assert (await anybody.refused(422, path, body))["details"]["field"] == field
