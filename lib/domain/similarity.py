"""How much a text is like what was written before, and which it is like most."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from lib.domain.draft import ARTICLES, Draft

LONGEST_MEMORY = 1_500  # characters of a content that are remembered and compared
MOST_LIKE = 70  # percent: more than this is the same post again


@dataclass(frozen=True, slots=True)
class Remembered:
    """A content written before. `on` is the day it was written, `text` what `memorable` made of it."""

    content_id: str
    on: date
    text: str


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much a draft is like one content written before: 100 is the same."""

    percent: int
    content_id: str
    on: date

    @property
    def is_too_much(self) -> bool:
        return self.percent > MOST_LIKE

    def __str__(self) -> str:
        return f"{self.percent} % like the post of {self.on.day} {self.on:%B %Y}"

    def as_row(self) -> dict[str, Any]:
        return {"percent": self.percent, "content_id": self.content_id, "on": self.on.isoformat()}


def memorable(draft: Draft) -> str:
    """What is remembered of a draft: its words, without case, links and punctuation; of articles title and opening."""
    said = f"{draft.title or ''}\n{draft.body}" if draft.kind in ARTICLES else draft.body
    words = " ".join(_NOT_WORDS.sub(" ", _LINK.sub(" ", unicodedata.normalize("NFKC", said).casefold())).split())
    return (words or said)[:LONGEST_MEMORY].strip()


class Memory:
    """What was written before for one workspace on one platform, and what is being written beside this."""

    def __init__(self, remembered: Iterable[Remembered] = ()) -> None:
        self._remembered = [it for it in remembered if it.text]

    def add(self, remembered: Remembered) -> None:
        """A sibling of the same batch: the next one is compared with it, too."""
        if remembered.text:
            self._remembered.append(remembered)

    def nearest(self, text: str) -> Likeness | None:
        """What is most like `text` (as made by `memorable`); None when nothing is even a little."""
        from rapidfuzz import fuzz, process  # here: a worker that writes nothing does not pay for it

        texts = [it.text for it in self._remembered]
        shortlist = process.extract(text, texts, scorer=fuzz.token_sort_ratio, score_cutoff=40, limit=SHORTLISTED)
        scored = [(likeness(text, found), at) for found, _, at in shortlist]
        if not scored:
            return None
        percent, at = max(scored)
        nearest = self._remembered[at]
        return Likeness(percent, nearest.content_id, nearest.on)


def likeness(one: str, other: str) -> int:
    """Percent of shared character pairs and triples, 100 only for the same text."""
    if one == other:
        return 100
    a, b = _grams(one), _grams(other)
    shared = (a & b).total()
    return min(99, round(200 * shared / max(1, a.total() + b.total())))


def _grams(text: str) -> Counter[str]:
    return Counter(text[at : at + 3] for at in range(len(text) - 2))


SHORTLISTED = 12
_LINK = re.compile(r"https?://\S+")
_NOT_WORDS = re.compile(r"[\W_]+")
