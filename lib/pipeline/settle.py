"""QStash gave a message up. That too is only a hint: what it means for the run is decided from the ledger."""

import base64
import binascii
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lib import logs
from lib.domain.schedule import Schedule
from lib.errors import Invalid
from lib.pipeline.arm import arm_schedule
from lib.pipeline.perform import advance_past
from lib.services import Services


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A failure callback of QStash (https://upstash.com/docs/qstash/features/callbacks), read leniently.

    Either `schedule_id` with `due_at`, or `run_id`, or `publication_id`, or none of them when the source was not a
    message of ours.
    """

    dlq_id: str
    message_id: str | None
    url: str
    status: int
    body: str
    schedule_id: str | None = None
    due_at: datetime | None = None
    run_id: str | None = None
    publication_id: str | None = None


async def settle_dead_letter(letter: DeadLetter, services: Services, now: datetime) -> str:
    """Record it and settle: an ended or live run stays as it is, one with time left waits for the sweep, else it failed
    and its schedule goes on. Returns the outcome. Safe to repeat."""
    settled = await services.store.settle_dead_letter(
        dlq_id=letter.dlq_id,
        message_id=letter.message_id,
        url=letter.url,
        status=letter.status,
        body=letter.body,
        schedule_id=letter.schedule_id,
        due_at=letter.due_at,
        run_id=letter.run_id,
        publication_id=letter.publication_id,
        now=now,
    )
    outcome = str(settled["outcome"])
    logs.warning("message.dead", outcome=outcome, dlq_id=letter.dlq_id, **ids_of(letter))
    if outcome == "failed" and settled.get("schedule"):
        schedule = Schedule.from_row(settled["schedule"])
        await arm_schedule(await advance_past(schedule, letter.due_at, services, now), services, now)
    return outcome


def ids_of(letter: DeadLetter) -> Mapping[str, str | None]:
    return {
        "schedule_id": letter.schedule_id,
        "run_id": letter.run_id,
        "publication_id": letter.publication_id,
    }


def read_dead_letter(payload: Mapping[str, Any]) -> DeadLetter:
    """Raises Invalid when there is no dlqId: then it is not a failure callback."""
    dlq_id = _text(payload.get("dlqId"))
    if dlq_id is None:
        raise Invalid("dlqId", "is missing")
    status = payload.get("status")
    source = _source(payload.get("sourceBody"))
    return DeadLetter(
        dlq_id=dlq_id,
        message_id=_text(payload.get("sourceMessageId")),
        url=_text(payload.get("url")) or "",
        status=status if isinstance(status, int) and 0 <= status < 1000 else 0,
        body=json.dumps(source)[:8000],
        schedule_id=_id(source.get("scheduleId")),
        due_at=_time(source.get("timestamp")),
        run_id=_id(source.get("runId")),
        publication_id=_id(source.get("publicationId")),
    )


def _source(encoded: object) -> dict[str, Any]:
    try:
        value = json.loads(base64.b64decode(str(encoded or ""), validate=True))
    except (ValueError, binascii.Error, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    """As Postgres can keep it: without NUL and half characters; none if nothing is left."""
    if not isinstance(value, str):
        return None
    return value.replace("\0", "").encode(errors="ignore").decode()[:500] or None


def _id(value: object) -> str | None:
    try:
        return str(uuid.UUID(str(value)))
    except ValueError:
        return None


def _time(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else None
