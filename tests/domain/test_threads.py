"""Cutting long texts into posts: nothing lost, nothing too long, nothing cut through."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.domain.draft import read_draft
from lib.domain.graphemes import ends_of_graphemes
from lib.domain.schedule import ContentType
from lib.domain.threads import split
from lib.domain.weighted_length import LONGEST, find_links, weighted_length

FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
LINK = "https://drumbeat.app/guides/how-a-very-long-address-still-weighs-only-twenty-three?for=x#anchor"
WORDS = (
    *(
        "coffee",
        "brewing,",
        "water.",
        "Why?",
        "a",
        "커피는",
        "물의",
        "온도다.",
        "“quoted.”",
        "example.com/menu",
        "#coffee",
    ),
    *("@friend", "don't", "re-read", "$KO", "珈琲を淹れる。", "温度、", "ไทยแลนด์", "👍🏽", FAMILY, "🇰🇷", LINK),
)

texts = st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from([" ", " ", "  ", "\n", "\n\n"])), max_size=150).map(
    lambda pairs: "".join(word + blank for word, blank in pairs)
)
limits = st.integers(60, 300)


def unblank(text: str) -> str:
    return "".join(text.split())


@given(texts, limits)
def test_nothing_is_lost_and_nothing_is_over_the_limit(text: str, limit: int) -> None:
    pieces = split(text, limit)
    assert unblank("".join(pieces)) == unblank(text)
    assert all(0 < weighted_length(piece) <= limit for piece in pieces)
    assert all(piece == piece.strip() for piece in pieces)


@given(texts, limits)
def test_no_word_and_no_link_is_cut(text: str, limit: int) -> None:
    words = [word for piece in split(text, limit) for word in piece.split()]
    assert words == text.split()  # none of the words is too long or unspaced prose


@given(st.text(max_size=600), st.integers(40, 300))
def test_any_text_is_cut_between_graphemes_and_keeps_its_links(text: str, limit: int) -> None:
    whole = unicodedata.normalize("NFC", text)
    pieces = split(whole, limit)
    assert unblank("".join(pieces)) == unblank(whole)
    ends, at = set(ends_of_graphemes(whole)), 0
    for piece in pieces:
        at = whole.index(piece, at) + len(piece)
        assert at in ends or whole[at].isspace()
        if weighted_length(piece) > limit:
            assert len(piece.split()) == 1  # one word that no blank and no unspaced script parts


@given(st.text(alphabet="珈琲淹温度水豆朝。、「」가나다", min_size=1, max_size=700), st.integers(40, 300))
def test_unspaced_texts_always_fit(text: str, limit: int) -> None:
    pieces = split(text, limit)
    assert "".join(pieces) == text
    assert all(weighted_length(piece) <= limit for piece in pieces)


@given(texts)
def test_what_fits_is_left_as_it_is(text: str) -> None:
    if weighted_length(text.strip()) <= LONGEST:
        assert split(text, LONGEST) == ((text.strip(),) if text.strip() else ())


@given(texts, limits)
def test_pieces_are_cut_the_same_again(text: str, limit: int) -> None:
    assert all(split(piece, limit) == (piece,) for piece in split(text, limit))


def test_posts_end_with_sentences_where_they_can() -> None:
    pieces = split("Water makes the cup. And so it goes on for one day after the other. Why? " * 13, 280)
    assert len(pieces) == 4
    assert all(piece.endswith((".", "?")) for piece in pieces)


def test_korean_posts_end_with_sentences_where_they_can() -> None:
    pieces = split(
        "물의 온도가 커피의 맛을 정합니다. 그래서 지난주에는 온도계를 하나 샀습니다. 네! 맞습니다. " * 9, 280
    )
    assert all(piece.endswith(("니다.", "네!")) for piece in pieces)


def test_a_sentence_that_would_leave_a_post_nearly_empty_does_not_end_it() -> None:
    pieces = split("Yes. " + "and so on " * 40, 280)
    assert pieces[0].startswith("Yes. and so on")


def test_the_last_post_is_not_two_words() -> None:
    pieces = split("word " * 57, 280)  # 284 without the last blank
    assert [len(piece.split()) for piece in pieces] == [29, 28]


def test_a_paragraph_inside_a_post_keeps_its_blank_line() -> None:
    pieces = split("One.\n\nTwo.\n\n" * 40, 280)
    assert "One.\n\nTwo." in pieces[0]


def test_chinese_and_japanese_are_cut_after_punctuation() -> None:
    assert all(piece.endswith("。") for piece in split("水の温度で味が変わる。豆は挽きたてがいい。" * 12, 280))
    assert all(piece.endswith("，") for piece in split("水温决定味道，" * 60, 280))


def test_an_unspaced_run_without_punctuation_is_cut_between_characters() -> None:
    assert split("가" * 300, 280) == ("가" * 100, "가" * 100, "가" * 100)


def test_a_long_vowel_or_a_bracket_is_not_torn_off_in_an_unspaced_run() -> None:
    pieces = split("「アー」" * 100, 45)
    assert all(piece[0] == "「" or piece[0] == "ア" for piece in pieces)
    assert not any(piece.endswith("「") for piece in pieces)


def test_a_closing_mark_never_begins_a_post() -> None:
    for limit in range(40, 80):
        assert all(piece[0] not in "。、」）ー" for piece in split("彼は「コーヒー」と言った（笑）。" * 20, limit))


@pytest.mark.parametrize(
    "unit", [FAMILY, "👍🏽", "🇰🇷", "❤\ufe0f\u200d🔥", "1\ufe0f\u20e3", "กำ", "นี้", "क्षि", "e\u0301\u0323"]
)
def test_what_a_reader_sees_as_one_is_never_parted(unit: str) -> None:
    whole = unicodedata.normalize("NFC", unit)
    for filler in ("", "あ", "ab "):
        pieces = split((filler + whole) * 200, 60)
        assert "".join(pieces).count(whole) == sum(piece.count(whole) for piece in pieces) == 200


def test_a_link_stays_whole_between_unspaced_letters() -> None:
    pieces = split(("자세한내용은여기" * 12 + LINK) * 3, 280)
    assert sum(piece.count(LINK) for piece in pieces) == 3
    assert all(LINK in piece or not list(find_links(piece)) for piece in pieces)


def test_a_link_with_letters_of_an_unspaced_script_stays_whole() -> None:
    link = "https://커피이야기.kr"
    for limit in range(40, 70):
        assert sum(piece.count(link) for piece in split(("가나다라마바사" * 3 + link + "。") * 4, limit)) == 4


def test_a_single_word_longer_than_a_post_stays_whole_for_the_gates_to_refuse() -> None:
    assert split("see " + "x" * 400 + " now", 280) == ("see", "x" * 400, "now")


def test_a_threads_post_that_is_too_long_becomes_several() -> None:
    draft = read_draft(ContentType.X_THREAD, {"segments": ["Short.", "Water makes the cup. " * 20, "End."]})
    assert [weighted_length(post) <= LONGEST for post in draft.posts] == [True] * 4
    assert draft.posts[0] == "Short."
    assert draft.posts[-1] == "End."


def test_a_posts_length_is_not_mended_by_cutting() -> None:
    assert read_draft(ContentType.X_POST, {"text": "a " * 400}).posts == (("a " * 400).strip(),)


@pytest.mark.parametrize(
    "unit", ["a", "a ", "가", "가 ", "。", "é", "\u200d😀", "🇰", "https://a.co/", "e\u0301", "(((", "\n", "ก็", ". "]
)
def test_no_text_keeps_it_busy(unit: str) -> None:
    began = time.process_time()
    split((unit * 40_000)[:40_000], 280)
    assert time.process_time() - began < 2
