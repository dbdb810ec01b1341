"""Ask QStash to call back about publications, each when something can next be done about it.

Only a hint, as in `arm.py`: nothing here raises for what QStash does, and the sweep finds what is not armed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from lib import logs
from lib.domain.account import Platform
from lib.domain.message import publication_message
from lib.domain.publication import Publication, PublicationStatus
from lib.errors import DrumbeatError
from lib.pipeline.arm import BATCH, publish
from lib.services import Services


@dataclass(frozen=True, slots=True)
class Waiting:
    """A publication about which something can be done from `at` on."""

    publication: Publication
    platform: Platform
    at: datetime


async def arm_publications(rows: Sequence[Mapping[str, Any]], services: Services, now: datetime) -> int:
    """Arm those of `app.publication_json` that wait for a time; how many QStash took.

    A row that cannot be read, say one of a newer release, is left to that release's sweep.
    """
    waiting: list[Waiting] = []
    for row in rows:
        try:
            found = read_waiting(row)
        except (ValueError, TypeError, KeyError) as exc:
            logs.error("publication.unreadable", exc, publication_id=row.get("id"))
            continue
        if found is not None:
            waiting.append(found)
    return await arm(waiting, services, now)


def read_waiting(row: Mapping[str, Any]) -> Waiting | None:
    """None when only a person can move it on, or nobody any more."""
    publication = Publication.from_row(row)
    at = due_at(publication)
    return Waiting(publication, Platform(row["platform"]), at) if at is not None else None


def due_at(publication: Publication) -> datetime | None:
    """When it is its turn by itself; its account and its approval may still be in the way."""
    match publication.status:
        case PublicationStatus.WAITING:
            return max(publication.publish_at, publication.retry_at or publication.publish_at)
        case PublicationStatus.PUBLISHING:
            return publication.lease_until
        case PublicationStatus.UNKNOWN:
            return publication.read_at
    return None


async def arm(waiting: Sequence[Waiting], services: Services, now: datetime) -> int:
    """Arm those whose time is within the horizon, which 0 puts nothing in; how many QStash took."""
    near = [one for one in waiting if is_near(one, services.settings.arming_horizon, now)]
    armed = 0
    for start in range(0, len(near), BATCH):
        batch = near[start : start + BATCH]
        messages = [publication_message(it.publication, it.platform, max(it.at, now)) for it in batch]
        sent = await publish(messages, services)
        taken = [(one, message_id) for one, message_id in zip(batch, sent, strict=True) if message_id]
        await mark(taken, services, now)
        armed += len(taken)
        if not taken:
            break  # refused: the rest would be too
    return armed


def is_near(waiting: Waiting, horizon: timedelta, now: datetime) -> bool:
    return horizon > timedelta(0) and waiting.at <= now + horizon


async def mark(taken: Sequence[tuple[Waiting, str]], services: Services, now: datetime) -> None:
    if not taken:
        return
    armed = [
        {"publication_id": one.publication.id, "armed_for": one.at, "message_id": message_id}
        for one, message_id in taken
    ]
    try:
        await services.store.mark_publications_armed(armed=armed, now=now)
    except DrumbeatError as exc:
        # The message stands and will be acted on; unmarked, it is at worst armed a second time.
        logs.warning("publication.armed_unmarked", count=len(taken), message=exc.message)
