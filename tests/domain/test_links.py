"""Links: those the author gave, as they are, and no others."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.domain import links
from lib.domain.links import check_links
from lib.domain.writing_settings import WritingSettings
from tests.domain.ordinary import ARTICLES, POSTS

OURS = WritingSettings(
    links=("https://drumbeat.app/guides", "https://en.wikipedia.org/wiki/Primer_(film)", "https://한국.kr/길"),
    topic="our roastery mokka.coffee and what people write to hello@mokka.coffee",
    custom_prompt="Always end with https://mokka.coffee/shop?ref=x.",
)


def found(text: str, settings: WritingSettings = OURS, *, is_markdown: bool = False) -> list[str]:
    return list(check_links(text, settings, is_markdown=is_markdown))


@pytest.mark.parametrize(
    "text",
    [
        "Read https://drumbeat.app/guides.",
        "Read (https://drumbeat.app/guides/)!",
        "Read drumbeat.app/guides, friends",
        "Read http://www.drumbeat.app/guides",
        "자세히: https://drumbeat.app/guides에서 보세요",
        "詳しくは https://drumbeat.app/guides。次へ",
        "https://en.wikipedia.org/wiki/Primer_(film), seen twice",
        "https://한국.kr/길 에서",
        "mokka.coffee",
        "Find it on drumbeat.app, any day",
        "드럼비트 www.drumbeat.app에서 만나요",
        "https://mokka.coffee.",
        "https://mokka.coffee/shop?ref=x",
        "Write to Hello@mokka.coffee",
    ],
)
def test_links_that_the_author_gave_may_be_used(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Read https://other.app/guides", links.NOT_GIVEN),
        ("Read https://drumbeat.app", links.NOT_GIVEN),
        ("Read shop.drumbeat.app/x or acme-drumbeat.com", links.NOT_GIVEN),
        ("Read https://drumbeat.app/guides/water", links.NOT_GIVEN),
        ("Read https://drumbeat.app/guides?utm=1", links.NOT_GIVEN),
        ("Read https://drumbeat.app.evil.com", links.NOT_GIVEN),
        ("Read https://evil.com/drumbeat.app/guides", links.NOT_GIVEN),
        ("Read https://evildrumbeat.app/guides", links.NOT_GIVEN),
        ("Read https://user:secret@drumbeat.app/guides", links.NOT_GIVEN),
        ("Read www.other.app", links.NOT_GIVEN),
        ("Read other.app/guides", links.NOT_GIVEN),
        ("Order at acme-coffee.com now", links.NOT_GIVEN),
        ("bit.ly/abc", links.NOT_GIVEN),
        ("커피는 acme.co.kr에서", links.NOT_GIVEN),
        ("Read https://example.com/water", links.MADE_UP),
        ("Read https://www.example.org", links.MADE_UP),
        ("See http://localhost:3000/x", links.MADE_UP),
        ("See http://127.0.0.1/x", links.MADE_UP),
        ("See http://[::1]/x", links.BROKEN),
        ("See https://shop.test/x", links.MADE_UP),
        ("Visit yourwebsite.com", links.MADE_UP),
        ("Visit https://your-site.com/x", links.MADE_UP),
        ("Read https://drumbeat", links.BROKEN),
        ("Read https:// now", links.BROKEN),
        ("Read https://-.-/", links.BROKEN),
        ("Read https:/drumbeat.app", links.BROKEN),
        ("Read https//drumbeat.app", links.BROKEN),
        ("Get ftp://drumbeat.app/guides", links.NOT_HTTP),
        ("Write mailto:hello@mokka.coffee", links.NOT_HTTP),
        ("Click javascript:alert(1)", links.NOT_HTTP),
        ("data:text/html;base64,AAAA", links.NOT_HTTP),
        ("Write to sales@mokka.coffee", links.MAIL_NOT_GIVEN),
    ],
)
def test_other_links_are_told_with_what_is_wrong(text: str, message: str) -> None:
    assert message in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "Node.js, ASP.NET and socket.io",
        "Booking.com went down, Amazon.com did not",
        "It is done.So what",
        "e.g. this, i.e. that, 3.14 and v1.2.3",
        "readme.txt and main.py",
        "@friend and #tag",
        "file:cabinet, http is a protocol, https: what it adds",
        "tel:010-1234-5678",
        "a@b, me@home",
        *(text for _, text in POSTS),
    ],
)
def test_names_and_ordinary_posts_are_no_links(text: str) -> None:
    assert found(text, WritingSettings()) == []


@pytest.mark.parametrize("article", ARTICLES)
def test_code_in_articles_may_say_example_com(article: str) -> None:
    code = "\n\n```sh\ncurl https://example.com/x\n```\n\nand `https://localhost:3000`\n"
    assert found(article + code, is_markdown=True) == []
    assert found(code) != []


def test_a_link_that_was_copied_with_its_letters_apart_is_given_too() -> None:
    apart = unicodedata.normalize("NFD", "https://mokka.coffee/원두")
    assert found("https://mokka.coffee/원두", WritingSettings(links=(apart,))) == []
    assert found("mokka.coffee/원두에서", WritingSettings(topic=f"see {apart}")) == []


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("[guides](https://drumbeat.app/guides)", []),
        ('[guides](https://drumbeat.app/guides "all of them")', []),
        ("[film](https://en.wikipedia.org/wiki/Primer_(film))", []),
        ("[guides](https://other.app)", [links.NOT_GIVEN]),
        ("![a cup](https://other.app/cup.png)", [links.NOT_GIVEN]),
        ("[guides]()", [links.BROKEN]),
        ("[guides](#top)", [links.BROKEN]),
        ("[guides](/guides)", [links.BROKEN]),
        ("[guides](link)", [links.BROKEN]),
        ("[guides](//other.app/x)", [links.BROKEN]),
        ("[guides](j&#97;vascript:alert(1))", [links.NOT_HTTP]),
        ("[guides](javascript\\:alert(1))", [links.NOT_HTTP]),
        ("[guides]\n\n[guides]: //other.app/x", [links.BROKEN]),
        ("[guides]\n\n[guides]: j&#97;vascript:alert(1)", [links.NOT_HTTP]),
        ("[guides]\n\n[guides]: https://drumbeat.app/guides 'all of them'", []),
        ("[Q]: what is it good for?\n\nFor you.[^1]\n\n[^1]: Nobody", []),
        ("\\`https://other.app/x\\`", [links.NOT_GIVEN]),
        ("``` a`b\nhttps://other.app/x\n``` a`b", [links.NOT_GIVEN]),
    ],
)
def test_a_link_in_an_article_leads_where_the_author_said(text: str, messages: list[str]) -> None:
    assert found(text, is_markdown=True) == messages


def test_example_com_cannot_be_given_either() -> None:
    settings = WritingSettings(links=("https://example.com/a",))
    assert found("https://example.com/a", settings) == [links.MADE_UP]


def test_a_sort_of_trouble_is_told_once_and_no_link_is_quoted() -> None:
    messages = found("https://secret-one.com https://secret-two.com mailto:secret@three.com")
    assert len(messages) == len(set(messages))
    assert "secret" not in "".join(messages)


@given(st.text(max_size=200))
def test_without_given_links_no_link_passes(text: str) -> None:
    assert found(f"{text} https://acme-coffee.com/x {text}", WritingSettings()) != []


HOSTILE = (
    *(
        "a",
        "a.",
        "a@",
        "a@a.",
        "https://",
        "https://a.",
        "https://a.com/",
        "http:",
        "//",
        "://",
        "a://",
        "](",
        "](a)",
        "é.",
    ),
    *(
        "www.",
        "a-",
        "-",
        "\n",
        " ",
        "mailto:",
        "data:a/",
        "`",
        "drumbeat.app/guides",
        "https://[",
        "1.1.1.1",
        "xn--",
        "a+",
    ),
)


@pytest.mark.parametrize("unit", HOSTILE)
def test_no_text_keeps_it_busy(unit: str) -> None:
    text = (unit * 40_000)[:40_000]
    for is_markdown in (True, False):
        began = time.process_time()
        found(text, is_markdown=is_markdown)
        assert time.process_time() - began < 1
