"""X's length rules, on texts whose weight follows from their documentation."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.domain.weighted_length import LINK_WEIGHT, weighted_length

FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("", 0),
        ("hello", 5),
        ("a\nb", 3),
        ("é", 1),
        ("e\u0301", 1),  # combining acute: counted composed
        ("안녕", 4),
        (unicodedata.normalize("NFD", "안녕"), 4),
        ("日本", 4),
        ("かな", 4),
        ("Привет", 6),
        ("سلام", 4),
        ("ไทย", 3),
        ("\u10ff", 1),  # the last of the light letters
        ("\u1100", 2),  # the first of the Hangul Jamo
        ("“quoted” — …", 13),  # the ellipsis U+2026 is heavy
        ("\u2018\u2019\u2013", 3),
        ("€", 2),
        ("가a", 3),
    ],
)
def test_letters_weigh_one_or_two(text: str, weight: int) -> None:
    assert weighted_length(text) == weight


@pytest.mark.parametrize(
    "emoji",
    [
        "😀",
        "👍🏽",  # with a skin tone
        FAMILY,
        "👩🏽\u200d🚀",
        "🏳\ufe0f\u200d🌈",
        "🏴\u200d☠\ufe0f",
        "🇰🇷",
        "1\ufe0f\u20e3",
        "#\u20e3",
        "❤\ufe0f",
        "❤\ufe0f\u200d🔥",
        "©\ufe0f",
        "☺",
        "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",  # flag of Scotland
        "🐻\u200d❄\ufe0f",
        "🧑🏻\u200d🤝\u200d🧑🏿",
        "👁\ufe0f\u200d🗨\ufe0f",
    ],
)
def test_an_emoji_weighs_two_however_it_is_made(emoji: str) -> None:
    assert weighted_length(emoji) == 2
    assert weighted_length(f"a{emoji}b{emoji}") == 6


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("🔥🏽", 4),  # fire takes no skin tone: two pictures
        ("😀\u200d😀", 5),  # no such sequence: two emoji and the joiner
        ("©", 1),
        ("12", 2),
        ("🇰", 2),  # half a flag
    ],
)
def test_what_only_looks_like_one_emoji_is_counted_apiece(text: str, weight: int) -> None:
    assert weighted_length(text) == weight


@pytest.mark.parametrize(
    "link",
    [
        "https://example.com",
        "http://example.com/a/very/long/path/that/goes/on/and/on?with=a&query=too#and-a-fragment",
        "HTTPS://EXAMPLE.COM/",
        "https://sub_domain.example.co.kr:8080/x",
        "https://en.wikipedia.org/wiki/Primer_(film)",
        "https://한국.kr/길",
        "example.com",
        "example.co.uk/path",
        "bit.ly/abc",
        "drumbeat.app",
    ],
)
def test_a_link_weighs_23_whatever_its_length(link: str) -> None:
    path_weight = 2 if link.endswith("/길") else 0  # X's paths take Latin and Cyrillic letters only
    assert weighted_length(link) == LINK_WEIGHT + path_weight
    assert weighted_length(f"see {link} now") == 8 + LINK_WEIGHT + path_weight


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("https://example.com.", 24),  # the stop is the sentence's
        ("(https://example.com/a)", 25),
        ("https://example.com/a, b", 26),
        ("보세요example.com입니다", 6 + 23 + 6),
        ("https://example.com https://example.com", 47),
    ],
)
def test_what_stands_around_a_link_is_counted_by_itself(text: str, weight: int) -> None:
    assert weighted_length(text) == weight


@pytest.mark.parametrize(
    "text",
    [
        "Node.js",
        "readme.txt",
        "3.14",
        "e.g. this",
        "name@example.com",
        "@example.com",
        "#example.com",
        "$example.com",
        "http://no-tld",
        "https://",
        "end.Start",
        f"{'a' * 64}.com",
        "https://under_score.com",
    ],
)
def test_what_x_does_not_link_is_counted_letter_by_letter(text: str) -> None:
    assert weighted_length(text) == len(text)


def test_a_link_under_a_domain_we_do_not_know_is_never_counted_too_short() -> None:
    assert weighted_length("https://x.zz") == LINK_WEIGHT
    long_link = f"https://example.zzzz/{'a' * 50}"
    assert weighted_length(long_link) == len(long_link)
    assert weighted_length("www.example.zzzz") == LINK_WEIGHT


# What twitter-text's documentation and validate cases say of version 3, in texts of our own.
def test_a_post_of_hangul_alone_has_140_syllables() -> None:
    assert weighted_length("가" * 140) == 280
    assert weighted_length("the" + "漢" * 160) == 323


def test_a_combining_mark_counts_with_its_letter_where_unicode_has_one_for_both() -> None:
    assert weighted_length("A\u0301B") == 2
    assert weighted_length("\ufb2c") == 3  # NFC takes this Hebrew letter apart, and X counts what NFC leaves
    assert weighted_length("x\u0301") == 2  # there is no such letter


def test_skin_tones_families_flags_and_keycaps_weigh_two_each() -> None:
    assert weighted_length("🙋🏽👨\u200d🎤") == 4
    assert weighted_length("H🐱☺" + FAMILY) == 7
    assert weighted_length("🇰🇷🇯🇵🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f") == 6
    assert weighted_length("1\ufe0f\u20e32\ufe0f\u20e3*\ufe0f\u20e3") == 6
    assert weighted_length("🕺🏾🤷🏻\u200d♀\ufe0f") == 4


def test_links_weigh_23_with_and_without_scheme() -> None:
    assert weighted_length("Hi http://test.co") == 26
    assert weighted_length("Hi test.co") == 26
    assert weighted_length("https://drumbeat.app/hello " * 10) == 240


def test_a_label_of_a_domain_has_63_letters_at_most() -> None:
    assert weighted_length("a" * 63 + ".com") == LINK_WEIGHT
    assert weighted_length("a" * 64 + ".com") == 68
    assert weighted_length("http://" + "あ" * 50 + ".com") == LINK_WEIGHT
    assert (
        weighted_length("http://" + "あいうえお" * 12 + ".com") == 7 + 120 + 4
    )  # too long once it is written in ASCII


def test_general_punctuation_is_light_but_for_what_the_rules_leave_out() -> None:
    assert weighted_length("\u2000\u200d\u2010\u201f\u2032\u2037") == 6
    assert weighted_length("\u200e\u200f\u2020\u2038") == 8


def test_marks_of_writing_direction_are_counted() -> None:
    assert weighted_length("\u202aabc\u202c") == 7


HOSTILE = (
    *(
        "a",
        "a.",
        "a-",
        "a_",
        "é",
        "é.",
        "ñ.ñ",
        "é_.",
        "가é.",
        "가",
        "_",
        "https://",
        "https://a.",
        "https://x.com/(",
        "((",
    ),
    *(
        "https://x.com/?.",
        "www.",
        "www.é",
        "\u200d😀",
        "1\ufe0f",
        "e\u0301",
        "@a",
        "#é",
        "https://é-",
        "http://a.co/---",
    ),
)


@pytest.mark.parametrize("unit", HOSTILE)
def test_no_text_keeps_it_busy(unit: str) -> None:
    began = time.process_time()
    weighted_length((unit * 40_000)[:40_000])
    assert time.process_time() - began < 1


@given(st.text())
def test_a_text_without_links_weighs_between_half_its_emoji_and_two_a_character(text: str) -> None:
    composed = unicodedata.normalize("NFC", text)
    weight = weighted_length(text)
    assert weight == weighted_length(composed)
    assert weight <= max(2 * len(composed), LINK_WEIGHT * (len(composed) // 4 + 1))
    assert (weight == 0) == (text == "")


@given(st.text(alphabet=st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3)))
def test_hangul_weighs_two_a_syllable(text: str) -> None:
    assert weighted_length(text) == 2 * len(text)
