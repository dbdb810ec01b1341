"""X's stand-in: consent by PKCE, refresh tokens that work once, posts, threads and the timeline, as X has them."""

import base64
import hashlib
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from dev.platforms.x import X
from tests.dev.platform_desk import PlatformDesk, bearer

VERIFIER = "v" * 43
BACK = "http://127.0.0.1:8000/api/account/callback"


class App:
    """Our app at X, used by hand."""

    def __init__(self, desk: PlatformDesk) -> None:
        self.desk = desk
        self.x: X = desk.platforms.x
        self.auth = (self.x.consents.client_id, self.x.consents.client_secret)

    async def ask(self, user: str = "ada", **other: str) -> httpx.Response:
        hashed = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": self.auth[0],
            "redirect_uri": BACK,
            "scope": "tweet.read tweet.write users.read offline.access",
            "state": "s1",
            "code_challenge": hashed,
            "code_challenge_method": "S256",
        }
        return await self.desk.http.get(
            f"{self.x.url}/i/oauth2/authorize", params={**query, **other}, headers={"Cookie": f"user={user}"}
        )

    async def code(self) -> str:
        back = urlsplit((await self.ask()).headers["location"])
        assert f"{back.scheme}://{back.netloc}{back.path}" == BACK
        assert parse_qs(back.query)["state"] == ["s1"]
        return parse_qs(back.query)["code"][0]

    async def token(self, *, auth: tuple[str, str] | None = None, **form: str) -> httpx.Response:
        return await self.desk.http.post(f"{self.x.url}/2/oauth2/token", data=form, auth=auth or self.auth)

    async def exchange(self, code: str, **other: str) -> httpx.Response:
        form = {"grant_type": "authorization_code", "redirect_uri": BACK, "code_verifier": VERIFIER, "code": code}
        return await self.token(**{**form, **other})

    async def refresh(self, tokens: dict[str, Any]) -> httpx.Response:
        return await self.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])

    async def me(self, tokens: dict[str, Any]) -> httpx.Response:
        return await self.desk.http.get(f"{self.x.url}/2/users/me", headers=bearer(tokens["access_token"]))

    async def post(self, tokens: dict[str, Any], text: str, **more: Any) -> httpx.Response:
        return await self.desk.http.post(
            f"{self.x.url}/2/tweets", json={"text": text, **more}, headers=bearer(tokens["access_token"])
        )

    async def timeline(self, tokens: dict[str, Any], **query: Any) -> Any:
        user = (await self.me(tokens)).json()["data"]["id"]
        answer = await self.desk.http.get(
            f"{self.x.url}/2/users/{user}/tweets",
            params={key.replace("__", "."): value for key, value in query.items()},
            headers=bearer(tokens["access_token"]),
        )
        return answer.json()


@pytest.fixture
def app(desk: PlatformDesk) -> App:
    return App(desk)


@pytest.fixture
def tokens(app: App) -> dict[str, Any]:
    return app.x.new_tokens("ada")


async def test_a_consent_becomes_tokens_of_whoever_agreed(app: App) -> None:
    answer = await app.exchange(await app.code())
    tokens = answer.json()
    assert (tokens["token_type"], tokens["expires_in"]) == ("bearer", 7200)
    assert (await app.me(tokens)).json()["data"]["username"] == "ada"


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": "another"},
        {"response_type": "token"},
        {"scope": "tweet.read everything"},
        {"code_challenge": ""},
        {"code_challenge_method": "plain"},
        {"state": ""},
    ],
)
async def test_a_consent_that_was_asked_for_wrongly_is_a_page_and_no_way_back(app: App, wrong: dict[str, str]) -> None:
    answer = await app.ask(**wrong)
    assert (answer.status_code, "location" in answer.headers) == (400, False)


