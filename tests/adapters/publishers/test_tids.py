"""Record keys: the same for a repetition, others for everything else, and in the order of a thread."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.adapters.publishers.tids import (
    ALPHABET,
    LENGTH,
    MOST_CLOCKS,
    MOST_MICROSECONDS,
    encode_tid,
    tid_of,
)
from tests.adapters.publishers.samples import POST

MICROSECONDS = st.integers(0, MOST_MICROSECONDS - 1)
CLOCKS = st.integers(0, MOST_CLOCKS - 1)
# Contents are written between 1990 and 2200.
TIMES = st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # given one


def decoded(tid: str) -> tuple[int, int]:
    value = 0
    for char in tid:
        value = value << 5 | ALPHABET.index(char)
    return value >> 10, value & 1023


@given(MICROSECONDS, CLOCKS)
def test_nothing_is_lost_in_13_characters(microseconds: int, clock: int) -> None:
    tid = encode_tid(microseconds, clock)
    assert len(tid) == LENGTH
    assert tid[0] in "234567abcdefghij"  # the first bit of 64 is always 0
    assert decoded(tid) == (microseconds, clock)


@given(st.tuples(MICROSECONDS, CLOCKS), st.tuples(MICROSECONDS, CLOCKS))
def test_they_sort_as_their_times_do(one: tuple[int, int], other: tuple[int, int]) -> None:
    assert (encode_tid(*one) < encode_tid(*other)) == (one < other)


def test_the_published_example_is_met() -> None:
    """atproto.com/specs/tid: 3jzfcijpj2z2a."""
    assert encode_tid(*decoded("3jzfcijpj2z2a")) == "3jzfcijpj2z2a"
    assert decoded("2222222222222") == (0, 0)


@pytest.mark.parametrize(("microseconds", "clock"), [(-1, 0), (MOST_MICROSECONDS, 0), (0, -1), (0, MOST_CLOCKS)])
def test_what_does_not_fit_is_refused(microseconds: int, clock: int) -> None:
    with pytest.raises(ValueError, match="out of range"):
        encode_tid(microseconds, clock)


@given(TIMES, st.uuids(), st.integers(1, 50))
def test_a_key_is_of_the_minute_before_its_content_and_a_threads_follow_one_another(
    written_at: datetime, publication_id: object, version: int
) -> None:
    post = replace(POST, written_at=written_at, publication_id=str(publication_id), version=version)
    keys = [tid_of(post, number) for number in range(25)]
    assert keys == sorted(set(keys))
    assert keys == [tid_of(post, number) for number in range(25)]
    times = [datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=decoded(key)[0]) for key in keys]
    assert all(written_at - timedelta(minutes=1) <= at <= written_at + timedelta(microseconds=25) for at in times)


def test_contents_of_one_instant_and_versions_of_one_content_have_their_own() -> None:
    posts = [replace(POST, publication_id=f"p{at}", version=version) for at in range(2_000) for version in (1, 2)]
    keys = {tid_of(post, number) for post in posts for number in range(3)}
    assert len(keys) == 12_000
