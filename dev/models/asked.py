"""What a writing request comes down to, read from its words as a model would, only less."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass

from lib.domain.angles import ANGLES

LONGEST_TOPIC = 24
LONGEST_LIMIT = 900
USUAL_ARTICLE_WORDS = 120

_HANGUL = re.compile("[\uac00-\ud7a3]")
_SECTION = re.compile(r"<(\w+)>\n(.*?)\n</\1>", re.DOTALL)
_AT_MOST = re.compile(r"(?:at most|no more than|maxLength:?|최대)\s+([\d,]{2,})", re.IGNORECASE)
_FOR_KOREAN = re.compile(r"Korean or Japanese[^.;]{0,40} at most [\d,]+")
_MARKS = re.compile(r"whole numbers? from (\d+)[^.;]{0,60}? to (\d+)")
_WORDS = re.compile(r"([\d,]+) to [\d,]+ words")


@dataclass(frozen=True, slots=True)
class Brief:
    """`limit` is what a post may weigh; `words` the least of an article; `angle` an angle's id, or empty;
    `recent` how earlier pieces begin; `never_say` in lower case; `marks` the lowest and the highest a judge gives."""

    topic: str
    is_korean: bool
    limit: int
    words: int
    angle: str = ""
    recent: tuple[str, ...] = ()
    never_say: tuple[str, ...] = ()
    marks: tuple[int, int] = (1, 5)


def read_brief(system: str, said: Sequence[str]) -> Brief:
    """`said` are the texts of all turns, the newest last."""
    whole = "\n\n".join(said)
    sections = _sections(whole)
    words, marks = _WORDS.search(system), _MARKS.search(system)
    return Brief(
        topic=_topic(sections, said[0] if said else ""),
        is_korean=_is_korean(sections, whole),
        limit=_limit(f"{system}\n{said[-1] if said else ''}"),
        words=int(words[1].replace(",", "")) if words else USUAL_ARTICLE_WORDS,
        angle=next((id_ for id_, angle in ANGLES.items() if angle.instruction in html.unescape(whole)), ""),
        recent=tuple(line.partition(": ")[2] for line in _lines(sections, "recent")),
        never_say=tuple(phrase.casefold() for phrase in _lines(sections, "never_say")),
        marks=(int(marks[1]), int(marks[2])) if marks else (1, 5),
    )


def _sections(text: str) -> dict[str, str]:
    """Each tag's text; the first of several."""
    found: dict[str, str] = {}
    for tag, inside in _SECTION.findall(text):
        found.setdefault(tag, html.unescape(inside).strip())
    return found


def _lines(sections: dict[str, str], tag: str) -> list[str]:
    return sections[tag].splitlines() if tag in sections else []


def _is_korean(sections: dict[str, str], whole: str) -> bool:
    if wanted := sections.get("language"):
        return wanted.startswith("ko") or "Korean" in wanted or "한국어" in wanted
    return bool(_HANGUL.search(whole))


def _limit(text: str) -> int:
    """The smallest bound named; what is told for Hangul follows from it."""
    limits = (int(number.replace(",", "")) for number in _AT_MOST.findall(_FOR_KOREAN.sub("", text)))
    return min([*(it for it in limits if it >= 20), LONGEST_LIMIT])


def _topic(sections: dict[str, str], text: str) -> str:
    """A handful of words that the piece is about."""
    about = sections.get("topic") or sections.get("request") or sections.get("subject") or text or "the work"
    line = " ".join(about.split("\n")[0].split())
    if len(line) <= LONGEST_TOPIC:
        return line.rstrip(".!?。") or "the work"
    return line[:LONGEST_TOPIC].rsplit(" ", 1)[0].rstrip(".,!?。") or line[:LONGEST_TOPIC]
