"""How good a draft looks, by measures that need no model: 0 to 100, advisory, keeps nothing back.

Each part is 0 to 100 and says one thing that a reader would notice; the total is their weighted mean. They were chosen
to be explained in a sentence, not to be clever: a person who sees a low score should see why.

- length: whether it fills its place as such pieces usually do
- novelty: how far it is from the nearest thing written before
- plainness: no worn phrases, and no throat-clearing where it begins
- variety: how few of its runs of three words come again
- rhythm: sentences neither long nor all alike
- restraint: few emoji, hashtags, exclamation marks and words in capitals
- keywords: how many of the author's keywords are in it
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from lib.domain.draft import Draft, count_words
from lib.domain.schedule import ContentType
from lib.domain.similarity import Likeness
from lib.domain.weighted_length import weighted_length
from lib.domain.writing_settings import WritingSettings

WEIGHTS: Mapping[str, int] = {
    "length": 15,
    "novelty": 25,
    "plainness": 20,
    "variety": 15,
    "rhythm": 10,
    "restraint": 10,
    "keywords": 5,
}
# Usual lengths in X's weighted characters, so that a syllable counts as two letters.
USUAL_LENGTH: Mapping[ContentType, tuple[int, int]] = {
    ContentType.X_POST: (80, 280),
    ContentType.X_THREAD: (500, 2_500),
    ContentType.LINKEDIN_POST: (400, 2_000),
    ContentType.BLOG_POST: (2_500, 9_000),
    ContentType.NEWSLETTER: (1_200, 5_000),
}
ORDINARY_LIKENESS = 30  # percent that any two posts of one account may have
LONG_SENTENCE = 28  # words
WORN = (  # what readers take for machine-made
    r"\b(?:delv(?:e|es|ing)|game[- ]changer|unlock(?:s|ing)? (?:the|your)|elevate your|leverag(?:e|es|ing))\b",
    r"\bseamless(?:ly)?\b",
    r"\b(?:in today['’]s [\w-]+ world|fast[- ]paced|ever[- ]evolving|tapestry|testament to|at the end of the day)\b",
    r"\b(?:it['’]s not just (?:about )?[\w ]{1,40}, it['’]s|whether you['’]re an? [\w ]{1,40} or|look no further)",
    r"게임 ?체인저|혁신적인|놀라운|극대화|한 단계 더|지금 바로|잊지 마세요|여러분도 .{0,20}해 ?보세요",
)
CLEARING = (  # how a text begins that has not begun
    r"in today['’]s|have you ever|let['’]s (?:talk about|dive)|did you know|imagine (?:a|this)|are you (?:ready|tired)",
    r"i['’]m (?:excited|thrilled) to|welcome (?:back )?to",
    r"오늘날|요즘 같은|현대 사회|안녕하세요|혹시 .{0,20}(?:있으신가요|있나요)|여러분,? 혹시|알고 계셨나요",
)


@dataclass(frozen=True, slots=True)
class Score:
    """`total` and each of `parts` are 0 to 100, the more the better."""

    total: int
    parts: Mapping[str, int]


def score_draft(draft: Draft, settings: WritingSettings, likeness: Likeness | None) -> Score:
    """The same draft has always the same score."""
    text = f"{draft.title or ''}\n{draft.body}".strip()
    measured = {
        "length": _length(draft),
        "novelty": _novelty(likeness),
        "plainness": _plainness(text, draft.body),
        "variety": _variety(text),
        "rhythm": _rhythm(draft.body),
        "restraint": _restraint(draft),
        "keywords": _keywords(text, settings),
    }
    parts = {name: round(100 * min(1.0, max(0.0, share))) for name, share in measured.items()}
    return Score(round(sum(WEIGHTS[name] * part for name, part in parts.items()) / sum(WEIGHTS.values())), parts)


def _length(draft: Draft) -> float:
    """1 within the usual, less by the share that is missing or too much."""
    least, most = USUAL_LENGTH[draft.kind]
    length = sum(weighted_length(post) for post in draft.posts)
    return min(length / least, 1.0) if length <= most else most / length


def _novelty(likeness: Likeness | None) -> float:
    percent = likeness.percent if likeness else 0
    return 1 - (percent - ORDINARY_LIKENESS) / (100 - ORDINARY_LIKENESS)


def _plainness(text: str, body: str) -> float:
    """A quarter off for every worn phrase, counted for a text of 100 words, and for an opening that only clears."""
    worn, clearing = _worn()
    found = len(worn.findall(text)) / max(1.0, count_words(text) / 100)
    return 1 - found / 4 - bool(clearing.match(body)) / 4


def _variety(text: str) -> float:
    words = _WORD.findall(text.casefold())
    runs = list(zip(words, words[1:], words[2:], strict=False))
    return len(set(runs)) / len(runs) if runs else 1.0


def _rhythm(body: str) -> float:
    """Half for the share of sentences that are not long; half for their spread, as soon as there are four."""
    lengths = [count for sentence in _SENTENCE_END.split(body) if (count := count_words(sentence))]
    if not lengths:
        return 0.0
    short = sum(length <= LONG_SENTENCE for length in lengths) / len(lengths)
    return short / 2 + (min(1.0, _spread(lengths) / 0.35) if len(lengths) >= 4 else 1.0) / 2


def _spread(lengths: Sequence[int]) -> float:
    """Standard deviation by mean."""
    mean = sum(lengths) / len(lengths)
    return float((sum((length - mean) ** 2 for length in lengths) / len(lengths)) ** 0.5 / mean)


def _restraint(draft: Draft) -> float:
    """A post may have two emoji, three hashtags, one exclamation mark and one shouted word; each more takes a tenth."""
    posts = max(1, len(draft.posts), draft.word_count // 60)
    allowed = ((_EMOJI, 2), (_TAG, 3), (_SHOUT, 1), (_CAPITALS, 1))
    return 1 - sum(max(0, len(mark.findall(draft.body)) - most * posts) for mark, most in allowed) / 10


def _keywords(text: str, settings: WritingSettings) -> float:
    said = text.casefold()
    wanted = settings.keywords
    return sum(keyword.casefold() in said for keyword in wanted) / len(wanted) if wanted else 1.0


@cache
def _worn() -> tuple[re.Pattern[str], re.Pattern[str]]:
    return re.compile("|".join(WORN), re.IGNORECASE), re.compile(rf"\W{{0,5}}(?:{'|'.join(CLEARING)})", re.IGNORECASE)


_WORD = re.compile(r"\w+")
_SENTENCE_END = re.compile(r"[.!?。！？]+(?:\s+|$)|[。！？]|\n+")
_EMOJI = re.compile("[\u2600-\u27bf\U0001f300-\U0001faff]")
_TAG = re.compile(r"(?<!\w)#\w+")
_SHOUT = re.compile("[!！]")
_CAPITALS = re.compile(r"\b[A-Z]{5,}\b")
