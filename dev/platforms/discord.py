"""Discord's webhooks (discord.com/developers/docs/resources/webhook): the URL is the secret, there is nothing else."""

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dev.platforms.limits import Limit
from dev.platforms.script import Doing
from dev.platforms.stand_in import Holder, StandIn
from dev.platforms.wire import Refusal, fingerprint, media_type

LONGEST = 2_000
MOST_EMBEDS, LONGEST_EMBEDS = 10, 6_000
EMBED_LIMITS = {"title": 256, "description": 4_096}
_FIELDS = (
    "content username avatar_url tts embeds allowed_mentions components files payload_json attachments "
    "flags thread_name applied_tags poll"
)
FIELDS = frozenset(_FIELDS.split())
PINGS = re.compile(r"@(everyone|here)\b|<@[!&]?\d+>")
CHANNEL = 8 * 10**17


class Discord(StandIn):
    name = "discord"
    limit = Limit(30, timedelta(minutes=1))

    def routes(self) -> list[Route]:
        return [
            Route("/api/webhooks/{id}/{token}", self._execute, methods=["POST"]),
            Route("/api/v10/webhooks/{id}/{token}", self._execute, methods=["POST"]),
            Route("/api/webhooks/{id}/{token}", self._webhook, methods=["GET"]),
            Route("/api/v10/webhooks/{id}/{token}", self._webhook, methods=["GET"]),
            Route("/api/v10/webhooks/{id}/{token}", self._webhook, methods=["GET"]),
            Route("/api/webhooks/{id}/{token}/messages/{message}", self._message, methods=["GET"]),
        ]

    def connecting(self, holder: Holder) -> Mapping[str, Mapping[str, str]]:
        token = self.new_secret(holder.name)
        holder.keys.add(token)
        return {"credentials": {"url": f"{self.url}/api/webhooks/{holder.id}/{token}"}, "settings": {}}

    async def _execute(self, request: Request) -> Response:
        holder = self._holder(request)
        body = await request.body()
        is_waited_for = request.query_params.get("wait") in ("true", "1")
        kind = media_type(request)
        return await self.answer(
            request, holder, Doing.MAKE, lambda: self._make(holder, _read(kind, body), is_waited_for)
        )

    def _make(self, holder: Holder, message: Mapping[str, Any], is_waited_for: bool) -> Response:
        _check(message)
        content, embeds = message.get("content") or "", message.get("embeds") or []
        allowed = message.get("allowed_mentions")
        said = "\n".join([content, *(f"{it.get('title', '')}\n{it.get('description', '')}" for it in embeds)]).strip()
        made = self.keep(
            holder,
            said,
            fingerprint(content, embeds),
            url=None,
            is_pinging=bool(PINGS.search(content)) and (allowed is None or bool(allowed.get("parse"))),
        )
        if not is_waited_for:
            return Response(status_code=204)
        return JSONResponse(self._shown(holder, made.external_id, content, embeds))

    async def _webhook(self, request: Request) -> Response:
        holder = self._holder(request)
        shown = {
            "id": holder.id,
            "type": 1,
            "name": holder.name,
            "channel_id": str(CHANNEL + holder.number),
            "guild_id": str(CHANNEL),
            "token": request.path_params["token"],
            "application_id": None,
        }
        return await self.answer(request, holder, Doing.READ, lambda: JSONResponse(shown))

    async def _message(self, request: Request) -> Response:
        holder = self._holder(request)
        found = [it for it in self.made_by(holder.name) if it.external_id == request.path_params["message"]]

        def tell() -> Response:
            if not found:
                raise Refusal(404, "Unknown Message", "10008")
            return JSONResponse(self._shown(holder, found[0].external_id, found[0].text, []))

        return await self.answer(request, holder, Doing.READ, tell)

    def _shown(self, holder: Holder, message_id: str, content: str, embeds: list[Any]) -> dict[str, Any]:
        return {
            "id": message_id,
            "type": 0,
            "channel_id": str(CHANNEL + holder.number),
            "webhook_id": holder.id,
            "content": content,
            "embeds": embeds,
            "timestamp": self.clock.now().isoformat(),
            "author": {"bot": True, "id": holder.id, "username": holder.name},
        }

    def _holder(self, request: Request) -> Holder:
        holder = next((it for it in self.holders.values() if it.id == request.path_params["id"]), None)
        if holder is None:
            raise self.gone()
        self.present(holder)
        if request.path_params["token"] not in holder.keys:
            raise self.unauthorized()
        return holder

    def complain(self, refusal: Refusal) -> Response:
        code = int(refusal.code or 0)
        return JSONResponse({"message": refusal.message, "code": code, **refusal.more}, refusal.status)

    def unauthorized(self) -> Refusal:
        return Refusal(401, "Invalid Webhook Token", "50027")

    def gone(self) -> Refusal:
        return Refusal(404, "Unknown Webhook", "10015")

    def throttled(self, retry_after: timedelta) -> Refusal:
        seconds = retry_after.total_seconds()
        reset = self.clock.now() + retry_after
        headers = {
            "Retry-After": str(-(-retry_after // timedelta(seconds=1))),
            "X-RateLimit-Limit": str(self.limit.most),
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset": f"{reset.timestamp():.3f}",
            "X-RateLimit-Reset-After": f"{seconds:.3f}",
            "X-RateLimit-Scope": "user",
        }
        more: dict[str, Any] = {"retry_after": seconds, "global": False}
        return Refusal(429, "You are being rate limited.", headers=headers, **more)

    def limits(self, holder: Holder) -> Mapping[str, str]:
        now = self.clock.now()
        resets_at = self.window(holder).resets_at(now)
        return {
            "X-RateLimit-Limit": str(self.limit.most),
            "X-RateLimit-Remaining": str(self.window(holder).left(now)),
            "X-RateLimit-Reset": f"{resets_at.timestamp():.3f}",
            "X-RateLimit-Reset-After": f"{(resets_at - now).total_seconds():.3f}",
        }


def _read(kind: str, body: bytes) -> Mapping[str, Any]:
    """Raises Refusal."""
    if kind != "application/json":
        raise Refusal(415, "415: Unsupported Media Type")
    try:
        message = json.loads(body)
    except ValueError:
        message = None
    if not isinstance(message, dict):
        raise Refusal(400, "The request body contains invalid JSON.", "50109")
    return {name: value for name, value in message.items() if name in FIELDS}


def _check(message: Mapping[str, Any]) -> None:
    content, embeds = message.get("content"), message.get("embeds") or []
    if not content and not embeds:
        raise Refusal(400, "Cannot send an empty message", "50006")
    if content is not None and not isinstance(content, str):
        raise _form("content", "BASE_TYPE_BAD_TYPE", "Must be string.")
    if content and len(content) > LONGEST:
        raise _form("content", "BASE_TYPE_MAX_LENGTH", f"Must be {LONGEST} or fewer in length.")
    if len(embeds) > MOST_EMBEDS:
        raise _form("embeds", "BASE_TYPE_MAX_LENGTH", f"Must be {MOST_EMBEDS} or fewer in length.")
    for embed in embeds:
        for name, most in EMBED_LIMITS.items():
            if len(embed.get(name) or "") > most:
                raise _form("embeds", "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")
    if sum(len(embed.get(name) or "") for embed in embeds for name in EMBED_LIMITS) > LONGEST_EMBEDS:
        raise _form("embeds", "MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {LONGEST_EMBEDS}")
    username = message.get("username")
    if username is not None and (not 1 <= len(username) <= 80 or re.search("discord|clyde", username, re.IGNORECASE)):
        raise _form("username", "USERNAME_INVALID_CONTAINS", "Username cannot contain this.")


def _form(name: str, code: str, message: str) -> Refusal:
    return Refusal(400, "Invalid Form Body", "50035", errors={name: {"_errors": [{"code": code, "message": message}]}})
