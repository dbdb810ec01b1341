"""Reading a message and taking messages back. https://upstash.com/docs/qstash/api/messages."""

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dev.qstash.message import Message, MessageState
from dev.qstash.refusal import Refused
from dev.qstash.wire.asked import Filter, json_body
from dev.qstash.wire.shapes import message_json

if TYPE_CHECKING:
    from dev.qstash.service import QStash


class Messages:
    """Messages by id, and taking them back."""

    def __init__(self, qstash: "QStash") -> None:
        self._qstash = qstash

    def routes(self) -> list[Route]:
        return [
            Route("/v2/messages", self.cancel_many, methods=["DELETE"]),
            Route("/v2/messages/", self.cancel_many, methods=["DELETE"]),
            Route("/v2/messages/{id}", self.get, methods=["GET"]),
            Route("/v2/messages/{id}", self.cancel, methods=["DELETE"]),
        ]

    def _find(self, request: Request) -> Message:
        message = self._qstash.store.messages.get(request.path_params["id"])
        if message is None or message.state is MessageState.CANCELLED:
            raise Refused(404, "message not found")
        return message

    async def get(self, request: Request) -> Response:
        return JSONResponse(message_json(self._find(request)))

    async def cancel(self, request: Request) -> Response:
        return _cancelled(int(self._qstash.cancel(self._find(request))))

    async def cancel_many(self, request: Request) -> Response:
        """By ids in a JSON body, or by filters in the query; no ids and no filter means all, an empty list too."""
        wanted = Filter(request.query_params)
        ids = (await json_body(request, dict)).get("messageIds") if await request.body() else None
        chosen = [
            message
            for message in self._qstash.pending()
            if (not ids or message.id in ids) and wanted.matches(message, message.created_at)
        ]
        limit = request.query_params.get("count", "")
        return _cancelled(
            sum(self._qstash.cancel(message) for message in chosen[: int(limit) if limit.isdigit() else None])
        )


def _cancelled(count: int) -> Response:
    return JSONResponse({"cancelled": count}, 202)
