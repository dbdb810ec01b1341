"""Drafts: what may go out, what may not, and how they are saved."""

import json

import pytest

from lib.domain.content import (
    LINKEDIN_LIMIT,
    LONGEST_ARTICLE,
    MOST_SEGMENTS,
    SHAPES,
    Draft,
    check_content,
    clean,
    contents_of,
    count_words,
    read_draft,
)
from lib.domain.schedule import ContentType

POST, THREAD = ContentType.X_POST, ContentType.X_THREAD
BLOG, NEWSLETTER, LINKEDIN = ContentType.BLOG_POST, ContentType.NEWSLETTER, ContentType.LINKEDIN_POST


def told(draft: Draft) -> str:
    return "\n".join(map(str, check_content(draft)))


def thread(*segments: str) -> Draft:
    return Draft(THREAD, "\n\n".join(segments), segments=segments)


@pytest.mark.parametrize("text", ["a" * 280, "가" * 140, "😀" * 139 + "ab", "가" * 128 + " https://example.com/a/b"])
def test_a_post_may_fill_the_280_weighted_characters(text: str) -> None:
    assert check_content(Draft(POST, text)) == []


@pytest.mark.parametrize(
    ("text", "weight"), [("a" * 281, 281), ("가" * 141, 282), ("가" * 129 + " https://example.com", 282)]
)
def test_a_post_over_the_limit_is_refused_with_its_weight(text: str, weight: int) -> None:
    assert f"post: has {weight} weighted characters; at most 280 are allowed" in told(Draft(POST, text))


def test_each_post_of_a_thread_is_counted_by_itself() -> None:
    assert check_content(thread("a" * 280, "b" * 280)) == []
    assert told(thread("fine", "a" * 300)) == "post 2: has 300 weighted characters; at most 280 are allowed"


@pytest.mark.parametrize("count", [0, 1, MOST_SEGMENTS + 1])
def test_a_thread_has_2_to_25_posts(count: int) -> None:
    assert f"thread: has {count} posts" in told(thread(*["text"] * count))
    assert check_content(thread(*["text"] * MOST_SEGMENTS)) == []


def test_a_linkedin_post_is_counted_in_utf_16_units() -> None:
    assert check_content(Draft(LINKEDIN, "a" * LINKEDIN_LIMIT)) == []
    assert "3002 characters" in told(Draft(LINKEDIN, "😀" * 1_500 + "ab"))


@pytest.mark.parametrize("kind", [BLOG, NEWSLETTER])
@pytest.mark.parametrize(
    ("title", "body", "problem"),
    [
        ("", "long enough. " * 50, "title: has no words"),
        ("One\ntwo", "long enough. " * 50, "several lines"),
        ("a" * 201, "long enough. " * 50, "characters; at most"),
        ("[Insert title]", "long enough. " * 50, "title: has a placeholder"),
        ("Title", "short.", "are needed"),
        ("Title", "", "has no words"),
        ("Title", "a" * (LONGEST_ARTICLE + 1), "at most 40000"),
    ],
)
def test_an_article_needs_a_title_and_a_text_of_sensible_length(
    kind: ContentType, title: str, body: str, problem: str
) -> None:
    assert problem in told(Draft(kind, body, title=title))
    assert check_content(Draft(kind, "long enough. " * 50, title="Title")) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "…",
        "🔥🔥",
        "Visit [insert link here] now",
        "Dear [Your Name],",
        "[회사명] 소식",
        "Lorem ipsum dolor",
        "As an AI model, I",
    ],
)
def test_empty_texts_and_unfilled_placeholders_are_refused(text: str) -> None:
    assert check_content(Draft(POST, text)) != []


@pytest.mark.parametrize(
    "text",
    [
        "[Your guide](https://example.com) to tea",
        "As an AI researcher I read a lot",
        "a[0] = your[1]",
        "[1] A footnote",
        "$AAPL rose by $5 and $10.50",
        "오늘의 한 줄",
    ],
)
def test_ordinary_texts_are_not_taken_for_placeholders(text: str) -> None:
    assert check_content(Draft(POST, text)) == []


def test_x_takes_one_cashtag_a_post() -> None:
    assert "several cashtags" in told(Draft(POST, "$AAPL and $TSLA"))
    assert check_content(thread("$AAPL first", "$TSLA then")) == []


def test_problems_never_quote_the_text() -> None:
    secret = "[insert secret-words here] " + "x" * 300
    assert "secret" not in told(Draft(POST, secret))


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        (" text \n", "text"),
        ("a\0b\x07c\x9fd", "abcd"),
        ("a\r\nb\rc\td", "a\nb\nc\td"),
        ("\ufeffa\uffff\ufdd0", "a"),
        ("e\u0301", "é"),
        ("\ud83d\ude00", "😀"),  # two halves that JSON escaped apart
        ("a\ud83d", "a\ufffd"),
    ],
)
def test_what_no_database_takes_is_cleaned_away(raw: str, cleaned: str) -> None:
    assert clean(raw) == cleaned
    cleaned.encode()


def test_half_a_surrogate_pair_from_a_model_is_refused_not_stored() -> None:
    fields = json.loads('{"text": "broken \\ud83d here"}')
    assert "broken character" in told(read_draft(POST, fields))


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


def test_contents_are_plain_json_in_the_columns_of_the_table() -> None:
    saved = contents_of([thread("first 가", "second"), Draft(BLOG, "text", title="Title")])
    assert json.loads(json.dumps(saved)) == [
        {
            "item": 0,
            "kind": "x_thread",
            "title": None,
            "body": "first 가\n\nsecond",
            "segments": ["first 가", "second"],
            "word_count": 3,
            "meta": {"weighted_lengths": [8, 6]},
        },
        {
            "item": 1,
            "kind": "blog_post",
            "title": "Title",
            "body": "text",
            "segments": None,
            "word_count": 2,
            "meta": {},
        },
    ]
