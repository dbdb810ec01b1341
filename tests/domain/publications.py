"""Publications as the policy's tests need them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from lib.domain.publication import Publication

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def publication(**said: Any) -> Publication:
    """One that was claimed a moment ago; whatever is said is of its row."""
    row: dict[str, Any] = {
        "id": "p", "workspace_id": "w", "schedule_id": "s", "content_id": "c", "account_id": "a",
        "status": "publishing", "reason": None, "publish_at": NOW.isoformat(), "late_at": None, "retry_at": None,
        "attempt": 1, "fence": 1, "lease_until": (NOW + 5 * MINUTE).isoformat(), "attempted_at": None, "parts": [],
        "read_at": None, "reads": [], "arm_count": 0,
    }  # fmt: skip
    return Publication.from_row({**row, **said})
