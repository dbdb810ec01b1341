"""What has been written before, as the claim told it: by the workspace on one platform, and by this schedule last."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

from lib.domain.prompts import Recent
from lib.domain.similarity import Memory, Remembered


@dataclass(frozen=True, slots=True)
class Recalled:
    """`memory` is what a draft is compared with. `recent` and `used_angles` are the schedule's own, newest first."""

    memory: Memory
    recent: Sequence[Recent]
    used_angles: Sequence[str | None]


def recall(contents: Sequence[Mapping[str, Any]], zone: tzinfo) -> Recalled:
    """`contents` as `app.recall_contents` gives them; days are the schedule's."""
    own = [row for row in contents if row.get("title") is not None]
    return Recalled(
        memory=Memory(Remembered(row["id"], _day(row, zone), row["memory"]) for row in contents),
        recent=[Recent(row["title"], _day(row, zone), row["angle"]) for row in own],
        used_angles=[row["angle"] for row in own],
    )


def _day(row: Mapping[str, Any], zone: tzinfo) -> date:
    return datetime.fromisoformat(row["created_at"]).astimezone(zone).date()
