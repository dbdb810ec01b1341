"""What a platform would refuse is found before anything is sent, and nothing is cut to fit."""

import pytest

from lib.domain.account import Platform
from lib.domain.draft import Draft
from lib.domain.fits import (
    BLUESKY_GRAPHEMES,
    DISCORD_LIMIT,
    MASTODON_LIMIT,
    SLACK_LIMIT,
    as_message,
    check_fit,
    mastodon_length,
)
from lib.domain.gates import Gate, examine
from lib.domain.platforms import PLATFORMS
from lib.domain.schedule import ContentType
from lib.domain.similarity import Memory
from lib.domain.writing_settings import WritingSettings

POST, THREAD, BLOG = ContentType.X_POST, ContentType.X_THREAD, ContentType.BLOG_POST
LINK = "https://example.org/" + "a" * 100


@pytest.mark.parametrize("platform", list(Platform))
def test_an_ordinary_text_fits_every_platform_that_takes_its_kind(platform: Platform) -> None:
    ordinary = {
        POST: Draft(POST, "Grind late, pour slowly."),
        THREAD: Draft(THREAD, "One.\n\nTwo.", segments=("One.", "Two.")),
        BLOG: Draft(BLOG, "A text about coffee. " * 20, title="Coffee"),
    }
    for kind, draft in ordinary.items():
        assert (list(check_fit(platform, draft)) == []) == (kind in PLATFORMS[platform].kinds)


@pytest.mark.parametrize(
    ("platform", "limit"),
    [(Platform.BLUESKY, BLUESKY_GRAPHEMES), (Platform.MASTODON, MASTODON_LIMIT), (Platform.DISCORD, DISCORD_LIMIT)],
)
def test_the_last_character_that_fits_and_the_first_that_does_not(platform: Platform, limit: int) -> None:
    assert list(check_fit(platform, Draft(POST, "a" * limit))) == []
    [(where, message)] = check_fit(platform, Draft(POST, "a" * (limit + 1)))
    assert where == "post"
    assert message == f"{platform}: has {limit + 1} characters; at most {limit} are allowed"


def test_bluesky_counts_what_a_reader_sees() -> None:
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    assert list(check_fit(Platform.BLUESKY, Draft(POST, family * 150))) == []
    assert [message for _, message in check_fit(Platform.BLUESKY, Draft(POST, family * 200))] == [
        "bluesky: has 3600 bytes; at most 3000 are allowed"
    ]


def test_mastodon_counts_a_link_as_23_and_a_bare_domain_as_it_is() -> None:
    assert mastodon_length(f"see {LINK} now") == 4 + 23 + 4
    assert mastodon_length("see example.org now") == len("see example.org now")
    assert mastodon_length("") == 0


def test_each_post_of_a_thread_is_looked_at() -> None:
    long = Draft(THREAD, "…", segments=("short", "b" * 301))
    assert [where for where, _ in check_fit(Platform.BLUESKY, long)] == ["post 2"]


def test_an_article_in_a_chat_has_to_fit_one_message_with_its_title() -> None:
    whole = SLACK_LIMIT - len(as_message(Draft(BLOG, "", title="Coffee")))
    assert not list(check_fit(Platform.SLACK, Draft(BLOG, "a" * whole, title="Coffee")))
    assert list(check_fit(Platform.SLACK, Draft(BLOG, "a" * (whole + 1), title="Coffee")))
    assert list(check_fit(Platform.DISCORD, Draft(BLOG, "short", title="Coffee")))


def test_a_gate_objects_to_what_a_target_would_refuse_and_to_nothing_else() -> None:
    draft = Draft(ContentType.LINKEDIN_POST, "Coffee for the office. " * 30)
    settings = WritingSettings()
    assert examine(draft, settings, Memory()).passed
    verdict = examine(draft, settings, Memory(), [Platform.LINKEDIN, Platform.MASTODON])
    assert [(it.gate, it.message.partition(":")[0]) for it in verdict.objections] == [(Gate.LIMITS, "mastodon")]
