"""The score: the same for the same draft, within bounds, and lower for what a reader would mind."""

import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.domain.draft import Draft
from lib.domain.schedule import ContentType
from lib.domain.score import WEIGHTS, Score, score_draft
from lib.domain.similarity import Likeness
from lib.domain.writing_settings import WritingSettings
from tests.domain.ordinary import ARTICLES, POSTS

PLAIN = WritingSettings()
GOOD = (
    "We raised prices by 8 % in March. Two customers left, eleven wrote to say they understood. Tell people why, and "
    "most of them stay."
)


def score(text: str, settings: WritingSettings = PLAIN, likeness: Likeness | None = None) -> Score:
    return score_draft(Draft(ContentType.X_POST, text), settings, likeness)


@pytest.mark.parametrize(("tag", "text"), POSTS)
def test_ordinary_posts_score_well(tag: str, text: str) -> None:
    assert score(text).total >= (80 if len(text) > 30 else 60), tag


def test_a_score_is_the_same_again_and_its_parts_explain_it() -> None:
    first = score(GOOD)
    assert first == score(GOOD)
    assert first.total == round(sum(WEIGHTS[name] * part for name, part in first.parts.items()) / 100)
    assert sum(WEIGHTS.values()) == 100


@pytest.mark.parametrize(
    ("part", "worse"),
    [
        ("length", "Water."),
        ("plainness", "In today's fast-paced world, let us delve into pricing. " + GOOD),
        ("plainness", "Leverage this game changer. " + GOOD),
        ("plainness", "안녕하세요 여러분! 게임 체인저가 될 놀라운 커피를 소개합니다. 지금 바로 드셔 보세요."),
        ("variety", "Tell people why. " * 10),
        ("rhythm", "Water makes cups. " * 6),
        ("rhythm", "This is a sentence that goes on " * 8),
        ("restraint", GOOD + " 🚀🚀🚀🚀🚀🔥🔥🔥 !!!!!"),
        ("restraint", "#a1 #b2 #c3 #d4 #e5 #f6 #g7 " + GOOD),
        ("restraint", "AMAZING PRICES TODAY, THREE CHEERS"),
    ],
)
def test_what_a_reader_would_mind_lowers_its_part_and_the_total(part: str, worse: str) -> None:
    assert score(worse).parts[part] < score(GOOD).parts[part]
    assert score(worse).total < score(GOOD).total


def test_the_more_it_is_like_an_older_post_the_less_it_is_worth() -> None:
    totals = [
        score(GOOD, likeness=Likeness(percent, "c", date(2026, 10, 3))).total for percent in (20, 40, 60, 80, 100)
    ]
    assert totals == sorted(totals, reverse=True)
    assert totals[0] == score(GOOD).total
    assert totals[-1] <= totals[0] - 25


def test_the_authors_keywords_count() -> None:
    assert score(GOOD, WritingSettings(keywords=("Prices", "coffee"))).parts["keywords"] == 50
    assert score(GOOD, WritingSettings(keywords=("Prices", "march"))).parts["keywords"] == 100


def test_an_article_is_measured_as_an_article() -> None:
    article = Draft(ContentType.BLOG_POST, (ARTICLES[0] + "\n") * 8, title="Water")
    assert score_draft(article, PLAIN, None).parts["length"] == 100
    assert score_draft(article, PLAIN, None).parts["variety"] < 30


@given(st.text(max_size=500), st.sampled_from(list(ContentType)))
def test_every_score_is_within_bounds(text: str, kind: ContentType) -> None:
    result = score_draft(Draft(kind, text, title=text[:20], segments=(text,)), PLAIN, None)
    assert 0 <= result.total <= 100
    assert set(result.parts) == set(WEIGHTS)
    assert all(0 <= part <= 100 for part in result.parts.values())


@pytest.mark.parametrize(
    "unit", ["a", "a ", "가", "여러분도 ", "혹시 ", "! ", "#", "it's not just ", "whether you're a ", "A", "\n"]
)
def test_no_text_keeps_it_busy(unit: str) -> None:
    began = time.process_time()
    score((unit * 40_000)[:40_000])
    assert time.process_time() - began < 1
