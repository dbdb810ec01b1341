"""X's API v2 as far as posting goes (docs.x.com/x-api/posts): posts, threads by replies, the user's own timeline.

What it tells of a post is not quite what it was given: links become t.co's, and & < > are written as in HTML. Who
agrees on the consent page is who the browser is signed in as, by the cookie `user`.
"""

import html
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from dev.clock import StackClock
from dev.platforms.limits import Limit
from dev.platforms.script import Doing
from dev.platforms.stand_in import Holder, Made, StandIn
from dev.platforms.wire import Refusal, bearer, fingerprint, form_of, media_type
from dev.platforms.x_oauth import Consents
from dev.platforms.x_wire import PROBLEMS, invalid, read_post, read_query, told_text
from lib.domain.weighted_length import LONGEST, weighted_length

DUPLICATES = timedelta(days=1)
EPOCH = datetime(2010, 11, 4, 1, 42, 54, 657000, UTC)  # of the ids
SOMEBODY = "drumbeat_demo"


@dataclass(frozen=True, slots=True)
class Tweet:
    made: Made
    reply_to: str | None
    first: str  # of its conversation


class X(StandIn):
    """`lag`: how long it takes until a post is to be seen in its author's timeline. Without credits nothing works."""

    name = "x"
    limit = Limit(100, timedelta(minutes=15))

    def __init__(self, clock: StackClock, url: str, client_id: str, client_secret: str) -> None:
        super().__init__(clock, url)
        self.consents = Consents(clock, client_id, client_secret)
        self.tweets: dict[str, Tweet] = {}
        self.lag = timedelta(0)
        self.has_credits = True

    def routes(self) -> list[Route]:
        return [
            Route("/i/oauth2/authorize", self._authorize, methods=["GET"]),
            Route("/2/oauth2/token", self._token, methods=["POST"]),
            Route("/2/oauth2/revoke", self._revoke, methods=["POST"]),
            Route("/2/tweets", self._post, methods=["POST"]),
            Route("/2/users/me", self._me, methods=["GET"]),
            Route("/2/users/{id}/tweets", self._timeline, methods=["GET"]),
        ]

    def connecting(self, holder: Holder) -> Mapping[str, Mapping[str, str]]:
        """Nothing to fill in: `connect_x` walks the consent."""
        return {"credentials": {}, "settings": {}}

    def new_tokens(self, name: str, *scopes: str) -> dict[str, Any]:
        """The token endpoint's answer, as if this user had just agreed."""
        return self.consents.new_tokens(self.holder(name).name, *scopes)

    def revoke(self, name: str) -> None:
        self.consents.revoke_user(name)

    async def _authorize(self, request: Request) -> Response:
        user = request.cookies.get("user") or SOMEBODY
        return RedirectResponse(self.consents.agree(self.holder(user).name, request.query_params), 302)

    async def _token(self, request: Request) -> Response:
        form = await _form(request)
        holder = self._holder_of_form(form)
        headers = {"Cache-Control": "no-store"}

        def issue() -> Response:
            return JSONResponse(self.consents.exchange(request, form), headers=headers)

        return await self.answer(request, holder, Doing.SIGN_IN, issue)

    async def _revoke(self, request: Request) -> Response:
        self.consents.revoke(request, await _form(request))
        return JSONResponse({"revoked": True})

    async def _post(self, request: Request) -> Response:
        holder = self._holder(request, "tweet.write", "tweet.read", "users.read")
        kind, body = media_type(request), await request.body()
        return await self.answer(request, holder, Doing.MAKE, lambda: self._make(holder, read_post(kind, body)))

    def _make(self, holder: Holder, asked: Mapping[str, Any]) -> Response:
        text, reply_to = asked["text"], (asked.get("reply") or {}).get("in_reply_to_tweet_id")
        before = self.tweets.get(reply_to or "")
        if weighted_length(text) > LONGEST:
            raise invalid(
                "text",
                text,
                "Your Tweet text is too long. For more information on how Twitter determines "
                "text length see https://github.com/twitter/twitter-text.",
            )
        if reply_to is not None and before is None:
            raise _forbidden("You attempted to reply to a Tweet that is deleted or not visible to you.")
        if before is not None and before.made.account != holder.name:
            raise _forbidden(
                "Reply to this conversation is not allowed because you have not been mentioned or "
                "otherwise engaged by the author of the post you are replying to."
            )
        same = fingerprint(text.strip(), reply_to)
        since = self.clock.now() - DUPLICATES
        if any(same in made.same and made.at > since for made in self.made_by(holder.name)):
            self.repeats[holder.name] += 1
            raise _forbidden("You are not allowed to create a Tweet with duplicate content.")
        external_id = self.new_id()
        url = f"https://x.com/{holder.name}/status/{external_id}"
        made = self.keep(holder, text, same, external_id=external_id, url=url)
        self.tweets[external_id] = Tweet(made, reply_to, before.first if before else external_id)
        told = {"id": external_id, "text": told_text(text)[0], "edit_history_tweet_ids": [external_id]}
        return JSONResponse({"data": told}, 201)

    async def _me(self, request: Request) -> Response:
        holder = self._holder(request, "users.read", "tweet.read")
        shown = {"id": holder.id, "name": holder.name.title(), "username": holder.name}
        return await self.answer(request, holder, Doing.READ, lambda: JSONResponse({"data": shown}))

    async def _timeline(self, request: Request) -> Response:
        holder = self._holder(request, "users.read", "tweet.read")
        query = dict(request.query_params)
        return await self.answer(
            request, holder, Doing.READ, lambda: JSONResponse(self._newest(request.path_params["id"], query))
        )

    def _newest(self, user_id: str, query: Mapping[str, str]) -> dict[str, Any]:
        wanted = read_query(query)
        holder = next((it for it in self.holders.values() if it.id == user_id), None)
        if holder is None:
            raise invalid("id", user_id, f"The `id` query parameter value [{user_id}] is not valid")
        seen = self.clock.now() - self.lag
        found = [it for it in self.tweets.values() if it.made.account == holder.name and it.made.at <= seen]
        if "replies" in wanted.excluded:
            found = [it for it in found if it.reply_to is None]
        found = [it for it in found if wanted.start <= it.made.at < wanted.end]
        page = list(reversed(found))[wanted.skipped : wanted.skipped + wanted.most]
        meta: dict[str, Any] = {"result_count": len(page)}
        if not page:
            return {"meta": meta}
        meta |= {"newest_id": page[0].made.external_id, "oldest_id": page[-1].made.external_id}
        if wanted.skipped + wanted.most < len(found):
            meta["next_token"] = str(wanted.skipped + wanted.most)
        return {"data": [_shown(it, holder, wanted.fields) for it in page], "meta": meta}

    def new_id(self) -> str:
        """Ids grow with time, as theirs do."""
        self.numbers += 1
        return str(((self.clock.now() - EPOCH) // timedelta(milliseconds=1) << 22) + self.numbers)

    def _holder(self, request: Request, *scopes: str) -> Holder:
        user = self.consents.user_of(bearer(request), *scopes)
        if user is None:
            raise self.unauthorized()
        if not self.has_credits:
            raise Refusal(
                402,
                "Your enrolled account does not have any credits to fulfill this request.",
                f"{PROBLEMS}/credits",
                title="CreditsDepleted",
            )
        return self.present(self.holders[user])

    def _holder_of_form(self, form: Mapping[str, Any]) -> Holder:
        """Whose tokens are asked for, if that can be known, for the script."""
        given = str(form.get("refresh_token") or "")
        family = next(
            (it for it in self.consents.families if given and (given == it.refresh or given in it.used)), None
        )
        code = self.consents.codes.get(str(form.get("code") or ""))
        user = family.user if family else code.user if code else None
        return self.holders[user] if user else Holder("", 0)

    def complain(self, refusal: Refusal) -> Response:
        if refusal.code in ("invalid_request", "invalid_grant", "unauthorized_client", "unsupported_grant_type"):
            return JSONResponse({"error": refusal.code, "error_description": refusal.message}, refusal.status)
        if not refusal.code and refusal.status == 400:
            return HTMLResponse(f"<h1>{html.escape(refusal.message)}</h1>", 400)
        titles = {401: "Unauthorized", 403: "Forbidden", 429: "Too Many Requests", 503: "Service Unavailable"}
        problem = {
            "title": titles.get(refusal.status, "Internal Server Error"),
            "detail": refusal.message,
            "type": refusal.code or "about:blank",
            "status": refusal.status,
            **refusal.more,
        }
        return JSONResponse(problem, refusal.status, media_type="application/problem+json")

    def unauthorized(self) -> Refusal:
        return Refusal(401, "Unauthorized", "about:blank")

    def gone(self) -> Refusal:
        return Refusal(403, "User is suspended", "about:blank")

    def throttled(self, retry_after: timedelta) -> Refusal:
        reset = -int(-(self.clock.now() + retry_after).timestamp() // 1)
        headers = {
            "x-rate-limit-limit": str(self.limit.most),
            "x-rate-limit-remaining": "0",
            "x-rate-limit-reset": str(reset),
        }
        return Refusal(429, "Too Many Requests", "about:blank", headers=headers)

    def limits(self, holder: Holder) -> Mapping[str, str]:
        now = self.clock.now()
        return {
            "x-rate-limit-limit": str(self.limit.most),
            "x-rate-limit-remaining": str(self.window(holder).left(now)),
            "x-rate-limit-reset": str(int(self.window(holder).resets_at(now).timestamp())),
        }


def _shown(tweet: Tweet, holder: Holder, fields: frozenset[str]) -> dict[str, Any]:
    text, urls = told_text(tweet.made.text)
    at = tweet.made.at
    more: dict[str, Any] = {
        "created_at": at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z",
        "author_id": holder.id,
        "conversation_id": tweet.first,
    }
    if urls:
        more["entities"] = {"urls": urls}
    if tweet.reply_to:
        more["in_reply_to_user_id"] = holder.id
        more["referenced_tweets"] = [{"type": "replied_to", "id": tweet.reply_to}]
    told = {"id": tweet.made.external_id, "text": text, "edit_history_tweet_ids": [tweet.made.external_id]}
    return told | {name: value for name, value in more.items() if name in fields}


async def _form(request: Request) -> Mapping[str, Any]:
    if media_type(request) != "application/x-www-form-urlencoded":
        raise Refusal(400, "Missing required parameter [grant_type].", "invalid_request")
    return await form_of(request)


def _forbidden(detail: str) -> Refusal:
    return Refusal(403, detail, "about:blank")
