"""Drafts: read, cleaned, counted, and how they are saved."""

import json
import time
from datetime import date

import pytest

from lib.domain.content import SHAPES, row_of
from lib.domain.draft import Draft, clean, count_words, read_draft
from lib.domain.gates import Gate, Objection, Verdict
from lib.domain.schedule import ContentType
from lib.domain.score import Score
from lib.domain.similarity import Likeness

POST, THREAD = ContentType.X_POST, ContentType.X_THREAD
BLOG, NEWSLETTER, LINKEDIN = ContentType.BLOG_POST, ContentType.NEWSLETTER, ContentType.LINKEDIN_POST


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        (" text \n", "text"),
        ("a\0b\x07c\x9fd", "abcd"),
        ("a\r\nb\rc\td\u2028e\u2029f", "a\nb\nc\td\ne\nf"),
        ("\ufeffa\uffff\ufdd0", "a"),
        ("e\u0301", "é"),
        ("\ud83d\ude00", "😀"),  # two halves that JSON escaped apart
        ("a\ud83d", "a\ufffd"),
    ],
)
def test_what_no_database_takes_is_cleaned_away(raw: str, cleaned: str) -> None:
    assert clean(raw) == cleaned
    cleaned.encode()


HIDDEN = (
    "\u00ad\u034f\u115f\u1160\u17b4\u180b\u180e\u200b\u200c\u200d\u200e\u200f\u061c\u202a\u202e\u2060\u2063\u2066\u2069"
    "\u206a\u3164\uffa0\ufe0f\ufff9\U000e0061\U000e0100"
)


@pytest.mark.parametrize("hidden", HIDDEN, ids=ascii)
@pytest.mark.parametrize("word", ["cheap", "무료배송"])
def test_nothing_can_be_hidden_inside_a_word(word: str, hidden: str) -> None:
    assert clean(hidden.join(word)) == word
    assert clean(f"{word[:2]}{hidden * 3}{word[2:]}") == word
    assert clean(f"{word[:2]}\u200b{hidden}\ufe0f{hidden}{word[2:]}") == word


@pytest.mark.parametrize(
    "unit", [*HIDDEN, "a\u200d\ufe0f", "\u200d\ufe0f", "\u200da", "1\ufe0f\u200d", "\U0001f3f4\U000e0061"]
)
def test_no_heap_of_them_keeps_it_busy(unit: str) -> None:
    began = time.process_time()
    clean(f"a{unit * (40_000 // len(unit))}")
    clean(f"{unit * (40_000 // len(unit))}a")
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    "text",
    [
        "👩‍👩‍👧 ❤️‍🔥 1️⃣ #️⃣ ☕️ 👍🏽 🏴󠁧󠁢󠁥󠁮󠁧󠁿 🏳️‍🌈 ©️ ℹ️",
        "می‌خواهم هر روز بنویسم",
        "क्‍ष और श्‍र",
        "葛\U000e0100城市",
        "שלום (drumbeat)\u200e!",
    ],
)
def test_what_is_invisible_and_does_its_work_stays(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("one two  three\nfour", 4),
        ("don't re-read https://example.com/a-b", 3),
        ("오늘은 커피를 마셨다", 3),
        ("AI가 쓴 글 😀 —", 3),
        ("今日は晴れ", 5),
        ("서울의 漢字 두 자", 5),
    ],
)
def test_words_are_counted_as_a_reader_would(text: str, words: int) -> None:
    assert count_words(text) == words


def test_an_article_counts_its_title_too() -> None:
    assert Draft(BLOG, "three more words", title="A title").word_count == 5


def test_every_content_type_is_read_from_the_shape_it_is_asked_in() -> None:
    assert read_draft(POST, {"text": " hi "}) == Draft(POST, "hi")
    assert read_draft(LINKEDIN, {"text": "hi"}) == Draft(LINKEDIN, "hi")
    assert read_draft(THREAD, {"segments": ["a ", "b"]}) == Draft(THREAD, "a\n\nb", segments=("a", "b"))
    assert read_draft(BLOG, {"title": "t", "body": "b"}) == Draft(BLOG, "b", title="t")
    assert read_draft(NEWSLETTER, {"title": "t", "body": "b"}) == Draft(NEWSLETTER, "b", title="t")
    assert set(SHAPES) == set(ContentType)


def test_every_text_of_a_draft_has_a_name() -> None:
    assert list(Draft(POST, "text").parts) == [("post", "text")]
    assert list(Draft(THREAD, "a\n\nb", segments=("a", "b")).parts) == [("post 1", "a"), ("post 2", "b")]
    assert list(Draft(BLOG, "text", title="Title").parts) == [("title", "Title"), ("text", "text")]


def test_a_content_is_plain_json_in_the_columns_of_the_table() -> None:
    draft = Draft(THREAD, "first 가\n\nsecond", segments=("first 가", "second"))
    verdict = Verdict((Objection(Gate.LINKS, "post 2", "has a link"),), Likeness(42, "content-id", date(2026, 10, 3)))
    row = row_of(3, draft, verdict, Score(70, {"length": 70}), "a_number", "own/llama", {"judge": None})
    assert json.loads(json.dumps(row)) == {
        "item": 3,
        "kind": "x_thread",
        "title": None,
        "body": "first 가\n\nsecond",
        "segments": ["first 가", "second"],
        "word_count": 3,
        "angle": "a_number",
        "memory": "first 가 second",
        "verdict": {
            "passed": False,
            "objections": [{"gate": "links", "where": "post 2", "message": "has a link"}],
            "likeness": {"percent": 42, "content_id": "content-id", "on": "2026-10-03"},
        },
        "score": 70,
        "meta": {
            "weighted_lengths": [8, 6],
            "model": "own/llama",
            "score_parts": {"length": 70},
            "judge": None,
        },
    }


def test_an_articles_row_has_its_title_and_no_weights() -> None:
    row = row_of(0, Draft(BLOG, "text", title="Title"), Verdict((), None), Score(50, {}), None, "own/llama")
    assert (row["title"], row["segments"], row["angle"]) == ("Title", None, None)
    assert row["verdict"] == {"passed": True, "objections": [], "likeness": None}
    assert row["meta"] == {"model": "own/llama", "score_parts": {}}
