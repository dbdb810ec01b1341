"""Where a list goes on: opaque to callers, checked like any other input when it comes back."""

import base64
import binascii
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from lib.errors import Invalid

LONGEST = 300


def cursor_after(answer: Mapping[str, Any], rows: str, at: str) -> str | None:
    """The cursor behind the last of `answer[rows]`, in the order of column `at`; none when there is no more."""
    if not answer["more"] or not answer[rows]:
        return None
    last = answer[rows][-1]
    place = {"at": last[at] if at != "at" else last["due_at"] or last["created_at"], "id": last["id"]}
    return base64.urlsafe_b64encode(json.dumps(place, separators=(",", ":")).encode()).decode().rstrip("=")


def read_cursor(cursor: str | None, at: str) -> dict[str, str] | None:
    """What a cursor of ours says, as the SQL functions take it. Raises Invalid for what is none of ours."""
    if cursor is None:
        return None
    problem = Invalid("cursor", "is not one that this list gave", "nextCursor of the page before")
    try:
        place = json.loads(base64.urlsafe_b64decode(cursor[:LONGEST] + "=" * (-len(cursor) % 4)))
        moment, row_id = datetime.fromisoformat(place.pop("at")), UUID(place.pop("id"))
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error, RecursionError) as exc:
        raise problem from exc
    if place or moment.tzinfo is None or not 1970 <= moment.year <= 2199:
        raise problem
    return {at: moment.isoformat(), "id": str(row_id)}
