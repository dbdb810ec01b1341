"""What every response carries, whatever door or error made it: protective headers, and cookies that changed on the way.

Cookies are set here and not on a door's response, because a refused request may have renewed the session too: its old
refresh token is used up, and the new one must reach the browser with the refusal.
"""

from collections.abc import Mapping, MutableMapping
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIES = "drumbeat.cookies"
PROTECTION: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
}


class ResponseHeaders:
    """ASGI middleware; adds to the head of each response and touches nothing else."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        cookies: list[str] = []
        scope[COOKIES] = cookies
        is_private = scope["path"].startswith("/api/")

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in PROTECTION.items():
                    headers.setdefault(name, value)
                if is_private:
                    headers.setdefault("Cache-Control", "no-store")
                for cookie in cookies:
                    headers.append("Set-Cookie", cookie)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def set_cookie(scope: MutableMapping[str, Any], name: str, value: str, max_age: int, *, is_secure: bool) -> None:
    """Have the response of this request set a cookie that scripts cannot read and other sites cannot send along."""
    response = Response()
    response.set_cookie(name, value, max_age=max_age, path="/", secure=is_secure, httponly=True, samesite="strict")
    scope[COOKIES].append(response.headers["set-cookie"])
