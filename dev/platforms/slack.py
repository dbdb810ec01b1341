"""Slack's incoming webhooks (docs.slack.dev/messaging/sending-messages-using-incoming-webhooks): answers are plain
text, nothing can be read back, the URL is the secret."""

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from dev.platforms.limits import Limit
from dev.platforms.script import Doing
from dev.platforms.stand_in import Holder, StandIn
from dev.platforms.wire import Refusal, fingerprint, form_of, media_type

LONGEST = 40_000
MOST_BLOCKS, LONGEST_SECTION = 50, 3_000
PINGS = re.compile(r"<!(channel|here|everyone)|<@\w+>")


class Slack(StandIn):
    """One message a second; short bursts pass."""

    name = "slack"
    limit = Limit(60, timedelta(minutes=1))

    def routes(self) -> list[Route]:
        return [Route("/services/{team}/{channel}/{token}", self._post, methods=["POST"])]

    def connecting(self, holder: Holder) -> Mapping[str, Mapping[str, str]]:
        token = self.new_secret(holder.name)[:24]
        holder.keys.add(token)
        return {"credentials": {"url": f"{self.url}/services/T0LOCAL/{_channel(holder)}/{token}"}, "settings": {}}

    async def _post(self, request: Request) -> Response:
        holder = self._holder(request)
        kind, body = media_type(request), await request.body()
        if kind == "application/x-www-form-urlencoded":
            body = (await form_of(request)).get("payload", "").encode()
        return await self.answer(request, holder, Doing.MAKE, lambda: self._make(holder, body))

    def _make(self, holder: Holder, body: bytes) -> Response:
        message = _read(body)
        text, blocks = message.get("text") or "", message.get("blocks") or []
        said = text or "\n".join(_said(block) for block in blocks)
        is_pinging = bool(PINGS.search(text + json.dumps(blocks, ensure_ascii=False)))
        self.keep(holder, said, fingerprint(text, blocks), url=None, is_pinging=is_pinging)
        return PlainTextResponse("ok")

    def _holder(self, request: Request) -> Holder:
        holder = next((it for it in self.holders.values() if _channel(it) == request.path_params["channel"]), None)
        if holder is None or request.path_params["team"] != "T0LOCAL":
            raise Refusal(404, "no_team")
        self.present(holder)
        if request.path_params["token"] not in holder.keys:
            raise self.unauthorized()
        return holder

    def complain(self, refusal: Refusal) -> Response:
        return PlainTextResponse(refusal.message, refusal.status)

    def unauthorized(self) -> Refusal:
        return Refusal(403, "invalid_token")

    def gone(self) -> Refusal:
        return Refusal(404, "no_service")

    def throttled(self, retry_after: timedelta) -> Refusal:
        return Refusal(429, "rate_limited", headers={"Retry-After": str(-(-retry_after // timedelta(seconds=1)))})


def _channel(holder: Holder) -> str:
    return f"B{holder.number:08d}"


def _read(body: bytes) -> Mapping[str, Any]:
    """Raises Refusal."""
    try:
        message = json.loads(body)
    except ValueError:
        message = None
    if not isinstance(message, dict):
        raise Refusal(400, "invalid_payload")
    text, blocks = message.get("text"), message.get("blocks")
    if not text and not blocks and not message.get("attachments"):
        raise Refusal(400, "no_text")
    if text is not None and not isinstance(text, str):
        raise Refusal(400, "invalid_payload")
    if text and len(text) > LONGEST:
        raise Refusal(400, "msg_too_long")
    if blocks is not None:
        _check_blocks(blocks)
    return message


def _check_blocks(blocks: Any) -> None:
    if not isinstance(blocks, list) or len(blocks) > MOST_BLOCKS:
        raise Refusal(400, "invalid_blocks")
    for block in blocks:
        if not isinstance(block, dict) or "type" not in block or len(_said(block)) > LONGEST_SECTION:
            raise Refusal(400, "invalid_blocks")


def _said(block: Mapping[str, Any]) -> str:
    text = block.get("text")
    return str(text.get("text", "")) if isinstance(text, dict) else str(text or "")
