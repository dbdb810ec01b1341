"""Writes what a model might write: the same for the same request, other words for another, inside the limits asked.

It reads a request as a model would, only less: what it is about, the language, and how long a text may be.
"""

import html
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from dev.models import phrases

LONGEST_TOPIC = 24
USUAL_POST, USUAL_TITLE, USUAL_ARTICLE_WORDS = 600, 60, 120

_HANGUL = re.compile("[\uac00-\ud7a3]")
_TAGGED = re.compile(r"<(topic|request|subject)>\s*(.*?)\s*</\1>", re.DOTALL)
_LANGUAGE = re.compile(r"<language>\s*(.*?)\s*</language>", re.DOTALL)
_AT_MOST = re.compile(r"(?:at most|no more than|maxLength:?|최대)\s+([\d,]{2,})", re.IGNORECASE)
_WORDS = re.compile(r"([\d,]+) to [\d,]+ words")


@dataclass(frozen=True, slots=True)
class Brief:
    """What a request comes down to. `limit` is the most characters of a post; `words` the least of an article."""

    topic: str
    is_korean: bool
    limit: int
    words: int


def read_brief(system: str, said: Sequence[str]) -> Brief:
    """`said` are the user's texts, the newest last."""
    first = said[0] if said else ""
    wanted = _LANGUAGE.search(first)
    is_korean = "Korean" in wanted[1] or "한국어" in wanted[1] if wanted else bool(_HANGUL.search(" ".join(said)))
    limits = [int(number.replace(",", "")) for number in _AT_MOST.findall(f"{system}\n{said[-1] if said else ''}")]
    words = _WORDS.search(system)
    return Brief(
        topic=_topic(first),
        is_korean=is_korean,
        limit=min([*(it for it in limits if it >= 20), USUAL_POST]),
        words=int(words[1].replace(",", "")) if words else USUAL_ARTICLE_WORDS,
    )


def _topic(text: str) -> str:
    """A handful of words that the piece is about."""
    tagged = {tag: found for tag, found in _TAGGED.findall(text)}
    about = tagged.get("topic") or tagged.get("request") or tagged.get("subject") or text or "the work"
    line = " ".join(html.unescape(about).split("\n")[0].split())
    if len(line) <= LONGEST_TOPIC:
        return line.rstrip(".!?。") or "the work"
    return line[:LONGEST_TOPIC].rsplit(" ", 1)[0].rstrip(".,!?。") or line[:LONGEST_TOPIC]


class Prose:
    """Text by one seed."""

    def __init__(self, brief: Brief, seed: str) -> None:
        self._brief = brief
        self._random = random.Random(sha256(seed.encode()).digest())  # noqa: S311  plausible, not secret
        self._titles = phrases.KOREAN_TITLES if brief.is_korean else phrases.ENGLISH_TITLES
        self._sentences = phrases.KOREAN if brief.is_korean else phrases.ENGLISH
        self._headings = phrases.KOREAN_HEADINGS if brief.is_korean else phrases.ENGLISH_HEADINGS

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
                properties = schema.get("properties", {})
                return {key: self.fill(it, key) for key, it in properties.items()}
            case "array":
                least = max(int(schema.get("minItems", 0)), 3)
                return [self.fill(schema.get("items", {}), name) for _ in range(least + self._random.randrange(2))]
            case "boolean":
                return self._random.random() < 0.5
            case "integer" | "number":
                return self._random.randrange(1, 100)
            case "null":
                return None
        return self._text(name)

    def _text(self, name: str) -> str:
        if name in ("title", "subject", "headline"):
            return self._titled(min(USUAL_TITLE, self._brief.limit))
        if name in ("body", "markdown", "article"):
            return "\n\n".join(self._article())
        if name in ("tag", "tags", "hashtags", "keywords"):
            return self._brief.topic.split()[0].lower()
        return self._post()

    def _titled(self, limit: int) -> str:
        title = self._random.choice(self._titles).format(topic=self._brief.topic)
        title = title[:1].upper() + title[1:]
        return title if len(title) <= limit else title[:limit].rsplit(" ", 1)[0]

    def _post(self) -> str:
        """Whole sentences up to the limit, with room to spare: a Hangul letter weighs twice on X."""
        room = min(self._brief.limit, USUAL_POST) * 3 // 4
        text = ""
        for sentence in self._shuffled():
            if text and len(text) + 1 + len(sentence) > room:
                break
            text = f"{text} {sentence}".strip()
            if len(text) > room // 2 and self._random.random() < 0.4:
                break
        return text[: self._brief.limit]

    def _article(self) -> Iterator[str]:
        written, headings = 0, list(self._headings)
        while written < self._brief.words:
            for paragraph in self._paragraphs():
                yield paragraph
                written += len(paragraph.split())
            if headings and written < self._brief.words:
                yield f"## {headings.pop(0)}"

    def _paragraphs(self) -> Iterator[str]:
        sentences = self._shuffled()
        yield from (" ".join(sentences[start : start + 4]) for start in (0, 4))

    def _shuffled(self) -> list[str]:
        sentences = [it.format(topic=self._brief.topic) for it in self._sentences]
        self._random.shuffle(sentences)
        return [it[:1].upper() + it[1:] for it in sentences]
