"""A link is what we have signed, or it is nothing."""

import uuid
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.domain.approval_link import TOKEN, ApprovalLink, read_link, sign_link

OLD, NEW = {"old": b"o" * 32}, {"new": b"n" * 32}
LINK = ApprovalLink("11111111-2222-4333-8444-555555555555", datetime(2026, 12, 1, 9, tzinfo=UTC))
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
links = st.builds(
    ApprovalLink,
    st.uuids(version=4).map(str),
    st.integers(86_400, 10_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
)


@given(links)
def test_what_was_signed_is_read_again(link: ApprovalLink) -> None:
    token = sign_link(link, NEW)
    assert TOKEN.fullmatch(token)
    assert read_link(token, NEW) == link


@given(links, st.data())
def test_any_changed_character_is_refused(link: ApprovalLink, data: st.DataObject) -> None:
    token = sign_link(link, NEW)
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from(ALPHABET.replace(token[place], "")))
    assert read_link(token[:place] + other + token[place + 1 :], NEW) is None


def test_no_single_character_can_be_changed_at_all() -> None:
    token = sign_link(LINK, NEW)
    for place in range(len(token)):
        for other in ALPHABET.replace(token[place], ""):
            assert read_link(token[:place] + other + token[place + 1 :], NEW) is None


@given(st.text(max_size=200))
def test_whatever_somebody_sends_is_no_link(token: str) -> None:
    assert read_link(token, NEW) is None


@pytest.mark.parametrize("change", [lambda it: it + "A", lambda it: it[:-1], lambda it: it + "=", lambda it: " " + it,
                                    lambda it: it + "\n", lambda it: it.upper(), lambda _: ""])  # fmt: skip
def test_another_length_is_refused(change: object) -> None:
    assert callable(change)
    assert read_link(change(sign_link(LINK, NEW)), NEW) is None


def test_a_link_of_the_key_before_still_opens_until_that_key_is_dropped() -> None:
    token = sign_link(LINK, OLD)
    assert read_link(token, {**NEW, **OLD}) == LINK
    assert read_link(token, NEW) is None
    assert sign_link(LINK, {**NEW, **OLD}) == sign_link(LINK, NEW) != token


def test_two_links_have_nothing_in_common_that_could_be_swapped() -> None:
    other = ApprovalLink(str(uuid.uuid4()), LINK.expires_at)
    one, two = sign_link(LINK, NEW), sign_link(other, NEW)
    assert read_link(one[:28] + two[28:], NEW) is None


def test_without_a_key_nothing_is_signed_and_nothing_is_read() -> None:
    with pytest.raises(ValueError, match="without a key"):
        sign_link(LINK, {})
    assert read_link(sign_link(LINK, NEW), {}) is None
