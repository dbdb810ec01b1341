"""What was never meant for readers: placeholders, variables, markup, words between the writer and the author.

Kept narrow: each pattern is a thing that models do leave behind, in the languages that we name to them; a text about
brackets, prompts or Markdown should pass. In articles code is not looked at.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from lib.domain import leftover_phrases as phrases

EDGE = 300  # characters of a beginning or end in which a writer's remark would stand

PLACEHOLDER = "has a placeholder that was left unfilled"
VARIABLE = "has a variable that nothing was put in for"
TAG = "has a tag of the request"
REMARK = "has words to the author about the task"
AI_REMARK = "has words about being an AI, or a refusal"
LABEL = "begins with a label such as “Post:”"
QUOTED = "is wrapped in quotation marks"
JSON = "has remains of JSON"
ESCAPES = "has HTML, which is shown as it stands here"
RAW_HTML = "has raw HTML; only Markdown is published"
MARKDOWN = "has Markdown, which is shown as it stands here"
FENCED = "is wrapped in a code fence"
OPEN_FENCE = "has a code fence that is not closed"


def find_leftovers(text: str, *, is_markdown: bool) -> Iterator[str]:
    """One message for each sort that is found. `is_markdown`: the text may have markup, as the body of an article."""
    text = text.translate(_HALF_WIDTH)
    if is_markdown:
        yield from _check_fences(text)
        text = without_code(text)
        if _raw_html().search(text):
            yield RAW_HTML
    else:
        yield from (message for message, pattern in _in_plain_text() if pattern.search(text))
    yield from dict.fromkeys(_told(text))
    if _is_quoted(text.strip()):
        yield QUOTED


def _told(text: str) -> Iterator[str]:
    begin, end = text[:EDGE], text[-EDGE:]
    yield from (message for message, pattern in _anywhere() if pattern.search(text))
    yield from (message for message, pattern in _at_the_beginning() if pattern.match(begin))
    yield from (message for message, pattern in _at_the_end() if pattern.search(end))
    if text.count("\\n") >= 2:  # as two letters
        yield JSON


def without_code(text: str) -> str:
    """Markdown without its code, fenced and inline."""
    lines, fence = [], ""
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if fence:
            fence = "" if mark and line.strip() == mark[1] and mark[1].startswith(fence) else fence
        elif mark:
            fence = mark[1]
        else:
            lines.append(line)
    return _INLINE_CODE.sub(" ", "\n".join(lines))


def _check_fences(text: str) -> Iterator[str]:
    marks = [line.strip() for line in text.split("\n") if _FENCE.match(line)]
    if len(marks) % 2:
        yield OPEN_FENCE
    if _WRAPPING_FENCE.match(text) and text.rstrip().endswith("```"):
        yield FENCED


def _is_quoted(text: str) -> bool:
    if len(text) < 2:
        return False
    closing = _QUOTES.get(text[0], "")
    return text[-1] in closing and not any(mark in text[1:-1] for mark in closing + text[0])


_HALF_WIDTH = str.maketrans("［］｛｝＜＞﹛﹜", "[]{}<>{}")
_FENCE = re.compile(r" {0,3}(`{3,}(?![^\n]*`)|~{3,})")
_WRAPPING_FENCE = re.compile(r"\s*```(?:markdown|md|text|html|json)?[ \t]*\n", re.IGNORECASE)
_INLINE_CODE = re.compile(r"(?<!\\)`[^`\n]*`")
_QUOTES = {'"': '"', "“": "”", "„": "“”", "«": "»", "「": "」", "『": "』", "'": "'", "‘": "’", "`": "`"}


type Patterns = Sequence[tuple[str, re.Pattern[str]]]


@cache
def _anywhere() -> Patterns:
    return (
        (PLACEHOLDER, _any_of(phrases.PLACEHOLDERS)),
        (VARIABLE, _any_of(phrases.VARIABLES)),
        (TAG, _any_of(phrases.TAGS)),
        (AI_REMARK, _any_of(phrases.AI_REMARKS)),
        (JSON, _any_of(phrases.JSON)),
    )


@cache
def _in_plain_text() -> Patterns:
    return (MARKDOWN, _any_of(phrases.MARKDOWN)), (ESCAPES, _any_of(phrases.ESCAPES))


@cache
def _raw_html() -> re.Pattern[str]:
    return _any_of(phrases.RAW_HTML)


@cache
def _at_the_beginning() -> Patterns:
    trimming = r"[\s*#\"“]{0,4}"
    return (
        (REMARK, _any_of(phrases.OPENING_REMARKS, trimming)),
        (AI_REMARK, _any_of(phrases.REFUSALS, trimming)),
        (LABEL, _any_of(phrases.LABELS, trimming)),
        (JSON, _any_of(phrases.JSON_BEGUN)),
    )


@cache
def _at_the_end() -> Patterns:
    return ((REMARK, _any_of(phrases.CLOSING_REMARKS)),)


def _any_of(patterns: Sequence[str], before: str = "") -> re.Pattern[str]:
    return re.compile(f"{before}(?:{'|'.join(patterns)})", re.IGNORECASE | re.MULTILINE)
