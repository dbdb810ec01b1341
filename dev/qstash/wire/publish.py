"""Publishing one message, many, or into a queue. https://upstash.com/docs/qstash/api/publish, /api/messages/batch."""

from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dev.qstash.intake import Accepted, Order
from dev.qstash.options import read_options
from dev.qstash.refusal import Refused
from dev.qstash.wire.asked import asked_pairs, caller_ip, json_body, raw_destination
from dev.qstash.wire.shapes import accepted_json

if TYPE_CHECKING:
    from dev.qstash.service import QStash


class Publishing:
    """Accepts messages."""

    def __init__(self, qstash: "QStash") -> None:
        self._qstash = qstash

    def routes(self) -> list[Route]:
        return [
            Route("/v2/publish/{destination:path}", self.publish, methods=["POST"]),
            Route("/v2/enqueue/{queue}/{destination:path}", self.enqueue, methods=["POST"]),
            Route("/v2/batch", self.batch, methods=["POST"]),
        ]

    async def publish(self, request: Request) -> Response:
        return await self._accept_one(raw_destination(request, "/v2/publish/"), request, queue=None)

    async def enqueue(self, request: Request) -> Response:
        queue = request.path_params["queue"]
        return await self._accept_one(raw_destination(request, f"/v2/enqueue/{queue}/"), request, queue=queue)

    async def _accept_one(self, destination: str, request: Request, queue: str | None) -> Response:
        now = self._qstash.now()
        headers = self._qstash.quota.check(now)
        asked = asked_pairs(request) + ((("upstash-queue-name", queue),) if queue else ())
        order = Order(destination, read_options(asked), await request.body(), caller_ip(request))
        accepted = self._qstash.intake.accept([order], now)[0]
        is_duplicate = all(entry.is_duplicate for entry in accepted) and bool(accepted)
        return JSONResponse(_entry(accepted), 202 if is_duplicate else 200, headers)

    async def batch(self, request: Request) -> Response:
        now = self._qstash.now()
        headers = self._qstash.quota.check(now)
        orders = [_order(item, caller_ip(request)) for item in await json_body(request, list)]
        return JSONResponse([_entry(accepted) for accepted in self._qstash.intake.accept(orders, now)], 200, headers)


def _order(item: Any, ip: str) -> Order:
    """`{"destination", "headers": {name: value}, "body": text or null, "queue": name or null}`."""
    if not isinstance(item, dict) or not isinstance(item.get("destination"), str):
        raise Refused(400, "invalid batch item: destination is missing")
    headers, body, queue = item.get("headers") or {}, item.get("body"), item.get("queue")
    if not isinstance(headers, dict) or not isinstance(body, str | None) or not isinstance(queue, str | None):
        raise Refused(400, "invalid batch item: headers, body or queue has the wrong type")
    asked = tuple((_sound(str(name)), _sound(str(value))) for name, value in headers.items())
    if queue:
        asked += (("upstash-queue-name", queue),)
    return Order(item["destination"], read_options(asked), (body or "").encode(errors="replace"), ip)


def _sound(text: str) -> str:
    """JSON can hold half a surrogate pair, UTF-8 cannot."""
    return text.encode(errors="replace").decode()


def _entry(accepted: list[Accepted]) -> Any:
    """A list only for a URL group."""
    shapes = [accepted_json(entry) for entry in accepted]
    return shapes[0] if len(accepted) == 1 and not accepted[0].is_of_group else shapes
