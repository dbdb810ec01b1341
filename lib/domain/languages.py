"""Whether a text is plainly in another language than the one wanted; in doubt it is not.

Told by script first (Hangul, kana, Thai …), then, among languages that are written in Latin letters, by words that one
of them has and the others do not. Names, terms and quotations in another language are ordinary.
"""

import re
from collections.abc import Mapping
from functools import cache

FEWEST_LETTERS = 30  # weighted; shorter texts may be all names
OWN_SHARE = 0.1  # of the letters: with less than this in the wanted script a text is in another
FEWEST_WORDS = 4  # of another Latin language, and four times as many as of the wanted one

# Letters of the script, and how many Latin ones one of them is worth.
SCRIPTS: Mapping[str, tuple[str, float]] = {
    "latin": ("a-z\u00c0-\u024f\u1e00-\u1eff", 1),
    "hangul": ("\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3", 2.5),
    "kana": ("\u3041-\u309f\u30a1-\u30fa", 2),
    "han": ("\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003fffd", 3),
    "thai": ("\u0e01-\u0e4e", 1),
    "cyrillic": ("\u0400-\u052f", 1),
    "arabic": ("\u0620-\u06ff\u0750-\u077f", 1),
    "devanagari": ("\u0900-\u097f", 1),
    "greek": ("\u0370-\u03ff", 1),
    "hebrew": ("\u05d0-\u05ea", 1),
}
NAMES: Mapping[str, str] = {
    "ko": "Korean",
    "en": "English",
    "ja": "Japanese",
    "zh": "Chinese",
    "es": "Spanish",
    "fr": "French",
    "de": "German",
    "pt": "Portuguese",
    "it": "Italian",
    "vi": "Vietnamese",
    "id": "Indonesian",
    "th": "Thai",
    "ru": "Russian",
    "uk": "Ukrainian",
    "bg": "Bulgarian",
    "ar": "Arabic",
    "fa": "Persian",
    "ur": "Urdu",
    "hi": "Hindi",
    "mr": "Marathi",
    "ne": "Nepali",
    "el": "Greek",
    "he": "Hebrew",
}
OTHER_SCRIPTS: Mapping[str, tuple[str, ...]] = {  # of the languages that are not written in Latin letters
    "ko": ("hangul",),
    "ja": ("kana", "han"),
    "zh": ("han",),
    "th": ("thai",),
    **dict.fromkeys(("ru", "uk", "bg"), ("cyrillic",)),
    **dict.fromkeys(("ar", "fa", "ur"), ("arabic",)),
    **dict.fromkeys(("hi", "mr", "ne"), ("devanagari",)),
    "el": ("greek",),
    "he": ("hebrew",),
}
WRITTEN_IN: Mapping[str, str] = {  # what a text in such letters is called
    "hangul": "Korean",
    "kana": "Japanese",
    "han": "Chinese",
    "thai": "Thai",
    "latin": "a language in Latin letters",
    "cyrillic": "a language in Cyrillic letters",
    "arabic": "a language in Arabic letters",
    "devanagari": "a language in Devanagari",
    "greek": "Greek",
    "hebrew": "Hebrew",
}
COMMON_WORDS: Mapping[str, str] = {  # which none of the others has
    "en": "the and is of you that it with are was this have not but your what they we from which when how their",
    "es": "el los las una del y con por para pero más muy está este esta cuando porque lo es su se qué cómo hay",
    "fr": "le les des une et est dans pour pas vous nous avec sur qui ce cette mais ils sont aux être plus très du",
    "de": "der die das und ist nicht ein eine ich sie wir mit für auf den dem von zu sich auch wenn aber wie oder",
    "pt": "o os uma não você em com são mais mas foi ao pelo muito isso ele ela seu sua dos das quando até às",
    "it": "il gli della di che è non sono con per una più ma anche questo questa nel del alla dei ci perché si",
    "vi": "và của là không được cho người một những các đã này trong với có thể khi bạn tôi chúng rằng sẽ nếu",
    "id": "yang dan di untuk dengan ini itu tidak dari kamu kami adalah akan bisa pada juga saya kita lebih atau",
}


def foreign_language(text: str, wanted: str) -> tuple[str, str] | None:
    """English names of the language found and of the one wanted, when they surely differ. `wanted` is a BCP 47 tag."""
    language = wanted.partition("-")[0].lower()
    if language not in NAMES:
        return None
    prose = _NOT_PROSE.sub(" ", text).lower()
    found = _other_script(prose, language)
    if not found and language in COMMON_WORDS:
        found = _other_words(prose, language)
    return (found, NAMES[language]) if found else None


def _other_script(text: str, wanted: str) -> str | None:
    weights = {name: letters * SCRIPTS[name][1] for name, letters in _letters(text).items()}
    total = sum(weights.values())
    own = sum(weights[name] for name in OTHER_SCRIPTS.get(wanted, ("latin",)))
    if total < FEWEST_LETTERS:
        return None
    if own < total * OWN_SHARE:
        return _named(text, max(weights, key=weights.__getitem__), weights)
    if wanted == "ja" and not weights["kana"] and weights["han"] > total / 2:
        return WRITTEN_IN["han"]
    if wanted == "zh" and weights["kana"] > (weights["kana"] + weights["han"]) / 4 and own < total * 0.8:
        return WRITTEN_IN["kana"]
    return None


def _named(text: str, script: str, weights: Mapping[str, float]) -> str:
    if script == "latin":
        counts = _word_counts(text)
        best = max(counts, key=counts.__getitem__)
        return NAMES[best] if counts[best] >= FEWEST_WORDS else WRITTEN_IN[script]
    return WRITTEN_IN["kana" if script == "han" and weights["kana"] else script]


def _other_words(text: str, wanted: str) -> str | None:
    counts = _word_counts(text)
    best = max(counts, key=counts.__getitem__)
    if counts[best] < FEWEST_WORDS or counts[best] < 4 * counts[wanted]:
        return None
    return NAMES[best] if best != wanted else None


def _word_counts(text: str) -> dict[str, int]:
    words = _WORD.findall(text)
    return {language: sum(word in common for word in words) for language, common in _common_words().items()}


@cache
def _common_words() -> Mapping[str, frozenset[str]]:
    """Of each language those that are not in another's list."""
    lists = {language: words.split() for language, words in COMMON_WORDS.items()}
    every = [word for words in lists.values() for word in words]
    return {language: frozenset(it for it in words if every.count(it) == 1) for language, words in lists.items()}


def _letters(text: str) -> dict[str, int]:
    return {name: len(pattern.findall(text)) for name, pattern in _script_patterns().items()}


@cache
def _script_patterns() -> Mapping[str, re.Pattern[str]]:
    return {name: re.compile(f"[{letters}]") for name, (letters, _) in SCRIPTS.items()}


_NOT_PROSE = re.compile(r"(?:https?://|www\.)\S+|[@#＃]\w+|`[^`\n]*`")
_WORD = re.compile(r"[^\W\d_]+")
