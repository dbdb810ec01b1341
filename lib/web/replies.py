"""Outcome or error → status code. To QStash the status *is* the retry instruction:

done · duplicate · stale · held · early · skipped · missed · failed    200  nothing more to do with this message
busy (a more important schedule goes first; armed again)               200  the same
published · handed off · waiting · unknown (armed again) · held        200  the same
in progress (somebody's lease is live)                                 503  Retry-After = seconds to the lease's end
retrying (transient failure, lease ended)                              503  Retry-After = seconds to the next try
busy (another publication of the account is under way)                 503  Retry-After = seconds to its lease's end
waiting · unknown (QStash took no message for then)                    503  Retry-After = seconds to the next try
signed but unusable                                                    489  with Upstash-NonRetryable-Error: true
unproven                                                               401  no secret configured: 404
"""

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from lib import logs
from lib.errors import (
    Conflict,
    DrumbeatError,
    Forbidden,
    Invalid,
    LimitReached,
    ModelFailed,
    NotConfigured,
    NotFound,
    PublishFailed,
    TooLarge,
    Unauthenticated,
    Unavailable,
)
from lib.pipeline.perform import Outcome, Performed

if TYPE_CHECKING:
    from lib.pipeline.publish import Published

STATUS: Mapping[type[DrumbeatError], int] = {
    Invalid: 422,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    TooLarge: 413,
    LimitReached: 429,
    NotConfigured: 503,
    Unavailable: 503,
    ModelFailed: 503,
    PublishFailed: 503,
}
NO_STORE = {"Cache-Control": "no-store"}


def error_body(code: str, message: str, details: Mapping[str, object] | None = None) -> dict[str, Any]:
    """The one shape of every error: `{"error": {"code", "message", "details"?}}`."""
    return {"error": {"code": code, "message": message, **({"details": dict(details)} if details else {})}}


def refuse(
    status: int,
    code: str,
    message: str,
    details: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    return JSONResponse(error_body(code, message, details), status, {**NO_STORE, **(headers or {})})


def status_of(error: DrumbeatError) -> int:
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def retry_after(wait: timedelta) -> dict[str, str]:
    """QStash honours seconds up to a day; 0 would mean at once."""
    return {"Retry-After": str(max(1, math.ceil(wait.total_seconds())))}


def until(moment: datetime | None, now: datetime) -> timedelta:
    return max(moment - now, timedelta(0)) if moment else timedelta(0)


def reply_to_delivery(performed: Performed, now: datetime) -> JSONResponse:
    """What QStash is told of a delivery; see the table above."""
    body = {"outcome": performed.outcome, "runId": performed.run_id, "reason": performed.reason}
    if performed.outcome in (Outcome.IN_PROGRESS, Outcome.RETRYING):
        return JSONResponse(body, 503, {**NO_STORE, **retry_after(until(performed.again_at, now))})
    return JSONResponse(body, 200, NO_STORE)


def reply_to_publication(published: "Published", now: datetime) -> JSONResponse:
    """What QStash is told of a message about a publication; see the table above."""
    body = {"outcome": published.outcome, "publicationId": published.publication_id}
    if published.is_left:
        return JSONResponse(body, 503, {**NO_STORE, **retry_after(until(published.again_at, now))})
    return JSONResponse(body, 200, NO_STORE)


def reply_unusable(message: str) -> JSONResponse:
    """Ends a message for good: QStash stops only at this status with this header (docs/qstash/features/retry)."""
    return refuse(489, "unusable", message, headers={"Upstash-NonRetryable-Error": "true"})


def wish_to_wait(request: Request, wished: timedelta | None) -> dict[str, str]:
    """QStash waits longer each time by itself; a wish of ours would spend all its tries within seconds."""
    if wished is None and "upstash-signature" in request.headers:
        return {}
    return retry_after(wished or timedelta(seconds=5))


def install_error_replies(app: FastAPI) -> None:
    """The replies to everything that a door did not answer itself."""

    @app.exception_handler(DrumbeatError)
    async def _refused(request: Request, exc: DrumbeatError) -> JSONResponse:
        status = status_of(exc)
        headers = {}
        if isinstance(exc, Unavailable | ModelFailed):
            headers = wish_to_wait(request, exc.retry_after)
        if status >= 500:
            logs.warning("request.unavailable", path=request.url.path, code=exc.code, message=exc.message)
            if isinstance(exc, NotConfigured | Unavailable):
                return refuse(status, exc.code, "This part of the service is not available at present.", None, headers)
        if status == 401:
            headers = {"WWW-Authenticate": "Bearer"}
        return refuse(status, exc.code, exc.message, exc.details, headers)

    @app.exception_handler(Exception)
    async def _broken(request: Request, exc: Exception) -> JSONResponse:
        logs.error("request.broken", exc, path=request.url.path)
        return refuse(500, "internal", "Something went wrong on our side; it has been logged.")
