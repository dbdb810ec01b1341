"""The signing keys and their rotation. https://upstash.com/docs/qstash/api/signingKeys."""

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from dev.qstash.service import QStash


class Keys:
    """The signing keys."""

    def __init__(self, qstash: "QStash") -> None:
        self._qstash = qstash

    def routes(self) -> list[Route]:
        return [Route("/v2/keys", self.get, methods=["GET"]), Route("/v2/keys/rotate", self.rotate, methods=["POST"])]

    async def get(self, _: Request) -> Response:
        return JSONResponse({"current": self._qstash.keys.current, "next": self._qstash.keys.next})

    async def rotate(self, request: Request) -> Response:
        self._qstash.rotate_keys()
        return await self.get(request)
