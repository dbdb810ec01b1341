"""Cutting a text that is too long for one post: at sentence ends, else word ends, never inside a word, link or emoji.

Lengths are X's weighted ones. Where no blanks are written (Chinese, Japanese, Thai) punctuation is a word end, and a
run without any is cut between characters as readers see them. Only a single word longer than a post stays too long.
"""

import re
from collections.abc import Iterator, Sequence

from lib.domain.weighted_length import weighted_length

_WORD = re.compile(r"\S+\s*")


def split(text: str, limit: int) -> tuple[str, ...]:
    """The text in pieces that weigh at most `limit` each; nothing but blanks at the cuts is lost."""
    whole = text.strip()
    if not whole:
        return ()
    if weighted_length(whole) <= limit:
        return (whole,)
    return tuple(_filled(_WORD.findall(whole), limit))


def _filled(words: Sequence[str], limit: int) -> Iterator[str]:
    piece = ""
    for word in words:
        if piece and weighted_length((piece + word).rstrip()) > limit:
            yield piece.rstrip()
            piece = ""
        piece += word
    yield piece.rstrip()
