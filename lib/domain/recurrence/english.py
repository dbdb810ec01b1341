"""Rules and notes in English."""

from collections.abc import Iterable

from lib.domain.recurrence.occurrences import ClockChange, Occurrence
from lib.domain.recurrence.rrule_text import Freq
from lib.domain.recurrence.saying import Saying
from lib.domain.schedule import Frequency

LABELS = {
    Frequency.HOURLY: "Hourly",
    Frequency.EVERY_3_HOURS: "Every 3 hours",
    Frequency.EVERY_6_HOURS: "Every 6 hours",
    Frequency.DAILY: "Daily",
    Frequency.WEEKLY: "Weekly",
    Frequency.MONTHLY: "Monthly",
    Frequency.CUSTOM: "Custom",
}
UNITS = {
    Freq.HOURLY: "hour",
    Freq.DAILY: "day",
    Freq.WEEKLY: "week",
    Freq.MONTHLY: "month",
    Freq.YEARLY: "year",
}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
NTH = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", -1: "last", -2: "second to last"}


def sentence(saying: Saying) -> str:
    if saying.text is not None:
        main = f"{LABELS[Frequency.CUSTOM]}: {saying.text}"
    else:
        main = " ".join(word for word in (every(saying), days(saying), months(saying), times(saying)) if word)
    return ", ".join(word for word in (main, amount(saying), bounds(saying)) if word)


def every(saying: Saying) -> str:
    if saying.freq is Freq.WEEKLY and saying.interval == 1:
        return f"Every {listed(WEEKDAYS[weekday] for weekday in saying.weekdays)}"
    unit = UNITS[saying.freq]
    return f"Every {unit}" if saying.interval == 1 else f"Every {saying.interval} {unit}s"


def days(saying: Saying) -> str:
    if saying.freq is Freq.WEEKLY and saying.interval == 1:
        return ""
    numbers = listed("the last day" if day == -1 else f"day {day}" for day in saying.month_days)
    nth = listed(f"the {NTH[nth]} {WEEKDAYS[weekday]}" for weekday, nth in saying.nth_weekdays)
    plain = listed(WEEKDAYS[weekday] for weekday in saying.weekdays)
    chosen = numbers or nth or plain
    return f"on {chosen}{' (or the last day)' if saying.or_last_day else ''}" if chosen else ""


def months(saying: Saying) -> str:
    within = "of" if saying.month_days or saying.nth_weekdays else "in"
    return f"{within} {listed(MONTHS[month - 1] for month in saying.months)}" if saying.months else ""


def times(saying: Saying) -> str:
    if saying.freq is not Freq.HOURLY:
        return f"at {listed(saying.times)}"
    return f"at minute {saying.times[0][3:]}" if saying.interval == 1 else f"counted from {saying.times[0]}"


def amount(saying: Saying) -> str:
    return "" if saying.count is None else "once" if saying.count == 1 else f"{saying.count} times"


def bounds(saying: Saying) -> str:
    words = (saying.starts and f"from {saying.starts}", saying.until and f"until {saying.until}")
    return " ".join(word for word in words if word)


def listed(words: Iterable[str]) -> str:
    *most, last = [*words] or [""]
    return f"{', '.join(most)} and {last}" if most else last


def note(occurrence: Occurrence, change: ClockChange) -> str:
    local, wanted = occurrence.local, occurrence.wanted or occurrence.local
    runs = f"{local:%H:%M}" if wanted.date() == local.date() else f"{local:%H:%M} on the next day"
    return {
        ClockChange.GAP: f"Clock change: {wanted:%H:%M} does not exist on this day; it runs at {runs}.",
        ClockChange.OVERLAP: f"Clock change: {wanted:%H:%M} happens twice on this day; it runs once, the first time.",
        ClockChange.SHIFT: f"Clock change: the interval stays, the local time becomes {local:%H:%M} from here on.",
        ClockChange.MONTH_END: f"The month is shorter: it runs on the last day, the {local.day}th.",
    }[change]
