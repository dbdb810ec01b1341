"""What has been written before: the workspace's memory of one platform, and what this schedule wrote last.

Without it nothing is written: the gate against repetition would be open.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

from lib.domain.prompts import Recent
from lib.domain.schedule import ContentType, Schedule
from lib.domain.similarity import Memory, Remembered
from lib.services import Services

MOST_REMEMBERED = 2_000

# Readers of one platform see these side by side; of the others, only their own kind.
ON_X = (ContentType.X_POST, ContentType.X_THREAD)


@dataclass(frozen=True, slots=True)
class Recalled:
    """`memory` is what a draft is compared with. `recent` and `used_angles` are the schedule's own, newest first."""

    memory: Memory
    recent: Sequence[Recent]
    used_angles: Sequence[str | None]


async def recall(schedule: Schedule, zone: tzinfo, services: Services) -> Recalled:
    """Raises Unavailable when the database cannot be reached."""
    kind = schedule.content_type
    found = await services.store.recall_contents(
        schedule_id=schedule.id, kinds=ON_X if kind in ON_X else (kind,), most=MOST_REMEMBERED
    )
    contents: Sequence[Mapping[str, Any]] = found["contents"]
    own = [row for row in contents if row.get("title") is not None]
    return Recalled(
        memory=Memory(Remembered(row["id"], _day(row, zone), row["memory"]) for row in contents),
        recent=[Recent(row["title"], _day(row, zone), row["angle"]) for row in own],
        used_angles=[row["angle"] for row in own],
    )


def _day(row: Mapping[str, Any], zone: tzinfo) -> date:
    return datetime.fromisoformat(row["created_at"]).astimezone(zone).date()
