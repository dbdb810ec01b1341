"""What people are told about a request that cannot be used: a sentence, and in `details` the field, spelled as on the
wire, and what would do.

The input itself is never repeated: it may hold a password or a prompt.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match

from lib.web.replies import refuse

MOST_PROBLEMS = 20
# pydantic's context entries that say what would have been accepted.
BOUNDS = ("allowed", "expected", "ge", "gt", "le", "lt", "min_length", "max_length", "pattern")
SENTENCES: Mapping[str, str] = {
    "missing": "is needed",
    "extra_forbidden": "is not a field here",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "string_type": "must be text",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "dict_type": "must be an object",
    "model_attributes_type": "must be an object",
    "model_type": "must be an object",
    "uuid_parsing": "must be a UUID",
    "uuid_type": "must be a UUID",
    "string_pattern_mismatch": "does not have the right form",
}
SUBJECT = re.compile(r"^(?:Input|String|List|Tuple|Value|Data) (?=should )")
# Of the HTTP layer itself, raised by the router.
ROUTER = {404: ("not_found", "There is nothing here."), 405: ("method_not_allowed", "This method is not served here.")}


class Unreadable(Exception):
    """A request whose body cannot be read at all, so that no field can be named: 400, 413 or 415."""

    def __init__(self, status: int, code: str, message: str, details: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = details


def install_input_replies(app: FastAPI, routes: Sequence[BaseRoute]) -> None:
    """Answer refused input, and requests that no door takes, in the one shape of every error."""

    @app.exception_handler(Unreadable)
    async def _unreadable(_: Request, exc: Unreadable) -> JSONResponse:
        return refuse(exc.status, exc.code, exc.message, exc.details)

    @app.exception_handler(RequestValidationError)
    async def _invalid(_: Request, exc: RequestValidationError) -> JSONResponse:
        first, *others = problems = problems_of(exc.errors())
        details = {**first, "problems": problems[:MOST_PROBLEMS]} if others else first
        return refuse(422, "invalid", f"{first['field']}: {first['message']}", details)

    @app.exception_handler(HTTPException)
    async def _unrouted(request: Request, exc: HTTPException) -> JSONResponse:
        code, message = ROUTER.get(exc.status_code, ("refused", "The request was refused."))
        headers = dict(exc.headers or {})
        if exc.status_code == 405 and (allowed := allowed_methods(routes, request)):
            headers["Allow"] = allowed
        return refuse(exc.status_code, code, message, headers=headers)


def allowed_methods(routes: Sequence[BaseRoute], request: Request) -> str:
    """Of all routes with this path; the router itself names only those of the first that it met."""
    found = (route for route in routes if route.matches(request.scope)[0] is not Match.NONE)
    return ", ".join(sorted({method for route in found for method in getattr(route, "methods", None) or ()}))


def problems_of(errors: Sequence[Any]) -> list[dict[str, object]]:
    """Each error of pydantic as `{field, message, allowed?}`."""
    return [problem_of(error) for error in errors]


def problem_of(error: Mapping[str, Any]) -> dict[str, object]:
    context: Mapping[str, object] = error.get("ctx") or {}
    message = SENTENCES.get(error["type"]) or SUBJECT.sub("", error["msg"])
    allowed = {name: context[name] for name in BOUNDS if name in context}
    problem: dict[str, object] = {"field": field_of(error["loc"], context.get("field")), "message": message}
    if allowed:
        problem["allowed"] = next(iter(allowed.values())) if len(allowed) == 1 else allowed
    return problem


def field_of(place: Sequence[str | int], inner: object = None) -> str:
    """`("body", "settings", "examples", 2)` → `settings.examples[2]`; the whole body is `body`."""
    parts = [*place[1:], *([str(inner)] if inner else [])]
    name = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return name.removeprefix(".") or str(place[0])
