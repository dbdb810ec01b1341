"""How good a draft looks, by measures that need no model: 0 to 100, advisory, keeps nothing back."""

from collections.abc import Mapping
from dataclasses import dataclass

from lib.domain.draft import Draft
from lib.domain.similarity import Likeness
from lib.domain.writing_settings import WritingSettings


@dataclass(frozen=True, slots=True)
class Score:
    """`total` and each of `parts` are 0 to 100, the more the better."""

    total: int
    parts: Mapping[str, int]


def score_draft(draft: Draft, settings: WritingSettings, likeness: Likeness | None) -> Score:
    """The same draft has always the same score."""
    parts = {"novelty": 100 - (likeness.percent if likeness else 0)}
    return Score(round(sum(parts.values()) / len(parts)), parts)
