"""Writes what a model might write: the same for the same request, other words for another, inside the limits asked.

It reads a request as a model would, only less: the topic, the language, the angle, what must not be said, what was
written lately, and how long a text may be.
"""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from hashlib import sha256
from typing import Any

from dev.models.asked import Brief, read_brief
from dev.models.english import ENGLISH
from dev.models.korean import KOREAN
from lib.domain.weighted_length import weighted_length

__all__ = ["Brief", "Prose", "read_brief"]

USUAL_TITLE = 60
OWN_SHARE = 0.2  # of all words and patterns, for one piece: what a piece is about, it repeats
OPENINGS_TRIED = 6
SENTENCES_TRIED = 30

_SLOT = re.compile(r"\{(\w+)\}")
_BEGINNING = re.compile(r"(?:^|(?<=[.?!] ))[a-z]")
_PARTICLE = re.compile(r"(.)(은/는|이/가|을/를|과/와|으로/로|이라/라)")
_BOUNDS = re.compile(r"(\d+)\s*(?:to|-|–|…)\s*(\d+)")
_BATCHIM_LIEUL = 8  # the final consonant ㄹ, after which it is 로


class Prose:
    """Text by one seed."""

    def __init__(self, brief: Brief, seed: str) -> None:
        self._brief = brief
        self._random = random.Random(sha256(seed.encode()).digest())  # noqa: S311  plausible, not secret
        self._phrases = KOREAN if brief.is_korean else ENGLISH
        self._own: dict[int, list[str]] = {}
        self._left: dict[int, list[str]] = {}
        self._is_open = False

    def fill(self, schema: Mapping[str, Any], name: str = "text") -> Any:
        """A value of this JSON schema; the property's name tells titles from bodies from posts."""
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self._random.choice(schema["enum"])
        if "anyOf" in schema:
            return self.fill(schema["anyOf"][0], name)
        match schema.get("type", "string"):
            case "object":
                return {key: self.fill(it, key) for key, it in schema.get("properties", {}).items()}
            case "array":
                least = max(int(schema.get("minItems", 0)), 3)
                return [self.fill(schema.get("items", {}), name) for _ in range(least + self._random.randrange(2))]
            case "boolean":
                return self._random.random() < 0.5
            case "integer" | "number":
                return self._mark(schema)
            case "null":
                return None
        return self._text(name)

    def _mark(self, schema: Mapping[str, Any]) -> int:
        """A friendly judge's number, in the upper half of what the schema, its description or the request allows."""
        described = _BOUNDS.search(str(schema.get("description", "")))
        least, most = (int(described[1]), int(described[2])) if described else self._brief.marks
        least, most = int(schema.get("minimum", least)), int(schema.get("maximum", most))
        return self._random.randint((least + most) // 2, most)

    def _text(self, name: str) -> str:
        if name in ("title", "subject", "headline"):
            return self._titled(min(USUAL_TITLE, self._brief.limit))
        if name in ("body", "markdown", "article"):
            return "\n\n".join(self._article())
        if name in ("note", "reason", "comment", "remark"):
            return self._drawn(self._phrases.remarks)
        if name in ("tag", "tags", "hashtags", "keywords"):
            return self._brief.topic.split()[0].lower()
        return self._post()

    def _titled(self, limit: int) -> str:
        title = self._drawn(self._phrases.titles)
        return title if len(title) <= limit else title[:limit].rsplit(" ", 1)[0]

    def _post(self) -> str:
        """Whole sentences up to the limit, with room to spare."""
        room = self._brief.limit * 6 // 7
        opening = "" if self._is_open else self._opening()
        sentences = [] if self._brief.angle == "invitation" else [opening]
        while (sentence := self._drawn(self._phrases.sentences)) and self._has_room(sentence, sentences, room):
            sentences.append(sentence)
        if self._brief.angle == "invitation":
            sentences = [*sentences[: max(1, len(sentences) - 1)], opening]
        glue = "\n" if self._brief.angle == "tiny-list" else " "
        return glue.join(filter(None, sentences))[: self._brief.limit]

    def _has_room(self, sentence: str, before: Sequence[str], room: int) -> bool:
        return not any(before) or weighted_length(" ".join([*before, sentence])) <= room

    def _article(self) -> Iterator[str]:
        written, headings = 0, 4
        opening = self._opening()
        while written < self._brief.words:
            for _ in range(2):
                paragraph = " ".join(filter(None, [opening, *self._several(self._random.randint(3, 5))]))
                opening, written = "", written + len(paragraph.split())
                yield paragraph
            if headings and written < self._brief.words:
                headings -= 1
                yield f"## {self._drawn(self._phrases.headings)}"

    def _several(self, count: int) -> Iterator[str]:
        return (self._drawn(self._phrases.sentences) for _ in range(count))

    def _opening(self) -> str:
        """How the piece begins: from the side that is asked for, and unlike what was written lately."""
        self._is_open = True
        patterns = self._phrases.openings.get(self._brief.angle, self._phrases.starts)
        tried = [self._drawn(patterns) for _ in range(OPENINGS_TRIED if self._brief.recent else 1)]
        return min(tried, key=self._likeness)

    def _likeness(self, opening: str) -> float:
        """To the recent piece that begins most like it, 0 to 1."""
        alike = (SequenceMatcher(None, opening, it[: len(opening)]).ratio() for it in self._brief.recent)
        return max(alike, default=0.0)

    def _drawn(self, patterns: Sequence[str]) -> str:
        """A sentence without anything that must not be said; none of the patterns again before all had their turn."""
        for _ in range(SENTENCES_TRIED):
            sentence = self._spoken(self._deal(patterns))
            if not any(phrase in sentence.casefold() for phrase in self._brief.never_say):
                return sentence
        return f"{self._brief.topic}."

    def _spoken(self, pattern: str) -> str:
        """The pattern with its slots filled, particles settled, and capitals where sentences begin."""
        filled = self._filled(pattern)
        settled = _PARTICLE.sub(lambda it: it[1] + particle_after(it[1], it[2]), filled)
        return _BEGINNING.sub(lambda letter: letter[0].upper(), settled)

    def _filled(self, pattern: str) -> str:
        return _SLOT.sub(lambda slot: self._word(slot[1]), pattern)

    def _word(self, slot: str) -> str:
        return self._brief.topic if slot == "topic" else self._filled(self._deal(self._phrases.slots[slot]))

    def _deal(self, deck: Sequence[str]) -> str:
        """The next of a shuffled deck, which is this piece's own share of all there is."""
        if id(deck) not in self._own:
            self._own[id(deck)] = self._random.sample(deck, max(min(8, len(deck)), round(len(deck) * OWN_SHARE)))
        own, left = self._own[id(deck)], self._left.setdefault(id(deck), [])
        if not left:
            left.extend(self._random.sample(own, len(own)))
        return left.pop()


def particle_after(letter: str, pair: str) -> str:
    """Which of a Korean pair of particles, such as 은/는, follows this letter."""
    after_consonant, after_vowel = pair.split("/")
    final = (ord(letter) - 0xAC00) % 28 if "가" <= letter <= "힣" else 0
    if final == 0 or (pair == "으로/로" and final == _BATCHIM_LIEUL):
        return after_vowel
    return after_consonant
