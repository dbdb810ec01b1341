"""Whether a draft may go out: every gate is asked, and says why not.

The gates are deterministic and free; they find what a platform refuses, what the author forbade and what a reader
would laugh at. Taste is the score's business, which keeps nothing back.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lib.domain.account import Platform
from lib.domain.draft import ARTICLES, Draft
from lib.domain.fits import check_fit
from lib.domain.languages import foreign_language
from lib.domain.leftovers import find_leftovers
from lib.domain.limits import check_limits
from lib.domain.links import check_links
from lib.domain.never_say import find_forbidden
from lib.domain.similarity import Likeness, Memory, memorable
from lib.domain.writing_settings import WritingSettings


class Gate(StrEnum):
    """Who objects. The values are kept in each content's verdict."""

    LIMITS = "limits"  # the platform would refuse it
    LANGUAGE = "language"  # it is plainly in another language than the settings'
    NEVER_SAY = "never_say"  # it says what the author forbade, in some inflection
    LEFTOVERS = "leftovers"  # it has what was never meant for readers: placeholders, markup, words to the author
    LINKS = "links"  # it has a link that is broken, or that the author did not give
    DUPLICATE = "duplicate"  # it is too much like something written before


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a draft cannot go out: the place and the reason, in words a model and a person can act on.

    Never quotes what was written; it may quote a phrase of the author's never_say list, so it is not for logs either.
    """

    gate: Gate
    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What all gates say about one draft. `likeness` is the nearest thing written before, objected to or not."""

    objections: tuple[Objection, ...]
    likeness: Likeness | None

    @property
    def passed(self) -> bool:
        return not self.objections

    @property
    def gates(self) -> tuple[Gate, ...]:
        """Which gates object, each once: this much may be logged."""
        return tuple(dict.fromkeys(objection.gate for objection in self.objections))

    def as_row(self) -> dict[str, Any]:
        """As `contents.verdict` keeps it."""
        return {
            "passed": self.passed,
            "objections": [
                {"gate": objection.gate.value, "where": objection.where, "message": objection.message}
                for objection in self.objections
            ],
            "likeness": self.likeness.as_row() if self.likeness else None,
        }


def examine(draft: Draft, settings: WritingSettings, memory: Memory, platforms: Collection[Platform] = ()) -> Verdict:
    """Ask every gate. `memory` holds what was written before for this workspace on this platform; `platforms` are those
    that it is published to."""
    likeness = memory.nearest(memorable(draft))
    misfits = (Objection(Gate.LIMITS, *found) for platform in platforms for found in check_fit(platform, draft))
    return Verdict((*_objections(draft, settings, likeness), *dict.fromkeys(misfits)), likeness)


def examine_again(draft: Draft, verdict: Verdict, newer: Memory) -> Verdict:
    """The verdict with what others have written since it was passed."""
    likeness = newer.nearest(memorable(draft))
    if likeness is None or (verdict.likeness and verdict.likeness.percent >= likeness.percent):
        return verdict
    others = (objection for objection in verdict.objections if objection.gate is not Gate.DUPLICATE)
    return Verdict((*others, *_too_alike(likeness)), likeness)


def _objections(draft: Draft, settings: WritingSettings, likeness: Likeness | None) -> Iterator[Objection]:
    for where, message in check_limits(draft):
        yield Objection(Gate.LIMITS, where, message)
    if found := foreign_language(f"{draft.title or ''}\n{draft.body}", settings.language):
        yield Objection(Gate.LANGUAGE, "text", f"is in {found[0]}; it has to be in {found[1]}")
    for gate, where, message in _in_parts(draft, settings):
        yield Objection(gate, where, message)
    yield from _too_alike(likeness)


def _too_alike(likeness: Likeness | None) -> Iterator[Objection]:
    if likeness and likeness.is_too_much:
        yield Objection(Gate.DUPLICATE, "text", f"is {likeness}; make another point, in other words")


def _in_parts(draft: Draft, settings: WritingSettings) -> Iterator[tuple[Gate, str, str]]:
    for where, text in draft.parts:
        is_markdown = draft.kind in ARTICLES and where != "title"
        for message in find_forbidden(text, settings.never_say):
            yield Gate.NEVER_SAY, where, message
        for message in find_leftovers(text, is_markdown=is_markdown):
            yield Gate.LEFTOVERS, where, message
        for message in check_links(text, settings, is_markdown=is_markdown):
            yield Gate.LINKS, where, message
