"""Publications are listed by what is asked for; what cannot be asked or done is named."""

from typing import Any

import pytest

from tests.web.client import Client
from tests.web.test_publications import connect, pass_time, write

NOBODYS = "00000000-0000-4000-8000-000000000000"


async def test_lists_are_of_what_was_asked_for(ada: Client) -> None:
    first, second = await connect(ada, "mastodon", "list-a"), await connect(ada, "discord", "list-b")
    one = await write(ada, first, second, publish=True)
    two = await write(ada, second)
    await pass_time(ada, minutes=1)
    await ada.post("/api/publication/create", {"contentId": two["id"]})
    everything = (await ada.get("/api/publications"))["publications"]
    assert len(everything) == 3
    assert [it["createdAt"] for it in everything] == sorted((it["createdAt"] for it in everything), reverse=True)

    async def found(**query: object) -> set[tuple[str, str]]:
        page = await ada.get("/api/publications", **query)
        return {(it["contentId"], it["accountId"]) for it in page["publications"]}

    assert await found(contentId=one["id"]) == {(one["id"], first), (one["id"], second)}
    assert await found(accountId=second) == {(one["id"], second), (two["id"], second)}
    assert await found(scheduleId=two["scheduleId"]) == {(two["id"], second)}
    assert await found(status="waiting") == {(two["id"], second)}
    assert await found(status="published", accountId=second) == {(one["id"], second)}
    paged, cursor = [], None
    while True:
        page = await ada.get("/api/publications", limit=2, **({"cursor": cursor} if cursor else {}))
        paged += page["publications"]
        cursor = page["nextCursor"]
        if cursor is None:
            break
    assert paged == everything


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("create", {}, "contentId"),
        ("create", {"contentId": "x"}, "contentId"),
        ("create", {"contentId": NOBODYS, "accountIds": []}, "accountIds"),
        ("create", {"contentId": NOBODYS, "accountIds": [NOBODYS] * 21}, "accountIds"),
        ("create", {"contentId": NOBODYS, "accountIds": ["x"]}, "accountIds[0]"),
        ("create", {"contentId": NOBODYS, "accountIds": NOBODYS}, "accountIds"),
        ("create", {"contentId": NOBODYS, "publishAt": "tomorrow"}, "publishAt"),
        ("create", {"contentId": NOBODYS, "publishAt": "2026-12-01T00:00:00"}, "publishAt"),
        ("create", {"contentId": NOBODYS, "publish_at": None, "publishAt": None}, "publishAt"),
        ("create", {"contentId": NOBODYS, "surprise": 1}, "surprise"),
        ("retry", {"publicationId": NOBODYS, "confirm": "yes"}, "confirm"),
        ("retry", {"publicationId": NOBODYS, "confirm": None}, "confirm"),
        ("retry", {"publicationId": 5}, "publicationId"),
        ("void", {"publicationId": NOBODYS, "confirm": True}, "confirm"),
        ("void", {}, "publicationId"),
        ("mark-published", {"publicationId": NOBODYS, "url": "javascript:alert(1)"}, "url"),
        ("mark-published", {"publicationId": NOBODYS, "url": "https://a b"}, "url"),
        ("mark-published", {"publicationId": NOBODYS, "url": "https://x.org/" + "x" * 2000}, "url"),
        ("mark-published", {"publicationId": "../1"}, "publicationId"),
    ],
)
async def test_what_cannot_be_done_names_the_field(
    anybody: Client, path: str, body: dict[str, Any], field: str
) -> None:
    error = await anybody.refused(422, f"/api/publication/{path}", body)
    assert error["details"]["field"] == field


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=lost", "status"),
        ("accountId=x", "accountId"),
        ("contentId=%00", "contentId"),
        ("scheduleId=1", "scheduleId"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("cursor=x", "cursor"),
        ("surprise=1", "surprise"),
    ],
)
async def test_a_query_that_cannot_be_used_is_named(anybody: Client, query: str, field: str) -> None:
    assert (await anybody.refused(422, f"/api/publications?{query}"))["details"]["field"] == field
