"""The dead letter queue. https://upstash.com/docs/qstash/api/dlq."""

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dev.qstash.intake import Order, again
from dev.qstash.message import DeadLetter
from dev.qstash.options import Pairs
from dev.qstash.refusal import Refused
from dev.qstash.wire.asked import Filter, asked_pairs, count, json_body, values
from dev.qstash.wire.shapes import accepted_json, dead_letter_json

if TYPE_CHECKING:
    from dev.qstash.service import QStash


class DeadLetters:
    """Messages that failed for good."""

    def __init__(self, qstash: "QStash") -> None:
        self._qstash = qstash

    def routes(self) -> list[Route]:
        return [
            Route("/v2/dlq", self.list_page, methods=["GET"]),
            Route("/v2/dlq", self.delete_many, methods=["DELETE"]),
            Route("/v2/dlq/", self.delete_many, methods=["DELETE"]),
            Route("/v2/dlq/retry", self.retry_many, methods=["POST"]),
            Route("/v2/dlq/retry/{id}", self.retry, methods=["POST"]),
            Route("/v2/dlq/{id}", self.get, methods=["GET"]),
            Route("/v2/dlq/{id}", self.delete, methods=["DELETE"]),
        ]

    def _find(self, request: Request) -> DeadLetter:
        letter = self._qstash.store.dead_letters.get(request.path_params["id"])
        if letter is None:
            raise Refused(404, "dlq message not found")
        return letter

    def _matching(self, request: Request) -> list[DeadLetter]:
        """Latest first, unless asked otherwise."""
        query = request.query_params
        wanted, ids, statuses = Filter(query), values(query, "dlqIds"), values(query, "responseStatus")
        letters = [
            letter
            for letter in self._qstash.store.dead_letters.values()
            if wanted.matches(letter.message, letter.failed_at)
            and (not ids or letter.id in ids)
            and (not statuses or str(letter.reply.status) in statuses)
        ]
        return letters if query.get("order") == "earliestFirst" else letters[::-1]

    async def list_page(self, request: Request) -> Response:
        letters, size = self._matching(request), count(request.query_params)
        start = next((n + 1 for n, at in enumerate(letters) if at.id == request.query_params.get("cursor")), 0)
        page = letters[start : start + size]
        shape: dict[str, object] = {"messages": [dead_letter_json(letter) for letter in page]}
        return JSONResponse(shape | ({"cursor": page[-1].id} if start + size < len(letters) else {}))

    async def get(self, request: Request) -> Response:
        return JSONResponse(dead_letter_json(self._find(request)))

    async def delete(self, request: Request) -> Response:
        self._qstash.store.dead_letters.pop(self._find(request).id)
        return Response(status_code=200)

    async def delete_many(self, request: Request) -> Response:
        """By ids in a JSON body, or by filters in the query; neither means all, an empty list too."""
        ids = (await json_body(request, dict)).get("dlqIds") if await request.body() else None
        chosen = [letter for letter in self._matching(request) if not ids or letter.id in ids]
        for letter in chosen:
            self._qstash.store.dead_letters.pop(letter.id)
        return JSONResponse({"deleted": len(chosen)})

    async def retry(self, request: Request) -> Response:
        return JSONResponse(self._revive(self._find(request), asked_pairs(request)), 201)

    async def retry_many(self, request: Request) -> Response:
        revived = [self._revive(letter, asked_pairs(request)) for letter in self._matching(request)]
        return JSONResponse({"responses": revived, "cursor": ""}, 201)

    def _revive(self, letter: DeadLetter, asked: Pairs) -> dict[str, object]:
        """A new message in the letter's place; `Upstash-*` headers of the request replace the message's own."""
        message = letter.message
        order = Order(message.url, message.options, message.body, message.caller_ip)
        words = tuple(pair for pair in asked if pair[0].lower().startswith("upstash-"))
        accepted = self._qstash.intake.accept([again(order, words)], self._qstash.now())[0][0]
        self._qstash.store.dead_letters.pop(letter.id)
        return accepted_json(accepted)
