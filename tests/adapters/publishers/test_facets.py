"""Links and hashtags at Bluesky: ranges of bytes, whatever stands around them."""

from hypothesis import given
from hypothesis import strategies as st

from lib.adapters.publishers.facets import LINK, TAG, facets_of

PIECES = st.sampled_from(
    [
        *(
            "tea ",
            "차를 마신다 ",
            "👩‍👩‍👧‍👦 ",
            "é",
            "ｅ\u0301 ",
            "\n",
            "“",
            "(",
            ") ",
            "🇰🇷 ",
            "，",
            "@tea.example ",
            "# ",
            "#1 ",
        ),
        *("https://tea.example.com/pot?a=1#b ", "example.com ", "https://한국.com/차 ", "www.tea.shop/a_(b) "),
        *("#차 ", "#tea, ", "#tea-time! ", "＃차 ", "#👩‍👩‍👧‍👦 ", "#https://a.com ", "#a,b.com/c "),
    ]
)
TEXTS = st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=60)


def covered(text: str) -> list[tuple[str, str, str]]:
    """What each facet covers, its kind, and what it leads to."""
    raw = text.encode()
    found = []
    for facet in facets_of(text):
        (feature,) = facet["features"]
        part = raw[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode()
        found.append((part, feature["$type"], feature.get("uri") or feature["tag"]))
    return found


@given(TEXTS)
def test_every_range_is_of_whole_characters_in_order_and_apart(text: str) -> None:
    raw, done = text.encode(), 0
    for facet in facets_of(text):
        start, end = facet["index"]["byteStart"], facet["index"]["byteEnd"]
        assert done <= start < end <= len(raw)
        raw[start:end].decode()  # raises in the middle of a character
        raw[:start].decode()
        done = end


@given(TEXTS)
def test_every_range_covers_what_it_says(text: str) -> None:
    for part, kind, leads_to in covered(text):
        assert (
            leads_to.removeprefix("https://") == part.removeprefix("https://") if kind == LINK else part[1:] == leads_to
        )


@given(TEXTS, st.text(max_size=20))
def test_what_follows_moves_nothing(text: str, more: str) -> None:
    before = facets_of(f"{text}\n")
    assert facets_of(f"{text}\n{more}")[: len(before)] == before


def test_links_with_and_without_scheme_lead_somewhere() -> None:
    text = "차 👩‍👩‍👧 https://tea.example.com/a, 그리고 tea.shop/b."
    assert covered(text) == [
        ("https://tea.example.com/a", LINK, "https://tea.example.com/a"),
        ("tea.shop/b", LINK, "https://tea.shop/b"),
    ]
    assert facets_of(text)[0]["index"] == {"byteStart": 4 + 18 + 1, "byteEnd": 4 + 18 + 1 + 25}


def test_hashtags_end_before_punctuation_and_have_words() -> None:
    text = "#차, (#no) #tea-time! ＃茶 #2026 #a1 # #! x#y"
    assert covered(text) == [
        ("#차", TAG, "차"),
        ("#tea-time", TAG, "tea-time"),
        ("＃茶", TAG, "茶"),
        ("#a1", TAG, "a1"),
    ]


def test_a_tag_that_is_too_long_stays_text() -> None:
    assert [tag for _, _, tag in covered(f"#{'a' * 64} #{'b' * 65}")] == ["a" * 64]


def test_a_link_in_what_looks_like_a_tag_is_a_link() -> None:
    assert covered("#a,b.com/c") == [("b.com/c", LINK, "https://b.com/c")]


def test_a_name_stays_text() -> None:
    assert facets_of("thanks @tea.example.com") == []
