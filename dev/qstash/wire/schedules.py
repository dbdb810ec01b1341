"""Schedules. https://upstash.com/docs/qstash/api/schedules; docs say POST to pause, both SDKs send PATCH."""

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dev.qstash.intake import Order
from dev.qstash.message import Schedule
from dev.qstash.options import read_options
from dev.qstash.refusal import Refused
from dev.qstash.wire.asked import asked_pairs, caller_ip, raw_destination
from dev.qstash.wire.shapes import schedule_json

if TYPE_CHECKING:
    from dev.qstash.service import QStash


class Schedules:
    """The schedules of the account."""

    def __init__(self, qstash: "QStash") -> None:
        self._qstash = qstash

    def routes(self) -> list[Route]:
        return [
            Route("/v2/schedules", self.list_all, methods=["GET"]),
            Route("/v2/schedules/{id}/pause", self.pause, methods=["PATCH", "POST"]),
            Route("/v2/schedules/{id}/resume", self.resume, methods=["PATCH", "POST"]),
            Route("/v2/schedules/{id}", self.get, methods=["GET"]),
            Route("/v2/schedules/{id}", self.delete, methods=["DELETE"]),
            Route("/v2/schedules/{destination:path}", self.put, methods=["POST"]),
        ]

    def _find(self, request: Request) -> Schedule:
        schedule = self._qstash.store.schedules.get(request.path_params["id"])
        if schedule is None:
            raise Refused(404, "schedule not found")
        return schedule

    async def put(self, request: Request) -> Response:
        destination = raw_destination(request, "/v2/schedules/")
        order = Order(destination, read_options(asked_pairs(request)), await request.body(), caller_ip(request))
        schedule = self._qstash.timetable.put(order, self._qstash.now())
        self._qstash.timeline.changed.set()
        return JSONResponse({"scheduleId": schedule.id})

    async def get(self, request: Request) -> Response:
        return JSONResponse(schedule_json(self._find(request)))

    async def list_all(self, _: Request) -> Response:
        return JSONResponse([schedule_json(schedule) for schedule in self._qstash.store.schedules.values()])

    async def delete(self, request: Request) -> Response:
        self._qstash.store.schedules.pop(self._find(request).id)
        return Response(status_code=200)

    async def pause(self, request: Request) -> Response:
        self._qstash.timetable.set_paused(self._find(request), True, self._qstash.now())
        return Response(status_code=200)

    async def resume(self, request: Request) -> Response:
        self._qstash.timetable.set_paused(self._find(request), False, self._qstash.now())
        self._qstash.timeline.changed.set()
        return Response(status_code=200)
