"""The part of a schedule's `settings` that says how to write: read, checked and bounded.

Names are the wire's camelCase; the seeds' snake_case is read too. Other keys of `settings` belong to others and are not
looked at; a door that wants to refuse unknown ones has `WRITING_FIELDS`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from lib.domain.prompt_variables import check_template
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
LONGEST_LINK = 500
MOST_LINKS = 10
LONGEST_MODEL = 150
MOST_MODELS = 5
MOST_CONTENTS = 20  # of one run
# All texts together: a prompt that no model would read carefully is refused while a person is looking.
LONGEST_SETTINGS = 16_000

LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")
MODEL = re.compile(r"[a-z][a-z0-9_-]{0,29}/[A-Za-z0-9][A-Za-z0-9._:@/-]{0,118}")
_NOT_IN_LINKS = re.compile(r"[\s<>\"'`\\{}|^\x00-\x20\x7f-\x9f\u200b-\u200f\u2028-\u202f\ufeff]")


class PromptType(StrEnum):
    """Who words the request."""

    AUTO = "auto"  # we, from topic, voice, audience, keywords …
    CUSTOM = "custom"  # the owner, in `customPrompt`; the other fields still apply


class Quality(StrEnum):
    """Which models are asked, and in which order; equal to the database's `app.quality`."""

    STANDARD = "standard"  # good and cheap
    PREMIUM = "premium"  # the best there are


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
    links: tuple[str, ...] = ()  # the only ones that may be used
    count: int = 1  # contents of one run
    quality: Quality = Quality.STANDARD
    models: tuple[str, ...] = ()  # `vendor/name`, most wanted first; before those of `quality`


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
    "links": "links",
    "count": "count",
    "quality": "quality",
    "models": "models",
}


def read_settings(given: Mapping[str, Any]) -> WritingSettings:
    """The writing part of `settings`. Missing, null and blank count as not said.

    Raises Invalid with the field as `settings.customPrompt`. An `auto` schedule without a topic is fine: its name is
    the topic then. Whether a model of `models` is set up here is not asked.
    """
    settings = WritingSettings(
        prompt_type=_choice(given, "promptType", PromptType.AUTO),
        custom_prompt=_text(given, "customPrompt", LONGEST_CUSTOM_PROMPT),
        topic=_text(given, "topic", LONGEST_TOPIC),
        voice=_text(given, "voice", LONGEST_VOICE),
        audience=_text(given, "audience", LONGEST_AUDIENCE),
        language=_language(given),
        examples=_texts(given, "examples", MOST_EXAMPLES, LONGEST_EXAMPLE),
        never_say=_texts(given, "neverSay", MOST_NEVER_SAY, LONGEST_PHRASE),
        keywords=_texts(given, "keywords", MOST_KEYWORDS, LONGEST_PHRASE),
        links=_links(given),
        count=_count(given),
        quality=_choice(given, "quality", Quality.STANDARD),
        models=_models(given),
    )
    if settings.prompt_type is PromptType.CUSTOM:
        if not settings.custom_prompt:
            raise Invalid("settings.customPrompt", "is needed with promptType custom")
        check_template(settings.custom_prompt, settings.topic)
    if _length(settings) > LONGEST_SETTINGS:
        raise Invalid("settings", f"the texts have more than {LONGEST_SETTINGS} characters together", LONGEST_SETTINGS)
    return settings


def _pick(given: Mapping[str, Any], name: str) -> Any:
    """A field under either of its spellings."""
    snake = WRITING_FIELDS[name]
    if snake != name and name in given and snake in given:
        raise Invalid(f"settings.{name}", f"is given twice, as {name} and as {snake}")
    return given.get(name, given.get(snake))


def _choice[Choice: StrEnum](given: Mapping[str, Any], name: str, usual: Choice) -> Choice:
    value = _pick(given, name)
    if value is None:
        return usual
    choices = type(usual)
    if not isinstance(value, str) or value not in choices:
        raise Invalid(f"settings.{name}", "is not known", [it.value for it in choices])
    return choices(value)


def _count(given: Mapping[str, Any]) -> int:
    value = _pick(given, "count")
    if value is None:
        return 1
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MOST_CONTENTS:
        raise Invalid("settings.count", f"is not a whole number from 1 to {MOST_CONTENTS}", [1, MOST_CONTENTS])
    return value


def _models(given: Mapping[str, Any]) -> tuple[str, ...]:
    models = _texts(given, "models", MOST_MODELS, LONGEST_MODEL)
    for at, model in enumerate(models):
        if not MODEL.fullmatch(model):
            raise Invalid(f"settings.models[{at}]", "is not a model such as anthropic/claude-sonnet-5-5")
    return tuple(dict.fromkeys(models))


def _links(given: Mapping[str, Any]) -> tuple[str, ...]:
    links = _texts(given, "links", MOST_LINKS, LONGEST_LINK)
    for at, link in enumerate(links):
        if not is_link(link):
            raise Invalid(f"settings.links[{at}]", "is not a link such as https://your.site/page")
    return tuple(dict.fromkeys(links))


def is_link(text: str) -> bool:
    """Whether it is one http(s) URL with a host, without a login and without what would not survive in a post."""
    if _NOT_IN_LINKS.search(text):
        return False
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(host) and "@" not in parts.netloc


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
    several = (*settings.examples, *settings.never_say, *settings.keywords, *settings.links)
    return sum(map(len, (*single, *several)))
