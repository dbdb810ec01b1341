"""Errors in PostgREST's words: `{"code", "message", "details", "hint"}` and the status that each SQLSTATE has.

The table follows PostgREST's documentation (docs.postgrest.org/en/stable/references/errors.html).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from starlette.responses import Response

# Longest prefix wins.
STATUS_BY_SQLSTATE: Mapping[str, int] = {
    "08": 503,
    "09": 500,
    "0L": 403,
    "0P": 403,
    "21": 500,
    "22023": 400,
    "23503": 409,
    "23505": 409,
    "25": 500,
    "25006": 405,
    "28": 403,
    "2D": 500,
    "38": 500,
    "39": 500,
    "3B": 500,
    "40": 500,
    "42883": 404,
    "42P01": 404,
    "42P17": 500,
    "53": 503,
    "53400": 500,
    "54": 500,
    "55": 500,
    "57": 500,
    "57P01": 503,
    "58": 500,
    "F0": 500,
    "HV": 500,
    "P0": 500,
    "P0001": 400,
    "XX": 500,
}


@dataclass(eq=False)
class Refusal(Exception):
    """A request that is answered with an error body."""

    status: int
    code: str
    message: str
    details: str | None = None
    hint: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        retry = {"Retry-After": "0"} if self.status == 503 else {}
        body = {"code": self.code, "details": self.details, "hint": self.hint, "message": self.message}
        return Response(
            json.dumps(body, ensure_ascii=False, separators=(",", ":")),
            status_code=self.status,
            media_type="application/json; charset=utf-8",
            headers={"Proxy-Status": f"PostgREST; error={self.code}", **retry, **self.headers},
        )


def raised_in_sql(exc: asyncpg.PostgresError, *, is_anonymous: bool) -> Refusal:
    """A database error as PostgREST tells it; `PTnnn` chooses the status, `PGRST` the whole answer."""
    code, message = exc.sqlstate or "XX000", exc.message or ""
    if code == "PGRST":
        return _chosen_in_sql(message, exc.detail)
    if code.startswith("PT"):
        status = int(code[2:]) if code[2:].isdigit() else 500
    elif code == "42501":
        status = 401 if is_anonymous else 403
    elif code == "22023" and message.startswith("role") and message.endswith("does not exist"):
        status = 401
    else:
        status = status_of(code)
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    return Refusal(status, code, message, exc.detail, exc.hint, headers)


def status_of(sqlstate: str) -> int:
    """What the table says; anything that it does not name is the caller's fault."""
    for length in (5, 2):
        if sqlstate[:length] in STATUS_BY_SQLSTATE:
            return STATUS_BY_SQLSTATE[sqlstate[:length]]
    return 400


def _chosen_in_sql(message: str, detail: str | None) -> Refusal:
    """`raise sqlstate 'PGRST'`: MESSAGE holds the body and DETAIL the status and headers, both as JSON."""
    if detail is None:
        return _unreadable("DETAIL is missing in the RAISE statement", of_message=False)
    body, reply = _object(message), _object(detail)
    if body is None or not {"code", "message"} <= body.keys():
        return _unreadable(f"Invalid JSON value for MESSAGE: '{message}'", of_message=True)
    if reply is None or not {"status", "headers"} <= reply.keys():
        return _unreadable(f"Invalid JSON value for DETAIL: '{detail}'", of_message=False)
    return Refusal(
        int(reply["status"]),
        str(body["code"]),
        str(body["message"]),
        body.get("details"),
        body.get("hint"),
        {str(name): str(value) for name, value in reply["headers"].items()},
    )


def _unreadable(details: str, *, of_message: bool) -> Refusal:
    return Refusal(
        500,
        "PGRST121",
        "Could not parse JSON in the \"RAISE SQLSTATE 'PGRST'\" error",
        details,
        "MESSAGE must be a JSON object with obligatory keys: 'code', 'message' and optional keys: 'details', 'hint'."
        if of_message
        else "DETAIL must be a JSON object with obligatory keys: 'status', 'headers' and optional key: 'status_text'.",
    )


def _object(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