async def test_a_code_works_once_and_for_half_a_minute_and_with_its_verifier(app: App) -> None:
    code = await app.code()
    assert (await app.exchange(code)).is_success
    assert (await app.exchange(code)).json()["error"] == "invalid_request"
    for wrong in ({"code_verifier": "w" * 43}, {"redirect_uri": f"{BACK}/x"}):
        assert (await app.exchange(await app.code(), **wrong)).status_code == 400
    late = await app.code()
    app.desk.clock.advance(by=timedelta(seconds=30))
    assert (await app.exchange(late)).status_code == 400


async def test_our_app_must_prove_itself(app: App) -> None:
    answer = await app.token(auth=(app.auth[0], "wrong"), grant_type="refresh_token", refresh_token="x")
    assert (answer.status_code, answer.json()["error"]) == (401, "unauthorized_client")
    assert (await app.token(grant_type="password")).status_code == 400


async def test_an_access_token_lasts_two_hours(app: App, tokens: dict[str, Any]) -> None:
    app.desk.clock.advance(by=timedelta(hours=2, seconds=-1))
    assert (await app.me(tokens)).is_success
    app.desk.clock.advance(by=timedelta(seconds=1))
    assert (await app.me(tokens)).status_code == 401


async def test_a_refresh_token_works_once(app: App, tokens: dict[str, Any]) -> None:
    app.desk.clock.advance(by=timedelta(hours=3))
    new = (await app.refresh(tokens)).json()
    assert new["refresh_token"] != tokens["refresh_token"]
    assert (await app.me(new)).is_success
    assert (await app.refresh(new)).is_success


async def test_one_that_is_used_again_takes_its_whole_family_with_it(app: App, tokens: dict[str, Any]) -> None:
    another = app.x.new_tokens("ada")
    new = (await app.refresh(tokens)).json()
    assert (await app.refresh(tokens)).json()["error"] == "invalid_request"
    assert (await app.me(new)).status_code == 401
    assert (await app.refresh(new)).status_code == 400
    assert (await app.me(another)).is_success


async def test_a_token_without_its_scope_is_forbidden(app: App) -> None:
    reading = app.x.new_tokens("ada", "tweet.read", "users.read")
    assert "refresh_token" not in reading
    assert (await app.me(reading)).is_success
    assert (await app.post(reading, "tea")).status_code == 403


async def test_revoked_at_our_wish(app: App, tokens: dict[str, Any]) -> None:
    form = {"token": tokens["refresh_token"], "token_type_hint": "refresh_token"}
    answer = await app.desk.http.post(f"{app.x.url}/2/oauth2/revoke", data=form, auth=app.auth)
    assert answer.json() == {"revoked": True}
    assert (await app.me(tokens)).status_code == 401


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"text": "x" * 281}, "too long"),
        ({"text": "글" * 141}, "too long"),
        ({"text": "tea", "mood": "good"}, "$.mood: is not defined"),
        ({"text": " "}, "$.text"),
        ({}, "$.text"),
        ({"text": "tea", "reply": {"in_reply_to_tweet_id": "first"}}, "in_reply_to_tweet_id"),
        ([], "object"),
    ],
)
async def test_a_post_that_does_not_fit_is_refused(app: App, tokens: dict[str, Any], body: Any, told: str) -> None:
    answer = await app.desk.http.post(f"{app.x.url}/2/tweets", json=body, headers=bearer(tokens["access_token"]))
    assert (answer.status_code, answer.json()["title"]) == (400, "Invalid Request")
    assert told in answer.json()["errors"][0]["message"]
    assert app.x.made == []


async def test_what_is_not_json_is_refused(app: App, tokens: dict[str, Any]) -> None:
    url, headers = f"{app.x.url}/2/tweets", bearer(tokens["access_token"])
    assert (await app.desk.http.post(url, data={"text": "tea"}, headers=headers)).status_code == 400
    headers["Content-Type"] = "application/json"
    assert (await app.desk.http.post(url, content=b"{", headers=headers)).status_code == 400
    assert (await app.desk.http.post(url, json={"text": "tea"})).status_code == 401


