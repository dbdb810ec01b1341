"""What may be out is never sent again on hope; everything else is tried again, waited with, or given up."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.domain.account import Platform
from lib.domain.platforms import PLATFORMS, Readback
from lib.domain.publication import PublicationReason, PublicationStatus, Sent
from lib.domain.publishing import (
    KEY_MARGIN,
    LONGEST_THROTTLE,
    LONGEST_WAIT,
    MOST_ATTEMPTS,
    MOST_LOOKS,
    Settlement,
    decide_failure,
    decide_missing,
    decide_too_early,
    decide_unread,
    first_attempt_at,
    may_repeat,
    published,
)
from lib.errors import PublishFailed, PublishFault
from tests.domain.publications import MINUTE, NOW, publication

X, BLUESKY, MASTODON, SLACK = (
    PLATFORMS[it] for it in (Platform.X, Platform.BLUESKY, Platform.MASTODON, Platform.SLACK)
)
FACTS = list(PLATFORMS.values())


def failed(fault: PublishFault, **how: Any) -> PublishFailed:
    return PublishFailed(fault, "in our words", reason="in the platform's words", **how)


def after(fault: PublishFault, facts: Any = X, claimed: Any = None, **how: Any) -> Settlement:
    return decide_failure(failed(fault, **how), claimed or publication(), facts, NOW - MINUTE, NOW)


def unknown(since: datetime = NOW, **said: Any) -> Any:
    reads = said.pop("reads", [{"outcome": "no_reply", "attempted_at": since.isoformat()}])
    said = {"reason": "no_reply", "attempted_at": since.isoformat(), **said}
    return publication(status="unknown", reads=reads, **said)


@pytest.mark.parametrize("facts", FACTS)
def test_a_lost_reply_makes_it_unknown_and_never_waiting(facts: Any) -> None:
    settlement = after(PublishFault.UNKNOWN, facts)
    assert (settlement.status, settlement.reason) == (PublicationStatus.UNKNOWN, PublicationReason.NO_REPLY)
    assert (settlement.read_at is None) == (facts.readback is Readback.NONE)


def test_x_is_looked_at_ten_minutes_after_the_attempt_and_again_five_later_then_a_person_is_asked() -> None:
    first = after(PublishFault.UNKNOWN, X)
    assert first.read_at == NOW + 10 * MINUTE
    looked = first.read_at
    second = decide_missing(unknown(), X, looked)
    assert (second.status, second.read_at) == (PublicationStatus.UNKNOWN, looked + 5 * MINUTE)
    third = decide_missing(unknown(reads=[first.read, second.read]), X, looked + 5 * MINUTE)
    assert (third.status, third.read_at) == (PublicationStatus.UNKNOWN, None)


def test_a_timeline_that_has_it_not_never_leads_to_another_attempt() -> None:
    for looks in range(5):
        reads = [{"outcome": "missing"}] * looks
        assert decide_missing(unknown(reads=reads), X, NOW).status is PublicationStatus.UNKNOWN


def test_an_interrupted_one_is_not_looked_for_before_the_platform_can_show_it() -> None:
    interrupted = publication(status="unknown", reason="interrupted", attempted_at=NOW.isoformat())
    early = decide_too_early(interrupted, X, NOW + 4 * MINUTE)
    assert early is not None
    assert early.read_at == NOW + 10 * MINUTE
    assert early.reason is PublicationReason.INTERRUPTED
    assert decide_too_early(interrupted, X, NOW + 10 * MINUTE) is None
    assert decide_too_early(interrupted, SLACK, NOW) is None


def test_a_record_that_is_not_there_was_not_made_and_is_tried_again() -> None:
    settlement = decide_missing(unknown(), BLUESKY, NOW)
    assert (settlement.status, settlement.retry_at) == (PublicationStatus.WAITING, NOW)
    assert decide_missing(unknown(attempt=MOST_ATTEMPTS), BLUESKY, NOW).status is PublicationStatus.FAILED


def test_where_nothing_can_be_read_a_person_decides() -> None:
    settlement = decide_missing(unknown(), SLACK, NOW)
    assert (settlement.status, settlement.read_at) == (PublicationStatus.UNKNOWN, None)


def test_a_key_is_used_again_while_the_platform_remembers_it_and_counts_from_the_first_time() -> None:
    lifetime = MASTODON.key_lifetime
    assert lifetime is not None
    repeated = unknown(reads=[
        {"outcome": "no_reply", "attempted_at": NOW.isoformat()},
        {"outcome": "unread", "attempted_at": NOW.isoformat()},
    ], attempted_at=(NOW + 50 * MINUTE).isoformat())  # fmt: skip
    assert first_attempt_at(repeated) == NOW
    assert may_repeat(repeated, MASTODON, NOW + lifetime - KEY_MARGIN - timedelta(seconds=1))
    assert not may_repeat(repeated, MASTODON, NOW + lifetime - KEY_MARGIN)
    assert not may_repeat(repeated, X, NOW)
    assert not may_repeat(unknown(reads=[], attempted_at=None), MASTODON, NOW)


def test_a_key_that_is_too_old_leaves_it_to_a_person() -> None:
    settlement = decide_missing(unknown(), MASTODON, NOW + timedelta(hours=2))
    assert (settlement.status, settlement.read_at) == (PublicationStatus.UNKNOWN, None)


def test_a_repetition_that_is_refused_proves_that_the_first_was_not_taken() -> None:
    assert decide_unread(failed(PublishFault.REFUSED), unknown(), MASTODON, NOW).status is PublicationStatus.FAILED
    assert decide_unread(failed(PublishFault.REFUSED), unknown(), X, NOW).status is PublicationStatus.UNKNOWN


@given(
    fault=st.sampled_from(list(PublishFault)),
    facts=st.sampled_from([it for it in FACTS if it.readback is not Readback.KEY]),
    looks=st.integers(0, 20),
)
def test_a_look_that_fails_never_sends_it_again(fault: PublishFault, facts: Any, looks: int) -> None:
    seen = unknown(reads=[{"outcome": "unread"}] * looks)
    settlement = decide_unread(failed(fault), seen, facts, NOW)
    assert settlement.status is PublicationStatus.UNKNOWN
    assert (settlement.read_at is None) == (looks + 1 >= MOST_LOOKS or fault is PublishFault.GONE)


def test_the_platforms_own_reason_is_kept_for_the_owner() -> None:
    settlement = after(PublishFault.REFUSED)
    assert (settlement.status, settlement.reason) == (PublicationStatus.FAILED, PublicationReason.REFUSED)
    assert settlement.error == {
        "fault": "refused", "code": "publish_refused", "message": "in the platform's words"
    }  # fmt: skip
    assert after(PublishFault.UNFIT).reason is PublicationReason.INVALID


def test_a_throttled_one_waits_for_the_platforms_reset_and_so_does_its_account() -> None:
    settlement = after(PublishFault.THROTTLED, retry_after=timedelta(minutes=9))
    until = NOW + 9 * MINUTE
    assert (settlement.status, settlement.retry_at) == (PublicationStatus.WAITING, until)
    assert settlement.account == {"throttled_until": until.isoformat()}
    assert not settlement.is_attempt
    month = after(PublishFault.THROTTLED, retry_after=timedelta(days=30))
    assert month.retry_at == NOW + LONGEST_THROTTLE


def test_refused_credentials_keep_it_waiting_and_ask_the_owner_to_connect_again() -> None:
    settlement = after(PublishFault.UNAUTHORIZED)
    assert settlement.status is PublicationStatus.WAITING
    assert settlement.account == {"status": "needs_reauth", "reason": "in the platform's words"}


def test_a_webhook_that_is_gone_ends_it_and_disables_the_account() -> None:
    settlement = after(PublishFault.GONE)
    assert (settlement.status, settlement.reason) == (PublicationStatus.FAILED, PublicationReason.ACCOUNT)
    assert settlement.account == {"status": "disabled", "reason": "in the platform's words"}


@given(
    fault=st.sampled_from([PublishFault.UNSENT, PublishFault.CONFIGURATION]),
    attempt=st.integers(1, 30),
    wished=st.none() | st.timedeltas(timedelta(0), timedelta(days=2)),
    late_in=st.none() | st.timedeltas(timedelta(seconds=1), timedelta(days=1)),
)
def test_what_was_not_made_is_tried_again_soon_but_not_too_often_or_too_late(
    fault: PublishFault, attempt: int, wished: timedelta | None, late_in: timedelta | None
) -> None:
    late_at = (NOW + late_in).isoformat() if late_in else None
    settlement = after(fault, claimed=publication(attempt=attempt, late_at=late_at), retry_after=wished)
    if attempt >= MOST_ATTEMPTS:
        assert settlement.reason is PublicationReason.ATTEMPTS
    elif settlement.status is PublicationStatus.FAILED:
        assert settlement.reason is PublicationReason.LATE
        assert late_in is not None
        assert late_in <= LONGEST_WAIT
    else:
        assert settlement.retry_at is not None
        assert NOW < settlement.retry_at <= NOW + LONGEST_WAIT
        assert late_in is None or settlement.retry_at < NOW + late_in


def test_a_settlement_says_what_is_out_by_its_first_part() -> None:
    row = published([Sent("1", "https://x.test/1"), Sent("2")], cost=30).as_row()
    assert row == {
        "status": "published", "cost": 30, "is_attempt": True, "external_id": "1", "url": "https://x.test/1",
        "parts": [{"external_id": "1", "url": "https://x.test/1"}, {"external_id": "2", "url": None}],
    }  # fmt: skip
