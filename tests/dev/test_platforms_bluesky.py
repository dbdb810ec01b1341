"""Bluesky's stand-in: a key of one's own makes a record once, facets lie on bytes, sessions end and are few."""

import base64
import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.dev.platform_desk import POST, PlatformDesk, bearer

TID = "3ldkqvw2dys2a"
TEXT = "차 한 잔 https://tea.example.com"
LINK_AT = len("차 한 잔 ".encode())


class Author:
    """A signed-in account, used by hand."""

    def __init__(self, desk: PlatformDesk, session: dict[str, Any]) -> None:
        self.desk = desk
        self.session = session

    async def call(self, method: str, body: Any, token: str | None = None) -> httpx.Response:
        headers = bearer(token or self.session["accessJwt"])
        return await self.desk.http.post(self.desk.bluesky(method), json=body, headers=headers)

    async def create(self, rkey: str = TID, **record: Any) -> httpx.Response:
        written = {"$type": POST, "text": "tea", "createdAt": "2026-11-23T09:00:00Z", **record}
        body = {"repo": self.session["did"], "collection": POST, "rkey": rkey, "record": written}
        return await self.call("repo.createRecord", body)

    async def get(self, rkey: str = TID) -> httpx.Response:
        query = {"repo": self.session["did"], "collection": POST, "rkey": rkey}
        return await self.desk.http.get(self.desk.bluesky("repo.getRecord"), params=query)


@pytest.fixture
async def author(desk: PlatformDesk) -> Author:
    return Author(desk, await desk.open("bluesky"))


async def test_a_record_is_made_once_under_its_key(author: Author) -> None:
    assert (await author.get()).json()["error"] == "RecordNotFound"
    made = await author.create()
    assert made.json()["uri"] == f"at://{author.session['did']}/{POST}/{TID}"
    again = await author.create(text="something else")
    assert (again.status_code, again.json()["error"]) == (500, "InternalServerError")
    found = (await author.get()).json()
    assert (found["cid"], found["value"]["text"]) == (made.json()["cid"], "tea")
    assert len(author.desk.platforms.bluesky.made) == 1
    assert author.desk.platforms.bluesky.repeats["ada"] == 1


@pytest.mark.parametrize("rkey", ["tea", "3ldkqvw2dys2", "zzzzzzzzzzzzz", "3LDKQVW2DYS2A", "3ldkqvw2dys2a1", "1" * 13])
async def test_a_key_that_is_no_tid_is_refused(author: Author, rkey: str) -> None:
    answer = await author.create(rkey)
    assert (answer.status_code, answer.json()["error"]) == (400, "InvalidRequest")


async def test_without_a_key_the_server_draws_one(author: Author) -> None:
    body = {"repo": author.session["did"], "collection": POST}
    for text in ("one", "two"):
        record = {"text": text, "createdAt": "2026-11-23T09:00:00Z"}
        made = await author.call("repo.createRecord", {**body, "record": record})
        assert (await author.get(made.json()["uri"].rpartition("/")[2])).json()["value"]["text"] == text
    query = {"repo": author.session["handle"], "collection": POST}
    listed = (await author.desk.http.get(author.desk.bluesky("repo.listRecords"), params=query)).json()
    assert [it["value"]["text"] for it in listed["records"]] == ["two", "one"]


@pytest.mark.parametrize(
    "record",
    [
        {"text": "x" * 301},
        {"text": "👩‍👩‍👧‍👦" * 121},  # 3,025 bytes
        {"text": None},
        {"createdAt": None},
        {"createdAt": "yesterday"},
        {"createdAt": "2026-11-23T09:00:00"},
        {"$type": "app.bsky.feed.like"},
        {"langs": ["en", "ko", "de", "fr"]},
        {"langs": ["an English one"]},
    ],
)
async def test_a_record_that_does_not_fit_is_refused(author: Author, record: dict[str, Any]) -> None:
    answer = await author.create(**record)
    assert (answer.status_code, answer.json()["error"]) == (400, "InvalidRequest")
    assert author.desk.platforms.bluesky.made == []


async def test_length_is_counted_in_what_readers_see(author: Author) -> None:
    assert (await author.create(text="글" * 300)).is_success
    assert (await author.create("3ldkqvw2dys2b", text="👩‍👩‍👧‍👦" * 120)).is_success


def link(start: int, end: int, uri: str = "https://tea.example.com", kind: str = "link") -> dict[str, Any]:
    feature = {"$type": f"app.bsky.richtext.facet#{kind}", "uri": uri}
    return {"index": {"byteStart": start, "byteEnd": end}, "features": [feature]}


