"""What counts as the same post again, and how its evidence reads. The samples are posts of ours, line by line."""

import re
import time
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.domain.draft import Draft
from lib.domain.schedule import ContentType
from lib.domain.similarity import LONGEST_MEMORY, MOST_LIKE, Likeness, Memory, Remembered, compare, memorable

DAY = date(2026, 10, 3)
SECTION = re.compile(r"^## ([a-z ]+):.*$", re.MULTILINE)


def read_samples() -> dict[str, list[tuple[str, str]]]:
    _, *parts = SECTION.split(Path(__file__).with_name("likeness_samples.txt").read_text("utf-8"))
    sections = zip(parts[::2], parts[1::2], strict=True)
    return {name: [pair_of(block) for block in text.strip().split("\n\n")] for name, text in sections}


def pair_of(block: str) -> tuple[str, str]:
    one, other = block.strip().split("\n")
    return one, other


SAMPLES = read_samples()
SAID = (
    "Water just off the boil, three minutes, no more: green tea forgives nothing else. Most burn it and blame the leaf."
)


def post(text: str) -> Draft:
    return Draft(ContentType.X_POST, text)


def likeness(one: str, other: str) -> int:
    return compare(memorable(post(one)), memorable(post(other)))


def memory(*texts: str) -> Memory:
    return Memory(Remembered(f"content-{at}", DAY, memorable(post(text))) for at, text in enumerate(texts))


def test_there_are_samples_of_every_sort() -> None:
    assert {name: len(pairs) >= 5 for name, pairs in SAMPLES.items()} == dict.fromkeys(
        ["near", "reworded", "same topic", "unrelated"], True
    )


@pytest.mark.parametrize(("one", "other"), SAMPLES["near"])
def test_the_same_post_with_other_trimmings_is_the_same_post(one: str, other: str) -> None:
    assert likeness(one, other) >= MOST_LIKE + 10


@pytest.mark.parametrize(("one", "other"), SAMPLES["reworded"])
def test_the_same_point_in_partly_other_words_is_the_same_post(one: str, other: str) -> None:
    assert likeness(one, other) > MOST_LIKE


@pytest.mark.parametrize(("one", "other"), SAMPLES["same topic"])
def test_another_point_about_the_same_thing_is_another_post(one: str, other: str) -> None:
    assert likeness(one, other) < MOST_LIKE


@pytest.mark.parametrize(("one", "other"), SAMPLES["unrelated"])
def test_unrelated_posts_are_far_from_alike(one: str, other: str) -> None:
    assert likeness(one, other) < MOST_LIKE - 25


@pytest.mark.parametrize("name", ["same topic", "near"])
def test_an_account_may_write_all_of_these_one_after_the_other(name: str) -> None:
    written = Memory()
    for text in dict.fromkeys(text for pair in SAMPLES[name] for text in (pair if name == "same topic" else pair[:1])):
        found = written.nearest(memorable(post(text)))
        assert not (found and found.is_too_much)
        written.add(Remembered(text, DAY, memorable(post(text))))


@pytest.mark.parametrize(
    "again",
    [
        "Water makes the cup!",
        "water makes the cup ☕☕",
        "Water  makes\nthe cup…",
        "Water makes the cup. https://drumbeat.app/x",
        "Water makes the cup #coffee #water",
        "Ｗａｔｅｒ makes the **cup**",
    ],
)
def test_trimmings_alone_make_no_other_post(again: str) -> None:
    assert memory("Water makes the cup.").nearest(memorable(post(again))) == Likeness(100, "content-0", DAY)


def test_only_the_same_words_are_100_percent_alike() -> None:
    assert likeness("Water makes the cup " * 40, "Water makes the cup " * 39 + "water makes a cup") == 99


def test_the_evidence_names_the_post_and_its_day() -> None:
    found = memory("Something else.", "Water makes the cup, not the machine.").nearest("water makes the cup")
    assert found
    assert found.content_id == "content-1"
    assert str(found) == f"{found.percent} % like the post of 3 October 2026"
    assert found.as_row() == {"percent": found.percent, "content_id": "content-1", "on": "2026-10-03"}


@pytest.mark.parametrize(
    "disguised",
    [
        "\u200b".join(SAID),
        "\u0336".join(SAID),
        SAID.replace("a", "а").replace("o", "о").replace("e", "е"),  # Cyrillic
        SAID.replace(" ", ""),
        "-".join(SAID),
        " 🍵 ".join(SAID.split()),
    ],
)
def test_a_post_in_disguise_is_the_same_post(disguised: str) -> None:
    found = memory(SAID).nearest(memorable(post(disguised)))
    assert found
    assert found.percent == 100


