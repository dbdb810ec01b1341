"""The prompt for one content, made of our instructions, the owner's settings and what the calendar and the past say.

Three parts, from the most to the least stable, so that vendors can cache the beginning: `system` is the same for
everybody who asks for this content type, `author` the same for every run of a schedule, `user` is this piece's own.

The owner's texts are data: each stands in a tag of ours with `<`, `>` and `&` escaped, so that nothing in it can close
the tag or open another. So are the schedule's name, what was written before, and a gate's objections.
"""

import html
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from hashlib import sha256

from lib.domain.angles import Angle
from lib.domain.gates import Objection
from lib.domain.instructions import FORMS, HOUSE_RULES, LANGUAGES, PROMPT_VERSION, REQUEST, REWRITE
from lib.domain.prompt_variables import (
    LONGEST_NAME,
    MOST_TITLES_BYTES,
    Variable,
    count_uses,
    fill_in,
    is_steady,
    month_of,
    weekday_of,
)
from lib.domain.schedule import ContentType
from lib.domain.writing_settings import PromptType, WritingSettings

__all__ = [
    "FRAME_BYTES",
    "PROMPT_VERSION",
    "REWRITE_BYTES",
    "Brief",
    "Prompt",
    "Recent",
    "build_prompt",
    "build_rewrite",
    "uses_angle",
]

# The most UTF-8 bytes that a prompt can have besides its schedule's own settings (with <, > and & as they are sent):
# system, tags, the schedule's name, recent titles, variables. And the most that `build_rewrite` says. Tests prove both.
FRAME_BYTES = 16_000
REWRITE_BYTES = 4_000

MOST_RECENT, LONGEST_TITLE, MOST_RECENT_BYTES = 20, 120, 3_000
MOST_OBJECTIONS, LONGEST_OBJECTION, MOST_OBJECTION_BYTES = 20, 300, 3_000


@dataclass(frozen=True, slots=True)
class Recent:
    """One content of the same schedule: its title, or how it begins. `on` is the date it was written."""

    title: str
    on: date
    angle: str | None = None


@dataclass(frozen=True, slots=True)
class Brief:
    """Everything that one content is asked for with. `on` and `time` are the occurrence's in the schedule's zone;
    `recent` is newest first; the content is number `item` (from 0) of `count`."""

    settings: WritingSettings
    kind: ContentType
    name: str
    on: date
    time: time
    angle: Angle | None = None
    recent: Sequence[Recent] = ()
    item: int = 0
    count: int = 1


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is said to a model, whichever it is. `author` may be empty.

    `fingerprint` tells whether a kept answer is the answer to this: the same for another list of recent posts, which
    may have grown since.
    """

    system: str
    author: str
    user: str
    fingerprint: str


def build_prompt(brief: Brief) -> Prompt:
    """The request for one content."""
    system = f"{HOUSE_RULES}\n\nThe piece:\n{FORMS[brief.kind]}"
    author = "\n\n".join(_author_sections(brief))
    user = "\n\n".join([*_run_sections(brief), REQUEST])
    return Prompt(system, author, user, _fingerprint(brief, system, author))


def build_rewrite(objections: Sequence[Objection]) -> str:
    """What is answered to a draft that a gate did not let pass."""
    listed = _listed((str(it) for it in objections), MOST_OBJECTIONS, LONGEST_OBJECTION, MOST_OBJECTION_BYTES)
    return REWRITE.format(objections=_section("objections", listed))


def uses_angle(settings: WritingSettings) -> bool:
    """Whether the model is told an angle: always, unless the owner words the request and does not ask for one."""
    return settings.prompt_type is PromptType.AUTO or bool(count_uses(settings.custom_prompt)[Variable.ANGLE])


def _author_sections(brief: Brief) -> Iterator[str]:
    settings = brief.settings
    template = _template(settings)
    if settings.language:
        yield _section("language", _language(settings.language))
    if template and is_steady(template):
        yield _section("request", fill_in(template, _values(brief)))
    if _has_topic(settings):
        yield _section("topic", settings.topic or _clip(brief.name, LONGEST_NAME))
    if settings.audience:
        yield _section("audience", settings.audience)
    if settings.voice:
        yield _section("voice", settings.voice)
    for example in settings.examples:
        yield _section("example", example)
    for tag, phrases in (("keywords", settings.keywords), ("never_say", settings.never_say), ("links", settings.links)):
        if phrases:
            yield _section(tag, "\n".join(phrases))


def _run_sections(brief: Brief) -> Iterator[str]:
    template = _template(brief.settings)
    yield _section("date", f"{brief.on.isoformat()}, {brief.on:%A}, {brief.time:%H:%M}")
    if template and not is_steady(template):
        yield _section("request", fill_in(template, _values(brief)))
    elif brief.angle and not template:
        yield _section("angle", brief.angle.instruction)
    if brief.count > 1:
        yield _section("part", f"{brief.item + 1} of {brief.count}")
    if brief.recent:
        yield _section("recent", _listed(_dated(brief.recent), MOST_RECENT, LONGEST_TITLE + 12, MOST_RECENT_BYTES))


def _template(settings: WritingSettings) -> str:
    """The owner's own request; empty when we word it."""
    return settings.custom_prompt if settings.prompt_type is PromptType.CUSTOM else ""


