"""The writing part of a schedule's settings: what is read, and what is refused by its name."""

from typing import Any

import pytest

from lib.domain.writing_settings import (
    LONGEST_CUSTOM_PROMPT,
    LONGEST_LINK,
    MOST_EXAMPLES,
    MOST_LINKS,
    MOST_MODELS,
    WRITING_FIELDS,
    PromptType,
    Quality,
    WritingSettings,
    read_settings,
)
from lib.errors import Invalid


def test_everything_that_can_be_said_is_read() -> None:
    settings = read_settings(
        {
            "promptType": "auto",
            "topic": "tea",
            "links": ["https://tea.shop/green?ref=x", "http://tea.shop"],
            "count": 5,
            "quality": "premium",
            "models": ["openai/gpt-6.1-terra", "own/meta-llama/Llama-3.3-70B:free"],
        }
    )
    assert settings == WritingSettings(
        topic="tea",
        links=("https://tea.shop/green?ref=x", "http://tea.shop"),
        count=5,
        quality=Quality.PREMIUM,
        models=("openai/gpt-6.1-terra", "own/meta-llama/Llama-3.3-70B:free"),
    )


def test_every_field_has_its_name_on_the_wire() -> None:
    assert set(WRITING_FIELDS.values()) == set(WritingSettings.__slots__)


def test_the_seeds_snake_case_is_read_as_well() -> None:
    settings = read_settings({"prompt_type": "custom", "custom_prompt": "hello", "never_say": ["x"]})
    assert settings == WritingSettings(prompt_type=PromptType.CUSTOM, custom_prompt="hello", never_say=("x",))


def test_null_blank_and_missing_count_as_not_said() -> None:
    said = {"topic": None, "voice": "  ", "examples": None, "keywords": ["", " "], "count": None, "models": None}
    assert read_settings(said) == WritingSettings()


def test_keys_that_belong_to_others_are_not_looked_at() -> None:
    assert read_settings({"targets": [1], "approval": True}) == WritingSettings()


def test_a_model_or_a_link_named_twice_counts_once() -> None:
    settings = read_settings({"models": ["a/b", "c/d", "a/b"], "links": ["https://a.kr", "https://a.kr"]})
    assert (settings.models, settings.links) == (("a/b", "c/d"), ("https://a.kr",))


@pytest.mark.parametrize(
    "link",
    ["https://한국.kr/길", "http://127.0.0.1:8000/x", "https://a.com/?q=1&r=2#top", "HTTPS://A.COM", "https://[::1]/"],
)
def test_what_is_a_link(link: str) -> None:
    assert read_settings({"links": [link]}).links == (link,)


NO_LINKS = [
    "tea.shop",
    "ftp://tea.shop",
    "javascript:alert(1)",
    "https://",
    "https:///path",
    "https://me:secret@tea.shop",
    "https://tea.shop/a b",
    "https://tea.shop/<b>",
    "https://tea.shop/\u200b",
    "https://tea.shop:port",
    "https://[tea",
    "https://tea.shop\nhttps://other.shop",
    "https://tea.shop/" + "x" * LONGEST_LINK,
]


@pytest.mark.parametrize("text", NO_LINKS)
def test_what_is_not_a_link_is_refused_by_its_place(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_settings({"links": ["https://fine.kr", text]})
    assert refused.value.field == "settings.links[1]"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"promptType": "magic"}, "settings.promptType"),
        ({"promptType": 3}, "settings.promptType"),
        ({"promptType": ["auto"]}, "settings.promptType"),
        ({"promptType": "custom"}, "settings.customPrompt"),
        ({"promptType": "custom", "customPrompt": "   "}, "settings.customPrompt"),
        ({"customPrompt": "a" * (LONGEST_CUSTOM_PROMPT + 1)}, "settings.customPrompt"),
        ({"customPrompt": 5}, "settings.customPrompt"),
        ({"customPrompt": "a\0b"}, "settings.customPrompt"),
        ({"customPrompt": "a\ud83d"}, "settings.customPrompt"),
        ({"customPrompt": "a", "custom_prompt": "a"}, "settings.customPrompt"),
        ({"language": "Korean please"}, "settings.language"),
        ({"language": "<ko>"}, "settings.language"),
        ({"examples": "one"}, "settings.examples"),
        ({"examples": ["x"] * (MOST_EXAMPLES + 1)}, "settings.examples"),
        ({"examples": ["x", 1]}, "settings.examples[1]"),
        ({"neverSay": {"a": 1}}, "settings.neverSay"),
        ({"keywords": ["k" * 101]}, "settings.keywords[0]"),
        ({"customPrompt": "a" * 8_000, "examples": ["b" * 2_000] * 5}, "settings"),
        ({"count": 0}, "settings.count"),
        ({"count": 21}, "settings.count"),
        ({"count": True}, "settings.count"),
        ({"count": 2.0}, "settings.count"),
        ({"count": "2"}, "settings.count"),
        ({"quality": "best"}, "settings.quality"),
        ({"models": "anthropic/claude-opus-5-5"}, "settings.models"),
        ({"models": ["claude-opus-5-5"]}, "settings.models[0]"),
        ({"models": ["a/b", "A/b"]}, "settings.models[1]"),
        ({"models": ["a/b c"]}, "settings.models[0]"),
        ({"models": [f"a/{number}" for number in range(MOST_MODELS + 1)]}, "settings.models"),
        ({"links": [f"https://a.kr/{number}" for number in range(MOST_LINKS + 1)]}, "settings.links"),
    ],
)
def test_unusable_settings_name_their_field(given: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_settings(given)
    assert refused.value.field == field
