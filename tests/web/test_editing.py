"""A person's text is kept whatever the gates say to it, never lost to somebody else's, and approved anew."""

import json
from typing import Any

import pytest

from dev.models.script import Fault
from tests.web.client import Client

EDIT = "/api/content/edit"
FINE = "A kettle that whistles is a clock for people who like steam more than numbers."
OBJECTED = {
    "never_say": "A cheap cup of tea is still a cup of tea, and it warms both hands.",
    "leftovers": "Dear [Your name], a cup of tea is a pause that one can hold in both hands.",
    "links": "A cup of tea is a pause in both hands: https://elsewhere.example/tea tells how.",
    "limits": "A cup of tea is a pause that one can hold in both hands, every single day. " * 5,
    "language": "차 한 잔은 두 손으로 쥘 수 있는 쉼표이고, 물이 끓는 소리는 하루를 여는 작은 종소리입니다.",
}


async def write(client: Client, **fields: Any) -> Any:
    """A new text of a new schedule."""
    settings = {"topic": "tea", "neverSay": ["cheap"], "language": "en", **fields.pop("settings", {})}
    schedule = await client.create(settings=settings, **fields)
    run = (await client.post("/api/schedule/run", {"scheduleId": schedule["id"]}))["run"]
    return run["contents"][0]


async def edit(client: Client, content: Any, **texts: Any) -> Any:
    body = {"contentId": content["id"], "version": content["version"], **texts}
    return await client.post(EDIT, body)


async def test_an_edit_is_a_new_version_that_the_gates_have_seen(ada: Client) -> None:
    written = await write(ada)
    edited = await edit(ada, written, body=FINE)
    content = edited["content"]
    assert edited["outcome"] == "edited"
    assert (content["body"], content["version"], content["status"]) == (FINE, written["version"] + 1, "draft")
    assert content["verdict"]["passed"] is True
    assert content["wordCount"] == len(FINE.split())
    assert (await ada.get(f"/api/contents/{written['id']}"))["content"] == content


@pytest.mark.parametrize("gate", OBJECTED)
async def test_what_a_gate_objects_to_is_kept_and_waits_with_the_reasons(ada: Client, gate: str) -> None:
    content = (await edit(ada, await write(ada), body=OBJECTED[gate]))["content"]
    assert content["body"] == OBJECTED[gate].strip()
    assert content["status"] == "needs_review"
    assert gate in {it["gate"] for it in content["verdict"]["objections"]}


async def test_a_person_may_say_yes_to_what_a_gate_objects_to(ada: Client) -> None:
    content = (await edit(ada, await write(ada), body=OBJECTED["never_say"]))["content"]
    approved = await ada.post("/api/content/approve", {"contentId": content["id"], "version": content["version"]})
    assert (approved["outcome"], approved["content"]["status"]) == ("approved", "draft")
    assert approved["content"]["body"] == OBJECTED["never_say"]


async def test_it_is_compared_with_what_was_written_before_but_not_with_itself(ada: Client) -> None:
    first, second = await write(ada), await write(ada)
    barely = (await edit(ada, second, body=second["body"] + " Really."))["content"]
    assert barely["verdict"]["passed"] is True
    copied = (await edit(ada, barely, body=first["body"]))["content"]
    assert copied["status"] == "needs_review"
    assert (copied["verdict"]["likeness"]["contentId"], copied["verdict"]["likeness"]["percent"]) == (first["id"], 100)


async def test_what_was_edited_is_what_later_ones_are_compared_with(ada: Client) -> None:
    written = await write(ada)
    await edit(ada, written, body=FINE)
    ada.stack.models.anthropic.script.fail(*[Fault(says=json.dumps({"text": FINE}))] * 2)
    again = await write(ada)
    assert again["verdict"]["likeness"] == {
        "percent": 100,
        "contentId": written["id"],
        "on": written["createdAt"][:10],
    }


