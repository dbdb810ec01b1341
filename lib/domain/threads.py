"""Cutting a text that is too long for one post: at sentence ends, else word ends, never inside a word, link or emoji.

Lengths are X's weighted ones. Where no blanks are written (Chinese, Japanese, Thai) punctuation is a word end, and a
run without any is cut between characters as readers see them. Only a single word longer than a post stays too long.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from lib.domain.graphemes import ends_of_graphemes
from lib.domain.weighted_length import find_links, weighted_length

SHORTEST_SHARE = 0.4  # of a post, that ending it with a sentence must leave filled; else it ends with a word


@dataclass(frozen=True, slots=True)
class Chunk:
    """What is never cut: a word with the blanks after it."""

    text: str
    weight: int  # with its blanks
    bare_weight: int  # without them, when it is the last of its post
    ends_sentence: bool


def split(text: str, limit: int) -> tuple[str, ...]:
    """The text in pieces that weigh at most `limit` each; nothing but blanks at the cuts is lost.

    The pieces are of similar length: no post of two words closes a thread.
    """
    whole = text.strip()
    if not whole:
        return ()
    if weighted_length(whole) <= limit:
        return (whole,)
    chunks = [chunk for word in _WORD.findall(whole) for chunk in _chunks_of(word, limit)]
    return tuple("".join(chunk.text for chunk in piece).strip() for piece in _evenly(chunks, limit))


def _evenly(chunks: Sequence[Chunk], limit: int) -> list[Sequence[Chunk]]:
    """As few pieces as the limit allows, filled only as much as that number needs."""
    best = _fill(chunks, limit)
    low, high = -(-sum(chunk.weight for chunk in chunks) // len(best)), limit
    while low < high:
        middle = (low + high) // 2
        found = _fill(chunks, middle)
        if len(found) <= len(best):
            best, high = found, middle
        else:
            low = middle + 1
    return best


def _fill(chunks: Sequence[Chunk], limit: int) -> list[Sequence[Chunk]]:
    pieces: list[Sequence[Chunk]] = []
    at = 0
    while at < len(chunks):
        end = _end_of_piece(chunks, at, limit)
        pieces.append(chunks[at:end])
        at = end
    return pieces


def _end_of_piece(chunks: Sequence[Chunk], begin: int, limit: int) -> int:
    """Where the piece that begins at `begin` ends: after its last sentence that fits, if that fills enough of it."""
    weight = 0
    end = sentence_end = begin
    for at in range(begin, len(chunks)):
        chunk = chunks[at]
        if weight + chunk.bare_weight > limit and at > begin:
            break
        if chunk.ends_sentence and weight + chunk.bare_weight >= limit * SHORTEST_SHARE:
            sentence_end = at + 1
        weight += chunk.weight
        end = at + 1
    return end if end == len(chunks) or sentence_end == begin else sentence_end


def _chunks_of(word: str, limit: int) -> Iterator[Chunk]:
    """A run between blanks, parted after CJK punctuation, and between characters where it is still too long."""
    cuts = [found.end() for found in _cjk_stop().finditer(word)] if not word.isascii() else []
    for start, end in zip([0, *cuts], [*cuts, len(word)], strict=True):
        chunk = _chunk(word[start:end])
        if chunk.bare_weight <= limit:
            yield chunk
        else:
            yield from _forced_chunks(chunk.text)


def _forced_chunks(text: str) -> Iterator[Chunk]:
    """Every grapheme that may stand apart by itself; links and words of letters stay whole."""
    inside = {at for start, end, _ in find_links(text) for at in range(start + 1, end)}
    start = 0
    for at in ends_of_graphemes(text):
        if at == len(text) or (at not in inside and _may_part(text[at - 1], text[at])):
            yield _chunk(text[start:at])
            start = at


def _may_part(before: str, here: str) -> bool:
    """Whether a run without blanks may be cut here: beside an unspaced script or emoji, but not before punctuation."""
    if _closes().match(here) or _opens().match(before) or here.isspace():
        return False
    return bool(_unspaced().match(before) or _unspaced().match(here))


def _chunk(text: str) -> Chunk:
    bare = text.rstrip()
    weight = weighted_length(bare)
    return Chunk(text, weight + len(text) - len(bare), weight, bool(_sentence_end().search(bare)))


_WORD = re.compile(r"\S+\s*")
_CLOSING = r"\"'”’»)\]）」』】》〉"


# Compiled when first needed: these are milliseconds that a delivery with nothing to write would pay, too.
@cache
def _sentence_end() -> re.Pattern[str]:
    return re.compile(rf"[.!?…。！？｡][{_CLOSING}\U0001f000-\U0001faff\ufe0f]*$")


@cache
def _cjk_stop() -> re.Pattern[str]:
    return re.compile(rf"[。！？｡，、；：][{_CLOSING}]*(?=[^\s{_CLOSING}。！？｡，、；：])")


@cache
def _closes() -> re.Pattern[str]:
    return re.compile(rf"[{_CLOSING}.,!?:;%…。！？｡，、；：・ーぁぃぅぇぉっゃゅょァィゥェォッャュョ々]")


@cache
def _opens() -> re.Pattern[str]:
    return re.compile(r"[\"'“‘«(\[（「『【《〈#@＃＠$]")


# Hangul too: a run of 140 syllables without a blank is no word. Emoji part from what stands beside them.
@cache
def _unspaced() -> re.Pattern[str]:
    return re.compile(
        "[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3000-\u30ff\u3130-\u318f\u3400-\u9fff\uac00-\ud7a3"
        "\uf900-\ufaff\uff01-\uff9f\u2600-\u27bf\U0001f000-\U0001faff\U00020000-\U0003fffd]"
    )
