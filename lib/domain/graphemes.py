"""Where one character, as a reader sees it, ends and the next begins (Unicode's grapheme clusters, UAX 29, in short).

Errs towards holding together: an emoji with its skin tone, a family, a flag, a syllable with its vowel signs are never
parted; a few rare pairs that might be are kept as one.
"""

import unicodedata
from collections.abc import Iterator

_ZWJ = "\u200d"
_ATTACHED_MARKS = "\u0e33\u0eb3"  # Thai and Lao AM: letters to Unicode, but part of the syllable before
_VIRAMA = 9  # combining class of the sign that joins two Indic consonants


def ends_of_graphemes(text: str) -> Iterator[int]:
    """The positions after each of them, the end of the text last."""
    flags = 0  # regional indicators in a row up to here; two make a flag
    for at in range(1, len(text)):
        before, here = text[at - 1], text[at]
        flags = flags + 1 if _is_flag_half(before) else 0
        if not (_attaches(here) or _holds(before, here) or (flags % 2 and _is_flag_half(here))):
            yield at
    if text:
        yield len(text)


def _attaches(char: str) -> bool:
    """Whether it belongs to what stands before it, whatever that is."""
    if char < "\u0300":
        return False
    return (
        unicodedata.category(char) in ("Mn", "Me", "Mc")
        or char in _ATTACHED_MARKS
        or char in (_ZWJ, "\u200c")
        or "\U0001f3fb" <= char <= "\U0001f3ff"  # skin tones
        or "\U000e0020" <= char <= "\U000e007f"  # tags of regional flags
        or "\u1160" <= char <= "\u11ff"  # Hangul vowels and finals, where NFC left them apart
    )


def _holds(before: str, here: str) -> bool:
    """Whether it holds what follows it."""
    return (
        before == _ZWJ
        or (before == "\r" and here == "\n")
        or (unicodedata.combining(before) == _VIRAMA and here.isalpha())
        or ("\u1100" <= before <= "\u115f" and "\u1100" <= here <= "\ud7a3" and _is_hangul(here))
    )


def _is_hangul(char: str) -> bool:
    return "\u1100" <= char <= "\u11ff" or "\uac00" <= char <= "\ud7a3"


def _is_flag_half(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"
