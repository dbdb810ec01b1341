"""Characters that nobody sees: they hide a word from us, turn a line around, or fill a text that says nothing.

`without_invisible` is what a draft keeps, so that what the gates read is what readers get. `folded` is how two texts
are compared, without case, width and stray marks; `in_latin_lookalikes` goes on to letters that only look like others.
"""

import re
import unicodedata
from functools import cache


def without_invisible(text: str) -> str:
    """The text without them, except where they do their work: joiners in emoji and Indic or Persian words, selectors
    of emoji and CJK, direction marks beside letters that are written from right to left, flags of regions."""
    if text.isascii():
        return text
    if not _right_to_left().search(text):
        text = _direction_marks().sub("", text)
    while (less := _useless().sub(lambda found: found[1] or "", text)) != text:
        text = less  # what stood behind one of them may be useless without it
    return text


def folded(text: str) -> str:
    """For comparing only."""
    text = unicodedata.normalize("NFKC", text).casefold()
    if text.isascii():
        return text
    return _marks().sub("", _invisible().sub("", text)).replace("’", "'").replace("‘", "'")


def in_latin_lookalikes(text: str) -> str:
    """A folded text with the Latin letters that its Cyrillic and Greek ones look like, unless most of it is written in
    those."""
    if text.isascii() or 2 * len(_cyrillic_or_greek().findall(text)) > sum(map(str.isalpha, text)):
        return text
    return text.translate(_lookalikes())


# Compiled when first needed: these are milliseconds that a delivery with nothing to write would pay, too.
@cache
def _useless() -> re.Pattern[str]:
    """Group 1 stays. Soft hyphen, fillers, embeddings, overrides, isolates, tags; joiners and selectors beside letters
    that know none."""
    plain = "\\x00-\u02ff\uac00-\ud7a3"
    return re.compile(
        "(\U0001f3f4[\U000e0020-\U000e007f]+)"
        "|[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u202a-\u202e\u2060-\u206f\u3164\uffa0"
        "\ufff9-\ufffb\U000e0000-\U000e007f]"
        f"|(?<=[{plain}])[\u200c\u200d]+|(?<![\u200c\u200d])[\u200c\u200d]+(?=[{plain}])"
        "|(?<=[a-zA-Z\u00c0-\u02ff\uac00-\ud7a3\\s])[\u200c\u200d\ufe00-\ufe0f\U000e0100-\U000e01ef]+"
    )


@cache
def _direction_marks() -> re.Pattern[str]:
    return re.compile("[\u200e\u200f\u061c]")


@cache
def _right_to_left() -> re.Pattern[str]:
    return re.compile("[\u0590-\u061b\u061d-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")


@cache
def _invisible() -> re.Pattern[str]:
    return re.compile(
        "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
        "\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]"
    )


@cache
def _marks() -> re.Pattern[str]:
    """What stays apart from a letter in NFKC: strokes through words, piles of accents."""
    return re.compile("[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0]")


@cache
def _cyrillic_or_greek() -> re.Pattern[str]:
    return re.compile("[\u0370-\u03ff\u0400-\u052f]")


@cache
def _lookalikes() -> dict[int, str]:
    """Cyrillic and Greek small letters, and letters in black boxes and circles."""
    cyrillic = zip("аеорсухіјѕһԁԛԝӏвкмнт", "aeopcyxijshdqwlbkmht", strict=True)
    greek = zip("οανιρτυκχε", "oaviptukxe", strict=True)
    boxed = ((chr(first + at), chr(ord("a") + at)) for first in (0x1F150, 0x1F170) for at in range(26))
    return str.maketrans(dict([*cyrillic, *greek, *boxed]))
