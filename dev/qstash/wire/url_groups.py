"""URL groups, as much as Upstash's own test suite asks for. https://upstash.com/docs/qstash/api/url-self._qstash.store.url_groups."""

from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dev.qstash.durations import milliseconds
from dev.qstash.message import Endpoint, UrlGroup
from dev.qstash.refusal import Refused
from dev.qstash.wire.asked import json_body
from dev.qstash.wire.shapes import Json

if TYPE_CHECKING:
    from dev.qstash.service import QStash


class UrlGroups:
    """Names for several destinations."""

    def __init__(self, qstash: "QStash") -> None:
        self._qstash = qstash

    def routes(self) -> list[Route]:
        return [
            Route("/v2/topics", self.list_all, methods=["GET"]),
            Route("/v2/topics/{name}", self.get, methods=["GET"]),
            Route("/v2/topics/{name}", self.delete, methods=["DELETE"]),
            Route("/v2/topics/{name}/endpoints", self.upsert, methods=["POST"]),
            Route("/v2/topics/{name}/endpoints", self.remove, methods=["DELETE"]),
        ]

    def _find(self, request: Request) -> UrlGroup:
        group = self._qstash.store.url_groups.get(request.path_params["name"])
        if group is None:
            raise Refused(404, "url group not found")
        return group

    async def upsert(self, request: Request) -> Response:
        name, now = request.path_params["name"], self._qstash.now()
        given = _endpoints(await json_body(request, dict))
        if (
            self._qstash.store.url_groups.get(name) is None
            and len(self._qstash.store.url_groups) >= self._qstash.plan.url_groups
        ):
            raise Refused(412, f"quota maxUrlGroups exceeded, current limit: {self._qstash.plan.url_groups}")
        group = self._qstash.store.url_groups.get(name) or UrlGroup(name, created_at=now, updated_at=now)
        urls = {endpoint.url for endpoint in given}
        group.endpoints = [endpoint for endpoint in group.endpoints if endpoint.url not in urls] + given
        group.updated_at = now
        self._qstash.store.url_groups.put(name, group)
        return Response(status_code=200)

    async def remove(self, request: Request) -> Response:
        """By URL or by name; a group without endpoints is gone."""
        group = self._find(request)
        given = _endpoints(await json_body(request, dict))
        urls, names = {endpoint.url for endpoint in given}, {endpoint.name for endpoint in given} - {None}
        group.endpoints = [
            endpoint for endpoint in group.endpoints if endpoint.url not in urls and endpoint.name not in names
        ]
        group.updated_at = self._qstash.now()
        if group.endpoints:
            self._qstash.store.url_groups.put(group.name, group)
        else:
            self._qstash.store.url_groups.pop(group.name)
        return Response(status_code=200)

    async def list_all(self, _: Request) -> Response:
        return JSONResponse([_shape(group) for group in self._qstash.store.url_groups.values()])

    async def get(self, request: Request) -> Response:
        return JSONResponse(_shape(self._find(request)))

    async def delete(self, request: Request) -> Response:
        self._qstash.store.url_groups.pop(request.path_params["name"])  # a missing one is fine
        return Response(status_code=200)


def _endpoints(body: dict[str, Any]) -> list[Endpoint]:
    given = body.get("endpoints")
    if not isinstance(given, list) or not all(isinstance(item, dict) for item in given):
        raise Refused(400, "invalid endpoints")
    return [Endpoint(str(item.get("url", "")), item.get("name")) for item in given]


def _shape(group: UrlGroup) -> Json:
    return {
        "name": group.name,
        "createdAt": milliseconds(group.created_at),
        "updatedAt": milliseconds(group.updated_at),
        "endpoints": [
            {"url": endpoint.url} | ({"name": endpoint.name} if endpoint.name else {}) for endpoint in group.endpoints
        ],
    }
