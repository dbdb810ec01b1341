"""Before any endpoint: outages, the token, and refusals as `{"error": text}`."""

import hmac
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dev.qstash.refusal import Refused
from dev.serving import Trouble, cut, until_given_up

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
        if faults.slow_by:
            await self._qstash.spend(faults.slow_by)
        if faults.outage is Trouble.CUT:
            cut(scope)
        elif faults.outage is Trouble.HANGING:
            await until_given_up(receive)
        else:
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        try:
            if self._qstash.faults.outage is Trouble.FAILING:
                raise Refused(503, "service unavailable")
            if not self._is_known(request):
                raise Refused(401, "unable to authenticate: invalid token")
            accepts = request.method == "POST" and request.url.path.startswith(_PUBLISHING)
            if accepts and self._qstash.faults.takes_publish_reply():
                await self._app(scope, receive, _swallow)
                cut(scope)
            else:
                await self._app(scope, receive, send)
        except Refused as refusal:
            await answer_refusal(request, refusal)(scope, receive, send)

    def _is_known(self, request: Request) -> bool:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            given = request.query_params.get("qstash_token", "")
        return hmac.compare_digest(given.encode(), self._qstash.token.encode())


def answer_refusal(_: Request, refusal: Exception) -> JSONResponse:
    """For a Refused from anywhere behind the door."""
    assert isinstance(refusal, Refused)  # noqa: S101  Starlette hands over what it was registered for
    return JSONResponse({"error": refusal.text}, refusal.status, refusal.headers)


def answer_unknown(_: Request, problem: Exception) -> JSONResponse:
    """No such path (404), or not with this method (405)."""
    assert isinstance(problem, HTTPException)  # noqa: S101  Starlette hands over what it was registered for
    return JSONResponse({"error": problem.detail}, problem.status_code, problem.headers)


async def _swallow(_: Message) -> None:
    return
