"""The prompt: everything the owner said is in it, and every part is as stable as caching needs it."""

import re
from dataclasses import replace
from datetime import date, time
from hashlib import sha256
from typing import Any

import pytest

from lib.domain import instructions
from lib.domain.angles import ANGLES, angles_for
from lib.domain.gates import Gate, Objection
from lib.domain.prompts import PROMPT_VERSION, Brief, Prompt, Recent, build_prompt, build_rewrite, uses_angle
from lib.domain.schedule import ContentType
from lib.domain.writing_settings import WritingSettings, read_settings
from lib.pipeline.generate import first_turn

ON, AT = date(2026, 11, 21), time(9, 5)
FULL: dict[str, Any] = {
    "promptType": "auto",
    "topic": "slow coffee",
    "voice": "dry, warm",
    "audience": "people who work from home",
    "language": "ko",
    "examples": ["First example.", "Second example."],
    "neverSay": ["game-changer", "synergy"],
    "keywords": ["pour-over"],
    "links": ["https://coffee.kr/beans?a=1&b=2"],
}
RECENT = (Recent("A quiet cup", date(2026, 11, 20), "mistake"), Recent("Water first", date(2026, 11, 19)))
BRIEF = Brief(read_settings(FULL), ContentType.X_POST, "Morning notes", ON, AT, ANGLES["signal"], RECENT)

# What all our words were when they got this version. A change of any of them needs a new version, and a new line here.
WORDS_OF = {"2026-11-22": "188a6281a9d9bb46"}


def prompt_of(settings: dict[str, Any], kind: ContentType = ContentType.X_POST) -> Prompt:
    return build_prompt(Brief(read_settings(settings), kind, "Morning notes", ON, AT))


def section(said: str, tag: str) -> str:
    (found,) = re.findall(rf"^<{tag}>\n(.*?)\n</{tag}>$", said, re.DOTALL | re.MULTILINE)
    return str(found)


def test_auto_says_everything_that_the_owner_set() -> None:
    said = first_turn(build_prompt(BRIEF)).said
    assert section(said, "language") == "Korean (한국어), ko"
    assert section(said, "topic") == "slow coffee"
    assert section(said, "audience") == "people who work from home"
    assert section(said, "voice") == "dry, warm"
    assert section(said, "keywords") == "pour-over"
    assert section(said, "never_say") == "game-changer\nsynergy"
    assert section(said, "links") == "https://coffee.kr/beans?a=1&amp;b=2"
    assert re.findall(r"<example>\n(.*)\n</example>", said) == ["First example.", "Second example."]
    assert "<request>" not in said
    assert "<part>" not in said


def test_what_is_this_pieces_own_comes_last() -> None:
    user = build_prompt(replace(BRIEF, item=1, count=3)).user
    assert section(user, "date") == "2026-11-21, Saturday, 09:05"
    assert section(user, "angle") == ANGLES["signal"].instruction
    assert section(user, "part") == "2 of 3"
    assert section(user, "recent") == "- 2026-11-20: A quiet cup\n- 2026-11-19: Water first"
    assert user.endswith("Write the piece now.")


def test_auto_without_a_topic_writes_about_the_schedules_name() -> None:
    assert section(prompt_of({}).author, "topic") == "Morning notes"


def test_custom_says_the_owners_own_words_and_what_else_is_set() -> None:
    said = first_turn(prompt_of({"promptType": "custom", "customPrompt": "A haiku about rain", "voice": "calm"})).said
    assert section(said, "request") == "A haiku about rain"
    assert section(said, "voice") == "calm"
    assert "<topic>" not in said


def test_custom_is_told_an_angle_only_where_it_asks_for_one() -> None:
    plain = read_settings({"promptType": "custom", "customPrompt": "A haiku"})
    asking = read_settings({"promptType": "custom", "customPrompt": "A haiku. {angle}"})
    assert [uses_angle(it) for it in (plain, asking, WritingSettings())] == [False, True, True]
    assert ANGLES["signal"].instruction not in first_turn(build_prompt(replace(BRIEF, settings=plain))).said
    assert first_turn(build_prompt(replace(BRIEF, settings=asking))).said.count(ANGLES["signal"].instruction) == 1


def test_custom_is_shown_what_was_written_before_so_that_it_does_not_repeat_itself() -> None:
    settings = read_settings({"promptType": "custom", "customPrompt": "A haiku"})
    assert "A quiet cup" in section(build_prompt(replace(BRIEF, settings=settings)).user, "recent")


def test_a_language_we_have_no_name_for_is_named_by_its_tag() -> None:
    assert section(prompt_of({"language": "sw-KE"}).author, "language") == "the language with the BCP 47 tag sw-KE"


@pytest.mark.parametrize("kind", ContentType)
def test_the_system_part_is_the_same_for_everybody_so_that_it_can_be_cached(kind: ContentType) -> None:
    mine, theirs = prompt_of(FULL, kind), prompt_of({"promptType": "custom", "customPrompt": "else"}, kind)
    assert mine.system == theirs.system
    assert mine.author != theirs.author


