"""The part of a schedule's `settings` that says how to write: read, checked and bounded.

Names are the wire's camelCase; the seeds' snake_case is read too. Other keys of `settings` belong to others and are not
looked at; a door that wants to refuse unknown ones has `WRITING_FIELDS`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lib.errors import Invalid

LONGEST_CUSTOM_PROMPT = 8_000
LONGEST_TOPIC = 2_000
LONGEST_VOICE = 2_000
LONGEST_AUDIENCE = 1_000
LONGEST_EXAMPLE = 2_000
LONGEST_PHRASE = 100  # of `neverSay` and `keywords`
MOST_EXAMPLES = 5
MOST_NEVER_SAY = 50
MOST_KEYWORDS = 30
# All of them together: what is reserved for a run's prompt (domain/pricing.py) stands on it.
LONGEST_SETTINGS = 16_000

LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")


class PromptType(StrEnum):
    """Who words the request."""

    AUTO = "auto"  # we, from topic, voice, audience, keywords …
    CUSTOM = "custom"  # the owner, in `customPrompt`; the other fields still apply


@dataclass(frozen=True, slots=True)
class WritingSettings:
    """How a schedule wants its content written; empty means not said."""

    prompt_type: PromptType = PromptType.AUTO
    custom_prompt: str = ""
    topic: str = ""
    voice: str = ""
    audience: str = ""
    language: str = ""  # BCP 47 tag, e.g. `ko`, `en`, `pt-BR`
    examples: tuple[str, ...] = ()
    never_say: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()


WRITING_FIELDS: Mapping[str, str] = {
    "promptType": "prompt_type",
    "customPrompt": "custom_prompt",
    "topic": "topic",
    "voice": "voice",
    "audience": "audience",
    "language": "language",
    "examples": "examples",
    "neverSay": "never_say",
    "keywords": "keywords",
}


def read_settings(given: Mapping[str, Any]) -> WritingSettings:
    """The writing part of `settings`. Missing, null and blank count as not said.

    Raises Invalid with the field as `settings.customPrompt`. An `auto` schedule without a topic is fine: its name is
    the topic then.
    """
    settings = WritingSettings(
        prompt_type=_prompt_type(_pick(given, "promptType")),
        custom_prompt=_text(given, "customPrompt", LONGEST_CUSTOM_PROMPT),
        topic=_text(given, "topic", LONGEST_TOPIC),
        voice=_text(given, "voice", LONGEST_VOICE),
        audience=_text(given, "audience", LONGEST_AUDIENCE),
        language=_language(given),
        examples=_texts(given, "examples", MOST_EXAMPLES, LONGEST_EXAMPLE),
        never_say=_texts(given, "neverSay", MOST_NEVER_SAY, LONGEST_PHRASE),
        keywords=_texts(given, "keywords", MOST_KEYWORDS, LONGEST_PHRASE),
    )
    if settings.prompt_type is PromptType.CUSTOM and not settings.custom_prompt:
        raise Invalid("settings.customPrompt", "is needed with promptType custom")
    if _length(settings) > LONGEST_SETTINGS:
        raise Invalid("settings", f"the texts have more than {LONGEST_SETTINGS} characters together", LONGEST_SETTINGS)
    return settings


def _pick(given: Mapping[str, Any], name: str) -> Any:
    """A field under either of its spellings."""
    snake = WRITING_FIELDS[name]
    if snake != name and name in given and snake in given:
        raise Invalid(f"settings.{name}", f"is given twice, as {name} and as {snake}")
    return given.get(name, given.get(snake))


def _prompt_type(value: Any) -> PromptType:
    if value is None:
        return PromptType.AUTO
    if not isinstance(value, str) or value not in PromptType:
        raise Invalid("settings.promptType", "is not known", [it.value for it in PromptType])
    return PromptType(value)


def _language(given: Mapping[str, Any]) -> str:
    tag = _text(given, "language", 35)
    if tag and not LANGUAGE_TAG.fullmatch(tag):
        raise Invalid("settings.language", "is not a language tag such as ko, en or pt-BR")
    return tag


def _text(given: Mapping[str, Any], name: str, longest: int) -> str:
    return _checked(f"settings.{name}", _pick(given, name), longest)


def _texts(given: Mapping[str, Any], name: str, most: int, longest: int) -> tuple[str, ...]:
    values = _pick(given, name)
    if values is None:
        return ()
    if not isinstance(values, list | tuple):
        raise Invalid(f"settings.{name}", "is not a list of texts")
    if len(values) > most:
        raise Invalid(f"settings.{name}", f"has more than {most} entries", most)
    texts = [_checked(f"settings.{name}[{at}]", value, longest) for at, value in enumerate(values)]
    return tuple(text for text in texts if text)


def _checked(field: str, value: Any, longest: int) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Invalid(field, "is not text")
    if len(value) > longest:
        raise Invalid(field, f"has more than {longest} characters", longest)
    if any(char == "\0" or "\ud800" <= char <= "\udfff" for char in value):
        raise Invalid(field, "has a character that cannot be stored (NUL or half of a surrogate pair)")
    return value.strip()


def _length(settings: WritingSettings) -> int:
    single = (settings.custom_prompt, settings.topic, settings.voice, settings.audience)
    several = (*settings.examples, *settings.never_say, *settings.keywords)
    return sum(map(len, (*single, *several)))
