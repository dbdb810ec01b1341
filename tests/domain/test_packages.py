"""What a person pastes is what was written, in the form of the place it goes to."""

from datetime import timedelta

import pytest

from lib.adapters.publishers.markdown import to_html, to_text
from lib.domain.account import Account, AccountStatus, Platform
from lib.domain.draft import Draft
from lib.domain.packages import Markup, package_of
from lib.domain.schedule import ContentType

MARKUP = Markup(to_html, to_text)
ARTICLE = Draft(
    ContentType.BLOG_POST, "## 물\n\n뜨거운 **물** <b>x</b>\n\n- 하나\n- [둘](https://tea.example/)", "차 마시기"
)


def account(platform: Platform, external_id: str = "blog.naver.com/teahouse") -> Account:
    return Account(
        "a", "w", platform, "Tea", external_id, {}, {}, timedelta(0), AccountStatus.ACTIVE, None, None, {}
    )  # fmt: skip


def test_an_article_for_naver_is_pasted_with_its_formatting_and_nothing_else() -> None:
    package = package_of(ARTICLE, account(Platform.NAVER_BLOG), MARKUP)
    assert package.title == "차 마시기"
    assert package.html
    assert "<h2>물</h2>" in package.html
    assert "<strong>물</strong>" in package.html
    assert "<b>" not in package.html
    assert package.texts == (to_text(ARTICLE.body),)
    assert package.write_at == "https://blog.naver.com/teahouse/postwrite"
    assert [step[1] for step in package.steps][-1].startswith("Mark it as published")


@pytest.mark.parametrize("external_id", ["evil.example/teahouse", "blog.naver.com/a/b", "", "blog.naver.com/이름"])
def test_what_is_no_blog_id_makes_no_address(external_id: str) -> None:
    package = package_of(ARTICLE, account(Platform.NAVER_BLOG, external_id), MARKUP)
    assert package.write_at == "https://blog.naver.com/GoBlogWrite.naver"


def test_a_thread_is_pasted_post_by_post_in_its_order() -> None:
    thread = Draft(ContentType.X_THREAD, "one\n\ntwo", segments=("one", "two"))
    package = package_of(thread, account(Platform.LINKEDIN), MARKUP)
    assert package.texts == ("one", "two")
    assert (package.html, package.title) == (None, None)
    assert any("comments" in step[1] for step in package.steps)


def test_a_post_is_given_as_it_was_written() -> None:
    package = package_of(Draft(ContentType.LINKEDIN_POST, "*stars* stay"), account(Platform.LINKEDIN), MARKUP)
    assert package.texts == ("*stars* stay",)


@pytest.mark.parametrize("platform", Platform)
def test_every_platform_can_be_posted_to_by_hand(platform: Platform) -> None:
    package = package_of(ARTICLE, account(platform), MARKUP)
    assert len(package.steps) == 4
    assert all(korean and english for korean, english in package.steps)
