"""When a schedule fires: the one place where local time exists. Pure: time is an argument, and nothing is kept.

Sub-daily rules are a grid of elapsed time. All others are wall clock in the schedule's zone: a time that the clocks
skip runs when the gap ends, a time that comes twice runs once, the first time; a month that is too short runs on its
last day. The parts: `wall_clock` (local time to instant), `fixed` and `custom` (what fires), `rrule_text` and
`rrule_years` (RFC 5545), `occurrences` (what others ask for), `anchor`, `checks`, `words`.
"""

from lib.domain.recurrence.anchor import anchor_for
from lib.domain.recurrence.checks import check_rule
from lib.domain.recurrence.occurrences import (
    ClockChange,
    Occurrence,
    due_between,
    late_at,
    next_occurrence,
    occurrences,
)
from lib.domain.recurrence.words import FREQUENCY_LABELS, describe, describe_note

__all__ = [
    "FREQUENCY_LABELS",
    "ClockChange",
    "Occurrence",
    "anchor_for",
    "check_rule",
    "describe",
    "describe_note",
    "due_between",
    "late_at",
    "next_occurrence",
    "occurrences",
]
