"""The stand-in's texts: what a fair model would make of a request, so that tests and demos with them mean something."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest

from dev.models.english import ENGLISH
from dev.models.korean import KOREAN
from dev.models.phrases import Phrases
from dev.models.prose import Prose, particle_after, read_brief
from lib.domain.angles import ANGLES, angles_for, choose_angle
from lib.domain.content import SHAPES
from lib.domain.draft import Draft, read_draft
from lib.domain.gates import Gate, examine
from lib.domain.judging import JUDGE_RULES, MEASURES, SCHEMA, build_question
from lib.domain.prompts import Brief, Recent, build_prompt, build_rewrite
from lib.domain.schedule import ContentType
from lib.domain.similarity import Memory, Remembered, memorable
from lib.domain.writing_settings import read_settings
from lib.pipeline.generate import first_turn

ON = date(2026, 11, 21)
HANGUL = re.compile("[가-힣]")


def brief_of(kind: ContentType = ContentType.X_POST, angle: str | None = None, **settings: Any) -> Brief:
    given = read_settings({"topic": "deep work", **settings})
    return Brief(given, kind, "Morning notes", ON, time(9), ANGLES[angle] if angle else None)


def answer(system: str, *said: str, schema: Mapping[str, Any]) -> Any:
    return Prose(read_brief(system, said), "\n".join([system, *said])).fill(schema)


def written(brief: Brief, *more: str) -> Draft:
    """The answer to the brief; with `more` turns, to the last of them."""
    prompt = build_prompt(brief)
    said, shape = first_turn(prompt).said, SHAPES[brief.kind]
    return read_draft(brief.kind, answer(prompt.system, said, *more, schema=shape.schema))


@pytest.mark.parametrize(("language", "topic"), [("en", "deep work for small teams"), ("ko", "일하는 습관")])
def test_a_daily_schedule_seldom_repeats_itself_and_a_rewrite_cures_it(language: str, topic: str) -> None:
    brief, memory, recent = brief_of(topic=topic, language=language), Memory(), list[Recent]()
    repeated = cured = 0
    for day in range(150):
        on = ON + timedelta(day)
        angle = choose_angle(brief.kind, [it.angle for it in recent[:30]], f"run {day}")
        today = replace(brief, on=on, angle=angle, recent=recent[:20])
        draft = written(today)
        verdict = examine(draft, brief.settings, memory)
        assert set(verdict.gates) <= {Gate.DUPLICATE}
        if not verdict.passed:
            repeated += 1
            draft = written(today, "{}", build_rewrite(verdict.objections))
            cured += examine(draft, brief.settings, memory).passed
        memory.add(Remembered(str(day), on, memorable(draft)))
        recent.insert(0, Recent(draft.body[:120], on, angle.id))
    assert repeated < 150 * 0.05
    assert repeated - cured <= 1


@pytest.mark.parametrize("kind", ContentType)
@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_gate_lets_an_ordinary_answer_pass(kind: ContentType, language: str) -> None:
    for angle in angles_for(kind):
        brief = brief_of(kind, angle.id, language=language, neverSay=["하기", "only", "reader"])
        assert examine(written(brief), brief.settings, Memory()).objections == ()


def test_the_same_request_gets_the_same_text_and_any_other_another() -> None:
    brief = brief_of(angle="order")
    others = [replace(brief, on=date(2026, 11, 22)), replace(brief, angle=ANGLES["detail"]), brief_of(topic="tea")]
    assert written(brief) == written(brief)
    assert len({written(it).body for it in [brief, *others]}) == 4


@pytest.mark.parametrize("angle", sorted(ANGLES))
def test_the_angle_is_followed(angle: str) -> None:
    kind = next(it for it in ContentType if ANGLES[angle] in angles_for(it))
    for settings in ({}, {"promptType": "custom", "customPrompt": "About tea. {angle}"}):
        body = written(brief_of(kind, angle, **settings)).body
        assert any(pattern_of(it).search(body) for it in ENGLISH.openings[angle]), body


def pattern_of(opening: str) -> re.Pattern[str]:
    return re.compile(r".{2,60}".join(map(re.escape, re.split(r"\{\w+\}", opening))), re.IGNORECASE)


def test_it_does_not_begin_as_a_recent_piece_began() -> None:
    openings = {written(brief_of(angle="mistake", topic=f"deep work {it}")).body.split(" with ")[0] for it in range(30)}
    usual = "The usual mistake in deep work is"
    recent = tuple(Recent(f"{usual} {slip}.", ON) for slip in ENGLISH.slots["slip"])
    bodies = [written(replace(brief_of(angle="mistake", voice=str(it)), recent=recent)).body for it in range(20)]
    assert len(openings) > 2
    assert not any(body.startswith(usual) for body in bodies)


def test_what_must_not_be_said_is_not_said() -> None:
    for number in range(30):
        brief = brief_of(ContentType.BLOG_POST, voice=str(number), neverSay=["Somebody", "KEY", "the wait"])
        assert not re.search(r"somebody|key|the wait", written(brief).body, re.IGNORECASE)


def test_the_language_of_the_request_is_the_answers() -> None:
    assert HANGUL.search(written(brief_of(language="ko", topic="tea")).body)
    assert HANGUL.search(written(brief_of(topic="차 한 잔")).body)
    assert not HANGUL.search(written(brief_of(language="en", topic="tea")).body)


def test_a_post_uses_the_room_there_is() -> None:
    for language in ("ko", "en"):
        lengths = [len(written(brief_of(language=language, voice=str(it))).body) for it in range(20)]
        assert sum(lengths) / 20 > (80 if language == "ko" else 160)


def test_a_judge_gives_marks_within_its_bounds_and_one_sentence() -> None:
    draft = written(brief_of(language="ko"))
    question = build_question(draft, read_settings({"topic": "tea", "language": "ko"}))
    opinion = answer(JUDGE_RULES, question, schema=SCHEMA)
    assert all(50 <= opinion[measure] <= 100 for measure in MEASURES)
    assert opinion["note"] in KOREAN.remarks


@pytest.mark.parametrize(
    ("schema", "least", "most"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 10}, 5, 10),
        ({"type": "integer", "description": "0 to 20"}, 10, 20),
        ({"type": "integer"}, 3, 5),
        ({"type": "integer", "enum": [7]}, 7, 7),
    ],
)
def test_whole_numbers_are_friendly(schema: dict[str, Any], least: int, most: int) -> None:
    marks = {answer("Judge.", f"piece {number}", schema=schema) for number in range(50)}
    assert least <= min(marks) <= max(marks) <= most


@pytest.mark.parametrize(
    ("letter", "pair", "particle"),
    [
        ("관", "은/는", "은"),
        ("차", "은/는", "는"),
        ("길", "으로/로", "로"),
        ("집", "으로/로", "으로"),
        ("n", "을/를", "를"),
    ],
)
def test_korean_particles_follow_the_letter_before(letter: str, pair: str, particle: str) -> None:
    assert particle_after(letter, pair) == particle


@pytest.mark.parametrize("phrases", [ENGLISH, KOREAN])
def test_every_angle_has_its_openings_and_every_slot_its_words(phrases: Phrases) -> None:
    assert phrases.openings.keys() == ANGLES.keys()
    patterns = [*phrases.titles, *phrases.starts, *phrases.sentences, *phrases.headings]
    patterns += [it for several in (*phrases.openings.values(), *phrases.slots.values()) for it in several]
    assert {slot for it in patterns for slot in re.findall(r"\{(\w+)\}", it)} <= {*phrases.slots, "topic"}
    assert len(set(phrases.sentences)) == len(phrases.sentences) > 70
