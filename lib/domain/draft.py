"""What was written, as read from a model's answer: cleaned, in its parts, counted."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from lib.domain.invisible import without_invisible
from lib.domain.schedule import ContentType
from lib.domain.threads import split
from lib.domain.weighted_length import LONGEST as X_LIMIT

ARTICLES = (ContentType.BLOG_POST, ContentType.NEWSLETTER)  # have a title, and Markdown


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

    @property
    def parts(self) -> Iterator[tuple[str, str]]:
        """Every text of the draft under the name that an objection calls it."""
        if self.kind is ContentType.X_THREAD:
            yield from ((f"post {number}", segment) for number, segment in enumerate(self.segments, start=1))
        elif self.kind in ARTICLES:
            yield "title", self.title or ""
            yield "text", self.body
        else:
            yield "post", self.body


def read_draft(kind: ContentType, fields: Mapping[str, Any]) -> Draft:
    """The draft in an answer that has the shape of `SHAPES[kind].schema`. A thread's post that is too long becomes
    several."""
    match kind:
        case ContentType.X_THREAD:
            cleaned = (clean(segment) for segment in fields["segments"])
            segments = tuple(post for segment in cleaned for post in split(segment, X_LIMIT) or ("",))
            return Draft(kind, "\n\n".join(segments), segments=segments)
        case ContentType.BLOG_POST | ContentType.NEWSLETTER:
            return Draft(kind, clean(fields["body"]), title=clean(fields["title"]))
    return Draft(kind, clean(fields["text"]))


def clean(text: str) -> str:
    """NFC, without what no platform or database takes: NUL and other control characters, noncharacters, blank edges;
    and without what nobody sees.

    A lone half of a surrogate pair, which JSON can smuggle in, becomes U+FFFD; the gates refuse that.
    """
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    lines = _line_end().sub("\n", whole)
    composed = unicodedata.normalize("NFC", _unprintable().sub("", lines))
    return unicodedata.normalize("NFC", without_invisible(composed)).strip()


def count_words(text: str) -> int:
    """Words between blanks, in Korean too; where no blanks are written (Han, kana) each character is one."""
    return sum(_words_in(token) for token in text.split())


def _words_in(token: str) -> int:
    unspaced = len(_unspaced().findall(token))
    rest = _unspaced().sub("", token)
    return unspaced + any(char.isalnum() for char in rest)


# Compiled when first needed: these are milliseconds that a delivery with nothing to write would pay, too.
@cache
def _unprintable() -> re.Pattern[str]:  # controls except tab and newline, and noncharacters; X refuses U+FEFF, too
    return re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff\ufffe\uffff\ufdd0-\ufdef]")


@cache
def _line_end() -> re.Pattern[str]:
    return re.compile("\r\n?|\u2028|\u2029")


@cache
def _unspaced() -> re.Pattern[str]:
    return re.compile("[\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003fffd]")
