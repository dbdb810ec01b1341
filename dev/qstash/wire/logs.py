"""Logs, under both of their names. https://upstash.com/docs/qstash/api/logs."""

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dev.qstash.journal import EventState
from dev.qstash.wire.asked import Filter, count, values
from dev.qstash.wire.shapes import event_json

if TYPE_CHECKING:
    from dev.qstash.service import QStash

_LARGEST_PAGE = 1000
_IN_PROGRESS = {EventState.ACTIVE.value, EventState.RETRY.value, EventState.ERROR.value}


class Logs:
    """The journal, filtered."""

    def __init__(self, qstash: "QStash") -> None:
        self._qstash = qstash

    def routes(self) -> list[Route]:
        return [
            Route("/v2/events", self.list_page, methods=["GET"]),
            Route("/v2/logs", self.list_page, methods=["GET"]),
        ]

    async def list_page(self, request: Request) -> Response:
        query = request.query_params
        wanted, size, states = Filter(query), count(query, _LARGEST_PAGE), set(values(query, "state"))
        if "IN_PROGRESS" in states:
            states |= _IN_PROGRESS
        latest_first = query.get("order") != "earliestFirst"
        cursor = query.get("cursor", "")
        matching = [
            event
            for event in self._qstash.journal.events(latest_first=latest_first)
            if (not states or event.state.value in states)
            and (not cursor.isdigit() or _is_beyond(event.number, int(cursor), latest_first))
            and wanted.matches(event.message, event.at)
        ]
        name = "logs" if request.url.path.endswith("/logs") else "events"
        shape: dict[str, object] = {name: [event_json(event) for event in matching[:size]]}
        return JSONResponse(shape | ({"cursor": str(matching[size - 1].number)} if size < len(matching) else {}))


def _is_beyond(number: int, cursor: int, latest_first: bool) -> bool:
    return number < cursor if latest_first else number > cursor
