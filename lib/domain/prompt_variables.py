"""The few variables of an owner's own prompt: `{date}`, `{recent_titles}` … and how they are filled.

One pass: a value that itself looks like a variable stays text. Everything else in braces stays as it is, so that JSON
or code in a prompt survives; `{{date}}` is how the words `{date}` are written.
"""

import html
import re
from collections import Counter
from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from lib.errors import Invalid


class Variable(StrEnum):
    """What an owner's prompt may ask for, by its name between braces."""

    DATE = "date"  # the occurrence's local date, 2026-11-21
    WEEKDAY = "weekday"  # its name, in Korean, Japanese and Chinese for schedules of that language, else in English
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

# Monday first.
_WEEKDAYS: Mapping[str, tuple[str, ...]] = {
    "ko": tuple(f"{day}요일" for day in "월화수목금토일"),
    "ja": tuple(f"{day}曜日" for day in "月火水木金土日"),
    "zh": tuple(f"星期{day}" for day in "一二三四五六日"),
}
_MONTHS: Mapping[str, str] = {"ko": "{}월", "ja": "{}月", "zh": "{}月"}

_NAMES = "|".join(Variable)
_VARIABLE = re.compile(rf"\{{\{{({_NAMES})\}}\}}|\{{({_NAMES})\}}")


def count_uses(template: str) -> Counter[Variable]:
    """How often each variable is used."""
    return Counter(Variable(found[2]) for found in _VARIABLE.finditer(template) if found[2])


def is_steady(template: str) -> bool:
    """Whether every run of a schedule says the same with it."""
    return count_uses(template).keys() <= {Variable.NAME, Variable.TOPIC}


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


def weekday_of(on: date, language: str) -> str:
    """`language` is a BCP 47 tag or empty."""
    days = _WEEKDAYS.get(_family(language))
    return days[on.weekday()] if days else f"{on:%A}"


def month_of(on: date, language: str) -> str:
    month = _MONTHS.get(_family(language))
    return month.format(on.month) if month else f"{on:%B}"


def _family(language: str) -> str:
    return language.partition("-")[0].lower()
