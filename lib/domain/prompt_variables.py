"""The few variables of an owner's own prompt: `{date}`, `{recent_titles}` … and how they are filled.

One pass: a value that itself looks like a variable stays text. Everything else in braces stays as it is, so that JSON
or code in a prompt survives; `{{date}}` is how the words `{date}` are written.
"""

import html
import re
from collections import Counter
from collections.abc import Mapping
from enum import StrEnum

from lib.errors import Invalid


class Variable(StrEnum):
    """What an owner's prompt may ask for, by its name between braces."""

    DATE = "date"  # the occurrence's local date, 2026-11-21
    WEEKDAY = "weekday"  # its name in the schedule's language where we know it, else in English
    MONTH = "month"  # likewise
    TIME = "time"  # the occurrence's local time, 09:00
    NAME = "name"  # the schedule's
    TOPIC = "topic"  # `settings.topic`, or the schedule's name without one
    RECENT_TITLES = "recent_titles"  # of what was written last, newest first, one a line
    ANGLE = "angle"  # from which side to take the topic this time


# A schedule's name has at most 200 characters (its column says so), each at most 5 bytes: `&` is sent as `&amp;`.
LONGEST_NAME, MOST_NAME_BYTES = 200, 1_000
MOST_TITLES_BYTES = 1_500
MOST_ANGLE_BYTES = 400
MOST_RECENT_TITLES = 2  # uses of {recent_titles} in one prompt
# What all variables of one prompt may become together. Money is reserved for it, whether it is used or not.
MOST_FILLED_BYTES = 6_000

MOST_BYTES: Mapping[Variable, int] = {
    Variable.DATE: 10,
    Variable.WEEKDAY: 9,
    Variable.MONTH: 9,
    Variable.TIME: 5,
    Variable.NAME: MOST_NAME_BYTES,
    Variable.RECENT_TITLES: MOST_TITLES_BYTES,
    Variable.ANGLE: MOST_ANGLE_BYTES,
}

_NAMES = "|".join(Variable)
_VARIABLE = re.compile(rf"\{{\{{({_NAMES})\}}\}}|\{{({_NAMES})\}}")


def count_uses(template: str) -> Counter[Variable]:
    """How often each variable is used."""
    return Counter(Variable(found[2]) for found in _VARIABLE.finditer(template) if found[2])


def fill_in(template: str, values: Mapping[Variable, str]) -> str:
    """The template with every variable replaced. Knows nothing of tags: what comes out is escaped as a whole."""
    return _VARIABLE.sub(lambda it: values[Variable(it[2])] if it[2] else f"{{{it[1]}}}", template)


def check_template(template: str, topic: str) -> None:
    """Raises Invalid for a prompt that its variables could make longer than is paid for."""
    uses = count_uses(template)
    if uses[Variable.RECENT_TITLES] > MOST_RECENT_TITLES:
        raise Invalid("settings.customPrompt", f"uses {{recent_titles}} more than {MOST_RECENT_TITLES} times")
    filled = sum(uses[it] * most for it, most in MOST_BYTES.items()) + _topic_bytes(uses[Variable.TOPIC], topic)
    if filled > MOST_FILLED_BYTES:
        message = f"its variables could become {filled} bytes long; use them less often"
        raise Invalid("settings.customPrompt", message, MOST_FILLED_BYTES)


def _topic_bytes(uses: int, topic: str) -> int:
    """What the topic adds: its first use is part of the settings' own length, because it has no section then."""
    if not topic:
        return uses * MOST_NAME_BYTES
    return max(0, uses - 1) * len(html.escape(topic, quote=False).encode())
