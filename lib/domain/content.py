"""What is written: its shape as asked from a model, the platform's limits, and whether a draft keeps them.

The deterministic checks here are what a platform would refuse, or a reader laugh at. Taste is not judged.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from lib.domain.schedule import ContentType
from lib.domain.weighted_length import LONGEST as X_LIMIT
from lib.domain.weighted_length import weighted_length

FEWEST_SEGMENTS, MOST_SEGMENTS = 2, 25
LINKEDIN_LIMIT = 3_000  # counted as UTF-16 units, the most cautious reading of LinkedIn's "characters"
LONGEST_TITLE = 200
LONGEST_SUBJECT = 150
SHORTEST_BLOG_POST, SHORTEST_NEWSLETTER = 200, 80
LONGEST_ARTICLE = 40_000

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


@dataclass(frozen=True, slots=True)
class Draft:
    """What was written. A thread has `segments`, and all of them as its body; articles have a title."""

    kind: ContentType
    body: str
    title: str | None = None
    segments: tuple[str, ...] = ()

    @property
    def word_count(self) -> int:
        return count_words(f"{self.title or ''} {self.body}")

    @property
    def posts(self) -> tuple[str, ...]:
        """The texts that are posted one by one."""
        return self.segments or (self.body,)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a draft cannot go out. Names the place and the limit, never quotes the text."""

    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


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


def read_draft(kind: ContentType, fields: Mapping[str, Any]) -> Draft:
    """The draft in an answer that has the shape of `SHAPES[kind].schema`."""
    match kind:
        case ContentType.X_THREAD:
            segments = tuple(clean(segment) for segment in fields["segments"])
            return Draft(kind, "\n\n".join(segments), segments=segments)
        case ContentType.BLOG_POST | ContentType.NEWSLETTER:
            return Draft(kind, clean(fields["body"]), title=clean(fields["title"]))
    return Draft(kind, clean(fields["text"]))


def clean(text: str) -> str:
    """NFC, without what no platform or database takes: NUL and other control characters, noncharacters, blank edges.

    A lone half of a surrogate pair, which JSON can smuggle in, becomes U+FFFD; `check_content` refuses that.
    """
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    lines = whole.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", _UNPRINTABLE.sub("", lines)).strip()


def check_content(draft: Draft) -> list[Problem]:
    """Everything that keeps this draft from going out; empty when it may."""
    return [*_check_limits(draft), *_check_texts(draft)]


def _check_limits(draft: Draft) -> Iterator[Problem]:
    match draft.kind:
        case ContentType.X_POST:
            yield from _check_posts(draft)
        case ContentType.X_THREAD:
            count = len(draft.segments)
            if not FEWEST_SEGMENTS <= count <= MOST_SEGMENTS:
                yield Problem("thread", f"has {count} posts; {FEWEST_SEGMENTS} to {MOST_SEGMENTS} are allowed")
            yield from _check_posts(draft)
        case ContentType.LINKEDIN_POST:
            yield from _at_most("post", len(draft.body.encode("utf-16-le")) // 2, LINKEDIN_LIMIT, "characters")
        case ContentType.BLOG_POST:
            yield from _check_article(draft, LONGEST_TITLE, SHORTEST_BLOG_POST)
        case ContentType.NEWSLETTER:
            yield from _check_article(draft, LONGEST_SUBJECT, SHORTEST_NEWSLETTER)


def _check_posts(draft: Draft) -> Iterator[Problem]:
    for name, post in _parts(draft):
        yield from _at_most(name, weighted_length(post), X_LIMIT, "weighted characters")
        if len(_CASHTAG.findall(post)) > 1:
            yield Problem(name, "has several cashtags ($XYZ); X accepts one in a post")


def _check_article(draft: Draft, longest_title: int, shortest_body: int) -> Iterator[Problem]:
    title = draft.title or ""
    if "\n" in title:
        yield Problem("title", "has several lines")
    yield from _at_most("title", len(title), longest_title, "characters")
    yield from _at_most("text", len(draft.body), LONGEST_ARTICLE, "characters")
    if 0 < len(draft.body) < shortest_body:
        yield Problem("text", f"has {len(draft.body)} characters; at least {shortest_body} are needed")


def _check_texts(draft: Draft) -> Iterator[Problem]:
    for name, text in _parts(draft):
        if not any(char.isalnum() for char in text):
            yield Problem(name, "has no words")
        if "\ufffd" in text:
            yield Problem(name, "has a broken character")
        if _PLACEHOLDER.search(text):
            yield Problem(name, "has a placeholder that was left unfilled, or words about being an AI")


def _parts(draft: Draft) -> list[tuple[str, str]]:
    """Every text of the draft under the name that problems call it."""
    if draft.kind is ContentType.X_THREAD:
        return [(f"post {number}", segment) for number, segment in enumerate(draft.segments, start=1)]
    if draft.kind in (ContentType.BLOG_POST, ContentType.NEWSLETTER):
        return [("title", draft.title or ""), ("text", draft.body)]
    return [("post", draft.body)]


def _at_most(where: str, length: int, limit: int, unit: str) -> Iterator[Problem]:
    if length > limit:
        yield Problem(where, f"has {length} {unit}; at most {limit} are allowed")


def contents_of(drafts: Sequence[Draft]) -> list[dict[str, Any]]:
    """The drafts as `finish_run` saves them."""
    return [
        {
            "item": item,
            "kind": draft.kind.value,
            "title": draft.title,
            "body": draft.body,
            "segments": list(draft.segments) or None,
            "word_count": draft.word_count,
            "meta": _meta(draft),
        }
        for item, draft in enumerate(drafts)
    ]


def _meta(draft: Draft) -> dict[str, Any]:
    if draft.kind in (ContentType.X_POST, ContentType.X_THREAD):
        return {"weighted_lengths": [weighted_length(post) for post in draft.posts]}
    return {}


def count_words(text: str) -> int:
    """Words between blanks, in Korean too; where no blanks are written (Han, kana) each character is one."""
    return sum(_words_in(token) for token in text.split())


def _words_in(token: str) -> int:
    unspaced = len(_UNSPACED.findall(token))
    rest = _UNSPACED.sub("", token)
    return unspaced + any(char.isalnum() for char in rest)


# Controls except tab and newline, U+FEFF and the noncharacters; the last three are what X calls invalid.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff\ufffe\uffff\ufdd0-\ufdef]")
_UNSPACED = re.compile("[\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003fffd]")
_CASHTAG = re.compile(r"(?<![\w$])\$[a-z]{1,6}(?:[._][a-z]{1,2})?(?!\w)", re.IGNORECASE)
# `[Your name](https://…)` is a link, `[your name]` is not.
_PLACEHOLDER = re.compile(
    r"\[(?:insert|your|add|name of|company name|link here|여기에|회사명|이름)\b[^\]\n]{0,80}\](?!\()"
    r"|lorem ipsum"
    r"|\bas an ai (?:language )?(?:model|assistant)\b"
    r"|AI 언어 모델로서",
    re.IGNORECASE,
)
