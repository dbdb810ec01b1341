"""The doors that QStash knocks at. Each proves the sender over the raw body, reads it, makes one call and answers."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from lib import logs
from lib.errors import Invalid
from lib.pipeline.perform import Performed, perform_occurrence, perform_run
from lib.pipeline.settle import read_dead_letter, settle_dead_letter
from lib.web.callers import Message, Outside
from lib.web.replies import reply_to_delivery, reply_to_publication, reply_unusable

router = APIRouter(include_in_schema=False)


def in_utc(moment: datetime) -> datetime:
    """Raises ValueError at the calendar's ends, where some local times have no UTC."""
    try:
        return moment.astimezone(UTC)
    except OverflowError as exc:
        raise ValueError("out of the calendar") from exc


class OccurrenceDue(BaseModel):
    """`timestamp` is the nominal due time; the `revision` it was armed under decides nothing."""

    model_config = ConfigDict(extra="ignore")

    schedule_id: Annotated[UUID, Field(alias="scheduleId")]
    timestamp: Annotated[AwareDatetime, AfterValidator(in_utc)]


class RunInterrupted(BaseModel):
    """A run to go on with."""

    model_config = ConfigDict(extra="ignore")

    run_id: Annotated[UUID, Field(alias="runId")]


@router.post("/api/content/generate-scheduled")
async def generate_scheduled(message: Message, services: Outside) -> JSONResponse:
    """QStash calls this at each occurrence, and to resume an interrupted run."""
    now = services.clock()
    try:
        asked = read_body(message.body)
        due = RunInterrupted.model_validate(asked) if "runId" in asked else OccurrenceDue.model_validate(asked)
    except ValueError as exc:
        return unusable("generate-scheduled", exc)
    performed = await _perform(due, message.message_id, services, now)
    return reply_to_delivery(performed, services.clock())


async def _perform(
    due: OccurrenceDue | RunInterrupted, message_id: str | None, services: Outside, now: datetime
) -> Performed:
    if isinstance(due, RunInterrupted):
        return await perform_run(str(due.run_id), services, now, message_id)
    return await perform_occurrence(str(due.schedule_id), due.timestamp, services, now, message_id=message_id)


class PublicationDue(BaseModel):
    """Something may be done about a publication."""

    model_config = ConfigDict(extra="ignore")

    publication_id: Annotated[UUID, Field(alias="publicationId")]


@router.post("/api/content/publish")
async def publish(message: Message, services: Outside) -> JSONResponse:
    """QStash calls this when a publication is due, to be tried again or to be read back."""
    from lib.pipeline.publish import publish_due  # the publishers' side is not loaded to write

    now = services.clock()
    try:
        due = PublicationDue.model_validate(read_body(message.body))
    except ValueError as exc:
        return unusable("publish", exc)
    published = await publish_due(str(due.publication_id), services, now, message.message_id)
    return reply_to_publication(published, services.clock())


@router.post("/api/qstash/failed")
async def failed(message: Message, services: Outside) -> JSONResponse:
    """QStash calls this once when it has given a message up."""
    try:
        letter = read_dead_letter(read_body(message.body))
    except (ValueError, Invalid) as exc:
        return unusable("failed", exc)
    outcome = await settle_dead_letter(letter, services, services.clock())
    return JSONResponse({"outcome": outcome})


def read_body(body: bytes) -> Mapping[str, Any]:
    """The JSON object in a body; ValueError when it is anything else."""
    try:
        value = json.loads(body)
    except RecursionError as exc:
        raise ValueError("nested too deeply") from exc
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return value


def unusable(door: str, exc: Exception) -> JSONResponse:
    """Signed, so it is from our own account, but nothing that a retry could make readable."""
    fields = [error["loc"] for error in exc.errors()] if isinstance(exc, ValidationError) else None
    logs.error("webhook.unusable", door=door, error=type(exc).__name__, fields=fields)
    return reply_unusable("The message is signed, but it is not one that can be acted on.")
