"""`/rest/v1/rpc/<function>`: call a SQL function as the key and token allow."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dev.gateway.callers import Caller, Keys, caller_of
from dev.gateway.calls import Arguments, Call
from dev.gateway.connections import Connections
from dev.gateway.refusals import Refusal
from dev.gateway.tokens import Tokens

# PostgREST reads these words of a query string as a filter on the result. They are refused, not silently ignored.
NOT_IMITATED = frozenset({"select", "order", "limit", "offset", "columns", "and", "or"})


def rest_routes(connections: Connections, keys: Keys, tokens: Tokens) -> list[Route]:
    async def rpc(request: Request) -> Response:
        try:
            caller = caller_of(request.headers, keys, tokens)
            call = await _prepared(connections, request, caller)
            return await connections.perform(call)
        except Refusal as refusal:
            return refusal.response()

    async def anything_else(request: Request) -> Response:
        told = "the local gateway calls SQL functions only; tables and views are not imitated"
        return Refusal(501, "PGRST127", "Feature not implemented", told).response()

    return [
        Route("/rest/v1/rpc/{function}", rpc, methods=["GET", "POST"]),
        Route("/rest/v1/{rest:path}", anything_else, methods=["GET", "POST", "PATCH", "PUT", "DELETE"]),
    ]


async def _prepared(connections: Connections, request: Request, caller: Caller) -> Call:
    name = request.path_params["function"]
    arguments = await _arguments(request)
    signatures = await connections.signatures_for(name, arguments.names)
    return Call(
        function=signatures.find(name, arguments.names, is_post=request.method == "POST"),
        arguments=arguments,
        caller=caller,
        method=request.method,
        path=request.url.path.removeprefix("/rest/v1"),
        headers=request.headers,
        role_settings=signatures.role_settings.get(caller.role, {}),
    )


async def _arguments(request: Request) -> Arguments:
    if request.method == "GET":
        if refused := NOT_IMITATED & request.query_params.keys():
            told = f"the local gateway does not imitate {', '.join(sorted(refused))} in the query"
            raise Refusal(501, "PGRST127", "Feature not implemented", told)
        return Arguments.from_query(request.query_params)
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refusal(400, "PGRST102", f"Content-Type not acceptable: {kind}")
    return Arguments.from_body(await request.body())