@pytest.mark.parametrize("custom", ["", "A haiku on {date}, unlike\n{recent_titles}", "About {topic} for {name}"])
def test_the_authors_part_is_the_same_for_every_run_of_a_schedule(custom: str) -> None:
    settings = read_settings({**FULL, "promptType": "custom" if custom else "auto", "customPrompt": custom})
    first = replace(BRIEF, settings=settings)
    later = replace(first, on=date(2027, 3, 1), time=time(18), angle=ANGLES["order"], recent=(), item=4, count=5)
    assert build_prompt(first).author == build_prompt(later).author != ""
    assert build_prompt(first).user != build_prompt(later).user


@pytest.mark.parametrize(
    ("kind", "limits"),
    [
        (ContentType.X_POST, ["at most 280", "at most 140 characters", "a link weighs 23"]),
        (ContentType.X_THREAD, ["2 to 25 posts", "at most 280"]),
        (ContentType.LINKEDIN_POST, ["at most 3,000 characters"]),
        (ContentType.BLOG_POST, ["at most 200 characters", "Markdown"]),
        (ContentType.NEWSLETTER, ["at most 150 characters", "subject line"]),
    ],
)
def test_the_real_limits_are_told(kind: ContentType, limits: list[str]) -> None:
    system = " ".join(prompt_of({}, kind).system.split())
    assert all(limit in system for limit in limits)


def test_every_section_is_explained_to_the_model() -> None:
    custom = {**FULL, "promptType": "custom", "customPrompt": "On {date}"}
    prompts = [build_prompt(replace(BRIEF, count=2)), prompt_of(custom)]
    used = {tag for prompt in prompts for tag in re.findall(r"<(\w+)>", first_turn(prompt).said)}
    explained = set(re.findall(r"^- (\w+)(?:, (\w+))?: ", instructions.HOUSE_RULES, re.MULTILINE))
    assert used - {"language"} == {tag for tags in explained for tag in tags if tag}


def test_a_retry_finds_the_kept_answer_although_more_was_written_meanwhile() -> None:
    again = replace(BRIEF, recent=(Recent("Meanwhile", ON), *RECENT))
    assert build_prompt(again).fingerprint == build_prompt(BRIEF).fingerprint
    custom = read_settings({"promptType": "custom", "customPrompt": "Not again: {recent_titles}"})
    asked, later = (build_prompt(replace(it, settings=custom)) for it in (BRIEF, again))
    assert asked.user != later.user
    assert asked.fingerprint == later.fingerprint


@pytest.mark.parametrize(
    "other",
    [
        replace(BRIEF, settings=read_settings({**FULL, "topic": "fast coffee"})),
        replace(BRIEF, settings=read_settings({**FULL, "neverSay": ["synergy"]})),
        replace(BRIEF, kind=ContentType.LINKEDIN_POST),
        replace(BRIEF, on=date(2026, 11, 22)),
        replace(BRIEF, angle=ANGLES["order"]),
        replace(BRIEF, angle=None),
        replace(BRIEF, item=1),
    ],
)
def test_another_request_has_another_fingerprint(other: Brief) -> None:
    assert build_prompt(other).fingerprint != build_prompt(BRIEF).fingerprint


def test_another_wording_of_a_request_with_variables_has_another_fingerprint() -> None:
    wordings = ("On {date}: tea", "On {date}: milk", "On 2026-11-21: tea")
    prompts = [prompt_of({"promptType": "custom", "customPrompt": it}) for it in wordings]
    assert len({it.fingerprint for it in prompts}) == 3


def test_an_angle_that_is_not_told_does_not_change_the_fingerprint() -> None:
    custom = replace(BRIEF, settings=read_settings({"promptType": "custom", "customPrompt": "A haiku"}))
    assert build_prompt(custom).fingerprint == build_prompt(replace(custom, angle=None)).fingerprint


def test_a_rewrite_names_every_objection() -> None:
    objections = [
        Objection(Gate.LIMITS, "post 2", "has 300 weighted characters; at most 280 are allowed"),
        Objection(Gate.DUPLICATE, "text", "is 82 % like the post of 3 October 2026"),
    ]
    assert section(build_rewrite(objections), "objections").splitlines() == [
        "- post 2: has 300 weighted characters; at most 280 are allowed",
        "- text: is 82 % like the post of 3 October 2026",
    ]


def test_whoever_changes_a_word_changes_the_version() -> None:
    every = [instructions.HOUSE_RULES, instructions.REQUEST, instructions.REWRITE, *instructions.FORMS.values()]
    every += [*instructions.LANGUAGES.values(), *(f"{it.id} {it.instruction}" for it in ANGLES.values())]
    every += [f"{kind} {[it.id for it in angles_for(kind)]}" for kind in ContentType]
    every += [first_turn(build_prompt(replace(BRIEF, count=2))).said, build_rewrite([])]
    assert sha256("\n".join(every).encode()).hexdigest()[:16] == WORDS_OF[PROMPT_VERSION]