def test_a_post_that_a_thread_says_again_is_found_among_thousands_and_the_other_way_round() -> None:
    others = [Remembered(str(at), DAY, f"note {at} on boiling green tea leaf burn blame") for at in range(999)]
    segments = (
        "Five things I learnt about mornings last year. " * 4,
        "Get up at the same hour. " * 8,
        SAID,
        "That is all.",
    )
    thread = memorable(Draft(ContentType.X_THREAD, "\n\n".join(segments), segments=segments))
    said = memorable(post(SAID))
    for one, other in ((said, thread), (thread, said)):
        found = Memory([*others, Remembered("it", DAY, one)]).nearest(other)
        assert found
        assert (found.content_id, found.is_too_much) == ("it", True)


def test_of_equals_the_newest_is_named() -> None:
    assert memory("The same.", "The same.").nearest("the same") == Likeness(100, "content-0", DAY)


def test_an_empty_memory_and_an_empty_text_are_like_nothing() -> None:
    assert Memory().nearest("anything") is None
    assert memory("anything").nearest("") is None
    assert memory("").nearest("anything") is None


def test_a_sibling_of_the_batch_is_remembered_at_once() -> None:
    siblings = memory("An older post about beans.")
    siblings.add(Remembered("item 0", DAY, memorable(post("Water makes the cup."))))
    assert siblings.nearest("water makes the cup") == Likeness(100, "item 0", DAY)


@pytest.mark.parametrize("pair", [*SAMPLES["near"], *SAMPLES["reworded"]])
def test_the_same_post_is_found_among_two_thousand_of_the_account(pair: tuple[str, str]) -> None:
    old, new = pair
    said = [text for name in ("same topic", "unrelated") for both in SAMPLES[name] for text in both if text != old]
    others = [f"{said[at % len(said)]} {said[at * 7 % len(said)]}"[:280] for at in range(2_000)]
    found = memory(*others[:1_000], old, *others[1_000:]).nearest(memorable(post(new)))
    assert found
    assert found.is_too_much


def article(title: str, body: str) -> str:
    return memorable(Draft(ContentType.BLOG_POST, body, title=title))


def test_an_article_is_remembered_by_its_title_and_opening() -> None:
    text = article("Why Water", "It is **most** of the [cup](https://drumbeat.app/water). " + "And more words. " * 200)
    assert text.startswith("why water it is most of the cup and more words")
    assert len(text) <= LONGEST_MEMORY


@pytest.mark.parametrize("keeps", ["opening", "rest"])
def test_an_article_that_was_only_partly_rewritten_is_found(keeps: str) -> None:
    said = [text for both in SAMPLES["same topic"][:10] for text in both]
    old, fresh = said[:14], [SAMPLES["unrelated"][0][1], SAMPLES["unrelated"][1][1], *said[14:16]]
    new = [*old[:11], *fresh] if keeps == "opening" else [*fresh, *old[2:]]
    others = [article("Another thing", " ".join(fresh[at % 4 :] + fresh[: at % 4] + said[16:])) for at in range(100)]
    remembered = Memory(Remembered(f"other {at}", DAY, text) for at, text in enumerate(others))
    remembered.add(Remembered("old", DAY, article("Ten things about coffee", " ".join(old))))
    found = remembered.nearest(article("Some more about coffee", " ".join(new)))
    assert found
    assert (found.content_id, found.is_too_much) == ("old", True)


def test_what_has_no_words_is_remembered_as_it_stands() -> None:
    assert memorable(post("#coffee #morning")) == "coffee morning"
    assert memorable(post("🔥🔥")) == "🔥🔥"
    assert memorable(post("https://drumbeat.app/a")) == "https drumbeat app a"


def test_a_link_takes_no_words_along() -> None:
    assert memorable(post("見てhttps://drumbeat.app/x。次は水")) == "見て 次は水"


@given(st.text(max_size=400), st.text(max_size=400))
def test_likeness_is_mutual_and_within_bounds(one: str, other: str) -> None:
    a, b = memorable(post(one)), memorable(post(other))
    assert 0 <= compare(a, b) <= 100
    assert compare(a, b) == compare(b, a)
    assert (compare(a, b) == 100) == (a == b)


@given(st.text(max_size=3_000))
def test_what_is_remembered_is_short_and_stays_what_it_is(text: str) -> None:
    kept = memorable(post(text))
    assert len(kept) <= LONGEST_MEMORY
    assert bool(kept) == bool(text.strip())


@given(st.lists(st.text(min_size=1, max_size=80), min_size=1, max_size=20))
def test_every_remembered_text_is_found_again(texts: list[str]) -> None:
    kept = [memorable(post(text)) for text in texts if text.strip()]
    remembered = Memory(Remembered(text, DAY, text) for text in kept)
    assert all((found := remembered.nearest(text)) and found.percent == 100 for text in kept)


@pytest.mark.parametrize("unit", ["a", "a ", "#a ", "가", "가 ", "#", "http://", "https://a.co ", "\u0301", "_", "##a"])
def test_no_text_keeps_it_busy(unit: str) -> None:
    text = (unit * 40_000)[:40_000]
    remembered = memory("Water makes the cup.", text[:1_500], text[:1_000])
    began = time.process_time()
    remembered.nearest(memorable(post(text)))
    assert time.process_time() - began < 0.5
