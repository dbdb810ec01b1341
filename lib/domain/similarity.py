"""How much a text is like what was written before, and what it is like most.

Two measures, and their mean: the runs of letters that both have (Dice's coefficient of character pairs where a
character is a syllable or a word, of triples elsewhere), which sees through inflections and particles; and rapidfuzz's
token_set_ratio, which sees through another order and a sentence more (without blanks: its plain ratio). `MOST_LIKE`
is tuned on tests/domain/likeness_samples.txt: the same post with other trimmings has 83 or more, the same point in
partly other words 70 or more, another point about the same thing in the account's usual manner 64 or less.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from lib.domain.draft import ARTICLES, Draft
from lib.domain.invisible import folded, in_latin_lookalikes

LONGEST_MEMORY = 1_500  # characters of a content that are remembered and compared
MOST_LIKE = 67  # percent: more than this is the same post again
SHORTLISTED = 8  # compared closely, of all that are remembered
FEWEST_CONTAINED = 30  # characters without blanks: a text that another has whole is the same post again
SKIMMED = 280  # characters of the beginning, and of the end, by which the shortlist is made


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
    """What is remembered of a draft: its words, without case, links, closing hashtags and punctuation.

    Of articles the title and the opening. Never empty unless the draft is: what has no words is kept as it stands.
    """
    said = f"{draft.title or ''}\n{draft.body}" if draft.kind in ARTICLES else draft.body
    plain = in_latin_lookalikes(folded(said)).strip()
    words = _words(_without_closing_tags(_LINK.sub(" ", plain))) or _words(plain) or plain or said.strip()
    return words[:LONGEST_MEMORY].strip()


def _without_closing_tags(text: str) -> str:
    tokens = text.split()
    while tokens and _TAG.fullmatch(tokens[-1]):
        tokens.pop()
    return " ".join(tokens)


def _words(text: str) -> str:
    return _NOT_WORDS.sub(" ", text).strip()


class Memory:
    """What was written before for one workspace on one platform, and what is being written beside this draft."""

    def __init__(self, remembered: Iterable[Remembered] = ()) -> None:
        self._remembered: list[Remembered] = []
        self._openings: list[str] = []
        self._closings: list[str] = []
        self._exact: dict[str, Remembered] = {}  # by their text without blanks
        for it in remembered:
            self.add(it)

    def add(self, remembered: Remembered) -> None:
        """Also a sibling of the same batch, so that the next one is compared with it."""
        if not remembered.text:
            return
        self._remembered.append(remembered)
        self._openings.append(remembered.text[:SKIMMED])
        self._closings.append(remembered.text[-SKIMMED:] if len(remembered.text) > SKIMMED else "")
        self._exact.setdefault(_unspaced_text(remembered.text), remembered)

    def nearest(self, text: str) -> Likeness | None:
        """What is most like `text`, which is made by `memorable`; None when nothing is remembered."""
        if not text or not self._remembered:
            return None
        whole = _unspaced_text(text)
        if same := self._exact.get(whole):
            return Likeness(100, same.content_id, same.on)
        if again := self._with_all_of(whole):
            return Likeness(99, again.content_id, again.on)
        percent, nearest = max(
            ((compare(text, self._remembered[at].text), self._remembered[at]) for at in self._shortlist(text)),
            key=lambda scored: scored[0],
        )
        return Likeness(percent, nearest.content_id, nearest.on)

    def _with_all_of(self, whole: str) -> Remembered | None:
        """What a thread has as one of its posts, or the thread that has this post."""
        if len(whole) < FEWEST_CONTAINED:
            return None
        texts = ((text, it) for text, it in self._exact.items() if len(text) >= FEWEST_CONTAINED)
        return next((it for text, it in texts if text in whole or whole in text), None)

    def _shortlist(self, text: str) -> list[int]:
        from rapidfuzz import fuzz, process  # here: an import costs time, and not everybody compares

        found = process.extract(text[:SKIMMED], self._openings, scorer=fuzz.token_sort_ratio, limit=SHORTLISTED)
        if len(text) > SKIMMED:
            found += process.extract(text[-SKIMMED:], self._closings, scorer=fuzz.token_sort_ratio, limit=SHORTLISTED)
        return sorted({at for _, _, at in found})


def compare(one: str, other: str) -> int:
    """How alike two texts made by `memorable` are, in percent; 100 only when they are the same."""
    from rapidfuzz import fuzz

    if one == other:
        return 100
    length = 2 if _mostly(_dense(), one) or _mostly(_dense(), other) else 3
    if _mostly(_unspaced(), one) and _mostly(_unspaced(), other):
        one, other = one.replace(" ", ""), other.replace(" ", "")  # its blanks stand for punctuation
        by_words = fuzz.ratio(one, other)
    else:
        by_words = fuzz.token_set_ratio(one, other)
    return min(99, round((_dice(_runs(one, length), _runs(other, length)) + by_words) / 2))


def _unspaced_text(text: str) -> str:
    return text.replace(" ", "")


def _runs(text: str, length: int) -> Counter[str]:
    padded = f" {text} "
    return Counter(padded[at : at + length] for at in range(len(padded) - length + 1))


def _dice(one: Counter[str], other: Counter[str]) -> float:
    shared = sum(min(count, other[run]) for run, count in one.items() if run in other)
    return 200 * shared / max(1, one.total() + other.total())


def _mostly(letters: re.Pattern[str], text: str) -> bool:
    return 2 * len(letters.findall(text)) > len(text) - text.count(" ")


_LINK = re.compile(r"(?:https?://|www\.)[!-~]+")
_TAG = re.compile(r"(?:#\w+)+")
_NOT_WORDS = re.compile(r"[\W_]+")


# Compiled when first needed: these are milliseconds that a delivery with nothing to write would pay, too.
@cache
def _unspaced() -> re.Pattern[str]:  # Thai, Lao, kana, Han
    return re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003fffd]")


@cache
def _dense() -> re.Pattern[str]:  # a syllable or a word each
    return re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\U00020000-\U0003fffd]")
