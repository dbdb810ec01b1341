"""What a platform would refuse is told, with the number and the limit."""

import json
import time

import pytest

from lib.domain.draft import Draft, read_draft
from lib.domain.limits import LINKEDIN_LIMIT, LONGEST_ARTICLE, MOST_SEGMENTS, check_limits
from lib.domain.schedule import ContentType
from tests.domain.ordinary import ARTICLES, POSTS

POST, THREAD = ContentType.X_POST, ContentType.X_THREAD
BLOG, NEWSLETTER, LINKEDIN = ContentType.BLOG_POST, ContentType.NEWSLETTER, ContentType.LINKEDIN_POST


def told(draft: Draft) -> str:
    return "\n".join(f"{where}: {what}" for where, what in check_limits(draft))


def thread(*segments: str) -> Draft:
    return Draft(THREAD, "\n\n".join(segments), segments=segments)


@pytest.mark.parametrize("text", ["a" * 280, "가" * 140, "😀" * 139 + "ab", "가" * 128 + " https://example.com/a/b"])
def test_a_post_may_fill_the_280_weighted_characters(text: str) -> None:
    assert told(Draft(POST, text)) == ""


@pytest.mark.parametrize(
    ("text", "weight"), [("a" * 281, 281), ("가" * 141, 282), ("가" * 129 + " https://example.com", 282)]
)
def test_a_post_over_the_limit_is_refused_with_its_weight(text: str, weight: int) -> None:
    assert f"post: has {weight} weighted characters; at most 280 are allowed" in told(Draft(POST, text))


def test_each_post_of_a_thread_is_counted_by_itself() -> None:
    assert told(thread("a" * 280, "b" * 280)) == ""
    assert told(thread("fine", "a" * 300)) == "post 2: has 300 weighted characters; at most 280 are allowed"


@pytest.mark.parametrize("count", [0, 1, MOST_SEGMENTS + 1])
def test_a_thread_has_2_to_25_posts(count: int) -> None:
    assert f"thread: has {count} posts" in told(thread(*["text"] * count))
    assert told(thread(*(f"text {number}" for number in range(MOST_SEGMENTS)))) == ""


def test_a_thread_does_not_say_the_same_post_twice() -> None:
    assert told(thread("one", "two", "one")) == "thread: has the same post twice"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Z\u0336\u0311\u0308\u0301\u0300algo", "has heaps of accents"),
        ("start \ue000 here", "has characters that no font shows"),
        ("start \U000f0000 here", "has characters that no font shows"),
    ],
)
def test_what_readers_would_see_as_rubbish_is_refused(text: str, problem: str) -> None:
    assert told(Draft(POST, text)) == f"post: {problem}"


def test_a_linkedin_post_is_counted_in_utf_16_units() -> None:
    assert told(Draft(LINKEDIN, "a" * LINKEDIN_LIMIT)) == ""
    assert "3002 characters" in told(Draft(LINKEDIN, "😀" * 1_500 + "ab"))


@pytest.mark.parametrize("kind", [BLOG, NEWSLETTER])
@pytest.mark.parametrize(
    ("title", "body", "problem"),
    [
        ("", "long enough. " * 50, "title: has no words"),
        ("One\ntwo", "long enough. " * 50, "several lines"),
        ("a" * 201, "long enough. " * 50, "characters; at most"),
        ("Title", "short.", "are needed"),
        ("Title", "", "has no words"),
        ("Title", "a" * (LONGEST_ARTICLE + 1), "at most 40000"),
    ],
)
def test_an_article_needs_a_title_and_a_text_of_sensible_length(
    kind: ContentType, title: str, body: str, problem: str
) -> None:
    assert problem in told(Draft(kind, body, title=title))
    assert told(Draft(kind, "long enough. " * 50, title="Title")) == ""


def test_x_takes_one_cashtag_a_post() -> None:
    assert "several cashtags" in told(Draft(POST, "$AAPL and $TSLA"))
    assert told(thread("$AAPL first", "$TSLA then")) == ""


def test_half_a_surrogate_pair_from_a_model_is_refused_not_stored() -> None:
    fields = json.loads('{"text": "broken \\ud83d here"}')
    assert "broken character" in told(read_draft(POST, fields))


@pytest.mark.parametrize("text", ["", "…", "🔥🔥", "!?", "— —"])
def test_a_text_without_words_is_refused(text: str) -> None:
    assert "has no words" in told(Draft(POST, text))
    assert "post 2: has no words" in told(thread("words", text))


@pytest.mark.parametrize(("tag", "text"), POSTS)
def test_ordinary_posts_are_within_the_limits(tag: str, text: str) -> None:
    assert told(Draft(POST, text)) == "", tag
    assert told(Draft(LINKEDIN, text)) == "", tag
    assert told(thread(text, "That is all.")) == "", tag


@pytest.mark.parametrize("article", ARTICLES)
@pytest.mark.parametrize("kind", [BLOG, NEWSLETTER])
def test_ordinary_articles_are_within_the_limits(kind: ContentType, article: str) -> None:
    assert told(Draft(kind, article, title="On water")) == ""


@pytest.mark.parametrize("unit", ["a", "$a ", "$", "$a._", "가", "https://a.co "])
@pytest.mark.parametrize("kind", [POST, LINKEDIN, BLOG])
def test_no_text_keeps_it_busy(kind: ContentType, unit: str) -> None:
    began = time.process_time()
    told(Draft(kind, (unit * 40_000)[:40_000], title="t"))
    assert time.process_time() - began < 1
