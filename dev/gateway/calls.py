"""One call of a SQL function: its arguments, its transaction, its answer.

The statement has PostgREST's form on purpose: arguments go through `json_to_record`, so that intervals, arrays, uuids
and jsonb are cast by the database exactly as they will be in production.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import asyncpg
from starlette.responses import Response

from dev.gateway.callers import Caller
from dev.gateway.refusals import Refusal
from dev.gateway.signatures import Function, Parameter, Shape


@dataclass(frozen=True, slots=True)
class Arguments:
    """What the caller passes: a JSON object from a body, or texts from a query string."""

    names: frozenset[str]
    payload: str | Mapping[str, str]

    @classmethod
    def from_body(cls, body: bytes) -> "Arguments":
        """Raises Refusal PGRST102 for anything that is not a JSON object or a list of equal ones."""
        if not body:
            return cls(frozenset(), "{}")
        try:
            text = body.decode()
            value = json.loads(text, parse_constant=_refuse_constant)
            json.dumps(value, ensure_ascii=False).encode()  # fails for half a surrogate pair
        except (ValueError, RecursionError) as exc:
            raise Refusal(400, "PGRST102", "Empty or invalid json") from exc
        match value:
            case dict():
                return cls(frozenset(value), text)
            case [dict(), *_]:
                if any(not isinstance(it, dict) or it.keys() != value[0].keys() for it in value):
                    raise Refusal(400, "PGRST102", "All object keys must match")
                return cls(frozenset(value[0]), text)
            case [_, *_]:
                raise Refusal(400, "PGRST102", "All object keys must match")
        return cls(frozenset(), "[]")

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> "Arguments":
        return cls(frozenset(query), dict(query))


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments, on behalf of a caller."""

    function: Function
    arguments: Arguments
    caller: Caller
    method: str
    path: str
    headers: Mapping[str, str]
    role_settings: Mapping[str, str]

    async def perform(self, connection: asyncpg.Connection) -> Response:
        """Run it in one transaction; raises what the database raises."""
        isolation = self.function.isolation or "read_committed"
        read_only = self.method == "GET" or not self.function.may_write
        async with connection.transaction(isolation=isolation, readonly=read_only):
            await self._set_context(connection)
            row = await connection.fetchrow(*self._statement())
        assert row is not None  # noqa: S101  an aggregate without grouping always has one row
        return _response(self.function.shape, row)

    async def _set_context(self, connection: asyncpg.Connection) -> None:
        claims = {**self.caller.claims, "role": self.caller.role}
        settings = {
            "search_path": '"public", "extensions"',
            **self.role_settings,
            "role": self.caller.role,
            "request.jwt.claims": json.dumps(claims),
            "request.method": self.method,
            "request.path": self.path,
            "request.headers": json.dumps(dict(self.headers)),
            "request.cookies": "{}",
            **self.function.settings,
        }
        places = ", ".join(f"set_config(${2 * n + 1}, ${2 * n + 2}, true)" for n in range(len(settings)))
        flat = [text for pair in settings.items() for text in pair]
        await connection.execute(f"select {places}", *flat)

    def _statement(self) -> tuple[str, *tuple[str, ...]]:
        parameters = self.function.given(self.arguments.names)
        if isinstance(self.arguments.payload, str):
            return _json_statement(self.function, parameters, self.arguments.payload), self.arguments.payload
        texts = [self.arguments.payload[it.name] for it in parameters]
        return _text_statement(self.function, parameters), *texts


def _json_statement(function: Function, parameters: Collection[Parameter], payload: str) -> str:
    names = ", ".join(quoted(it.name) for it in parameters) or "1"
    columns = ", ".join(f"{quoted(it.name)} {it.cast}" for it in parameters)
    is_object = payload.lstrip(" \t\n\r").startswith("{")
    record = "json_to_record" if is_object else "json_to_recordset"
    source = f"{record}(payload.json_data) as _({columns})" if parameters else "(values (1)) as _"
    if not parameters and not is_object:
        source = "json_array_elements(payload.json_data) as _"
    passed = ", ".join(f"{quoted(it.name)} => body.{quoted(it.name)}" for it in parameters)
    return _around(
        function,
        f"(select $1::text::json as json_data) payload, lateral (select {names} from {source}) body, "  # noqa: S608  names from the catalogue, quoted
        f"lateral {_called(function, passed)}",
    )


def _text_statement(function: Function, parameters: Collection[Parameter]) -> str:
    passed = ", ".join(
        f"{quoted(it.name)} => cast(${place}::text as {it.type})" for place, it in enumerate(parameters, 1)
    )
    return _around(function, _called(function, passed))


def _called(function: Function, passed: str) -> str:
    call = f"public.{quoted(function.name)}({passed})"
    is_row = function.shape in (Shape.OBJECT, Shape.OBJECTS)
    return f"{call} call" if is_row else f"(select {call} as result) call"


def _around(function: Function, source: str) -> str:
    body = {
        Shape.NOTHING: "null",
        Shape.VALUE: "coalesce(json_agg(t.result) -> 0, 'null')",
        Shape.VALUES: "coalesce(json_agg(t.result), '[]')",
        Shape.OBJECT: "coalesce(json_agg(t) -> 0, 'null')",
        Shape.OBJECTS: "coalesce(json_agg(t), '[]')",
    }[function.shape]
    return (
        f"with source as (select call.* from {source}) "  # noqa: S608  names come from the catalogue, quoted
        f"select count(t) as rows, {body}::text as body, "
        "nullif(current_setting('response.headers', true), '') as headers, "
        "nullif(current_setting('response.status', true), '') as status "
        "from (select source.* from source) t"
    )


def _response(shape: Shape, row: Mapping[str, Any]) -> Response:
    headers = {"Content-Range": f"0-{row['rows'] - 1}/*" if row["rows"] else "*/*"}
    try:
        headers |= {name: value for one in json.loads(row["headers"] or "[]") for name, value in one.items()}
    except (ValueError, AttributeError) as exc:
        told = "response.headers guc must be a JSON array composed of objects with a single key and a string value"
        raise Refusal(500, "PGRST111", told) from exc
    if row["status"] and not row["status"].isdigit():
        raise Refusal(500, "PGRST112", "response.status guc must be a valid status code")
    if shape is Shape.NOTHING:
        return Response(status_code=int(row["status"] or 204), headers=headers)
    return Response(
        row["body"],
        status_code=int(row["status"] or 200),
        media_type="application/json; charset=utf-8",
        headers=headers,
    )


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
