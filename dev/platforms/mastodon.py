"""A Mastodon server (docs.joinmastodon.org/methods/statuses, …/accounts, …/instance) as far as posting goes.

It is at the root of the platforms' address: a Mastodon server has an origin of its own.
"""

import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dev.platforms.limits import Limit
from dev.platforms.script import Doing
from dev.platforms.stand_in import Holder, Made, StandIn
from dev.platforms.wire import Refusal, bearer, fingerprint, form_of, media_type
from lib.domain.graphemes import ends_of_graphemes

LONGEST = 500
LINK = re.compile(r"https?://[^\s<>\"]+")
LINK_COUNTS = 23
REMOTE_MENTION = re.compile(r"(?<![\w/])(@\w+)@[\w.-]+\w")
KEY_LIFETIME = timedelta(hours=1)
VISIBILITIES = ("public", "unlisted", "private", "direct")
NEWEST = 20


@dataclass(frozen=True, slots=True)
class Status:
    made: Made
    visibility: str
    language: str | None
    in_reply_to_id: str | None


class Mastodon(StandIn):
    """`app` is the server. Tokens are made with the scopes `read write`."""

    name = "mastodon"
    limit = Limit(300, timedelta(minutes=5))

    def __init__(self, *how: Any, **more: Any) -> None:
        super().__init__(*how, **more)
        self.statuses: dict[str, Status] = {}
        self._keys: dict[tuple[str, str], tuple[datetime, str]] = {}

    def routes(self) -> list[Route]:
        return [
            Route("/api/v1/statuses", self._post, methods=["POST"]),
            Route("/api/v1/statuses/{id}", self._status, methods=["GET"]),
            Route("/api/v1/accounts/verify_credentials", self._me, methods=["GET"]),
            Route("/api/v1/accounts/{id}/statuses", self._timeline, methods=["GET"]),
            Route("/api/v2/instance", self._instance, methods=["GET"]),
        ]

    def connecting(self, holder: Holder) -> Mapping[str, Mapping[str, str]]:
        token = self.new_secret(holder.name)
        holder.keys.add(token)
        return {"credentials": {"token": token}, "settings": {"server": self.url}}

    async def _post(self, request: Request) -> Response:
        holder = self._holder(request)
        fields = await _fields(request)
        key = request.headers.get("idempotency-key", "")
        return await self.answer(request, holder, Doing.MAKE, lambda: self._keyed(holder, key, fields))

    def _keyed(self, holder: Holder, key: str, fields: Mapping[str, Any]) -> Response:
        """The same key within an hour is the same status."""
        now = self.clock.now()
        at, status_id = self._keys.get((holder.id, key), (None, ""))
        if key and at is not None and now - at < KEY_LIFETIME:
            self.repeats[holder.name] += 1
            return JSONResponse(self._shown(holder, self.statuses[status_id]))
        status = self._make(holder, fields)
        if key:
            self._keys[holder.id, key] = (now, status.made.external_id)
        return JSONResponse(self._shown(holder, status))

    def _make(self, holder: Holder, fields: Mapping[str, Any]) -> Status:
        text = str(fields.get("status") or "")
        visibility = fields.get("visibility") or "public"
        reply_to = str(fields["in_reply_to_id"]) if fields.get("in_reply_to_id") else None
        if not text.strip():
            raise _invalid("Text can't be blank")
        if counted(text) + counted(str(fields.get("spoiler_text") or "")) > LONGEST:
            raise _invalid(f"Text character limit of {LONGEST} exceeded")
        if visibility not in VISIBILITIES:
            raise _invalid("Visibility is not included in the list")
        if fields.get("media_ids"):
            raise _invalid("Media could not be found")
        if fields.get("scheduled_at"):
            raise _invalid("Scheduled at is not known to this stand-in")
        if reply_to is not None and reply_to not in self.statuses:
            raise Refusal(404, "The post you are trying to reply to does not appear to exist.")
        external_id = self.new_id()
        made = self.keep(
            holder,
            text,
            fingerprint(text, reply_to),
            external_id=external_id,
            url=f"{self.url}/@{holder.name}/{external_id}",
        )
        self.statuses[external_id] = Status(made, visibility, fields.get("language"), reply_to)
        return self.statuses[external_id]

    async def _status(self, request: Request) -> Response:
        holder = self._holder(request)
        status = self.statuses.get(request.path_params["id"])

        def tell() -> Response:
            if status is None:
                raise Refusal(404, "Record not found")
            return JSONResponse(self._shown(self.holders[status.made.account], status))

        return await self.answer(request, holder, Doing.READ, tell)

    async def _me(self, request: Request) -> Response:
        holder = self._holder(request)
        return await self.answer(request, holder, Doing.READ, lambda: JSONResponse(self._account(holder)))

    async def _timeline(self, request: Request) -> Response:
        caller = self._holder(request)
        holder = next((it for it in self.holders.values() if it.id == request.path_params["id"]), None)
        newest = min(int(request.query_params.get("limit", NEWEST)), 40)

        def tell() -> Response:
            if holder is None:
                raise Refusal(404, "Record not found")
            theirs = [it for it in self.statuses.values() if it.made.account == holder.name]
            return JSONResponse([self._shown(holder, it) for it in reversed(theirs[-newest:])])

        return await self.answer(request, caller, Doing.READ, tell)

    async def _instance(self, _: Request) -> Response:
        return JSONResponse(
            {
                "domain": self.url.partition("://")[2],
                "title": "The local stack's Mastodon",
                "version": "4.5.0",
                "configuration": {
                    "statuses": {
                        "max_characters": LONGEST,
                        "max_media_attachments": 4,
                        "characters_reserved_per_url": LINK_COUNTS,
                    }
                },
            }
        )

    def _holder(self, request: Request) -> Holder:
        token = bearer(request)
        if any(token in holder.old_keys for holder in self.holders.values()):
            raise Refusal(401, "The access token was revoked")
        return self.owner_of(token)

    def _account(self, holder: Holder) -> dict[str, Any]:
        return {
            "id": holder.id,
            "username": holder.name,
            "acct": holder.name,
            "display_name": holder.name,
            "url": f"{self.url}/@{holder.name}",
            "statuses_count": len(self.made_by(holder.name)),
        }

    def _shown(self, holder: Holder, status: Status) -> dict[str, Any]:
        return {
            "id": status.made.external_id,
            "created_at": _written(status.made.at),
            "in_reply_to_id": status.in_reply_to_id,
            "visibility": status.visibility,
            "language": status.language,
            "uri": f"{self.url}/users/{holder.name}/statuses/{status.made.external_id}",
            "url": status.made.url,
            "content": "".join(f"<p>{html.escape(part)}</p>" for part in status.made.text.split("\n\n")),
            "account": self._account(holder),
        }

    def complain(self, refusal: Refusal) -> Response:
        return JSONResponse({"error": refusal.message}, refusal.status)

    def unauthorized(self) -> Refusal:
        return Refusal(401, "The access token is invalid")

    def gone(self) -> Refusal:
        return Refusal(403, "Your login is currently disabled")

    def throttled(self, retry_after: timedelta) -> Refusal:
        resets_at = self.clock.now() + retry_after
        headers = {
            "X-RateLimit-Limit": str(self.limit.most),
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset": _written(resets_at),
        }
        return Refusal(429, "Too many requests", headers=headers)

    def limits(self, holder: Holder) -> Mapping[str, str]:
        now = self.clock.now()
        return {
            "X-RateLimit-Limit": str(self.limit.most),
            "X-RateLimit-Remaining": str(self.window(holder).left(now)),
            "X-RateLimit-Reset": _written(self.window(holder).resets_at(now)),
        }


def counted(text: str) -> int:
    """As the server counts: a link is 23 characters, a mention only its local part, else what a reader sees."""
    counted_text = REMOTE_MENTION.sub(r"\1", LINK.sub("x" * LINK_COUNTS, text))
    return sum(1 for _ in ends_of_graphemes(counted_text))


async def _fields(request: Request) -> Mapping[str, Any]:
    """A form or JSON; Rails reads nothing else, and what it does not know it leaves alone."""
    if media_type(request) == "application/json":
        try:
            given = json.loads(await request.body())
        except ValueError:
            given = None
        if not isinstance(given, dict):
            raise Refusal(400, "Error occurred while parsing request parameters")
        return given
    if media_type(request) == "application/x-www-form-urlencoded":
        return await form_of(request)
    return {}


def _invalid(what: str) -> Refusal:
    return Refusal(422, f"Validation failed: {what}")


def _written(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