async def test_the_same_text_is_refused_for_a_day(app: App, tokens: dict[str, Any]) -> None:
    assert (await app.post(tokens, "tea")).status_code == 201
    answer = await app.post(tokens, "tea ")
    assert answer.status_code == 403
    assert answer.json()["detail"] == "You are not allowed to create a Tweet with duplicate content."
    assert app.x.repeats["ada"] == 1
    app.desk.clock.advance(by=timedelta(hours=25))
    assert (await app.post((await app.refresh(tokens)).json(), "tea")).status_code == 201


async def test_a_thread_is_replies_to_ones_own_posts(app: App, tokens: dict[str, Any]) -> None:
    first = (await app.post(tokens, "one")).json()["data"]["id"]
    second = await app.post(tokens, "two", reply={"in_reply_to_tweet_id": first})
    assert second.status_code == 201
    others = app.x.new_tokens("ben")
    assert (await app.post(others, "three", reply={"in_reply_to_tweet_id": first})).status_code == 403
    assert (await app.post(tokens, "three", reply={"in_reply_to_tweet_id": "1"})).status_code == 403
    assert (await app.timeline(tokens, exclude="replies"))["meta"]["result_count"] == 1


async def test_a_hundred_posts_in_a_quarter_of_an_hour(app: App, tokens: dict[str, Any]) -> None:
    app.x.moment = 0
    answers = [await app.post(tokens, f"tea {number}") for number in range(101)]
    assert [answer.status_code for answer in answers] == [201] * 100 + [429]
    reset = int(answers[-1].headers["x-rate-limit-reset"])
    assert reset - app.desk.clock.now().timestamp() == pytest.approx(900, abs=1)
    assert (await app.post(app.x.new_tokens("ben"), "tea")).is_success
    app.desk.clock.advance(by=timedelta(minutes=15))
    assert (await app.post(tokens, "more tea")).is_success


async def test_the_timeline_tells_texts_as_x_writes_them(app: App, tokens: dict[str, Any]) -> None:
    await app.post(tokens, "a < b & https://tea.example.com/cup")
    (shown,) = (await app.timeline(tokens, tweet__fields="entities,created_at"))["data"]
    assert shown["text"].startswith("a &lt; b &amp; https://t.co/")
    assert shown["entities"]["urls"][0]["expanded_url"] == "https://tea.example.com/cup"
    assert shown["created_at"] == "2026-11-23T09:00:30.000Z"
    (bare,) = (await app.timeline(tokens))["data"]
    assert bare.keys() == {"id", "text", "edit_history_tweet_ids"}


async def test_the_timeline_is_newest_first_in_pages_and_lags_behind(app: App, tokens: dict[str, Any]) -> None:
    for number in range(7):
        await app.post(tokens, f"tea {number}")
        app.desk.clock.advance(by=timedelta(minutes=1))
    page = await app.timeline(tokens, max_results=5)
    assert [it["text"] for it in page["data"]] == [f"tea {number}" for number in (6, 5, 4, 3, 2)]
    rest = await app.timeline(tokens, max_results=5, pagination_token=page["meta"]["next_token"])
    assert [it["text"] for it in rest["data"]] == ["tea 1", "tea 0"]
    since = await app.timeline(tokens, start_time="2026-11-23T09:05:00Z")
    assert [it["text"] for it in since["data"]] == ["tea 6", "tea 5"]
    app.x.lag = timedelta(hours=1)
    assert await app.timeline(tokens) == {"meta": {"result_count": 0}}


@pytest.mark.parametrize("query", [{"max_results": 4}, {"max_results": 101}, {"start_time": "yesterday"}, {"limit": 5}])
async def test_a_wrong_question_is_refused(app: App, tokens: dict[str, Any], query: dict[str, Any]) -> None:
    assert (await app.timeline(tokens, **query))["status"] == 400


async def test_without_credits_nothing_works(app: App, tokens: dict[str, Any]) -> None:
    app.x.has_credits = False
    answer = await app.post(tokens, "tea")
    assert (answer.status_code, answer.json()["title"]) == (402, "CreditsDepleted")
