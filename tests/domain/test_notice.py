"""What owners and reviewers read: in their language, with what they need to act, and nothing that is not known."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.domain.account import Platform
from lib.domain.alert import AlertKind
from lib.domain.notice import LONGEST_TITLE, TOLD, Notice, NoticeText, text_for_owner, text_for_reviewer, title_of
from lib.domain.notice_words import ENGLISH, KOREAN

PAGE = "https://drum.example/#publication=p"
LINK = "https://drum.example/approval#secret"
AT = datetime(2026, 12, 1, 0, 30, tzinfo=UTC)
ROW: dict[str, Any] = {
    "id": "11111111-2222-4333-8444-555555555555",
    "attempt": 1,
    "workspace_name": "Tea house",
    "schedule_name": "Daily tea",
    "language": "en",
    "timezone": "Asia/Seoul",
    "owners": ["ada@example.com"],
    "details": {},
    "content": {"id": "c", "title": None, "body": "Green tea\nis green.", "version": 1,
                "approve_by": AT.isoformat(), "on_deadline": "publish"},
    "publication": {"id": "p", "errors": [{"message": "Your account is locked."}], "reason": "refused",
                    "reads": [{"attempted_at": AT.isoformat()}]},
    "account": {"id": "a", "platform": "x", "name": "@teahouse", "status_reason": "token revoked", "settings": {}},
}  # fmt: skip


def notice(kind: AlertKind, **changes: Any) -> Notice:
    return Notice.from_row({**ROW, "kind": kind, **changes})


@pytest.mark.parametrize("kind", sorted(TOLD))
@pytest.mark.parametrize("language", ["en", "ko", "ko-KR", "ja", ""])
def test_every_kind_is_told_in_korean_or_english_with_the_way_to_the_page(kind: AlertKind, language: str) -> None:
    written = text_for_owner(notice(kind, language=language), PAGE)
    assert PAGE in written.text
    assert not re.search(r"[{}]", written.subject + written.text)
    assert bool(re.search("[가-힣]", written.subject)) == language.startswith("ko")
    assert "\n" not in written.subject


def test_a_failure_is_told_in_the_platforms_own_words() -> None:
    text = text_for_owner(notice(AlertKind.PUBLICATION_FAILED), PAGE).text
    assert "The reason: Your account is locked." in text
    assert "@teahouse (X)" in text
    assert "Green tea is green." in text


def test_an_unknown_one_says_where_to_look_and_when_it_was_sent() -> None:
    text = text_for_owner(notice(AlertKind.PUBLICATION_UNKNOWN), PAGE).text
    assert "https://x.com/teahouse" in text
    assert "Tue 2026-12-01, 09:30 (Asia/Seoul)" in text


@pytest.mark.parametrize(
    ("account", "place"),
    [
        (
            {"platform": "mastodon", "name": "@a@b.example", "settings": {"server": "https://b.example"}},
            "https://b.example",
        ),
        ({"platform": "discord", "name": "#general", "settings": {}}, "#general"),
        ({"platform": "x", "name": "not/a handle", "settings": {"site": "javascript:x"}}, "not/a handle"),
        ({"platform": "bluesky", "name": "@tea.example", "settings": {}}, "https://bsky.app/profile/tea.example"),
    ],
)
def test_the_place_to_look_is_the_accounts_own(account: dict[str, Any], place: str) -> None:
    text = text_for_owner(notice(AlertKind.PUBLICATION_UNKNOWN, account={"id": "a", **account}), PAGE).text
    assert f"here: {place}\n" in text


def test_a_lost_account_is_told_with_what_was_answered_for_it() -> None:
    text = text_for_owner(notice(AlertKind.ACCOUNT_LOST, content=None, publication=None), PAGE).text
    assert "token revoked" in text


@pytest.mark.parametrize(("action", "words"), [("publish", "it goes out"), ("skip", "it does not go out")])
def test_who_is_asked_knows_what_happens_without_an_answer(action: str, words: str) -> None:
    content = {**ROW["content"], "on_deadline": action}
    for written in (
        text_for_owner(notice(AlertKind.APPROVAL_WANTED, content=content), PAGE),
        text_for_reviewer(notice(AlertKind.APPROVAL_WANTED, content=content), LINK, AT),
    ):
        assert words in written.text
        assert "09:30 (Asia/Seoul)" in written.text


def test_without_a_deadline_none_is_spoken_of() -> None:
    content = {**ROW["content"], "approve_by": None, "on_deadline": None}
    assert "by" not in text_for_owner(notice(AlertKind.APPROVAL_WANTED, content=content), PAGE).text.split("\n\n")[1]


def test_a_reviewer_is_given_the_link_and_how_long_it_works() -> None:
    written = text_for_reviewer(notice(AlertKind.APPROVAL_WANTED), LINK, AT)
    assert f"until Tue 2026-12-01, 09:30 (Asia/Seoul):\n{LINK}\n" in written.text
    assert "Tea house asks you" in written.text
    assert "no login" in written.text


def test_a_zone_that_is_none_is_told_in_utc() -> None:
    assert "00:30 (UTC)" in text_for_owner(notice(AlertKind.APPROVAL_WANTED, timezone="Mars/Olympus"), PAGE).text


@given(st.text(max_size=300), st.sampled_from(sorted(TOLD)), st.sampled_from(["ko", "en"]))
def test_nothing_that_was_written_changes_what_a_notice_says(text: str, kind: AlertKind, language: str) -> None:
    said = f"{{page}} {{link}} {text}"
    strange = notice(
        kind, language=language, workspace_name=said, schedule_name=said, content={**ROW["content"], "title": said},
        account={**ROW["account"], "name": said, "status_reason": said},
    )  # fmt: skip
    plain = text_for_owner(notice(kind, language=language), PAGE)
    written = text_for_owner(strange, PAGE)
    assert written.text.count(PAGE) == plain.text.count(PAGE) == 1
    assert len(written.text.split("\n\n")) == len(plain.text.split("\n\n"))
    assert len(written.subject.splitlines()) == 1


@given(st.text(max_size=300))
def test_a_title_is_one_short_line(text: str) -> None:
    title = title_of({"title": None, "body": text, "segments": None})
    assert len(title) <= LONGEST_TITLE
    assert len(title.splitlines()) <= 1


def test_a_thread_is_called_by_its_beginning_and_nothing_by_nothing() -> None:
    assert title_of({"title": "", "body": None, "segments": ["first", "second"]}) == "first"
    written = text_for_owner(notice(AlertKind.APPROVAL_WANTED, content={"id": "c", "version": 1}), PAGE)
    assert isinstance(written, NoticeText)
    assert "(untitled)" in written.subject


@pytest.mark.parametrize("language", [ENGLISH, KOREAN])
def test_every_platform_has_a_name(language: Any) -> None:
    assert language.platforms.keys() == set(Platform)
