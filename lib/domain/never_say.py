"""Whether a text says what its author forbade, in any inflection.

Compared without case, width and invisible characters. Words of spaced scripts begin at a word's beginning and may take
an inflection; Korean ones may take particles and endings; Chinese, Japanese and Thai ones are found anywhere. A phrase
without letters (an emoji, "!!!") is found as it stands.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache

from lib.domain.invisible import folded, in_latin_lookalikes

# By language: English and what other Latin-written languages add (plural, gender, case, the commonest verb endings).
_SUFFIXES = "s|es|'s|s'|d|ed|ing|er|ers|est|e|en|em|n|x|o|a|os|as|i|te|t|ly"
# What makes no other word of a short Korean one: particles, then perhaps "to be"; or the beginning of a verb's ending.
_PARTICLES = (
    "은|는|이|가|을|를|의|에|에서|에게|에게서|께|께서|한테|로|으로|로서|으로서|로써|으로써|와|과|랑|이랑|도|만|까지|부터|"
    "보다|처럼|같이|마다|조차|마저|밖에|뿐|나|이나|라|이라|란|이란|라고|이라고|라는|이라는|야|이야|아|여|이여|요|이요|든|이든|들|"
    "님|째|쯤|씩|용|형|성|화"
)
_ENDINGS = (  # of "to be"
    "다|이다|입니다|이에요|예요|이었다|였다|이었습니다|였습니다|인|일|임|이고|고|이며|며|이지만|지만|이네요|네요|이죠|죠|인데|이니까"
)
# After the stem of a verb or adjective: those that end with a vowel, those that do not.
_STEM_ENDINGS = "다|더|고|게|기|거|지|죠|네|니|어|아|으|자"
_CLOSED_ENDINGS = "던|는|습|은|을|음|었|았|단|답"
_VERBS = "하|해|했|한|할|함|합|되|돼|됐|된|될|됨|됩|시키|시킨|시켜|받|당하|당한|당했|적|스럽|스러|스레|롭|로운|답|다운"


def find_forbidden(text: str, phrases: Sequence[str]) -> Iterator[str]:
    """One message for each phrase that is said."""
    if not phrases:
        return
    said = folded(text)
    apart, alike = unicodedata.normalize("NFD", said), in_latin_lookalikes(said)
    for phrase in phrases:
        pattern, in_letters = _pattern(phrase)
        if pattern.search(apart if in_letters else said) or (alike != said and pattern.search(alike)):
            yield f"says “{phrase}”, which the author never says, in any form"


@lru_cache(maxsize=512)
def _pattern(phrase: str) -> tuple[re.Pattern[str], bool]:
    """What finds it, and whether in a text whose Hangul is taken apart into letters."""
    said = folded(phrase).strip()
    words = _WORD.findall(said)
    if not words:
        return re.compile(re.escape(said) or r"(?!)"), False
    if _hangul().search(words[-1]):
        verb = _verb_stems(words[-1])
        if verb:
            return _joined([*words[:-1], ""], unicodedata.normalize("NFD", verb)), True
        return _joined(words, _korean_end(words)), False
    if _unspaced().search(said):
        return re.compile(r"\s*".join(map(re.escape, said.split()))), False
    return _spaced(said, words), False


def _joined(words: Sequence[str], end: str) -> re.Pattern[str]:
    """Korean: blanks between its words are optional, and a short phrase does not begin inside another word."""
    phrase = r"[\s·-]*".join(r"\s?".join(map(re.escape, word)) for word in words if word)
    is_short = len("".join(words)) <= 2
    if not words[-1]:  # letters apart
        phrase = unicodedata.normalize("NFD", phrase)
        return re.compile(rf"(?<![\u1100-\u11ff]){phrase}{'[\\s·-]*' if phrase else ''}{end}")
    return re.compile(rf"{'(?<![가-힣])' if is_short else ''}{phrase}{end}")


def _korean_end(words: Sequence[str]) -> str:
    """What may follow: anything after a long phrase; after a short one only what does not make it another word."""
    if len("".join(words)) > 2:
        return ""
    return rf"(?:(?:{_PARTICLES}){{0,3}}(?:{_ENDINGS})?(?![가-힣])|(?:{_VERBS}))"


def _verb_stems(word: str) -> str:
    """A pattern of letters for the stems of a verb or adjective in its dictionary form (놀랍다), else nothing."""
    if len(word) < 2 or not word.endswith("다"):
        return ""
    stem = word[:-1]
    letters = unicodedata.normalize("NFD", stem)
    if len(stem) == 1:
        return _short_stem(letters)
    if stem.endswith("하"):
        return f"{unicodedata.normalize('NFD', stem[:-1])}{_HA}(?:{_A}|{_AE})"
    if letters.endswith(_FINAL_B):  # 놀랍다: 놀라운, 놀라워
        return f"{letters[:-1]}(?:{_FINAL_B}|\u110b(?:\u116e|\u116f))"
    if stem.endswith("르"):  # 빠르다: 빨라
        return f"(?:{letters}|{unicodedata.normalize('NFD', stem[:-1])}\u11af\u1105(?:{_A}|\u1165))"
    for vowel, contracted in _CONTRACTED.items():
        if letters.endswith(vowel):
            return f"{letters[:-1]}(?:{vowel}|{contracted})"
    return letters


def _short_stem(letters: str) -> str:
    """One syllable is a noun, too, and begins many a word: only before an ending (좋다: 좋은, 좋아), and not without a
    final consonant (싸다, 사다), where syllables run together."""
    if len(letters) < 3:
        return ""
    apart = unicodedata.normalize("NFD", _STEM_ENDINGS)
    ends = rf"(?:(?:{apart})(?![\u11a8-\u11ff])|{unicodedata.normalize('NFD', _CLOSED_ENDINGS)})"
    if letters.endswith(_FINAL_B):  # 쉽다: 쉬운, 쉬워
        return f"{letters[:-1]}(?:{_FINAL_B}{ends}|\u110b(?:\u116e\u11ab|\u116f))"
    return letters + ends


def _spaced(said: str, words: Sequence[str]) -> re.Pattern[str]:
    """A Korean particle may follow at once (AI가), and a hashtag may write the words together."""
    before = re.escape(said[: said.index(words[0])].strip())[-20:]
    after = re.escape(said[said.rindex(words[-1]) + len(words[-1]) :].strip())
    inflected = [_inflected(word) for word in words]
    phrase, ends = r"[\W_]{1,3}".join(inflected), "" if after else rf"(?!{_IN_WORD})"
    tag = rf"|#{''.join(inflected)}{ends}" if len(words) > 1 else ""
    return re.compile(rf"(?<!{_IN_WORD}){before}{phrase}{after}{ends}{tag}")


def _inflected(word: str) -> str:
    escaped = re.escape(word)
    if not word.isalpha() or len(word) < 3:
        return rf"{escaped}(?:'?s)?"
    if len(word) == 3:
        return rf"{escaped}(?:'?s|{escaped[-1]}(?:ing|ed|er)|ing|ed|en)?"
    forms = [rf"{escaped}(?:{escaped[-1]}?(?:{_SUFFIXES}))?"]
    if word[-1] in "eaoy":
        forms.append(rf"{re.escape(word[:-1])}(?:ing|ed|ers?|est|ies|ied|ier|iest|ily|y|es|as|os|i|e|a|o)")
    return f"(?:{'|'.join(forms)})"


_IN_WORD = "[^\\W_\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]"  # of a script that writes blanks between words
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


# Compiled when first needed: these are milliseconds that a delivery with nothing to write would pay, too.
@cache
def _hangul() -> re.Pattern[str]:
    return re.compile("[가-힣]")


@cache
def _unspaced() -> re.Pattern[str]:
    return re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


_HA, _A, _AE, _FINAL_B = "\u1112", "\u1161", "\u1162", "\u11b8"
_CONTRACTED = {
    "\u1175": "\u1167",  # 느끼다: 느껴
    "\u1169": "\u116a",  # 오다: 와
    "\u116e": "\u116f",  # 배우다: 배워
    "\u1173": "(?:\u1161|\u1165)",  # 아프다: 아파
}
