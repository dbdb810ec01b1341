"""Before any endpoint: outages, the token, and refusals as `{"error": text}`."""

import hmac
from typing import TYPE_CHECKING

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dev.qstash.faults import Outage
from dev.qstash.refusal import Refused

if TYPE_CHECKING:
    from dev.qstash.service import QStash

_PUBLISHING = ("/v2/publish/", "/v2/enqueue/", "/v2/batch")


class Door:
    """Wraps the API."""

    def __init__(self, app: ASGIApp, qstash: "QStash") -> None:
        self._app = app
        self._qstash = qstash

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        faults = self._qstash.faults
        request = Request(scope)
        if faults.outage is Outage.REFUSED:
            await _break_connection(send)
        if faults.outage is Outage.SLOW:
            await self._qstash.spend(faults.slow_by)
        try:
            if faults.outage is Outage.ERROR:
                raise Refused(503, "service unavailable")
            if not self._is_known(request):
                raise Refused(401, "unable to authenticate: invalid token")
            accepts = request.method == "POST" and request.url.path.startswith(_PUBLISHING)
            await self._app(scope, receive, _losing(send) if accepts and faults.takes_publish_reply() else send)
        except Refused as refusal:
            reply = JSONResponse({"error": refusal.text}, refusal.status, refusal.headers)
            await reply(scope, receive, send)

    def _is_known(self, request: Request) -> bool:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            given = request.query_params.get("qstash_token", "")
        return hmac.compare_digest(given.encode(), self._qstash.token.encode())


async def _break_connection(send: Send) -> None:
    """An ASGI server closes the connection of an app that fails in mid-answer; httpx's in-process transport raises."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})
    raise httpx.ConnectError("connection refused (a fault)")


def _losing(send: Send) -> Send:
    async def lose(message: Message) -> None:
        if message["type"] == "http.response.start":
            await _break_connection(send)

    return lose
