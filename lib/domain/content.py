"""What is written: its shape as asked from a model, and as it is saved."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from lib.domain.draft import Draft
from lib.domain.gates import Verdict
from lib.domain.schedule import ContentType
from lib.domain.score import Score
from lib.domain.similarity import memorable
from lib.domain.weighted_length import weighted_length

type Effort = Literal["low", "medium", "high"]


@dataclass(frozen=True, slots=True)
class Shape:
    """How one content type is asked for.

    `schema` is JSON schema of the subset that models take in structured output: it knows no lengths, those are checked
    by us. `most_tokens` bounds the answer, the model's own thinking included.
    """

    schema: Mapping[str, Any]
    most_tokens: int
    effort: Effort


def _schema(**properties: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _text(description: str) -> Mapping[str, Any]:
    return {"type": "string", "description": description}


SHAPES: Mapping[ContentType, Shape] = {
    ContentType.X_POST: Shape(_schema(text=_text("the post, ready to publish")), 4_000, "low"),
    ContentType.X_THREAD: Shape(
        _schema(segments={"type": "array", "items": _text("one post of the thread, ready to publish")}), 8_000, "low"
    ),
    ContentType.BLOG_POST: Shape(
        _schema(title=_text("plain text, one line"), body=_text("Markdown, without the title")), 12_000, "medium"
    ),
    ContentType.NEWSLETTER: Shape(
        _schema(title=_text("the subject line, plain text"), body=_text("Markdown, without the subject")),
        10_000,
        "medium",
    ),
    ContentType.LINKEDIN_POST: Shape(_schema(text=_text("the post, ready to publish")), 6_000, "low"),
}


def row_of(
    item: int,
    draft: Draft,
    verdict: Verdict,
    score: Score,
    angle: str | None,
    model: str,
    meta: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """One content of a run as `finish_run` saves it. `meta` is what else is worth keeping of how it came about."""
    return {
        "item": item,
        "kind": draft.kind.value,
        "title": draft.title,
        "body": draft.body,
        "segments": list(draft.segments) or None,
        "word_count": draft.word_count,
        "angle": angle,
        "memory": memorable(draft),
        "verdict": verdict.as_row(),
        "score": score.total,
        "meta": {**_measures(draft), "model": model, "score_parts": dict(score.parts), **(meta or {})},
    }


def _measures(draft: Draft) -> dict[str, Any]:
    if draft.kind in (ContentType.X_POST, ContentType.X_THREAD):
        return {"weighted_lengths": [weighted_length(post) for post in draft.posts]}
    return {}
