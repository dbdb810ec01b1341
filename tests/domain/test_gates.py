"""All gates together: what may go out, and the reasons of what may not."""

import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.domain.draft import Draft
from lib.domain.gates import Gate, Objection, Verdict, examine
from lib.domain.schedule import ContentType
from lib.domain.similarity import Memory, Remembered, memorable
from lib.domain.writing_settings import WritingSettings
from tests.domain.ordinary import ARTICLES, POSTS

POST = ContentType.X_POST
ANY = WritingSettings(never_say=("leverage", "혁신", "赋能"), links=("https://drumbeat.app",))


def post(text: str) -> Draft:
    return Draft(POST, text)


def judge(text: str, settings: WritingSettings = ANY, memory: Memory | None = None) -> Verdict:
    return examine(post(text), settings, memory or Memory())


@pytest.mark.parametrize(("tag", "text"), POSTS)
@pytest.mark.parametrize("kind", [POST, ContentType.LINKEDIN_POST])
def test_an_ordinary_post_passes_every_gate(kind: ContentType, tag: str, text: str) -> None:
    settings = WritingSettings(language=tag, never_say=("leverage", "혁신", "赋能", "コスパ", "sinergia", "สุดยอด"))
    others = [
        Remembered(str(at), date(2026, 10, 1), memorable(post(it))) for at, (_, it) in enumerate(POSTS) if it != text
    ]
    verdict = examine(Draft(kind, text), settings, Memory(others))
    assert verdict.objections == ()
    assert verdict.passed


@pytest.mark.parametrize("article", ARTICLES)
@pytest.mark.parametrize("kind", [ContentType.BLOG_POST, ContentType.NEWSLETTER])
def test_an_ordinary_article_passes_every_gate(kind: ContentType, article: str) -> None:
    assert examine(
        Draft(kind, article, title="On water and templates"), WritingSettings(language="en"), Memory()
    ).passed


@pytest.mark.parametrize(
    ("gate", "text", "settings"),
    [
        (Gate.LIMITS, "a" * 281, ANY),
        (Gate.LANGUAGE, "Water that is too hot burns the grounds, and the cup.", WritingSettings(language="ko")),
        (Gate.NEVER_SAY, "We are leveraging water.", ANY),
        (Gate.LEFTOVERS, "Water is [insert adjective].", ANY),
        (Gate.LINKS, "Water: https://other.app/x", ANY),
    ],
)
def test_each_gate_objects_alone(gate: Gate, text: str, settings: WritingSettings) -> None:
    verdict = judge(text, settings)
    assert not verdict.passed
    assert verdict.gates == (gate,)


def test_a_near_duplicate_is_refused_with_its_evidence() -> None:
    memory = Memory([Remembered("older", date(2026, 10, 3), "water makes the cup and nothing else does")])
    verdict = judge("Water makes the cup, and nothing else does! ☕", memory=memory)
    assert verdict.objections == (
        Objection(
            Gate.DUPLICATE, "text", "is 100 % like the post of 3 October 2026; make another point, in other words"
        ),
    )
    assert verdict.likeness
    assert verdict.likeness.content_id == "older"


def test_the_nearest_content_is_evidence_even_when_all_is_well() -> None:
    memory = Memory([Remembered("older", date(2026, 10, 3), "something else entirely")])
    verdict = judge("Water makes the cup, and nothing else does! ☕", memory=memory)
    assert verdict.passed
    assert verdict.likeness
    assert verdict.as_row()["likeness"]["content_id"] == "older"


def test_all_objections_are_told_at_once() -> None:
    verdict = judge("[insert name] leverages https://other.app/x " + "a" * 300)
    assert verdict.gates == (Gate.LIMITS, Gate.NEVER_SAY, Gate.LEFTOVERS, Gate.LINKS)
    assert {objection["gate"] for objection in verdict.as_row()["objections"]} == set(verdict.gates)


def test_an_objection_names_the_post_of_the_thread() -> None:
    thread = Draft(ContentType.X_THREAD, "Water.\n\nLeverage.", segments=("Water.", "Leverage."))
    assert [objection.where for objection in examine(thread, ANY, Memory()).objections] == ["post 2"]


def test_a_title_is_plain_text_and_examined_too() -> None:
    article = Draft(ContentType.BLOG_POST, ARTICLES[0], title="**Leverage** water")
    found = {(objection.gate, objection.where) for objection in examine(article, ANY, Memory()).objections}
    assert found == {(Gate.NEVER_SAY, "title"), (Gate.LEFTOVERS, "title")}


def test_an_objection_may_name_the_phrase_but_never_quotes_the_text() -> None:
    verdict = judge("secretword leverages [insert secretword] https://secretword.com **secretword** " + "a" * 300)
    told = "\n".join(map(str, verdict.objections))
    assert "leverage" in told
    assert "secretword" not in told


@given(st.text(max_size=400), st.sampled_from(list(ContentType)), st.sampled_from(["", "ko", "en"]))
def test_the_same_draft_has_always_the_same_verdict(text: str, kind: ContentType, language: str) -> None:
    draft = Draft(kind, text, title=text[:30], segments=(text[:200], text[200:]))
    settings = WritingSettings(language=language, never_say=("a", "가"))
    verdict = examine(draft, settings, Memory([Remembered("x", date(2026, 1, 1), "a text")]))
    assert verdict == examine(draft, settings, Memory([Remembered("x", date(2026, 1, 1), "a text")]))
    assert verdict.passed == verdict.as_row()["passed"] == (verdict.as_row()["objections"] == [])


@pytest.mark.parametrize("unit", ["a", "가 ", "[", "https://a.", "**", "é", "\n"])
def test_a_whole_article_of_rubbish_is_judged_within_a_second(unit: str) -> None:
    draft = Draft(ContentType.BLOG_POST, (unit * 40_000)[:40_000], title="t")
    began = time.process_time()
    examine(draft, ANY, Memory([Remembered("x", date(2026, 1, 1), "a text")]))
    assert time.process_time() - began < 2
