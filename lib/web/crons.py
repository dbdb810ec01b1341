"""The doors of the crons: bearer CRON_SECRET (Vercel, curl) or a QStash schedule. GET and POST, never cached, one at a
time; the answer says what was done."""

import time
from datetime import timedelta
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from lib.pipeline.rescue import MOST_TURNS, continue_later, sweep
from lib.pipeline.swept import Swept
from lib.web.callers import Cron, Outside
from lib.web.replies import NO_STORE, reply_unusable
from lib.web.webhooks import read_body

router = APIRouter(include_in_schema=False)
LOCK_EXPIRY = timedelta(minutes=5)  # ≥ the host's maxDuration, so that it cannot end while its sweep still runs


class Continuation(BaseModel):
    """Where a sweep that ran out of time goes on; an empty body starts a new one."""

    model_config = ConfigDict(extra="ignore")

    after: dict[str, Any] | None = None
    turn: int = Field(default=0, ge=0, le=MOST_TURNS)


@router.api_route("/api/cron/check-schedules", methods=["GET", "POST"])
async def check_schedules(cron: Cron, services: Outside) -> JSONResponse:
    """The sweep: Vercel's hourly cron and a QStash schedule every ten minutes both call it."""
    now, began = services.clock(), time.monotonic()
    try:
        asked = Continuation.model_validate(read_body(cron.body) if cron.body.strip() else {})
    except ValueError:
        return reply_unusable("The body is neither empty nor a continuation.")
    async with services.locks.held("check-schedules", LOCK_EXPIRY) as free:
        if not free:
            body = {"success": True, "message": "Another instance is already running"}
            return JSONResponse(body, headers=NO_STORE)
        swept = await sweep(services, now, asked.after or None)
    await continue_later(swept, asked.turn, services, now)
    return JSONResponse({"success": True, "data": report(swept, began)}, headers=NO_STORE)


def report(swept: Swept, began: float) -> dict[str, Any]:
    return {
        "processed": swept.processed,
        "failed": swept.failed,
        "skipped": swept.skipped,
        "remaining": swept.remaining,
        "tookMs": round((time.monotonic() - began) * 1000),
        **swept.did,
    }
