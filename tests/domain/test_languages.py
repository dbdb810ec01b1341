"""The language of a text: told when it is plain, and only then."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.domain.languages import NAMES, foreign_language
from tests.domain.ordinary import ARTICLES, POSTS


@pytest.mark.parametrize(("tag", "text"), POSTS)
def test_a_post_in_the_wanted_language_passes(tag: str, text: str) -> None:
    assert foreign_language(text, tag) is None
    assert foreign_language(text, f"{tag.upper()}-XY") is None
    assert foreign_language(text, "") is None


@pytest.mark.parametrize("article", ARTICLES)
def test_an_article_in_the_wanted_language_passes(article: str) -> None:
    assert foreign_language(article, "en") is None


@pytest.mark.parametrize("wanted", ["en", "ko", "ja", "zh", "es", "fr", "de", "pt", "it", "vi", "id", "th", "ru", "ar"])
def test_a_text_in_another_language_is_told(wanted: str) -> None:
    """Both posts of a language together: enough words to be sure of each pair."""
    for tag in ("en", "ko", "ja", "zh", "es", "fr", "de", "pt", "it", "vi", "id", "th"):
        text = "\n\n".join(post for it, post in POSTS if it == tag)
        found = foreign_language(text, wanted)
        assert found == (None if tag == wanted else (NAMES[tag], NAMES[wanted])), (tag, wanted)


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ("ko", "OpenAI DevDay 2026"),
        ("ko", "AI agent를 production에 deploy할 때 retry, timeout, circuit breaker는 필수"),
        ("ko", "“Stay hungry, stay foolish.” 오늘도 이 문장을 다시 읽습니다."),
        ("ja", "iPhone 17 Pro Max Camera Control の使い方まとめ"),
        ("ja", "東京 大阪 京都 名古屋"),
        ("zh", "用 Next.js 和 Supabase 做一个 SaaS，三天上线"),
        ("en", "Café Olé in São Paulo: Zé, João e Maria"),
        ("en", "The Korean word for this is 눈치, and no other language has it."),
        ("de", "Team Update: Product Launch, Marketing Sync, Design Review und Coffee Break"),
        ("th", "โปรโมชั่น Grab Food x Starbucks Thailand"),
        ("es", "Bruno Fernandes, Vitinha, Rúben Dias, João Neves: qué once tiene Portugal."),
        ("tlh", "nuqneH, tlhIngan Hol Dajatlh'a' — and some English that you and the others have in it"),
        (
            "en",
            "My grandmother had one answer to it: «El agua es lo más importante, porque una buena taza no se hace "
            "con prisa. Por eso, cuando está muy caliente, se espera. ¿Qué es un minuto? Es para los que la beben.» "
            "That is what we have on the wall.",
        ),
        ("en", "1, 2, 3 … 🚀🚀🚀"),
    ],
)
def test_names_terms_and_quotations_are_no_other_language(wanted: str, text: str) -> None:
    assert foreign_language(text, wanted) is None


def test_links_mentions_and_hashtags_count_for_nothing() -> None:
    text = (
        "새 글을 올렸어요 https://drumbeat.app/the-and-is-of-you-that-with #coffee #morning #brewing @the_best_roaster"
    )
    assert foreign_language(text, "ko") is None


@given(st.text(max_size=300), st.sampled_from(["ko", "en", "zh-TW", "x", ""]))
def test_any_text_is_judged(text: str, wanted: str) -> None:
    found = foreign_language(text, wanted)
    assert found is None or found[0] != found[1]


@pytest.mark.parametrize("unit", ["a", "a ", "가", "かな", "the ", "https://", "#a", "`", "@"])
def test_no_text_keeps_it_busy(unit: str) -> None:
    began = time.process_time()
    foreign_language((unit * 40_000)[:40_000], "en")
    foreign_language((unit * 40_000)[:40_000], "ja")
    assert time.process_time() - began < 1