def _has_topic(settings: WritingSettings) -> bool:
    """A request that names the topic by its variable needs no section for it."""
    if settings.prompt_type is PromptType.AUTO:
        return True
    return bool(settings.topic) and not count_uses(settings.custom_prompt)[Variable.TOPIC]


def _values(brief: Brief) -> Mapping[Variable, str]:
    name = _clip(brief.name, LONGEST_NAME)
    titles = _listed((it.title for it in brief.recent), MOST_RECENT, LONGEST_TITLE, MOST_TITLES_BYTES)
    return {
        Variable.DATE: brief.on.isoformat(),
        Variable.WEEKDAY: weekday_of(brief.on, brief.settings.language),
        Variable.MONTH: month_of(brief.on, brief.settings.language),
        Variable.TIME: f"{brief.time:%H:%M}",
        Variable.NAME: name,
        Variable.TOPIC: brief.settings.topic or name,
        Variable.RECENT_TITLES: titles or "(nothing yet)",
        Variable.ANGLE: brief.angle.instruction if brief.angle else "",
    }


def _dated(recent: Sequence[Recent]) -> Iterator[str]:
    return (f"{it.on.isoformat()}: {it.title}" for it in recent)


def _listed(lines: Iterable[str], most: int, longest: int, most_bytes: int) -> str:
    """The first of these lines, one a line, as many as there is room for once they are escaped."""
    kept: list[str] = []
    room = most_bytes
    for line in lines:
        entry = f"- {_clip(line, longest)}"
        room -= len(_escape(entry).encode()) + 1
        if room < 0 or len(kept) == most:
            break
        kept.append(entry)
    return "\n".join(kept)


def _clip(text: str, longest: int) -> str:
    """One line of at most so many characters."""
    line = " ".join(text.split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def _section(tag: str, text: str) -> str:
    return f"<{tag}>\n{_escape(text)}\n</{tag}>"


def _escape(text: str) -> str:
    return html.escape(text, quote=False)


def _language(tag: str) -> str:
    known = LANGUAGES.get(tag.partition("-")[0].lower())
    return f"{known}, {tag}" if known else f"the language with the BCP 47 tag {tag}"


def _fingerprint(brief: Brief, system: str, author: str) -> str:
    angle = brief.angle.id if brief.angle and uses_angle(brief.settings) else None
    template = _template(brief.settings)
    told = [PROMPT_VERSION, system, author, template, brief.name, brief.on.isoformat(), f"{brief.time:%H:%M}", angle]
    return sha256(json.dumps([*told, brief.item]).encode()).hexdigest()
