"""Queues, as much as Upstash's own test suite asks for. https://upstash.com/docs/qstash/api/queues."""

import re
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dev.qstash.durations import milliseconds
from dev.qstash.flow import QueueLine
from dev.qstash.refusal import Refused
from dev.qstash.wire.asked import json_body
from dev.qstash.wire.shapes import Json

if TYPE_CHECKING:
    from dev.qstash.service import QStash

_NAME = re.compile(r"[A-Za-z0-9._-]+")


class Queues:
    """FIFO queues."""

    def __init__(self, qstash: "QStash") -> None:
        self._qstash = qstash

    def routes(self) -> list[Route]:
        return [
            Route("/v2/queues", self.list_all, methods=["GET"]),
            Route("/v2/queues", self.upsert, methods=["POST"]),
            Route("/v2/queues/{name}", self.get, methods=["GET"]),
            Route("/v2/queues/{name}", self.delete, methods=["DELETE"]),
            Route("/v2/queues/{name}/pause", self.pause, methods=["POST"]),
            Route("/v2/queues/{name}/resume", self.resume, methods=["POST"]),
        ]

    def _find(self, request: Request) -> QueueLine:
        queue = self._qstash.store.queues.get(request.path_params["name"])
        if queue is None:
            raise Refused(404, "queue not found")
        return queue

    def _keep(self, queue: QueueLine) -> Response:
        queue.updated_at = self._qstash.now()
        self._qstash.store.queues.put(queue.name, queue)
        self._qstash.timeline.changed.set()
        return Response(status_code=200)

    def _shape(self, queue: QueueLine) -> Json:
        return {
            "name": queue.name,
            "parallelism": queue.parallelism,
            "paused": queue.is_paused,
            "lag": sum(1 for message in self._qstash.pending() if message.queue == queue.name),
            "createdAt": milliseconds(queue.created_at),
            "updatedAt": milliseconds(queue.updated_at),
        }

    async def upsert(self, request: Request) -> Response:
        body = await json_body(request, dict)
        name, parallelism = body.get("queueName"), body.get("parallelism", 1)
        if not isinstance(name, str) or not _NAME.fullmatch(name) or not isinstance(parallelism, int):
            raise Refused(400, "invalid queue name or parallelism")
        known = self._qstash.store.queues.get(name)
        if known is None and len(self._qstash.store.queues) >= self._qstash.plan.queues:
            raise Refused(412, f"quota maxQueues exceeded, current limit: {self._qstash.plan.queues}")
        if not 1 <= parallelism <= self._qstash.plan.queue_parallelism:
            raise Refused(412, f"quota maxParallelism exceeded, current limit: {self._qstash.plan.queue_parallelism}")
        queue = known or QueueLine(name, created_at=self._qstash.now(), updated_at=self._qstash.now())
        queue.parallelism = parallelism
        queue.is_paused = body.get("paused") is True
        return self._keep(queue)

    async def list_all(self, _: Request) -> Response:
        return JSONResponse([self._shape(queue) for queue in self._qstash.store.queues.values()])

    async def get(self, request: Request) -> Response:
        return JSONResponse(self._shape(self._find(request)))

    async def delete(self, request: Request) -> Response:
        """What waits in it is gone with it."""
        queue = self._find(request)
        for message in self._qstash.pending():
            if message.queue == queue.name:
                self._qstash.cancel(message)
        self._qstash.store.queues.pop(queue.name)
        return Response(status_code=200)

    async def pause(self, request: Request) -> Response:
        queue = self._find(request)
        queue.is_paused = True
        return self._keep(queue)

    async def resume(self, request: Request) -> Response:
        queue = self._find(request)
        queue.is_paused = False
        return self._keep(queue)
