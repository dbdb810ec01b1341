"""Rules and notes in words, Korean and English."""

from lib.domain.recurrence.occurrences import Occurrence
from lib.domain.schedule import Frequency, Rule

FREQUENCY_LABELS: dict[str, dict[Frequency, str]] = {
    "ko": {
        Frequency.HOURLY: "매시간",
        Frequency.EVERY_3_HOURS: "3시간마다",
        Frequency.EVERY_6_HOURS: "6시간마다",
        Frequency.DAILY: "매일",
        Frequency.WEEKLY: "주간",
        Frequency.MONTHLY: "월간",
        Frequency.CUSTOM: "사용자 지정",
    },
    "en": {
        Frequency.HOURLY: "Hourly",
        Frequency.EVERY_3_HOURS: "Every 3 hours",
        Frequency.EVERY_6_HOURS: "Every 6 hours",
        Frequency.DAILY: "Daily",
        Frequency.WEEKLY: "Weekly",
        Frequency.MONTHLY: "Monthly",
        Frequency.CUSTOM: "Custom",
    },
}


def describe(rule: Rule, language: str) -> str:
    return FREQUENCY_LABELS[language][rule.frequency]


def describe_note(occurrence: Occurrence, language: str) -> str | None:
    return None if occurrence.note is None else occurrence.note.value