async def test_who_comes_second_is_told_and_loses_nothing_of_the_first(ada: Client) -> None:
    written = await write(ada)
    await edit(ada, written, body=FINE)
    stale = {"contentId": written["id"], "version": written["version"], "body": "Another text altogether."}
    error = await ada.refused(409, EDIT, stale)
    assert error["code"] == "content_version"
    assert error["details"]["version"] == written["version"] + 1
    assert (await ada.get(f"/api/contents/{written['id']}"))["content"]["body"] == FINE


async def test_an_edit_that_is_sent_again_is_answered_alike(ada: Client) -> None:
    written = await write(ada)
    first = await edit(ada, written, body=FINE)
    assert await edit(ada, written, body=FINE) == first
    assert (await edit(ada, first["content"], body=FINE))["outcome"] == "unchanged"


async def test_of_an_article_title_and_text_are_edited_each_by_itself(ada: Client) -> None:
    await ada.subscribe("team")
    written = await write(ada, contentType="newsletter")
    content = (await edit(ada, written, title="Steam and numbers"))["content"]
    assert (content["title"], content["body"]) == ("Steam and numbers", written["body"])
    error = await ada.refused(422, EDIT, {"contentId": written["id"], "version": 2, "segments": ["one"]})
    assert error["details"]["field"] == "segments"
    assert error["details"]["allowed"] == ["body", "title"]


async def test_a_thread_is_edited_post_by_post_and_never_cut_for_its_author(ada: Client) -> None:
    written = await write(ada, contentType="x_thread")
    posts = [FINE, OBJECTED["limits"]]
    content = (await edit(ada, written, segments=posts))["content"]
    assert content["segments"] == [post.strip() for post in posts]
    assert content["body"] == "\n\n".join(post.strip() for post in posts)
    assert {(it["gate"], it["where"]) for it in content["verdict"]["objections"]} == {("limits", "post 2")}


@pytest.mark.parametrize(
    ("texts", "field"),
    [
        ({}, "body"),
        ({"body": ""}, "body"),
        ({"body": " \u200b\n"}, "body"),
        ({"body": None}, "body"),
        ({"body": 5}, "body"),
        ({"body": "x" * 60_001}, "body"),
        ({"title": "A title"}, "title"),
        ({"segments": []}, "segments"),
        ({"text": "A post"}, "text"),
        ({"version": 0, "body": "A post"}, "version"),
        ({"version": "1", "body": "A post"}, "version"),
    ],
)
async def test_what_cannot_be_stored_is_refused_by_its_name(ada: Client, texts: dict[str, Any], field: str) -> None:
    written = await write(ada)
    error = await ada.refused(422, EDIT, {"contentId": written["id"], "version": 1, **texts})
    assert error["details"]["field"] == field
    assert (await ada.get(f"/api/contents/{written['id']}"))["content"] == written


async def test_what_was_rejected_is_not_edited_any_more(ada: Client) -> None:
    written = await write(ada)
    await ada.post("/api/content/reject", {"contentId": written["id"], "note": "not ours"})
    error = await ada.refused(409, EDIT, {"contentId": written["id"], "version": 1, "body": FINE})
    assert (error["code"], error["details"]["status"]) == ("content_status", "rejected")
    kept = (await ada.get(f"/api/contents/{written['id']}"))["content"]
    assert (kept["body"], kept["decisionNote"]) == (written["body"], "not ours")


async def test_a_yes_to_what_was_changed_meanwhile_is_refused(ada: Client) -> None:
    content = (await edit(ada, await write(ada), body=OBJECTED["never_say"]))["content"]
    error = await ada.refused(409, "/api/content/approve", {"contentId": content["id"], "version": 1})
    assert (error["code"], error["details"]["version"]) == ("content_version", content["version"])


async def test_anothers_text_looks_like_one_that_is_not_there(ada: Client, bob: Client) -> None:
    written = await write(ada)
    wish = {"version": 1, "body": FINE}
    real = await bob.refused(404, EDIT, {"contentId": written["id"], **wish})
    assert real == await bob.refused(404, EDIT, {"contentId": "00000000-0000-4000-8000-000000000000", **wish})
    assert (await ada.get(f"/api/contents/{written['id']}"))["content"] == written
