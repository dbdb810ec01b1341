"""A person changes what was written: every gate looks again, the text is kept whatever they say, and approved anew.

1. Read it with the settings it was written for, and what was written before, but for itself.
2. Show the new text to the gates and score it.
3. Store it with their verdict, if nobody has changed it since the person looked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from lib.domain.account import Platform
from lib.domain.draft import ARTICLES, Draft, clean
from lib.domain.gates import Verdict, examine
from lib.domain.recurrence.wall_clock import find_zone
from lib.domain.schedule import ContentType, Schedule
from lib.domain.score import Score, score_draft
from lib.domain.similarity import memorable
from lib.domain.writing_settings import read_settings
from lib.errors import Invalid
from lib.pipeline.arm_publications import arm_publications
from lib.pipeline.recall import recall
from lib.services import Services

if TYPE_CHECKING:
    from lib.adapters.supabase.user_store import UserStore


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of a person's word on a content: its row, and those of its publications."""

    outcome: str
    content: Mapping[str, Any]
    publications: Sequence[Mapping[str, Any]]

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "Decided":
        return cls(row["outcome"], row["content"], row["publications"])


async def edit_content(
    content_id: str, version: int, texts: Mapping[str, Any], user: "UserStore", services: Services, now: datetime
) -> Decided:
    """`texts` has those of title, body and segments that are changed; the others stay.

    Raises Invalid for a text that this kind does not have, or none at all; Conflict when it was changed since
    `version`, is being published, or is out; NotFound, Forbidden.
    """
    content = (await user.get_content(content_id))["content"]
    draft = edited(content, texts)
    verdict, score = await judge(draft, content, user)
    changes = {
        "title": draft.title,
        "body": draft.body,
        "segments": list(draft.segments) or None,
        "word_count": draft.word_count,
        "memory": memorable(draft),
        "verdict": verdict.as_row(),
        "score": score.total,
    }
    decided = Decided.from_row(await user.edit_content(content_id, version, changes, now))
    await arm_publications(decided.publications, services, now)
    return decided


async def judge(draft: Draft, content: Mapping[str, Any], user: "UserStore") -> tuple[Verdict, Score]:
    """What the gates say of a person's text, by the schedule's settings as they are now."""
    schedule = Schedule.from_row((await user.get_schedule(content["schedule_id"]))["schedule"])
    before = await user.recall_contents(content["id"])
    settings = read_settings(schedule.settings)
    memory = recall(before["recalled"], find_zone(schedule.rule.timezone)).memory
    verdict = examine(draft, settings, memory, [Platform(it) for it in before["platforms"]])
    return verdict, score_draft(draft, settings, verdict.likeness)


def edited(content: Mapping[str, Any], texts: Mapping[str, Any]) -> Draft:
    """The content with a person's texts. Nothing is split or cut for them: the gates say what does not fit."""
    kind = ContentType(content["kind"])
    for name in texts:
        if name not in parts_of(kind):
            raise Invalid(name, f"is not a part of this {kind.value.replace('_', ' ')}", sorted(parts_of(kind)))
    if kind is ContentType.X_THREAD:
        segments = tuple(map(clean, texts.get("segments", content["segments"] or ())))
        for number, segment in enumerate(segments):
            filled(segment, f"segments[{number}]")
        return Draft(kind, "\n\n".join(segments), segments=segments)
    body = filled(clean(texts.get("body", content["body"] or "")), "body")
    title = filled(clean(texts.get("title", content["title"] or "")), "title") if kind in ARTICLES else None
    return Draft(kind, body, title=title)


def parts_of(kind: ContentType) -> frozenset[str]:
    if kind is ContentType.X_THREAD:
        return frozenset({"segments"})
    return frozenset({"title", "body"}) if kind in ARTICLES else frozenset({"body"})


def filled(text: str, field: str) -> str:
    if not text:
        raise Invalid(field, "has nothing in it that can be seen")
    return text