async def test_a_facet_lies_on_the_bytes_of_its_words(author: Author) -> None:
    assert (await author.create(text=TEXT, facets=[link(LINK_AT, len(TEXT.encode()))])).is_success


@pytest.mark.parametrize(
    "facet",
    [
        link(LINK_AT, len(TEXT.encode()) + 1),
        link(LINK_AT, LINK_AT),
        link(1, LINK_AT + 5),  # inside of the first syllable
        link(TEXT.index("https"), len(TEXT)),  # characters instead of bytes
        link(LINK_AT, len(TEXT.encode()), uri=""),
        link(LINK_AT, len(TEXT.encode()), uri="tea.example.com"),
        link(LINK_AT, len(TEXT.encode()), kind="bold"),
        {**link(LINK_AT, len(TEXT.encode())), "features": []},
    ],
)
async def test_a_facet_beside_the_text_is_refused(author: Author, facet: dict[str, Any]) -> None:
    answer = await author.create(text=TEXT, facets=[facet])
    assert (answer.status_code, answer.json()["error"]) == (400, "InvalidRequest")


async def test_a_reply_names_what_is_there(author: Author) -> None:
    first = (await author.create()).json()
    parent = {"uri": first["uri"], "cid": first["cid"]}
    good = {"root": parent, "parent": parent}
    assert (await author.create("3ldkqvw2dys2b", text="two", reply=good)).is_success
    missing = {**parent, "uri": f"at://{author.session['did']}/{POST}/3ldkqvw2dys2c"}
    for reply in ({"parent": parent}, {"root": parent, "parent": {"uri": first["uri"]}}, {**good, "parent": missing}):
        assert (await author.create("3ldkqvw2dys2d", text="three", reply=reply)).status_code == 400


async def test_only_ones_own_repository_is_written_to(author: Author) -> None:
    other = await author.desk.open("bluesky", "ben")
    record = {"text": "tea", "createdAt": "2026-11-23T09:00:00Z"}
    body = {"repo": other["did"], "collection": POST, "record": record}
    assert (await author.call("repo.createRecord", body)).status_code == 401
    assert (await author.call("repo.createRecord", {**body, "collection": "app.bsky.feed.like"})).is_error


async def test_an_access_token_lasts_two_hours_and_a_refresh_token_makes_another(author: Author) -> None:
    claims = author.session["accessJwt"].split(".")[1]
    ends = json.loads(base64.urlsafe_b64decode(claims + "=="))["exp"]
    assert ends - author.desk.clock.now().timestamp() == 7200
    author.desk.clock.advance(by=timedelta(hours=2))
    answer = await author.create()
    assert (answer.status_code, answer.json()["error"]) == (400, "ExpiredToken")
    new = (await author.call("server.refreshSession", None, author.session["refreshJwt"])).json()
    author.session = new
    assert (await author.create()).is_success


async def test_tokens_are_for_what_they_are_for(author: Author) -> None:
    url = author.desk.bluesky("repo.createRecord")
    assert (await author.desk.http.post(url, json={})).json()["error"] == "AuthMissing"
    assert (await author.call("server.refreshSession", None)).json()["error"] == "InvalidToken"
    session = await author.call("repo.createRecord", {}, author.session["refreshJwt"])
    assert session.json()["error"] == "InvalidToken"


async def test_sessions_of_a_password_are_few(desk: PlatformDesk) -> None:
    given = desk.platforms.bluesky.new_account("ada")["credentials"]
    body = {"identifier": given["identifier"], "password": given["password"]}
    desk.platforms.bluesky.moment = 0
    answers = [await desk.http.post(desk.bluesky("server.createSession"), json=body) for _ in range(31)]
    assert [answer.status_code for answer in answers] == [200] * 30 + [429]
    assert int(answers[-1].headers["ratelimit-reset"]) >= desk.clock.now().timestamp() + 300
    desk.clock.advance(by=timedelta(minutes=5))
    assert (await desk.http.post(desk.bluesky("server.createSession"), json=body)).is_success
    assert desk.platforms.bluesky.sign_ins("ada") == 31


async def test_a_wrong_password_opens_nothing(desk: PlatformDesk) -> None:
    given = desk.platforms.bluesky.new_account("ada")["credentials"]
    for body in ({**given, "password": "x"}, {**given, "identifier": "nobody.bsky.social"}):
        answer = await desk.http.post(desk.bluesky("server.createSession"), json=body)
        assert (answer.status_code, answer.json()["error"]) == (401, "AuthenticationRequired")
    assert (await desk.http.post(desk.bluesky("server.createSession"), data=given)).status_code == 400
