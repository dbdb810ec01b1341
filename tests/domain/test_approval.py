"""Who says yes, until when, and what happens without a word."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.domain.account import TargetAccount
from lib.domain.approval import Approval, ApprovalMode, Deadline, check_lead, deadline_of, read_approval
from lib.domain.handover import Wish, hand_over
from lib.domain.run import DeadlineAction
from lib.errors import Invalid

DUE = datetime(2026, 12, 1, 9, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
UNTIL = {"mode": "review_until", "minutesBefore": 30, "otherwise": "skip"}


def test_nothing_said_is_auto() -> None:
    assert read_approval({}) == Approval()
    assert read_approval({"approval": {"mode": "review", "reviewers": ["boss@client.com"]}}) == Approval(
        ApprovalMode.REVIEW, reviewers=("boss@client.com",)
    )
    assert read_approval({"approval": UNTIL}) == Approval(ApprovalMode.REVIEW_UNTIL, 30 * MINUTE, DeadlineAction.SKIP)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ("review", "settings.approval"),
        ({"mode": "sometimes"}, "settings.approval.mode"),
        ({"mode": "review", "otherwise": "skip"}, "settings.approval.otherwise"),
        ({"mode": "review_until", "minutesBefore": 30}, "settings.approval.otherwise"),
        ({**UNTIL, "minutesBefore": 0}, "settings.approval.minutesBefore"),
        ({**UNTIL, "minutesBefore": True}, "settings.approval.minutesBefore"),
        ({**UNTIL, "reviewers": ["no address"]}, "settings.approval.reviewers[0]"),
        ({**UNTIL, "reviewers": ["a@b.co"] * 11}, "settings.approval.reviewers"),
        ({**UNTIL, "note": "x"}, "settings.approval.note"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_field(said: Any, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_approval({"approval": said})
    assert refused.value.field == field


def test_a_deadline_needs_a_lead_that_leaves_time_to_decide() -> None:
    approval = read_approval({"approval": UNTIL})
    with pytest.raises(Invalid, match="leadTime"):
        check_lead(approval, 30 * MINUTE)
    check_lead(approval, 31 * MINUTE)
    check_lead(Approval(ApprovalMode.REVIEW), timedelta(0))


def test_written_in_time_the_deadline_is_so_many_minutes_before_its_time() -> None:
    approval = read_approval({"approval": UNTIL})
    assert deadline_of(approval, DUE, DUE - 2 * HOUR, 2 * HOUR) == Deadline(DUE - 30 * MINUTE, DUE)


def test_written_late_there_is_still_the_promised_time_to_decide() -> None:
    approval = read_approval({"approval": UNTIL})
    written_at = DUE - 20 * MINUTE
    found = deadline_of(approval, DUE, written_at, 2 * HOUR)
    assert found == Deadline(written_at + 90 * MINUTE, written_at + 2 * HOUR)


@given(
    minutes=st.integers(1, 1439),
    lead=st.timedeltas(timedelta(0), timedelta(days=1)),
    early=st.timedeltas(timedelta(days=-2), timedelta(days=2)),
)
def test_a_deadline_is_always_ahead_and_nothing_goes_out_before_it(
    minutes: int, lead: timedelta, early: timedelta
) -> None:
    approval = read_approval({"approval": {**UNTIL, "minutesBefore": minutes}})
    found = deadline_of(approval, DUE, DUE - early, lead)
    assert found is not None
    assert DUE - early < found.approve_by < found.publish_at
    assert found.publish_at >= DUE


def account(identity: str, **said: Any) -> TargetAccount:
    row: dict[str, Any] = {
        "id": identity, "workspace_id": "w", "platform": "x", "name": "@a", "external_id": "1", "settings": {},
        "cadence": {}, "spacing": 0, "status": "active", "throttled_until": None, "last_published_at": None,
    }  # fmt: skip
    return TargetAccount.from_row({"account": {**row, **said}, "taken": []})


def test_what_goes_nowhere_is_not_handed_over() -> None:
    assert hand_over(Wish(DUE, timedelta(0), HOUR, Approval()), [], [0], DUE).as_row() is None


def test_written_before_its_time_it_goes_out_at_its_time_and_else_at_once() -> None:
    for written_at in (DUE - HOUR, DUE + MINUTE):
        given = hand_over(Wish(DUE, timedelta(0), HOUR, Approval()), [account("a")], [0], written_at).as_row()
        publish_at = max(DUE, written_at)
        assert given == {
            "status": "pending_publish", "approve_by": None, "on_deadline": None,
            "targets": [{
                "item": 0, "account_id": "a", "publish_at": publish_at.isoformat(),
                "late_at": (publish_at + HOUR).isoformat(),
            }],
        }  # fmt: skip


def test_the_texts_of_a_batch_keep_each_accounts_spacing() -> None:
    accounts = [account("a", spacing=600), account("b")]
    given = hand_over(Wish(DUE, timedelta(0), None, Approval()), accounts, [0, 1, 2], DUE).as_row()
    assert given is not None
    times = {(it["account_id"], it["item"]): it["publish_at"] for it in given["targets"]}
    assert [times["a", item] for item in range(3)] == [(DUE + item * 10 * MINUTE).isoformat() for item in range(3)]
    assert [times["b", item] for item in range(3)] == [DUE.isoformat()] * 3
    assert {it["late_at"] for it in given["targets"]} == {None}


def test_what_waits_for_a_person_without_a_deadline_never_becomes_late() -> None:
    given = hand_over(Wish(DUE, timedelta(0), HOUR, Approval(ApprovalMode.REVIEW)), [account("a")], [0], DUE).as_row()
    assert given is not None
    assert (given["status"], given["targets"][0]["late_at"]) == ("pending_approval", None)


def test_a_deadline_moves_the_publication_with_it() -> None:
    approval = read_approval({"approval": UNTIL})
    given = hand_over(Wish(DUE, 2 * HOUR, HOUR, approval), [account("a")], [0], DUE - 10 * MINUTE).as_row()
    assert given is not None
    assert given["approve_by"] == (DUE - 10 * MINUTE + 90 * MINUTE).isoformat()
    assert given["targets"][0]["publish_at"] == (DUE + 110 * MINUTE).isoformat()
