"""Rules and notes in words. A language is one module: labels, a sentence for rules, one for notes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lib.domain.recurrence import english, korean
from lib.domain.recurrence.occurrences import ClockChange, Occurrence
from lib.domain.recurrence.saying import Saying, say
from lib.domain.schedule import Frequency, Rule
from lib.errors import Invalid


@dataclass(frozen=True, slots=True)
class Language:
    """What a language must be able to say."""

    labels: dict[Frequency, str]
    sentence: Callable[[Saying], str]
    note: Callable[[Occurrence, ClockChange], str]


LANGUAGES: Mapping[str, Language] = {
    "ko": Language(korean.LABELS, korean.sentence, korean.note),
    "en": Language(english.LABELS, english.sentence, english.note),
}
FREQUENCY_LABELS: dict[str, dict[Frequency, str]] = {name: spoken.labels for name, spoken in LANGUAGES.items()}


def describe(rule: Rule, language: str) -> str:
    """One sentence about a rule that `check_rule` accepts: "매주 월요일 09:00 (Asia/Seoul)"."""
    return f"{find_language(language).sentence(say(rule))} ({rule.timezone})"


def describe_note(occurrence: Occurrence, language: str) -> str | None:
    """What a clock change or a short month did to this occurrence, as a sentence; None if nothing."""
    return None if occurrence.note is None else find_language(language).note(occurrence, occurrence.note)


def find_language(name: str) -> Language:
    if name not in LANGUAGES:
        raise Invalid("language", "not spoken here", sorted(LANGUAGES))
    return LANGUAGES[name]
