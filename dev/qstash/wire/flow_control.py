"""Flow-control keys. https://upstash.com/docs/qstash/api/flow-control."""

from datetime import timedelta
from typing import TYPE_CHECKING

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dev.qstash.flow import FlowKey
from dev.qstash.refusal import Refused
from dev.qstash.wire.shapes import Json

if TYPE_CHECKING:
    from dev.qstash.service import QStash


class FlowControl:
    """Flow-control keys and their limits."""

    def __init__(self, qstash: "QStash") -> None:
        self._qstash = qstash

    def routes(self) -> list[Route]:
        verbs = {
            "pause": self.pause,
            "resume": self.resume,
            "pin": self.pin,
            "unpin": self.unpin,
            "resetRate": self.reset_rate,
        }
        return [
            Route("/v2/flowControl", self.list_all, methods=["GET"]),
            Route("/v2/flowControl/{key}", self.get, methods=["GET"]),
            *(Route(f"/v2/flowControl/{{key}}/{name}", verb, methods=["POST"]) for name, verb in verbs.items()),
            Route("/v2/globalParallelism", self.get_global, methods=["GET"]),
        ]

    def _find(self, request: Request) -> FlowKey:
        flow = self._qstash.store.flows.get(request.path_params["key"])
        if flow is None:
            raise Refused(404, "flow control key not found")
        return flow

    def _keep(self, flow: FlowKey) -> Response:
        self._qstash.store.flows.put(flow.key, flow)
        self._qstash.timeline.changed.set()
        return Response(status_code=200)

    def _shape(self, flow: FlowKey) -> Json:
        now = self._qstash.now()
        return {
            "flowControlKey": flow.key,
            "waitListSize": self._qstash.timeline.waiting_for(flow),
            "parallelismMax": flow.parallelism or 0,
            "parallelismCount": flow.active,
            "rateMax": flow.rate or 0,
            "rateCount": flow.calls_in_window(now),
            "ratePeriod": round(flow.period.total_seconds()),
            "ratePeriodStart": int(flow.window_from.timestamp()) if flow.window_from is not None else 0,
            "isPaused": flow.is_paused,
            "isPinnedParallelism": flow.pins_parallelism,
            "isPinnedRate": flow.pins_rate,
        }

    async def list_all(self, request: Request) -> Response:
        search = request.query_params.get("search", "")
        return JSONResponse([self._shape(flow) for flow in self._qstash.store.flows.values() if search in flow.key])

    async def get(self, request: Request) -> Response:
        return JSONResponse(self._shape(self._find(request)))

    async def pause(self, request: Request) -> Response:
        flow = self._find(request)
        flow.is_paused = True
        return self._keep(flow)

    async def resume(self, request: Request) -> Response:
        flow = self._find(request)
        flow.is_paused = False
        return self._keep(flow)

    async def pin(self, request: Request) -> Response:
        """Fixed limits; messages' own are ignored until unpinned."""
        flow, query = self._find(request), request.query_params
        if (parallelism := _number(query, "parallelism")) is not None:
            flow.parallelism, flow.pins_parallelism = parallelism, True
        if (rate := _number(query, "rate")) is not None:
            flow.rate, flow.pins_rate = rate, True
            flow.period = timedelta(seconds=_number(query, "period") or 1)
        return self._keep(flow)

    async def unpin(self, request: Request) -> Response:
        """The pinned limits hold until a message brings others."""
        flow, query = self._find(request), request.query_params
        flow.pins_parallelism = flow.pins_parallelism and query.get("parallelism") != "true"
        flow.pins_rate = flow.pins_rate and query.get("rate") != "true"
        return self._keep(flow)

    async def reset_rate(self, request: Request) -> Response:
        flow = self._find(request)
        flow.reset_rate()
        return self._keep(flow)

    async def get_global(self, _: Request) -> Response:
        return JSONResponse(
            {"parallelismMax": self._qstash.plan.parallelism, "parallelismCount": self._qstash.timeline.active}
        )


def _number(query: QueryParams, name: str) -> int | None:
    text = query.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise Refused(400, f"invalid {name}: {text}")
    return int(text)
