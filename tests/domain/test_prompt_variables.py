"""The variables of an owner's own prompt: what each becomes, and that everything else stays as it is."""

from datetime import date, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.domain.angles import ANGLES
from lib.domain.prompt_variables import (
    MOST_FILLED_BYTES,
    MOST_RECENT_TITLES,
    Variable,
    check_template,
    count_uses,
    fill_in,
    month_of,
    weekday_of,
)
from lib.domain.prompts import Brief, Prompt, Recent, build_prompt
from lib.domain.schedule import ContentType
from lib.domain.writing_settings import read_settings
from lib.errors import Invalid
from lib.pipeline.generate import first_turn

ON = date(2026, 11, 21)
VALUES = {variable: f"<{variable.value}>" for variable in Variable}


def prompt_of(custom: str, **settings: Any) -> Prompt:
    given = {"promptType": "custom", "customPrompt": custom, **settings}
    recent = [Recent("Rain & tea", date(2026, 11, 20)), Recent("Snow", date(2026, 11, 19))]
    angle = ANGLES["mistake"]
    brief = Brief(read_settings(given), ContentType.X_POST, "Morning notes", ON, time(9, 5), angle, recent)
    return build_prompt(brief)


def request_of(prompt: Prompt) -> str:
    return first_turn(prompt).said.partition("<request>\n")[2].partition("\n</request>")[0]


@pytest.mark.parametrize(
    ("custom", "said"),
    [
        ("On {date} at {time}", "On 2026-11-21 at 09:05"),
        ("{weekday} in {month}", "Saturday in November"),
        ("For {name}: {topic}", "For Morning notes: tea"),
        ("Go on from these:\n{recent_titles}", "Go on from these:\n- Rain &amp; tea\n- Snow"),
        ("This time: {angle}", f"This time: {ANGLES['mistake'].instruction}"),
        (
            'Answer like {"a": {"b": 1}} or {unknown} or { date }',
            'Answer like {"a": {"b": 1}} or {unknown} or { date }',
        ),
        ("Write {{date}} literally, {date}", "Write {date} literally, 2026-11-21"),
        ("{{{date}}}", "{{date}}"),
        ("{Date} {DATE} {", "{Date} {DATE} {"),
    ],
)
def test_variables_are_filled_and_other_braces_stay(custom: str, said: str) -> None:
    assert request_of(prompt_of(custom, topic="tea")) == said


def test_weekday_and_month_are_in_the_schedules_language_where_we_know_it() -> None:
    assert request_of(prompt_of("{month} {weekday}", language="ko-KR")) == "11월 토요일"
    assert request_of(prompt_of("{month} {weekday}", language="ja")) == "11月 土曜日"
    assert request_of(prompt_of("{month} {weekday}", language="zh-Hant")) == "11月 星期六"
    assert request_of(prompt_of("{month} {weekday}", language="de")) == "November Saturday"


def test_without_a_topic_the_schedules_name_stands_in() -> None:
    assert request_of(prompt_of("About {topic}")) == "About Morning notes"


def test_a_value_that_looks_like_a_variable_stays_text() -> None:
    assert (
        request_of(prompt_of("{topic}", topic="{date} {{name}} {recent_titles}")) == "{date} {{name}} {recent_titles}"
    )


@given(st.text(max_size=200), st.text(max_size=50))
def test_only_variables_are_touched(text: str, value: str) -> None:
    if not any(variable.value in text for variable in Variable):
        assert fill_in(text, VALUES) == text
    assert fill_in("{date}", {Variable.DATE: value}) == value


def test_a_request_that_stays_the_same_is_part_of_the_cached_beginning() -> None:
    assert "<request>" in prompt_of("Tea, as {name} has it, on {topic}").author
    assert "<request>" in prompt_of("Tea on {date}").user
    assert "<request>" not in prompt_of("Tea on {date}").author


def test_a_topic_named_in_the_request_is_not_said_twice() -> None:
    assert "<topic>" not in first_turn(prompt_of("On {topic}", topic="tea")).said
    assert "<topic>" in first_turn(prompt_of("Something nice", topic="tea")).said


def test_recent_titles_twice_and_no_more() -> None:
    prompt_of("{recent_titles}" * MOST_RECENT_TITLES)
    with pytest.raises(Invalid) as refused:
        prompt_of("{recent_titles}" * (MOST_RECENT_TITLES + 1))
    assert refused.value.field == "settings.customPrompt"


@pytest.mark.parametrize(
    ("custom", "topic"),
    [
        ("{topic}" * 5, "x" * 2_000),
        ("{topic}" * 3, "&" * 2_000),
        ("{topic}" * 7, ""),
        ("{name}" * 7, "tea"),
        ("{angle}" * 16, "tea"),
        ("{date}" * 601, "tea"),
    ],
)
def test_variables_cannot_make_a_prompt_longer_than_is_paid_for(custom: str, topic: str) -> None:
    with pytest.raises(Invalid, match="could become") as refused:
        check_template(custom, topic)
    assert (refused.value.field, refused.value.details["allowed"]) == ("settings.customPrompt", MOST_FILLED_BYTES)


def test_an_ordinary_prompt_may_use_its_variables_freely() -> None:
    check_template("{topic} {topic} {topic} {date} {weekday} {angle} {angle} {name} {recent_titles}", "t" * 60)


def test_an_auto_schedule_is_not_held_to_a_prompt_that_it_does_not_use() -> None:
    assert read_settings({"promptType": "auto", "customPrompt": "{recent_titles}" * 3})


def test_escaped_variables_are_not_counted() -> None:
    assert count_uses("{date} {{date}} {topic}{topic}") == {Variable.DATE: 1, Variable.TOPIC: 2}


@given(st.dates(), st.sampled_from(["", "ko", "ja", "zh", "en-GB"]))
def test_no_word_of_the_calendar_is_longer_than_reserved(on: date, language: str) -> None:
    assert len(weekday_of(on, language).encode()) <= 9
    assert len(month_of(on, language).encode()) <= 9
